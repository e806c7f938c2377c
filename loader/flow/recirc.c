// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frozen translations by number and by content; see recirc.h.
 */
#include "recirc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sw.h"

#define N_HEADS 1024 /* a power of two */

struct recirc_table {
	struct recirc *by_hash[N_HEADS];
	struct recirc **by_id; /* open addressing by id */
	__u32 n_by_id; /* a power of two */
	size_t n;
	__u32 last_id;
};

int recirc_table_create(struct recirc_table **out)
{
	struct recirc_table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->n_by_id = 2 * RECIRC_MAX;
	t->by_id = calloc(t->n_by_id, sizeof(*t->by_id));
	if (!t->by_id) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

static void state_fini(struct recirc *r)
{
	sw_put(r->sw);
	free(r->stack);
	for (size_t i = 0; i < r->n_rest; i++)
		ofacts_fini(&r->rest[i].actions);
	free(r->rest);
}

void recirc_table_destroy(struct recirc_table *t)
{
	if (!t)
		return;
	for (int i = 0; i < N_HEADS; i++) {
		struct recirc *next;

		for (struct recirc *r = t->by_hash[i]; r; r = next) {
			next = r->next;
			state_fini(r);
			free(r);
		}
	}
	free(t->by_id);
	free(t);
}

/* Of what is cheap to hash; equality looks at all. */
static __u64 state_hash(const struct recirc *r)
{
	__u64 hash = XXH3_64bits(r->flow.w, FLOW_KEY_OWN_WORDS * sizeof(r->flow.w[0]));
	__u64 more[6] = {(uintptr_t)r->sw, r->flow.in_port,
			 r->n_rest,        r->n_stack,
			 r->mirrors,       (__u64)r->policy.flags << 8 | r->policy.ct_state};

	for (size_t i = 0; i < r->n_rest; i++)
		more[4] = more[4] * 31 + r->rest[i].table_id + r->rest[i].cookie +
			  r->rest[i].actions.n;
	if (r->n_stack)
		hash = XXH3_64bits_withSeed(r->stack, r->n_stack * sizeof(*r->stack), hash);
	return XXH3_64bits_withSeed(more, sizeof(more), hash);
}

static bool rest_equal(const struct recirc_rest *a, const struct recirc_rest *b)
{
	return a->table_id == b->table_id && a->cookie == b->cookie &&
	       ofacts_equal(&a->actions, &b->actions);
}

static bool state_equal(const struct recirc *a, const struct recirc *b)
{
	if (a->hash != b->hash || a->sw != b->sw || a->mirrors != b->mirrors ||
	    a->own_in_port != b->own_in_port || a->tracked != b->tracked ||
	    a->policy.flags != b->policy.flags || a->policy.ct_state != b->policy.ct_state ||
	    a->flow.in_port != b->flow.in_port ||
	    memcmp(a->flow.w, b->flow.w, FLOW_KEY_OWN_WORDS * sizeof(a->flow.w[0])) ||
	    a->n_stack != b->n_stack || a->n_rest != b->n_rest)
		return false;
	if (a->n_stack && memcmp(a->stack, b->stack, a->n_stack * sizeof(*a->stack)))
		return false;
	for (size_t i = 0; i < a->n_rest; i++)
		if (!rest_equal(&a->rest[i], &b->rest[i]))
			return false;
	return true;
}

static struct recirc **place_of_id(const struct recirc_table *t, __u32 id)
{
	__u32 at = id * 0x9e3779b1U & (t->n_by_id - 1);

	while (t->by_id[at] && t->by_id[at]->id != id)
		at = (at + 1) & (t->n_by_id - 1);
	return &t->by_id[at];
}

/* Ids go round, so that one that was given up is taken again as late as can be. */
static __u32 fresh_id(struct recirc_table *t)
{
	do {
		t->last_id++;
	} while (!t->last_id || *place_of_id(t, t->last_id));
	return t->last_id;
}

static struct recirc *find_equal(const struct recirc_table *t, const struct recirc *state)
{
	struct recirc *r = t->by_hash[state->hash & (N_HEADS - 1)];

	while (r && !state_equal(r, state))
		r = r->next;
	return r;
}

struct recirc *recirc_freeze(struct recirc_table *t, struct recirc *state, __u64 now_ms)
{
	struct recirc *r;

	state->hash = state_hash(state);
	r = find_equal(t, state);
	if (r) {
		/* It is about to be used again: the lingering begins anew. */
		if (!r->refs)
			r->idle_ms = now_ms;
		state_fini(state);
		return r;
	}
	r = t->n < RECIRC_MAX ? malloc(sizeof(*r)) : NULL;
	if (!r) {
		state_fini(state);
		return NULL;
	}
	*r = *state;
	r->id = fresh_id(t);
	r->refs = 0;
	r->idle_ms = now_ms;
	r->next = t->by_hash[r->hash & (N_HEADS - 1)];
	t->by_hash[r->hash & (N_HEADS - 1)] = r;
	*place_of_id(t, r->id) = r;
	t->n++;
	return r;
}

const struct recirc *recirc_find(const struct recirc_table *t, __u32 id)
{
	return id ? *place_of_id(t, id) : NULL;
}

struct recirc *recirc_get(struct recirc *r)
{
	r->refs++;
	r->idle_ms = 0;
	return r;
}

/* When it became idle is found by the next recirc_expire: there is no clock here. */
void recirc_put(struct recirc *r)
{
	if (r)
		r->refs--;
}

/* Open addressing without gaps: what follows is entered again. */
static void forget_id(struct recirc_table *t, __u32 id)
{
	struct recirc **place = place_of_id(t, id);
	__u32 at = (__u32)(place - t->by_id);

	*place = NULL;
	for (at = (at + 1) & (t->n_by_id - 1); t->by_id[at]; at = (at + 1) & (t->n_by_id - 1)) {
		struct recirc *r = t->by_id[at];

		t->by_id[at] = NULL;
		*place_of_id(t, r->id) = r;
	}
}

void recirc_expire(struct recirc_table *t, __u64 now_ms)
{
	for (int i = 0; t->n && i < N_HEADS; i++) {
		struct recirc **at = &t->by_hash[i];

		while (*at) {
			struct recirc *r = *at;

			if (!r->refs && !r->idle_ms)
				r->idle_ms = now_ms;
			if (r->refs || now_ms - r->idle_ms < RECIRC_LINGER_MS) {
				at = &r->next;
				continue;
			}
			*at = r->next;
			forget_id(t, r->id);
			t->n--;
			state_fini(r);
			free(r);
		}
	}
}
