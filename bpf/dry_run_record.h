/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorders of dry runs that need no packet; leaf.bpf.c makes functions of
 * them. Indexes are masked or compared behind a barrier, as in maps.h.
 */
#ifndef BPF_DRY_RUN_RECORD_H
#define BPF_DRY_RUN_RECORD_H

#include "dry_run.h"
#include "maps.h"

/* A pass: what was looked up, and the flow that was found. */
static __always_inline void dry_run_lookup(const struct xvs_pkt *pkt, bool found)
{
	struct xvs_dry_run *run = &xvs_fixed.dry_run;
	struct xvs_dry_run_lookup *lookup;
	__u32 i = run->n_lookups++;
	int k;

	if (i >= XVS_DRY_RUN_LOOKUPS)
		return;
	compat_opaque(i);
	lookup = &run->lookup[i];
	lookup->slot = found ? pkt->slot : 0;
	lookup->n_probed = pkt->lookup == PKT_LOOKUP_MICROFLOW ? 0 : pkt->n_probed;
	for (k = 0; k < XVS_KEY_WORDS; k++)
		lookup->key.w[k] = pkt->key.w[k];
}

static __always_inline void dry_run_end(enum xvs_dry_run_end end)
{
	xvs_fixed.dry_run.end = end;
}

/* A controller's copy that is the last operation ends as a drop by action. */
static __always_inline void dry_run_drop(const struct xvs_pkt *pkt, enum xvs_drop_reason reason)
{
	if (pkt->copied && reason == XVS_DROP_ACTION) {
		dry_run_end(XVS_DRY_RUN_SENT);
		return;
	}
	dry_run_end(XVS_DRY_RUN_DROPPED);
	xvs_fixed.dry_run.reason = reason;
}

static __always_inline void dry_run_hand_up(const struct xvs_pkt *pkt, __u32 slot)
{
	dry_run_end(XVS_DRY_RUN_HANDED_UP);
	xvs_fixed.dry_run.slot = slot;
	xvs_fixed.dry_run.generation = pkt->generation;
}

/* Asks a meter; whether it would be exceeded. */
static __always_inline bool dry_run_meter(const struct xvs_pkt *pkt, __u32 slot)
{
	struct xvs_dry_run *run = &xvs_fixed.dry_run;
	const struct xvs_meter *meter = table_meter(slot);
	__u32 i = run->n_meters++;
	bool exceeded = false;

	if (meter && meter->flags & XVS_METER_F_USED) {
		__u64 ns = meter->flags & XVS_METER_F_FINE ? bpf_ktime_get_ns()
							   : bpf_ktime_get_coarse_ns();

		exceeded = !xvs_meter_conforms(meter, ns * XVS_METER_UNITS_PER_NS, pkt->tx_len);
	}
	if (i < XVS_DRY_RUN_METERS) {
		compat_opaque(i);
		run->meter[i].slot = slot;
		run->meter[i].exceeded = exceeded;
	}
	return exceeded;
}

#endif /* BPF_DRY_RUN_RECORD_H */
