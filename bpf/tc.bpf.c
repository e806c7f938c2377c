// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TC programs: the entries, and the pieces that they reach by tail calls. The
 * xdp.bpf.c twin is the same steps over raw frames.
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

/* The host port of the device that the host's stack sends by. */
static __always_inline __u32 host_port_of(struct __sk_buff *ctx)
{
	__u32 port_no = port_of_ifindex(ctx->ifindex);
	const struct xvs_port_entry *device = port_no ? table_port(port_no) : NULL;

	return device ? XVS_READ_ONCE(device->host_port) : 0;
}

/* A tag that its sender has put into the frame goes beside it, as the kernel does it
 * for what comes in by a device. */
static __always_inline int egress_untag(struct __sk_buff *ctx)
{
	if (ctx->vlan_present ||
	    (ctx->protocol != XVS_BE16(0x8100) && ctx->protocol != XVS_BE16(0x88a8)))
		return 0;
	return bpf_skb_vlan_push(ctx, XVS_BE16(0x8100), 0) || bpf_skb_vlan_pop(ctx);
}

/* What leaves by a device that has a host port: the switch's own frames, those that
 * xvsd has for the host's stack, and else what the host sends. */
SEC("tc")
int xvs_tc_egress(struct __sk_buff *ctx)
{
	__u32 mark = ctx->mark;

	if (mark == XVS_MARK_SENT) {
		ctx->mark = 0;
		return CTX_PASS;
	}
	if (mark == XVS_MARK_STACK)
		return bpf_redirect(ctx->ifindex, BPF_F_INGRESS);
	if (egress_untag(ctx))
		return CTX_DROP;
	return rx_port(ctx, host_port_of(ctx));
}

char _license[] SEC("license") = "GPL";
