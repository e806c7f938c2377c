/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a frame to its flow key: Ethernet, VLAN tags, ARP, MPLS, and the way on
 * to parse_ip.h.
 *
 * Every byte is read behind a check against the end of the buffer; every
 * length that a header states is checked against what is there. A field that
 * the packet does not have stays zero, so that no packet is taken for another.
 * Key words are written whole (pkt.h says why).
 */
#ifndef BPF_PARSE_H
#define BPF_PARSE_H

#include "parse_ip.h"

XVS_STATIC_ASSERT(XVS_FLOW_KEY_SEQ == 1, "the parser fills every field of the key");

#define PARSE_ETH_LEN 14
#define PARSE_VLAN_LEN 4
#define PARSE_SNAP_LEN 8
#define PARSE_ARP_LEN 28
#define PARSE_ETH_TYPE_MIN 0x600 /* below, it is a length (802.3) */

static __always_inline bool parse_is_tpid(__be16 type)
{
	return type == XVS_BE16(0x8100) || type == XVS_BE16(0x88a8) || type == XVS_BE16(0x9100);
}

/* ARP and RARP; the fields are there for Ethernet and IPv4 only. */
static __always_inline int parse_arp(struct xvs_pkt *pkt, const struct cursor *c)
{
	const __u8 *arp = c->pos;
	__u16 op;

	if (arp + 8 > c->end)
		return PARSE_SHORT;
	if (load32(arp) != XVS_BE32(0x00010800) || load16(arp + 4) != XVS_BE16(0x0604))
		return 0;
	if (arp + PARSE_ARP_LEN > c->end)
		return PARSE_SHORT;

	op = XVS_FROM_BE16(load16(arp + 6));
	pkt->key.w[XVS_KEY_W_NW] = word_nw(0, op < 256 ? op : 0, 0, 0, 0);
	pkt->key.w[XVS_KEY_W_IPV4] = word_32_32(load32(arp + 14), load32(arp + 24));
	pkt->key.w[XVS_KEY_WORD(arp_sha)] = word_mac(load64(arp + 8), 0);
	pkt->key.w[XVS_KEY_WORD(arp_tha)] = word_mac(load64(arp + 18), 0);
	pkt->l3_off = c->pos - c->data;
	return 0;
}

/* The label entry on top; what follows is not looked at. */
static __always_inline int parse_mpls(struct xvs_pkt *pkt, const struct cursor *c)
{
	if (c->pos + 4 > c->end)
		return PARSE_SHORT;
	pkt->key.mpls_lse = load32(c->pos);
	return 0;
}

/* Tags: 'outer' and 'inner' as in the key. One may lie beside the frame. A tag
 * behind the second is left as the frame's type. */
static __always_inline int parse_vlan(struct xvs_ctx *ctx, struct cursor *c, __be16 *outer,
				      __be16 *inner)
{
	int n = 0;
	int i;

	if (ctx_tag_len(ctx)) {
		*outer = XVS_BE16(ctx_tag_tci(ctx) | XVS_VLAN_PRESENT);
		n = 1;
	}
	for (i = 0; i < XVS_MAX_VLAN_TAGS; i++) {
		__be16 tci;

		if (n == XVS_MAX_VLAN_TAGS || !parse_is_tpid(c->type))
			break;
		if (c->pos + PARSE_VLAN_LEN > c->end)
			return PARSE_SHORT;
		tci = load16(c->pos) | XVS_BE16(XVS_VLAN_PRESENT);
		if (n)
			*inner = tci;
		else
			*outer = tci;
		c->type = load16(c->pos + 2);
		c->pos += PARSE_VLAN_LEN;
		n++;
	}
	return 0;
}

/* 802.3: with a SNAP header of OUI 0 the type is in there, else there is none. */
static __always_inline void parse_llc(struct cursor *c)
{
	__u16 type;

	c->type = XVS_BE16(XVS_ETH_TYPE_NONE);
	if (c->pos + PARSE_SNAP_LEN > c->end)
		return;
	if (load32(c->pos) != XVS_BE32(0xaaaa0300) || load16(c->pos + 4))
		return;
	type = load16(c->pos + 6);
	if (XVS_FROM_BE16(type) < PARSE_ETH_TYPE_MIN)
		return;
	c->type = type;
	c->pos += PARSE_SNAP_LEN;
}

static __always_inline void parse_clear(struct xvs_pkt *pkt)
{
	int i;

	/* As a string instruction it would take longer than the rest of the parser. */
#pragma GCC unroll 32
	for (i = 0; i < XVS_KEY_WORDS; i++)
		pkt->key.w[i] = 0;
	pkt->offsets = 0;
	pkt->l3_end = 0;
	pkt->l4_csum = 0;
}

static __always_inline int parse_l3(struct xvs_ctx *ctx, struct xvs_pkt *pkt, struct cursor *c)
{
	if (c->type == XVS_BE16(PARSE_TYPE_IPV4))
		return parse_ipv4(ctx, pkt, c);
	if (c->type == XVS_BE16(PARSE_TYPE_IPV6))
		return parse_ipv6(ctx, pkt, c);
	if (c->type == XVS_BE16(PARSE_TYPE_ARP) || c->type == XVS_BE16(PARSE_TYPE_RARP))
		return parse_arp(pkt, c);
	if (c->type == XVS_BE16(PARSE_TYPE_MPLS) || c->type == XVS_BE16(PARSE_TYPE_MPLS_MC))
		return parse_mpls(pkt, c);
	return 0;
}

/* One attempt, over the bytes that can be read directly. */
static __always_inline int parse_frame(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const __u8 *eth = ctx_data(ctx);
	struct cursor c = {.data = eth, .pos = eth, .end = ctx_data_end(ctx)};
	__be16 outer = 0, inner = 0;
	int ret;

	parse_clear(pkt);
	pkt->key.w[XVS_KEY_WORD(pkt_mark)] = word_32_32(0, ctx_mark(ctx));
	pkt->key.w[XVS_KEY_W_PORT] = word_32_16_16(0, pkt->port_no, 0);
	if (eth + PARSE_ETH_LEN > c.end)
		return PARSE_SHORT;
	c.type = load16(eth + 12);
	c.pos = eth + PARSE_ETH_LEN;

	ret = parse_vlan(ctx, &c, &outer, &inner);
	if (ret)
		return ret;
	if (XVS_FROM_BE16(c.type) < PARSE_ETH_TYPE_MIN)
		parse_llc(&c);
	pkt->l2_end = c.pos - eth;
	if (inner)
		pkt->key.w[XVS_KEY_WORD(vlan_tci1)] = word_32_16_16(0, inner, 0);
	pkt->key.w[XVS_KEY_W_DST] = word_mac(load64(eth), c.type);
	pkt->key.w[XVS_KEY_W_SRC] = word_mac(load64(eth + 6), outer);
	return parse_l3(ctx, pkt, &c);
}

/*
 * Parses; what cannot be read directly is pulled in, where the hook can, and
 * else left to the TC stage. Two attempts suffice for all but an absurd chain
 * of extension headers.
 */
static __always_inline int step_parse(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	int ret = 0;
	int i;

	pkt->buf_len = ctx_buf_len_quick(ctx);
	for (i = 0; i < 2; i++) {
		ret = parse_frame(ctx, pkt);
		if (ret <= 0)
			break;
		pkt->buf_len = ctx_buf_len(ctx);
		if (pkt->buf_len <= ctx_data_len(ctx)) {
			ret = -XVS_DROP_PARSE_TRUNCATED;
			break;
		}
		if (!i && !ctx_pull(ctx))
			continue;
		if (ctx_hands_up(ctx))
			return ctx_hand_up(ctx, pkt, 0);
		ret = -XVS_DROP_EXT_HEADER_LIMIT;
		break;
	}
	pkt->len = pkt->buf_len + ctx_tag_len(ctx);
	pkt->tx_len = pkt->len;
	return ret;
}

#endif /* BPF_PARSE_H */
