// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linear scans of classifier_linear.h: with nothing from loader/flow but
 * the types.
 */
#include "classifier_linear.h"

bool linear_is_visible(const struct rule *rule, __u64 version)
{
	return rule->version_from <= version && version < rule->version_to;
}

bool linear_matches(const struct rule *rule, const struct xvs_flow_key *key)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if ((rule->match.key.w[i] ^ key->w[i]) & rule->match.mask.w[i])
			return false;
	return true;
}

const struct rule *classifier_linear(struct rule *const *rules, size_t n, __u64 version,
				     const struct xvs_flow_key *key)
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

static bool is_same_match(const struct match *a, const struct match *b)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if (a->mask.w[i] != b->mask.w[i] || a->key.w[i] != b->key.w[i])
			return false;
	return true;
}

const struct rule *linear_find(struct rule *const *rules, size_t n, __u64 version,
			       const struct match *match, __u16 priority)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i]->priority == priority && linear_is_visible(rules[i], version) &&
		    is_same_match(&rules[i]->match, match))
			return rules[i];
	return NULL;
}

/* The bits that both want must be wanted alike. */
static bool shares_packet(const struct match *a, const struct match *b)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if ((a->key.w[i] ^ b->key.w[i]) & a->mask.w[i] & b->mask.w[i])
			return false;
	return true;
}

bool linear_overlaps(struct rule *const *rules, size_t n, __u64 version, const struct match *match,
		     __u16 priority)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i]->priority == priority && linear_is_visible(rules[i], version) &&
		    !is_same_match(&rules[i]->match, match) &&
		    shares_packet(&rules[i]->match, match))
			return true;
	return false;
}

bool linear_conflicts(struct rule *const *rules, size_t n, const struct rule *rule)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i] != rule && rules[i]->priority == rule->priority &&
		    rules[i]->version_from < rule->version_to &&
		    rule->version_from < rules[i]->version_to &&
		    is_same_match(&rules[i]->match, &rule->match))
			return true;
	return false;
}
