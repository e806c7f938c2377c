/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pieces of the path that are tail calls, each in both tail maps under the
 * same number (XDP and TC programs cannot share a map). A tail finds the
 * packet's state in the per-CPU scratch. One that is not loaded is the drop
 * `tail-missing`; in a later pass, where the kernel's bound of 33 in a row may
 * have been reached, `recirc-limit`.
 */
#ifndef BPF_TAIL_H
#define BPF_TAIL_H

#include "ctx.h"

/* X(symbol, name) */
#define TAILS(X)                                                                          \
	X(MEGAFLOW, megaflow) /* probe the next subtables */                              \
	X(HIT, hit) /* carry out the verdict of pkt->slot */                              \
	X(EXECUTE, execute) /* run the action block pkt->block */                         \
	X(UPCALL, upcall) /* hand the packet to the daemon */                             \
	X(RECIRC, recirc) /* parse and look up again: the next pass */                    \
	X(CT, ct) /* the connection that the packet belongs to */                         \
	X(CT_PARSE, ct_parse) /* the same behind operations: parse again first */         \
	X(CT_NAT, ct_nat) /* an address and a port for a new connection, then CT again */ \
	X(CT_REWRITE, ct_rewrite) /* translate the frame, then CT again */

enum tail {
#define TAIL_ENUM(sym, name) TAIL_##sym,
	TAILS(TAIL_ENUM)
#undef TAIL_ENUM
		TAIL_N,
};

#endif /* BPF_TAIL_H */
