/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What classifier.c (change), classifier_lookup.c (lookups) and
 * classifier_query.c (everything else that reads) share.
 */
#ifndef FLOW_CLASSIFIER_PRIVATE_H
#define FLOW_CLASSIFIER_PRIVATE_H

#include "classifier.h"
#include "rule_bucket.h"
#include "stage_node.h"
#include "uniform_index.h"

struct classifier {
	struct branch root; /* of stage 0 */
	struct classifier_config config;
	const struct stage_layout *layout;
	struct prefix_range tracked[XVS_STAGE_N]; /* fields by stage, as configured */
	struct subtable_seeds seeds;
	size_t n_rules;
	struct uniform_index uniform;
};

static inline bool classifier_tracks(const struct classifier *cls, unsigned int stage,
				     unsigned int field)
{
	return field >= cls->tracked[stage].first && field < cls->tracked[stage].end;
}

/* The chain of exactly this match: its first rule, or NULL. */
struct rule *classifier_chain(const struct classifier *cls, const struct match *match);

#endif /* FLOW_CLASSIFIER_PRIVATE_H */
