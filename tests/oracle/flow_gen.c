// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The generators of flow_gen.h.
 */
#include "flow_gen.h"

#define PROTO_FRAGMENT 44
#define PROTO_ICMPV6 58

static void gen_mac(uint64_t *seed, __u8 mac[6], bool is_dst)
{
	static const __u8 reserved[6] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00};

	memset(mac, 0, 6);
	mac[0] = 0x02;
	mac[5] = (__u8)test_below(seed, 4);
	if (!test_below(seed, is_dst ? 8 : 30))
		mac[0] = 0x33;
	else if (is_dst && !test_below(seed, 20))
		memcpy(mac, reserved, 6);
}

/* One draw a statement, here and below: C leaves the order of operands open, and
 * a seed must give the same packets with every compiler. */
static __be16 gen_tci(uint64_t *seed)
{
	__u32 pcp = GEN_PICK(seed, 0, 0xa000);

	return XVS_BE16(XVS_VLAN_PRESENT | pcp | GEN_PICK(seed, 0, 10, 10, 20));
}

static __be32 gen_ipv4(uint64_t *seed)
{
	__u32 net = GEN_PICK(seed, 0, 0x100);
	__u32 addr = 0x0a000000 + net + test_below(seed, 4);

	/* Away from the others by any bit: prefixes end everywhere. */
	if (!test_below(seed, 4))
		addr ^= 1U << test_below(seed, 32);
	return XVS_BE32(addr);
}

static void gen_ipv6(uint64_t *seed, __u8 addr[16])
{
	addr[0] = 0xfd;
	addr[15] = (__u8)test_below(seed, 4);
	if (!test_below(seed, 4)) {
		unsigned int bit = test_below(seed, 128);

		addr[bit / 8] ^= (__u8)(1U << bit % 8);
	}
}

static __be16 gen_port(uint64_t *seed)
{
	__u32 port = GEN_PICK(seed, 10, 80, 81, 5000);

	if (!test_below(seed, 4))
		port ^= 1U << test_below(seed, 16);
	return XVS_BE16(port);
}

static void gen_nd(uint64_t *seed, struct flow_key *key)
{
	key->tp_dst = 0;
	key->nd_target[0] = 0xfd;
	key->nd_target[15] = (__u8)test_below(seed, 3);
	if (test_below(seed, 2))
		gen_mac(seed, key->arp_sha, false);
	if (test_below(seed, 2))
		gen_mac(seed, key->arp_tha, false);
}

static void gen_l4(uint64_t *seed, struct flow_key *key)
{
	switch (key->nw_proto) {
	case 6:
		key->tcp_flags = XVS_BE16(GEN_PICK(seed, 0x002, 0x010, 0x112));
		/* fall through */
	case 17:
	case 132:
		key->tp_src = gen_port(seed);
		key->tp_dst = gen_port(seed);
		break;
	case 1:
		key->tp_src = XVS_BE16(GEN_PICK(seed, 0, 3, 8));
		key->tp_dst = XVS_BE16(GEN_PICK(seed, 0, 1));
		break;
	case PROTO_ICMPV6:
		key->tp_src = XVS_BE16(GEN_PICK(seed, 128, 135, 136));
		if (key->tp_src != XVS_BE16(128))
			gen_nd(seed, key);
		break;
	default:
		break;
	}
}

static void gen_ip(uint64_t *seed, struct flow_key *key)
{
	bool is_v6 = key->dl_type == XVS_BE16(0x86dd);

	if (is_v6) {
		gen_ipv6(seed, key->ipv6_src);
		gen_ipv6(seed, key->ipv6_dst);
		key->ipv6_label = XVS_BE32(GEN_PICK(seed, 0, 0, 0xabcde));
		key->nw_proto = (__u8)GEN_PICK(seed, 6, 17, 132, PROTO_ICMPV6, PROTO_ICMPV6, 47);
	} else {
		key->nw_src = gen_ipv4(seed);
		key->nw_dst = gen_ipv4(seed);
		key->nw_proto = (__u8)GEN_PICK(seed, 6, 6, 17, 17, 132, 1, 47);
	}
	key->nw_tos = (__u8)GEN_PICK(seed, 0, 0, 0x10, 0xb9);
	key->nw_ttl = (__u8)GEN_PICK(seed, 1, 2, 64, 64);
	key->nw_frag =
		(__u8)GEN_PICK(seed, 0, 0, 0, 0, 0, 0, XVS_FRAG_ANY, XVS_FRAG_ANY | XVS_FRAG_LATER);
	if (!(key->nw_frag & XVS_FRAG_LATER))
		gen_l4(seed, key);
	else if (is_v6)
		key->nw_proto = PROTO_FRAGMENT;
}

static void gen_arp(uint64_t *seed, struct flow_key *key)
{
	key->nw_proto = (__u8)GEN_PICK(seed, 1, 2);
	key->nw_src = XVS_BE32(0x0a000000 + test_below(seed, 4));
	key->nw_dst = XVS_BE32(0x0a000000 + test_below(seed, 4));
	gen_mac(seed, key->arp_sha, false);
	gen_mac(seed, key->arp_tha, false);
}

void gen_packet(uint64_t *seed, struct flow_key *key)
{
	memset(key, 0, sizeof(*key));
	key->in_port = (__u16)(1 + test_below(seed, GEN_PORTS));
	gen_mac(seed, key->dl_dst, true);
	gen_mac(seed, key->dl_src, false);
	if (test_below(seed, 2)) {
		key->vlan_tci = gen_tci(seed);
		if (!test_below(seed, 4))
			key->vlan_tci1 = gen_tci(seed);
	}
	key->dl_type =
		XVS_BE16(GEN_PICK(seed, 0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x88cc));
	if (flow_is_ip(key))
		gen_ip(seed, key);
	else if (key->dl_type == XVS_BE16(0x0806))
		gen_arp(seed, key);
}

bool gen_canonical(struct flow_key *key)
{
	const __be16 present = XVS_BE16(XVS_VLAN_PRESENT);
	struct flow_key has;

	if (!(key->vlan_tci & present))
		key->vlan_tci = 0;
	if (!(key->vlan_tci & key->vlan_tci1 & present))
		key->vlan_tci1 = 0;
	/* A later fragment is a fragment, and IPv6's has no other protocol. */
	if (key->nw_frag == XVS_FRAG_LATER)
		return false;
	if (key->dl_type == XVS_BE16(0x86dd) && key->nw_frag & XVS_FRAG_LATER)
		key->nw_proto = PROTO_FRAGMENT;
	if (flow_is_ip(key) && (key->nw_proto == 1 || key->nw_proto == PROTO_ICMPV6)) {
		key->tp_src &= XVS_BE16(0xff);
		key->tp_dst &= XVS_BE16(0xff);
	}
	flow_exact_mask(key, &has);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] &= has.w[i];
	return key->in_port >= 1 && key->in_port <= GEN_PORTS && !key->recirc_id;
}

/* The packet has the field. */
static bool has_field(const struct field *f, const struct flow_key *key)
{
	struct flow_key all;

	memset(&all, 0xff, sizeof(all));
	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP)
		return key->vlan_tci != 0;
	if (f->pre_nw_proto && key->nw_frag & XVS_FRAG_LATER)
		return false;
	return field_prereqs_met(f, key, &all);
}

static void gen_field_mask(uint64_t *seed, const struct field *f, union field_value *mask)
{
	field_exact_mask(f, mask);
	if (f->mask_rule == FIELD_MASK_NONE || test_below(seed, 2))
		return;
	if (test_below(seed, 2)) {
		/* A prefix. */
		unsigned int drop = test_below(seed, f->width);

		for (unsigned int bit = 0; bit < drop; bit++)
			mask->b[15 - bit / 8] &= (__u8) ~(1U << bit % 8);
	} else {
		mask->w[0] &= test_random(seed);
		mask->w[1] &= test_random(seed);
	}
}

static void match_field(uint64_t *seed, const struct field *f, struct flow_key *mask)
{
	union field_value value, old;

	gen_field_mask(seed, f, &value);
	field_get(f, mask, &old);
	value.w[0] |= old.w[0];
	value.w[1] |= old.w[1];
	field_set(f, mask, &value);
	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP)
		mask->vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	if (f->pre_dl_type)
		mask->dl_type = 0xffff;
	if (f->pre_nw_proto)
		mask->nw_proto = 0xff;
	if (f->pre_icmp_type)
		mask->tp_src = 0xffff;
}

void gen_match(uint64_t *seed, struct match *match)
{
	unsigned int n = test_below(seed, 5);
	struct flow_key packet;

	gen_packet(seed, &packet);
	memset(match, 0, sizeof(*match));
	while (n) {
		const struct field *f = &fields[test_below(seed, FIELD_N)];

		if (!has_field(f, &packet))
			continue;
		match_field(seed, f, &match->mask);
		n--;
	}
	flow_mask_key(&match->key, &packet, &match->mask);
}

/* Registers are in no frame, and where a packet came from decides outputs: those
 * are pipelines' business. Tags are set by their parts. */
static bool is_in_frame(const struct field *f)
{
	return f->set_bits && f->offset >= offsetof(struct flow_key, mpls_lse) &&
	       f->id != FIELD_VLAN_TCI;
}

static void gen_set_field(uint64_t *seed, struct ofact *a)
{
	const struct field *f;
	struct flow_key packet;

	do {
		f = &fields[test_below(seed, FIELD_N)];
	} while (!is_in_frame(f));
	a->type = OFACT_SET_FIELD;
	a->set.field = f->id;
	gen_field_mask(seed, f, &a->set.mask);
	/* A value of the universe where it has the field, any other as well. */
	gen_packet(seed, &packet);
	field_get(f, &packet, &a->set.value);
	if (!test_below(seed, 3)) {
		a->set.value.w[0] = test_random(seed);
		a->set.value.w[1] = test_random(seed);
	}
	a->set.value.w[0] &= a->set.mask.w[0];
	a->set.value.w[1] &= a->set.mask.w[1];
}

static void gen_action(uint64_t *seed, struct ofact *a)
{
	static const enum ofact_type types[] = {
		OFACT_NORMAL,   OFACT_NORMAL,  OFACT_OUTPUT,    OFACT_OUTPUT,    OFACT_OUTPUT,
		OFACT_FLOOD,    OFACT_ALL,     OFACT_IN_PORT,   OFACT_LOCAL,     OFACT_PUSH_VLAN,
		OFACT_POP_VLAN, OFACT_DEC_TTL, OFACT_SET_FIELD, OFACT_SET_FIELD, OFACT_SET_FIELD,
	};

	memset(a, 0, sizeof(*a));
	a->type = types[test_below(seed, sizeof(types) / sizeof(types[0]))];
	if (a->type == OFACT_OUTPUT)
		a->port = (__u16)(1 + test_below(seed, GEN_PORTS + 1));
	else if (a->type == OFACT_PUSH_VLAN)
		a->ethertype = XVS_BE16(GEN_PICK(seed, 0x8100, 0x88a8));
	else if (a->type == OFACT_SET_FIELD)
		gen_set_field(seed, a);
}

void gen_actions(uint64_t *seed, struct ofacts *list)
{
	unsigned int n = 1 + test_below(seed, 5);

	memset(list, 0, sizeof(*list));
	if (!test_below(seed, 10))
		return;
	for (unsigned int i = 0; i < n; i++) {
		struct ofact a;

		gen_action(seed, &a);
		assert_int_equal(ofacts_append(list, &a), 0);
	}
}
