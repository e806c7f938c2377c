/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The classifier's obviously correct twin: looks at every rule.
 */
#ifndef TESTS_CLASSIFIER_LINEAR_H
#define TESTS_CLASSIFIER_LINEAR_H

#include "rule.h"

/* A matching rule of highest priority, or NULL. Of several any will do. */
const struct rule *classifier_linear(struct rule *const *rules, size_t n,
				     const struct xvs_flow_key *key);

#endif /* TESTS_CLASSIFIER_LINEAR_H */
