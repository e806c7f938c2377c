// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of the tree bitmap of prefix_trie.h; its lookup is in
 * prefix_trie_match.c.
 *
 * As long as there is memory the tree has one form for each set: a node other
 * than the root holds two prefixes or more, an array is as long as its items are
 * many. So removal undoes what insertion did.
 */
#include "prefix_trie.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prefix_trie_private.h"

#define MAX_NODES (PREFIX_TRIE_BITS / STEP_BITS + 1) /* from the root to a prefix */

/* 'len' is not 0. */
static inline prefix_bits first_bits(prefix_bits value, unsigned int len)
{
	return value & ~(prefix_bits)0 << (PREFIX_TRIE_BITS - len);
}

static inline prefix_bits leaf_value(const struct leaf *l)
{
	return (prefix_bits)l->high << 64 | l->low;
}

static struct leaf leaf_of(prefix_bits value, unsigned int len, __u32 count)
{
	prefix_bits bits = first_bits(value, len);

	return (struct leaf){(__u64)(bits >> 64), (__u64)bits, len, count};
}

/* The bit in 'ends' of the prefix 'len' (less than depth + 6) of 'value'. */
static unsigned int end_of(prefix_bits value, unsigned int depth, unsigned int len)
{
	unsigned int level = len - depth;

	return (1U << level) + (step_at(value, depth) >> (STEP_BITS - level));
}

static bool is_end(const struct leaf *l, unsigned int depth)
{
	return l->len < depth + STEP_BITS;
}

/* The array of 'n' items with one more at 'at'; NULL, and nothing changed. */
static void *array_with(void *array, unsigned int n, unsigned int at, size_t size, const void *item)
{
	char *items = realloc(array, (n + 1) * size);

	if (!items)
		return NULL;
	memmove(items + (at + 1) * size, items + at * size, (n - at) * size);
	memcpy(items + at * size, item, size);
	return items;
}

/* The array of 'n' items without the one at 'at'; NULL when it was the last. */
static void *array_without(void *array, unsigned int n, unsigned int at, size_t size)
{
	char *items = array, *smaller;

	if (n == 1) {
		free(array);
		return NULL;
	}
	memmove(items + at * size, items + (at + 1) * size, (n - 1 - at) * size);
	smaller = realloc(items, (n - 1) * size);
	if (smaller)
		items = smaller;
	return items;
}

static int add_end(struct prefix_trie_node *node, unsigned int bit, __u32 count)
{
	void *array = array_with(node->count, n_items(node->ends), rank_of(node->ends, bit),
				 sizeof(*node->count), &count);

	if (!array)
		return -ENOMEM;
	node->count = array;
	node->ends |= 1ULL << bit;
	return 0;
}

static int add_leaf(struct prefix_trie_node *node, unsigned int step, const struct leaf *leaf)
{
	void *array = array_with(node->leaf, n_items(node->leaves), rank_of(node->leaves, step),
				 sizeof(*node->leaf), leaf);

	if (!array)
		return -ENOMEM;
	node->leaf = array;
	node->leaves |= 1ULL << step;
	return 0;
}

static int add_node(struct prefix_trie_node *node, unsigned int step,
		    const struct prefix_trie_node *child)
{
	void *array = array_with(node->node, n_items(node->nodes), rank_of(node->nodes, step),
				 sizeof(*node->node), child);

	if (!array)
		return -ENOMEM;
	node->node = array;
	node->nodes |= 1ULL << step;
	return 0;
}

static void drop_end(struct prefix_trie_node *node, unsigned int bit)
{
	node->count = array_without(node->count, n_items(node->ends), rank_of(node->ends, bit),
				    sizeof(*node->count));
	node->ends &= ~(1ULL << bit);
}

static void drop_leaf(struct prefix_trie_node *node, unsigned int step)
{
	node->leaf = array_without(node->leaf, n_items(node->leaves), rank_of(node->leaves, step),
				   sizeof(*node->leaf));
	node->leaves &= ~(1ULL << step);
}

static void drop_node(struct prefix_trie_node *node, unsigned int step)
{
	node->node = array_without(node->node, n_items(node->nodes), rank_of(node->nodes, step),
				   sizeof(*node->node));
	node->nodes &= ~(1ULL << step);
}

/* After a change on the path of 'step'. */
static void update_below(struct prefix_trie_node *node, unsigned int step)
{
	for (unsigned int level = STEP_BITS; level-- > 0;) {
		unsigned int bit = (1U << level) + (step >> (STEP_BITS - level));
		/* In the next level, two bits for each; behind the last one are steps. */
		__u64 next = level == STEP_BITS - 1 ? node->nodes | node->leaves
						    : node->ends | node->below;

		node->below &= ~(1ULL << bit);
		if (next >> (2 * bit % 64) & 3)
			node->below |= 1ULL << bit;
	}
}

static bool node_is_empty(const struct prefix_trie_node *node)
{
	return !(node->ends | node->nodes | node->leaves);
}

/* Frees what is behind 'node', which is part of another's array. */
static void node_fini(struct prefix_trie_node *node)
{
	for (unsigned int i = 0; i < n_items(node->nodes); i++)
		node_fini(&node->node[i]);
	free(node->node);
	free(node->leaf);
	free(node->count);
}

/* No prefix and no node is in its place. */
static int node_place(struct prefix_trie_node *node, unsigned int depth, const struct leaf *l)
{
	prefix_bits value = leaf_value(l);
	int err = is_end(l, depth) ? add_end(node, end_of(value, depth, l->len), l->count)
				   : add_leaf(node, step_at(value, depth), l);

	if (!err)
		update_below(node, step_at(value, depth));
	return err;
}

/* Puts a node above 'node', which becomes its only item. */
static int node_wrap(struct prefix_trie_node *node, unsigned int step)
{
	struct prefix_trie_node upper = {0};
	int err = add_node(&upper, step, node);

	if (err)
		return err;
	update_below(&upper, step);
	*node = upper;
	return 0;
}

/* Makes 'out' a node of 'depth' with two different prefixes: from where they
 * part upwards, so that it joins the tree whole or not at all. */
static int node_init_fork(struct prefix_trie_node *out, unsigned int depth, const struct leaf *a,
			  const struct leaf *b)
{
	unsigned int at = n_common_bits(a->high ^ b->high, a->low ^ b->low);
	int err;

	at = at < a->len ? at : a->len;
	at = at < b->len ? at : b->len;
	at -= at % STEP_BITS;
	memset(out, 0, sizeof(*out));
	err = node_place(out, at, a);
	if (!err)
		err = node_place(out, at, b);
	while (!err && at > depth) {
		at -= STEP_BITS;
		err = node_wrap(out, step_at(leaf_value(a), at));
	}
	if (err)
		node_fini(out);
	return err;
}

/* The leaf at 'step' and 'l' become a node. */
static int split_leaf(struct prefix_trie_node *node, unsigned int depth, const struct leaf *l)
{
	unsigned int step = step_at(leaf_value(l), depth);
	struct prefix_trie_node child;
	int err;

	err = node_init_fork(&child, depth + STEP_BITS, l,
			     &node->leaf[rank_of(node->leaves, step)]);
	if (err)
		return err;
	err = add_node(node, step, &child);
	if (err) {
		node_fini(&child);
		return err;
	}
	drop_leaf(node, step);
	return 0;
}

void prefix_trie_init(struct prefix_trie *t)
{
	t->root = NULL;
	t->n = 0;
}

void prefix_trie_fini(struct prefix_trie *t)
{
	if (t->root)
		node_fini(t->root);
	free(t->root);
	prefix_trie_init(t);
}

/* The nodes from the root to the one that would keep the prefix itself or as a
 * leaf. Returns their number. */
static unsigned int walk(const struct prefix_trie *t, prefix_bits value, unsigned int len,
			 struct prefix_trie_node *nodes[MAX_NODES])
{
	struct prefix_trie_node *node = t->root;
	unsigned int depth;

	nodes[0] = node;
	for (depth = 0; len >= depth + STEP_BITS; depth += STEP_BITS) {
		unsigned int step = step_at(value, depth);

		if (!has_bit(node->nodes, step))
			break;
		node = &node->node[rank_of(node->nodes, step)];
		nodes[depth / STEP_BITS + 1] = node;
	}
	return depth / STEP_BITS + 1;
}

/* The counter of the prefix in the last node of its walk; NULL: it is not there. */
static __u32 *node_count(struct prefix_trie_node *node, unsigned int depth, const struct leaf *l)
{
	prefix_bits value = leaf_value(l);
	unsigned int bit;
	struct leaf *old;

	if (is_end(l, depth)) {
		bit = end_of(value, depth, l->len);
		return has_bit(node->ends, bit) ? &node->count[rank_of(node->ends, bit)] : NULL;
	}
	bit = step_at(value, depth);
	if (!has_bit(node->leaves, bit))
		return NULL;
	old = &node->leaf[rank_of(node->leaves, bit)];
	return old->len == l->len && leaf_value(old) == value ? &old->count : NULL;
}

int prefix_trie_insert(struct prefix_trie *t, prefix_bits value, unsigned int len)
{
	struct prefix_trie_node *nodes[MAX_NODES], *node;
	struct leaf l = leaf_of(value, len, 1);
	unsigned int depth;
	__u32 *count;
	int err;

	if (!t->root)
		t->root = calloc(1, sizeof(*t->root));
	if (!t->root)
		return -ENOMEM;
	depth = (walk(t, value, len, nodes) - 1) * STEP_BITS;
	node = nodes[depth / STEP_BITS];
	count = node_count(node, depth, &l);
	if (count) {
		++*count;
		return 0;
	}
	if (!is_end(&l, depth) && has_bit(node->leaves, step_at(value, depth)))
		err = split_leaf(node, depth, &l);
	else
		err = node_place(node, depth, &l);
	if (!err)
		t->n++;
	else if (!t->n)
		prefix_trie_fini(t);
	return err;
}

/* Whether the node holds one prefix and no more; which one, into 'out'. 'value'
 * has the bits that lead to the node. */
static bool only_prefix(const struct prefix_trie_node *node, unsigned int depth, prefix_bits value,
			struct leaf *out)
{
	unsigned int bit, level;
	prefix_bits step;

	if (node->nodes || n_items(node->ends) + n_items(node->leaves) != 1)
		return false;
	if (node->leaves) {
		*out = node->leaf[0];
		return true;
	}
	bit = (unsigned int)__builtin_ctzll(node->ends);
	level = level_of(bit);
	step = (bit - (1U << level)) << (STEP_BITS - level);
	value = first_bits(value, depth) | step << (PREFIX_TRIE_BITS - STEP_BITS) >> depth;
	*out = leaf_of(value, depth + level, node->count[0]);
	return true;
}

/* Does away with the node behind the step that 'value' makes from 'node' if a
 * leaf will do, or if nothing is left. Without memory for the leaf it stays,
 * which is a step too many for lookups and nothing else. */
static bool fold(struct prefix_trie_node *node, unsigned int depth, prefix_bits value)
{
	unsigned int step = step_at(value, depth);
	struct prefix_trie_node *child = &node->node[rank_of(node->nodes, step)];
	struct leaf l;

	if (!node_is_empty(child)) {
		if (!only_prefix(child, depth + STEP_BITS, value, &l) || add_leaf(node, step, &l))
			return false;
	}
	node_fini(child);
	drop_node(node, step);
	update_below(node, step);
	return true;
}

void prefix_trie_remove(struct prefix_trie *t, prefix_bits value, unsigned int len)
{
	struct prefix_trie_node *nodes[MAX_NODES], *node;
	struct leaf l = leaf_of(value, len, 1);
	unsigned int i = walk(t, value, len, nodes) - 1;
	__u32 *count;

	node = nodes[i];
	count = node_count(node, i * STEP_BITS, &l);
	if (--*count)
		return;
	if (is_end(&l, i * STEP_BITS))
		drop_end(node, end_of(value, i * STEP_BITS, len));
	else
		drop_leaf(node, step_at(value, i * STEP_BITS));
	update_below(node, step_at(value, i * STEP_BITS));
	if (!--t->n) {
		prefix_trie_fini(t);
		return;
	}
	while (i-- > 0)
		if (!fold(nodes[i], i * STEP_BITS, value))
			break;
}

static size_t node_bytes(const struct prefix_trie_node *node)
{
	size_t bytes = n_items(node->nodes) * sizeof(*node->node) +
		       n_items(node->leaves) * sizeof(*node->leaf) +
		       n_items(node->ends) * sizeof(*node->count);

	for (unsigned int i = 0; i < n_items(node->nodes); i++)
		bytes += node_bytes(&node->node[i]);
	return bytes;
}

size_t prefix_trie_bytes(const struct prefix_trie *t)
{
	return t->root ? sizeof(*t->root) + node_bytes(t->root) : 0;
}
