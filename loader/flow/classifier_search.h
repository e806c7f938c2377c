/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A search of a classifier's tree, shared by classifier_lookup.c (its way),
 * classifier_node.c (subtables) and classifier_compare.c (rules). Private to them.
 *
 * A search keeps the best rule so far and goes on where a better one may be.
 * What it has learned about the packet is in the mask at each step [CLS1]:
 *
 * - a probe un-wildcards the subtable's mask, whatever its answer;
 * - a subtable that prefix tracking excludes un-wildcards the bits of the
 *   excluding field that prove it, and in the fields that were looked at before,
 *   which did not exclude it, the prefix that the subtable has;
 * - a rule of a bucket un-wildcards its stages up to the first that differs,
 *   and of that one the tracked prefixes, up to the bit that differs.
 *
 * A search for all rules knows no best one and goes on to the end.
 *
 * With priority sorting, subtables that cannot beat the best rule are not looked
 * at and un-wildcard nothing: which ones, follows from the best rule.
 */
#ifndef FLOW_CLASSIFIER_SEARCH_H
#define FLOW_CLASSIFIER_SEARCH_H

#include "classifier_private.h"

struct search {
	const struct classifier *cls;
	const struct flow_key *key;
	struct flow_key *wc; /* NULL: the caller does not want a mask */
	struct rule *best;
	__u64 version;
	const struct classifier_visitor *visitor; /* NULL: the best rule is wanted */
	classifier_step_fn fn; /* NULL: no explanation */
	void *aux;
	int depth;
	struct flow_key told; /* of the mask; this and the next with 'fn' only */
	const struct subtable *probed; /* by the last step; NULL: it was no probe */
};

/* classifier_lookup.c */
/* Tells what has been done, with the bits that it has added to the mask. */
void search_tell(struct search *s, struct classifier_step *step);
/* 'n' rules, of which 'rule' is the first, or subtables were not looked at. */
void search_tell_stop(struct search *s, size_t n, unsigned int priority, const struct rule *rule);
void search_branch(struct search *s, struct branch b, unsigned int stage);

/* classifier_node.c */
void search_node(struct search *s, const struct stage_node *n);
/* The only subtable of a node: what lies below, or none. */
struct branch search_one(struct search *s, const struct stage_node *n);
/* It has no such value: un-wildcards what proves it. */
void search_miss(struct search *s, const struct stage_node *n);

/* classifier_compare.c; rules agree with the key up to 'stage'. */
void search_chain(struct search *s, struct rule *first, unsigned int stage);
void search_bucket(struct search *s, const struct rule_bucket *b, unsigned int stage);

static inline enum xvs_stage search_stage(const struct search *s, unsigned int stage)
{
	return s->cls->config.staged ? (enum xvs_stage)stage : XVS_STAGE_N;
}

static inline bool search_may_beat(const struct search *s, unsigned int priority)
{
	return !s->best || priority > s->best->priority;
}

#endif /* FLOW_CLASSIFIER_SEARCH_H */
