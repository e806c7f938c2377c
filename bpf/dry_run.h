/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dry runs (xvs/dry_run.h): how the steps know a marked packet, and what they
 * record instead of doing it.
 *
 * A marked packet has a lane that no table has. Counters need no more than that;
 * the branches that look at it are those of verbs that others would feel. The
 * recorders are global functions: no packet of a device calls them.
 */
#ifndef BPF_DRY_RUN_H
#define BPF_DRY_RUN_H

#include "compat.h"
#include "pkt.h"
#include "xvs/drop_reason.h"
#include "xvs/fixed.h"

#define DRY_RUN_LANE XVS_MAX_LANES

static inline __attribute__((always_inline)) bool dry_run_is(const struct xvs_pkt *pkt)
{
	return pkt->lane == DRY_RUN_LANE;
}

#endif /* BPF_DRY_RUN_H */
