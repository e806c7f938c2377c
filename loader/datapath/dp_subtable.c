// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Subtables: one per mask, counted by flows, and the two probe orders that
 * lookups follow (xvs/flow_entry.h). dp_tables.c puts flows into them.
 *
 * A new subtable is appended to the order in force: store, then the count
 * [I2]. Everything else (sorting, taking one off) writes the other order and flips
 * xvs_control.probe_order; a lookup may still follow the old one until a grace
 * period has passed, so it is left alone for so long.
 */
#include "dp_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "xvs/flow_hash.h"

static struct xvs_probe_order *order_active(const struct dp *dp)
{
	return &dp->t.probe[dp->t.control->probe_order & 1];
}

static __u64 mask_hash(const struct dp *dp, const struct xvs_flow_key *mask)
{
	__u64 sum = 0;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		sum += xvs_hash_word(mask->w[i], dp->config.seed[i]);
	return xvs_hash_finish(sum);
}

static int subtable_find(const struct dp *dp, const struct xvs_flow_key *mask, __u64 hash)
{
	const struct xvs_probe_order *o = order_active(dp);

	for (__u32 i = 0; i < o->n; i++) {
		const struct dp_subtable_note *note = &dp->subtable[o->subtable[i]];

		if (note->mask_hash == hash && key_equal(&note->mask, mask))
			return o->subtable[i];
	}
	return -ENOENT;
}

int dp_subtable_get(struct dp *dp, const struct xvs_flow_key *mask, bool *fresh)
{
	__u64 hash = mask_hash(dp, mask);
	struct xvs_subtable *s;
	__u32 index, n = 0;
	int found = subtable_find(dp, mask, hash);

	*fresh = found < 0;
	if (found >= 0)
		return found;
	if (!dp->subtables.n_free)
		return -EMLINK;

	index = dp_pool_get(&dp->subtables);
	dp->subtable[index] = (struct dp_subtable_note){.mask = *mask, .mask_hash = hash};
	s = &dp->t.subtables[index];
	memset(s->word, 0, sizeof(s->word));
	memset(s->mask, 0, sizeof(s->mask));
	for (__u8 i = 0; i < XVS_KEY_WORDS; i++) {
		if (!mask->w[i])
			continue;
		s->word[n] = i;
		s->mask[n++] = mask->w[i];
	}
	s->salt = dp_random();
	s->generation++;
	/* n_words 0 says "not in use": the mask that matches all has word 0,
	 * of which no bit counts. */
	s->n_words = n ? n : 1;
	return (int)index;
}

void dp_subtable_publish(struct dp *dp, __u32 index)
{
	struct xvs_probe_order *o = order_active(dp);

	XVS_WRITE_ONCE(o->subtable[o->n], (__u8)index);
	__atomic_store_n(&o->n, o->n + 1, __ATOMIC_RELEASE);
	dp->n_empty++;
}

void dp_subtable_cancel(struct dp *dp, __u32 index)
{
	dp->t.subtables[index].n_words = 0;
	dp_pool_put(&dp->subtables, index);
}

void dp_subtable_ref(struct dp *dp, __u32 index)
{
	if (!dp->subtable[index].n_flows++)
		dp->n_empty--;
}

void dp_subtable_unref(struct dp *dp, __u32 index)
{
	if (!--dp->subtable[index].n_flows)
		dp->n_empty++;
}

__u64 dp_subtable_pack(const struct dp *dp, __u32 index, const struct xvs_flow_key *key,
		       __u64 packed[XVS_KEY_WORDS])
{
	const struct xvs_subtable *s = &dp->t.subtables[index];
	__u64 sum = s->salt;

	for (__u32 k = 0; k < s->n_words; k++) {
		packed[k] = key->w[s->word[k]] & s->mask[k];
		sum += xvs_hash_word(packed[k], dp->config.seed[k]);
	}
	return xvs_hash_finish(sum);
}

/* Puts 'list' in force by the other order. It must be idle. */
static void order_flip(struct dp *dp, const __u8 *list, __u32 n)
{
	__u32 other = !(dp->t.control->probe_order & 1);
	struct xvs_probe_order *o = &dp->t.probe[other];

	memcpy(o->subtable, list, n);
	__atomic_store_n(&o->n, n, __ATOMIC_RELEASE);
	__atomic_store_n(&dp->t.control->probe_order, other, __ATOMIC_RELEASE);
	dp->order = DP_ORDER_FLIPPED;
}

/* The order in force without the subtables that have no flow; these retire once
 * the list is in force. */
static __u32 order_list_used(const struct dp *dp, __u8 list[XVS_MAX_SUBTABLES])
{
	const struct xvs_probe_order *o = order_active(dp);
	__u32 n = 0;

	for (__u32 i = 0; i < o->n; i++)
		if (dp->subtable[o->subtable[i]].n_flows)
			list[n++] = o->subtable[i];
	return n;
}

static void order_replace(struct dp *dp, const __u8 *list, __u32 n)
{
	const struct xvs_probe_order *old = order_active(dp);

	order_flip(dp, list, n);
	for (__u32 i = 0; i < old->n; i++)
		if (!dp->subtable[old->subtable[i]].n_flows)
			dp_pool_retire(&dp->subtables, old->subtable[i]);
	dp->n_empty = 0;
}

void dp_subtable_compact(struct dp *dp)
{
	__u8 list[XVS_MAX_SUBTABLES];

	if (dp->n_empty && dp->order == DP_ORDER_IDLE)
		order_replace(dp, list, order_list_used(dp, list));
}

static void order_sort(struct dp *dp, const __u64 *hits)
{
	const struct xvs_probe_order *o = order_active(dp);
	__u8 list[XVS_MAX_SUBTABLES];
	__u32 n = order_list_used(dp, list);

	/* Insertion sort: stable, and nearly nothing to do when little changed. */
	for (__u32 i = 1; i < n; i++) {
		__u8 moving = list[i];
		__u32 j = i;

		for (; j && hits[list[j - 1]] < hits[moving]; j--)
			list[j] = list[j - 1];
		list[j] = moving;
	}
	if (n != o->n || memcmp(list, o->subtable, n))
		order_replace(dp, list, n);
}

/* Where subtables come and go all the time the order is hardly ever idle when it
 * is asked to be sorted: put off, it is sorted at the end of the wait. */
void dp_reorder(struct dp *dp, const __u64 hits[XVS_MAX_SUBTABLES])
{
	if (dp->order == DP_ORDER_IDLE) {
		order_sort(dp, hits);
		return;
	}
	memcpy(dp->wanted_hits, hits, sizeof(dp->wanted_hits));
	dp->reorder_wanted = true;
}

void dp_subtable_settle(struct dp *dp)
{
	if (!dp->reorder_wanted || dp->order != DP_ORDER_IDLE)
		return;
	dp->reorder_wanted = false;
	order_sort(dp, dp->wanted_hits);
}

__u32 dp_n_subtables(const struct dp *dp)
{
	return order_active(dp)->n;
}

const struct xvs_flow_key *dp_subtable_mask(const struct dp *dp, __u32 i)
{
	const struct dp_subtable_note *note = &dp->subtable[order_active(dp)->subtable[i]];

	return note->n_flows ? &note->mask : NULL;
}
