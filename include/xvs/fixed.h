/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables whose size is known when the programs are compiled: one global
 * variable of the BPF object, mapped into the daemon.
 *
 * Problem. An array map is indexed inline, yet each access still writes its
 * index to the stack, reads it back, compares and multiplies: a dozen
 * instructions, and eight such accesses for a packet that hits.
 *
 * Idea. A global variable has an address that the verifier writes into the
 * program: an index is masked and added, nothing else. What is sized at load
 * time (flows, buckets, flow statistics) cannot be one and stays an array map.
 *
 * Writers are as for maps: xvsd writes all but the counters, which have lanes;
 * the programs reach the rest by const accessors only (bpf/maps.h) [I1].
 */
#ifndef XVS_FIXED_H
#define XVS_FIXED_H

#include "xvs/config.h"
#include "xvs/conntrack.h"
#include "xvs/dry_run.h"
#include "xvs/flow_entry.h"
#include "xvs/meter.h"
#include "xvs/port.h"
#include "xvs/stats.h"

/* Every lane there can be: the CPUs', the forwarding threads' and the daemon's. */
#define XVS_MAX_LANES (XVS_MAX_CPU_LANES + XVS_MAX_FORWARD_LANES + 1)

struct xvs_fixed {
	struct xvs_control control;
	struct xvs_ifindex_entry ifindex[XVS_IFINDEX_SLOTS];
	struct xvs_port_entry ports[XVS_MAX_PORTS];
	struct xvs_counters counters[XVS_MAX_LANES];
	struct xvs_port_stats port_stats[XVS_MAX_LANES * XVS_MAX_PORTS] XVS_ALIGN(64);
	struct xvs_meter meters[XVS_MAX_METERS]; /* by meter slot; 0 is none */
	struct xvs_meter_stats meter_stats[XVS_MAX_LANES * XVS_MAX_METERS];
	struct xvs_ct_timeouts ct_timeouts[XVS_CT_TIMEOUT_POLICIES]; /* 0: the default */
	struct xvs_dry_run dry_run; /* written by programs for marked packets [DRY1] */
};

#endif /* XVS_FIXED_H */
