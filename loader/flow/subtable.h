/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One subtable of a classifier: what lies below each value of one mask of one
 * stage. Private to the classifier.
 *
 * A hash table with open addressing: a slot is the value itself where the mask
 * uses one word of the key, else the value's hash, and the reference to what
 * lies below, which holds the words to compare. A table of one value is the
 * slot within the struct. A mask without bits has one value.
 */
#ifndef FLOW_SUBTABLE_H
#define FLOW_SUBTABLE_H

#include "branch.h"
#include "hmap.h"
#include "priority_set.h"
#include "xvs/flow_hash.h"

struct subtable_slot {
	__u64 tag;
	struct branch below; /* none: the slot is free */
};

struct subtable {
	struct priority_set priorities; /* of all rules below */
	struct hmap_node node; /* in the stage_node, by mask */
	__u32 rank; /* its place in the node's order */
	struct subtable_slot one;

	/* What probes read; with two words of mask it is one cache line. */
	__u32 n XVS_ALIGN(64); /* values */
	__u32 slot_mask; /* number of slots - 1 */
	struct subtable_slot *slots; /* &one, or malloc'ed */
	struct prefix_lens lens; /* of the fields of its stage */
	__u8 first_word; /* of its rules' words, the first of this stage */
	__u8 n_words;
	__u8 word[FLOW_KEY_WORDS]; /* of the key, those that the mask uses */
	__u64 mask[]; /* n_words */
};

/* Seeds of the words; the same for all tables of a classifier. */
struct subtable_seeds {
	__u64 word[FLOW_KEY_WORDS];
};

/* Of the words [first, end) of 'mask'. NULL: out of memory. */
struct subtable *subtable_create(const struct flow_key *mask, unsigned int first, unsigned int end);
void subtable_destroy(struct subtable *s); /* leaves what is below alone; NULL is a no-op */
bool subtable_has_mask(const struct subtable *s, const struct flow_key *mask, unsigned int first,
		       unsigned int end);

/* The branch of the value that 'key' has, to read or replace; NULL: none. It is
 * valid until the next add or drop. */
struct branch *subtable_find(const struct subtable *s, const struct flow_key *key,
			     const struct subtable_seeds *seeds);
/* The value of 'key' is not there. 0 or -ENOMEM. */
int subtable_add(struct subtable *s, const struct flow_key *key, struct branch below,
		 const struct subtable_seeds *seeds);
void subtable_drop(struct subtable *s, struct branch *below, const struct subtable_seeds *seeds);

/* All branches: slots whose branch is not none. */
#define subtable_for_each(slot, s) \
	for ((slot) = (s)->slots; (slot) <= (s)->slots + (s)->slot_mask; (slot)++)

size_t subtable_bytes(const struct subtable *s);

static inline void subtable_unwildcard(const struct subtable *s, struct flow_key *wc)
{
	for (unsigned int i = 0; i < s->n_words; i++)
		wc->w[s->word[i]] |= s->mask[i];
}

/* What lies below has the value of 'key'. Nodes and buckets repeat the first
 * words of theirs where a search reads next. */
static inline bool subtable_value_equal(const struct subtable *s, struct branch below,
					const struct flow_key *key)
{
	const __u64 *own = NULL;
	__u64 diff = 0;

	if (branch_kind(below) == BRANCH_NODE)
		own = branch_node_head(below)->value;
	else if (branch_kind(below) == BRANCH_BUCKET)
		own = branch_bucket(below)->value;
	if (own && s->n_words <= BRANCH_VALUES) {
		for (unsigned int i = 0; i < s->n_words; i++)
			diff |= own[i] ^ (key->w[s->word[i]] & s->mask[i]);
	} else if (branch_kind(below) == BRANCH_NODE) {
		const struct flow_key *way = branch_node_head(below)->key;

		for (unsigned int i = 0; i < s->n_words; i++)
			diff |= (way->w[s->word[i]] ^ key->w[s->word[i]]) & s->mask[i];
	} else {
		const __u64 *values = rule_values(branch_any_rule(below)) + s->first_word;

		for (unsigned int i = 0; i < s->n_words; i++)
			diff |= values[i] ^ (key->w[s->word[i]] & s->mask[i]);
	}
	return !diff;
}

/* One word of the value that leads to 'below'. */
static inline __u64 subtable_value(const struct subtable *s, struct branch below, unsigned int i)
{
	return branch_kind(below) == BRANCH_NODE
		       ? branch_node_head(below)->key->w[s->word[i]] & s->mask[i]
		       : rule_values(branch_any_rule(below))[s->first_word + i];
}

/* One word of the key under the mask. */
static inline __u64 subtable_word(const struct subtable *s, const struct flow_key *key,
				  unsigned int i)
{
	return key->w[s->word[i]] & s->mask[i];
}

/* What a slot keeps of the key: the word, if it is one, else the hash of them. */
static inline __u64 subtable_tag(const struct subtable *s, const struct flow_key *key, __u64 hash)
{
	return s->n_words == 1 ? subtable_word(s, key, 0) : hash;
}

static inline __u64 subtable_hash(const struct subtable *s, const struct flow_key *key,
				  const struct subtable_seeds *seeds)
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < s->n_words; i++)
		sum += xvs_hash_word(subtable_word(s, key, i), seeds->word[s->word[i]]);
	return xvs_hash_finish(sum);
}

/* The slot of the key's value, whose hash is at hand; NULL: none. */
static inline __attribute__((always_inline)) struct subtable_slot *
subtable_seek(const struct subtable *s, const struct flow_key *key, __u64 hash)
{
	__u64 tag = subtable_tag(s, key, hash);
	__u32 i = (__u32)hash & s->slot_mask;

	for (__u32 n = s->slot_mask + 1; n; n--, i = (i + 1) & s->slot_mask) {
		struct subtable_slot *slot = &s->slots[i];

		if (branch_is_none(slot->below))
			return NULL;
		if (slot->tag == tag &&
		    (s->n_words < 2 || subtable_value_equal(s, slot->below, key)))
			return slot;
	}
	return NULL;
}

/* subtable_probe with the key's hash at hand. */
static inline __attribute__((always_inline)) struct branch
subtable_probe_hash(const struct subtable *s, const struct flow_key *key, __u64 hash)
{
	const struct subtable_slot *slot = subtable_seek(s, key, hash);

	return slot ? slot->below : (struct branch){0};
}

/* What lies below the value that the key has, or none. */
static inline __attribute__((always_inline)) struct branch
subtable_probe(const struct subtable *s, const struct flow_key *key,
	       const struct subtable_seeds *seeds)
{
	return subtable_probe_hash(s, key, subtable_hash(s, key, seeds));
}

#endif /* FLOW_SUBTABLE_H */
