// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables by number: a sorted array, as they are walked in that order and change
 * rarely.
 */
#include "id_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void id_table_fini(struct id_table *t)
{
	free(t->v);
	*t = (struct id_table){0};
}

static __u32 id_of(const void *item)
{
	return *(const __u32 *)item;
}

/* The first place whose id is not below 'id'. */
static size_t place(const struct id_table *t, __u32 id)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (id_of(t->v[mid]) < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool is_at(const struct id_table *t, size_t i, __u32 id)
{
	return i < t->n && id_of(t->v[i]) == id;
}

void *id_table_find(const struct id_table *t, __u32 id)
{
	size_t i = place(t, id);

	return is_at(t, i, id) ? t->v[i] : NULL;
}

/* The array never shrinks: what was taken out finds room again. */
static int reserve(struct id_table *t)
{
	size_t want = t->allocated ? 2 * t->allocated : 8;
	void **v;

	if (t->n < t->allocated)
		return 0;
	v = reallocarray(t->v, want, sizeof(void *));
	if (!v)
		return -ENOMEM;
	t->v = v;
	t->allocated = want;
	return 0;
}

int id_table_insert(struct id_table *t, void *item, size_t max)
{
	size_t i = place(t, id_of(item));

	if (is_at(t, i, id_of(item)))
		return -EEXIST;
	if (t->n >= max)
		return -ENOSPC;
	if (reserve(t))
		return -ENOMEM;
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(void *));
	t->v[i] = item;
	t->n++;
	return 0;
}

void *id_table_replace(struct id_table *t, void *item)
{
	size_t i = place(t, id_of(item));
	void *old = t->v[i];

	t->v[i] = item;
	return old;
}

void *id_table_remove(struct id_table *t, __u32 id)
{
	size_t i = place(t, id);
	void *item;

	if (!is_at(t, i, id))
		return NULL;
	item = t->v[i];
	t->n--;
	memmove(&t->v[i], &t->v[i + 1], (t->n - i) * sizeof(void *));
	return item;
}
