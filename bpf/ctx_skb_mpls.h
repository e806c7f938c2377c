/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MPLS verbs of ctx.h for an skb.
 *
 * Problem. No helper puts four bytes behind the tags of a frame whose EtherType
 * is not IP's, or takes them away; none sets skb->protocol, which segmentation
 * and checksum offload go by; and a CHECKSUM_COMPLETE sum covers the frame from
 * the kernel's idea of its network header on, which programs cannot see.
 *
 * Idea. Room is made in front of the frame (bpf_skb_change_head) and what lies
 * before the entry moved there. To take an entry away, what lies before it is moved
 * over it, and the hole made to look like a tag, which is popped; popping a tag from
 * the frame derives the protocol from the bytes behind it. The outer tag, if it lies
 * beside the frame, does so again afterwards; a second tag may come to lie there
 * when the frame had only tags inside. The payload never moves, so that the offsets
 * of a partial checksum stay right.
 *
 * A label that is pushed is part of the link layer's header for the kernel: protocol
 * and network header stay those of the packet behind it. So a large segment is
 * taken whole by a device that takes such segments, or is segmented with its labels
 * in front of each part; with the protocol of MPLS it would be dropped, for want of
 * the inner protocol, which programs cannot set. Whoever receives the frame derives
 * the protocol anew.
 */
#ifndef BPF_CTX_SKB_MPLS_H
#define BPF_CTX_SKB_MPLS_H

#include "ctx_bpf.h"
#include "xvs/limits.h"

#define SKB_MACS_LEN 12
#define SKB_ETH_LEN 14
#define SKB_LSE_LEN 4
#define SKB_TAG_SHIFT 2
#define SKB_TAG_LEN (1 << SKB_TAG_SHIFT)

/*
 * Where the network header is: how much of the linear part can be read relative
 * to it says so. It is at the end of the Ethernet header, or further on by what
 * was pushed. VERIFIER: without branches, as each would double what follows.
 */
static __always_inline __u32 skb_network_off(struct xvs_ctx *ctx)
{
	__u32 linear = ctx_data_len(ctx);
	__u32 net = SKB_ETH_LEN;
	__u32 off;

	for (off = SKB_ETH_LEN; off <= XVS_MPLS_MAX_OFF; off += SKB_TAG_LEN) {
		__u8 byte;
		__u64 ret = bpf_skb_load_bytes_relative(ctx, linear - off - 1, &byte, 1,
							BPF_HDR_START_NET);

		/* It lies further on, unless nothing could have been read there. */
		net += (ret >> 63 & ((__u64)off - linear) >> 63) << SKB_TAG_SHIFT;
	}
	return net;
}

static __always_inline int skb_move(struct xvs_ctx *ctx, __u32 from, __u32 to, __u32 len,
				    __u64 flags)
{
	__u8 bytes[XVS_MPLS_MAX_OFF];

	if (!len)
		return 0;
	/* VERIFIER: 6.1 does not learn "not 0" from a comparison with 0. */
	len--;
	compat_opaque(len);
	if (len > sizeof(bytes) - 1)
		return -1;
	len++;
	return bpf_skb_load_bytes(ctx, from, bytes, len) ||
	       bpf_skb_store_bytes(ctx, to, bytes, len, flags);
}

/* Moves the tags, 'len' bytes. What is stored behind the network header is in the
 * sum; 'net' is where that is. */
static __always_inline int skb_move_tags(struct xvs_ctx *ctx, __u32 from, __u32 to, __u32 len,
					 __u32 net)
{
	__u32 first = net > to ? net - to : 0;

	if (first > len)
		first = len;
	if (from > to)
		return skb_move(ctx, from, to, first, 0) ||
		       skb_move(ctx, from + first, to + first, len - first, BPF_F_RECOMPUTE_CSUM);
	return skb_move(ctx, from + first, to + first, len - first, BPF_F_RECOMPUTE_CSUM) ||
	       skb_move(ctx, from, to, first, 0);
}

/* Two bytes, or four that begin two off a multiple of four, lie on one side of the
 * network header whole. */
static __always_inline int skb_put16(struct xvs_ctx *ctx, __u32 off, __be16 value, __u32 net)
{
	return bpf_skb_store_bytes(ctx, off, &value, sizeof(value),
				   off >= net ? BPF_F_RECOMPUTE_CSUM : 0);
}

static __always_inline int ctx_mpls_push(struct xvs_ctx *ctx, __u32 off, __be16 type, __be32 lse,
					 int *delta)
{
	__u32 before = ctx->len;
	__u32 net;

	if (bpf_skb_change_head(ctx, SKB_LSE_LEN, 0))
		return -1;
	net = skb_network_off(ctx);
	if (skb_move(ctx, SKB_LSE_LEN, 0, SKB_MACS_LEN, 0) ||
	    skb_move_tags(ctx, SKB_MACS_LEN + SKB_LSE_LEN, SKB_MACS_LEN, off - SKB_ETH_LEN, net) ||
	    skb_put16(ctx, off - 2, type, net) || ctx_store32(ctx, off, lse, off >= net))
		return -1;
	*delta = ctx->len - before;
	return 0;
}

static __always_inline int ctx_mpls_pop(struct xvs_ctx *ctx, __u32 off, __be16 type, int *delta)
{
	const __be16 tpid = ctx->vlan_proto;
	const __u16 tci = ctx->vlan_tci;
	bool tagged = ctx->vlan_present;
	__u32 before = ctx->len;
	__u32 hole = SKB_MACS_LEN + SKB_TAG_LEN;
	__u32 net;

	if (skb_push_tags(ctx, tagged))
		return -1;
	/* One tag is in the frame now, so all is further on by its length. */
	net = skb_network_off(ctx);
	if (skb_move_tags(ctx, hole, hole + SKB_LSE_LEN, off - SKB_ETH_LEN, net) ||
	    skb_put16(ctx, hole, XVS_BE16(0x8100), net) || skb_put16(ctx, hole + 2, 0, net) ||
	    skb_put16(ctx, off - 2 + SKB_TAG_LEN + SKB_LSE_LEN, type, net))
		return -1;
	if (skb_pop_three_tags(ctx))
		return -1;
	if (tagged && bpf_skb_vlan_push(ctx, tpid, tci))
		return -1;
	*delta = ctx->len - before;
	return 0;
}

static __always_inline int ctx_mpls_set(struct xvs_ctx *ctx, __u32 off, __be32 lse)
{
	return ctx_store32(ctx, off, lse, off >= skb_network_off(ctx));
}

#endif /* BPF_CTX_SKB_MPLS_H */
