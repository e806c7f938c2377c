// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The binary heap of rule_timer.h. A rule knows its place in it, from 1.
 */
#include "rule_timer.h"

#include <errno.h>
#include <stdlib.h>

void rule_timers_fini(struct rule_timers *t)
{
	free(t->heap);
	*t = (struct rule_timers){0};
}

int rule_timers_reserve(struct rule_timers *t, size_t n_more)
{
	size_t n = t->allocated ? t->allocated : 16;
	struct rule_timer *heap;

	if (t->n + n_more <= t->allocated)
		return 0;
	while (n < t->n + n_more)
		n *= 2;
	heap = realloc(t->heap, n * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	t->heap = heap;
	t->allocated = n;
	return 0;
}

static void put(struct rule_timers *t, size_t i, struct rule_timer timer)
{
	t->heap[i] = timer;
	timer.rule->timer = (__u32)(i + 1);
}

/* 'timer' finds its place from the hole 'i' on, up or down. */
static void settle(struct rule_timers *t, size_t i, struct rule_timer timer)
{
	size_t child;

	for (; i && t->heap[(i - 1) / 2].due_ms > timer.due_ms; i = (i - 1) / 2)
		put(t, i, t->heap[(i - 1) / 2]);
	for (; (child = 2 * i + 1) < t->n; i = child) {
		if (child + 1 < t->n && t->heap[child + 1].due_ms < t->heap[child].due_ms)
			child++;
		if (t->heap[child].due_ms >= timer.due_ms)
			break;
		put(t, i, t->heap[child]);
	}
	put(t, i, timer);
}

void rule_timers_start(struct rule_timers *t, struct rule *r)
{
	struct rule_timer timer = {.due_ms = rule_deadline(r, NULL), .rule = r};

	if (rule_has_timeout(r))
		settle(t, t->n++, timer);
}

void rule_timers_stop(struct rule_timers *t, struct rule *r)
{
	size_t i = r->timer;

	if (!i)
		return;
	r->timer = 0;
	t->n--;
	if (--i < t->n)
		settle(t, i, t->heap[t->n]);
}

struct rule *rule_timers_due(struct rule_timers *t, __u64 now_ms, size_t *max,
			     enum rule_expiry *why)
{
	for (; *max && t->n && t->heap[0].due_ms <= now_ms; --*max) {
		struct rule_timer first = t->heap[0];

		first.due_ms = rule_deadline(first.rule, why);
		if (first.due_ms <= now_ms) {
			--*max;
			return first.rule;
		}
		settle(t, 0, first);
	}
	return NULL;
}

__u64 rule_timers_next(const struct rule_timers *t)
{
	return t->n ? t->heap[0].due_ms : UINT64_MAX;
}
