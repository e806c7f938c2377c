// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules and clauses of one table; see rule_table.h.
 */
#include "rule_table.h"

#include <errno.h>
#include <stdlib.h>

struct rule_table *rule_table_create(__u64 seed, const struct classifier_config *config)
{
	struct rule_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->seed = seed;
	t->rules = classifier_create(seed);
	if (!t->rules) {
		free(t);
		return NULL;
	}
	/* There is nothing to rebuild: it cannot fail. */
	classifier_configure(t->rules, config);
	return t;
}

void rule_table_destroy(struct rule_table *t)
{
	if (!t)
		return;
	conjunctions_destroy(t->clauses);
	classifier_destroy(t->rules);
	free(t);
}

int rule_table_insert(struct rule_table *t, struct rule *rule)
{
	struct classifier_config config;

	if (!ofacts_is_conjunction(&rule->actions))
		return classifier_insert(t->rules, rule);
	if (!t->clauses) {
		config = classifier_config(t->rules);
		t->clauses = conjunctions_create(t->seed, &config);
	}
	return t->clauses ? conjunctions_insert(t->clauses, rule) : -ENOMEM;
}

void rule_table_remove(struct rule_table *t, struct rule *rule)
{
	if (ofacts_is_conjunction(&rule->actions))
		conjunctions_remove(t->clauses, rule);
	else
		classifier_remove(t->rules, rule);
}

struct rule *rule_table_find(const struct rule_table *t, __u64 version, const struct match *match,
			     __u16 priority)
{
	struct rule *r = classifier_find(t->rules, version, match, priority);

	if (!r && t->clauses)
		r = conjunctions_find(t->clauses, version, match, priority);
	return r;
}

bool rule_table_overlaps(const struct rule_table *t, __u64 version, const struct match *match,
			 __u16 priority)
{
	return classifier_overlaps(t->rules, version, match, priority) ||
	       (t->clauses && conjunctions_overlaps(t->clauses, version, match, priority));
}

int rule_table_configure(struct rule_table *t, const struct classifier_config *config)
{
	int err = classifier_configure(t->rules, config);

	return err || !t->clauses ? err : conjunctions_configure(t->clauses, config);
}

void rule_table_stats(const struct rule_table *t, struct classifier_stats *out)
{
	struct classifier_stats one;

	classifier_stats(t->rules, &one);
	classifier_stats_add(out, &one);
	out->bytes += sizeof(*t);
	if (t->clauses)
		conjunctions_stats(t->clauses, out);
}

struct rule *rule_table_lookup(const struct rule_table *t, const struct conjunction_query *q)
{
	struct rule *hard = q->step ? classifier_explain(t->rules, q->version, q->key, q->wc,
							 q->step, q->step_aux)
				    : classifier_lookup(t->rules, q->version, q->key, q->wc);

	return t->clauses ? conjunctions_lookup(t->clauses, t->rules, q, hard) : hard;
}
