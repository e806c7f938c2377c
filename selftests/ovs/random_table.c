// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules of a random table: which fields one has is the kind's business
 * (table_kind.c), what stands in them table_value.c's.
 */
#include "random_table.h"

#include <string.h>

#include "table_kind.h"

#define SMALL_TABLE 60

static enum table_family gen_family(struct random_table *t)
{
	const __u8 *weights = t->kind->families;
	unsigned int sum = 0, n;
	int family = 0;

	for (int i = 0; i < FAMILY_N; i++)
		sum += weights[i];
	for (n = gen_below(t, sum); n >= weights[family]; family++)
		n -= weights[family];
	return (enum table_family)family;
}

static void add_field(struct random_table *t, const struct field *f, struct match *match)
{
	union field_value value, mask, had;

	field_get(f, &match->mask, &had);
	/* dl_vlan and vlan_tci are the same bits. */
	if (!field_value_is_zero(&had))
		return;
	gen_value(t, f, &value, &mask);
	if (field_value_is_zero(&mask))
		return;
	field_set(f, &match->key, &value);
	field_set(f, &match->mask, &mask);
	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP) {
		match->key.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
		match->mask.vlan_tci |= XVS_BE16(XVS_VLAN_PRESENT);
	}
}

/* What says which protocol a rule is for; in Open vSwitch a link-layer option
 * of neighbour discovery belongs to one of its two messages. */
static bool may_match(const struct field *f, const struct match *match)
{
	if (!field_prereqs_met(f, &match->key, &match->mask))
		return false;
	if (f->id == FIELD_VLAN_TCI && match->mask.vlan_tci)
		return false;
	if (f->pre_nw_proto && match->key.nw_frag & XVS_FRAG_LATER)
		return false;
	if (f->id == FIELD_ICMPV6_CODE)
		return match->key.tp_src != XVS_BE16(135) && match->key.tp_src != XVS_BE16(136);
	if (f->id == FIELD_ND_SLL)
		return match->key.tp_src == XVS_BE16(135);
	if (f->id == FIELD_ND_TLL)
		return match->key.tp_src == XVS_BE16(136);
	return true;
}

void random_match(struct random_table *t, struct match *match)
{
	enum table_family family = gen_family(t);

	memset(match, 0, sizeof(*match));
	if (family != FAMILY_ANY) {
		match->key.dl_type = gen_dl_type(t, family);
		match->mask.dl_type = 0xffff;
	}
	if (flow_is_ip(&match->key) && gen_chance(t, t->kind->protocol)) {
		match->key.nw_proto = gen_protocol(t, family == FAMILY_IPV6);
		match->mask.nw_proto = 0xff;
	}
	for (int id = 0; id < FIELD_N; id++)
		if (t->kind->odds[id] && may_match(&fields[id], match) &&
		    gen_chance(t, t->kind->odds[id]))
			add_field(t, &fields[id], match);
}

static __u16 count_bits(const struct flow_key *mask)
{
	int n = 0;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		n += __builtin_popcountll(mask->w[i]);
	return (__u16)n;
}

static __u16 gen_priority(struct random_table *t, const struct match *match, size_t index)
{
	switch (t->kind->priorities) {
	case PRIORITIES_LONGEST:
		return count_bits(&match->mask);
	case PRIORITIES_FEW:
		return (__u16)(10 + 10 * gen_below(t, 4));
	default:
		return (__u16)(60000 - index * 100 - gen_below(t, 100));
	}
}

/* Where rules of equal priority share a packet, which one wins is nobody's
 * promise: they get the same action. False: two such rules differ already. */
static bool agree_on_action(const struct random_table *t, struct table_rule *rule)
{
	bool bound = false;

	for (size_t i = 0; i < t->n_rules; i++) {
		const struct table_rule *other = &t->rules[i];

		if (other->priority != rule->priority ||
		    !match_overlaps(&other->match, &rule->match))
			continue;
		if (match_equal(&other->match, &rule->match) ||
		    (bound && other->out_port != rule->out_port))
			return false;
		rule->out_port = other->out_port;
		bound = true;
	}
	return true;
}

static void add_rule(struct random_table *t, const struct match *match, __u16 priority)
{
	struct table_rule *rule = &t->rules[t->n_rules];

	rule->match = *match;
	rule->priority = priority;
	rule->out_port = gen_chance(t, 25) ? 0 : (__u16)(1 + gen_below(t, TABLE_PORTS));
	if (agree_on_action(t, rule))
		t->n_rules++;
}

void random_table(struct random_table *t, __u64 seed)
{
	static const struct match everything;
	bool large;
	size_t n;

	memset(t, 0, sizeof(*t));
	t->state = seed;
	t->kind = &table_kinds[gen_below(t, TABLE_KINDS)];
	large = gen_chance(t, 15);
	gen_pools(t, large);
	/* Small tables have the widest megaflows, so most of them are small. */
	n = 1 + gen_below(t, 1 + gen_below(t, large ? TABLE_MAX_RULES - 1 : SMALL_TABLE));
	for (size_t i = 0; i < n; i++) {
		struct match match;

		random_match(t, &match);
		add_rule(t, &match, gen_priority(t, &match, i));
	}
	if (gen_chance(t, 30))
		add_rule(t, &everything, 0);
}

const char *random_table_kind(const struct random_table *t)
{
	return t->kind->name;
}
