/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One subtable of a classifier: the rules of one mask, by masked key. Private
 * to classifier.c and classifier_lookup.c.
 *
 * Rules of equal match are a chain by falling priority (rule.cls_next), so a
 * lookup only ever looks at the first. How many rules each priority has is
 * kept in a sorted list: the highest priority, which orders the subtables and
 * ends lookups, is exact at any time, and there are few priorities in practice.
 */
#ifndef FLOW_SUBTABLE_H
#define FLOW_SUBTABLE_H

#include "hmap.h"
#include "rule.h"

struct subtable_priority {
	__u16 priority;
	__u32 n_rules; /* never 0 */
};

struct subtable {
	struct hmap_node node; /* in the classifier's index, by mask */
	struct xvs_flow_key mask;
	struct hmap entries; /* struct subtable_entry, by masked key */
	size_t n_rules;
	struct subtable_priority *priorities; /* ascending; the last is the highest */
	size_t n_priorities;
	size_t allocated;
};

/* The rules of one masked key. */
struct subtable_entry {
	struct hmap_node node;
	struct rule *first; /* of highest priority; never NULL */
};

struct subtable *subtable_create(const struct xvs_flow_key *mask); /* NULL: out of memory */
void subtable_destroy(struct subtable *s); /* leaves the rules alone */

/* 'seed' is the same for all calls. 0, -EEXIST, -ENOMEM. */
int subtable_insert(struct subtable *s, struct rule *rule, __u64 seed);
/* 'rule' must be there. */
void subtable_remove(struct subtable *s, struct rule *rule, __u64 seed);
/* 'to' takes the place of 'from', which is there, with match and priority equal. */
void subtable_replace(struct subtable *s, struct rule *from, struct rule *to, __u64 seed);

/* The highest rule that matches 'key', or NULL. */
struct rule *subtable_lookup(const struct subtable *s, const struct xvs_flow_key *key, __u64 seed);
/* The entry of exactly this masked key, or NULL. */
struct subtable_entry *subtable_find(const struct subtable *s, const struct xvs_flow_key *masked,
				     __u64 seed);
bool subtable_has_priority(const struct subtable *s, __u16 priority);

/* Not for an empty subtable. */
static inline unsigned int subtable_max_priority(const struct subtable *s)
{
	return s->priorities[s->n_priorities - 1].priority;
}

#endif /* FLOW_SUBTABLE_H */
