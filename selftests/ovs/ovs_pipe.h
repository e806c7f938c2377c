/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A running ovs-vswitchd with bridges br0 and br1 on a dummy datapath: rules and
 * groups by ovs-ofctl, packets by ofproto/trace over its control socket, pass by
 * pass; what its datapath would do with the frame is carried out here.
 *
 * Traces are of whole frames, so they have the side effects of real packets: MAC
 * addresses and rules are learned.
 */
#ifndef OVS_OVS_PIPE_H
#define OVS_OVS_PIPE_H

#include "effect.h"
#include "scenario.h"
#include "strbuf.h"

#define OVS_PIPE_DP_PORTS 128
#define OVS_PIPE_MAX_CROSSED 512

struct ovs_pipe {
	int fd;
	const char *dir; /* its run directory */
	bool quiet; /* a pipeline may be refused without a word */
	__u16 port[OVS_PIPE_DP_PORTS]; /* by number of the datapath; 0: none */
	unsigned int dp_port[PORT_NUMBERS]; /* the way back */

	/* Of the last packet: */
	struct effect effect;
	struct strbuf traces; /* of all passes */
	unsigned int passes;
	__u64 crossed[OVS_PIPE_MAX_CROSSED]; /* cookies of rules, in order */
	size_t n_crossed;
	__u16 in_port;

	unsigned long n_invalid_ttl; /* copies that tell a controller of an expired TTL */
};

/* 0 or -errno, explained on stderr, here and below. */
int ovs_pipe_open(struct ovs_pipe *o, const char *dir);
void ovs_pipe_close(struct ovs_pipe *o);
int ovs_pipe_setup(struct ovs_pipe *o, const struct scenario *s);
/* These rules and groups, instead of those that were there; nothing is learned. */
int ovs_pipe_load(struct ovs_pipe *o, const struct pipeline *p);
int ovs_pipe_packet(struct ovs_pipe *o, const struct pipeline_packet *packet);

#endif /* OVS_OVS_PIPE_H */
