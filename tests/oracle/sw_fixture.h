/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A switch from text, for unit tests and golden files:
 *
 *   port vm0 1 [tag=N] [trunks=A,B] [down] [blocked] [no-flood] [local] [guard=ADDRESSES]
 *        [addresses=ADDRESSES] [policy-tag=TAG]
 *   rule FLOW
 *   group GROUP
 *   meter ID SLOT
 *   policy COMMAND
 *   fdb MAC VLAN PORT [static]
 */
#ifndef TESTS_SW_FIXTURE_H
#define TESTS_SW_FIXTURE_H

#include "flow_format.h"
#include "rules.h"
#include "xlate.h"
#include "xlate_trace.h"

struct sw_fixture {
	struct sw *sw;
	struct port_names names;
	struct program_names program_names;
	struct xlate_env env;
	struct controller_points points;
	struct policy_pairs policy_pairs;
};

/* In place: 'names' points back. A malformed line fails the test. */
void sw_fixture_init(struct sw_fixture *f);
void sw_fixture_fini(struct sw_fixture *f);
void sw_fixture_line(struct sw_fixture *f, const char *line);
void sw_fixture_lines(struct sw_fixture *f, const char *lines); /* separated by newlines */

/* flow_table_replace_* in one piece: 0 or -errno. */
int sw_fixture_replace(struct flow_table *t, struct rule **rules, size_t n);
/* The key of "in_port=vm0,tcp,..." */
void sw_fixture_packet(const struct sw_fixture *f, const char *text, struct flow_key *key);
struct rule *sw_fixture_rule(const struct sw_fixture *f, const char *text);

/* The translation's result as text, malloc'ed: "megaflow: ...\nactions: ...". */
char *sw_fixture_result(const struct sw_fixture *f, const struct flow_key *key,
			const struct xlate_out *out);

#endif /* TESTS_SW_FIXTURE_H */
