// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Meters: slots, their configuration in the units of xvs/meter.h, sums of their
 * counters, and the packets that the daemon itself takes from them.
 */
#include "dp_private.h"

#include <errno.h>
#include <string.h>

#include "clock.h"

#define UNITS_PER_S (XVS_METER_UNITS_PER_NS * 1000000000ULL)
#define BYTES_PER_KBIT 125
#define PACKET_BYTES 1500 /* the least burst of a meter of bytes */
#define DEFAULT_BURST_UNITS (UNITS_PER_S / 50) /* 20 ms */
/* The coarse clock is a tick behind at most: little beside a burst of that many. */
#define COARSE_TICKS 4
/* 9 years; sums with the time stay in 64 bits. */
#define MAX_BURST_UNITS (1ULL << 62)
/* A cost is above 0, and a rate of bytes in 64 bits, up to here. */
#define MAX_RATE (1ULL << 42)

static struct xvs_meter_stats *stats_lane(const struct dp *dp, __u32 lane, __u32 slot)
{
	return &dp->t.meter_stats[lane * XVS_MAX_METERS + slot];
}

int dp_meter_alloc(struct dp *dp, __u32 *slot)
{
	if (!dp->meters.n_free)
		return -ENOSPC;
	*slot = dp_pool_get(&dp->meters);
	/* Idle, whatever its last packets have left. */
	XVS_WRITE_ONCE(dp->t.meters[*slot].arrival, 0);
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		memset(stats_lane(dp, lane, *slot), 0, sizeof(struct xvs_meter_stats));
	return 0;
}

/* How long 'amount' of what the rate counts takes at that rate, in units. */
static __u64 units_of(__u64 amount, __u64 each, __u64 per_s)
{
	double units = (double)amount * (double)each * (double)UNITS_PER_S / (double)per_s;

	return units < (double)MAX_BURST_UNITS ? (__u64)units : MAX_BURST_UNITS;
}

static __u64 burst_units(const struct dp_meter_config *c, __u64 per_s)
{
	__u64 least = units_of(1, c->bytes ? PACKET_BYTES : 1, per_s);

	if (c->burst)
		return units_of(c->burst, c->bytes ? BYTES_PER_KBIT : 1, per_s);
	return least > DEFAULT_BURST_UNITS ? least : DEFAULT_BURST_UNITS;
}

static __u64 now_units(const struct xvs_meter *m)
{
	__u64 now = m->flags & XVS_METER_F_FINE ? clock_ns() : clock_coarse_ns();

	return now * XVS_METER_UNITS_PER_NS;
}

/* What a longer burst than the new one has used up would shut the meter for as
 * long as that was: it begins with its burst used up, and no more than that. */
static void forget_debt(struct xvs_meter *m, __u64 burst)
{
	__u64 limit = now_units(m) + burst, old = XVS_READ_ONCE(m->arrival), seen;

	while (old > limit) {
		seen = __sync_val_compare_and_swap(&m->arrival, old, limit);
		if (seen == old)
			break;
		old = seen;
	}
}

void dp_meter_set(struct dp *dp, __u32 slot, const struct dp_meter_config *config)
{
	__u64 rate = config->rate < MAX_RATE ? config->rate : MAX_RATE;
	__u64 per_s = (rate ? rate : 1) * (config->bytes ? BYTES_PER_KBIT : 1);
	__u64 burst = burst_units(config, per_s);
	struct xvs_meter *m = &dp->t.meters[slot];
	__u32 flags = XVS_METER_F_USED;

	if (config->bytes)
		flags |= XVS_METER_F_BYTES;
	if (burst < COARSE_TICKS * (UNITS_PER_S / dp->config.hz))
		flags |= XVS_METER_F_FINE;
	XVS_WRITE_ONCE(m->burst, burst);
	XVS_WRITE_ONCE(m->cost, (UNITS_PER_S << XVS_METER_COST_SHIFT) / per_s);
	XVS_WRITE_ONCE(m->flags, flags);
	forget_debt(m, burst);
}

void dp_meter_free(struct dp *dp, __u32 slot)
{
	XVS_WRITE_ONCE(dp->t.meters[slot].flags, 0);
	dp_pool_retire(&dp->meters, slot);
}

void dp_meter_stats(const struct dp *dp, __u32 slot, struct xvs_meter_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++) {
		const struct xvs_meter_stats *s = stats_lane(dp, lane, slot);

		sum->packets += XVS_READ_ONCE(s->packets);
		sum->bytes += XVS_READ_ONCE(s->bytes);
		sum->dropped_packets += XVS_READ_ONCE(s->dropped_packets);
		sum->dropped_bytes += XVS_READ_ONCE(s->dropped_bytes);
	}
}

bool dp_meter_take(struct dp *dp, __u32 slot, __u32 len)
{
	struct xvs_meter_stats *s = stats_lane(dp, dp->config.n_lanes - 1, slot);
	struct xvs_meter *m = &dp->t.meters[slot];

	if (!(m->flags & XVS_METER_F_USED))
		return true;
	s->packets++;
	s->bytes += len;
	if (xvs_meter_take(m, now_units(m), len))
		return true;
	s->dropped_packets++;
	s->dropped_bytes += len;
	return false;
}
