// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rules of one mask: a hash table of masked keys, see subtable.h.
 */
#include "subtable.h"

#include <errno.h>
#include <stdlib.h>

struct subtable *subtable_create(const struct xvs_flow_key *mask)
{
	struct subtable *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->mask = *mask;
	hmap_init(&s->entries);
	return s;
}

void subtable_destroy(struct subtable *s)
{
	struct hmap_node *node, *next;

	if (!s)
		return;
	for (node = hmap_first(&s->entries); node; node = next) {
		next = hmap_next(&s->entries, node);
		free(hmap_entry(node, struct subtable_entry, node));
	}
	hmap_fini(&s->entries);
	free(s->priorities);
	free(s);
}

/* The first place in the list whose priority is not below 'priority'. */
static size_t priority_place(const struct subtable *s, __u16 priority)
{
	size_t lo = 0, hi = s->n_priorities;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->priorities[mid].priority < priority)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool subtable_has_priority(const struct subtable *s, __u16 priority)
{
	size_t i = priority_place(s, priority);

	return i < s->n_priorities && s->priorities[i].priority == priority;
}

static int priority_add(struct subtable *s, __u16 priority)
{
	size_t i = priority_place(s, priority);

	if (i < s->n_priorities && s->priorities[i].priority == priority) {
		s->priorities[i].n_rules++;
		return 0;
	}
	if (s->n_priorities == s->allocated) {
		size_t n = s->allocated ? 2 * s->allocated : 1;
		struct subtable_priority *p = realloc(s->priorities, n * sizeof(*p));

		if (!p)
			return -ENOMEM;
		s->priorities = p;
		s->allocated = n;
	}
	memmove(&s->priorities[i + 1], &s->priorities[i],
		(s->n_priorities - i) * sizeof(s->priorities[0]));
	s->priorities[i] = (struct subtable_priority){.priority = priority, .n_rules = 1};
	s->n_priorities++;
	return 0;
}

static void priority_drop(struct subtable *s, __u16 priority)
{
	size_t i = priority_place(s, priority);

	if (--s->priorities[i].n_rules)
		return;
	s->n_priorities--;
	memmove(&s->priorities[i], &s->priorities[i + 1],
		(s->n_priorities - i) * sizeof(s->priorities[0]));
}

struct subtable_entry *subtable_find(const struct subtable *s, const struct xvs_flow_key *masked,
				     __u64 seed)
{
	__u64 hash = flow_hash_masked(masked, &s->mask, seed);
	struct hmap_node *node;

	for (node = hmap_bucket(&s->entries, hash); node; node = node->next) {
		struct subtable_entry *e = hmap_entry(node, struct subtable_entry, node);

		if (node->hash == hash && flow_equal(&e->first->match.key, masked))
			return e;
	}
	return NULL;
}

struct rule *subtable_lookup(const struct subtable *s, const struct xvs_flow_key *key, __u64 seed)
{
	struct xvs_flow_key masked;
	struct subtable_entry *e;

	flow_mask_key(&masked, key, &s->mask);
	e = subtable_find(s, &masked, seed);
	return e ? e->first : NULL;
}

static struct subtable_entry *entry_create(struct subtable *s, const struct rule *rule, __u64 seed)
{
	struct subtable_entry *e = malloc(sizeof(*e));

	if (!e)
		return NULL;
	e->first = NULL;
	hmap_insert(&s->entries, &e->node, flow_hash_masked(&rule->match.key, &s->mask, seed));
	return e;
}

static void entry_destroy(struct subtable *s, struct subtable_entry *e)
{
	hmap_remove(&s->entries, &e->node);
	free(e);
}

int subtable_insert(struct subtable *s, struct rule *rule, __u64 seed)
{
	struct subtable_entry *e = subtable_find(s, &rule->match.key, seed);
	struct rule **link;
	int err;

	if (!e) {
		e = entry_create(s, rule, seed);
		if (!e)
			return -ENOMEM;
	}
	for (link = &e->first; *link; link = &(*link)->cls_next)
		if ((*link)->priority <= rule->priority)
			break;
	if (*link && (*link)->priority == rule->priority)
		return -EEXIST;

	err = priority_add(s, rule->priority);
	if (err) {
		if (!e->first)
			entry_destroy(s, e);
		return err;
	}
	rule->cls_next = *link;
	*link = rule;
	s->n_rules++;
	return 0;
}

static struct rule **rule_link(struct subtable_entry *e, const struct rule *rule)
{
	struct rule **link = &e->first;

	while (*link != rule)
		link = &(*link)->cls_next;
	return link;
}

void subtable_remove(struct subtable *s, struct rule *rule, __u64 seed)
{
	struct subtable_entry *e = subtable_find(s, &rule->match.key, seed);

	*rule_link(e, rule) = rule->cls_next;
	rule->cls_next = NULL;
	if (!e->first)
		entry_destroy(s, e);
	priority_drop(s, rule->priority);
	s->n_rules--;
}

void subtable_replace(struct subtable *s, struct rule *from, struct rule *to, __u64 seed)
{
	struct subtable_entry *e = subtable_find(s, &from->match.key, seed);

	*rule_link(e, from) = to;
	to->cls_next = from->cls_next;
	from->cls_next = NULL;
}
