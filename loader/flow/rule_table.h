/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One table of a pipeline: the classifier of the rules that decide, and beside it
 * the clauses of conjunctions (conjunction.h), which are made when the first
 * comes. Private to the flow table.
 *
 * The functions are the classifier's.
 */
#ifndef FLOW_RULE_TABLE_H
#define FLOW_RULE_TABLE_H

#include "conjunction.h"

struct rule_table {
	struct classifier *rules;
	struct conjunctions *clauses; /* NULL: never had one */
	__u64 seed;
};

/* NULL: out of memory. */
struct rule_table *rule_table_create(__u64 seed, const struct classifier_config *config);
void rule_table_destroy(struct rule_table *t); /* NULL is a no-op */

int rule_table_insert(struct rule_table *t, struct rule *rule);
void rule_table_remove(struct rule_table *t, struct rule *rule);
struct rule *rule_table_find(const struct rule_table *t, __u64 version, const struct match *match,
			     __u16 priority);
bool rule_table_overlaps(const struct rule_table *t, __u64 version, const struct match *match,
			 __u16 priority);
int rule_table_configure(struct rule_table *t, const struct classifier_config *config);
/* Adds to 'out'. */
void rule_table_stats(const struct rule_table *t, struct classifier_stats *out);

struct rule *rule_table_lookup(const struct rule_table *t, const struct conjunction_query *q);

#endif /* FLOW_RULE_TABLE_H */
