// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Questions about a classifier's rules rather than about packets: the rule of
 * a match, overlaps, statistics.
 */
#include "classifier.h"

#include "classifier_private.h"

struct rule *classifier_chain(const struct classifier *cls, const struct match *match)
{
	struct branch b = cls->root;
	struct rule *first;

	while (!branch_is_none(b) && branch_kind(b) == BRANCH_NODE) {
		const struct stage_node *n = branch_node(b);
		const struct subtable *s = stage_node_find(n, &match->mask,
							   stage_first(cls->layout, n->stage),
							   cls->layout->end[n->stage]);

		if (!s)
			return NULL;
		b = subtable_probe(s, &match->key, &cls->seeds);
	}
	if (branch_is_none(b))
		return NULL;
	if (branch_kind(b) == BRANCH_BUCKET) {
		const struct rule_bucket *bucket = branch_bucket(b);
		unsigned int i = rule_bucket_find(bucket, match);

		return i < bucket->n ? bucket->place[i].first : NULL;
	}
	first = branch_rule(b);
	return rule_has_match(first, match) ? first : NULL;
}

struct rule *classifier_find(const struct classifier *cls, __u64 version, const struct match *match,
			     __u16 priority)
{
	struct rule *r = classifier_chain(cls, match);

	for (; r && r->priority >= priority; r = r->cls_next)
		if (r->priority == priority && rule_is_visible(r, version))
			return r;
	return NULL;
}

/* --- overlaps --- */

struct overlap {
	const struct match *match;
	__u64 version;
	__u16 priority;
};

static bool chain_overlaps(const struct rule *r, const struct overlap *o)
{
	if (!rule_overlaps(r, o->match) || rule_has_match(r, o->match))
		return false;
	for (; r && r->priority >= o->priority; r = r->cls_next)
		if (r->priority == o->priority && rule_is_visible(r, o->version))
			return true;
	return false;
}

static bool branch_overlaps(struct branch b, const struct overlap *o);

/* Values that differ from the match where both masks have a bit are skipped
 * without a look at what lies below. */
static bool subtable_overlaps(const struct subtable *s, const struct overlap *o)
{
	const struct subtable_slot *slot;

	subtable_for_each (slot, s) {
		__u64 diff = 0;

		if (branch_is_none(slot->below))
			continue;
		for (unsigned int i = 0; i < s->n_words; i++)
			diff |= (subtable_value(s, slot->below, i) ^ o->match->key.w[s->word[i]]) &
				s->mask[i] & o->match->mask.w[s->word[i]];
		if (!diff && branch_overlaps(slot->below, o))
			return true;
	}
	return false;
}

static bool branch_overlaps(struct branch b, const struct overlap *o)
{
	if (branch_is_none(b))
		return false;
	if (branch_kind(b) == BRANCH_RULE)
		return chain_overlaps(branch_rule(b), o);
	if (branch_kind(b) == BRANCH_BUCKET) {
		for (unsigned int i = 0; i < branch_bucket(b)->n; i++)
			if (chain_overlaps(branch_bucket(b)->place[i].first, o))
				return true;
		return false;
	}
	for (unsigned int i = 0; i < branch_node(b)->n; i++) {
		const struct subtable *s = branch_node(b)->order[i];

		if (priority_set_has(&s->priorities, o->priority) && subtable_overlaps(s, o))
			return true;
	}
	return false;
}

bool classifier_overlaps(const struct classifier *cls, __u64 version, const struct match *match,
			 __u16 priority)
{
	struct overlap o = {.match = match, .version = version, .priority = priority};

	return branch_overlaps(cls->root, &o);
}

/* --- statistics --- */

static void count(struct branch b, struct classifier_stats *out)
{
	const struct stage_node *n;

	if (branch_is_none(b) || branch_kind(b) == BRANCH_RULE)
		return;
	if (branch_kind(b) == BRANCH_BUCKET) {
		out->n_buckets++;
		out->bytes += sizeof(struct rule_bucket) +
			      branch_bucket(b)->allocated * sizeof(struct rule_place);
		return;
	}
	n = branch_node(b);
	out->n_nodes++;
	out->n_subtables += n->n;
	out->bytes += stage_node_bytes(n);
	for (unsigned int i = 0; i < n->n; i++) {
		const struct subtable_slot *slot;

		out->bytes += subtable_bytes(n->order[i]);
		subtable_for_each (slot, n->order[i])
			count(slot->below, out);
	}
}

void classifier_stats(const struct classifier *cls, struct classifier_stats *out)
{
	*out = (struct classifier_stats){
		.n_rules = cls->n_rules,
		.bytes = sizeof(*cls) + uniform_index_bytes(&cls->uniform),
	};
	count(cls->root, out);
}
