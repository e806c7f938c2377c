/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A growing array of pointers, in order; for the parts of a policy (policy.h), which
 * are kept sorted by one of their properties or in the order that the user gave.
 */
#ifndef FLOW_POLICY_VEC_H
#define FLOW_POLICY_VEC_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xvs/types.h"

struct policy_vec {
	void **v; /* NULL: empty */
	size_t n, allocated;
};

/* Room for 'more' items behind those that are there. 0 or -ENOMEM. */
static inline int policy_vec_reserve(struct policy_vec *vec, size_t more)
{
	size_t want = vec->n + more, allocated = vec->allocated ? vec->allocated : 4;
	void **v;

	if (want <= vec->allocated)
		return 0;
	while (allocated < want)
		allocated *= 2;
	v = reallocarray(vec->v, allocated, sizeof(*v));
	if (!v)
		return -ENOMEM;
	vec->v = v;
	vec->allocated = allocated;
	return 0;
}

/* There is room. */
static inline void policy_vec_insert(struct policy_vec *vec, size_t i, void *item)
{
	memmove(&vec->v[i + 1], &vec->v[i], (vec->n++ - i) * sizeof(*vec->v));
	vec->v[i] = item;
}

static inline void policy_vec_remove(struct policy_vec *vec, size_t i)
{
	memmove(&vec->v[i], &vec->v[i + 1], (--vec->n - i) * sizeof(*vec->v));
}

static inline void policy_vec_fini(struct policy_vec *vec)
{
	free(vec->v);
	*vec = (struct policy_vec){0};
}

/* 'to' is empty. 0 or -ENOMEM. */
static inline int policy_vec_copy(struct policy_vec *to, const struct policy_vec *from)
{
	int rc = policy_vec_reserve(to, from->n);

	if (rc || !from->n)
		return rc;
	memcpy(to->v, from->v, from->n * sizeof(*from->v));
	to->n = from->n;
	return 0;
}

/* Where 'item' is, or not there. */
static inline bool policy_vec_find(const struct policy_vec *vec, const void *item, size_t *i)
{
	for (*i = 0; *i < vec->n; ++*i)
		if (vec->v[*i] == item)
			return true;
	return false;
}

/* Compares an item with a key as memcmp does. */
typedef int (*policy_order_fn)(const void *item, const void *key);

/* Of a vector that is sorted so: the first place that is not before 'key'. True: the
 * item there has it. */
static inline bool policy_vec_search(const struct policy_vec *vec, policy_order_fn order,
				     const void *key, size_t *i)
{
	size_t low = 0, high = vec->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (order(vec->v[mid], key) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*i = low;
	return low < vec->n && !order(vec->v[low], key);
}

#endif /* FLOW_POLICY_VEC_H */
