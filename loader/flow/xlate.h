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

#include "mask_step.h"
#include "sw.h"
#include "xvs/action.h"
#include "xvs/drop_reason.h"
#include "xvs/flow_entry.h"

struct xlate_trace;

struct xlate_in {
	struct sw *sw; /* const but for learning */
	const struct xvs_flow_key *key;
	__u64 now_ms;
	bool may_learn; /* a packet was seen; false for revalidation and trace */
	bool exact; /* megaflows are off: mask everything */
	enum mask_level mask_level;
	struct xlate_trace *trace; /* NULL: no explanation */
};

/* A learning-table entry that the flow keeps fresh while it has traffic. */
struct xlate_learn {
	bool used;
	__u8 mac[6];
	__u16 vlan;
	__u16 port_no;
};

struct xlate_out {
	struct xvs_flow_key mask;
	enum xvs_verdict verdict; /* DROP, OUTPUT or PROGRAM */
	enum xvs_drop_reason reason; /* verdict DROP */
	__u16 out_port; /* verdict OUTPUT */
	size_t n_ops; /* the whole program; also for OUTPUT (1 op) */
	struct xvs_op ops[XVS_MAX_PROGRAM_OPS];
	struct rule *rule; /* that decided; borrowed; NULL: none matched */
	struct xlate_learn learn;
	bool fdb_changed; /* learning added or moved an entry */
};

/* 0; -E2BIG: the program does not fit (verdict DROP, reason BAD_PROGRAM). */
int xlate(const struct xlate_in *in, struct xlate_out *out);

#endif /* FLOW_XLATE_H */
