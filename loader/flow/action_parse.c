// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text of actions to a list of ofacts: what stands behind "actions=" of a flow or
 * a bucket. flow_parse.c calls it with the finished match; action_check.c judges
 * what was read; action_format.c is the way back.
 */
#include "action_parse_private.h"

#include <errno.h>

int action_append(struct action_parser *p, const struct action_words *w, const struct ofact *a)
{
	struct ofact lost = *a;
	struct ofact_fault fault;

	if (ofact_check(a, &p->scope, &fault))
		return ofacts_append(p->list, a);
	ofact_fini(&lost);
	return parse_fail(p->err, &w->name, "action '%s' %s", word_shown(&w->name).s, fault.why);
}

int action_parse_simple(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = (enum ofact_type)w->param};

	return action_append(p, w, &a);
}

static int append_port(struct action_parser *p, const struct action_words *w, const struct word *at)
{
	struct ofact a = {.type = OFACT_OUTPUT};
	__u16 port;
	int rc = port_parse(at, p->names, &port, p->err);

	if (rc)
		return rc;
	switch (port) {
	case PORT_IN_PORT:
		a.type = OFACT_IN_PORT;
		break;
	case PORT_NORMAL:
		a.type = OFACT_NORMAL;
		break;
	case PORT_FLOOD:
		a.type = OFACT_FLOOD;
		break;
	case PORT_ALL:
		a.type = OFACT_ALL;
		break;
	case PORT_LOCAL:
		a.type = OFACT_LOCAL;
		break;
	case PORT_CONTROLLER:
		a.type = OFACT_CONTROLLER;
		a.controller.max_len = 0xffff;
		break;
	case PORT_TABLE:
		return parse_fail(p->err, at, "output to '%s' is not supported", word_shown(at).s);
	case PORT_NONE:
		return parse_fail(p->err, at, "'%s' is no port to output to", word_shown(at).s);
	default:
		a.port = port;
		break;
	}
	return action_append(p, w, &a);
}

/* A port, or the field that holds its number. A port's name wins, but for names
 * with brackets, which stand in quotes. */
int action_parse_output(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_OUTPUT_REG};
	bool bits = !w->arg.quoted && word_find(&w->arg, '[') < w->arg.len;
	__u16 port_no;
	int rc;

	if (!bits && (!word_is_subfield(&w->arg) || !port_parse(&w->arg, p->names, &port_no, NULL)))
		return append_port(p, w, &w->arg);
	rc = subfield_parse(&w->arg, &a.sub, p->err);
	return rc ? rc : action_append(p, w, &a);
}

/* push_vlan, push_mpls, pop_mpls */
int action_parse_ethertype(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = (enum ofact_type)w->param};
	const char *why;
	__u64 type;
	int rc = word_to_number(&w->arg, word_shown(&w->name).s, 0xffff, &type, p->err);

	if (rc)
		return rc;
	a.ethertype = XVS_BE16(type);
	/* A wrong type is a mistake in the argument. */
	why = ofact_ethertype_fault(&a);
	if (why)
		return parse_fail(p->err, &w->arg, "action '%s' %s", word_shown(&w->name).s, why);
	return action_append(p, w, &a);
}

/* dec_ttl(ID,...) names controllers that hear of expired packets; 0 is all that
 * Open vSwitch has by itself. */
int action_parse_dec_ttl(struct action_parser *p, const struct action_words *w)
{
	if (w->arg.s && !word_is(&w->arg, "0"))
		return parse_fail(p->err, &w->arg,
				  "'dec_ttl' with ids of controllers is not "
				  "supported");
	return action_parse_simple(p, w);
}

/* A port by itself is an output; all else that is no action is a mistake. */
static int parse_bare_port(struct action_parser *p, const struct action_words *w)
{
	struct parse_error *err = p->err;
	bool number = w->name.len && w->name.s[0] >= '0' && w->name.s[0] <= '9';
	__u16 port_no;

	/* Reserved ports that a rule may output to are in the table. */
	if (!w->arg.s && !port_reserved(&w->name)) {
		if (w->name.quoted || number || !port_parse(&w->name, p->names, &port_no, NULL))
			return append_port(p, w, &w->name);
	}
	if (word_is_nocase(&w->name, "nat"))
		return parse_fail(err, &w->name,
				  "'nat' stands in 'ct': ct(nat), ct(commit,nat(...))");
	if (action_is_unsupported(&w->name))
		return parse_fail(err, &w->name, "action '%s' is not supported yet",
				  word_shown(&w->name).s);
	if (w->arg.s)
		return parse_fail(err, &w->name, "unknown action '%s'", word_shown(&w->name).s);
	return parse_fail(err, &w->name, "unknown action or port '%s'", word_shown(&w->name).s);
}

static int parse_action(struct action_parser *p, struct action_words *w)
{
	const struct action *a = action_by_name(&w->name);

	if (!a)
		return parse_bare_port(p, w);
	if ((a->arg == ARG_NEEDED && !w->arg.len) || (a->arg == ARG_LIST && !w->arg.s))
		return parse_fail(p->err, &w->name, "action '%s' needs a value: %s", a->name,
				  a->syntax ? a->syntax : "NAME:VALUE");
	if (a->arg == ARG_NONE && w->arg.s)
		return parse_fail(p->err, &w->arg, "action '%s' takes no value", a->name);
	w->param = a->param;
	return a->parse(p, w);
}

int action_parse_list(struct action_parser *p)
{
	struct ofact nothing = {.type = OFACT_DROP};
	struct action_words w = {0};
	struct word drop = {0};
	int rc;

	while ((rc = lex_action(&p->lex, &w.name, &w.arg, p->err)) > 0) {
		rc = parse_action(p, &w);
		if (rc)
			return rc;
		if (p->list->v[p->list->n - 1].type == OFACT_DROP)
			drop = w.name;
		if (drop.s && p->list->n > 1)
			return parse_fail(p->err, &drop, "'drop' must be the only action");
	}
	/* No action is "drop", and is kept in the same form. */
	if (!rc && !p->list->n)
		rc = ofacts_append(p->list, &nothing);
	return rc;
}

int ofacts_parse_text(const struct ofacts_text *in, struct ofacts *out, struct parse_error *err)
{
	struct action_parser p = {
		.lex = {.text = in->text, .base = in->base},
		.names = in->names,
		.list = out,
		.err = err,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	ofact_scope_init(&p.scope, in->owner.match, in->owner.table_id);
	rc = action_parse_list(&p);
	if (rc)
		ofacts_fini(out);
	return rc;
}

int ofacts_parse(const char *text, size_t base, const struct match *match,
		 const struct port_names *names, struct ofacts *out, struct parse_error *err)
{
	struct ofacts_text in = {
		.text = text,
		.base = base,
		.names = names,
		.owner = {.match = match, .table_id = -1},
	};

	return ofacts_parse_text(&in, out, err);
}
