/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rules in one line, for tests.
 */
#ifndef TESTS_RULES_H
#define TESTS_RULES_H

#include "rule.h"
#include "test.h"

/* Takes over 'actions'; NULL: none. */
static inline struct rule *make_rule(const struct match *match, __u8 table_id, __u16 priority,
				     struct ofacts *actions)
{
	struct rule *r = rule_create(&(struct rule_spec){
		.match = match, .table_id = table_id, .priority = priority, .actions = actions});

	assert_non_null(r);
	return r;
}

static inline struct match match_of(const struct rule *r)
{
	struct match match;

	rule_match(r, &match);
	return match;
}

#endif /* TESTS_RULES_H */
