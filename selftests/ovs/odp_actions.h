/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Actions of Open vSwitch's datapath, as its traces print them, carried out on a
 * frame: "set(ipv4(ttl=63)),push_vlan(vid=7,pcp=0),2,clone(pop_vlan,3),recirc(0x1)".
 */
#ifndef OVS_ODP_ACTIONS_H
#define OVS_ODP_ACTIONS_H

#include "effect.h"
#include "frame_edit.h"
#include "xvs/flow_key.h"

/* One copy of the packet, on its way through a list of actions. */
struct odp_packet {
	struct frame_edit frame;
	__u8 meters[EFFECT_METERS];
	__u32 dp_hash; /* not 0: a hash was asked for */
	struct xvs_flow_key tracking; /* ct_state, ct_zone, ct_mark, ct_label */
};

struct odp_run {
	struct effect *effect;
	/* The port of a switch that is port 'dp_port' of the datapath; 0: none. */
	__u16 (*port)(void *aux, unsigned int dp_port);
	/* The packet goes into another pass. 0 or -errno. */
	int (*recirc)(void *aux, __u32 id, const struct odp_packet *packet);
	void *aux;
	unsigned long n_invalid_ttl; /* copies that tell a controller of an expired TTL */
};

/* 0; -EPROTO: something that is not known, named on stderr. */
int odp_actions_run(struct odp_run *r, const char *actions, struct odp_packet *packet);

#endif /* OVS_ODP_ACTIONS_H */
