/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Header writes: a masked word and the checksums that the operation names.
 *
 * At TC the packet has a checksum state of its own (none, partial, complete);
 * it stays right because a write whose change the header's checksum cancels is
 * stored as it is, and any other with 'sum'. The Ethernet header is outside of
 * it.
 */
#ifndef BPF_EXECUTE_SET_H
#define BPF_EXECUTE_SET_H

#include "ctx.h"
#include "parse_l4.h"
#include "pkt.h"
#include "xvs/action.h"

#define SET_IPV4_CSUM_OFF 10
#define SET_SCTP_CSUM_OFF 8

/* Where the checksum of the packet's L4 header is in the frame; 0: it has none
 * that a change must follow. */
static __always_inline __u32 set_l4_csum_off(const struct xvs_pkt *pkt, __u8 flags)
{
	if (!pkt->l4_off)
		return 0;
	switch (pkt->key.nw_proto) {
	case PARSE_PROTO_TCP:
		return pkt->l4_off + 16;
	case PARSE_PROTO_UDP:
		return pkt->l4_csum ? pkt->l4_off + 6 : 0;
	case PARSE_PROTO_ICMP: /* has no pseudo header */
		return (flags & XVS_OP_F_L4_CSUM) ? pkt->l4_off + 2 : 0;
	case PARSE_PROTO_ICMPV6:
		return pkt->l4_off + 2;
	}
	return 0;
}

/* SCTP: by the difference; a sum of 0 is one that the device fills in. */
static __always_inline int set_crc32c(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct pkt_word *word = &pkt->word;
	__u32 behind = pkt->l3_end - word->off;
	__u32 diff = word->old ^ word->new;
	__be32 crc;

	if (!pkt->l4_csum)
		return 0;
	if (behind > 0xffff || ctx_load32(ctx, pkt->l4_off + SET_SCTP_CSUM_OFF, &crc))
		return -XVS_DROP_REWRITE_FAILED;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	diff = ctx_crc32c_shift(__builtin_bswap32(diff), behind);
	crc ^= __builtin_bswap32(diff);
#else
	crc ^= ctx_crc32c_shift(diff, behind);
#endif
	if (ctx_store32(ctx, pkt->l4_off + SET_SCTP_CSUM_OFF, crc, true))
		return -XVS_DROP_REWRITE_FAILED;
	return 0;
}

/* Carries out pkt->word. */
static __always_inline int set_word(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct pkt_word *word = &pkt->word;
	__u32 l4_csum = 0;
	bool sum = false;

	if (word->flags & (XVS_OP_F_L4_CSUM | XVS_OP_F_PSEUDO_CSUM))
		l4_csum = set_l4_csum_off(pkt, word->flags);
	if (word->hdr == XVS_HDR_NW)
		sum = !(word->flags & XVS_OP_F_NW_CSUM);
	else if (word->hdr != XVS_HDR_ETH)
		sum = !((word->flags & XVS_OP_F_L4_CSUM) && l4_csum);

	if (ctx_store32(ctx, word->off, word->new, sum))
		return -XVS_DROP_REWRITE_FAILED;
	if ((word->flags & XVS_OP_F_NW_CSUM) &&
	    ctx_l3_csum(ctx, pkt->l3_off + SET_IPV4_CSUM_OFF, word->old, word->new))
		return -XVS_DROP_REWRITE_FAILED;
	if (l4_csum &&
	    ctx_l4_csum(ctx, l4_csum, word->old, word->new,
			((word->flags & XVS_OP_F_PSEUDO_CSUM) ? CTX_CSUM_PSEUDO : 0) |
				(pkt->key.nw_proto == PARSE_PROTO_UDP ? CTX_CSUM_UDP : 0)))
		return -XVS_DROP_REWRITE_FAILED;
	if (word->flags & XVS_OP_F_CRC32C)
		return set_crc32c(ctx, pkt);
	return 0;
}

/* 0: the packet does not have the header. The Ethernet header is at 0. */
static __always_inline __u32 set_header_off(const struct xvs_pkt *pkt, __u8 hdr)
{
	switch (hdr) {
	case XVS_HDR_NW:
		return pkt->l3_off;
	case XVS_HDR_L4:
		return pkt->l4_off;
	case XVS_HDR_ND_SLL:
		return pkt->nd_sll_off;
	case XVS_HDR_ND_TLL:
		return pkt->nd_tll_off;
	}
	return 0;
}

static __always_inline int execute_set(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				       const struct xvs_op *op)
{
	__u32 base = set_header_off(pkt, op->hdr);
	struct pkt_word *word = &pkt->word;

	if (!base && op->hdr != XVS_HDR_ETH)
		return 0;
	word->off = base + op->off;
	word->hdr = op->hdr;
	word->flags = op->flags;
	if (ctx_load32(ctx, word->off, &word->old))
		return -XVS_DROP_REWRITE_FAILED;
	word->new = (word->old & ~op->mask) | (op->value & op->mask);
	return word->new == word->old ? 0 : set_word(ctx, pkt);
}

/* The TTL shares its word with protocol and checksum, the hop limit with
 * length and next header. */
static __always_inline int execute_dec_ttl(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	bool ipv4 = pkt->key.dl_type == XVS_BE16(0x0800);
	struct pkt_word *word = &pkt->word;
	__u32 host;
	__u8 ttl;

	if (!pkt->l3_off || !(ipv4 || pkt->key.dl_type == XVS_BE16(0x86dd)))
		return 0;
	word->off = pkt->l3_off + (ipv4 ? 8 : 4);
	word->hdr = XVS_HDR_NW;
	word->flags = ipv4 ? XVS_OP_F_NW_CSUM : 0;
	if (ctx_load32(ctx, word->off, &word->old))
		return -XVS_DROP_REWRITE_FAILED;
	host = XVS_FROM_BE32(word->old);
	ttl = ipv4 ? host >> 24 : host;
	if (ttl <= 1)
		return -XVS_DROP_TTL_EXPIRED;
	word->new = XVS_BE32(host - (ipv4 ? 1U << 24 : 1));
	return set_word(ctx, pkt);
}

#endif /* BPF_EXECUTE_SET_H */
