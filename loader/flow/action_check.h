/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Validity of actions: what a rule does must be possible with every packet that
 * it matches. The parser asks for each action by itself, in order, as it knows
 * what the user called it and where; ofacts_check() of flow_parse.h is for lists
 * that were made otherwise.
 *
 * Actions change what those behind them find: behind push_mpls:0x8847 a packet
 * is MPLS, behind pop_mpls:0x0800 it is IPv4 of no known protocol. The scope
 * keeps account of that.
 */
#ifndef FLOW_ACTION_CHECK_H
#define FLOW_ACTION_CHECK_H

#include "flow.h"
#include "ofact.h"

/* Actions of one rule, nested ones included. A program has at most
 * XVS_MAX_PROGRAM_OPS operations, and a list that needs more than this does not
 * fit it. */
#define OFACTS_MAX 512
/* Lists inside of lists; parsing, printing and translation recurse. */
#define OFACTS_MAX_DEPTH 8

struct ofact_scope {
	/* The packets, as the actions so far leave them. */
	struct match match;
	bool has_match; /* false: of a bucket; prerequisites are not looked at */
	int table_id; /* of the rule; -1: not known */
	unsigned int depth; /* of nesting */
	bool in_ct; /* of exec(): mark and label of the connection are written, nothing else */
	size_t n; /* actions of the list so far; */
	enum ofact_type last; /* the last of them */
	size_t n_all; /* nested ones and those of lists around included */
};

struct ofact_fault {
	char why[160]; /* to be read behind the action's name: "needs 'ip' in the match" */
};

/* 'match' NULL: a bucket's actions. */
void ofact_scope_init(struct ofact_scope *scope, const struct match *match, int table_id);
/* For the actions inside of the one that comes next. */
void ofact_scope_nest(struct ofact_scope *nested, const struct ofact_scope *scope);

/* False with 'fault' set if the action cannot be done there; else 'scope' is that
 * of the next one. What is nested in it is not looked at. */
bool ofact_check(const struct ofact *a, struct ofact_scope *scope, struct ofact_fault *fault);

/* What is wrong with the EtherType of push_vlan, push_mpls or pop_mpls, to be read
 * behind the action's name; NULL: nothing. */
const char *ofact_ethertype_fault(const struct ofact *a);

/* One clause of learn() for packets of 'scope'; 'made' is what the clauses so far
 * say of the packets that the new rule will match, and gets what this one says. */
bool learn_clause_check(const struct learn_clause *c, const struct ofact_scope *scope,
			struct match *made, struct ofact_fault *fault);

#endif /* FLOW_ACTION_CHECK_H */
