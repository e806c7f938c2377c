/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The headers of an IP packet at any place in the frame: the one inside an ICMP
 * error, and of a fragment what the parser does not keep. Few packets have either,
 * so bytes are loaded one header at a time, wherever they lie.
 */
#ifndef BPF_CT_WALK_H
#define BPF_CT_WALK_H

#include "ctx.h"
#include "parse_ip.h"
#include "pkt.h"
#include "xvs/conntrack.h"

struct ct_headers {
	struct xvs_ct_addr src, dst;
	__u32 l3_off;
	__u32 l4_off; /* behind the IP header and its extensions */
	__u32 end; /* what lies from here on is not the packet's */
	__u32 id; /* of the fragmented packet, as on the wire */
	__u16 frag_off; /* bytes of the packet before this fragment's */
	__u8 proto; /* of what is at l4_off; later fragment: of the first header in there */
	__u8 family; /* 4 or 6 */
};

struct ct_ipv4 {
	__u8 ver_len, tos;
	__be16 len, id, frag_off;
	__u8 ttl, proto;
	__be16 csum;
	__be32 src, dst;
};
XVS_STATIC_ASSERT(sizeof(struct ct_ipv4) == PARSE_IPV4_LEN, "as on the wire");

struct ct_ipv6 {
	__be32 first;
	__be16 len;
	__u8 proto, ttl;
	__u8 src[16], dst[16];
};
XVS_STATIC_ASSERT(sizeof(struct ct_ipv6) == PARSE_IPV6_LEN, "as on the wire");

/* 'len' bytes of the packet that 'h' is about. */
static __always_inline int ct_walk_load(struct xvs_ctx *ctx, const struct ct_headers *h, __u32 off,
					void *to, __u32 len)
{
	if (off + len > h->end)
		return -1;
	return ctx_load_bytes(ctx, off, to, len);
}

static __always_inline int ct_walk_ipv4(struct xvs_ctx *ctx, struct ct_headers *h)
{
	struct ct_ipv4 ip;
	__u32 hdr_len;

	if (ct_walk_load(ctx, h, h->l3_off, &ip, sizeof(ip)))
		return -1;
	hdr_len = (ip.ver_len & 0xf) * 4;
	if (hdr_len < PARSE_IPV4_LEN || h->l3_off + hdr_len > h->end)
		return -1;
	h->family = 4;
	h->src.ip4 = ip.src;
	h->dst.ip4 = ip.dst;
	h->id = ip.id;
	h->frag_off = (XVS_FROM_BE16(ip.frag_off) & PARSE_IPV4_OFFSET) * 8;
	h->proto = ip.proto;
	h->l4_off = h->l3_off + hdr_len;
	return 0;
}

/* One extension header, at the walk's place; as in parse_ipv6_ext_one(). */
static __always_inline int ct_walk_ipv6_ext(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					    struct ct_headers *h)
{
	__u32 off = XVS_READ_ONCE(pkt->walk_off);
	__u8 kind = XVS_READ_ONCE(pkt->walk_proto);
	__u32 ext_len = 8;
	struct {
		__u8 next, len;
		__be16 frag_off;
		__be32 id;
	} ext;

	if (ct_walk_load(ctx, h, off, &ext, sizeof(ext)))
		return -1;
	if (kind == PARSE_EXT_AUTH)
		ext_len = (ext.len + 2) * 4;
	else if (kind != PARSE_EXT_FRAGMENT)
		ext_len = (ext.len + 1) * 8;
	if (off + ext_len > CTX_MAX_OFF)
		return -1;
	XVS_WRITE_ONCE(pkt->walk_proto, ext.next);
	XVS_WRITE_ONCE(pkt->walk_off, off + ext_len);
	if (kind == PARSE_EXT_FRAGMENT) {
		h->id = ext.id;
		h->frag_off = XVS_FROM_BE16(ext.frag_off) & PARSE_IPV6_OFFSET;
		XVS_WRITE_ONCE(pkt->walk_frag, h->frag_off ? XVS_FRAG_LATER : 0);
	}
	return 0;
}

/* VERIFIER: where the walk stands is kept in memory, as in parse_ipv6_ext(). */
static __always_inline int ct_walk_ipv6(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					struct ct_headers *h)
{
	struct ct_ipv6 ip;
	int i;

	if (ct_walk_load(ctx, h, h->l3_off, &ip, sizeof(ip)))
		return -1;
	h->family = 6;
	__builtin_memcpy(h->src.ip6, ip.src, sizeof(ip.src));
	__builtin_memcpy(h->dst.ip6, ip.dst, sizeof(ip.dst));
	XVS_WRITE_ONCE(pkt->walk_off, h->l3_off + PARSE_IPV6_LEN);
	XVS_WRITE_ONCE(pkt->walk_proto, ip.proto);
	XVS_WRITE_ONCE(pkt->walk_frag, 0);
	for (i = 0; i < XVS_MAX_IPV6_EXT; i++) {
		if (!parse_is_ext(XVS_READ_ONCE(pkt->walk_proto)) || XVS_READ_ONCE(pkt->walk_frag))
			break;
		if (ct_walk_ipv6_ext(ctx, pkt, h))
			return -1;
	}
	h->proto = XVS_READ_ONCE(pkt->walk_proto);
	h->l4_off = XVS_READ_ONCE(pkt->walk_off);
	return parse_is_ext(h->proto) ? -1 : 0;
}

/* The packet whose IP header is at 'off', of which nothing lies from 'end' on. */
static __always_inline int ct_walk(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 off, __u32 end,
				   struct ct_headers *h)
{
	__u8 first;

	__builtin_memset(h, 0, sizeof(*h));
	h->l3_off = off;
	h->end = end;
	if (ct_walk_load(ctx, h, off, &first, sizeof(first)))
		return -1;
	if (first >> 4 == 4)
		return ct_walk_ipv4(ctx, h);
	return first >> 4 == 6 ? ct_walk_ipv6(ctx, pkt, h) : -1;
}

#endif /* BPF_CT_WALK_H */
