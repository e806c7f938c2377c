/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections, as the daemon sees them: what ct() operations do, zones, timeouts, and the
 * table (xvs/conntrack.h) read, ended and cleaned up.
 *
 * Programs and forwarding threads change the table all the while, and do not need the
 * daemon for it. So what is read here is a copy of a moment, and what is changed is
 * changed by compare-and-swap: a connection that became another one meanwhile stays.
 *
 * Thread rule: functions of a const datapath, and dp_ct_end(), are for any thread; the
 * others for the datapath thread.
 *
 * Counts of a zone [CT5]: whoever takes a slot away from its owner takes it off them.
 * The state of a slot that is over says what it was: a connection (DEAD is one, too), an
 * expectation, or an alias, which is not counted. Its flags say whether it was half open.
 */
#ifndef DATAPATH_DATAPATH_CT_H
#define DATAPATH_DATAPATH_CT_H

#include "datapath.h"

/* What the CT operations and verdicts of slot 'slot' (1 .. XVS_MAX_CT_ACTIONS - 1) do.
 * No program leads to it yet, or any more [I2]. */
void dp_ct_action_set(struct dp *dp, __u32 slot, const struct xvs_ct_action *action);
/* A slot was set since the datapath was opened: there may be connections. */
bool dp_ct_is_used(const struct dp *dp);

/* --- zones and timeouts --- */

struct dp_ct_zone_config {
	__u32 max_conns; /* 0: what the table holds */
	__u32 max_half; /* 0: a quarter of the table's slots */
	__u8 timeouts; /* policy: 0 .. XVS_CT_TIMEOUT_POLICIES - 1 */
	__u8 flags; /* XVS_CT_Z_* */
};

/* From the next packet on. -EINVAL: no such policy. */
int dp_ct_zone_set(struct dp *dp, __u16 zone, const struct dp_ct_zone_config *config);
/* With its counts of this moment. */
void dp_ct_zone(const struct dp *dp, __u16 zone, struct xvs_ct_zone *out);

/* By enum xvs_ct_timeout. */
struct dp_ct_timeouts {
	__u32 seconds[XVS_CT_T_N];
};

void dp_ct_timeouts_default(struct dp_ct_timeouts *out);
/* From the next packet of each connection on. Policy 0 is what zones have at first; all
 * begin as the default. -EINVAL: no such policy, or not 1 .. XVS_CT_TIMEOUT_MAX_S. */
int dp_ct_timeouts_set(struct dp *dp, __u32 policy, const struct dp_ct_timeouts *t);
void dp_ct_timeouts(const struct dp *dp, __u32 policy, struct dp_ct_timeouts *out);

/* --- the table --- */

/* The programs' clock, low 32 bits: what xvs_ct_is_over() wants. */
__u32 dp_ct_now(const struct dp *dp);
__u32 dp_ct_n_slots(const struct dp *dp);

/* What a slot had when it was read [CT1]. */
struct dp_ct_conn {
	__u32 slot; /* of all buckets: bucket * XVS_CT_WAYS + its place there */
	__u64 word;
	struct xvs_ct_entry entry;
};

/* The first slot from '*at' on, below 'end', that has a connection, an alias or an
 * expectation whose time is not over at 'now'; '*at' is behind it then. false: none. */
bool dp_ct_next(const struct dp *dp, __u32 now, __u32 end, __u32 *at, struct dp_ct_conn *out);
/* The one of a slot, XVS_CT_NONE included; false: it has none. */
bool dp_ct_read(const struct dp *dp, __u32 now, __u32 slot, struct dp_ct_conn *out);
/* The connection that a packet with this tuple belongs to, by an alias if need be;
 * '*answer': it goes against the first packet's direction. false: there is none. */
bool dp_ct_find(const struct dp *dp, const struct xvs_ct_tuple *tuple, struct dp_ct_conn *out,
		bool *answer);
/* It ends now, and its alias with it. false: it is not there any more. */
bool dp_ct_end(struct dp *dp, const struct dp_ct_conn *conn);

/* What a round through the table has seen; zero before its first slice. */
struct dp_ct_round {
	__u32 n_used; /* slots that are not free */
	__u32 n_half; /* of those: half open [CT3] */
	__u32 n_freed;
	__u32 next; /* jiffies from 'now' until the first of them is over */
};

/* Frees those of the slots [from, from + n) whose time is over for a second. Nothing
 * depends on it: an insert takes them as well. */
void dp_ct_reap(struct dp *dp, __u32 from, __u32 n, struct dp_ct_round *round);

/* A connection that an ALG announces: its 'tuple' has source port 0, which stands for
 * any. 'master': the slot of the one that announced it. 0, with the slot; -EEXIST: it is
 * announced already; -ENOSPC: both buckets are full. */
int dp_ct_expect(struct dp *dp, const struct xvs_ct_tuple *tuple, __u32 master, __u32 *slot);

struct dp_ct_stats {
	__u32 n_slots;
	__u32 n_states[XVS_CT_S_N]; /* those whose time is over are FREE */
	__u32 n_protos[256]; /* of connections, by protocol number */
};
void dp_ct_stats(const struct dp *dp, struct dp_ct_stats *out);

#endif /* DATAPATH_DATAPATH_CT_H */
