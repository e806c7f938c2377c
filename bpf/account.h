/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting: lanes, the fate of a packet [I7], and the only place that drops.
 *
 * Who writes a lane: the programs on the lane's CPU (or a forwarding thread),
 * with plain adds; where CPUs share a lane, with atomic ones. A program that
 * interrupts another between load and store of the same counter may lose one
 * count of it; that takes a softirq over a test run in process context. The lane
 * of a marked packet (dry_run.h) is in no table, and nothing is counted.
 */
#ifndef BPF_ACCOUNT_H
#define BPF_ACCOUNT_H

#include "ctx.h"
#include "dry_run.h"
#include "pkt.h"
#include "xvs/drop_reason.h"
#include "xvs/stats.h"

/* What became of a packet that a port received; one of these for each. */
enum fate {
	FATE_FORWARDED,
	FATE_CONSUMED,
	FATE_UPCALL,
	FATE_DROPPED,
};

static __always_inline void stat_add(__u64 *counter, __u64 n)
{
	if (config()->shared_lanes)
		__sync_fetch_and_add(counter, n);
	else
		*counter += n;
}

#define account_counter(pkt, name, n)                                         \
	do {                                                                  \
		struct xvs_counters *counters_ = table_counters((pkt)->lane); \
		if (counters_)                                                \
			stat_add(&counters_->name, n);                        \
	} while (0)

/* The same of a marked packet; drop() tells of its drops. */
static __always_inline enum xvs_dry_run_end fate_end(enum fate fate)
{
	if (fate == FATE_FORWARDED)
		return XVS_DRY_RUN_SENT;
	return fate == FATE_CONSUMED ? XVS_DRY_RUN_HOST : XVS_DRY_RUN_MISS;
}

static __always_inline void account_fate(const struct xvs_pkt *pkt, enum fate fate)
{
	struct xvs_port_stats *stats = table_port_stats(pkt->lane * XVS_MAX_PORTS + pkt->port_no);

	if (!stats) {
		ctx_dry_run_end(fate_end(fate));
		return;
	}
	stat_add(&stats->rx_packets, 1);
	stat_add(&stats->rx_bytes, pkt->len);
	if (fate == FATE_FORWARDED)
		stat_add(&stats->forwarded, 1);
	else if (fate == FATE_CONSUMED)
		stat_add(&stats->consumed, 1);
	else if (fate == FATE_UPCALL)
		stat_add(&stats->upcalls, 1);
}

/* One copy is about to be handed to an output device. False: it has to be recorded
 * instead, for a dry run. */
static __always_inline bool account_tx(struct xvs_pkt *pkt, __u32 port_no)
{
	struct xvs_port_stats *stats = table_port_stats(pkt->lane * XVS_MAX_PORTS + port_no);

	pkt->n_out++;
	if (!stats)
		return false;
	stat_add(&stats->tx_packets, 1);
	stat_add(&stats->tx_bytes, pkt->tx_len);
	return true;
}

static __always_inline void account_ledger(const struct xvs_pkt *pkt, __u32 port_no,
					   enum xvs_drop_reason reason)
{
	__u64 *count = table_drop((pkt->lane * XVS_MAX_PORTS + port_no) * XVS_DROP_N +
				  (reason & (XVS_DROP_N - 1)));

	if (count)
		stat_add(count, 1);
}

static __always_inline void account_flow(const struct xvs_pkt *pkt)
{
	struct xvs_flow_stats *stats = table_flow_stats(pkt->lane * config()->n_slots + pkt->slot);

	if (!stats)
		return;
	stat_add(&stats->packets, 1);
	stat_add(&stats->bytes, pkt->len);
	stats->used_jiffies = ctx_jiffies();
	/* CPUs that share a lane may lose a flag to each other: another packet
	 * with it will come. */
	if (pkt->key.tcp_flags)
		stats->tcp_flags |= XVS_FROM_BE16(pkt->key.tcp_flags);
}

/* A lookup that found no megaflow, or one that did and is carried out here. */
static __always_inline void account_lookup(const struct xvs_pkt *pkt, bool found)
{
	struct xvs_counters *counters = table_counters(pkt->lane);

	if (!counters) {
		ctx_dry_run_lookup(pkt, found);
		return;
	}
	if (pkt->lookup == PKT_LOOKUP_MICROFLOW) {
		stat_add(&counters->microflow_hits, 1);
		return;
	}
	stat_add(&counters->microflow_misses, 1);
	stat_add(&counters->subtables_probed, pkt->n_probed);
	if (found)
		stat_add(&counters->megaflow_hits, 1);
	else
		stat_add(&counters->megaflow_misses, 1);
}

static __always_inline void account_hit(const struct xvs_pkt *pkt)
{
	account_lookup(pkt, true);
	account_flow(pkt);
}

/* The code of a packet of which somebody has got all that there is to get. */
static __always_inline int account_lives_on(const struct xvs_pkt *pkt)
{
	return pkt->to_stack == PKT_TO_STACK_OWED ? CTX_PASS : ctx_taken(pkt);
}

/* The packet itself ends here. What lives on: a device has got a copy before, the
 * host's stack has or gets it, or a controller has. 'reason' is for when nothing
 * does. */
static __always_inline int drop(struct xvs_pkt *pkt, enum xvs_drop_reason reason)
{
	if (dry_run_is(pkt)) {
		ctx_dry_run_drop(pkt, reason);
	} else if (pkt->n_out) {
		account_fate(pkt, FATE_FORWARDED);
		return account_lives_on(pkt);
	} else if (pkt->to_stack || pkt->copied) {
		account_fate(pkt, FATE_CONSUMED);
		return account_lives_on(pkt);
	} else {
		account_fate(pkt, FATE_DROPPED);
		account_ledger(pkt, pkt->port_no, reason);
	}
	return pkt->to_stack == PKT_TO_STACK_OWED ? CTX_PASS : CTX_DROP;
}

/* The end of every program: from a step's result to the hook's code. */
static __always_inline int step_finish(struct xvs_scratch *scratch, struct xvs_pkt *pkt, int result)
{
	int code = result < 0 ? drop(pkt, -result) : result - 1;

	XVS_WRITE_ONCE(scratch->level, scratch->level - 1);
	return code;
}

#endif /* BPF_ACCOUNT_H */
