/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bodies of the global functions of ctx_global.h, once in each BPF unit: what
 * few packets need, as in leaf.bpf.c, but with the packet.
 */
#ifndef BPF_GLOBAL_H
#define BPF_GLOBAL_H

#include "ct_packet.h"
#include "ct_rewrite.h"
#include "ct_tcp.h"
#include "dry_run_output.h"
#include "execute_controller.h"
#include "execute_mpls.h"
#include "upcall_ring.h"

__noinline int CTX_GLOBAL(emit)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	return pkt ? upcall_emit(ctx, pkt, arg) : -XVS_DROP_NO_SCRATCH;
}

__noinline int CTX_GLOBAL(controller)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	return pkt ? execute_controller(ctx, pkt, arg) : -XVS_DROP_NO_SCRATCH;
}

__noinline int CTX_GLOBAL(mpls)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind, __be32 mask,
				__be32 value)
{
	return pkt ? execute_mpls(ctx, pkt, kind, mask, value) : -XVS_DROP_NO_SCRATCH;
}

__noinline int CTX_GLOBAL(ct_options)(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return pkt ? ct_syn_options(ctx, pkt) : -1;
}

__noinline int CTX_GLOBAL(ct_rare)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 zone, __u32 kind)
{
	return pkt ? ct_packet_rare(ctx, pkt, (__u16)zone, kind) : CT_PACKET_NONE;
}

__noinline int CTX_GLOBAL(ct_put)(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new, __be32 mask)
{
	return pkt ? ct_put(ctx, pkt, new, mask) : -XVS_DROP_NO_SCRATCH;
}

__noinline int CTX_GLOBAL(ct_rewrite)(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	return pkt ? ct_rewrite_pkt(ctx, pkt) : -XVS_DROP_NO_SCRATCH;
}

__noinline int CTX_GLOBAL(dry_run_output)(struct xvs_ctx *ctx, __u32 kind, __u32 port_no, __u32 arg)
{
	return dry_run_output(ctx, kind, port_no, arg);
}

#endif /* BPF_GLOBAL_H */
