// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The intrusive hash table of hmap.h: chains in a power of two of buckets.
 */
#include "hmap.h"

#include <stdlib.h>

void hmap_init(struct hmap *m)
{
	m->buckets = NULL;
	m->one = NULL;
	m->mask = 0;
	m->n = 0;
}

void hmap_fini(struct hmap *m)
{
	free(m->buckets);
	hmap_init(m);
}

static struct hmap_node **hmap_head(struct hmap *m, __u64 hash)
{
	return m->buckets ? &m->buckets[hash & m->mask] : &m->one;
}

static void hmap_grow(struct hmap *m)
{
	size_t n_buckets = 2 * (m->mask + 1);
	struct hmap_node **buckets = calloc(n_buckets, sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i <= m->mask; i++) {
		struct hmap_node *node = m->buckets ? m->buckets[i] : m->one;

		while (node) {
			struct hmap_node *next = node->next;
			struct hmap_node **head = &buckets[node->hash & (n_buckets - 1)];

			node->next = *head;
			*head = node;
			node = next;
		}
	}
	free(m->buckets);
	m->buckets = buckets;
	m->mask = n_buckets - 1;
}

void hmap_insert(struct hmap *m, struct hmap_node *node, __u64 hash)
{
	struct hmap_node **head;

	if (m->n > m->mask)
		hmap_grow(m);
	head = hmap_head(m, hash);
	node->hash = hash;
	node->next = *head;
	*head = node;
	m->n++;
}

void hmap_remove(struct hmap *m, struct hmap_node *node)
{
	struct hmap_node **link = hmap_head(m, node->hash);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	m->n--;
}

static struct hmap_node *hmap_first_from(const struct hmap *m, size_t bucket)
{
	for (size_t i = bucket; i <= m->mask; i++) {
		struct hmap_node *node = m->buckets ? m->buckets[i] : m->one;

		if (node)
			return node;
	}
	return NULL;
}

struct hmap_node *hmap_first(const struct hmap *m)
{
	return hmap_first_from(m, 0);
}

struct hmap_node *hmap_next(const struct hmap *m, const struct hmap_node *node)
{
	return node->next ? node->next : hmap_first_from(m, (node->hash & m->mask) + 1);
}
