// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The counters of priority_set.h: a sorted array, then pages. A set stays with
 * its pages until it is empty, so that to remove takes no memory.
 */
#include "priority_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FEW_MIN 2
#define FEW_MAX 4096
#define PAGE_BITS 8
#define PAGE_SLOTS (1U << PAGE_BITS) /* counters of a page, and pages */

struct priority_count {
	__u32 count;
	__u16 priority;
};

/* Which of 256 are in use. */
struct used {
	__u64 words[PAGE_SLOTS / 64];
};

struct priority_page {
	struct used used; /* those whose 'count' is not 0 */
	__u32 count[PAGE_SLOTS];
};

struct priority_pages {
	struct used used; /* those that are there, each with a counter in use */
	struct priority_page *page[PAGE_SLOTS];
};

static void used_set(struct used *u, unsigned int i)
{
	u->words[i / 64] |= 1ULL << (i % 64);
}

static void used_clear(struct used *u, unsigned int i)
{
	u->words[i / 64] &= ~(1ULL << (i % 64));
}

/* -1: none */
static int used_last(const struct used *u)
{
	for (int i = PAGE_SLOTS / 64 - 1; i >= 0; i--)
		if (u->words[i])
			return i * 64 + 63 - __builtin_clzll(u->words[i]);
	return -1;
}

static unsigned int page_no(__u16 priority)
{
	return priority >> PAGE_BITS;
}

static unsigned int page_index(__u16 priority)
{
	return priority % PAGE_SLOTS;
}

static void pages_destroy(struct priority_pages *pages)
{
	for (unsigned int i = 0; pages && i < PAGE_SLOTS; i++)
		free(pages->page[i]);
	free(pages);
}

static __u32 pages_count(const struct priority_pages *pages, __u16 priority)
{
	const struct priority_page *page = pages->page[page_no(priority)];

	return page ? page->count[page_index(priority)] : 0;
}

static int pages_add(struct priority_pages *pages, __u16 priority, __u32 n)
{
	struct priority_page **page = &pages->page[page_no(priority)];

	if (!*page) {
		*page = calloc(1, sizeof(**page));
		if (!*page)
			return -ENOMEM;
		used_set(&pages->used, page_no(priority));
	}
	(*page)->count[page_index(priority)] += n;
	used_set(&(*page)->used, page_index(priority));
	return 0;
}

/* Returns how many are left. */
static __u32 pages_remove(struct priority_pages *pages, __u16 priority)
{
	struct priority_page **page = &pages->page[page_no(priority)];
	__u32 left = --(*page)->count[page_index(priority)];

	if (left)
		return left;
	used_clear(&(*page)->used, page_index(priority));
	if (used_last(&(*page)->used) < 0) {
		free(*page);
		*page = NULL;
		used_clear(&pages->used, page_no(priority));
	}
	return 0;
}

/* Not of empty pages. */
static __u16 pages_max(const struct priority_pages *pages)
{
	int no = used_last(&pages->used);

	return (__u16)(no * (int)PAGE_SLOTS + used_last(&pages->page[no]->used));
}

/* The place of 'priority' in 'few', or where it would be. */
static __u32 few_place(const struct priority_set *s, __u16 priority)
{
	__u32 low = 0, high = s->n;

	while (low < high) {
		__u32 middle = (low + high) / 2;

		if (s->few[middle].priority < priority)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool few_has(const struct priority_set *s, __u32 place, __u16 priority)
{
	return place < s->n && s->few[place].priority == priority;
}

static int few_grow(struct priority_set *s)
{
	__u16 allocated = s->allocated ? (__u16)(2 * s->allocated) : FEW_MIN;
	struct priority_count *few = realloc(s->few, allocated * sizeof(*few));

	if (!few)
		return -ENOMEM;
	s->few = few;
	s->allocated = allocated;
	return 0;
}

/* Goes over from 'few' to pages. */
static int make_pages(struct priority_set *s)
{
	struct priority_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return -ENOMEM;
	for (__u32 i = 0; i < s->n; i++) {
		if (pages_add(pages, s->few[i].priority, s->few[i].count)) {
			pages_destroy(pages);
			return -ENOMEM;
		}
	}
	free(s->few);
	s->few = NULL;
	s->allocated = 0;
	s->pages = pages;
	return 0;
}

static int few_add(struct priority_set *s, __u16 priority)
{
	__u32 place = few_place(s, priority);

	if (few_has(s, place, priority)) {
		s->few[place].count++;
		return 0;
	}
	if (s->n == s->allocated && few_grow(s))
		return -ENOMEM;
	memmove(&s->few[place + 1], &s->few[place], (s->n - place) * sizeof(*s->few));
	s->few[place] = (struct priority_count){1, priority};
	return 0;
}

/* Returns how many are left. */
static __u32 few_remove(struct priority_set *s, __u16 priority)
{
	__u32 place = few_place(s, priority), left = --s->few[place].count;

	if (!left)
		memmove(&s->few[place], &s->few[place + 1], (s->n - 1 - place) * sizeof(*s->few));
	return left;
}

void priority_set_init(struct priority_set *s)
{
	memset(s, 0, sizeof(*s));
}

void priority_set_fini(struct priority_set *s)
{
	free(s->few);
	pages_destroy(s->pages);
	priority_set_init(s);
}

bool priority_set_has(const struct priority_set *s, __u16 priority)
{
	if (s->pages)
		return pages_count(s->pages, priority);
	return few_has(s, few_place(s, priority), priority);
}

int priority_set_add(struct priority_set *s, __u16 priority)
{
	bool is_new = !priority_set_has(s, priority);
	int err;

	if (!s->pages && is_new && s->n == FEW_MAX) {
		err = make_pages(s);
		if (err)
			return err;
	}
	err = s->pages ? pages_add(s->pages, priority, 1) : few_add(s, priority);
	if (err)
		return err;
	s->n += is_new;
	if (priority > s->max) /* 0 when it was empty */
		s->max = priority;
	return 0;
}

void priority_set_remove(struct priority_set *s, __u16 priority)
{
	if (s->pages ? pages_remove(s->pages, priority) : few_remove(s, priority))
		return;
	if (!--s->n)
		priority_set_fini(s);
	else if (s->pages)
		s->max = pages_max(s->pages);
	else
		s->max = s->few[s->n - 1].priority;
}

size_t priority_set_bytes(const struct priority_set *s)
{
	size_t bytes = s->allocated * sizeof(*s->few);

	if (!s->pages)
		return bytes;
	bytes += sizeof(*s->pages);
	for (unsigned int i = 0; i < PAGE_SLOTS; i++)
		bytes += s->pages->page[i] ? sizeof(*s->pages->page[i]) : 0;
	return bytes;
}
