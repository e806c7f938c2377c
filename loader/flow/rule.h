/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule: a prioritised match with actions in a flow table.
 *
 * Life: made by rule_create, owned by its flow_table from flow_table_insert
 * on, freed by reference count (ukeys hold references while they count for it).
 */
#ifndef FLOW_RULE_H
#define FLOW_RULE_H

#include "ofact.h"
#include "stage.h"

/* version_to of a rule that nothing is to remove yet. */
#define RULE_VERSION_MAX UINT64_MAX

struct rule {
	struct match match;
	__u8 table_id;
	__u64 cookie;
	struct ofacts actions;

	__u64 n_packets; /* of removed megaflows and replayed packets; live ones are added by the reader */
	__u64 n_bytes;
	__u64 created_ms;
	__u64 used_ms; /* 0: never */
	__u64 serial; /* order of insertion, for stable listings */

	unsigned int refs;
	bool removed; /* no longer in its table; only ukeys hold it */

	/* What lookups read of the rules that they meet: one cache line, and next
	 * to it the words. */
	struct rule *cls_next XVS_ALIGN(64); /* the classifier's own: of equal match, not
					      * higher priority */
	/* Visible from version_from up to, not including, version_to. */
	__u64 version_from, version_to;
	__u16 priority;
	struct prefix_lens lens; /* of the match */
	__u8 words_end[XVS_STAGE_N]; /* words of the stages up to and including */
	__u8 word[XVS_KEY_WORDS]; /* the place in the key of each of 'words' */
	__u64 words[]; /* of the match, those that have bits: n values, then n masks */
};

/* Words of the match that have bits: their number, values and masks. */
static inline unsigned int rule_n_words(const struct rule *r)
{
	return r->words_end[XVS_STAGE_N - 1];
}

static inline const __u64 *rule_values(const struct rule *r)
{
	return r->words;
}

static inline const __u64 *rule_masks(const struct rule *r)
{
	return r->words + rule_n_words(r);
}

/* The rule's words of a stage are [first, end). */
static inline unsigned int rule_stage_first(const struct stage_layout *layout, const struct rule *r,
					    unsigned int stage)
{
	return stage && layout->n > 1 ? r->words_end[stage - 1] : 0;
}

static inline unsigned int rule_stage_end(const struct stage_layout *layout, const struct rule *r,
					  unsigned int stage)
{
	return r->words_end[layout->n > 1 ? stage : XVS_STAGE_N - 1];
}

/* Takes over 'actions'. NULL when out of memory. */
struct rule *rule_create(const struct match *match, __u8 table_id, __u16 priority, __u64 cookie,
			 struct ofacts *actions, __u64 now_ms);
struct rule *rule_get(struct rule *r);
void rule_put(struct rule *r); /* NULL is a no-op */

#endif /* FLOW_RULE_H */
