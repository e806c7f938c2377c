// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Meters of a switch: memory and the table.
 */
#include "meter_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct meter_table *meter_table_create(void)
{
	return calloc(1, sizeof(struct meter_table));
}

void meter_table_destroy(struct meter_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i]);
	free(t->v);
	free(t);
}

/* The first place whose id is not below 'id'. */
static size_t place(const struct meter_table *t, __u32 id)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->v[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct meter *meter_find(const struct meter_table *t, __u32 id)
{
	size_t i = place(t, id);

	return i < t->n && t->v[i]->id == id ? t->v[i] : NULL;
}

static int reserve(struct meter_table *t)
{
	size_t want = t->allocated ? 2 * t->allocated : 8;
	struct meter **v;

	if (t->n < t->allocated)
		return 0;
	v = reallocarray(t->v, want, sizeof(struct meter *));
	if (!v)
		return -ENOMEM;
	t->v = v;
	t->allocated = want;
	return 0;
}

int meter_insert(struct meter_table *t, struct meter *m)
{
	size_t i = place(t, m->id);

	if (i < t->n && t->v[i]->id == m->id)
		return -EEXIST;
	if (t->n >= XVS_MAX_METERS)
		return -ENOSPC;
	if (reserve(t))
		return -ENOMEM;
	memmove(&t->v[i + 1], &t->v[i], (t->n - i) * sizeof(struct meter *));
	t->v[i] = m;
	t->n++;
	return 0;
}

struct meter *meter_remove(struct meter_table *t, __u32 id)
{
	size_t i = place(t, id);
	struct meter *m = i < t->n ? t->v[i] : NULL;

	if (!m || m->id != id)
		return NULL;
	t->n--;
	memmove(&t->v[i], &t->v[i + 1], (t->n - i) * sizeof(struct meter *));
	return m;
}
