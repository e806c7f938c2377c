/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of connections (xvs/conntrack.h) as a packet sees it: which connection has
 * its tuple, and changes of that one's words. ct_enter.h puts new ones in.
 *
 * A bucket's eight tags are compared at once and without a branch, as nearly all of
 * them differ; what has an equal one is read [CT1].
 */
#ifndef BPF_CT_TABLE_H
#define BPF_CT_TABLE_H

#include "compat.h"
#include "ctx.h"
#include "pkt.h"
#include "xvs/conntrack.h"

#define CT_BUCKETS 2 /* that a tuple may be in */
#define CT_TAKEN (-1000) /* the tuple, or the slot for it, is another one's meanwhile */

/* What ctx_ct_enter() puts into the table. */
enum ct_enter_what {
	CT_ENTER_CONNECTION, /* pkt->ct.tuple */
	CT_ENTER_ALIAS, /* pkt->ct.reply */
};

XVS_STATIC_ASSERT(XVS_CT_WAYS == 8, "candidates are bits of a byte");

/* 1 if x, of less than 32 bits, is 0. */
static __always_inline __u32 ct_is_zero(__u32 x)
{
	return (x - 1) >> 31;
}

/* A bit for each slot of the bucket that has the tag. */
static __always_inline __u32 ct_candidates(const struct xvs_ct_bucket *bucket, __u16 tag)
{
	__u32 set = 0;
	int i;

	COMPAT_UNROLL
	for (i = 0; i < XVS_CT_WAYS; i++)
		set |= ct_is_zero(xvs_ct_tag(XVS_READ_ONCE(bucket->word[i])) ^ tag) << i;
	return set;
}

/* The number of the only bit of a byte: by its product with a de Bruijn sequence. */
static __always_inline __u32 ct_bit_number(__u32 bit)
{
	return 0x56374210U >> ((bit * 0x17 & 0xff) >> 5) * 4 & 7;
}

static __always_inline __u64 *ct_word_at(__u32 place)
{
	struct xvs_ct_bucket *bucket = table_ct_bucket(place / XVS_CT_WAYS);

	return bucket ? &bucket->word[place % XVS_CT_WAYS] : NULL;
}

/* The word of a place; 0, which is that of a free slot: there is no such place. */
static __always_inline __u64 ct_word_of(__u32 place)
{
	const __u64 *word = ct_word_at(place);

	return word ? XVS_READ_ONCE(*word) : 0;
}

/* False: it is not 'old' any more [CT2]. */
static __always_inline bool ct_swap(__u32 place, __u64 old, __u64 new)
{
	__u64 *word = ct_word_at(place);

	return word && __sync_val_compare_and_swap(word, old, new) == old;
}

/* What has the ports exchanged: the last word of a tuple, the other way. */
static __always_inline __u64 ct_last_word_back(const struct xvs_ct_tuple *t)
{
	return (__u64)t->dport << PKT_SHIFT(0, 16) | (__u64)t->sport << PKT_SHIFT(16, 16) |
	       (t->w[4] & word_32_32(0, ~0U));
}

static __always_inline bool ct_is_tuple(const struct xvs_ct_tuple *a, const struct xvs_ct_tuple *b)
{
	return !((a->w[0] ^ b->w[0]) | (a->w[1] ^ b->w[1]) | (a->w[2] ^ b->w[2]) |
		 (a->w[3] ^ b->w[3]) | (a->w[4] ^ b->w[4]));
}

/* Is 'a' that of the answers to 'b'? */
static __always_inline bool ct_is_answer(const struct xvs_ct_tuple *a, const struct xvs_ct_tuple *b)
{
	return !((a->w[0] ^ b->w[2]) | (a->w[1] ^ b->w[3]) | (a->w[2] ^ b->w[0]) |
		 (a->w[3] ^ b->w[1]) | (a->w[4] ^ ct_last_word_back(b)));
}

/* Looks at one slot: is it the packet's, and which direction is the packet's? Answers
 * to a connection that is translated come by its alias only. */
static __always_inline struct xvs_ct_entry *ct_match(struct xvs_pkt *pkt, __u32 place,
						     const __u64 *at)
{
	struct xvs_ct_entry *entry = table_ct_entry(place);
	__u64 word = XVS_READ_ONCE(*at);
	struct pkt_ct *ct = &pkt->ct;

	if (!entry || !xvs_ct_lives(word, ct->now) || xvs_ct_word_state(word) == XVS_CT_S_EXPECT)
		return NULL;
	if (ct_is_tuple(&entry->tuple, &ct->tuple))
		ct->dir = 0;
	else if (XVS_READ_ONCE(entry->link) == XVS_CT_NONE &&
		 ct_is_answer(&entry->tuple, &ct->tuple))
		ct->dir = 1;
	else
		return NULL;
	if (xvs_ct_seq(XVS_READ_ONCE(*at)) != xvs_ct_seq(word))
		return NULL;
	ct->place = place;
	ct->word = word;
	return entry;
}

static __always_inline struct xvs_ct_entry *ct_find_in(struct xvs_pkt *pkt, __u32 bucket_no,
						       __u16 tag)
{
	const struct xvs_ct_bucket *bucket = table_ct_bucket(bucket_no);
	struct xvs_ct_entry *entry;
	__u32 set, i;

	if (!bucket)
		return NULL;
	set = ct_candidates(bucket, tag);
	for (i = 0; i < XVS_CT_WAYS; i++) {
		__u32 n;

		if (!set)
			break;
		n = ct_bit_number(set & -set);
		set &= set - 1;
		entry = ct_match(pkt, bucket_no * XVS_CT_WAYS + n, &bucket->word[n]);
		if (entry)
			return entry;
	}
	return NULL;
}

/* By what the microflow remembers, else by both buckets. */
static __always_inline struct xvs_ct_entry *ct_find_tuple(struct xvs_pkt *pkt)
{
	__u32 hint = pkt->ct.hint - PKT_CT_HINT, n = config()->n_ct_buckets;
	const __u64 *at = pkt->ct.hint >= PKT_CT_HINT ? ct_word_at(hint) : NULL;
	struct xvs_ct_entry *entry = at ? ct_match(pkt, hint, at) : NULL;
	__u64 hash;
	__u16 tag;

	if (entry)
		return entry;
	hash = xvs_ct_hash(&pkt->ct.tuple, config()->ct_seed);
	tag = xvs_ct_hash_tag(hash);
	entry = ct_find_in(pkt, xvs_ct_hash_bucket(hash, 0, n), tag);
	return entry ? entry : ct_find_in(pkt, xvs_ct_hash_bucket(hash, 1, n), tag);
}

/* From an alias, which only answers have, to its connection. */
static __always_inline struct xvs_ct_entry *ct_find_linked(struct pkt_ct *ct,
							   const struct xvs_ct_entry *alias)
{
	struct xvs_ct_entry *entry;
	__u32 place;

	if (ct->dir)
		return NULL;
	place = XVS_READ_ONCE(alias->link);
	entry = table_ct_entry(place);
	if (!entry || XVS_READ_ONCE(entry->link) != ct->place ||
	    !ct_is_tuple(&entry->reply, &ct->tuple))
		return NULL;
	ct->word = ct_word_of(place);
	ct->alias = ct->place;
	ct->place = place;
	ct->dir = 1;
	if (!xvs_ct_lives(ct->word, ct->now) || xvs_ct_word_state(ct->word) == XVS_CT_S_ALIAS)
		return NULL;
	return entry;
}

/*
 * Finds the living connection of the packet's tuple: place, word, dir. A miss leaves
 * the place XVS_CT_NONE.
 */
static __always_inline struct xvs_ct_entry *ct_find(struct xvs_pkt *pkt)
{
	struct xvs_ct_entry *entry = ct_find_tuple(pkt);
	struct pkt_ct *ct = &pkt->ct;

	ct->alias = XVS_CT_NONE;
	ct->matched = ct->place;
	if (entry && xvs_ct_word_state(ct->word) == XVS_CT_S_ALIAS)
		entry = ct_find_linked(ct, entry);
	if (!entry) {
		ct->place = XVS_CT_NONE;
		ct->dir = 0;
		return NULL;
	}
	if (!ct->dir)
		ct->alias = XVS_READ_ONCE(entry->link);
	return entry;
}

/* The word of something that ends now, as whoever takes the slot is to find it. */
static __always_inline __u64 ct_word_ended(__u64 word, __u32 now)
{
	__u8 state = xvs_ct_word_state(word);

	if (state != XVS_CT_S_ALIAS && state != XVS_CT_S_EXPECT)
		state = XVS_CT_S_DEAD;
	return xvs_ct_word(xvs_ct_seq(word), xvs_ct_flags(word), state, xvs_ct_tag(word), now - 1);
}

/* The connection at 'place' has ended: so does its alias. */
static __always_inline void ct_end_alias(__u32 alias, __u32 place, __u32 now)
{
	const struct xvs_ct_entry *entry = table_ct_entry(alias);
	__u64 word = ct_word_of(alias);

	if (entry && xvs_ct_word_state(word) == XVS_CT_S_ALIAS && entry->link == place)
		ct_swap(alias, word, ct_word_ended(word, now));
}

/* What was in the slot of 'word', which is the caller's now, counts no more [CT5]. */
static __always_inline void ct_uncount(__u32 place, __u64 word)
{
	const struct xvs_ct_entry *entry = table_ct_entry(place);
	__u8 state = xvs_ct_word_state(word);
	struct xvs_ct_zone *zone = entry ? table_ct_zone(entry->tuple.zone) : NULL;

	if (!zone || state == XVS_CT_S_FREE || state == XVS_CT_S_CLAIMED || state == XVS_CT_S_ALIAS)
		return;
	if (state == XVS_CT_S_EXPECT) {
		__sync_fetch_and_add(&zone->n_expect, -1);
		return;
	}
	__sync_fetch_and_add(&zone->n_conns, -1);
	if (xvs_ct_flags(word) & XVS_CT_F_HALF)
		__sync_fetch_and_add(&zone->n_half, -1);
}

/* Unanswered connections that a zone may have. */
static __always_inline __u32 ct_max_half(const struct xvs_ct_zone *zone)
{
	__u32 max = XVS_READ_ONCE(zone->max_half);

	return max ? max : config()->n_ct_buckets * XVS_CT_WAYS / 4;
}

#endif /* BPF_CT_TABLE_H */
