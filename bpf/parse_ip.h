/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The IPv4 and IPv6 part of the parser: lengths, fragments, options, extension
 * headers. parse.h calls it, parse_l4.h goes on.
 */
#ifndef BPF_PARSE_IP_H
#define BPF_PARSE_IP_H

#include "parse_l4.h"

#define PARSE_TYPE_IPV4 0x0800
#define PARSE_TYPE_ARP 0x0806
#define PARSE_TYPE_RARP 0x8035
#define PARSE_TYPE_IPV6 0x86dd
#define PARSE_TYPE_MPLS 0x8847
#define PARSE_TYPE_MPLS_MC 0x8848

#define PARSE_IPV4_LEN 20
#define PARSE_IPV4_MF 0x2000
#define PARSE_IPV4_OFFSET 0x1fff
#define PARSE_IPV6_LEN 40
#define PARSE_IPV6_MF 0x0001
#define PARSE_IPV6_OFFSET 0xfff8

enum parse_ext {
	PARSE_EXT_HOP_BY_HOP = 0,
	PARSE_EXT_ROUTING = 43,
	PARSE_EXT_FRAGMENT = 44,
	PARSE_EXT_AUTH = 51,
	PARSE_EXT_DEST = 60,
};

/*
 * Notes where the IP packet begins and ends: 'ip_len' bytes from the cursor on;
 * 0 is a packet that its length field cannot express, up to the frame's end.
 */
static __always_inline int parse_ip_bounds(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					   const struct cursor *c, __u32 ip_len)
{
	__u32 off = c->pos - c->data;

	if (off + ip_len > pkt->buf_len || !ip_len) {
		pkt->buf_len = ctx_buf_len(ctx);
		if (off + ip_len > pkt->buf_len)
			return -XVS_DROP_PARSE_TRUNCATED;
	}
	pkt->l3_off = off;
	pkt->l3_end = ip_len ? off + ip_len : pkt->buf_len;
	return 0;
}

static __always_inline int parse_ipv4(struct xvs_ctx *ctx, struct xvs_pkt *pkt, struct cursor *c)
{
	const __u8 *ip = c->pos;
	__u32 hdr_len, ip_len;
	__u16 frag_off;
	__u8 frag = 0;
	int ret;

	if (ip + PARSE_IPV4_LEN > c->end)
		return PARSE_SHORT;
	hdr_len = (ip[0] & 0xf) * 4;
	ip_len = XVS_FROM_BE16(load16(ip + 2));
	if (ip[0] >> 4 != 4 || hdr_len < PARSE_IPV4_LEN)
		return -XVS_DROP_PARSE_TRUNCATED;
	/* BIG TCP leaves 0 in the length of a segment above 64 KB. */
	if (ip_len < hdr_len && (ip_len || ctx_buf_len(ctx) - (ip - c->data) <= 0xffff))
		return -XVS_DROP_PARSE_TRUNCATED;
	ret = parse_ip_bounds(ctx, pkt, c, ip_len);
	if (ret)
		return ret;
	if (hdr_len > PARSE_IPV4_LEN && ip + hdr_len > c->end)
		return PARSE_SHORT;

	frag_off = XVS_FROM_BE16(load16(ip + 6));
	if (frag_off & (PARSE_IPV4_MF | PARSE_IPV4_OFFSET))
		frag = XVS_FRAG_ANY;
	if (frag_off & PARSE_IPV4_OFFSET)
		frag |= XVS_FRAG_LATER;
	pkt->key.w[XVS_KEY_W_IPV4] = load64(ip + 12);
	pkt->key.w[XVS_KEY_W_NW] = word_nw(frag, ip[9], ip[1], ip[8], 0);
	if (frag & XVS_FRAG_LATER)
		return 0;

	c->proto = ip[9];
	c->pos = ip + hdr_len;
	if (c->proto == PARSE_PROTO_ICMP)
		return parse_icmp(pkt, c);
	return parse_l4(pkt, c);
}

static __always_inline bool parse_is_ext(__u8 proto)
{
	return proto == PARSE_EXT_HOP_BY_HOP || proto == PARSE_EXT_ROUTING ||
	       proto == PARSE_EXT_FRAGMENT || proto == PARSE_EXT_AUTH || proto == PARSE_EXT_DEST;
}

/* One extension header, at the walk's place. */
static __always_inline int parse_ipv6_ext_one(struct xvs_pkt *pkt, const struct cursor *c)
{
	__u32 off = XVS_READ_ONCE(pkt->walk_off);
	__u8 kind = XVS_READ_ONCE(pkt->walk_proto);
	const __u8 *ext = c->data + off;
	__u32 ext_len = 8;

	if (off > CTX_MAX_OFF || ext + 8 > c->end)
		return PARSE_SHORT;
	if (kind == PARSE_EXT_AUTH)
		ext_len = (ext[1] + 2) * 4;
	else if (kind != PARSE_EXT_FRAGMENT)
		ext_len = (ext[1] + 1) * 8;
	if (off + ext_len > pkt->l3_end)
		return -XVS_DROP_PARSE_TRUNCATED;
	XVS_WRITE_ONCE(pkt->walk_proto, ext[0]);
	XVS_WRITE_ONCE(pkt->walk_off, off + ext_len);
	if (kind == PARSE_EXT_FRAGMENT) {
		__u16 frag_off = XVS_FROM_BE16(load16(ext + 2));

		if (frag_off & PARSE_IPV6_OFFSET)
			XVS_WRITE_ONCE(pkt->walk_frag, XVS_FRAG_ANY | XVS_FRAG_LATER);
		else if (frag_off & PARSE_IPV6_MF)
			XVS_WRITE_ONCE(pkt->walk_frag, XVS_FRAG_ANY);
	}
	return 0;
}

/*
 * Walks the extension headers up to the L4 header or the fragment header of a
 * later fragment, which is that packet's protocol. VERIFIER: where the walk
 * stands is kept in memory, not in registers, so that the paths through each
 * header look the same to the verifier afterwards; in registers the program has
 * above 1,000,000 states.
 */
static __always_inline int parse_ipv6_ext(struct xvs_pkt *pkt, struct cursor *c, __u8 *frag)
{
	int i, ret;

	XVS_WRITE_ONCE(pkt->walk_off, c->pos - c->data);
	XVS_WRITE_ONCE(pkt->walk_proto, c->proto);
	XVS_WRITE_ONCE(pkt->walk_frag, 0);
	for (i = 0; i < XVS_MAX_IPV6_EXT; i++) {
		if (!parse_is_ext(XVS_READ_ONCE(pkt->walk_proto)) ||
		    (XVS_READ_ONCE(pkt->walk_frag) & XVS_FRAG_LATER))
			break;
		ret = parse_ipv6_ext_one(pkt, c);
		if (ret)
			return ret;
	}
	*frag = XVS_READ_ONCE(pkt->walk_frag);
	c->proto = XVS_READ_ONCE(pkt->walk_proto);
	/* As Open vSwitch has it: what follows is not a header of that protocol. */
	if (*frag & XVS_FRAG_LATER)
		c->proto = PARSE_EXT_FRAGMENT;
	else if (parse_is_ext(c->proto))
		return -XVS_DROP_EXT_HEADER_LIMIT;
	if (XVS_READ_ONCE(pkt->walk_off) > CTX_MAX_OFF)
		return PARSE_SHORT;
	c->pos = c->data + (XVS_READ_ONCE(pkt->walk_off) & CTX_MAX_OFF);
	return 0;
}

static __always_inline int parse_ipv6(struct xvs_ctx *ctx, struct xvs_pkt *pkt, struct cursor *c)
{
	const __u8 *ip = c->pos;
	__u32 first, ip_len, payload_len;
	__u8 frag = 0;
	int ret;

	if (ip + PARSE_IPV6_LEN > c->end)
		return PARSE_SHORT;
	first = XVS_FROM_BE32(load32(ip));
	if (first >> 28 != 6)
		return -XVS_DROP_PARSE_TRUNCATED;
	payload_len = XVS_FROM_BE16(load16(ip + 4));
	ip_len = PARSE_IPV6_LEN + payload_len;
	/* A jumbogram says so in a hop-by-hop option; BIG TCP may not. */
	if (!payload_len && (ip[6] == PARSE_EXT_HOP_BY_HOP ||
			     ctx_buf_len(ctx) - (ip - c->data) > PARSE_IPV6_LEN + 0xffff))
		ip_len = 0;
	ret = parse_ip_bounds(ctx, pkt, c, ip_len);
	if (ret)
		return ret;

	c->proto = ip[6];
	c->pos = ip + PARSE_IPV6_LEN;
	if (parse_is_ext(c->proto)) {
		ret = parse_ipv6_ext(pkt, c, &frag);
		if (ret)
			return ret;
	}
	pkt->key.w[XVS_KEY_WORD(ipv6_src)] = load64(ip + 8);
	pkt->key.w[XVS_KEY_WORD(ipv6_src) + 1] = load64(ip + 16);
	pkt->key.w[XVS_KEY_WORD(ipv6_dst)] = load64(ip + 24);
	pkt->key.w[XVS_KEY_WORD(ipv6_dst) + 1] = load64(ip + 32);
	pkt->key.w[XVS_KEY_W_NW] =
		word_nw(frag, c->proto, first >> 20, ip[7], XVS_BE32(first & 0xfffff));
	if (frag & XVS_FRAG_LATER)
		return 0;
	if (c->proto == PARSE_PROTO_ICMPV6)
		return parse_icmpv6(pkt, c);
	return parse_l4(pkt, c);
}

#endif /* BPF_PARSE_IP_H */
