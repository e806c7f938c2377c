// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier's changes: subtables come and go with their masks, and stay
 * in order of their highest priority. Lookups are in classifier_lookup.c, what
 * is inside a subtable in subtable.c.
 */
#include "classifier.h"

#include <errno.h>
#include <stdlib.h>

#include "classifier_private.h"

struct classifier *classifier_create(__u64 seed)
{
	struct classifier *cls = calloc(1, sizeof(*cls));

	if (!cls)
		return NULL;
	cls->seed = seed;
	hmap_init(&cls->by_mask);
	return cls;
}

void classifier_destroy(struct classifier *cls)
{
	if (!cls)
		return;
	for (size_t i = 0; i < cls->n_subtables; i++)
		subtable_destroy(cls->order[i]);
	free(cls->order);
	hmap_fini(&cls->by_mask);
	free(cls);
}

static __u64 mask_hash(const struct classifier *cls, const struct xvs_flow_key *mask)
{
	return flow_hash_masked(mask, mask, cls->seed);
}

static struct subtable *find_subtable(const struct classifier *cls, const struct xvs_flow_key *mask)
{
	__u64 hash = mask_hash(cls, mask);
	struct hmap_node *node;

	for (node = hmap_bucket(&cls->by_mask, hash); node; node = node->next) {
		struct subtable *s = hmap_entry(node, struct subtable, node);

		if (node->hash == hash && flow_equal(&s->mask, mask))
			return s;
	}
	return NULL;
}

/* The first place in the order whose subtable ranks below 'priority'. */
static size_t place_below(const struct classifier *cls, unsigned int priority)
{
	size_t lo = 0, hi = cls->n_subtables;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (subtable_max_priority(cls->order[mid]) < priority)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* The place of 's', which ranks by 'priority'. */
static size_t place_of(const struct classifier *cls, const struct subtable *s,
		       unsigned int priority)
{
	size_t i = place_below(cls, priority);

	while (cls->order[--i] != s)
		;
	return i;
}

static void order_remove(struct classifier *cls, size_t i)
{
	cls->n_subtables--;
	memmove(&cls->order[i], &cls->order[i + 1], (cls->n_subtables - i) * sizeof(cls->order[0]));
}

/* There is room: whoever adds a subtable has reserved it. */
static void order_insert(struct classifier *cls, struct subtable *s)
{
	size_t i = place_below(cls, subtable_max_priority(s));

	memmove(&cls->order[i + 1], &cls->order[i], (cls->n_subtables - i) * sizeof(cls->order[0]));
	cls->order[i] = s;
	cls->n_subtables++;
}

static int order_reserve(struct classifier *cls)
{
	size_t n = cls->allocated ? 2 * cls->allocated : 8;
	struct subtable **order;

	if (cls->n_subtables < cls->allocated)
		return 0;
	order = realloc(cls->order, n * sizeof(*order));
	if (!order)
		return -ENOMEM;
	cls->order = order;
	cls->allocated = n;
	return 0;
}

static int insert_first(struct classifier *cls, struct rule *rule)
{
	struct subtable *s;
	int err = order_reserve(cls);

	if (err)
		return err;
	s = subtable_create(&rule->match.mask);
	if (!s)
		return -ENOMEM;
	err = subtable_insert(s, rule, cls->seed);
	if (err) {
		subtable_destroy(s);
		return err;
	}
	hmap_insert(&cls->by_mask, &s->node, mask_hash(cls, &s->mask));
	order_insert(cls, s);
	return 0;
}

int classifier_insert(struct classifier *cls, struct rule *rule)
{
	struct subtable *s = find_subtable(cls, &rule->match.mask);
	unsigned int rank;
	int err;

	if (!s) {
		err = insert_first(cls, rule);
	} else {
		rank = subtable_max_priority(s);
		/* Its place is found before the insert may change its rank. */
		size_t place = rule->priority > rank ? place_of(cls, s, rank) : 0;

		err = subtable_insert(s, rule, cls->seed);
		if (!err && rule->priority > rank) {
			order_remove(cls, place);
			order_insert(cls, s);
		}
	}
	if (!err)
		cls->n_rules++;
	return err;
}

void classifier_remove(struct classifier *cls, struct rule *rule)
{
	struct subtable *s = find_subtable(cls, &rule->match.mask);
	unsigned int rank = subtable_max_priority(s);
	size_t place = rule->priority == rank ? place_of(cls, s, rank) : 0;

	subtable_remove(s, rule, cls->seed);
	cls->n_rules--;
	if (!s->n_rules) {
		order_remove(cls, place);
		hmap_remove(&cls->by_mask, &s->node);
		subtable_destroy(s);
	} else if (subtable_max_priority(s) != rank) {
		order_remove(cls, place);
		order_insert(cls, s);
	}
}

void classifier_replace(struct classifier *cls, struct rule *from, struct rule *to)
{
	subtable_replace(find_subtable(cls, &from->match.mask), from, to, cls->seed);
}

struct rule *classifier_find(const struct classifier *cls, const struct match *match,
			     __u16 priority)
{
	struct subtable *s = find_subtable(cls, &match->mask);
	struct subtable_entry *e = s ? subtable_find(s, &match->key, cls->seed) : NULL;

	for (struct rule *r = e ? e->first : NULL; r; r = r->cls_next)
		if (r->priority == priority)
			return r;
	return NULL;
}

static bool entry_overlaps(const struct subtable_entry *e, const struct match *match,
			   __u16 priority)
{
	if (match_equal(&e->first->match, match) || !match_overlaps(&e->first->match, match))
		return false;
	for (const struct rule *r = e->first; r; r = r->cls_next)
		if (r->priority == priority)
			return true;
	return false;
}

bool classifier_overlaps(const struct classifier *cls, const struct match *match, __u16 priority)
{
	for (size_t i = 0; i < cls->n_subtables; i++) {
		const struct subtable *s = cls->order[i];
		struct hmap_node *node;

		if (!subtable_has_priority(s, priority))
			continue;
		hmap_for_each (node, &s->entries)
			if (entry_overlaps(hmap_entry(node, struct subtable_entry, node), match,
					   priority))
				return true;
	}
	return false;
}

size_t classifier_n_rules(const struct classifier *cls)
{
	return cls->n_rules;
}

size_t classifier_n_subtables(const struct classifier *cls)
{
	return cls->n_subtables;
}
