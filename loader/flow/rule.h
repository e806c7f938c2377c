/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule: a prioritised match with actions in a flow table.
 *
 * Life: made by rule_create, owned by its flow_table from flow_table_insert
 * on, freed by reference count (ukeys hold references while they count for it).
 *
 * A million of them must fit in 1 GiB, and a match is 480 bytes: a rule has only
 * those of its words that have bits. Lookups want no more; who wants the match
 * asks for it with rule_match().
 */
#ifndef FLOW_RULE_H
#define FLOW_RULE_H

#include "ofact.h"
#include "stage.h"

/* version_to of a rule that nothing is to remove yet. */
#define RULE_VERSION_MAX UINT64_MAX

struct rule {
	__u8 table_id;
	bool removed; /* no longer in its table; only ukeys hold it */
	__u16 idle_timeout_s, hard_timeout_s; /* 0: none; see rule_deadline() */
	unsigned int refs;
	__u64 cookie;
	struct ofacts actions;

	__u64 n_packets; /* of removed megaflows and replayed packets; live ones are added by the reader */
	__u64 n_bytes;
	__u64 created_ms;
	__u64 modified_ms; /* actions given: added, modified, learned once more */
	__u64 used_ms; /* 0: never */
	__u64 serial; /* order of insertion, for stable listings */
	__u32 timer; /* rule_timer.h's own; 0: none runs */
	/* conjunction.h's own: the next of its proxies; whose proxy it is. */
	struct rule *proxies, *proxy_of;

	/* What lookups read of the rules that they meet: one cache line, in which
	 * the words begin. */
	struct rule *cls_next XVS_ALIGN(64); /* the classifier's own: of equal match, not
					      * higher priority */
	/* Visible from version_from up to, not including, version_to. */
	__u64 version_from, version_to;
	__u16 priority;
	struct prefix_lens lens; /* of the match */
	__u8 words_end[XVS_STAGE_N]; /* words of the stages up to and including */
	/* Of the match, those that have bits: their n places in the key, a byte
	 * each, then n values, then n masks. */
	__u64 words[];
};

/* Words of the match that have bits: their number, places in the key, values and
 * masks. */
static inline unsigned int rule_n_words(const struct rule *r)
{
	return r->words_end[XVS_STAGE_N - 1];
}

static inline const __u8 *rule_places(const struct rule *r)
{
	return (const __u8 *)r->words;
}

static inline const __u64 *rule_values(const struct rule *r)
{
	return r->words + (rule_n_words(r) + 7) / 8;
}

static inline const __u64 *rule_masks(const struct rule *r)
{
	return rule_values(r) + rule_n_words(r);
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

/* It is not visible from version 'version_to' on. */
static inline void rule_retire(struct rule *r, __u64 version_to)
{
	for (; r; r = r->proxies)
		r->version_to = version_to;
}

struct rule_spec {
	const struct match *match; /* copied; key bits outside the mask are ignored */
	__u8 table_id;
	__u16 priority;
	__u64 cookie;
	__u16 idle_timeout_s, hard_timeout_s;
	struct ofacts *actions; /* taken over, unless it fails; NULL: none */
	__u64 now_ms;
};

/* NULL: out of memory. */
struct rule *rule_create(const struct rule_spec *spec);
struct rule *rule_get(struct rule *r);
void rule_put(struct rule *r); /* NULL is a no-op */

/* 'r' is to take the place of 'old', of the same match: what was counted, when it
 * came and how long it may stay is the old one's. */
void rule_succeed(struct rule *r, const struct rule *old);

void rule_match(const struct rule *r, struct match *out);
/* It matches on exactly this. */
bool rule_has_match(const struct rule *r, const struct match *match);
/* Some packet is in both. */
bool rule_overlaps(const struct rule *r, const struct match *match);
/* All its packets are in 'match'. */
bool rule_is_within(const struct rule *r, const struct match *match);

enum rule_expiry {
	RULE_IDLE, /* idle_timeout_s without a packet */
	RULE_HARD, /* hard_timeout_s since modified_ms */
};
/* When the rule's time is over, if no packet uses it and nobody modifies it until
 * then; UINT64_MAX: never. */
__u64 rule_deadline(const struct rule *r, enum rule_expiry *why); /* 'why' may be NULL */

#endif /* FLOW_RULE_H */
