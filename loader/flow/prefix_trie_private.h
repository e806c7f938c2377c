/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The nodes of prefix_trie.h, for the part that changes them (prefix_trie.c),
 * the part that reads them (prefix_trie_match.c) and their test.
 *
 * A node stands for the first 'depth' bits of a value, a multiple of six. Its
 * prefixes of depth to depth + 5 bits are bits of 'ends' in level order: bit
 * (1 << level) + the first 'level' bits of the step. Longer ones are behind the
 * step of the next six bits: in 'leaves' as long as it is only one of them, in
 * 'nodes' when it leads to a node. The items of each bit set are an array of
 * just so many, in the order of the bits.
 *
 * 'below' has a bit in level order for what has something longer behind it.
 * Along the path of one step such bits end at some level and never resume, so
 * the last one tells how many bits of the step matter.
 */
#ifndef FLOW_PREFIX_TRIE_PRIVATE_H
#define FLOW_PREFIX_TRIE_PRIVATE_H

#include "prefix_trie.h"

#define STEP_BITS 6

/* A prefix alone behind a step; bits behind 'len' are zero. */
struct leaf {
	__u64 high;
	__u64 low;
	__u32 len;
	__u32 count;
};

struct prefix_trie_node {
	__u64 ends; /* level order; bit 0 is never set */
	__u64 below; /* level order */
	__u64 nodes; /* by step */
	__u64 leaves; /* by step; none is in 'nodes' as well */
	struct prefix_trie_node *node; /* those of 'nodes' */
	struct leaf *leaf; /* those of 'leaves' */
	__u32 *count; /* of those in 'ends' */
};

static inline bool has_bit(__u64 bits, unsigned int i)
{
	return bits >> i & 1;
}

/* The place of item 'i' in the array that belongs to 'bits'. */
static inline unsigned int rank_of(__u64 bits, unsigned int i)
{
	return (unsigned int)__builtin_popcountll(bits & ((1ULL << i) - 1));
}

static inline unsigned int n_items(__u64 bits)
{
	return (unsigned int)__builtin_popcountll(bits);
}

/* Of a bit in level order. */
static inline unsigned int level_of(unsigned int bit)
{
	return 31 - (unsigned int)__builtin_clz(bit);
}

static inline unsigned int step_at(prefix_bits value, unsigned int depth)
{
	return (unsigned int)(value << depth >> (PREFIX_TRIE_BITS - STEP_BITS));
}

static inline unsigned int n_common_bits(__u64 high, __u64 low)
{
	if (high)
		return (unsigned int)__builtin_clzll(high);
	return low ? 64 + (unsigned int)__builtin_clzll(low) : PREFIX_TRIE_BITS;
}

/* prefix_trie_match on any processor: for where it cannot be had faster, and for
 * the test. */
void prefix_trie_match_portable(const struct prefix_trie *t, prefix_bits value,
				struct prefix_match *out);

#endif /* FLOW_PREFIX_TRIE_PRIVATE_H */
