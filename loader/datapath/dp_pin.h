/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The pins below <bpffs>/xvs: what keeps the fast path running when the daemon
 * is killed, and what tells the next one what is there.
 *
 *   <map>                          every map of XVS_MAPS
 *   link-xdp-<port_no>             an XDP link
 *   link-tc-<port_no>              a tcx link
 *   link-egress-<port_no>          the same at the egress, of a host port
 *   filter-<port_no>-<ifindex>-<n> where there is no tcx: the TC program, pinned
 *                                  as a record of our filter on that device;
 *                                  n is 1 if the clsact qdisc is ours too
 *   filter-egress-<port_no>-<ifindex>-<n>
 *                                  the same at the egress, of a host port
 *   link-xsk-<port_no>, xsk-<port_no>
 *                                  of an xsk port: the link of its far end, and
 *                                  its map of sockets (dp_xsk.c)
 */
#ifndef DATAPATH_DP_PIN_H
#define DATAPATH_DP_PIN_H

#include <limits.h>

#include "datapath.h"

#define DP_PIN_FILTER "filter"
#define DP_PIN_EGRESS_FILTER "filter-egress"

struct dp_pins {
	char dir[PATH_MAX]; /* "": nothing is pinned */
	int lock_fd; /* of the directory, while dir is set */
};

/* Mounts a bpf file system at 'bpffs' if there is none, detaches and unpins what
 * a dead daemon left, makes the directory. 'bpffs' NULL: pins nothing. */
int dp_pins_open(struct dp_pins *pins, const char *bpffs, struct err *err);
/* Unpins everything and removes the directory; what only pins keep is gone. */
void dp_pins_close(struct dp_pins *pins);

int dp_pin(const struct dp_pins *pins, int fd, const char *name);
void dp_unpin(const struct dp_pins *pins, const char *name);

#endif /* DATAPATH_DP_PIN_H */
