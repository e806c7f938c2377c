/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a path of a classifier's tree leads to: the rules of one match, a bucket
 * of few rules, or a node of the next stage. Private to the classifier.
 *
 * The low bits of the address tell which, so that a slot of a subtable is two
 * words.
 */
#ifndef FLOW_BRANCH_H
#define FLOW_BRANCH_H

#include "rule_bucket.h"

struct branch {
	uintptr_t bits; /* 0: nothing */
};

enum branch_kind {
	BRANCH_RULE = 0, /* the first of a chain */
	BRANCH_BUCKET = 1,
	BRANCH_NODE = 2,
};

struct stage_node;

/* How a node begins: with the words of the way to it, for comparison. */
struct stage_node_head {
	__u64 value[BRANCH_VALUES];
	const struct flow_key *key;
};

static inline bool branch_is_none(struct branch b)
{
	return !b.bits;
}

static inline enum branch_kind branch_kind(struct branch b)
{
	return (enum branch_kind)(b.bits & 3);
}

static inline struct rule *branch_rule(struct branch b)
{
	return (struct rule *)b.bits;
}

static inline struct rule_bucket *branch_bucket(struct branch b)
{
	return (struct rule_bucket *)(b.bits - BRANCH_BUCKET);
}

static inline struct stage_node *branch_node(struct branch b)
{
	return (struct stage_node *)(b.bits - BRANCH_NODE);
}

static inline const struct stage_node_head *branch_node_head(struct branch b)
{
	return (const struct stage_node_head *)(b.bits - BRANCH_NODE);
}

static inline struct branch branch_of(const void *p, enum branch_kind kind)
{
	return (struct branch){(uintptr_t)p + kind};
}

/* A rule of a bucket or chain. */
static inline const struct rule *branch_any_rule(struct branch b)
{
	return branch_kind(b) == BRANCH_BUCKET ? branch_bucket(b)->place[0].first : branch_rule(b);
}

#endif /* FLOW_BRANCH_H */
