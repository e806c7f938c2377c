/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The datapath's tables as the steps in user space want them (bpf/ctx_user.h). What is
 * the thread's own (hints, scratch, lane, clock) is left for it to fill in, as are
 * admission and the filter of packets in flight, which not everybody uses.
 */
#ifndef FORWARD_USER_TABLES_H
#define FORWARD_USER_TABLES_H

#include "datapath.h"
#include "user.h"

static inline struct xvs_user_tables user_tables_of(const struct dp *dp)
{
	const struct dp_shared *s = dp_shared(dp);

	return (struct xvs_user_tables){
		.config = s->config,
		.control = s->control,
		.subtables = s->subtables,
		.probe = s->probe,
		.buckets = s->buckets,
		.flows = s->flows,
		.actions = s->blocks,
		.n_blocks = s->n_blocks,
		.ports = s->ports,
		.flow_stats = s->flow_stats,
		.port_stats = s->port_stats,
		.drops = s->drops,
		.counters = s->counters,
		.meters = s->meters,
		.meter_stats = s->meter_stats,
		.ct_buckets = s->ct_buckets,
		.ct_entries = s->ct_entries,
		.ct_zones = s->ct_zones,
		.ct_frags = s->ct_frags,
		.ct_actions = s->ct_actions,
		.ct_timeouts = s->ct_timeouts,
	};
}

#endif /* FORWARD_USER_TABLES_H */
