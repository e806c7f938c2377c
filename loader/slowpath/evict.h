/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which cached flows go when there are too many: the choice, without the flows.
 *
 * Problem. Near the limit some flows have to go, and those that go wrongly come
 * back at once, each by an upcall. Sorting all of them by last use costs more than
 * the sweep that reads them.
 *
 * Idea. The sweep enters each flow's age in a histogram; from the oldest bucket down
 * it tells from which age on flows have to go so that enough do. Each flow is
 * compared with that age afterwards, and looked at once more before it goes.
 *
 * A flow without a second packet is as old as one with more that was idle for
 * EVICT_ONCE times as long: a scan, or random addresses, make flows that nobody
 * ever comes back to, and those that somebody uses outlive them.
 *
 * Pure: no clock, no flows.
 */
#ifndef SLOWPATH_EVICT_H
#define SLOWPATH_EVICT_H

#include <stdbool.h>

#include "xvs/types.h"

#define EVICT_ONCE 8
/* Used within this: never taken for others' sake. Evicting such flows only trades
 * one miss for another. Well above the ticks that last uses are told in. */
#define EVICT_RECENT_MS 100

/* Eight buckets each time that the age doubles. */
#define EVICT_BUCKETS 128

struct evict_ages {
	__u32 n[EVICT_BUCKETS];
};

/* The age of a flow that was idle for so long and had so many packets. */
__u64 evict_age_ms(__u64 idle_ms, __u64 packets);
void evict_note(struct evict_ages *a, __u64 age_ms);
/* The age from which on at least 'n' of the flows are, at most a bucket more; 0 if
 * there are not so many. */
__u64 evict_threshold_ms(const struct evict_ages *a, __u32 n);

#endif /* SLOWPATH_EVICT_H */
