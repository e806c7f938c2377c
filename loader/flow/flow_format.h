/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flow text: printing. What is printed parses to the same again.
 */
#ifndef FLOW_FLOW_FORMAT_H
#define FLOW_FLOW_FORMAT_H

#include "ct_action_table.h"
#include "flow_parse.h"
#include "rule.h"
#include "strbuf.h"
#include "xvs/action.h"

/* "tcp,in_port=vm0,nw_dst=10.0.0.0/24,tp_dst=80"; the empty match prints
 * nothing. Wildcarded fields are absent. 'names' may be NULL: numbers. */
void match_format(struct strbuf *out, const struct match *match, const struct port_names *names);
/* Ports and ICMP types go by one name for all protocols, as in ovs-ofctl. */
const char *field_printed_name(const struct field *f);
/* "output:vm1", "drop", "NORMAL"... as flow show prints them. */
void ofacts_format(struct strbuf *out, const struct ofacts *list, const struct port_names *names);
/* "priority=10,tcp,... actions=..." in a form that flow_parse accepts. */
void rule_format(struct strbuf *out, const struct rule *rule, const struct port_names *names);

/* What the numbers in a program stand for; NULL members: numbers. */
struct program_names {
	const struct port_names *ports;
	const struct ct_action_table *ct_actions;
};

/* A compiled program, in words: "set(nw_ttl=...)" is not reconstructed from
 * bytes; the operations are named: "push_vlan(tpid=0x8100,tci=10),output:vm1". */
void program_format(struct strbuf *out, const struct xvs_op *ops, size_t n,
		    const struct program_names *names);

#endif /* FLOW_FLOW_FORMAT_H */
