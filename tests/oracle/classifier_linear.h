/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The classifier's obviously correct twin: looks at every rule, each time.
 */
#ifndef TESTS_CLASSIFIER_LINEAR_H
#define TESTS_CLASSIFIER_LINEAR_H

#include "rules.h"

/* Where every rule without versions of its own is visible. */
#define LINEAR_ANY_VERSION (~0ULL - 1)

bool linear_is_visible(const struct rule *rule, __u64 version);
bool linear_matches(const struct rule *rule, const struct flow_key *key);

/* A matching rule of highest priority, or NULL. Of several any will do. */
const struct rule *classifier_linear(struct rule *const *rules, size_t n, __u64 version,
				     const struct flow_key *key);

/* The rule of exactly this match and priority, or NULL. */
const struct rule *linear_find(struct rule *const *rules, size_t n, __u64 version,
			       const struct match *match, __u16 priority);
/* A rule of this priority and another match has a packet in common with 'match'. */
bool linear_overlaps(struct rule *const *rules, size_t n, __u64 version, const struct match *match,
		     __u16 priority);
/* A rule of equal match and priority is visible in a version of 'rule'. */
bool linear_conflicts(struct rule *const *rules, size_t n, const struct rule *rule);

#endif /* TESTS_CLASSIFIER_LINEAR_H */
