/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs know when they are loaded (rodata, folded by the
 * verifier), and the control words that change while they run (xvs/fixed.h).
 */
#ifndef XVS_CONFIG_H
#define XVS_CONFIG_H

#include "xvs/flow_key.h"
#include "xvs/limits.h"

/* const volatile in BPF; set by dp_bpf.c before load. */
struct xvs_config {
	__u32 n_slots; /* flows, spare ones included; size of one statistics lane */
	__u32 n_buckets; /* primary buckets, a power of two */
	__u32 n_overflow; /* overflow buckets, behind the primary ones */
	__u32 n_lanes; /* CPU lanes, forward lanes, and the daemon's, which is the last */
	__u32 cpu_lanes; /* min(possible CPUs, XVS_MAX_CPU_LANES) */
	__u32 shared_lanes; /* more CPUs than lanes: count with atomic adds */
	__u32 hz; /* jiffies a second */
	__u32 forward_lanes; /* of forwarding threads; the first is lane 'cpu_lanes' */
	__u32 n_ct_buckets; /* of connections, XVS_CT_WAYS each; any number */
	__u32 pad;
	__u64 seed[24]; /* hash seeds; 0..XVS_KEY_WORDS-1 by position */
	__u64 ct_seed[4]; /* of xvs_ct_hash(): not of what else is hashed by a packet */
};

/* xvs_control.flags */
#define XVS_CONTROL_MICROFLOW 0x01 /* use microflow hints */

/* xvs_fixed.control: stored by the daemon, read by every packet. */
struct xvs_control {
	__u32 version; /* [I8]; a packet reads it once */
	__u32 flags; /* XVS_CONTROL_* */
	__u32 probe_order; /* 0 or 1: which half of xvs_probe is in force */
	__u32 inflight_allowance; /* packets of a microflow in the ring (xvs_inflight) */
	__u64 dry_run_cookie; /* of the dry run that is under way; 0: none (xvs/dry_run.h) */
	__u32 pad[10];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_control) == 64, "one cache line");

/* Token bucket of a port, two words changed by compare-and-swap, and beside them
 * its limits, which the daemon stores: who takes a token has the line anyway. */
struct xvs_admission {
	__u64 pkts; /* jiffies (low 32 bits) << 32 | tokens in 1/1024 packet... */
	__u64 bytes; /* ... and in bytes */
	__u32 pkts_per_s; /* 0: no limit */
	__u32 burst_pkts; /* 0: what comes in a second */
	__u32 kbytes_per_s; /* KiB; 0: no limit */
	__u32 burst_kbytes;
	__u64 pad[4]; /* a line of its own: ports do not share one */
};
XVS_STATIC_ASSERT(sizeof(struct xvs_admission) == 64, "one cache line");

/* XDP -> TC hand-over, in the frame's metadata. Constant for a flow, as GRO
 * does not merge frames whose metadata differ. Only a hint [I4]. */
#define XVS_HANDOVER_MAGIC 0x78767331 /* "xvs1" */
struct xvs_handover {
	__u32 magic;
	__u32 slot; /* 0: no hint, look up */
	__u32 generation;
	__u32 pass;
};

#endif /* XVS_CONFIG_H */
