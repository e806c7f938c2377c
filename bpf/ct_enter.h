/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts a connection, or the alias of one, into the table: a slot that is free, or has
 * nothing any more that lives, is claimed, written and published (xvs/conntrack.h).
 *
 * The first bucket is taken while it has room, as a lookup begins there; then the one
 * that has more. A zone with too many unanswered connections pays for a new one with
 * one of those [CT3].
 *
 * CTX_LEAF: what each piece is under BPF, where leaf.bpf.c alone includes this, is a
 * global function, so that the verifier walks its loops once. VERIFIER: their counters go
 * through compat_opaque(), or the compiler would count by something else that is not a
 * constant to the verifier ("infinite loop detected").
 */
#ifndef BPF_CT_ENTER_H
#define BPF_CT_ENTER_H

#include "ct_proto.h"
#include "ct_table.h"

/* Free slots that a first bucket keeps for what has it as its second. More would fill the
 * table better, and have more lookups go to a second bucket. */
#define CT_ENTER_ROOM 5
/* A claim that nobody publishes ends after this long. Whoever holds one is a program,
 * or a thread that may be stopped. */
#define CT_CLAIM_S 60
#define CT_REAP_BUCKETS 16

/* A bit for each slot that can be taken: free, DEAD, or over. */
static __always_inline __u32 ct_free_slots(const struct xvs_ct_bucket *bucket, __u32 now)
{
	__u32 set = 0;
	int i;

	COMPAT_UNROLL
	for (i = 0; i < XVS_CT_WAYS; i++) {
		__u64 word = XVS_READ_ONCE(bucket->word[i]);
		__u32 state = xvs_ct_word_state(word);
		__u32 is_over = ~(now - xvs_ct_expires(word)) >> 31;

		set |= (ct_is_zero(state) | ct_is_zero(state ^ XVS_CT_S_DEAD) | is_over) << i;
	}
	return set;
}

static __always_inline __u32 ct_count_bits(__u32 byte)
{
	byte = byte - (byte >> 1 & 0x55);
	byte = (byte & 0x33) + (byte >> 2 & 0x33);
	return (byte + (byte >> 4)) & 0xf;
}

/* The same of one word. */
static __always_inline bool ct_is_free(__u64 word, __u32 now)
{
	__u8 state = xvs_ct_word_state(word);

	return state == XVS_CT_S_FREE || state == XVS_CT_S_DEAD || xvs_ct_is_over(word, now);
}

/* A place to claim in the buckets 'a' and 'b'; XVS_CT_NONE: they are full. */
static __always_inline __u32 ct_free_place(__u32 a, __u32 b, __u32 now)
{
	const struct xvs_ct_bucket *first = table_ct_bucket(a), *second = table_ct_bucket(b);
	__u32 in_first, in_second, n;

	if (!first || !second)
		return XVS_CT_NONE;
	in_first = ct_free_slots(first, now);
	in_second = ct_free_slots(second, now);
	n = ct_count_bits(in_first);
	if (n < CT_ENTER_ROOM && n < ct_count_bits(in_second))
		return b * XVS_CT_WAYS + ct_bit_number(in_second & -in_second);
	return n ? a * XVS_CT_WAYS + ct_bit_number(in_first & -in_first) : XVS_CT_NONE;
}

static __always_inline bool ct_is_half_of(__u32 place, __u64 word, __u16 zone)
{
	const struct xvs_ct_entry *entry = table_ct_entry(place);

	return entry && xvs_ct_word_state(word) >= XVS_CT_S_DEAD &&
	       (xvs_ct_flags(word) & XVS_CT_F_HALF) && entry->tuple.zone == zone;
}

/* The place of the unanswered connection of the zone that would end first; -1: there is
 * none. */
CTX_LEAF int xvs_ct_half_place(__u32 a, __u32 b, __u32 zone, __u32 now)
{
	__s32 best_left = 0;
	int best = -1;
	__u32 i;

	for (i = 0; i < CT_BUCKETS * XVS_CT_WAYS; i++) {
		__u32 place;
		__u64 word;
		__s32 left;

		compat_opaque(i);
		place = (i < XVS_CT_WAYS ? a : b) * XVS_CT_WAYS + (i & 7);
		word = ct_word_of(place);
		left = (__s32)(xvs_ct_expires(word) - now);
		if (!ct_is_half_of(place, word, zone) || (best >= 0 && left >= best_left))
			continue;
		best = (int)place;
		best_left = left;
	}
	return best;
}

/* Frees what is over in some buckets elsewhere, each time others: so that counts follow
 * while no daemon sweeps. */
CTX_LEAF int xvs_ct_reap(__u32 from, __u32 now)
{
	__u32 n = config()->n_ct_buckets;
	__u32 i;

	for (i = 0; i < CT_REAP_BUCKETS * XVS_CT_WAYS; i++) {
		__u32 bucket, place;
		__u64 word, claimed;

		compat_opaque(i);
		bucket = from + i / XVS_CT_WAYS;
		place = (bucket < n ? bucket : bucket - n) * XVS_CT_WAYS + i % XVS_CT_WAYS;
		word = ct_word_of(place);
		if (xvs_ct_word_state(word) < XVS_CT_S_DEAD || !xvs_ct_is_over(word, now))
			continue;
		claimed = xvs_ct_word(xvs_ct_seq(word) + 1, 0, XVS_CT_S_CLAIMED, 0, now);
		if (!ct_swap(place, word, claimed))
			continue;
		ct_uncount(place, word);
		ct_swap(place, claimed, xvs_ct_word(xvs_ct_seq(claimed), 0, XVS_CT_S_FREE, 0, 0));
	}
	return 0;
}

/* Where a new one of the zone may be; XVS_CT_NONE: nowhere. */
static __always_inline __u32 ct_enter_place(const struct xvs_ct_zone *zone, __u64 hash,
					    __u16 number, bool counts, __u32 now)
{
	__u32 a = xvs_ct_hash_bucket(hash, 0, config()->n_ct_buckets);
	__u32 b = xvs_ct_hash_bucket(hash, 1, config()->n_ct_buckets);
	__u32 max = XVS_READ_ONCE(zone->max_conns);

	if (!counts)
		return ct_free_place(a, b, now);
	if ((max && XVS_READ_ONCE(zone->n_conns) >= max) ||
	    XVS_READ_ONCE(zone->n_half) >= ct_max_half(zone)) {
		xvs_ct_reap(xvs_ct_hash_bucket(xvs_hash_finish(hash + now), 0,
					       config()->n_ct_buckets),
			    now);
		if (max && XVS_READ_ONCE(zone->n_conns) >= max)
			return XVS_CT_NONE;
	}
	if (XVS_READ_ONCE(zone->n_half) >= ct_max_half(zone))
		return xvs_ct_half_place(a, b, number, now);
	return ct_free_place(a, b, now);
}

static __always_inline void ct_write_alias(const struct pkt_ct *ct, struct xvs_ct_entry *entry)
{
	int i;

	for (i = 0; i < XVS_CT_TUPLE_WORDS; i++)
		entry->tuple.w[i] = ct->reply.w[i];
	entry->link = XVS_CT_NONE;
	entry->flags = 0;
}

static __always_inline void ct_write_windows(const struct pkt_ct *ct, struct xvs_ct_entry *entry)
{
	bool tcp = ct->tuple.proto == CT_PROTO_TCP;

	entry->win[0].edges = tcp ? ct->own_edges.new : 0;
	entry->win[0].size = tcp ? ct->own_size.new : 0;
	entry->win[1].edges = tcp ? ct->peer_edges.new : 0;
	entry->win[1].size = tcp ? ct->own_size.new &(__u64)XVS_CT_W_LIBERAL << 48 : 0;
}

static __always_inline void ct_write_connection(const struct pkt_ct *ct,
						const struct xvs_ct_action *action,
						struct xvs_ct_entry *entry)
{
	int i;

	for (i = 0; i < XVS_CT_TUPLE_WORDS; i++) {
		entry->tuple.w[i] = ct->tuple.w[i];
		entry->reply.w[i] = ct->reply.w[i];
	}
	entry->link = ct->alias;
	entry->mark = action->flags & XVS_CT_A_MARK ? action->mark & action->mark_mask : 0;
	entry->hint_slot[0] = 0;
	entry->hint_slot[1] = 0;
	ct_write_windows(ct, entry);
	for (i = 0; i < 2; i++) {
		entry->label[i] = action->flags & XVS_CT_A_LABEL
					  ? action->label[i] & action->label_mask[i]
					  : 0;
		entry->seq_adjust[i] = 0;
		entry->seq_adjust_at[i] = 0;
	}
	entry->rule = action->flags & XVS_CT_A_RULE ? action->rule : 0;
	entry->flags = ct->entry_flags;
	entry->alg = action->alg;
	entry->last = 0;
	entry->born = ct->now;
	entry->master = ct->master;
}

/* Would one packet belong to both? An alias, and a connection that has one, are for
 * packets of one direction only ('one_way'). */
static __always_inline bool ct_clashes(const struct xvs_ct_tuple *t, bool one_way,
				       const struct xvs_ct_entry *entry, __u8 state)
{
	if (state == XVS_CT_S_EXPECT)
		return false;
	if (ct_is_tuple(&entry->tuple, t))
		return true;
	return (!one_way || (state != XVS_CT_S_ALIAS && entry->link == XVS_CT_NONE)) &&
	       ct_is_answer(&entry->tuple, t);
}

/* Another one at 'place' that has the tuple? One that is not published yet, in a higher
 * place, loses its claim [CT4]. */
static __always_inline bool ct_is_other(const struct xvs_ct_tuple *t, bool one_way, __u32 mine,
					__u32 place, __u32 now)
{
	const struct xvs_ct_entry *entry = table_ct_entry(place);
	__u64 word = ct_word_of(place), after;
	__u8 state = xvs_ct_word_state(word);

	if (!entry || place == mine || xvs_ct_is_over(word, now))
		return false;
	if (state == XVS_CT_S_CLAIMED ? !(xvs_ct_flags(word) & XVS_CT_F_WRITTEN)
				      : state < XVS_CT_S_LIVING)
		return false;
	if (!ct_clashes(t, one_way, entry, state))
		return false;
	if (state != XVS_CT_S_CLAIMED || place < mine)
		return true;
	if (ct_swap(place, word, xvs_ct_word(xvs_ct_seq(word), 0, XVS_CT_S_FREE, 0, 0)))
		return false;
	/* Published in between, or withdrawn. */
	after = ct_word_of(place);
	return xvs_ct_lives(after, now) && xvs_ct_tag(after) == xvs_ct_tag(word);
}

CTX_LEAF int xvs_ct_has_other(struct xvs_pkt *pkt, __u32 what, __u32 mine)
{
	const struct xvs_ct_tuple *t;
	__u32 a, b, now;
	bool one_way;
	__u64 hash;
	__u16 tag;
	__u32 i;

	if (!pkt)
		return 0;
	t = what == CT_ENTER_ALIAS ? &pkt->ct.reply : &pkt->ct.tuple;
	hash = xvs_ct_hash(t, config()->ct_seed);
	tag = xvs_ct_hash_tag(hash);
	a = xvs_ct_hash_bucket(hash, 0, config()->n_ct_buckets);
	b = xvs_ct_hash_bucket(hash, 1, config()->n_ct_buckets);
	now = pkt->ct.now;
	one_way = what == CT_ENTER_ALIAS || pkt->ct.alias != XVS_CT_NONE;
	for (i = 0; i < CT_BUCKETS * XVS_CT_WAYS; i++) {
		__u32 bucket, place;

		compat_opaque(i);
		bucket = i < XVS_CT_WAYS ? a : b;
		place = bucket * XVS_CT_WAYS + (i & 7);
		if (xvs_ct_tag(ct_word_of(place)) == tag &&
		    ct_is_other(t, one_way, mine, place, now))
			return 1;
	}
	return 0;
}

/* The claimed slot 'place', word 'claimed', is written and becomes what pkt->ct.want
 * says. */
static __always_inline int ct_publish(struct xvs_pkt *pkt, __u32 what, __u32 place, __u64 claimed)
{
	__u64 written = claimed | (__u64)XVS_CT_F_WRITTEN << XVS_CT_FLAGS_SHIFT;
	struct pkt_ct *ct = &pkt->ct;
	bool alias = what == CT_ENTER_ALIAS;
	__u8 state = alias ? XVS_CT_S_ALIAS : xvs_ct_word_state(ct->want);
	__u8 flags = alias ? 0 : xvs_ct_flags(ct->want);
	struct xvs_ct_zone *zone = table_ct_zone(ct->tuple.zone);
	__u64 word;

	if (!zone || !ct_swap(place, claimed, written))
		return CT_TAKEN;
	if (xvs_ct_has_other(pkt, what, place)) {
		ct_swap(place, written, xvs_ct_word(xvs_ct_seq(claimed), 0, XVS_CT_S_FREE, 0, 0));
		return CT_TAKEN;
	}
	word = xvs_ct_word(xvs_ct_seq(claimed), flags, state, xvs_ct_tag(claimed),
			   xvs_ct_expires(ct->want));
	if (!ct_swap(place, written, word))
		return CT_TAKEN;
	if (!alias) {
		ct->word = word;
		__sync_fetch_and_add(&zone->n_conns, 1);
		if (flags & XVS_CT_F_HALF)
			__sync_fetch_and_add(&zone->n_half, 1);
	}
	return (int)place;
}

/*
 * Enters pkt->ct: a connection as the packet's CT asks for it, in the state that
 * 'want' has, or an alias that leads to none yet. The place; CT_TAKEN: the tuple, or the
 * slot, is another one's meanwhile; -XVS_DROP_CT_FULL.
 */
CTX_LEAF int xvs_ct_enter(struct xvs_pkt *pkt, __u32 what)
{
	const struct xvs_ct_action *action;
	const struct xvs_ct_tuple *t;
	struct xvs_ct_entry *entry;
	struct xvs_ct_zone *zone;
	__u64 hash, word, claimed;
	__u32 place, now;

	if (!pkt)
		return -XVS_DROP_NO_SCRATCH;
	t = what == CT_ENTER_ALIAS ? &pkt->ct.reply : &pkt->ct.tuple;
	action = table_ct_action(pkt->ct.slot);
	zone = table_ct_zone(t->zone);
	if (!action || !zone)
		return -XVS_DROP_NO_SCRATCH;
	now = pkt->ct.now;
	hash = xvs_ct_hash(t, config()->ct_seed);
	place = ct_enter_place(zone, hash, t->zone, what == CT_ENTER_CONNECTION, now);
	entry = table_ct_entry(place);
	if (!entry)
		return -XVS_DROP_CT_FULL;
	word = ct_word_of(place);
	if (!ct_is_free(word, now) &&
	    (what == CT_ENTER_ALIAS || !ct_is_half_of(place, word, t->zone)))
		return CT_TAKEN;
	claimed = xvs_ct_word(xvs_ct_seq(word) + 1, 0, XVS_CT_S_CLAIMED, xvs_ct_hash_tag(hash),
			      now + CT_CLAIM_S * config()->hz);
	if (!ct_swap(place, word, claimed))
		return CT_TAKEN;
	ct_uncount(place, word);
	if (xvs_ct_word_state(word) > XVS_CT_S_EXPECT || xvs_ct_word_state(word) == XVS_CT_S_DEAD)
		ct_end_alias(entry->link, place, now);
	if (what == CT_ENTER_ALIAS)
		ct_write_alias(&pkt->ct, entry);
	else
		ct_write_connection(&pkt->ct, action, entry);
	return ct_publish(pkt, what, place, claimed);
}

/* Has the new connection been announced? Notes by what. 0: no. */
CTX_LEAF int xvs_ct_expected(struct xvs_pkt *pkt)
{
	struct xvs_ct_tuple t;
	__u32 a, b, i;
	__u64 hash;

	if (!pkt)
		return 0;
	t = pkt->ct.tuple;
	t.sport = 0;
	hash = xvs_ct_hash(&t, config()->ct_seed);
	a = xvs_ct_hash_bucket(hash, 0, config()->n_ct_buckets);
	b = xvs_ct_hash_bucket(hash, 1, config()->n_ct_buckets);
	for (i = 0; i < CT_BUCKETS * XVS_CT_WAYS; i++) {
		const struct xvs_ct_entry *entry;
		__u32 place;
		__u64 word;

		compat_opaque(i);
		place = (i < XVS_CT_WAYS ? a : b) * XVS_CT_WAYS + (i & 7);
		word = ct_word_of(place);
		entry = table_ct_entry(place);
		if (!entry || xvs_ct_word_state(word) != XVS_CT_S_EXPECT ||
		    xvs_ct_is_over(word, pkt->ct.now) || !ct_is_tuple(&entry->tuple, &t))
			continue;
		pkt->ct.expected = place;
		pkt->ct.master = entry->master;
		pkt->ct.entry_flags = XVS_CT_E_RELATED;
		return 1;
	}
	return 0;
}

#endif /* BPF_CT_ENTER_H */
