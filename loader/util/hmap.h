/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hash table whose links live in the items: no allocation for an insert.
 *
 * The caller hashes and compares; the table keeps nodes by hash in chains and
 * doubles its buckets when there are more nodes than buckets. Growth is best
 * effort: without memory the chains get longer, nothing fails. So hmap_insert
 * has no error and a change of several tables can be made atomic.
 */
#ifndef UTIL_HMAP_H
#define UTIL_HMAP_H

#include <stddef.h>

#include "xvs/types.h"

struct hmap_node {
	struct hmap_node *next; /* in the bucket's chain; NULL ends it */
	__u64 hash;
};

struct hmap {
	struct hmap_node **buckets; /* NULL: the only bucket is 'one' */
	struct hmap_node *one;
	size_t mask; /* number of buckets - 1; that number is a power of two */
	size_t n;
};

#define hmap_entry(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))

void hmap_init(struct hmap *m);
void hmap_fini(struct hmap *m); /* frees the buckets, not the items */
void hmap_insert(struct hmap *m, struct hmap_node *node, __u64 hash);
/* 'node' must be in 'm'. */
void hmap_remove(struct hmap *m, struct hmap_node *node);

/* All nodes, in no order; NULL ends. The node given to hmap_next must still be
 * in the table: fetch the next one before removing it. */
struct hmap_node *hmap_first(const struct hmap *m);
struct hmap_node *hmap_next(const struct hmap *m, const struct hmap_node *node);

#define hmap_for_each(node, m) for ((node) = hmap_first(m); (node); (node) = hmap_next(m, node))

/* The candidates for 'hash': walk 'next' and skip nodes of another hash. */
static inline struct hmap_node *hmap_bucket(const struct hmap *m, __u64 hash)
{
	return m->buckets ? m->buckets[hash & m->mask] : m->one;
}

#endif /* UTIL_HMAP_H */
