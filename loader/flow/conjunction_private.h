/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What conjunction.c (change) and conjunction_lookup.c share.
 */
#ifndef FLOW_CONJUNCTION_PRIVATE_H
#define FLOW_CONJUNCTION_PRIVATE_H

#include "conjunction.h"

#define CONJ_CLAUSES_MAX 64 /* as in ofact.h */

/* The clauses of one priority. */
struct conj_level {
	__u16 priority;
	size_t n; /* rules and proxies */
	/* By number, from 0; NULL: never had a rule. */
	struct classifier *clause[CONJ_CLAUSES_MAX];
};

struct conjunctions {
	__u64 seed;
	struct classifier_config config;
	struct conj_level **level; /* by falling priority; none is empty */
	size_t n;
};

#endif /* FLOW_CONJUNCTION_PRIVATE_H */
