/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The in-flight filter: how many packets of one microflow are in the ring.
 *
 * Problem. Until a miss is answered every packet of its flow misses, and
 * packets that hit meanwhile would overtake those in the ring.
 *
 * Idea. One word for each microflow (union xvs_inflight), found by the packet's
 * hash and changed by compare-and-swap. Misses beyond the allowance
 * (xvs_control) are refused; hits follow through the ring up to the same number, then
 * overtake. Two microflows that share a word are not filtered while the other
 * has it: safe, as the port's token bucket still bounds them. The daemon
 * counts up 'done' for records whose tag the word has.
 */
#ifndef BPF_INFLIGHT_H
#define BPF_INFLIGHT_H

#include "ctx.h"
#include "pkt.h"

#define INFLIGHT_TRIES 3
#define INFLIGHT_STAMP_SHIFT 6 /* jiffies / 64, as the word's stamp counts */

enum inflight {
	INFLIGHT_NONE, /* a hit: no packet of its microflow is in the ring */
	INFLIGHT_COUNTED, /* may go up, and is counted in the word */
	INFLIGHT_FOREIGN, /* may go up; the word is another microflow's */
	INFLIGHT_FULL, /* the allowance is used up */
};

static __always_inline __u64 *inflight_word(const struct xvs_pkt *pkt)
{
	return table_inflight(pkt->hash % XVS_INFLIGHT_SLOTS);
}

static __always_inline __u16 inflight_tag(const struct xvs_pkt *pkt)
{
	return (__u16)(pkt->hash >> 48) | 1;
}

static __always_inline bool inflight_alive(const union xvs_inflight *now, __u16 stamp)
{
	__u16 stale = (config()->hz * XVS_INFLIGHT_STALE_MS / 1000 >> INFLIGHT_STAMP_SHIFT) + 1;

	return now->sent != now->done && (__u16)(stamp - now->stamp) <= stale;
}

/* Asks for a place for the packet, which has missed or (not 'missed') hit. */
static __always_inline enum inflight inflight_enter(struct xvs_pkt *pkt, bool missed)
{
	const struct xvs_control *control = table_control();
	__u16 stamp = ctx_jiffies() >> INFLIGHT_STAMP_SHIFT;
	__u64 *word = inflight_word(pkt);
	__u16 tag = inflight_tag(pkt);
	int i;

	pkt->counted = 0;
	if (!word || !control)
		return missed ? INFLIGHT_FOREIGN : INFLIGHT_NONE;
	for (i = 0; i < INFLIGHT_TRIES; i++) {
		union xvs_inflight old, new;

		old.word = XVS_READ_ONCE(*word);
		if (!inflight_alive(&old, stamp)) {
			if (!missed)
				return INFLIGHT_NONE;
			new.word = 0;
			new.tag = tag;
			new.stamp = stamp;
		} else if (old.tag != tag) {
			return missed ? INFLIGHT_FOREIGN : INFLIGHT_NONE;
		} else if (old.sent >= control->inflight_allowance) {
			return INFLIGHT_FULL;
		} else {
			new.word = old.word;
		}
		new.sent++;
		if (__sync_val_compare_and_swap(word, old.word, new.word) == old.word) {
			pkt->counted = 1;
			return INFLIGHT_COUNTED;
		}
	}
	return INFLIGHT_FULL;
}

/* The packet did not go up after all. */
static __always_inline void inflight_leave(struct xvs_pkt *pkt)
{
	__u64 *word = inflight_word(pkt);
	int i;

	if (!word || !pkt->counted)
		return;
	for (i = 0; i < INFLIGHT_TRIES; i++) {
		union xvs_inflight old, new;

		old.word = XVS_READ_ONCE(*word);
		if (old.tag != inflight_tag(pkt) || old.sent == old.done)
			break;
		new.word = old.word;
		new.sent--;
		if (new.sent == new.done)
			new.word = 0;
		if (__sync_val_compare_and_swap(word, old.word, new.word) == old.word)
			break;
	}
	pkt->counted = 0;
}

#endif /* BPF_INFLIGHT_H */
