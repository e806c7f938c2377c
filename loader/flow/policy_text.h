/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Policy text: one command a line, as behind `xvsctl policy`, without the switch.
 *
 *   section add|set NAME [stateful=yes|no] [tcp-strict=yes|no] [on-remove=end|finish] [PLACE]
 *   section del NAME                                with its rules
 *   rule add SECTION action=allow|drop|reject [id=N] [name=NAME] [from=WHO] [to=WHO]
 *        [service=WHAT] [direction=in|out|in-out] [applied-to=WHO] [log=yes|no]
 *        [enabled=yes|no] [PLACE]
 *   rule set ID|NAME ... [section=SECTION]          what is not given stays
 *   rule del ID|NAME
 *   group add|set NAME [ports=A,B] [tags=T] [addresses=PREFIX,...] [macs=MAC]
 *        [groups=G] [fqdns=NAME|*.NAME]             set: KEY=, KEY+= or KEY-=
 *   group del NAME
 *   service add|set NAME terms=TERM,...             set: terms=, terms+= or terms-=
 *   service del NAME
 *   exclude add|del PORT,...
 *   default set [action=...] [log=yes|no]
 *
 *   PLACE   before=X, after=X or position=N (from 1); else the end
 *   WHO     any, or GROUP, PREFIX, MAC, port:NAME, tag:TAG, fqdn:NAME, separated by commas;
 *           applied-to: GROUP, port:NAME, tag:TAG
 *   WHAT    any, or SERVICE and TERM, separated by commas
 *   TERM    tcp, udp, sctp; tcp:PORTS, tcp:FROM>TO; icmp, icmp6, icmp:TYPE[/CODE];
 *           proto:N. PORTS is N or N-M.
 *
 * What is printed parses to the same policy again. Text is hostile: any input gives a
 * policy or an error with the place, never more. Fuzzed by tests/fuzz/fuzz_policy.c.
 */
#ifndef FLOW_POLICY_TEXT_H
#define FLOW_POLICY_TEXT_H

#include "flow_parse.h"
#include "policy.h"
#include "strbuf.h"

/* What a command has done, for an answer. */
struct policy_applied {
	__u32 rule_id; /* of 'rule add' and 'rule set'; else 0 */
};

/*
 * One command, to a draft. Blank lines and comments (#) do nothing. 'applied' may be
 * NULL. With 'err' set: -EINVAL (syntax, value), -ENOENT (nothing of that name),
 * -EEXIST, -EBUSY (still in use), -ENOSPC. -ENOMEM.
 */
int policy_apply(struct policy *draft, const char *line, struct policy_applied *applied,
		 struct parse_error *err);

/* All lines that make this policy; long groups are several lines. Without ports. */
void policy_format(struct strbuf *out, const struct policy *p);
/* "rule add web id=7 ...", without the place and the end of the line. */
void policy_format_rule(struct strbuf *out, const struct policy *p, const struct policy_rule *r);
void policy_format_section(struct strbuf *out, const struct policy_section *s);

/* Parts of a rule, each as text. */
enum policy_part {
	POLICY_FROM,
	POLICY_TO,
	POLICY_APPLIED_TO,
	POLICY_SERVICES,
};
/* Calls 'fn' for each item as the text has it: "10.0.0.0/8", "port:vm1", "web",
 * "tcp:80"; not at all for any. */
typedef void (*policy_item_fn)(void *aux, const char *item);
void policy_rule_items(const struct policy *p, const struct policy_rule *r, enum policy_part part,
		       policy_item_fn fn, void *aux);
/* Groups and services in order of their names; NULL ends. */
const char *policy_group_name(const struct policy *p, size_t i);
/* 'key' is "ports", "tags", "addresses", "macs", "groups" or "fqdns". */
void policy_group_items(const struct policy *p, const char *name, const char *key,
			policy_item_fn fn, void *aux);
const char *policy_service_name(const struct policy *p, size_t i, bool *builtin);
void policy_service_items(const struct policy *p, const char *name, policy_item_fn fn, void *aux);
/* Port names of the exclusion list. */
void policy_excluded(const struct policy *p, policy_item_fn fn, void *aux);

const char *policy_action_name(enum policy_action action); /* "allow" */
const char *policy_direction_name(enum policy_direction direction); /* "in-out" */

#endif /* FLOW_POLICY_TEXT_H */
