/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Dry runs: a packet through the loaded programs that changes nothing.
 *
 * Problem. `trace` says what the daemon would do with a packet. What the programs
 * do with it, over the tables as they are at this moment, only they can tell; but
 * a packet let loose in them would be sent, counted, and taken up to the daemon.
 *
 * Idea. The daemon runs the entry program on a frame of its own (BPF_PROG_RUN)
 * with a mark that no packet of a device can have: 64 random bits, which are in
 * xvs_control while that one run lasts. XDP finds the mark in the frame's
 * metadata, TC in skb->cb. A marked packet has no lane, so that whatever it would
 * count has no place to be counted in; and each verb that would be felt elsewhere
 * (an output, the copy for the host's stack, an upcall, a meter, a hint, the
 * in-flight word) writes here what it would have done instead. The mark is looked
 * for where the port's entry has XVS_PORT_F_DRY_RUN, which is tested together with
 * other rare flags: a packet of a device pays next to nothing, and no more than one
 * comparison when its port is being asked about.
 *
 * One at a time: the daemon's datapath thread starts a run and reads the result
 * when it has ended.
 *
 * Invariants
 * [DRY1] struct xvs_dry_run is written for marked packets only, and for them
 *        nothing else but the CPU's scratch.
 * [DRY2] A marked packet takes the same way, by the same program, as the packet
 *        of a device would, but that it waits for nobody: packets of its microflow
 *        that are on their way up, tokens of its port.
 */
#ifndef XVS_DRY_RUN_H
#define XVS_DRY_RUN_H

#include "xvs/flow_key.h"
#include "xvs/limits.h"
#include "xvs/types.h"

#define XVS_DRY_RUN_MAGIC 0x78767364 /* "xvsd" */
#define XVS_DRY_RUN_OUTPUTS 64 /* recorded; all are counted */
#define XVS_DRY_RUN_METERS 16
#define XVS_DRY_RUN_LOOKUPS (XVS_MAX_PASSES + 1)
/* Longer than any composed frame with all tags and labels that actions push. */
#define XVS_DRY_RUN_FRAME 256

/* XDP: in front of the frame, as metadata. */
struct xvs_dry_run_mark {
	__u32 magic;
	__u32 pad;
	__u64 cookie;
};

/* TC: words of skb->cb. The XDP program's hand-over is here too, as a test run
 * gives an skb no metadata. */
enum xvs_dry_run_cb {
	XVS_DRY_RUN_CB_LOW, /* of the cookie */
	XVS_DRY_RUN_CB_HIGH,
	XVS_DRY_RUN_CB_SLOT, /* 0: no hint */
	XVS_DRY_RUN_CB_GENERATION,
};

/* What became of the packet. */
enum xvs_dry_run_end {
	XVS_DRY_RUN_UNSPEC, /* the programs did not take it for a port's */
	XVS_DRY_RUN_SENT, /* the last output, or the host's stack, is its end */
	XVS_DRY_RUN_DROPPED, /* for 'reason'; outputs before that are made */
	XVS_DRY_RUN_MISS, /* would go up: no megaflow */
	XVS_DRY_RUN_HOST, /* the host's stack takes it, before any lookup */
	XVS_DRY_RUN_HANDED_UP, /* XDP: to the TC stage, with slot and generation */
};

/* One for each pass. */
struct xvs_dry_run_lookup {
	struct xvs_flow_key key; /* as parsed */
	__u32 slot; /* of the flow that was hit; 0: none */
	__u16 n_probed; /* subtables; 0 with a slot: by a hint */
	__u16 pad;
};

enum xvs_dry_run_kind {
	XVS_DRY_RUN_DEVICE, /* out of 'port_no' */
	XVS_DRY_RUN_STACK, /* a copy for the host's stack, of the packet as it came */
	XVS_DRY_RUN_CONTROLLER, /* a copy that goes up; 'arg' as in the operation */
};

struct xvs_dry_run_output {
	__u8 kind; /* enum xvs_dry_run_kind */
	__u8 pad;
	__u16 port_no;
	__u32 arg;
	__u32 len; /* of the frame, without a tag beside it; 'frame' has what fits */
	__be16 vlan_tpid; /* of the tag beside the frame; 0: there is none */
	__u16 vlan_tci; /* host order, as in the skb */
	__u8 frame[XVS_DRY_RUN_FRAME];
};

struct xvs_dry_run_meter {
	__u32 slot;
	__u32 exceeded; /* 0 or 1, by the state as it is, which stays */
};

struct xvs_dry_run {
	__u32 end; /* enum xvs_dry_run_end */
	__u32 reason; /* enum xvs_drop_reason */
	__u32 slot; /* HANDED_UP: what the lookup found; 0: nothing */
	__u32 generation;
	__u32 n_lookups;
	__u32 n_meters; /* recorded and not */
	__u32 n_outputs; /* recorded and not */
	__u32 pad;
	struct xvs_dry_run_lookup lookup[XVS_DRY_RUN_LOOKUPS];
	struct xvs_dry_run_meter meter[XVS_DRY_RUN_METERS];
	struct xvs_dry_run_output output[XVS_DRY_RUN_OUTPUTS];
};

#endif /* XVS_DRY_RUN_H */
