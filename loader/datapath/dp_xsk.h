/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program behind an xsk port: bpf/xsk.bpf.c on the far end of the port's veth
 * pair, and its map of sockets by queue. See dp_xsk_attach() in datapath.h.
 *
 * Both are pinned: when the daemon is killed, a program that holds the port's
 * sockets goes on getting its frames, as other ports do. The next daemon sweeps
 * the pins as it does those of hooks (dp_pin.c).
 */
#ifndef DATAPATH_DP_XSK_H
#define DATAPATH_DP_XSK_H

#include "datapath.h"
#include "dp_pin.h"

struct xvs_xsk_bpf;

struct dp_xsk {
	struct xvs_xsk_bpf *skel; /* NULL: not attached */
	int link_fd; /* while skel is set */
};

int dp_xsk_load(struct dp_xsk *x, const struct dp_pins *pins, const struct dp_xsk_far *far,
		struct err *err);
/* A no-op if it is not attached. */
void dp_xsk_unload(struct dp_xsk *x, const struct dp_pins *pins, __u16 port_no);
/* 'fd' < 0 empties the entry. 0 or -errno. */
int dp_xsk_put(const struct dp_xsk *x, __u32 queue, int fd);
/* As dp_xsk_pin_path(). */
void dp_xsk_path(const struct dp_xsk *x, const struct dp_pins *pins, __u16 port_no, char *buf,
		 size_t size);

#endif /* DATAPATH_DP_XSK_H */
