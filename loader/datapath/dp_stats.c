// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Statistics: sums over the lanes that the programs write, and the daemon's own
 * lane, the last one (xvs/stats.h). A sum may be a few packets old.
 */
#include "dp_private.h"

#include <string.h>

XVS_STATIC_ASSERT(XVS_MAX_CPU_LANES + XVS_MAX_FORWARD_LANES + 1 <= 32, "lanes_used");

static __u32 my_lane(const struct dp *dp)
{
	return dp->config.n_lanes - 1;
}

static struct xvs_flow_stats *flow_lane(const struct dp *dp, __u32 lane, __u32 slot)
{
	return &dp->t.flow_stats[(size_t)lane * dp->config.n_slots + slot];
}

static void add_flow(struct xvs_flow_stats *sum, const struct xvs_flow_stats *s)
{
	__u64 used = XVS_READ_ONCE(s->used_jiffies);

	sum->packets += XVS_READ_ONCE(s->packets);
	sum->bytes += XVS_READ_ONCE(s->bytes);
	sum->tcp_flags |= XVS_READ_ONCE(s->tcp_flags);
	if (used > sum->used_jiffies)
		sum->used_jiffies = used;
}

void dp_flow_stats(const struct dp *dp, __u32 slot, struct xvs_flow_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		add_flow(sum, flow_lane(dp, lane, slot));
}

/* Has a packet of any flow ever been counted in the lane? Who counts one there
 * counts a hit of the lane as well (bpf/account.h). */
static bool lane_is_used(struct dp *dp, __u32 lane)
{
	const struct xvs_counters *c = &dp->t.counters[lane];

	if (!(dp->lanes_used >> lane & 1) &&
	    (lane == my_lane(dp) || XVS_READ_ONCE(c->microflow_hits) ||
	     XVS_READ_ONCE(c->megaflow_hits)))
		dp->lanes_used |= 1U << lane;
	return dp->lanes_used >> lane & 1;
}

void dp_flow_stats_block(struct dp *dp, __u32 first, __u32 n, struct xvs_flow_stats sum[])
{
	const struct xvs_flow_stats *lanes[32];
	__u32 n_used = 0;

	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		if (lane_is_used(dp, lane))
			lanes[n_used++] = flow_lane(dp, lane, first);
	for (__u32 i = 0; i < n; i++) {
		struct xvs_flow_stats one = {0};

		for (__u32 k = 0; k < n_used; k++)
			add_flow(&one, &lanes[k][i]);
		sum[i] = one;
	}
}

__u64 dp_flow_used_ms(const struct dp *dp, const struct xvs_flow_stats *sum, __u64 now_ms)
{
	__u64 used_ms = sum->used_jiffies * 1000 / dp->config.hz + dp->ahead_of_jiffies_ms;

	return dp->ahead_of_jiffies_ms && used_ms < now_ms ? used_ms : now_ms;
}

__u64 dp_jiffies(const struct dp *dp, __u64 now_ms)
{
	return (now_ms - XVS_READ_ONCE(dp->ahead_of_jiffies_ms)) * dp->config.hz / 1000;
}

void dp_flow_count(struct dp *dp, __u32 slot, __u64 packets, __u64 bytes, __u16 tcp_flags)
{
	struct xvs_flow_stats *s = flow_lane(dp, my_lane(dp), slot);

	s->packets += packets;
	s->bytes += bytes;
	s->tcp_flags |= tcp_flags;
	s->used_jiffies = dp->jiffies;
}

void dp_stats_clear_slot(struct dp *dp, __u32 slot)
{
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		memset(flow_lane(dp, lane, slot), 0, sizeof(struct xvs_flow_stats));
}

/* Adds up 'n_words' counters of structs that hold nothing else. */
static void add_words(__u64 *sum, const void *from, size_t n_words)
{
	const __u64 *words = from;

	for (size_t i = 0; i < n_words; i++)
		sum[i] += XVS_READ_ONCE(words[i]);
}

void dp_counters(const struct dp *dp, struct xvs_counters *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		add_words((__u64 *)sum, &dp->t.counters[lane], sizeof(*sum) / sizeof(__u64));
}

void dp_port_stats(const struct dp *dp, __u16 port_no, struct xvs_port_stats *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		add_words((__u64 *)sum, &dp->t.port_stats[lane * XVS_MAX_PORTS + port_no],
			  sizeof(*sum) / sizeof(__u64));
}

static __u64 *drop_lane(const struct dp *dp, __u32 lane, __u16 port_no, __u32 reason)
{
	return &dp->t.drops[((size_t)lane * XVS_MAX_PORTS + port_no) * XVS_DROP_N + reason];
}

__u64 dp_drops(const struct dp *dp, __u16 port_no, enum xvs_drop_reason reason)
{
	__u64 sum = 0;

	for (__u32 lane = 0; lane < dp->config.n_lanes; lane++)
		sum += XVS_READ_ONCE(*drop_lane(dp, lane, port_no, reason));
	return sum;
}

void dp_count_drop(struct dp *dp, __u16 port_no, enum xvs_drop_reason reason, __u64 n)
{
	*drop_lane(dp, my_lane(dp), port_no, reason) += n;
}

struct xvs_counters *dp_my_counters(struct dp *dp)
{
	return &dp->t.counters[my_lane(dp)];
}

struct xvs_port_stats *dp_my_port_stats(struct dp *dp, __u16 port_no)
{
	return &dp->t.port_stats[my_lane(dp) * XVS_MAX_PORTS + port_no];
}
