// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The numbers of pairs: an array, and a hash table of its indices.
 */
#include "policy_pair.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void policy_pairs_init(struct policy_pairs *t)
{
	memset(t, 0, sizeof(*t));
}

void policy_pairs_fini(struct policy_pairs *t)
{
	free(t->v);
	free(t->index);
	memset(t, 0, sizeof(*t));
}

/* The place of the pair in the index, or the free one where it would be. */
static __u32 *pair_place(const struct policy_pairs *t, struct policy_pair pair)
{
	__u32 at = (__u32)XXH3_64bits(&pair, sizeof(pair)) & (t->n_index - 1);

	while (t->index[at] && memcmp(&t->v[t->index[at] - 1], &pair, sizeof(pair)) != 0)
		at = (at + 1) & (t->n_index - 1);
	return &t->index[at];
}

/* Room for one more, the index at most half full. */
static bool pairs_reserve(struct policy_pairs *t)
{
	__u32 n = t->allocated ? 2 * t->allocated : 64;
	struct policy_pair *v;
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
	for (__u32 i = 0; i < t->n; i++)
		*pair_place(t, t->v[i]) = i + 1;
	return true;
}

__u32 policy_pair_number(struct policy_pairs *t, struct policy_pair pair)
{
	__u32 *place;

	if (!pair.out || !pair.in || pair.out == pair.in)
		return pair.in ? pair.in : pair.out;
	if (!pairs_reserve(t))
		return pair.in;
	place = pair_place(t, pair);
	if (*place)
		return POLICY_PAIR_FIRST + *place - 1;
	if (t->n == POLICY_PAIRS_MAX)
		return pair.in;
	t->v[t->n] = pair;
	*place = ++t->n;
	return POLICY_PAIR_FIRST + t->n - 1;
}

struct policy_pair policy_pair_of(const struct policy_pairs *t, __u32 number)
{
	if (number >= POLICY_PAIR_FIRST && number - POLICY_PAIR_FIRST < t->n)
		return t->v[number - POLICY_PAIR_FIRST];
	return (struct policy_pair){.in = number};
}
