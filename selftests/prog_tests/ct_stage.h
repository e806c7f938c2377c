/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tests of connection tracking share: ct() actions, packets of a client and
 * a server in both directions, and what the table has of their connection.
 *
 * The client is vm1, the server vm2; both send into port 1. Each test takes a client's
 * port of its own, so that connections of one are not another's.
 */
#ifndef PROG_TESTS_CT_STAGE_H
#define PROG_TESTS_CT_STAGE_H

#include "harness.h"
#include "ops.h"
#include "rows.h"
#include "xvs/conntrack.h"

#define CT_SLOT 1 /* of xvs_ct_actions; tests set it as they need it */
#define CT_SLOT_2 2
#define CT_ZONE 7
#define CT_RECIRC 9

#define OP_CT(slot_)                              \
	{                                         \
		.kind = XVS_OP_CT, .arg = (slot_) \
	}
#define OP_CT_LAST(slot_)                                                 \
	{                                                                 \
		.kind = XVS_OP_CT, .flags = XVS_OP_F_LAST, .arg = (slot_) \
	}

/* A packet of a connection. */
struct ct_packet {
	bool ipv6;
	__u8 proto; /* 0: TCP */
	__u8 dir; /* 1: the server's */
	__u16 client; /* its port, or id; 0: that of the test */
	/* TCP */
	__u16 flags, window;
	__u32 seq, ack;
	__u32 payload;
	__u8 scale; /* + 1: has the option */
	__u8 doff; /* 0: right */
	/* ICMP */
	__u8 type;
};

/* A client's port that no test has had. */
__u16 ct_new_client(struct harness *t);

/* One ct() in slot CT_SLOT, and a flow of port 1 that has it as its verdict. */
void ct_track(struct harness *t, const struct xvs_ct_action *action);
/* The pass behind it: a verdict for packets with this ct_state, of the bits 'mask'. */
__u32 ct_behind(struct harness *t, __u8 state, __u8 mask, enum xvs_verdict verdict, __u16 out_port);

void ct_send(struct harness *t, enum xvs_hook hook, const struct ct_packet *p);
/* The same, at TC, to a pass that misses: the key that went up. */
struct xvs_flow_key ct_ask(struct harness *t, const struct ct_packet *p);

void ct_tuple(const struct ct_packet *p, __u16 zone, struct xvs_ct_tuple *out);
__u64 ct_hash(struct harness *t, const struct ct_packet *p, __u16 zone);
/* The first slot of its first bucket. */
__u64 *ct_first_word(struct harness *t, const struct ct_packet *p, __u16 zone);
/* The living slot that has the client's connection; NULL: none. */
__u64 *ct_word(struct harness *t, const struct ct_packet *p, __u16 zone);
struct xvs_ct_entry *ct_entry(struct harness *t, const __u64 *word);
struct xvs_ct_zone *ct_zone(struct harness *t, __u16 zone);
/* How many living slots are the tuple's: more than 1 is an error. */
int ct_count(struct harness *t, const struct ct_packet *p, __u16 zone);
__u32 ct_now(struct harness *t);
/* Ends whatever lives, and forgets what was counted. */
void ct_forget(struct harness *t);

/* Of the suite "ct": ct_alg.c. */
void ct_test_alg(struct harness *t);

const char *ct_state_name(int state);
/* "new", "est", "est|rpl", "inv" ... without trk; static. */
const char *ct_bits_name(__u8 bits);

void ct_check_bits(struct harness *t, const struct xvs_flow_key *key, __u8 want);

void ct_test_bounds(struct harness *t); /* ct_bounds.c */

#endif /* PROG_TESTS_CT_STAGE_H */
