/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A bucket: few rules that share all stages so far, as a list by falling
 * priority. Private to the classifier.
 *
 * Each place holds the first of a chain: rules of equal match are linked by
 * rule.cls_next, by falling priority; of one priority there may be several,
 * visible in different versions.
 *
 * A place has a copy of what the comparison needs where the rules differ in one
 * word of the key only, which are most: ports. So a search reads the bucket,
 * and of its rules only the one that matches.
 */
#ifndef FLOW_RULE_BUCKET_H
#define FLOW_RULE_BUCKET_H

#include "rule.h"

/* Different matches in a bucket: comparing one costs a few ns where its copy is
 * all that is left, and with several words a cache miss or two; a stage of the
 * tree costs as much as some of them. */
#define RULE_BUCKET_MAX 8
#define RULE_BUCKET_MAX_WIDE 4 /* with a chain that has more words left */

/* Values that a bucket or node repeats of the words by which it was found. */
#define BRANCH_VALUES 2

/* One word of the match of a chain: all that is left to compare, if 'is_all'. */
struct rule_place {
	struct rule *first;
	__u64 value, mask; /* without a word left: no bits */
	__u16 priority; /* of 'first' */
	struct prefix_lens lens;
	__u8 word; /* its place in the key */
	bool is_all;
};

struct rule_bucket {
	__u16 n;
	__u16 allocated;
	__u16 first_word; /* of its rules' words, the first that they may differ in */
	__u64 value[BRANCH_VALUES]; /* see subtable.h */
	struct rule_place place[]; /* by falling priority */
};

/* No room for another chain. */
static inline bool rule_bucket_is_full(const struct rule_bucket *b)
{
	if (b->n < RULE_BUCKET_MAX_WIDE)
		return false;
	for (unsigned int i = 0; i < b->n; i++)
		if (!b->place[i].is_all)
			return true;
	return b->n == RULE_BUCKET_MAX;
}

/* Adds a chain; '*b' may be NULL or move. Rules may differ from the word
 * 'first_word' of their own on. There is room. 0 or -ENOMEM, with all as
 * before. */
int rule_bucket_add(struct rule_bucket **b, struct rule *chain, unsigned int first_word);
/* Takes the chain at 'i' out. */
void rule_bucket_drop(struct rule_bucket *b, unsigned int i);
/* The place of the chain of 'match', or b->n. */
unsigned int rule_bucket_find(const struct rule_bucket *b, const struct match *match);
/* The chain at 'i' begins with another rule now. */
void rule_bucket_set(struct rule_bucket *b, unsigned int i, struct rule *first);

/* Links 'rule' into the chain '*first': 0, or -EEXIST if a rule of its priority
 * shares a version with it. */
int rule_chain_add(struct rule **first, struct rule *rule);
void rule_chain_drop(struct rule **first, struct rule *rule); /* it is there */

static inline bool rule_is_visible(const struct rule *r, __u64 version)
{
	return r->version_from <= version && version < r->version_to;
}

/* The first of a chain that is visible, or NULL. */
static inline struct rule *rule_chain_visible(struct rule *r, __u64 version)
{
	while (r && !rule_is_visible(r, version))
		r = r->cls_next;
	return r;
}

#endif /* FLOW_RULE_BUCKET_H */
