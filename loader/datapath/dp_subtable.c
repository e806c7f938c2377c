// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Subtables: one per mask, counted by flows. dp_tables.c puts flows into them, the
 * lists in dp_order.c lead packets there.
 */
#include "dp_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "xvs/flow_hash.h"

static __u64 mask_hash(const struct dp *dp, const struct xvs_flow_key *mask)
{
	__u64 sum = 0;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		sum += xvs_hash_word(mask->w[i], dp->config.seed[i]);
	return xvs_hash_finish(sum);
}

static int subtable_find(const struct dp *dp, const struct xvs_flow_key *mask, __u64 hash)
{
	for (__u32 i = 0; i < dp->n_used_subtables; i++) {
		const struct dp_subtable_note *note = &dp->subtable[dp->used_subtable[i]];

		if (note->mask_hash == hash && key_equal(&note->mask, mask))
			return dp->used_subtable[i];
	}
	return -ENOENT;
}

/* The one that was asked for last, as it is most times. */
static int subtable_again(const struct dp *dp, const struct xvs_flow_key *mask)
{
	const struct dp_subtable_note *note = &dp->subtable[dp->last_subtable];

	return note->n_flows && key_equal(&note->mask, mask) ? dp->last_subtable : -ENOENT;
}

int dp_subtable_find(struct dp *dp, const struct xvs_flow_key *mask)
{
	int found = subtable_again(dp, mask);

	if (found < 0)
		found = subtable_find(dp, mask, mask_hash(dp, mask));
	if (found >= 0)
		dp->last_subtable = (__u8)found;
	return found;
}

int dp_subtable_get(struct dp *dp, const struct xvs_flow_key *mask, bool *fresh)
{
	int found = dp_subtable_find(dp, mask);
	struct xvs_subtable *s;
	__u32 index, n = 0;

	*fresh = found < 0;
	if (found >= 0)
		return found;
	if (!dp->subtables.n_free)
		return -EMLINK;

	index = dp_pool_get(&dp->subtables);
	dp->subtable[index] =
		(struct dp_subtable_note){.mask = *mask, .mask_hash = mask_hash(dp, mask)};
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
	s->n_words = n; /* never 0, "not in use": in_port is there */
	return (int)index;
}

void dp_subtable_use(struct dp *dp, __u32 index)
{
	dp->used_subtable[dp->n_used_subtables++] = (__u8)index;
}

void dp_subtable_cancel(struct dp *dp, __u32 index)
{
	dp->t.subtables[index].n_words = 0;
	dp_pool_put(&dp->subtables, index);
}

void dp_subtable_retire_empty(struct dp *dp)
{
	__u32 n = 0;

	for (__u32 i = 0; i < dp->n_used_subtables; i++) {
		__u8 index = dp->used_subtable[i];

		if (dp->subtable[index].n_flows)
			dp->used_subtable[n++] = index;
		else
			dp_pool_retire(&dp->subtables, index);
	}
	dp->n_used_subtables = n;
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

__u32 dp_n_subtables(const struct dp *dp)
{
	return dp->n_used_subtables;
}
