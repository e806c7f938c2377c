/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of connections share (dp_ct.c, dp_ct_zone.c, dp_ct_expect.c): the words
 * of the table and how a slot changes its owner.
 */
#ifndef DATAPATH_DP_CT_PRIVATE_H
#define DATAPATH_DP_CT_PRIVATE_H

#include "dp_private.h"

static inline __u64 *dp_ct_word(const struct dp *dp, __u32 slot)
{
	return &dp->t.ct_buckets[slot / XVS_CT_WAYS].word[slot % XVS_CT_WAYS];
}

/* The 'i'-th of the DP_CT_PLACES slots where a tuple of that hash may be, in the order of
 * [CT4]. */
#define DP_CT_PLACES (2 * XVS_CT_WAYS)
static inline __u32 dp_ct_place(const struct dp *dp, __u64 hash, __u32 i)
{
	__u32 bucket = xvs_ct_hash_bucket(hash, (int)(i / XVS_CT_WAYS), dp->config.n_ct_buckets);

	return bucket * XVS_CT_WAYS + i % XVS_CT_WAYS;
}

__u16 dp_ct_tag(const struct dp *dp, const struct xvs_ct_tuple *tuple);
/* Takes the slot that has 'word', which is free, dead or over, away from its owner, with
 * what it counts for. false: it has another word by now. The word that it gets is
 * '*claimed'; dp_ct_publish() follows. */
bool dp_ct_claim(struct dp *dp, __u32 slot, __u64 word, __u16 tag, __u64 *claimed);
/* What was written to the entry is there before anybody sees the word. */
void dp_ct_publish(struct dp *dp, __u32 slot, __u64 word);
/* The owner of a slot that had 'word' is gone [CT5]. */
void dp_ct_uncount(struct dp *dp, __u64 word, const struct xvs_ct_entry *entry);

#endif /* DATAPATH_DP_CT_PRIVATE_H */
