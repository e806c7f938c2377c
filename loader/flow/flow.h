/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The algebra of flow keys and masks: and, or, covers, hash.
 *
 * Everything in loader/flow is pure: no system call, no clock, no threads;
 * time and randomness come in as arguments.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <string.h>

#include "xvs/flow_key.h"

struct match {
	struct xvs_flow_key key; /* zero where mask is zero */
	struct xvs_flow_key mask;
};

static inline void flow_mask_key(struct xvs_flow_key *dst, const struct xvs_flow_key *key,
				 const struct xvs_flow_key *mask)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		dst->w[i] = key->w[i] & mask->w[i];
}

static inline void flow_mask_or(struct xvs_flow_key *dst, const struct xvs_flow_key *mask)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		dst->w[i] |= mask->w[i];
}

static inline bool flow_equal(const struct xvs_flow_key *a, const struct xvs_flow_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Every 1-bit of 'b' is one of 'a': 'a' matches on at least as much. */
static inline bool flow_mask_covers(const struct xvs_flow_key *a, const struct xvs_flow_key *b)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if (b->w[i] & ~a->w[i])
			return false;
	return true;
}

/* 'key' is one of the packets of 'match'. */
static inline bool match_covers(const struct match *match, const struct xvs_flow_key *key)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if ((key->w[i] & match->mask.w[i]) != match->key.w[i])
			return false;
	return true;
}

/* Some packet is in both. */
static inline bool match_overlaps(const struct match *a, const struct match *b)
{
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		if ((a->key.w[i] ^ b->key.w[i]) & a->mask.w[i] & b->mask.w[i])
			return false;
	return true;
}

static inline bool match_equal(const struct match *a, const struct match *b)
{
	return flow_equal(&a->key, &b->key) && flow_equal(&a->mask, &b->mask);
}

/* Seeded hash of the words that 'mask' uses (xxhash). */
__u64 flow_hash_masked(const struct xvs_flow_key *key, const struct xvs_flow_key *mask, __u64 seed);

/* The mask with every bit that a packet with this key can have: the fields of
 * its protocols, no others, so that an exact megaflow is as short as may be. */
void flow_exact_mask(const struct xvs_flow_key *key, struct xvs_flow_key *mask);

/* Un-wildcards what tells this packet's protocols from others: nothing, dl_type,
 * nw_proto, nw_frag, as far as a reader of field 'word' needs; see flow.c. */
static inline bool flow_is_ip(const struct xvs_flow_key *k)
{
	return k->dl_type == XVS_BE16(0x0800) || k->dl_type == XVS_BE16(0x86dd);
}

#endif /* FLOW_FLOW_H */
