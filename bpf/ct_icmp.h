/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP and ICMPv6 for connection tracking: which messages are questions and
 * answers (connections of their own), which are errors about a packet of another
 * connection, and whose.
 *
 * An error carries the beginning of the packet that it is about, and travels to that
 * packet's sender: the way that an answer to it would go. So its tuple is that of the
 * packet inside with the ends exchanged, and the table tells of it what it tells of
 * an answer: connection and direction. It is `rel`, and changes nothing. An error
 * about no connection, one that is cut too short to say, and one that goes to
 * somebody else than the sender of what is inside, are `inv`.
 *
 * All other messages (neighbour and router discovery, multicast listeners) ask nobody
 * in particular: there is no connection to find. They get trk and inv, as Open vSwitch
 * gives them over Linux, where they are "untracked": rules have to let them pass in
 * front of ct(). Checksums are not verified here: what the addressee is to find
 * wrong, it finds wrong.
 */
#ifndef BPF_CT_ICMP_H
#define BPF_CT_ICMP_H

#include "ct_proto.h"
#include "ct_walk.h"

XVS_STATIC_ASSERT(CT_PROTO_ICMP == PARSE_PROTO_ICMP && CT_PROTO_TCP == PARSE_PROTO_TCP &&
			  CT_PROTO_UDP == PARSE_PROTO_UDP &&
			  CT_PROTO_ICMPV6 == PARSE_PROTO_ICMPV6 &&
			  CT_PROTO_SCTP == PARSE_PROTO_SCTP,
		  "the parser's numbers");

/* What the packet of 'h', not a later fragment, has as its ports. An ICMP message in
 * there is a question or an answer: nobody answers errors by errors. */
static __always_inline int ct_icmp_ports(struct xvs_ctx *ctx, const struct ct_headers *h,
					 __be16 port[2])
{
	struct {
		__u8 type, code;
		__be16 csum, id;
	} icmp;
	enum ct_icmp_kind kind;

	port[0] = 0;
	port[1] = 0;
	if (ct_has_ports(h->proto))
		return ct_walk_load(ctx, h, h->l4_off, port, 2 * sizeof(port[0]));
	if (!ct_is_icmp(h->family, h->proto))
		return 0;
	if (ct_walk_load(ctx, h, h->l4_off, &icmp, sizeof(icmp)))
		return -1;
	kind = ct_icmp_kind(h->family, icmp.type);
	if (kind != CT_ICMP_REQUEST && kind != CT_ICMP_ANSWER)
		return -1;
	port[0] = icmp.id;
	port[1] = icmp.id;
	return 0;
}

static __always_inline bool ct_icmp_goes_to(const struct xvs_pkt *pkt,
					    const struct xvs_ct_addr *addr, __u8 family)
{
	const __u64 *dst = &pkt->key.w[XVS_KEY_WORD(ipv6_dst)];

	if (family == 4)
		return pkt->key.nw_dst == addr->ip4;
	return dst[0] == addr->w[0] && dst[1] == addr->w[1];
}

/* The packet inside an error; -1: it does not say whose it is. */
static __always_inline int ct_icmp_inner(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					 struct ct_headers *h)
{
	__u8 family = pkt->key.dl_type == XVS_BE16(PARSE_TYPE_IPV6) ? 6 : 4;

	if (ct_walk(ctx, pkt, pkt->l4_off + PARSE_ICMP_LEN, pkt->l3_end, h))
		return -1;
	return h->family == family && !h->frag_off && ct_icmp_goes_to(pkt, &h->src, family) ? 0
											    : -1;
}

/* The tuple that the packet, an error, is found by; -1: it is `inv`. */
static __always_inline int ct_icmp_error(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u16 zone,
					 struct xvs_ct_tuple *t)
{
	struct ct_headers h;
	__be16 port[2];

	if (ct_icmp_inner(ctx, pkt, &h) || ct_icmp_ports(ctx, &h, port))
		return -1;
	t->src = h.dst;
	t->dst = h.src;
	t->sport = port[1];
	t->dport = port[0];
	t->zone = zone;
	t->proto = h.proto;
	t->family = h.family;
	pkt->ct.inner_l4 = h.l4_off - pkt->l4_off;
	return 0;
}

#endif /* BPF_CT_ICMP_H */
