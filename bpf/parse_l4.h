/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The L4 part of the parser: TCP, UDP, SCTP, ICMP, ICMPv6 with neighbour
 * discovery. Anything else has no L4 fields.
 */
#ifndef BPF_PARSE_L4_H
#define BPF_PARSE_L4_H

#include "ctx.h"
#include "pkt.h"
#include "xvs/drop_reason.h"

/* A step's result: the headers go on behind what can be read directly. */
#define PARSE_SHORT 1
#define PARSE_BAD_OPTION 2 /* of parse_nd_options() only */

/* Where the parser is. 'end' is behind the last byte that can be read. */
struct cursor {
	const __u8 *data;
	const __u8 *pos;
	const __u8 *end;
	__be16 type; /* EtherType of what 'pos' points to */
	__u8 proto; /* protocol of what 'pos' points to, behind the IP header */
};

enum parse_proto {
	PARSE_PROTO_ICMP = 1,
	PARSE_PROTO_IGMP = 2,
	PARSE_PROTO_TCP = 6,
	PARSE_PROTO_UDP = 17,
	PARSE_PROTO_ICMPV6 = 58,
	PARSE_PROTO_SCTP = 132,
};

#define PARSE_TCP_LEN 20
#define PARSE_UDP_LEN 8
#define PARSE_SCTP_LEN 12
#define PARSE_ICMP_LEN 8
#define PARSE_ICMPV6_LEN 4
#define PARSE_TCP_FLAGS 0x0fff

#define PARSE_ND_SOLICIT 135
#define PARSE_ND_ADVERT 136
#define PARSE_ND_LEN 24 /* ICMPv6 header, reserved word, target */
#define PARSE_ND_OPT_SLL 1
#define PARSE_ND_OPT_TLL 2

/* 'len' bytes of header at the cursor: within the IP packet, and readable? */
static __always_inline int parse_l4_header(struct xvs_pkt *pkt, const struct cursor *c, __u32 len)
{
	__u32 off = c->pos - c->data;

	if (off + len > pkt->l3_end)
		return -XVS_DROP_PARSE_TRUNCATED;
	if (c->pos + len > c->end)
		return PARSE_SHORT;
	pkt->l4_off = off;
	return 0;
}

static __always_inline int parse_l4(struct xvs_pkt *pkt, const struct cursor *c)
{
	int ret;

	if (c->proto == PARSE_PROTO_TCP) {
		ret = parse_l4_header(pkt, c, PARSE_TCP_LEN);
		if (ret)
			return ret;
		pkt->key.w[XVS_KEY_W_TP] = word_32_16_16(
			load32(c->pos), load16(c->pos + 12) & XVS_BE16(PARSE_TCP_FLAGS), 0);
		pkt->l4_csum = load16(c->pos + 16);
	} else if (c->proto == PARSE_PROTO_UDP) {
		ret = parse_l4_header(pkt, c, PARSE_UDP_LEN);
		if (ret)
			return ret;
		pkt->key.w[XVS_KEY_W_TP] = word_32_16_16(load32(c->pos), 0, 0);
		pkt->l4_csum = load16(c->pos + 6);
	} else if (c->proto == PARSE_PROTO_SCTP) {
		ret = parse_l4_header(pkt, c, PARSE_SCTP_LEN);
		if (ret)
			return ret;
		pkt->key.w[XVS_KEY_W_TP] = word_32_16_16(load32(c->pos), 0, 0);
		pkt->l4_csum = load16(c->pos + 8) | load16(c->pos + 10);
	}
	return 0;
}

static __always_inline void parse_icmp_type(struct xvs_pkt *pkt, const struct cursor *c)
{
	pkt->key.w[XVS_KEY_W_TP] = word_32_32(XVS_BE32((__u32)c->pos[0] << 16 | c->pos[1]), 0);
}

static __always_inline int parse_icmp(struct xvs_pkt *pkt, const struct cursor *c)
{
	int ret = parse_l4_header(pkt, c, PARSE_ICMP_LEN);

	if (ret)
		return ret;
	parse_icmp_type(pkt, c);
	return 0;
}

/* The link-layer address of an option: its last six bytes of eight. */
static __always_inline void parse_nd_address(struct xvs_pkt *pkt, const __u8 *opt, __u32 off)
{
	if (opt[0] == PARSE_ND_OPT_SLL && !pkt->nd_sll_off) {
		pkt->key.w[XVS_KEY_WORD(arp_sha)] = word_mac_behind(load64(opt));
		pkt->nd_sll_off = off + 2;
	} else if (opt[0] == PARSE_ND_OPT_TLL && !pkt->nd_tll_off) {
		pkt->key.w[XVS_KEY_WORD(arp_tha)] = word_mac_behind(load64(opt));
		pkt->nd_tll_off = off + 2;
	}
}

/* Notes the first address option of each kind. PARSE_BAD_OPTION: an option of
 * length 0, or one that goes beyond the packet. VERIFIER: the offset is kept in
 * memory, as in parse_ipv6_ext(). */
static __always_inline int parse_nd_options(struct xvs_pkt *pkt, const struct cursor *c)
{
	int i;

	XVS_WRITE_ONCE(pkt->walk_off, c->pos - c->data + PARSE_ND_LEN);
	for (i = 0; i < XVS_MAX_ND_OPTIONS; i++) {
		__u32 off = XVS_READ_ONCE(pkt->walk_off);
		const __u8 *opt = c->data + off;
		__u32 opt_len;

		if (off >= pkt->l3_end)
			return 0;
		if (off + 8 > pkt->l3_end)
			return PARSE_BAD_OPTION;
		if (off > CTX_MAX_OFF || opt + 8 > c->end)
			return PARSE_SHORT;
		opt_len = opt[1] * 8;
		if (!opt_len || off + opt_len > pkt->l3_end)
			return PARSE_BAD_OPTION;
		if (opt_len == 8)
			parse_nd_address(pkt, opt, off);
		XVS_WRITE_ONCE(pkt->walk_off, off + opt_len);
	}
	return 0;
}

/* Target and addresses are known together or, with a malformed option, not at
 * all. */
static __always_inline int parse_nd(struct xvs_pkt *pkt, const struct cursor *c)
{
	int ret;

	if ((__u32)(c->pos - c->data) + PARSE_ND_LEN > pkt->l3_end)
		return 0;
	if (c->pos + PARSE_ND_LEN > c->end)
		return PARSE_SHORT;
	ret = parse_nd_options(pkt, c);
	if (ret == PARSE_BAD_OPTION) {
		pkt->key.w[XVS_KEY_WORD(arp_sha)] = 0;
		pkt->key.w[XVS_KEY_WORD(arp_tha)] = 0;
		pkt->nd_sll_off = 0;
		pkt->nd_tll_off = 0;
		return 0;
	}
	pkt->key.w[XVS_KEY_WORD(nd_target)] = load64(c->pos + 8);
	pkt->key.w[XVS_KEY_WORD(nd_target) + 1] = load64(c->pos + 16);
	return ret;
}

static __always_inline int parse_icmpv6(struct xvs_pkt *pkt, const struct cursor *c)
{
	int ret = parse_l4_header(pkt, c, PARSE_ICMPV6_LEN);

	if (ret)
		return ret;
	parse_icmp_type(pkt, c);
	if ((c->pos[0] == PARSE_ND_SOLICIT || c->pos[0] == PARSE_ND_ADVERT) && !c->pos[1])
		return parse_nd(pkt, c);
	return 0;
}

#endif /* BPF_PARSE_L4_H */
