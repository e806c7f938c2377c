/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The METER operation: takes the packet as it is from the meter, counts it in
 * this lane, and drops what exceeds the rate (xvs/meter.h).
 */
#ifndef BPF_EXECUTE_METER_H
#define BPF_EXECUTE_METER_H

#include "account.h"
#include "compat.h"
#include "xvs/meter.h"

static __always_inline int execute_meter(const struct xvs_pkt *pkt, __u32 slot)
{
	struct xvs_meter *meter = table_meter(slot);
	__u32 index = pkt->lane * XVS_MAX_METERS + (slot & (XVS_MAX_METERS - 1));
	struct xvs_meter_stats *stats;
	__u64 now;

	compat_opaque(index); /* or its parts would be compared, each by itself */
	stats = table_meter_stats(index);
	if (!stats)
		return ctx_dry_run_meter(pkt, slot) ? -XVS_DROP_METER : 0;
	if (!meter)
		return -XVS_DROP_NO_SCRATCH;
	if (!(meter->flags & XVS_METER_F_USED))
		return 0;
	stat_add(&stats->packets, 1);
	stat_add(&stats->bytes, pkt->tx_len);
	now = meter->flags & XVS_METER_F_FINE ? ctx_ns() : ctx_coarse_ns();
	if (xvs_meter_take(meter, now * XVS_METER_UNITS_PER_NS, pkt->tx_len))
		return 0;
	stat_add(&stats->dropped_packets, 1);
	stat_add(&stats->dropped_bytes, pkt->tx_len);
	return -XVS_DROP_METER;
}

#endif /* BPF_EXECUTE_METER_H */
