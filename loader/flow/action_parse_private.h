/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parts of the parser of actions: action_parse.c reads lists and ports,
 * action_parse_set.c what reads and writes fields, action_parse_flow.c what leads
 * elsewhere (tables, groups, copies), action_parse_learn.c learn(), action_parse_ct.c
 * ct(); the names of all are in action_table.c.
 */
#ifndef FLOW_ACTION_PARSE_PRIVATE_H
#define FLOW_ACTION_PARSE_PRIVATE_H

#include "action_check.h"
#include "subfield_text.h"

struct action_parser {
	struct lexer lex;
	struct ofact_scope scope;
	const struct port_names *names;
	struct ofacts *list;
	struct parse_error *err;
};

/* One action's words. */
struct action_words {
	struct word name;
	struct word arg; /* .s NULL: none */
	int param; /* of the row in the table: an ofact_type or a field_id */
};

typedef int (*action_parse_fn)(struct action_parser *p, const struct action_words *w);

enum action_arg {
	ARG_NONE,
	ARG_NEEDED,
	ARG_LIST, /* the same, in parentheses; may be empty */
	ARG_OPTIONAL,
};

struct action {
	const char *name;
	enum action_arg arg;
	int param;
	action_parse_fn parse;
	const char *syntax; /* for the manual; NULL: another name of the row before */
	const char *summary;
};

/* action_table.c; names in any case, as in Open vSwitch. NULL: there is none. */
const struct action *action_by_name(const struct word *name);
/* An action that Open vSwitch has and xvs has not. */
bool action_is_unsupported(const struct word *name);

/* action_parse.c */
/* Checks the action and takes it over; errors are at the action's name. */
int action_append(struct action_parser *p, const struct action_words *w, const struct ofact *a);
int action_parse_list(struct action_parser *p);

/* The rows' functions. */
int action_parse_simple(struct action_parser *p, const struct action_words *w);
int action_parse_output(struct action_parser *p, const struct action_words *w);
int action_parse_ethertype(struct action_parser *p, const struct action_words *w);
int action_parse_dec_ttl(struct action_parser *p, const struct action_words *w);
/* action_parse_set.c */
int action_parse_mod(struct action_parser *p, const struct action_words *w);
int action_parse_set_field(struct action_parser *p, const struct action_words *w);
int action_parse_load(struct action_parser *p, const struct action_words *w);
int action_parse_move(struct action_parser *p, const struct action_words *w);
int action_parse_stack(struct action_parser *p, const struct action_words *w);
int action_parse_write_metadata(struct action_parser *p, const struct action_words *w);
/* action_parse_flow.c */
int action_parse_controller(struct action_parser *p, const struct action_words *w);
int action_parse_resubmit(struct action_parser *p, const struct action_words *w);
int action_parse_goto(struct action_parser *p, const struct action_words *w);
int action_parse_clone(struct action_parser *p, const struct action_words *w);
int action_parse_id(struct action_parser *p, const struct action_words *w);
int action_parse_conjunction(struct action_parser *p, const struct action_words *w);
/* action_parse_ct.c */
int action_parse_ct(struct action_parser *p, const struct action_words *w);
int action_parse_ct_clear(struct action_parser *p, const struct action_words *w);
/* action_parse_learn.c */
int action_parse_learn(struct action_parser *p, const struct action_words *w);

/* SRC->DST. 0, or -EINVAL with the error, which names the action. */
int action_split_arrow(struct action_parser *p, const struct action_words *w, struct word *src,
		       struct word *dst);
/* A number that fits 'sub', as the user calls it in 'name': TOS has an octet's name. */
int action_load_value(struct action_parser *p, const struct word *value, const struct word *name,
		      const struct subfield *sub, union field_value *v);
/* A subfield that actions may write; errors are at 'w'. */
int action_destination(struct action_parser *p, const struct word *w, struct subfield *sub);

#endif /* FLOW_ACTION_PARSE_PRIVATE_H */
