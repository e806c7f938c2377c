// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TC ingress programs: the entry, and the pieces that it reaches by tail
 * calls. The xdp.bpf.c twin is the same steps over raw frames.
 */
#include "vmlinux.h"
#include "ctx_skb.h"
#include "ingress.h"
#include "global.h"

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
