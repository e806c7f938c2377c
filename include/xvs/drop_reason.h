/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet was dropped: one list for the enum, the names, the counters
 * and the manual. Every reason has a test (selftests/prog_tests/drops.c or a
 * netns script) and a line in docs/man/xvsctl.8.
 *
 * X(symbol, name, explanation)
 */
#ifndef XVS_DROP_REASON_H
#define XVS_DROP_REASON_H

#define XVS_DROP_REASONS(X)                                                                      \
	X(NO_MATCH, "no-match", "no rule matched the packet")                                    \
	X(ACTION, "action-drop", "a rule's actions drop the packet")                             \
	X(TTL_EXPIRED, "ttl-expired", "dec_ttl found a TTL or hop limit of 1 or 0")              \
	X(RECIRC_LIMIT, "recirc-limit", "more passes than one packet may make")                  \
	X(PARSE_TRUNCATED, "parse-truncated", "a header is cut short or its length is wrong")    \
	X(EXT_HEADER_LIMIT, "ext-header-limit",                                                  \
	  "more IPv6 extension headers than the parser walks")                                   \
	X(PORT_BLOCKED, "port-blocked", "the port is blocked or down")                           \
	X(PORT_UNKNOWN, "port-unknown", "the device is not a port, or a rule sends to none")     \
	X(VLAN_MISMATCH, "vlan-mismatch", "the port does not carry the packet's VLAN")           \
	X(RESERVED_MAC, "reserved-mac", "NORMAL does not forward link-local control frames")     \
	X(SAME_PORT, "same-port", "the only output is the port that the packet came from")       \
	X(EGRESS_FAILED, "egress-failed",                                                        \
	  "the output device did not take the packet (its own transmit drops included)")         \
	X(UPCALL_ADMISSION, "upcall-admission",                                                  \
	  "misses beyond the port's or the flow's allowance")                                    \
	X(UPCALL_RING_FULL, "upcall-ring-full", "the upcall ring had no room")                   \
	X(UPCALL_TOO_BIG, "upcall-too-big", "a packet larger than the largest upcall record")    \
	X(UPCALL_FAILED, "upcall-failed", "the daemon could not translate or replay the packet") \
	X(METER, "meter", "a meter's rate was exceeded")                                         \
	X(CT_INVALID, "ct-invalid", "connection tracking found the packet invalid")              \
	X(POLICY, "policy", "the firewall policy denies the packet")                             \
	X(NESTED, "nested", "the programs were entered again beyond XVS_MAX_NESTING")            \
	X(TAIL_MISSING, "tail-missing", "a tail program is not loaded")                          \
	X(NO_SCRATCH, "no-scratch", "the per-CPU scratch was not found (cannot happen)")         \
	X(BAD_PROGRAM, "bad-program", "an action program is malformed (cannot happen)")          \
	X(REWRITE_FAILED, "rewrite-failed", "the kernel refused to change the packet")           \
	X(PROGRAM_LIMIT, "program-limit", "what the rules do does not fit an action program")    \
	X(RESUBMIT_LIMIT, "resubmit-limit", "the rules lead from table to table without end")    \
	X(HAND_UP_FAILED, "hand-up-failed",                                                      \
	  "the kernel did not take a guest's frame (its offload header is wrong)")               \
	X(UPCALL_QUEUE_FULL, "upcall-queue-full",                                                \
	  "misses beyond what waits in the daemon for one port")                                 \
	X(CT_FULL, "ct-full", "no room for one more connection, in its zone or in the table")    \
	X(NAT_EXHAUSTED, "nat-exhausted", "every address and port of the range is in use")       \
	X(SPOOF_GUARD, "spoof-guard", "a sender's address that its port may not have")

enum xvs_drop_reason {
	XVS_DROP_UNSPEC,
#define XVS_DROP_ENUM(sym, name, text) XVS_DROP_##sym,
	XVS_DROP_REASONS(XVS_DROP_ENUM)
#undef XVS_DROP_ENUM
		XVS_DROP_LAST,
};

/* Width of the ledger: a power of two, so that an index is a shift. */
#define XVS_DROP_N 32
_Static_assert(XVS_DROP_LAST <= XVS_DROP_N, "widen the drop ledger");

#endif /* XVS_DROP_REASON_H */
