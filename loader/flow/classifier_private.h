/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What classifier.c (changes) and classifier_lookup.c (lookups) share.
 */
#ifndef FLOW_CLASSIFIER_PRIVATE_H
#define FLOW_CLASSIFIER_PRIVATE_H

#include "subtable.h"

struct classifier {
	__u64 seed;
	struct hmap by_mask; /* struct subtable, by mask; none is empty */
	struct subtable **order; /* the same, by falling highest priority */
	size_t n_subtables;
	size_t allocated;
	size_t n_rules;
};

#endif /* FLOW_CLASSIFIER_PRIVATE_H */
