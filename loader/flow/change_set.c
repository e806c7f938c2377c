// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes, and whom they concern; see change_set.h.
 */
#include "change_set.h"

#include <string.h>

void change_set_add_all(struct change_set *set)
{
	if (set)
		set->all = true;
}

void change_set_add_tag(struct change_set *set, __u64 tag)
{
	if (!set || set->all)
		return;
	for (unsigned int i = set->n_tags; i > 0; i--)
		if (set->tags[i - 1] == tag)
			return;
	if (set->n_tags == CHANGE_SET_TAGS)
		set->all = true;
	else
		set->tags[set->n_tags++] = tag;
}

/* All changes of that table become one. False: there were none. */
static bool merge(struct change_set *set, __u64 table_tag)
{
	unsigned int n = 0;
	bool merged = false;

	for (unsigned int i = 0; i < set->n_rules; i++) {
		bool same = set->rules[i].table_tag == table_tag;

		if (same && merged)
			continue;
		set->rules[n] = set->rules[i];
		if (same)
			set->rules[n].key = set->rules[n].mask = (struct xvs_flow_key){0};
		merged |= same;
		n++;
	}
	set->n_rules = n;
	return merged;
}

void change_set_add_rule(struct change_set *set, __u64 sw_id, const struct rule *rule)
{
	struct change_set_rule *r;
	struct match match;

	if (!set || set->all)
		return;
	rule_match(rule, &match);
	if (set->n_rules == CHANGE_SET_RULES) {
		if (merge(set, xlate_dep_tag(XLATE_DEP_TABLE, sw_id, rule->table_id)))
			return;
		set->all = true;
		return;
	}
	r = &set->rules[set->n_rules++];
	r->table_tag = xlate_dep_tag(XLATE_DEP_TABLE, sw_id, rule->table_id);
	r->learn_tag = xlate_dep_tag(XLATE_DEP_LEARN, sw_id, rule->table_id);
	r->key = match.key.pkt;
	r->mask = match.mask.pkt;
}

bool change_set_is_empty(const struct change_set *set)
{
	return !set->all && !set->n_rules && !set->n_tags;
}

void change_set_clear(struct change_set *set)
{
	set->all = false;
	set->n_rules = set->n_tags = 0;
}

static bool has(__u64 tags, __u64 tag)
{
	return (tags & tag) == tag;
}

/* Some packet of the megaflow may be one of the rule's, as far as words tell that
 * lookups saw as they came in. */
static bool overlaps(const struct change_set_rule *r, const struct xvs_flow_key *key,
		     const struct xvs_flow_key *mask, __u32 rewritten)
{
	for (unsigned int i = 0; i < XVS_KEY_WORDS; i++)
		if (!(rewritten >> i & 1) && (r->key.w[i] ^ key->w[i]) & r->mask.w[i] & mask->w[i])
			return false;
	return true;
}

bool change_set_touches(const struct change_set *set, const struct xvs_flow_key *key,
			const struct xvs_flow_key *mask, const struct xlate_deps *deps)
{
	if (set->all)
		return true;
	for (unsigned int i = 0; i < set->n_tags; i++)
		if (has(deps->others, set->tags[i]))
			return true;
	for (unsigned int i = 0; i < set->n_rules; i++) {
		const struct change_set_rule *r = &set->rules[i];

		if (has(deps->others, r->learn_tag))
			return true;
		if (has(deps->tables, r->table_tag) && overlaps(r, key, mask, deps->rewritten))
			return true;
	}
	return false;
}
