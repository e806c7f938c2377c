// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linear scan of classifier_linear.h. It compares bit by bit of each word,
 * with nothing from loader/flow but the types.
 */
#include "classifier_linear.h"

static bool matches(const struct rule *rule, const struct xvs_flow_key *key)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		for (int bit = 0; bit < 64; bit++) {
			__u64 one = 1ULL << bit;

			if (rule->match.mask.w[i] & one &&
			    (rule->match.key.w[i] & one) != (key->w[i] & one))
				return false;
		}
	return true;
}

const struct rule *classifier_linear(struct rule *const *rules, size_t n,
				     const struct xvs_flow_key *key)
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (matches(rules[i], key) && (!best || rules[i]->priority > best->priority))
			best = rules[i];
	return best;
}
