/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VLAN operations. The headers behind the tags move; at TC they may stay where
 * they are, as the outer tag lies beside the frame.
 */
#ifndef BPF_EXECUTE_VLAN_H
#define BPF_EXECUTE_VLAN_H

#include "ctx.h"
#include "parse.h"
#include "pkt.h"
#include "xvs/action.h"
#include "xvs/drop_reason.h"

static __always_inline __u16 vlan_moved(__u16 off, int delta)
{
	return off ? off + delta : 0;
}

static __always_inline void vlan_move_headers(struct xvs_pkt *pkt, int delta)
{
	pkt->l3_off = vlan_moved(pkt->l3_off, delta);
	pkt->l4_off = vlan_moved(pkt->l4_off, delta);
	pkt->nd_sll_off = vlan_moved(pkt->nd_sll_off, delta);
	pkt->nd_tll_off = vlan_moved(pkt->nd_tll_off, delta);
	pkt->l3_end += delta;
	pkt->buf_len += delta;
}

static __always_inline int execute_vlan(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_op *op)
{
	__u32 before = pkt->buf_len + ctx_tag_len(ctx);
	int delta = 0;
	int ret;

	if (op->kind == XVS_OP_PUSH_VLAN)
		ret = ctx_vlan_push(ctx, op->value, &delta);
	else if (op->kind == XVS_OP_POP_VLAN)
		ret = ctx_vlan_pop(ctx, &delta);
	else
		ret = ctx_vlan_set(ctx, XVS_FROM_BE32(op->mask), XVS_FROM_BE32(op->value), &delta);
	if (ret)
		return -XVS_DROP_REWRITE_FAILED;
	if (delta) {
		vlan_move_headers(pkt, delta);
		/* A tag that the parser did not look at, behind two others. */
		pkt->l2_end += pkt->l2_end ? delta : 0;
		if (pkt->l2_end < PARSE_ETH_LEN)
			pkt->l2_end = 0;
	}
	pkt->tx_len += pkt->buf_len + ctx_tag_len(ctx) - before;
	return 0;
}

#endif /* BPF_EXECUTE_VLAN_H */
