/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flow text in the syntax of ovs-ofctl: parsing.
 *
 * Text is hostile: any input gives a result or an error with the place, never
 * more. Fuzzed by tests/fuzz/fuzz_flow_parse.c.
 */
#ifndef FLOW_FLOW_PARSE_H
#define FLOW_FLOW_PARSE_H

#include "flow.h"
#include "ofact.h"

struct rule;

/* How ports are called; both ways. */
struct port_names {
	int (*number)(void *aux, const char *name, __u16 *port_no); /* 0, -ENOENT */
	const char *(*name)(void *aux, __u16 port_no); /* NULL: unknown */
	void *aux;
};

struct parse_error {
	char message[200]; /* "unknown field or action 'ipp'" */
	size_t column; /* 0-based offset of the wrong word in the text */
	size_t len; /* of the wrong word, at least 1 */
};

#define FLOW_PRIORITY_DEFAULT 32768

enum flow_parse_kind {
	FLOW_PARSE_ADD, /* match, actions needed */
	FLOW_PARSE_MOD, /* the same */
	FLOW_PARSE_DEL, /* match only; cookie/mask, out_port allowed */
	FLOW_PARSE_DEL_STRICT, /* the same, and a priority */
	FLOW_PARSE_SHOW, /* as DEL: which rules to list */
	FLOW_PARSE_PACKET, /* a packet for trace: match fields, no masks, no actions */
};

struct flow_spec {
	struct match match;
	__u16 priority; /* FLOW_PRIORITY_DEFAULT */
	int table_id; /* -1 when not given; ADD: 0 */
	__u64 cookie;
	__u64 cookie_mask; /* DEL, MOD: bits of cookie that count */
	bool has_new_cookie; /* MOD: rules get another cookie: 'new_cookie' */
	__u64 new_cookie;
	__u16 idle_timeout_s, hard_timeout_s; /* 0: none */
	int out_port; /* -1: not given */
	__s64 out_group; /* -1: not given; DEL: rules that use this group */
	bool has_priority;
	bool check_overlap;
	struct ofacts actions;
};

/* 0 or -EINVAL with 'err' set (or -ENOMEM). flow_spec_fini after success. */
int flow_parse(const char *text, enum flow_parse_kind kind, const struct port_names *names,
	       struct flow_spec *spec, struct parse_error *err);
void flow_spec_fini(struct flow_spec *spec);
/* The rule that is described, which takes over the actions, unless it fails. NULL:
 * out of memory. */
struct rule *flow_spec_rule(struct flow_spec *spec, __u64 now_ms);

/* Whose actions they are. */
struct ofacts_owner {
	const struct match *match; /* of the rule; NULL: a bucket's, which know no match */
	int table_id; /* of the rule: goto_table leads to higher ones; -1: not known */
};

/* action_parse.c: what stands behind "actions=". 'base' is the column of 'text'
 * within the whole, for errors. 0 or -EINVAL, -ENOMEM; ofacts_fini after success. */
struct ofacts_text {
	const char *text;
	size_t base;
	const struct port_names *names;
	struct ofacts_owner owner;
};
int ofacts_parse_text(const struct ofacts_text *in, struct ofacts *out, struct parse_error *err);
/* The same for an owner of no known table. */
int ofacts_parse(const char *text, size_t base, const struct match *match,
		 const struct port_names *names, struct ofacts *out, struct parse_error *err);

/* action_check.c: validity of a list; 'which' gets the index of the wrong one. */
int ofacts_check(const struct ofacts *list, const struct ofacts_owner *owner, size_t *which,
		 struct parse_error *err);

/* What the parser knows of an action, for the manual. False: there is no i-th. */
struct action_doc {
	const char *syntax; /* "move:SRC->DST" */
	const char *summary;
};
bool action_doc(size_t i, struct action_doc *doc);

#endif /* FLOW_FLOW_PARSE_H */
