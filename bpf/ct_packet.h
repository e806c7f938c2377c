/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What connection tracking takes a packet for: the tuple that its connection is found
 * by. Fragments and ICMP errors are few, and under BPF a global function's matter.
 */
#ifndef BPF_CT_PACKET_H
#define BPF_CT_PACKET_H

#include "ct_frag.h"

static __always_inline void ct_tuple_ports(struct xvs_ct_tuple *t, __be16 sport, __be16 dport,
					   __u16 zone, __u8 proto, __u8 family)
{
	t->w[4] = (__u64)sport << PKT_SHIFT(0, 16) | (__u64)dport << PKT_SHIFT(16, 16) |
		  (__u64)zone << PKT_SHIFT(32, 16) | (__u64)proto << PKT_SHIFT(48, 8) |
		  (__u64)family << PKT_SHIFT(56, 8);
}

/* Addresses as the key has them; the family, 0: it is not an IP packet. */
static __always_inline __u8 ct_tuple_addresses(const struct xvs_pkt *pkt, struct xvs_ct_tuple *t)
{
	const __u64 *w = &pkt->key.w[XVS_KEY_WORD(ipv6_src)];

	if (pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV4)) {
		t->w[0] = 0;
		t->w[1] = word_32_32(0, pkt->key.nw_src);
		t->w[2] = 0;
		t->w[3] = word_32_32(0, pkt->key.nw_dst);
		return 4;
	}
	t->w[0] = w[0];
	t->w[1] = w[1];
	t->w[2] = w[2];
	t->w[3] = w[3];
	return pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV6) ? 6 : 0;
}

/* The id of an ICMP question or answer; not 0: there is none to be read. */
static __always_inline int ct_icmp_id(struct xvs_ctx *ctx, const struct xvs_pkt *pkt, __be16 *id)
{
	__be32 word;

	if ((__u32)pkt->l4_off + PARSE_ICMP_LEN > pkt->l3_end ||
	    ctx_load32(ctx, pkt->l4_off + 4, &word))
		return -1;
	*id = XVS_BE16(XVS_FROM_BE32(word) >> 16);
	return 0;
}

/* A message that asks for an answer. */
static __always_inline bool ct_icmp_asks(__u8 family, __u16 type)
{
	return ct_icmp_kind(family, (__u8)type) == CT_ICMP_REQUEST;
}

/* Of a packet that is not a fragment, nor an ICMP error: fills pkt->ct.tuple. */
static __always_inline enum ct_packet ct_packet_whole(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						      __u16 zone, __u8 family)
{
	struct xvs_ct_tuple *t = &pkt->ct.tuple;
	__u8 proto = pkt->key.nw_proto;
	__be16 sport = 0, dport = 0;

	if (ct_has_ports(proto)) {
		sport = pkt->key.tp_src;
		dport = pkt->key.tp_dst;
	} else if (ct_is_icmp(family, proto)) {
		enum ct_icmp_kind kind = ct_icmp_kind(family, (__u8)XVS_FROM_BE16(pkt->key.tp_src));

		if (kind == CT_ICMP_ERROR)
			return CT_PACKET_ERROR;
		if (kind == CT_ICMP_OTHER || ct_icmp_id(ctx, pkt, &sport))
			return CT_PACKET_NONE;
		dport = sport;
	}
	ct_tuple_ports(t, sport, dport, zone, proto, family);
	return CT_PACKET_WHOLE;
}

/* A fragment that is not the first, or an ICMP error: the tuple of its connection. A
 * first fragment, whose tuple is known: it is noted. The kind, or CT_PACKET_NONE. */
static __always_inline int ct_packet_rare(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u16 zone,
					  enum ct_packet kind)
{
	struct xvs_ct_tuple *t = &pkt->ct.tuple;

	if (kind == CT_PACKET_ERROR)
		return ct_icmp_error(ctx, pkt, zone, t) ? CT_PACKET_NONE : kind;
	if (kind == CT_PACKET_LATER)
		return ct_frag_later(ctx, pkt, zone, pkt->ct.now, t) ? CT_PACKET_NONE : kind;
	ct_frag_first(ctx, pkt, t, pkt->ct.now);
	return kind;
}

/* Fills pkt->ct.tuple and says what the packet is. */
static __always_inline enum ct_packet ct_packet(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						__u16 zone)
{
	__u8 family = ct_tuple_addresses(pkt, &pkt->ct.tuple);
	enum ct_packet kind;

	if (!family)
		return CT_PACKET_NONE;
	if (pkt->key.nw_frag & XVS_FRAG_LATER)
		return ctx_ct_rare(ctx, pkt, zone, CT_PACKET_LATER);
	kind = ct_packet_whole(ctx, pkt, zone, family);
	if (kind == CT_PACKET_ERROR || (kind == CT_PACKET_WHOLE && pkt->key.nw_frag))
		return ctx_ct_rare(ctx, pkt, zone, kind);
	return kind;
}

/* Is this what a hook that hands up does not look into? */
static __always_inline bool ct_packet_is_rare(const struct xvs_pkt *pkt)
{
	__u8 family = pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV6) ? 6 : 4;

	if (pkt->key.nw_frag)
		return true;
	return ct_is_icmp(family, pkt->key.nw_proto) &&
	       ct_icmp_kind(family, (__u8)XVS_FROM_BE16(pkt->key.tp_src)) == CT_ICMP_ERROR;
}

#endif /* BPF_CT_PACKET_H */
