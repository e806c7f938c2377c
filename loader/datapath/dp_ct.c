// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections: reading the table while others change it, ending one, and freeing slots
 * whose time is over; see datapath_ct.h.
 */
#include "datapath_ct.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "dp_ct_private.h"

__u32 dp_ct_now(const struct dp *dp)
{
	return (__u32)dp_jiffies(dp, clock_ms());
}

__u32 dp_ct_n_slots(const struct dp *dp)
{
	return dp->config.n_ct_buckets * XVS_CT_WAYS;
}

__u16 dp_ct_tag(const struct dp *dp, const struct xvs_ct_tuple *tuple)
{
	return xvs_ct_hash_tag(xvs_ct_hash(tuple, dp->config.ct_seed));
}

bool dp_ct_read(const struct dp *dp, __u32 now, __u32 slot, struct dp_ct_conn *out)
{
	__u64 word, after;

	if (slot >= dp_ct_n_slots(dp))
		return false;
	word = __atomic_load_n(dp_ct_word(dp, slot), __ATOMIC_ACQUIRE);
	if (!xvs_ct_lives(word, now))
		return false;
	/* Others may be writing: that it became another one's is found out below; windows,
	 * marks and hints change under way, each a word by itself. */
	out->entry = dp->t.ct_entries[slot];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	after = __atomic_load_n(dp_ct_word(dp, slot), __ATOMIC_RELAXED);
	out->slot = slot;
	out->word = after;
	return xvs_ct_seq(after) == xvs_ct_seq(word) && xvs_ct_lives(after, now) &&
	       xvs_ct_tag(after) == dp_ct_tag(dp, &out->entry.tuple);
}

bool dp_ct_next(const struct dp *dp, __u32 now, __u32 end, __u32 *at, struct dp_ct_conn *out)
{
	while (*at < end)
		if (dp_ct_read(dp, now, (*at)++, out))
			return true;
	return false;
}

void dp_ct_uncount(struct dp *dp, __u64 word, const struct xvs_ct_entry *entry)
{
	struct xvs_ct_zone *zone = &dp->t.ct_zones[entry->tuple.zone];

	switch (xvs_ct_word_state(word)) {
	case XVS_CT_S_FREE:
	case XVS_CT_S_CLAIMED:
	case XVS_CT_S_ALIAS:
		return;
	case XVS_CT_S_EXPECT:
		__atomic_fetch_sub(&zone->n_expect, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_fetch_sub(&zone->n_conns, 1, __ATOMIC_RELAXED);
	if (xvs_ct_flags(word) & XVS_CT_F_HALF)
		__atomic_fetch_sub(&zone->n_half, 1, __ATOMIC_RELAXED);
}

bool dp_ct_claim(struct dp *dp, __u32 slot, __u64 word, __u16 tag, __u64 *claimed)
{
	/* Should the daemon die now, somebody takes it in a second. */
	*claimed = xvs_ct_word((__u8)(xvs_ct_seq(word) + 1), 0, XVS_CT_S_CLAIMED, tag,
			       dp_ct_now(dp) + dp->config.hz);
	if (!__atomic_compare_exchange_n(dp_ct_word(dp, slot), &word, *claimed, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return false;
	dp_ct_uncount(dp, word, &dp->t.ct_entries[slot]);
	return true;
}

void dp_ct_publish(struct dp *dp, __u32 slot, __u64 word)
{
	__atomic_store_n(dp_ct_word(dp, slot), word, __ATOMIC_SEQ_CST);
}

/* Its time is over: a connection is DEAD, whatever the clocks say; of others the state
 * has to say what they were. */
static __u64 ended(const struct dp *dp, __u64 word)
{
	__u8 state = xvs_ct_word_state(word);
	__u32 past = dp_ct_now(dp) - 2 * dp->config.hz;

	if (state != XVS_CT_S_ALIAS && state != XVS_CT_S_EXPECT)
		state = XVS_CT_S_DEAD;
	return xvs_ct_word(xvs_ct_seq(word), xvs_ct_flags(word), state, xvs_ct_tag(word), past);
}

/* As long as it is the same one: packets may move its state meanwhile. */
static bool end_slot(struct dp *dp, __u32 slot, __u64 word)
{
	__u8 seq = xvs_ct_seq(word);

	do {
		if (xvs_ct_word_state(word) < XVS_CT_S_LIVING || xvs_ct_seq(word) != seq)
			return false;
	} while (!__atomic_compare_exchange_n(dp_ct_word(dp, slot), &word, ended(dp, word), false,
					      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}

static bool is_alias_of(const struct dp_ct_conn *alias, const struct dp_ct_conn *conn)
{
	return xvs_ct_word_state(alias->word) == XVS_CT_S_ALIAS && alias->entry.link == conn->slot;
}

static bool same_tuple(const struct xvs_ct_tuple *a, const struct xvs_ct_tuple *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static struct xvs_ct_tuple turned(const struct xvs_ct_tuple *t)
{
	struct xvs_ct_tuple back = *t;

	back.src = t->dst;
	back.dst = t->src;
	back.sport = t->dport;
	back.dport = t->sport;
	return back;
}

/* The connection of the alias in 'conn' takes its place there. */
static bool follow(const struct dp *dp, __u32 now, struct dp_ct_conn *conn)
{
	struct dp_ct_conn alias = *conn;

	return dp_ct_read(dp, now, alias.entry.link, conn) &&
	       xvs_ct_word_state(conn->word) > XVS_CT_S_EXPECT && conn->entry.link == alias.slot;
}

bool dp_ct_find(const struct dp *dp, const struct xvs_ct_tuple *tuple, struct dp_ct_conn *out,
		bool *answer)
{
	__u64 hash = xvs_ct_hash(tuple, dp->config.ct_seed);
	struct xvs_ct_tuple back = turned(tuple);
	__u32 now = dp_ct_now(dp);

	for (__u32 i = 0; i < DP_CT_PLACES; i++) {
		__u8 state;

		if (!dp_ct_read(dp, now, dp_ct_place(dp, hash, i), out))
			continue;
		state = xvs_ct_word_state(out->word);
		*answer = !same_tuple(&out->entry.tuple, tuple);
		if (state == XVS_CT_S_EXPECT)
			continue;
		if (state == XVS_CT_S_ALIAS && !*answer) {
			*answer = true;
			return follow(dp, now, out);
		}
		/* What answers to a translated one is its alias'. */
		if (state != XVS_CT_S_ALIAS && (!*answer || (out->entry.link == XVS_CT_NONE &&
							     same_tuple(&out->entry.tuple, &back))))
			return true;
	}
	return false;
}

bool dp_ct_end(struct dp *dp, const struct dp_ct_conn *conn)
{
	struct dp_ct_conn alias;

	if (!end_slot(dp, conn->slot, conn->word))
		return false;
	if (dp_ct_read(dp, dp_ct_now(dp), conn->entry.link, &alias) && is_alias_of(&alias, conn))
		end_slot(dp, alias.slot, alias.word);
	return true;
}

/* A slot is only claimed to be freed: nobody may write to its entry meanwhile, as the
 * counts are those of its zone. */
static bool free_slot(struct dp *dp, __u32 slot, __u64 word)
{
	__u64 claimed;

	if (!dp_ct_claim(dp, slot, word, 0, &claimed))
		return false;
	dp_ct_publish(dp, slot, xvs_ct_word(xvs_ct_seq(claimed), 0, XVS_CT_S_FREE, 0, 0));
	return true;
}

void dp_ct_reap(struct dp *dp, __u32 from, __u32 n, struct dp_ct_round *round)
{
	__u32 n_slots = dp_ct_n_slots(dp), now = dp_ct_now(dp);
	__u32 end = from < n_slots && n < n_slots - from ? from + n : n_slots;

	if (!round->n_used)
		round->next = UINT32_MAX;
	for (__u32 slot = from; slot < end; slot++) {
		__u64 word = __atomic_load_n(dp_ct_word(dp, slot), __ATOMIC_RELAXED);
		__u32 left;

		if (xvs_ct_word_state(word) == XVS_CT_S_FREE)
			continue;
		/* A second's grace: the daemon's idea of the programs' clock is some
		 * milliseconds off. */
		if (xvs_ct_is_over(word, now - dp->config.hz) && free_slot(dp, slot, word)) {
			round->n_freed++;
			continue;
		}
		left = xvs_ct_is_over(word, now) ? 0 : xvs_ct_expires(word) - now;
		round->n_used++;
		round->n_half += (xvs_ct_flags(word) & XVS_CT_F_HALF) != 0;
		round->next = left < round->next ? left : round->next;
	}
}

void dp_ct_stats(const struct dp *dp, struct dp_ct_stats *out)
{
	__u32 now = dp_ct_now(dp);

	*out = (struct dp_ct_stats){.n_slots = dp_ct_n_slots(dp)};
	for (__u32 slot = 0; slot < out->n_slots; slot++) {
		__u64 word = __atomic_load_n(dp_ct_word(dp, slot), __ATOMIC_RELAXED);
		__u8 state = xvs_ct_lives(word, now) ? xvs_ct_word_state(word) : XVS_CT_S_FREE;

		out->n_states[state]++;
		if (state > XVS_CT_S_EXPECT)
			out->n_protos[dp->t.ct_entries[slot].tuple.proto]++;
	}
}
