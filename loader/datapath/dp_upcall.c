// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upcalls: the check of a record's bounds, and the in-flight word of its
 * microflow (union xvs_inflight). Records come from dp_ring.c or dp_fake.c.
 */
#include "dp_upcall.h"

#include "clock.h"
#include "prefetch.h"

static void note_time(struct dp *dp, __u64 jiffies)
{
	__u64 ahead_ms;

	/* Later than the one that was noted for this tick: it says nothing new. */
	if (jiffies == dp->jiffies && dp->ahead_of_jiffies_ms)
		return;
	/* May be "negative": the sum with another jiffies is right all the same. */
	ahead_ms = clock_ms() - jiffies * 1000 / dp->config.hz;
	if (jiffies > dp->jiffies)
		dp->jiffies = jiffies;
	if (!dp->ahead_of_jiffies_ms || (__s64)(ahead_ms - dp->ahead_of_jiffies_ms) < 0)
		dp->ahead_of_jiffies_ms = ahead_ms;
}

bool dp_upcall_check(struct dp *dp, const struct xvs_upcall *upcall, size_t size)
{
	if (size < sizeof(*upcall) || upcall->len > size - sizeof(*upcall) ||
	    upcall->port_no >= XVS_MAX_PORTS)
		return false;
	note_time(dp, upcall->jiffies);
	return true;
}

static __u64 *inflight_word(const struct dp *dp, const struct xvs_upcall *upcall)
{
	return &dp->t.inflight[upcall->hash & (XVS_INFLIGHT_SLOTS - 1)].word;
}

void dp_upcall_prefetch(struct dp *dp, const struct xvs_upcall *upcall,
			const struct xvs_flow_key *mask)
{
	dp_flow_prefetch(dp, &upcall->key, mask);
	prefetch_to_write(inflight_word(dp, upcall));
}

void dp_upcall_done(struct dp *dp, const struct xvs_upcall *upcall)
{
	__u64 *word = inflight_word(dp, upcall);
	union xvs_inflight old, new;

	if (!(upcall->flags & XVS_UPCALL_F_COUNTED))
		return;
	old.word = __atomic_load_n(word, __ATOMIC_RELAXED);
	do {
		/* Another microflow has the word: this one's was stale. */
		if (old.tag != ((__u16)(upcall->hash >> 48) | 1) || old.done == old.sent)
			return;
		new = old;
		new.done++;
		if (new.done == new.sent)
			new.word = 0;
	} while (!__atomic_compare_exchange_n(word, &old.word, new.word, false, __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
}
