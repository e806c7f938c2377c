/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Translation's plain twin for whole pipelines: takes one packet through tables,
 * groups, meters and patch ports, action by action. Rules are searched one by one,
 * a copy is a copy of everything.
 */
#ifndef TESTS_INTERPRETER_H
#define TESTS_INTERPRETER_H

#include "plain_packet.h"
#include "rule.h"
#include "sw.h"

#define INTERPRETER_OUTPUTS 512
#define INTERPRETER_RULES 64
#define INTERPRETER_SWITCHES 2
/* The port_no of a copy for whoever monitors. */
#define INTERPRETER_CONTROLLER 0xffff
/* The port_no of a ct() that enters a connection; it has what is asked for as cookie. */
#define INTERPRETER_CT 0xfffe

struct interpreter_rule {
	const struct sw *sw;
	struct rule *rule;
	size_t n_runs; /* so far */
};

struct interpreter {
	struct sw *sw[INTERPRETER_SWITCHES]; /* the first has the devices' in_port */
	struct interpreter_rule rule[INTERPRETER_RULES];
	size_t n_rules;
	__u32 closed; /* a bit per slot of a meter: nothing passes it */
};

struct interpreter_output {
	__u16 port_no;
	__u64 cookie; /* of the rule that sent it to the controller, of ct(); else 0 */
	struct frame_buf frame;
};

struct interpreter_result {
	struct interpreter_output output[INTERPRETER_OUTPUTS];
	size_t n;
	bool cut; /* a TTL or meter has ended a pass: rules may be counted otherwise */
	bool unknown; /* see plain_packet.h, or more outputs than fit */
};

void interpreter_run(struct interpreter *in, const struct plain_packet *packet,
		     struct interpreter_result *result);
/* By port, then by bytes: the order between ports is not part of the contract. */
void interpreter_sort(struct interpreter_result *result);

#endif /* TESTS_INTERPRETER_H */
