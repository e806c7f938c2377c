// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP programs: the entry, and the pieces that it reaches by tail calls. The
 * tc.bpf.c twin is the same steps over skbs.
 */
#include "vmlinux.h"
#include "ctx_xdp.h"
#include "ingress.h"
#include "global.h"

__noinline int xvs_xdp_csum_settle(struct xdp_md *ctx, struct xvs_pkt *pkt)
{
	return pkt && xdp_csum_settle(ctx, pkt);
}

#define XDP_TAIL(sym, name)                                              \
	SEC("xdp.frags")                                                 \
	int xvs_xdp_tail_##name(struct xdp_md *ctx)                      \
	{                                                                \
		struct xvs_scratch *scratch = table_scratch();           \
		struct xvs_pkt *pkt;                                     \
                                                                         \
		if (!scratch)                                            \
			return CTX_DROP;                                 \
		pkt = pkt_current(scratch);                              \
		return step_finish(scratch, pkt, step_##name(ctx, pkt)); \
	}

TAILS(XDP_TAIL)

#define XDP_TAIL_SLOT(sym, name) [TAIL_##sym] = (void *)&xvs_xdp_tail_##name,

struct xvs_xdp_tails_map xvs_xdp_tails SEC(".maps") = {
	.values = {TAILS(XDP_TAIL_SLOT)},
};

/* Port, host's own, parse, microflow, verdict; from there by tail calls:
 * megaflow, then verdict, action program or upcall. */
SEC("xdp.frags")
int xvs_xdp_rx(struct xdp_md *ctx)
{
	return rx(ctx);
}

char _license[] SEC("license") = "GPL";
