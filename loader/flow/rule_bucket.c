// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Buckets and chains of rules; see rule_bucket.h.
 */
#include "rule_bucket.h"

#include <errno.h>
#include <stdlib.h>

static void move(struct rule_bucket *b, unsigned int from, unsigned int to)
{
	struct rule_place p = b->place[from];

	if (from < to)
		memmove(&b->place[from], &b->place[from + 1], (to - from) * sizeof(p));
	else
		memmove(&b->place[to + 1], &b->place[to], (from - to) * sizeof(p));
	b->place[to] = p;
}

void rule_bucket_set(struct rule_bucket *b, unsigned int i, struct rule *first)
{
	unsigned int to = i;

	b->place[i].first = first;
	b->place[i].priority = first->priority;
	while (to && b->place[to - 1].priority < first->priority)
		to--;
	if (to == i)
		while (to + 1 < b->n && b->place[to + 1].priority > first->priority)
			to++;
	move(b, i, to);
}

static void place_init(struct rule_place *p, const struct rule *r, unsigned int first_word)
{
	unsigned int n = r->words_end[XVS_STAGE_N - 1] - first_word;

	*p = (struct rule_place){.lens = r->lens, .is_all = n <= 1};
	/* Without a word left, no bit is compared: every packet matches. */
	if (!n)
		return;
	p->word = rule_places(r)[first_word];
	p->value = rule_values(r)[first_word];
	p->mask = rule_masks(r)[first_word];
}

int rule_bucket_add(struct rule_bucket **b, struct rule *chain, unsigned int first_word)
{
	struct rule_bucket *bucket = *b;

	if (!bucket || bucket->n == bucket->allocated) {
		unsigned int n = bucket ? 2U * bucket->allocated : 2;

		bucket = realloc(bucket, sizeof(*bucket) + n * sizeof(struct rule_place));
		if (!bucket)
			return -ENOMEM;
		if (!*b)
			memset(bucket, 0, sizeof(*bucket));
		bucket->allocated = (__u16)n;
		*b = bucket;
	}
	bucket->first_word = (__u16)first_word;
	place_init(&bucket->place[bucket->n++], chain, first_word);
	rule_bucket_set(bucket, bucket->n - 1U, chain);
	return 0;
}

void rule_bucket_drop(struct rule_bucket *b, unsigned int i)
{
	move(b, i, b->n - 1U);
	b->n--;
}

unsigned int rule_bucket_find(const struct rule_bucket *b, const struct match *match)
{
	unsigned int i = 0;

	while (i < b->n && !rule_has_match(b->place[i].first, match))
		i++;
	return i;
}

int rule_chain_add(struct rule **first, struct rule *rule)
{
	struct rule **link = first;

	while (*link && (*link)->priority > rule->priority)
		link = &(*link)->cls_next;
	for (struct rule *r = *link; r && r->priority == rule->priority; r = r->cls_next)
		if (r->version_from < rule->version_to && rule->version_from < r->version_to)
			return -EEXIST;
	rule->cls_next = *link;
	*link = rule;
	return 0;
}

void rule_chain_drop(struct rule **first, struct rule *rule)
{
	struct rule **link = first;

	while (*link != rule)
		link = &(*link)->cls_next;
	*link = rule->cls_next;
	rule->cls_next = NULL;
}
