/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MPLS operations, at the place behind the tags (pkt->l2_end). What is there now
 * is read from the frame, as operations before may have changed it.
 */
#ifndef BPF_EXECUTE_MPLS_H
#define BPF_EXECUTE_MPLS_H

#include "execute_vlan.h"

#define MPLS_LSE_LEN 4

/* The EtherType in front of that place; < 0: it is not known where. */
static __always_inline int mpls_type(struct xvs_ctx *ctx, const struct xvs_pkt *pkt)
{
	__be32 word;

	/* Four bytes, as there may be none behind it. */
	if (!pkt->l2_end || ctx_load32(ctx, pkt->l2_end - 4, &word))
		return -1;
	return XVS_FROM_BE32(word) & 0xffff;
}

static __always_inline bool mpls_has_entry(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					   __be32 *lse)
{
	int type = mpls_type(ctx, pkt);

	return (type == PARSE_TYPE_MPLS || type == PARSE_TYPE_MPLS_MC) &&
	       !ctx_load32(ctx, pkt->l2_end, lse);
}

/* Whether what lies in front can be moved: the same for every hook, wherever the
 * outer tag is. */
static __always_inline bool mpls_is_near(struct xvs_ctx *ctx, const struct xvs_pkt *pkt)
{
	return pkt->l2_end + ctx_tag_len(ctx) <= XVS_MPLS_MAX_OFF;
}

static __always_inline void mpls_moved(struct xvs_ctx *ctx, struct xvs_pkt *pkt, int delta, int len)
{
	vlan_move_headers(pkt, delta);
	/* It moves when a tag has left the frame to lie beside it. */
	pkt->l2_end += delta - len;
	pkt->tx_len += len;
}

static __always_inline int mpls_push(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 mask,
				     __be32 lse)
{
	int type = mpls_type(ctx, pkt);
	int delta = 0;

	if (type < 0 || parse_is_tpid(XVS_BE16(type)) || !mpls_is_near(ctx, pkt) ||
	    ctx_mpls_push(ctx, pkt->l2_end, XVS_BE16(XVS_FROM_BE32(mask) >> 16), lse, &delta))
		return -XVS_DROP_REWRITE_FAILED;
	mpls_moved(ctx, pkt, delta, MPLS_LSE_LEN);
	return 0;
}

static __always_inline int mpls_pop(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 mask,
				    __be32 pushed)
{
	int delta = 0;
	__be32 lse;

	if (!mpls_has_entry(ctx, pkt, &lse))
		return 0;
	if (!mpls_is_near(ctx, pkt) ||
	    ctx_mpls_pop(ctx, pkt->l2_end, XVS_BE16(XVS_FROM_BE32(mask) >> 16), &delta))
		return -XVS_DROP_REWRITE_FAILED;
	mpls_moved(ctx, pkt, delta, -MPLS_LSE_LEN);
	if (!pushed) /* the headers behind are not known [ACT4] */
		pkt->offsets = 0;
	return 0;
}

static __always_inline int mpls_set(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 mask,
				    __be32 value)
{
	__be32 lse;

	if (!mpls_has_entry(ctx, pkt, &lse))
		return 0;
	lse = (lse & ~mask) | (value & mask);
	return ctx_mpls_set(ctx, pkt->l2_end, lse) ? -XVS_DROP_REWRITE_FAILED : 0;
}

/* 'kind' is PUSH_MPLS, POP_MPLS, or SET of the entry. */
static __always_inline int execute_mpls(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind,
					__be32 mask, __be32 value)
{
	if (kind == XVS_OP_PUSH_MPLS)
		return mpls_push(ctx, pkt, mask, value);
	if (kind == XVS_OP_POP_MPLS)
		return mpls_pop(ctx, pkt, mask, value);
	return mpls_set(ctx, pkt, mask, value);
}

#endif /* BPF_EXECUTE_MPLS_H */
