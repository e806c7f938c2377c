/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Translation: flow key -> (action program, megaflow mask), the slow path's
 * brain.
 *
 * Problem. A rule's actions speak OpenFlow (NORMAL, set_field); the fast path
 * runs short programs of datapath operations and caches them under a mask. The
 * mask must hold every bit that the translation looked at [I5]: what the
 * classifier compared, what NORMAL learned and looked up, what a write needs
 * to know (protocol, for its checksum), and always in_port, recirc_id,
 * dl_type, and for IP nw_frag.
 *
 * A translation keeps the flow as rewritten so far; a field write becomes
 * operations only at the next output, composed with the writes before it, and
 * only for bits that differ in *every* packet of the megaflow's reach: a byte
 * that the action sets is always written, even if this packet has it already.
 *
 * Explanations (trace) are made here, by the same code that decides, never by a
 * second one: see xlate_trace.h.
 */
#ifndef FLOW_XLATE_H
#define FLOW_XLATE_H

#include "controller_point.h"
#include "ct_action_table.h"
#include "mask_step.h"
#include "policy_pair.h"
#include "recirc.h"
#include "sw.h"
#include "xlate_deps.h"
#include "xlate_refs.h"
#include "xvs/action.h"
#include "xvs/drop_reason.h"
#include "xvs/flow_entry.h"

/* Tables that a translation visits, resubmits included, and how often it may go
 * back to the same or an earlier one on the way; Open vSwitch's limits. Beyond
 * either the packet is dropped: `resubmit-limit`. */
#define XLATE_MAX_RESUBMITS 4096
#define XLATE_MAX_DEPTH 64
/* Copies inside of each other: clones, buckets, patch ports. Each takes stack. */
#define XLATE_MAX_COPIES 64

struct xlate_trace;

/* What translations share, whichever the switch. NULL members: programs that
 * would need them are refused (tests of other things). */
struct xlate_env {
	struct recirc_table *recircs;
	struct controller_points *points;
	struct ct_action_table *ct_actions;
	struct policy_pairs *policy_pairs;
};

struct xlate_in {
	const struct xlate_env *env; /* NULL: as with NULL members */
	struct sw *sw; /* const but for learning and counters */
	const struct flow_key *key; /* a packet's: flow_of_packet() */
	__u64 now_ms;
	bool may_learn; /* a packet was seen; false for revalidation and trace */
	bool answer_seen; /* an answer of DNS was looked at, and goes on now */
	bool exact; /* megaflows are off: mask everything */
	enum mask_level mask_level;
	struct xlate_trace *trace; /* NULL: no explanation */
};

struct xlate_out {
	struct flow_key mask; /* of the packet's words only */
	enum xvs_verdict verdict; /* DROP, OUTPUT, PROGRAM or CT */
	enum xvs_drop_reason reason; /* verdict DROP */
	__u16 out_port; /* verdict OUTPUT */
	size_t n_ops; /* the whole program; also for OUTPUT and CT (1 op) */
	struct xvs_op ops[XVS_MAX_PROGRAM_OPS];
	struct rule *rule; /* the first that matched; of 'refs'; NULL: none */
	struct xlate_deps deps;
	bool learned; /* an address or a rule is new or moved: judge cached flows */
	bool unlearned; /* !may_learn, and a packet would have made it so */
	/* All that was used. Zero at first; the next translation begins it anew, and
	 * xlate_out_fini ends it. */
	struct xlate_refs refs;
};

void xlate_out_fini(struct xlate_out *out);

/* 0; -ENOMEM: something is not noted in out->refs. Actions that do not fit a program
 * are a verdict: DROP, reason PROGRAM_LIMIT. */
int xlate(const struct xlate_in *in, struct xlate_out *out);

#endif /* FLOW_XLATE_H */
