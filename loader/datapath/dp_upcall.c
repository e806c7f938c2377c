// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upcalls: the check of a record's bounds, and the in-flight word of its
 * microflow (union xvs_inflight). Records come from dp_ring.c or dp_fake.c.
 */
#include "dp_upcall.h"

bool dp_upcall_check(struct dp *dp, const struct xvs_upcall *upcall, size_t size)
{
	if (size < sizeof(*upcall) || upcall->len > size - sizeof(*upcall) ||
	    upcall->port_no >= XVS_MAX_PORTS)
		return false;
	if (upcall->jiffies > dp->jiffies)
		dp->jiffies = upcall->jiffies;
	return true;
}

void dp_upcall_done(struct dp *dp, const struct xvs_upcall *upcall)
{
	__u64 *word = &dp->t.inflight[upcall->hash & (XVS_INFLIGHT_SLOTS - 1)].word;
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
