// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The slots of ct() actions by number and by content; see ct_action_table.h.
 */
#include "ct_action_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "recirc.h"

#define N_HEADS 4096 /* a power of two */

struct ct_action_table {
	ct_action_write_fn write;
	void *aux;
	struct ct_action *by_hash[N_HEADS];
	struct ct_action *by_slot[XVS_MAX_CT_ACTIONS];
	/* Free slots, the one that was given up first is taken first. */
	__u16 free_slot[XVS_MAX_CT_ACTIONS];
	__u32 first_free, n_free;
};
_Static_assert(XVS_MAX_CT_ACTIONS <= 65536, "a slot is 16 bits of a flow's action");

int ct_action_table_create(ct_action_write_fn write, void *aux, struct ct_action_table **out)
{
	struct ct_action_table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->write = write;
	t->aux = aux;
	for (__u32 slot = 1; slot < XVS_MAX_CT_ACTIONS; slot++)
		t->free_slot[t->n_free++] = (__u16)slot;
	*out = t;
	return 0;
}

void ct_action_table_destroy(struct ct_action_table *t)
{
	if (!t)
		return;
	for (__u32 slot = 0; slot < XVS_MAX_CT_ACTIONS; slot++)
		free(t->by_slot[slot]);
	free(t);
}

static struct ct_action **chain_of(struct ct_action_table *t, __u64 hash)
{
	return &t->by_hash[hash & (N_HEADS - 1)];
}

static struct ct_action *find_equal(struct ct_action_table *t, __u64 hash,
				    const struct xvs_ct_action *what)
{
	struct ct_action *a = *chain_of(t, hash);

	while (a && (a->hash != hash || memcmp(&a->what, what, sizeof(*what))))
		a = a->next;
	return a;
}

static __u32 take_slot(struct ct_action_table *t)
{
	__u32 slot = t->free_slot[t->first_free];

	t->first_free = (t->first_free + 1) % XVS_MAX_CT_ACTIONS;
	t->n_free--;
	return slot;
}

static void give_slot(struct ct_action_table *t, __u32 slot)
{
	t->free_slot[(t->first_free + t->n_free++) % XVS_MAX_CT_ACTIONS] = (__u16)slot;
}

struct ct_action *ct_action_intern(struct ct_action_table *t, const struct xvs_ct_action *what,
				   __u64 now_ms)
{
	__u64 hash = XXH3_64bits(what, sizeof(*what));
	struct ct_action *a = find_equal(t, hash, what);

	if (a) {
		/* It is about to be used again: the lingering begins anew. */
		if (!a->refs)
			a->idle_ms = now_ms;
		return a;
	}
	a = t->n_free ? malloc(sizeof(*a)) : NULL;
	if (!a)
		return NULL;
	*a = (struct ct_action){
		.what = *what,
		.slot = take_slot(t),
		.idle_ms = now_ms,
		.hash = hash,
		.next = *chain_of(t, hash),
	};
	*chain_of(t, hash) = a;
	t->by_slot[a->slot] = a;
	if (t->write)
		t->write(t->aux, a->slot, &a->what);
	return a;
}

const struct xvs_ct_action *ct_action_find(const struct ct_action_table *t, __u32 slot)
{
	const struct ct_action *a = slot < XVS_MAX_CT_ACTIONS ? t->by_slot[slot] : NULL;

	return a ? &a->what : NULL;
}

__u32 ct_action_count(const struct ct_action_table *t)
{
	return XVS_MAX_CT_ACTIONS - 1 - t->n_free;
}

struct ct_action *ct_action_get(struct ct_action *a)
{
	a->refs++;
	a->idle_ms = 0;
	return a;
}

/* When it became idle is found by the next ct_action_expire: there is no clock here. */
void ct_action_put(struct ct_action *a)
{
	if (a)
		a->refs--;
}

static void forget(struct ct_action_table *t, struct ct_action *a)
{
	struct ct_action **at = chain_of(t, a->hash);

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	t->by_slot[a->slot] = NULL;
	give_slot(t, a->slot);
	free(a);
}

void ct_action_expire(struct ct_action_table *t, __u64 now_ms)
{
	if (!ct_action_count(t))
		return;
	for (__u32 slot = 1; slot < XVS_MAX_CT_ACTIONS; slot++) {
		struct ct_action *a = t->by_slot[slot];

		if (!a || a->refs)
			continue;
		if (!a->idle_ms)
			a->idle_ms = now_ms;
		if (now_ms - a->idle_ms >= RECIRC_LINGER_MS)
			forget(t, a);
	}
}
