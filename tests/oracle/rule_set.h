/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A random set of rules as one state of a table, with packets that hit or
 * narrowly miss them. Which of them are in a classifier is the test's matter.
 *
 * Half of the sets have all priorities different, so that the right rule of a
 * packet is one; the others have six. Half have versions.
 */
#ifndef TESTS_RULE_SET_H
#define TESTS_RULE_SET_H

#include "table_gen.h"

#define RULE_SET_MAX 400
#define RULE_SET_VERSIONS 6 /* lookups are at 0 to 5 */

struct rule_set {
	struct table_gen gen;
	bool distinct; /* priorities */
	bool versioned;
	__u16 next_priority, priority_step; /* odd: a walk through all of them */
	struct rule *rule[RULE_SET_MAX];
	size_t n;
};

/* Without rules. */
void rule_set_init(struct rule_set *s, uint64_t *seed);
void rule_set_fini(struct rule_set *s);

/* A rule that may stand beside those of the set, or NULL: none was found. */
struct rule *rule_set_draw(struct rule_set *s, uint64_t *seed);
void rule_set_add(struct rule_set *s, struct rule *r);
/* Takes one out; the last takes its place. */
struct rule *rule_set_take(struct rule_set *s, size_t i);
/* 1 to 'max' rules; often few enough, or just too many, for a bucket. */
void rule_set_fill(struct rule_set *s, uint64_t *seed, size_t max);
void rule_set_shuffle(struct rule_set *s, uint64_t *seed);

__u64 rule_set_version(const struct rule_set *s, uint64_t *seed);
void rule_set_packet(const struct rule_set *s, uint64_t *seed, struct flow_key *key);
/* All bits that any rule matches on. */
void rule_set_mask(const struct rule_set *s, struct flow_key *mask);

#endif /* TESTS_RULE_SET_H */
