/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path's connection tracking in the daemon: the very steps of bpf/ct*.h, over
 * the same tables, for a CT operation of a frame that came up.
 *
 * Thread rule: any thread; connections change by compare-and-swap.
 */
#ifndef FORWARD_FRAME_CT_H
#define FORWARD_FRAME_CT_H

#include <stddef.h>

#include "datapath.h"
#include "xvs/drop_reason.h"
#include "xvs/flow_key.h"

struct frame_ct_in {
	const struct dp *dp;
	__u8 *frame; /* as it is now, tags in-band; translated in place */
	size_t len;
	const struct xvs_flow_key *key; /* of the pass: its metadata count */
	__u32 slot; /* of xvs_ct_actions */
	__u64 jiffies; /* the programs' clock: dp_jiffies() */
	bool partial; /* the L4 checksum is left to a device */
	bool dry; /* looks, and changes neither connections nor the table */
};

struct frame_ct_out {
	/* Of the frame as it is now. With a next pass: recirc_id and what was found are
	 * in it; without: its metadata are those of 'in->key'. */
	struct xvs_flow_key key;
	__u16 l3_off, l4_off; /* into the frame; 0: none */
	__u32 place; /* of the connection, or XVS_CT_NONE */
	__u8 dir; /* 1: the packet is an answer */
};

/* Carries out one CT. 0, or the reason for which the frame is dropped. */
enum xvs_drop_reason frame_ct(const struct frame_ct_in *in, struct frame_ct_out *out);

#endif /* FORWARD_FRAME_CT_H */
