// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lookups in the tree bitmap of prefix_trie.h: one pass from the root, without
 * a loop in a step, for they run once for each field of each upcall.
 */
#include "prefix_trie.h"

#include <string.h>

#include "prefix_trie_private.h"

/* The bits of 'ends' that a value with this step passes, from level 0 to 5. */
#define PATH(v)                                                            \
	(1ULL << 1 | 1ULL << (2 + ((v) >> 5)) | 1ULL << (4 + ((v) >> 4)) | \
	 1ULL << (8 + ((v) >> 3)) | 1ULL << (16 + ((v) >> 2)) | 1ULL << (32 + ((v) >> 1)))
#define PATH_4(v) PATH(v), PATH((v) + 1), PATH((v) + 2), PATH((v) + 3)
#define PATH_16(v) PATH_4(v), PATH_4((v) + 4), PATH_4((v) + 8), PATH_4((v) + 12)

static const __u64 paths[1 << STEP_BITS] = {PATH_16(0), PATH_16(16), PATH_16(32), PATH_16(48)};

/* The levels, from bit 0, at which a bit of 'path' is in 'ends'. 'path' has one
 * in each level; the order is theirs. */
static inline __attribute__((always_inline)) __u64 levels_in(__u64 ends, __u64 path, bool has_bmi2)
{
	__u64 levels = 0;

#ifdef __x86_64__
	if (has_bmi2) {
		__asm__("pext %2, %1, %0" : "=r"(levels) : "r"(ends), "r"(path));
		return levels;
	}
#endif
	for (ends &= path; ends; ends &= ends - 1)
		levels |= 1ULL << level_of((unsigned int)__builtin_ctzll(ends));
	return levels;
}

/* Level 0 is length 'depth', which is bit depth - 1; the root has none there. */
static inline prefix_bits lens_at(unsigned int depth, __u64 levels)
{
	return depth ? (prefix_bits)levels << (depth - 1) : levels >> 1;
}

/* One of less than 'len' bits in common tells 'value' from it in the next bit. */
static inline __attribute__((always_inline)) unsigned int
match_leaf(const struct leaf *l, prefix_bits value, prefix_bits *lens)
{
	unsigned int n = n_common_bits(l->high ^ (__u64)(value >> 64), l->low ^ (__u64)value);

	*lens |= (prefix_bits)(n >= l->len) << (l->len - 1);
	return n < l->len ? n + 1 : l->len;
}

/* Inlined into each of its two callers, one of them for newer processors. */
static inline __attribute__((always_inline)) void match_from(const struct prefix_trie_node *node,
							     prefix_bits value,
							     struct prefix_match *out,
							     bool has_bmi2)
{
	prefix_bits lens = 0, rest = value;
	unsigned int depth = 0, step, n_bits;
	__u64 path;

	for (;;) {
		step = (unsigned int)(rest >> (PREFIX_TRIE_BITS - STEP_BITS));
		path = paths[step];
		if (node->ends & path)
			lens |= lens_at(depth, levels_in(node->ends, path, has_bmi2));
		if (!has_bit(node->nodes, step))
			break;
		node = &node->node[rank_of(node->nodes, step)];
		rest <<= STEP_BITS;
		depth += STEP_BITS;
	}
	if (has_bit(node->leaves, step)) {
		n_bits = match_leaf(&node->leaf[rank_of(node->leaves, step)], value, &lens);
	} else {
		path &= node->below;
		n_bits = depth;
		if (path)
			n_bits += 1 + level_of(63 - (unsigned int)__builtin_clzll(path));
	}
	out->lens[0] = (__u64)lens;
	out->lens[1] = (__u64)(lens >> 64);
	out->n_bits = n_bits;
}

#ifdef __x86_64__
static __attribute__((target("popcnt,bmi,bmi2"))) void
match_bmi2(const struct prefix_trie_node *node, prefix_bits value, struct prefix_match *out)
{
	match_from(node, value, out, true);
}
#endif

void prefix_trie_match_portable(const struct prefix_trie *t, prefix_bits value,
				struct prefix_match *out)
{
	if (t->root)
		match_from(t->root, value, out, false);
	else
		memset(out, 0, sizeof(*out));
}

void prefix_trie_match(const struct prefix_trie *t, prefix_bits value, struct prefix_match *out)
{
#ifdef __x86_64__
	/* Twice as fast: the baseline counts bits with a table, and finds the
	 * levels in a loop whose end cannot be predicted. */
	if (t->root && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")) {
		match_bmi2(t->root, value, out);
		return;
	}
#endif
	prefix_trie_match_portable(t, value, out);
}
