// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Nodes: subtables by mask and by rank; see stage_node.h.
 */
#include "stage_node.h"

#include <errno.h>
#include <stdlib.h>

#define NO_RANK UINT32_MAX

struct stage_node *stage_node_create(unsigned int stage, const struct stage_node_head *head)
{
	struct stage_node *n = aligned_alloc(_Alignof(struct stage_node), sizeof(*n));

	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->head = *head;
	n->key = *head->key;
	n->head.key = &n->key;
	n->stage = stage;
	n->order = &n->one;
	n->max = &n->one_max;
	n->allocated = 1;
	hmap_init(&n->by_mask);
	prefix_index_init(&n->prefixes);
	return n;
}

void stage_node_destroy(struct stage_node *n)
{
	struct hmap_node *node, *next;

	if (!n)
		return;
	/* Not by 'order': one that has just been added has no rank. */
	for (node = hmap_first(&n->by_mask); node; node = next) {
		next = hmap_next(&n->by_mask, node);
		subtable_destroy(hmap_entry(node, struct subtable, node));
	}
	hmap_fini(&n->by_mask);
	prefix_index_fini(&n->prefixes);
	if (n->order != &n->one) {
		free(n->order);
		free(n->max);
	}
	free(n);
}

/* Masks are the operator's, and few: no seed. */
static __u64 hash_add(__u64 hash, unsigned int word, __u64 mask)
{
	return xvs_hash_finish(hash + mask + word);
}

static __u64 mask_hash(const struct flow_key *mask, unsigned int first, unsigned int end)
{
	__u64 hash = 0;

	for (unsigned int i = first; i < end; i++)
		if (mask->w[i])
			hash = hash_add(hash, i, mask->w[i]);
	return hash;
}

struct subtable *stage_node_find(const struct stage_node *n, const struct flow_key *mask,
				 unsigned int first, unsigned int end)
{
	__u64 hash = mask_hash(mask, first, end);

	for (struct hmap_node *node = hmap_bucket(&n->by_mask, hash); node; node = node->next) {
		struct subtable *s = hmap_entry(node, struct subtable, node);

		if (node->hash == hash && subtable_has_mask(s, mask, first, end))
			return s;
	}
	return NULL;
}

static int reserve(struct stage_node *n)
{
	unsigned int allocated = n->allocated == 1 ? 4 : 2 * n->allocated;
	struct subtable **order;
	__u16 *max;

	if (n->n < n->allocated)
		return 0;
	order = malloc(allocated * sizeof(struct subtable *));
	max = malloc(allocated * sizeof(*max));
	if (!order || !max) {
		free(order);
		free(max);
		return -ENOMEM;
	}
	memcpy(order, n->order, n->n * sizeof(struct subtable *));
	memcpy(max, n->max, n->n * sizeof(*max));
	if (n->order != &n->one) {
		free(n->order);
		free(n->max);
	}
	n->order = order;
	n->max = max;
	n->allocated = allocated;
	return 0;
}

int stage_node_add(struct stage_node *n, struct subtable *s)
{
	__u64 hash = 0;
	int err = reserve(n);

	if (!err)
		err = prefix_index_reserve(&n->prefixes, n->allocated, &s->lens);
	if (err)
		return err;
	/* Its sets may have been replaced by empty ones. */
	prefix_index_rank(&n->prefixes, n->order, n->n);
	for (unsigned int i = 0; i < s->n_words; i++)
		hash = hash_add(hash, s->word[i], s->mask[i]);
	hmap_insert(&n->by_mask, &s->node, hash);
	s->rank = NO_RANK;
	return 0;
}

/* Takes the place 'rank' out of the order. */
static void unrank(struct stage_node *n, unsigned int rank)
{
	n->n--;
	memmove(&n->order[rank], &n->order[rank + 1], (n->n - rank) * sizeof(n->order[0]));
	memmove(&n->max[rank], &n->max[rank + 1], (n->n - rank) * sizeof(n->max[0]));
}

/* Behind its equals: who was there first keeps its place. */
static unsigned int place_of(const struct stage_node *n, __u16 max)
{
	unsigned int lo = 0, hi = n->n;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (n->max[mid] < max)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

static void renumber(struct stage_node *n)
{
	for (unsigned int i = 0; i < n->n; i++)
		n->order[i]->rank = i;
	prefix_index_rank(&n->prefixes, n->order, n->n);
}

void stage_node_rank(struct stage_node *n, struct subtable *s)
{
	__u16 max = priority_set_max(&s->priorities);
	unsigned int rank = s->rank, to;

	if (rank != NO_RANK) {
		if (n->max[rank] == max)
			return;
		n->max[rank] = max;
		if ((!rank || n->max[rank - 1] >= max) &&
		    (rank + 1 == n->n || n->max[rank + 1] <= max))
			return;
		unrank(n, rank);
	}
	to = place_of(n, max);
	memmove(&n->order[to + 1], &n->order[to], (n->n - to) * sizeof(n->order[0]));
	memmove(&n->max[to + 1], &n->max[to], (n->n - to) * sizeof(n->max[0]));
	n->order[to] = s;
	n->max[to] = max;
	n->n++;
	renumber(n);
}

void stage_node_drop(struct stage_node *n, struct subtable *s)
{
	if (s->rank != NO_RANK) {
		unrank(n, s->rank);
		renumber(n);
	}
	hmap_remove(&n->by_mask, &s->node);
	subtable_destroy(s);
}

size_t stage_node_bytes(const struct stage_node *n)
{
	size_t bytes = sizeof(*n) + prefix_index_bytes(&n->prefixes);

	if (n->order != &n->one)
		bytes += n->allocated * (sizeof(n->order[0]) + sizeof(n->max[0]));
	return bytes + (n->by_mask.buckets ? (n->by_mask.mask + 1) * sizeof(void *) : 0);
}
