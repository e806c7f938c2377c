// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The index of rules of one mask, as they come and go; see uniform_index.h.
 */
#include "uniform_index.h"

void uniform_index_fini(struct uniform_index *u)
{
	subtable_destroy(u->table);
	u->table = NULL;
}

static void begin(struct uniform_index *u, const struct rule *rule, const struct flow_key *mask)
{
	u->table = subtable_create(mask, 0, FLOW_KEY_WORDS);
	memcpy(u->end, rule->words_end, sizeof(u->end));
}

void uniform_index_add(struct uniform_index *u, struct rule *chain, bool is_first,
		       const struct subtable_seeds *seeds)
{
	struct branch b = branch_of(chain, BRANCH_RULE), *there;
	struct match match;

	rule_match(chain, &match);
	if (is_first)
		begin(u, chain, &match.mask);
	if (!u->table)
		return;
	if (!subtable_has_mask(u->table, &match.mask, 0, FLOW_KEY_WORDS)) {
		uniform_index_fini(u);
		return;
	}
	there = subtable_find(u->table, &match.key, seeds);
	if (there)
		*there = b;
	else if (subtable_add(u->table, &match.key, b, seeds))
		uniform_index_fini(u);
}

void uniform_index_remove(struct uniform_index *u, const struct rule *rule, struct rule *chain,
			  const struct subtable_seeds *seeds)
{
	struct branch *there;
	struct match match;

	if (!u->table)
		return;
	rule_match(rule, &match);
	there = subtable_find(u->table, &match.key, seeds);
	*there = branch_of(chain, BRANCH_RULE);
	if (!chain)
		subtable_drop(u->table, there, seeds);
	if (!u->table->n)
		uniform_index_fini(u);
}

size_t uniform_index_bytes(const struct uniform_index *u)
{
	return u->table ? subtable_bytes(u->table) : 0;
}
