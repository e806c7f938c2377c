/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verbs of ctx.h that are global functions and take the packet itself. Each of
 * the two BPF units has its own, with the bodies of global.h: a context is one of
 * XDP or of TC to the verifier, and the units are linked to one object, hence two
 * names. CTX_GLOBAL(emit) is xvs_xdp_emit or xvs_tc_emit; the bindings define it in
 * front of this.
 */
#ifndef BPF_CTX_GLOBAL_H
#define BPF_CTX_GLOBAL_H

#include "pkt.h"
#include "xvs/dry_run.h"

int CTX_GLOBAL(emit)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg);
int CTX_GLOBAL(controller)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg);
int CTX_GLOBAL(mpls)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind, __be32 mask,
		     __be32 value);
int CTX_GLOBAL(ct_options)(struct xvs_ctx *ctx, struct xvs_pkt *pkt);
int CTX_GLOBAL(ct_rare)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 zone, __u32 kind);
int CTX_GLOBAL(ct_rewrite)(struct xvs_ctx *ctx, struct xvs_pkt *pkt);
int CTX_GLOBAL(ct_put)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new, __be32 mask);
int CTX_GLOBAL(dry_run_output)(struct xvs_ctx *ctx, __u32 kind, __u32 port_no, __u32 arg);

static __always_inline int ctx_emit_upcall(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	return CTX_GLOBAL(emit)(ctx, pkt, arg);
}

static __always_inline int ctx_execute_controller(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						  __u32 arg)
{
	return CTX_GLOBAL(controller)(ctx, pkt, arg);
}

static __always_inline int ctx_execute_mpls(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind,
					    __be32 mask, __be32 value)
{
	return CTX_GLOBAL(mpls)(ctx, pkt, kind, mask, value);
}

static __always_inline int ctx_ct_options(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return CTX_GLOBAL(ct_options)(ctx, pkt);
}

static __always_inline int ctx_ct_rare(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 zone,
				       __u32 kind)
{
	return CTX_GLOBAL(ct_rare)(ctx, pkt, zone, kind);
}

static __always_inline int ctx_ct_rewrite(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return CTX_GLOBAL(ct_rewrite)(ctx, pkt);
}

static __always_inline int ctx_ct_put(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new,
				      __be32 mask)
{
	return CTX_GLOBAL(ct_put)(ctx, pkt, new, mask);
}

static __always_inline int ctx_dry_run_output(struct xvs_ctx *ctx, enum xvs_dry_run_kind kind,
					      __u32 port_no, __u32 arg)
{
	return CTX_GLOBAL(dry_run_output)(ctx, kind, port_no, arg);
}

#endif /* BPF_CTX_GLOBAL_H */
