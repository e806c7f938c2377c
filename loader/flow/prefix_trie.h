/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A set of bit prefixes (addresses, ports), which says how many bits of a value
 * tell it from all of them.
 *
 * Problem. A lookup that finds no rule for 10.1.2.3 must un-wildcard enough of
 * the address to prove it, and no bit more: 10.0.0.0/8 in the set and nothing
 * else of 10/8 costs a megaflow eight bits, not 32. It also wants to know which
 * prefix lengths the value has a prefix of at all: subtables of other lengths
 * need no probe.
 *
 * Idea. A trie of six bits a step, after Eatherton's tree bitmap (2004): a node
 * keeps the prefixes that end in it and the steps that leave it as bit sets,
 * and what lies below as one packed array; so a step is one memory access and
 * a few bit operations, and 32 bits are at most six steps. What a step leads to
 * is a leaf as long as it holds one prefix only.
 *
 * Values are 128 bits wide, the first bit of the field is the highest; shorter
 * fields stand at the top and are zero below. Prefixes are counted: as many
 * removals as insertions make one go away.
 *
 * Lookups are const and re-entrant. Not thread-safe for change.
 */
#ifndef FLOW_PREFIX_TRIE_H
#define FLOW_PREFIX_TRIE_H

#include "xvs/types.h"

#define PREFIX_TRIE_BITS 128

typedef unsigned __int128 prefix_bits;

struct prefix_trie_node;

struct prefix_trie {
	struct prefix_trie_node *root; /* NULL: empty */
	size_t n; /* distinct prefixes */
};

void prefix_trie_init(struct prefix_trie *t);
void prefix_trie_fini(struct prefix_trie *t);

/* 'len' is 1 to PREFIX_TRIE_BITS; bits of 'value' behind it are ignored. 0 or
 * -ENOMEM, with the set as before. */
int prefix_trie_insert(struct prefix_trie *t, prefix_bits value, unsigned int len);
/* The prefix is there. Cannot fail. */
void prefix_trie_remove(struct prefix_trie *t, prefix_bits value, unsigned int len);

struct prefix_match {
	/* Bit (len - 1): the set has the prefix of this length of the value. */
	__u64 lens[PREFIX_TRIE_BITS / 64];
	/* Whoever agrees in so many leading bits gets the same answer: the
	 * smallest such number; 0 if the set is empty. */
	unsigned int n_bits;
};

void prefix_trie_match(const struct prefix_trie *t, prefix_bits value, struct prefix_match *out);

static inline bool prefix_match_has(const struct prefix_match *m, unsigned int len)
{
	return m->lens[(len - 1) / 64] >> ((len - 1) % 64) & 1;
}

/* Bytes of memory in use. */
size_t prefix_trie_bytes(const struct prefix_trie *t);

#endif /* FLOW_PREFIX_TRIE_H */
