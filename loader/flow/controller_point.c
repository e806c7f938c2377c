// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The numbers of controller points: an array, and a hash table of its indices.
 */
#include "controller_point.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void controller_points_init(struct controller_points *t)
{
	memset(t, 0, sizeof(*t));
}

void controller_points_fini(struct controller_points *t)
{
	free(t->v);
	free(t->index);
	memset(t, 0, sizeof(*t));
}

static __u64 point_hash(const struct controller_point *p)
{
	__u64 rest[3] = {p->cookie, p->max_len | (__u64)p->port_no << 16,
			 p->table_id | (__u64)p->kind << 8 | (__u64)p->flags << 16};

	return XXH3_64bits_withSeed(p->sw_name, strnlen(p->sw_name, sizeof(p->sw_name)),
				    XXH3_64bits(rest, sizeof(rest)));
}

static bool point_equal(const struct controller_point *a, const struct controller_point *b)
{
	return a->cookie == b->cookie && a->max_len == b->max_len && a->table_id == b->table_id &&
	       a->kind == b->kind && a->flags == b->flags && a->port_no == b->port_no &&
	       !strncmp(a->sw_name, b->sw_name, sizeof(a->sw_name));
}

/* The place of 'p' in the index, or the free one where it would be. */
static __u32 *point_place(const struct controller_points *t, const struct controller_point *p)
{
	__u32 at = (__u32)point_hash(p) & (t->n_index - 1);

	while (t->index[at] && !point_equal(&t->v[t->index[at]], p))
		at = (at + 1) & (t->n_index - 1);
	return &t->index[at];
}

/* Room for one more, the index at most half full. Number 0 is never given. */
static bool points_reserve(struct controller_points *t)
{
	__u32 n = t->allocated ? 2 * t->allocated : 64;
	struct controller_point *v;
	__u32 *index;

	if (t->n < t->allocated)
		return true;
	v = reallocarray(t->v, n, sizeof(*v));
	if (!v)
		return false;
	t->v = v;
	index = calloc(2 * n, sizeof(*index));
	if (!index)
		return false;
	free(t->index);
	t->index = index;
	t->n_index = 2 * n;
	t->allocated = n;
	if (!t->n) {
		memset(&t->v[0], 0, sizeof(t->v[0]));
		t->n = 1;
	}
	for (__u32 i = 1; i < t->n; i++)
		*point_place(t, &t->v[i]) = i;
	return true;
}

__u32 controller_point_intern(struct controller_points *t, const struct controller_point *p)
{
	__u32 *place;

	if (!points_reserve(t))
		return 0;
	place = point_place(t, p);
	if (*place)
		return *place;
	if (t->n >= CONTROLLER_POINTS_MAX)
		return 0;
	t->v[t->n] = *p;
	*place = t->n;
	return t->n++;
}

const struct controller_point *controller_point_find(const struct controller_points *t, __u32 id)
{
	return id && id < t->n ? &t->v[id] : NULL;
}
