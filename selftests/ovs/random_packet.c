// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets near the rules of a random table: one that a rule matches, filled up
 * with values that other rules have, and often changed in a bit that the rule
 * looks at. They are canonical, as a parser makes them: a field that a packet
 * does not have is zero.
 */
#include <string.h>

#include "table_kind.h"

#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_UDP 17
#define PROTO_ICMPV6 58

/* A field of the key gets a value of the table's; what lies outside the mask
 * of a rule that has it is zero or anything. */
static void fill_field(struct random_table *t, const struct field *f, struct flow_key *key)
{
	union field_value value, mask, all;

	gen_value(t, f, &value, &mask);
	field_exact_mask(f, &all);
	if (gen_chance(t, 70))
		for (int i = 0; i < 2; i++)
			value.w[i] |= gen_next(t) & all.w[i] & ~mask.w[i];
	field_set(f, key, &value);
}

static void fill_vlan(struct random_table *t, struct flow_key *key)
{
	__u16 tci = XVS_VLAN_PRESENT;

	if (!gen_chance(t, 30))
		return;
	tci |= t->pools.vlans[gen_below(t, POOL_VLANS)];
	tci |= (__u16)(gen_below(t, 8) << XVS_VLAN_PCP_SHIFT);
	key->vlan_tci = XVS_BE16(tci);
	if (gen_chance(t, 15))
		key->vlan_tci1 = XVS_BE16(XVS_VLAN_PRESENT | gen_below(t, 100));
}

static void fill_protocol(struct random_table *t, struct flow_key *key, const struct match *near)
{
	enum table_family family = (enum table_family)(1 + gen_below(t, FAMILY_N - 1));

	/* Mostly of a protocol that the table has rules for. */
	if (gen_chance(t, 75))
		while (!t->kind->families[family])
			family = family == FAMILY_N - 1 ? FAMILY_IPV4
							: (enum table_family)(family + 1);
	key->dl_type = near->mask.dl_type ? near->key.dl_type : gen_dl_type(t, family);
	if (flow_is_ip(key))
		key->nw_proto = near->mask.nw_proto
					? near->key.nw_proto
					: gen_protocol(t, key->dl_type == XVS_BE16(0x86dd));
}

static bool is_vlan(const struct field *f)
{
	return f->id == FIELD_VLAN_TCI || f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP ||
	       f->id == FIELD_VLAN_TCI1;
}

/* Registers, tunnels, connections: a packet that comes in has none of them. */
static bool is_metadata(const struct field *f)
{
	return f->offset < FLOW_STAGE_METADATA_END * 8 && f->id != FIELD_IN_PORT;
}

static void fill(struct random_table *t, struct flow_key *key)
{
	struct flow_key all;

	memset(&all, 0xff, sizeof(all));
	for (int id = 0; id < FIELD_N; id++) {
		const struct field *f = &fields[id];

		if (is_metadata(f) || id == FIELD_DL_TYPE || id == FIELD_NW_PROTO || is_vlan(f))
			continue;
		/* Most packets are no fragments. */
		if (id == FIELD_IP_FRAG && !gen_chance(t, 15))
			continue;
		if (field_prereqs_met(f, key, &all))
			fill_field(t, f, key);
	}
}

/* Changes one of the bits that the rule looks at. */
static void miss_by_a_bit(struct random_table *t, const struct match *near, struct flow_key *key)
{
	unsigned int bits[FLOW_KEY_WORDS * 64], n = 0;

	for (unsigned int bit = 0; bit < FLOW_KEY_WORDS * 64; bit++)
		if (near->mask.w[bit / 64] >> bit % 64 & 1)
			bits[n++] = bit;
	if (n) {
		unsigned int bit = bits[gen_below(t, n)];

		key->w[bit / 64] ^= 1ULL << bit % 64;
	}
}

static bool known_dl_type(__be16 dl_type)
{
	static const __u16 known[] = {0x0800, 0x86dd, 0x0806, 0x8035, 0x8847,
				      0x8848, 0x88cc, 0x88b5, 0x05ff};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (XVS_BE16(known[i]) == dl_type)
			return true;
	return false;
}

static void canonical_icmp(struct flow_key *key)
{
	key->tp_src &= XVS_BE16(0xff);
	key->tp_dst &= XVS_BE16(0xff);
	if (key->dl_type != XVS_BE16(0x86dd))
		return;
	/* A solicitation has the sender's address, an advertisement the target's. */
	if (key->tp_src == XVS_BE16(135)) {
		key->tp_dst = 0;
		memset(key->arp_tha, 0, sizeof(key->arp_tha));
	} else if (key->tp_src == XVS_BE16(136)) {
		key->tp_dst = 0;
		memset(key->arp_sha, 0, sizeof(key->arp_sha));
	}
}

/* A header of IPv6 that others follow, and that would have to make sense. */
static bool is_extension(const struct flow_key *key)
{
	static const __u8 extensions[] = {0, 43, 44, 50, 51, 60, 135, 139, 140};

	for (size_t i = 0; i < sizeof(extensions); i++)
		if (key->dl_type == XVS_BE16(0x86dd) && key->nw_proto == extensions[i])
			return true;
	return false;
}

void random_canonical(struct random_table *t, struct flow_key *key)
{
	const __be16 present = XVS_BE16(XVS_VLAN_PRESENT);
	struct flow_key has;

	if (!key->in_port || key->in_port > TABLE_PORTS)
		key->in_port = (__u16)(1 + gen_below(t, TABLE_PORTS));
	if (!(key->vlan_tci & present))
		key->vlan_tci = 0;
	if (!(key->vlan_tci & key->vlan_tci1 & present))
		key->vlan_tci1 = 0;
	if (!known_dl_type(key->dl_type))
		key->dl_type = XVS_BE16(0x88cc);
	if (flow_is_ip(key) && (key->nw_proto == PROTO_IGMP || is_extension(key)))
		key->nw_proto = PROTO_UDP;
	if (key->nw_frag == XVS_FRAG_LATER)
		key->nw_frag |= XVS_FRAG_ANY;
	if (flow_is_ip(key) && (key->nw_proto == PROTO_ICMP || key->nw_proto == PROTO_ICMPV6))
		canonical_icmp(key);
	flow_exact_mask(key, &has);
	/* Nobody gives the upper three flags a name. */
	has.tcp_flags &= XVS_BE16(0x1ff);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] &= has.w[i];
}

void random_packet(struct random_table *t, struct flow_key *key)
{
	static const struct match nothing;
	const struct match *near = &nothing;

	if (t->n_rules && gen_chance(t, 85))
		near = &t->rules[gen_below(t, (__u32)t->n_rules)].match;
	memset(key, 0, sizeof(*key));
	fill_protocol(t, key, near);
	fill_vlan(t, key);
	fill(t, key);
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		key->w[i] = (key->w[i] & ~near->mask.w[i]) | near->key.w[i];
	if (gen_chance(t, 40))
		miss_by_a_bit(t, near, key);
	random_canonical(t, key);
}
