/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A multiset of priorities that knows its highest at any time.
 *
 * Problem. Subtables are looked at by falling highest priority, and a lookup
 * ends at the first that cannot hold a higher one. A highest priority that is
 * too high costs probes and un-wildcards bits for nothing, one that is too low
 * sends packets astray; so it must be exact, with rules coming and going in any
 * order, at a cost that does not grow with their number.
 *
 * Idea. A sorted array while there are few different priorities, which is how
 * rules are written; past that, pages of 256 counters, with one bit for each
 * page and each counter that is in use, so that the highest is two "last bit
 * set". Every operation is bounded by constants.
 */
#ifndef FLOW_PRIORITY_SET_H
#define FLOW_PRIORITY_SET_H

#include "xvs/types.h"

struct priority_count;
struct priority_pages;

struct priority_set {
	__u32 n; /* different priorities */
	__u16 allocated; /* of 'few' */
	__u16 max; /* the highest; undefined when empty */
	struct priority_count *few; /* ascending; NULL when 'pages' is used */
	struct priority_pages *pages;
};

void priority_set_init(struct priority_set *s);
void priority_set_fini(struct priority_set *s);

int priority_set_add(struct priority_set *s, __u16 priority); /* 0 or -ENOMEM, as before */
/* It is there. Cannot fail. */
void priority_set_remove(struct priority_set *s, __u16 priority);
bool priority_set_has(const struct priority_set *s, __u16 priority);

static inline bool priority_set_is_empty(const struct priority_set *s)
{
	return !s->n;
}

/* Not of an empty set. */
static inline __u16 priority_set_max(const struct priority_set *s)
{
	return s->max;
}

size_t priority_set_bytes(const struct priority_set *s);

#endif /* FLOW_PRIORITY_SET_H */
