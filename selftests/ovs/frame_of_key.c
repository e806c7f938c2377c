// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From a key to the layers of packet.h.
 */
#include "frame_of_key.h"

#include <string.h>

#include "proto.h"

struct frame_layers {
	const struct flow_key *key;
	const struct frame_choice *choice;
	struct layer v[MAX_LAYERS];
	size_t n;
};

static struct layer *add(struct frame_layers *fl, enum layer_kind kind)
{
	struct layer *l = &fl->v[fl->n++];

	memset(l, 0, sizeof(*l));
	l->kind = kind;
	return l;
}

/* 0 means the default to packet_build. */
static __u32 or_zero(__u32 v)
{
	return v ? v : ZERO;
}

static void add_raw(struct frame_layers *fl, const void *bytes, __u8 n)
{
	struct layer *l = add(fl, LAYER_RAW);

	memcpy(l->raw.bytes, bytes, n);
	l->raw.n = n;
}

static void add_option(struct frame_layers *fl, __u8 type, const __u8 mac[6])
{
	static const __u8 none[6];
	struct layer *l;

	if (!memcmp(mac, none, 6))
		return;
	l = add(fl, LAYER_OPT);
	l->opt.type = type;
	memcpy(l->opt.mac, mac, 6);
}

static void add_icmp(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;
	__u8 type = (__u8)XVS_FROM_BE16(key->tp_src), code = (__u8)XVS_FROM_BE16(key->tp_dst);
	bool v6 = key->dl_type == XVS_BE16(0x86dd);
	bool nd = v6 && (type == 135 || type == 136) && !code;
	struct layer *l = add(fl, nd ? LAYER_ND : v6 ? LAYER_ICMP6 : LAYER_ICMP);

	l->icmp.type = type;
	l->icmp.code = code;
	if (!nd)
		return;
	memcpy(l->icmp.target, key->nd_target, 16);
	add_option(fl, 1, key->arp_sha);
	add_option(fl, 2, key->arp_tha);
}

static void add_ports(struct frame_layers *fl, enum layer_kind kind)
{
	const struct flow_key *key = fl->key;
	struct layer *l = add(fl, kind);

	l->l4.src = or_zero(XVS_FROM_BE16(key->tp_src));
	l->l4.dst = or_zero(XVS_FROM_BE16(key->tp_dst));
	l->l4.flags = XVS_FROM_BE16(key->tcp_flags);
	if (kind == LAYER_UDP && fl->choice->no_udp_csum && key->dl_type == XVS_BE16(0x0800))
		l->csum = CSUM_NONE;
	add(fl, LAYER_DATA)->data = 13;
}

static void add_l4(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;
	bool v6 = key->dl_type == XVS_BE16(0x86dd);

	if (!(key->nw_frag & XVS_FRAG_LATER)) {
		if (key->nw_proto == PROTO_TCP) {
			add_ports(fl, LAYER_TCP);
			return;
		}
		if (key->nw_proto == PROTO_UDP) {
			add_ports(fl, LAYER_UDP);
			return;
		}
		if (key->nw_proto == PROTO_SCTP) {
			add_ports(fl, LAYER_SCTP);
			return;
		}
		if (key->nw_proto == (v6 ? PROTO_ICMPV6 : PROTO_ICMP)) {
			add_icmp(fl);
			return;
		}
	}
	add(fl, LAYER_DATA)->data = 24;
}

static void add_ipv4(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;
	struct layer *l = add(fl, LAYER_IP4);
	l->ip4.proto = key->nw_proto;
	l->ip4.ttl = or_zero(key->nw_ttl);
	l->ip4.tos = key->nw_tos;
	l->ip4.frag = key->nw_frag & XVS_FRAG_LATER ? 10 : key->nw_frag ? 0x2000 : 0;
	l->ip4.src = XVS_FROM_BE32(key->nw_src);
	l->ip4.dst = XVS_FROM_BE32(key->nw_dst);
	add_l4(fl);
}

static void add_ipv6(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;
	struct layer *l = add(fl, LAYER_IP6);
	__u8 next = key->nw_frag ? 44 : key->nw_proto;

	l->ip6.next = fl->choice->ext6 ? 0 : next;
	l->ip6.hlim = or_zero(key->nw_ttl);
	l->ip6.tc = key->nw_tos;
	l->ip6.label = XVS_FROM_BE32(key->ipv6_label);
	memcpy(l->ip6.src, key->ipv6_src, 16);
	memcpy(l->ip6.dst, key->ipv6_dst, 16);
	if (fl->choice->ext6)
		add(fl, LAYER_EXT6)->ext6.next = next;
	if (key->nw_frag) {
		l = add(fl, LAYER_FRAG6);
		l->frag6.next = key->nw_proto;
		l->frag6.off = key->nw_frag & XVS_FRAG_LATER ? 10 : 0;
		l->frag6.more = !(key->nw_frag & XVS_FRAG_LATER);
	}
	add_l4(fl);
}

static void add_arp(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;
	const __u8 head[8] = {0, 1, 8, 0, 6, 4, 0, key->nw_proto};

	add_raw(fl, head, 8);
	add_raw(fl, key->arp_sha, 6);
	add_raw(fl, &key->nw_src, 4);
	add_raw(fl, key->arp_tha, 6);
	add_raw(fl, &key->nw_dst, 4);
}

static void add_mpls(struct frame_layers *fl)
{
	const __be32 bottom = XVS_BE32(0x100);
	const __be32 second = XVS_BE32(77 << 12 | 5 << 9 | 0x100 | 33);
	struct layer *l;

	add_raw(fl, &fl->key->mpls_lse, 4);
	if (!(fl->key->mpls_lse & bottom))
		add_raw(fl, &second, 4);
	if (fl->choice->inner_ipv6) {
		l = add(fl, LAYER_IP6);
		l->ip6.next = PROTO_TCP;
	} else {
		l = add(fl, LAYER_IP4);
		l->ip4.proto = PROTO_TCP;
	}
	add(fl, LAYER_TCP);
	add(fl, LAYER_DATA)->data = 6;
}

static void add_tag(struct frame_layers *fl, __be16 tci)
{
	struct layer *l;

	if (!tci)
		return;
	l = add(fl, LAYER_TAG);
	l->tag.tpid = 0x8100;
	l->tag.tci = XVS_FROM_BE16(tci) & (__u16)~XVS_VLAN_PRESENT;
}

static void add_eth(struct frame_layers *fl)
{
	const struct flow_key *key = fl->key;

	add_raw(fl, key->dl_dst, 6);
	add_raw(fl, key->dl_src, 6);
	add_tag(fl, key->vlan_tci);
	add_tag(fl, key->vlan_tci1);
}

void frame_of_key(const struct flow_key *key, const struct frame_choice *choice, struct packet *out)
{
	struct frame_layers fl = {.key = key, .choice = choice};
	__u16 type = XVS_FROM_BE16(key->dl_type);

	add_eth(&fl);
	if (type == XVS_ETH_TYPE_NONE) {
		/* A length, and LLC without SNAP. */
		add(&fl, LAYER_TYPE)->type = 40;
		add_raw(&fl, "\x42\x42\x03", 3);
		add(&fl, LAYER_DATA)->data = 37;
	} else {
		add(&fl, LAYER_TYPE)->type = type;
		switch (type) {
		case 0x0800:
			add_ipv4(&fl);
			break;
		case 0x86dd:
			add_ipv6(&fl);
			break;
		case 0x0806:
		case 0x8035:
			add_arp(&fl);
			break;
		case 0x8847:
		case 0x8848:
			add_mpls(&fl);
			break;
		default:
			add(&fl, LAYER_DATA)->data = 46;
			break;
		}
	}
	packet_build(out, fl.v, fl.n);
}
