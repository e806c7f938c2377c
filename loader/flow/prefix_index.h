/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which subtables of a node are worth a probe, by the prefixes that their rules
 * match on. Private to the classifier.
 *
 * For each tracked field: a trie of all prefixes, and for each prefix length
 * in use the set of subtables that have it, as bits by rank. A walk of the trie
 * yields the lengths of which the packet has a prefix; the sets of those
 * lengths, and the subtables that do not track the field, are what is left.
 * Sets of several fields are intersected, 64 subtables at a time.
 */
#ifndef FLOW_PREFIX_INDEX_H
#define FLOW_PREFIX_INDEX_H

#include "stage.h"

struct subtable;

struct prefix_tracker {
	struct prefix_trie trie;
	unsigned int n_lens;
	__u8 len[PREFIX_TRIE_BITS]; /* in use by subtables, falling */
	__u64 *tracked; /* subtables with any length */
	__u64 *sets; /* a row of n_words for each of len[] */
};

struct prefix_index {
	size_t allocated; /* subtables that there is room for */
	size_t n_words; /* of a set of subtables */
	struct prefix_tracker *tracker[PREFIX_N]; /* NULL: nobody matches on the field */
};

void prefix_index_init(struct prefix_index *ix);
void prefix_index_fini(struct prefix_index *ix);

/* Room for 'n' subtables, of which one has 'lens'. 0 or -ENOMEM, as before. */
int prefix_index_reserve(struct prefix_index *ix, size_t n, const struct prefix_lens *lens);
/* The node's subtables in their order have changed: 'n' at most as reserved. */
void prefix_index_rank(struct prefix_index *ix, struct subtable *const *order, size_t n);

/* A value has come into a subtable with 'lens', or gone. */
int prefix_index_add(struct prefix_index *ix, const struct prefix_lens *lens,
		     const struct flow_key *key);
void prefix_index_drop(struct prefix_index *ix, const struct prefix_lens *lens,
		       const struct flow_key *key);

size_t prefix_index_bytes(const struct prefix_index *ix);

static inline const __u64 *prefix_tracker_set(const struct prefix_index *ix,
					      const struct prefix_tracker *t, unsigned int i)
{
	return &t->sets[i * ix->n_words];
}

/* Of the 64 subtables of word 'w', those that field 'f' does not exclude. */
static inline __u64 prefix_index_left(const struct prefix_index *ix, const struct prefix_tracker *t,
				      const struct prefix_match *m, size_t w)
{
	__u64 left = ~t->tracked[w];

	for (unsigned int i = 0; i < t->n_lens; i++)
		left |= prefix_tracker_set(ix, t, i)[w] & -(__u64)prefix_match_has(m, t->len[i]);
	return left;
}

#endif /* FLOW_PREFIX_INDEX_H */
