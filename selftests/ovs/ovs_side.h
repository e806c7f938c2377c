/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A running ovs-vswitchd with a bridge br0 on a dummy datapath: rules by
 * ovs-ofctl, packets by its control socket (JSON-RPC), one connection for all.
 */
#ifndef OVS_OVS_SIDE_H
#define OVS_OVS_SIDE_H

#include "answer.h"
#include "random_table.h"

struct ovs_side {
	int fd;
	const char *management; /* for ovs-ofctl: "unix:.../br0.mgmt" */
	unsigned int dp_port[TABLE_PORTS + 1]; /* the datapath's number of each port */
	size_t n_lookups; /* of the datapath, at the last flush */
};

/* 'socket' is its control socket. 0 or -errno, explained on stderr, here and
 * below. */
int ovs_side_open(struct ovs_side *o, const char *socket, const char *management);
void ovs_side_close(struct ovs_side *o);
/* The rules, one a line, instead of those that were there. */
int ovs_side_load(struct ovs_side *o, const char *rules, size_t n);
/* How it translates a packet, as its upcall handler would. */
int ovs_side_answer(struct ovs_side *o, const struct flow_key *key, struct answer *answer);

/* Its datapath: forgets all flows; receives a frame; waits until it has handled
 * all that were received since, and tells how many flows it has. */
int ovs_side_flush(struct ovs_side *o);
int ovs_side_receive(struct ovs_side *o, const struct flow_key *key);
int ovs_side_count(struct ovs_side *o, size_t n_received, size_t *n_flows);

#endif /* OVS_OVS_SIDE_H */
