// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Actions that lead elsewhere: to tables, groups, meters, the controller, and to
 * actions on a copy.
 */
#include "action_parse_private.h"

#include <errno.h>
#include <stdlib.h>

#define TABLE_MAX 254

static int controller_key(struct action_parser *p, const struct word *key, const struct word *value,
			  struct ofact *a)
{
	__u64 n;
	int rc;

	if (word_is(key, "max_len")) {
		rc = word_to_number(value, "max_len", 0xffff, &n, p->err);
		if (!rc)
			a->controller.max_len = (__u16)n;
		return rc;
	}
	/* What Open vSwitch assumes where they are not given. */
	if (word_is(key, "reason") && value->s && word_is(value, "action"))
		return 0;
	if (word_is(key, "id") && value->s && word_is(value, "0"))
		return 0;
	if (word_is(key, "reason") || word_is(key, "id") || word_is(key, "userdata") ||
	    word_is(key, "pause") || word_is(key, "meter_id"))
		return parse_fail(p->err, key, "'%s' of 'controller' is not supported",
				  word_shown(key).s);
	return parse_fail(p->err, key, "'controller' has no '%s': it takes max_len=BYTES",
			  word_shown(key).s);
}

/* controller, controller:MAX_LEN, controller(max_len=MAX_LEN,...) */
int action_parse_controller(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_CONTROLLER, .controller.max_len = 0xffff};
	struct word key, value;
	struct lexer lex;
	__u64 n;
	int rc = 0;

	if (w->arg.len && w->arg.s[0] >= '0' && w->arg.s[0] <= '9') {
		rc = word_to_number(&w->arg, "controller", 0xffff, &n, p->err);
		if (!rc)
			a.controller.max_len = (__u16)n;
	} else if (w->arg.s) {
		lex = lexer_of_word(&w->arg);
		while ((rc = lex_action(&lex, &key, &value, p->err)) > 0) {
			rc = controller_key(p, &key, &value, &a);
			if (rc)
				break;
		}
	}
	return rc ? rc : action_append(p, w, &a);
}

/* The port that a resubmit takes for the input: a number need not be in use. */
static int resubmit_port(struct action_parser *p, const struct word *w, struct ofact *a)
{
	__u16 port;
	int rc = port_parse(w, p->names, &port, p->err);

	if (rc)
		return rc;
	if (port >= PORT_RESERVED_MIN && port != PORT_LOCAL && port != PORT_NONE &&
	    port != PORT_IN_PORT)
		return parse_fail(p->err, w, "no packet comes in by '%s'", word_shown(w).s);
	a->resubmit.port = port == PORT_IN_PORT ? 0 : port;
	return 0;
}

static int resubmit_table(struct action_parser *p, const struct word *w, struct ofact *a)
{
	__u64 n;
	int rc = word_to_number(w, "table", TABLE_MAX, &n, p->err);

	if (!rc)
		a->resubmit.table_id = (__u8)n;
	return rc;
}

/* resubmit:PORT, resubmit(PORT,TABLE), resubmit(,TABLE) */
int action_parse_resubmit(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_RESUBMIT, .resubmit.table_id = OFACT_TABLE_CURRENT};
	struct word rest = w->arg, port = rest, table = {0};
	int rc = 0;

	if (!rest.quoted) {
		port = word_take(&rest, ',');
		if (rest.s)
			table = word_take(&rest, ',');
		if (rest.s)
			return parse_fail(p->err, &rest, "'resubmit' takes a port and a table");
	}
	if (port.len)
		rc = resubmit_port(p, &port, &a);
	if (!rc && table.len)
		rc = resubmit_table(p, &table, &a);
	return rc ? rc : action_append(p, w, &a);
}

/* goto_table:TABLE */
int action_parse_goto(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_GOTO_TABLE};
	int rc = resubmit_table(p, &w->arg, &a);

	return rc ? rc : action_append(p, w, &a);
}

/* clone(ACTION,...) */
int action_parse_clone(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_CLONE};
	struct action_parser inner = {
		.lex = lexer_of_word(&w->arg),
		.names = p->names,
		.err = p->err,
	};
	int rc;

	ofact_scope_nest(&inner.scope, &p->scope);
	/* Before it recurses. */
	if (inner.scope.depth > OFACTS_MAX_DEPTH)
		return action_append(p, w, &a);
	/* The quotes of "(name)" were taken for those of a whole argument. */
	if (w->arg.quoted) {
		inner.lex.text--;
		inner.lex.stop++;
		inner.lex.base--;
	}
	a.nested = calloc(1, sizeof(*a.nested));
	if (!a.nested)
		return -ENOMEM;
	inner.list = a.nested;
	rc = action_parse_list(&inner);
	if (rc) {
		ofact_fini(&a);
		return rc;
	}
	rc = action_append(p, w, &a);
	p->scope.n_all = inner.scope.n_all + 1;
	return rc;
}

/* group:ID, meter:ID */
int action_parse_id(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = (enum ofact_type)w->param};
	__u64 n;
	int rc = word_to_number(&w->arg, word_shown(&w->name).s, ~0U, &n, p->err);

	a.id = (__u32)n;
	return rc ? rc : action_append(p, w, &a);
}

/* conjunction(ID,K/N) */
int action_parse_conjunction(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_CONJUNCTION};
	struct word rest = w->arg, id = word_take(&rest, ','), k, n;
	__u64 v_id, v_k, v_n;

	if (!rest.s)
		return parse_fail(p->err, &w->arg, "'conjunction' is written conjunction(ID,K/N)");
	k = word_take(&rest, '/');
	if (!rest.s)
		return parse_fail(p->err, &w->arg, "'conjunction' is written conjunction(ID,K/N)");
	n = word_trim(&rest);
	if (word_to_number(&id, "conjunction", ~0U, &v_id, p->err) ||
	    word_to_number(&n, "clauses", 64, &v_n, p->err) ||
	    word_to_number(&k, "clause", 64, &v_k, p->err))
		return -EINVAL;
	if (v_n < 2)
		return parse_fail(p->err, &n, "a conjunction has 2 to 64 clauses");
	if (!v_k || v_k > v_n)
		return parse_fail(p->err, &k, "clauses are 1 to %llu", (unsigned long long)v_n);
	a.conjunction.id = (__u32)v_id;
	a.conjunction.clause = (__u8)(v_k - 1);
	a.conjunction.n_clauses = (__u8)v_n;
	return action_append(p, w, &a);
}
