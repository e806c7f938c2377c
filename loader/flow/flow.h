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

/*
 * The key as rules see it: what the datapath knows of a packet, behind what only
 * a translation has. Those words are zero for a packet that has just come in;
 * actions write them, and no megaflow's mask ever holds them. They come first, as
 * pipelines match on them first (the metadata stage).
 */
#define FLOW_KEY_OWN_WORDS 10
#define FLOW_KEY_WORDS (FLOW_KEY_OWN_WORDS + XVS_KEY_WORDS)
#define FLOW_N_REGS 16

struct flow_key {
	union {
		__u64 w[FLOW_KEY_WORDS];
		struct {
			__be64 metadata;
			__be32 reg[FLOW_N_REGS]; /* two of them are an xreg, four an xxreg */
			__be32 conj_id; /* set by the flow table for its second look */
			__u32 pad_own;
			union {
				struct xvs_flow_key pkt;
				struct {
					XVS_FLOW_KEY_MEMBERS
				};
			};
		};
	};
};

#define FLOW_KEY_WORD(field) (XVS_OFFSETOF(struct flow_key, field) / 8)
#define FLOW_STAGE_METADATA_END (FLOW_KEY_OWN_WORDS + XVS_STAGE_METADATA_END)
#define FLOW_STAGE_L2_END (FLOW_KEY_OWN_WORDS + XVS_STAGE_L2_END)
#define FLOW_STAGE_L3_END (FLOW_KEY_OWN_WORDS + XVS_STAGE_L3_END)
#define FLOW_STAGE_L4_END FLOW_KEY_WORDS
#define FLOW_KEY_W_IPV4 (FLOW_KEY_OWN_WORDS + XVS_KEY_W_IPV4)
#define FLOW_KEY_W_NW (FLOW_KEY_OWN_WORDS + XVS_KEY_W_NW)
#define FLOW_KEY_W_TP (FLOW_KEY_OWN_WORDS + XVS_KEY_W_TP)

XVS_STATIC_ASSERT(FLOW_KEY_WORD(pkt) == FLOW_KEY_OWN_WORDS, "the packet's words are last");
XVS_STATIC_ASSERT(sizeof(struct flow_key) == 8 * FLOW_KEY_WORDS, "key size");

extern const struct flow_key flow_all_bits; /* a mask of everything */

struct match {
	struct flow_key key; /* zero where mask is zero */
	struct flow_key mask;
};

static inline void flow_mask_key(struct flow_key *dst, const struct flow_key *key,
				 const struct flow_key *mask)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		dst->w[i] = key->w[i] & mask->w[i];
}

static inline void flow_mask_or(struct flow_key *dst, const struct flow_key *mask)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		dst->w[i] |= mask->w[i];
}

static inline bool flow_equal(const struct flow_key *a, const struct flow_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Every 1-bit of 'b' is one of 'a': 'a' matches on at least as much. */
static inline bool flow_mask_covers(const struct flow_key *a, const struct flow_key *b)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if (b->w[i] & ~a->w[i])
			return false;
	return true;
}

/* 'key' is one of the packets of 'match'. */
static inline bool match_covers(const struct match *match, const struct flow_key *key)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if ((key->w[i] & match->mask.w[i]) != match->key.w[i])
			return false;
	return true;
}

/* Some packet is in both. */
static inline bool match_overlaps(const struct match *a, const struct match *b)
{
	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		if ((a->key.w[i] ^ b->key.w[i]) & a->mask.w[i] & b->mask.w[i])
			return false;
	return true;
}

static inline bool match_equal(const struct match *a, const struct match *b)
{
	return flow_equal(&a->key, &b->key) && flow_equal(&a->mask, &b->mask);
}

/* The same of what the datapath knows. */
static inline bool key_equal(const struct xvs_flow_key *a, const struct xvs_flow_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* As flow_mask_covers(). */
static inline bool key_mask_covers(const struct xvs_flow_key *a, const struct xvs_flow_key *b)
{
	__u64 more = 0;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		more |= b->w[i] & ~a->w[i];
	return !more;
}

/* A packet that has just come in. */
static inline struct flow_key flow_of_packet(const struct xvs_flow_key *key)
{
	struct flow_key flow = {.pkt = *key};

	return flow;
}

/* The mask with every bit that a packet with this key can have: the fields of
 * its protocols, no others, so that an exact megaflow is as short as may be. */
void flow_exact_mask(const struct flow_key *key, struct flow_key *mask);

static inline bool flow_is_ip(const struct flow_key *k)
{
	return k->dl_type == XVS_BE16(0x0800) || k->dl_type == XVS_BE16(0x86dd);
}

#endif /* FLOW_FLOW_H */
