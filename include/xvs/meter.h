/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Meters: rates that packets may not exceed, judged where the packet is.
 *
 * Problem. CPUs that send through one meter must share its state without a lock,
 * and a bucket of tokens has two words (tokens, time).
 *
 * Idea. The generic cell rate algorithm in its virtual scheduling form (ITU-T
 * I.371): one 64-bit word, the time at which the meter would be idle again if
 * nothing more came. A packet adds its cost in time to it, by compare-and-swap;
 * it conforms when the sum is no further than the burst ahead of now, or when the
 * meter is idle: a large segment may cost more than the burst, and would never
 * pass otherwise. Time is CLOCK_MONOTONIC in 1/16 ns: 64 bits last for 36 years,
 * and a byte at 100 Gbit/s costs 1.28 units (costs have 16 more bits of fraction).
 *
 * The clock is the coarse one (CLOCK_MONOTONIC_COARSE, the time of the last tick:
 * 2.5 ns to read) for meters whose burst is much longer than a tick, and the fine
 * one (24 ns) otherwise. The coarse one is behind by up to a tick, so that a packet
 * never looks later than it is; a meter may change between them at any time.
 *
 * Invariants
 * [MET1] Over any time t at most rate * t passes, and the larger of the burst and
 *        one packet, whatever the number of CPUs. A compare-and-swap that fails
 *        again and again refuses the packet: a meter errs towards less.
 * [MET2] The configuration words are written by xvsd only (dp_meter.c); a change
 *        of them may judge one packet by half of it.
 */
#ifndef XVS_METER_H
#define XVS_METER_H

#include "xvs/limits.h"
#include "xvs/types.h"

#define XVS_METER_F_USED 0x01
#define XVS_METER_F_BYTES 0x02 /* the rate is of bytes (kbit/s), else of packets */
#define XVS_METER_F_FINE 0x04 /* by the finer clock */

#define XVS_METER_UNITS_PER_NS 16
#define XVS_METER_COST_SHIFT 16
#define XVS_METER_TRIES 16

struct xvs_meter {
	__u64 arrival; /* the state: virtual time of idleness; by compare-and-swap */
	__u64 cost; /* of a packet, or of a byte: units << XVS_METER_COST_SHIFT */
	__u64 burst; /* in units */
	__u32 flags; /* XVS_METER_F_* */
	__u32 pad[9];
} XVS_ALIGN(64);
XVS_STATIC_ASSERT(sizeof(struct xvs_meter) == 64, "one cache line");

/* One lane's counters of one meter; xvs_fixed.meter_stats is lane-major. */
struct xvs_meter_stats {
	__u64 packets; /* that came */
	__u64 bytes;
	__u64 dropped_packets;
	__u64 dropped_bytes;
};

/* How long a packet of 'len' bytes keeps the meter busy, in units. */
static inline __attribute__((always_inline)) __u64 xvs_meter_cost(const struct xvs_meter *m,
								  __u32 len)
{
	__u64 cost = m->cost;

	if (m->flags & XVS_METER_F_BYTES)
		cost *= len;
	return cost >> XVS_METER_COST_SHIFT;
}

/* The rule: a meter that is idle lets any packet pass. */
static inline __attribute__((always_inline)) bool xvs_meter_refuses(__u64 arrival, __u64 now,
								    __u64 cost, __u64 burst)
{
	return arrival > now && arrival + cost > now + burst;
}

/* Takes a packet of 'len' bytes at 'now' (in units); false: exceeded. */
static inline __attribute__((always_inline)) bool xvs_meter_take(struct xvs_meter *m, __u64 now,
								 __u32 len)
{
	__u64 cost = xvs_meter_cost(m, len), burst = m->burst;
	int i;

	for (i = 0; i < XVS_METER_TRIES; i++) {
		__u64 old = XVS_READ_ONCE(m->arrival);
		__u64 begin = old > now ? old : now;

		if (xvs_meter_refuses(old, now, cost, burst))
			return false;
		if (__sync_val_compare_and_swap(&m->arrival, old, begin + cost) == old)
			return true;
	}
	return false;
}

/* The same without taking it. */
static inline __attribute__((always_inline)) bool xvs_meter_conforms(const struct xvs_meter *m,
								     __u64 now, __u32 len)
{
	return !xvs_meter_refuses(XVS_READ_ONCE(m->arrival), now, xvs_meter_cost(m, len), m->burst);
}

#endif /* XVS_METER_H */
