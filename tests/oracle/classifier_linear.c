// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linear scans of classifier_linear.h: with nothing from loader/flow but
 * the types, and a rule's words.
 */
#include "classifier_linear.h"

bool linear_is_visible(const struct rule *rule, __u64 version)
{
	return rule->version_from <= version && version < rule->version_to;
}

bool linear_matches(const struct rule *rule, const struct flow_key *key)
{
	const __u64 *values = rule_values(rule), *masks = rule_masks(rule);

	for (unsigned int i = 0; i < rule_n_words(rule); i++)
		if ((values[i] ^ key->w[rule_places(rule)[i]]) & masks[i])
			return false;
	return true;
}

const struct rule *classifier_linear(struct rule *const *rules, size_t n, __u64 version,
				     const struct flow_key *key)
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (best && rules[i]->priority <= best->priority)
			continue;
		if (linear_is_visible(rules[i], version) && linear_matches(rules[i], key))
			best = rules[i];
	}
	return best;
}

static bool is_same_match(const struct rule *rule, const struct match *b)
{
	struct match own = match_of(rule), *a = &own;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if (a->mask.w[i] != b->mask.w[i] || a->key.w[i] != b->key.w[i])
			return false;
	return true;
}

const struct rule *linear_find(struct rule *const *rules, size_t n, __u64 version,
			       const struct match *match, __u16 priority)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i]->priority == priority && linear_is_visible(rules[i], version) &&
		    is_same_match(rules[i], match))
			return rules[i];
	return NULL;
}

/* The bits that both want must be wanted alike. */
static bool shares_packet(const struct rule *rule, const struct match *b)
{
	struct match own = match_of(rule), *a = &own;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if ((a->key.w[i] ^ b->key.w[i]) & a->mask.w[i] & b->mask.w[i])
			return false;
	return true;
}

bool linear_overlaps(struct rule *const *rules, size_t n, __u64 version, const struct match *match,
		     __u16 priority)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i]->priority == priority && linear_is_visible(rules[i], version) &&
		    !is_same_match(rules[i], match) && shares_packet(rules[i], match))
			return true;
	return false;
}

bool linear_conflicts(struct rule *const *rules, size_t n, const struct rule *rule)
{
	struct match match = match_of(rule);

	for (size_t i = 0; i < n; i++)
		if (rules[i] != rule && rules[i]->priority == rule->priority &&
		    rules[i]->version_from < rule->version_to &&
		    rule->version_from < rules[i]->version_to && is_same_match(rules[i], &match))
			return true;
	return false;
}
