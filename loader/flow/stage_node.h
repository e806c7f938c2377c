/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A node of a classifier's tree: the subtables of one stage, for the rules that
 * agree in all stages before. Private to the classifier.
 *
 * Subtables are in order of their rank, by falling highest priority; each has
 * a stage mask of its own.
 */
#ifndef FLOW_STAGE_NODE_H
#define FLOW_STAGE_NODE_H

#include "prefix_index.h"
#include "subtable.h"

struct stage_node {
	/* What lookups read: one cache line. */
	struct stage_node_head head XVS_ALIGN(64);
	unsigned int stage;
	unsigned int n; /* subtables */
	struct subtable **order; /* by rank; &one or malloc'ed */
	__u16 *max; /* their highest priorities, the same order */
	struct subtable *one;
	__u16 one_max;

	unsigned int allocated;
	size_t n_matches; /* different matches of the rules below */
	struct prefix_index prefixes;
	struct hmap by_mask;
	struct flow_key key; /* of a rule that was below */
};

/* Copies the head's key. NULL: out of memory. */
struct stage_node *stage_node_create(unsigned int stage, const struct stage_node_head *head);
void stage_node_destroy(struct stage_node *n); /* with its subtables, not what is below them */

/* The subtable of the words [first, end) of 'mask', or NULL. */
struct subtable *stage_node_find(const struct stage_node *n, const struct flow_key *mask,
				 unsigned int first, unsigned int end);
/* Takes over 's', whose mask is not there yet. It takes part in lookups from
 * stage_node_rank on. 0 or -ENOMEM, with all as before. */
int stage_node_add(struct stage_node *n, struct subtable *s);
void stage_node_drop(struct stage_node *n, struct subtable *s); /* destroys it */
/* The highest priority of 's' may have changed; it is not empty. */
void stage_node_rank(struct stage_node *n, struct subtable *s);

size_t stage_node_bytes(const struct stage_node *n); /* without subtables */

#endif /* FLOW_STAGE_NODE_H */
