/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of the fast path in user space: include this in one unit and call
 * xvs_user_rx() for each frame. ctx_user.h says what it is given; nothing of
 * vmlinux.h or libbpf is needed.
 */
#ifndef BPF_USER_H
#define BPF_USER_H

#include "ctx_user.h"
#include "ct_enter.h"
#include "ct_nat.h"
#include "ct_packet.h"
#include "ct_rewrite.h"
#include "ingress.h"

static __always_inline int ctx_execute_controller(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						  __u32 arg)
{
	return execute_controller(ctx, pkt, arg);
}

static __always_inline int ctx_execute_mpls(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind,
					    __be32 mask, __be32 value)
{
	return execute_mpls(ctx, pkt, kind, mask, value);
}

static __always_inline int ctx_ct_enter(struct xvs_pkt *pkt, __u32 what)
{
	return xvs_ct_enter(pkt, what);
}

static __always_inline int ctx_ct_expected(struct xvs_pkt *pkt)
{
	return xvs_ct_expected(pkt);
}

static __always_inline int ctx_ct_options(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return ct_syn_options(ctx, pkt);
}

static __always_inline int ctx_ct_rare(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 zone,
				       __u32 kind)
{
	return ct_packet_rare(ctx, pkt, (__u16)zone, kind);
}

static __always_inline int ctx_ct_rewrite(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return ct_rewrite_pkt(ctx, pkt);
}

static __always_inline int ctx_ct_put(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new,
				      __be32 mask)
{
	return ct_put(ctx, pkt, new, mask);
}

static __always_inline int ctx_ct_nat(struct xvs_pkt *pkt)
{
	return ct_nat_choose(pkt);
}

/* What a tail call is here. It nests as deep as an action program has blocks. */
static int user_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail)
{
	switch (tail) {
#define USER_TAIL(sym, name) \
	case TAIL_##sym:     \
		return step_##name(ctx, pkt);
		TAILS(USER_TAIL)
#undef USER_TAIL
	case TAIL_N:
		break;
	}
	return -XVS_DROP_TAIL_MISSING;
}

/* Takes one frame the way of a packet; returns enum xvs_user_code. The frame
 * may have been changed. Callbacks are called from within. */
static inline int xvs_user_rx(struct xvs_user_ctx *ctx)
{
	user_tables = ctx->tables;
	return rx(ctx);
}

/* The parser alone: fills 'pkt' (key, offsets); 0 or -XVS_DROP_*. */
static inline int xvs_user_parse(struct xvs_user_ctx *ctx, struct xvs_pkt *pkt)
{
	user_tables = ctx->tables;
	pkt->port_no = ctx->port_no;
	return step_parse(ctx, pkt);
}

#endif /* BPF_USER_H */
