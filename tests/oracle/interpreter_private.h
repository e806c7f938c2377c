/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet's way through the interpreter: interpreter.c has tables and actions,
 * interpreter_output.c what becomes of outputs.
 */
#ifndef TESTS_INTERPRETER_PRIVATE_H
#define TESTS_INTERPRETER_PRIVATE_H

#include "interpreter.h"

#define RUN_STACK_MAX 32

struct run {
	struct interpreter *in;
	struct interpreter_result *result;
	const struct sw *sw;
	struct plain_packet p;
	union field_value stack[RUN_STACK_MAX];
	unsigned int n_stack;
	__u32 *mirrors; /* of 'sw' that the packet has met, in whichever copy */
	__u8 table_id;
	__u64 cookie;
	bool exit; /* the rest of this switch's lists */
	/* A meter has ended this copy. Nobody knew that when its actions were chosen:
	 * they go on, and are seen by nobody. */
	bool metered;
};

/* interpreter.c */
void run_read_bits(const struct run *r, const struct subfield *sub, union field_value *bits);
void run_table(struct run *r, __u8 table_id, __u16 in_port);

/* interpreter_ct.c */
void run_ct(struct run *r, const struct ofact_ct *ct);
void run_ct_clear(struct run *r);

/* interpreter_output.c */
/* As rules number them; NULL: no such port. */
const struct sw_port *run_port(const struct run *r, __u16 number);
/* The packet comes into the switch. */
void run_enter(struct run *r, __u16 port_no);
/* NULL: there is no more room, or nobody sees it. */
struct interpreter_output *run_emit(struct run *r, __u16 port_no, const struct plain_packet *p);
/* To a port that may be down, missing (NULL), or a patch port. */
void run_send(struct run *r, const struct sw_port *p, const struct plain_packet *packet);
/* The same, but not back to the input. */
void run_output(struct run *r, __u16 number);
void run_output_all(struct run *r, bool flood);
void run_normal(struct run *r);

#endif /* TESTS_INTERPRETER_PRIVATE_H */
