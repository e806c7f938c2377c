// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TC ingress programs: the entry, and the pieces that it reaches by tail
 * calls. The xdp.bpf.c twin is the same steps over raw frames.
 */
#include "vmlinux.h"
#include "ctx_skb.h"
#include "dry_run_output.h"
#include "ingress.h"

/* Global functions, as those of leaf.bpf.c: what few packets need. */
__noinline int xvs_tc_emit(struct __sk_buff *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	return pkt ? upcall_emit(ctx, pkt, arg) : -XVS_DROP_NO_SCRATCH;
}

__noinline int xvs_tc_controller(struct __sk_buff *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	return pkt ? execute_controller(ctx, pkt, arg) : -XVS_DROP_NO_SCRATCH;
}

__noinline int xvs_tc_mpls(struct __sk_buff *ctx, struct xvs_pkt *pkt, __u32 kind, __be32 mask,
			   __be32 value)
{
	return pkt ? execute_mpls(ctx, pkt, kind, mask, value) : -XVS_DROP_NO_SCRATCH;
}

__noinline int xvs_tc_dry_run_output(struct __sk_buff *ctx, __u32 kind, __u32 port_no, __u32 arg)
{
	return dry_run_output(ctx, kind, port_no, arg);
}

#define TC_TAIL(sym, name)                                               \
	SEC("tc")                                                        \
	int xvs_tc_tail_##name(struct __sk_buff *ctx)                    \
	{                                                                \
		struct xvs_scratch *scratch = table_scratch();           \
		struct xvs_pkt *pkt;                                     \
                                                                         \
		if (!scratch)                                            \
			return CTX_DROP;                                 \
		pkt = pkt_current(scratch);                              \
		return step_finish(scratch, pkt, step_##name(ctx, pkt)); \
	}

TAILS(TC_TAIL)

#define TC_TAIL_SLOT(sym, name) [TAIL_##sym] = (void *)&xvs_tc_tail_##name,

struct xvs_tc_tails_map xvs_tc_tails SEC(".maps") = {
	.values = {TAILS(TC_TAIL_SLOT)},
};

/* Port, host's own, parse, microflow, verdict; from there by tail calls:
 * megaflow, then verdict, action program or upcall. */
SEC("tc")
int xvs_tc_ingress(struct __sk_buff *ctx)
{
	return rx(ctx);
}

char _license[] SEC("license") = "GPL";
