/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Conjunctive matches as the essay of conjunction.h says them, word by word: looks
 * at every rule for every question.
 */
#ifndef TESTS_CONJUNCTION_LINEAR_H
#define TESTS_CONJUNCTION_LINEAR_H

#include "rules.h"

/* The rule that decides about 'key' in 'version', or NULL; '*conj_id' is what it
 * was found with, 0 for none. Of equal priority any will do. */
const struct rule *conjunction_linear(struct rule *const *rules, size_t n, __u64 version,
				      const struct flow_key *key, __u32 *conj_id);

#endif /* TESTS_CONJUNCTION_LINEAR_H */
