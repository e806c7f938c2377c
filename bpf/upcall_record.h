/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The header of an upcall record, filled from the packet's state. The binding
 * adds what only it knows (ctx_describe()) and moves the frame.
 */
#ifndef BPF_UPCALL_RECORD_H
#define BPF_UPCALL_RECORD_H

#include "ctx.h"
#include "pkt.h"
#include "xvs/upcall.h"

static __always_inline void upcall_fill(struct xvs_ctx *ctx, const struct xvs_pkt *pkt, __u32 arg,
					struct xvs_upcall *record)
{
	int i;

	record->len = pkt->buf_len;
	record->port_no = pkt->port_no;
	record->hook = CTX_HOOK;
	record->reason = pkt->upcall_reason;
	record->flags = (pkt->to_stack ? XVS_UPCALL_F_TO_STACK : 0) |
			(pkt->counted ? XVS_UPCALL_F_COUNTED : 0);
	record->pad0 = 0;
	record->l3_off = pkt->l3_off;
	record->l4_off = pkt->l4_off;
	record->nd_sll_off = pkt->nd_sll_off;
	record->nd_tll_off = pkt->nd_tll_off;
	record->vlan_tpid = 0;
	record->vlan_tci = 0;
	record->gso_size = 0;
	record->gso_segs = 0;
	record->mark = 0;
	record->version = pkt->version;
	record->arg = arg;
	record->pad1 = 0;
	record->hash = pkt->hash;
	record->jiffies = ctx_jiffies();
	for (i = 0; i < XVS_KEY_WORDS; i++)
		record->key.w[i] = pkt->key.w[i];
	ctx_describe(ctx, pkt, record);
}

#endif /* BPF_UPCALL_RECORD_H */
