// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text of actions to a list of ofacts: what stands behind "actions=" of a flow.
 * flow_parse.c calls it with the finished match; action_check.c judges what
 * was read; action_format.c is the way back.
 */
#include "flow_parse.h"

#include <errno.h>

#include "action_check.h"
#include "field_text.h"

#define DL_TYPE_IPV6 XVS_BE16(0x86dd)
#define PROTO_UDP 17
#define PROTO_SCTP 132

struct action_parser {
	struct lexer lex;
	const struct match *match; /* NULL: prerequisites are not looked at */
	const struct port_names *names;
	struct ofacts *list;
	struct parse_error *err;
};

/* One action's words and what they become. */
struct action_words {
	struct word name;
	struct word arg;
	int param; /* of the row in the table: an ofact_type or a field_id */
};

/* Actions of Open vSwitch that xvs knows of and cannot do (yet). */
static const char *const unsupported[] = {
	"resubmit",
	"goto_table",
	"group",
	"ct",
	"ct_clear",
	"learn",
	"controller",
	"meter",
	"enqueue",
	"set_queue",
	"pop_queue",
	"set_tunnel",
	"set_tunnel64",
	"note",
	"move",
	"load",
	"push",
	"pop",
	"stack_push",
	"stack_pop",
	"multipath",
	"bundle",
	"bundle_load",
	"exit",
	"sample",
	"clone",
	"encap",
	"decap",
	"check_pkt_larger",
	"fin_timeout",
	"conjunction",
	"write_metadata",
	"write_actions",
	"clear_actions",
	"apply_actions",
	"push_mpls",
	"pop_mpls",
	"dec_mpls_ttl",
	"set_mpls_label",
	"set_mpls_tc",
	"set_mpls_ttl",
	"dec_nsh_ttl",
	"delete_field",
	"debug_recirc",
	"debug_slow",
	"output_reg",
	"table",
	"nat",
	"ct_nat",
	"truncate",
	"output_trunc",
};

static int append(struct action_parser *p, const struct action_words *w, const struct ofact *a)
{
	struct ofact_fault fault;

	if (!ofact_check(a, p->match, &fault))
		return parse_fail(p->err, &w->name, "action '%s' %s", word_shown(&w->name).s,
				  fault.why);
	return ofacts_append(p->list, a);
}

static int parse_simple(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = (enum ofact_type)w->param};

	return append(p, w, &a);
}

static int append_port(struct action_parser *p, const struct action_words *w, const struct word *at)
{
	struct ofact a = {.type = OFACT_OUTPUT};
	int rc = port_parse(at, p->names, &a.port, p->err);

	if (rc)
		return rc;
	switch (a.port) {
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
	case PORT_TABLE:
	case PORT_CONTROLLER:
	case PORT_NONE:
		return parse_fail(p->err, at, "output to '%s' is not supported yet",
				  word_shown(at).s);
	default:
		break;
	}
	if (a.type != OFACT_OUTPUT)
		a.port = 0;
	return append(p, w, &a);
}

static int parse_output(struct action_parser *p, const struct action_words *w)
{
	return append_port(p, w, &w->arg);
}

static int parse_push_vlan(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_PUSH_VLAN};
	struct ofact_fault fault;
	__u64 tpid;
	int rc = word_to_number(&w->arg, "push_vlan", 0xffff, &tpid, p->err);

	if (rc)
		return rc;
	a.tpid = XVS_BE16(tpid);
	if (!ofact_check(&a, p->match, &fault))
		return parse_fail(p->err, &w->arg, "action 'push_vlan' %s", fault.why);
	return ofacts_append(p->list, &a);
}

/* Ports and ICMP types have one name for several protocols' fields. */
static enum field_id resolve(const struct match *match, enum field_id id, bool generic)
{
	bool ipv6 = match && match->key.dl_type == DL_TYPE_IPV6;
	__u8 proto = match ? match->key.nw_proto : 0;

	switch (id) {
	case FIELD_TCP_SRC:
		if (!generic || (proto != PROTO_UDP && proto != PROTO_SCTP))
			return id;
		return proto == PROTO_UDP ? FIELD_UDP_SRC : FIELD_SCTP_SRC;
	case FIELD_TCP_DST:
		if (!generic || (proto != PROTO_UDP && proto != PROTO_SCTP))
			return id;
		return proto == PROTO_UDP ? FIELD_UDP_DST : FIELD_SCTP_DST;
	case FIELD_ICMP_TYPE:
		return ipv6 ? FIELD_ICMPV6_TYPE : id;
	case FIELD_ICMP_CODE:
		return ipv6 ? FIELD_ICMPV6_CODE : id;
	default:
		return id;
	}
}

/* A value that the name in 'w' sets in field 'a->set.field'. */
static int append_set(struct action_parser *p, const struct action_words *w, struct ofact *a,
		      bool generic_port)
{
	struct ofact_fault fault;

	a->type = OFACT_SET_FIELD;
	if (ofact_check(a, p->match, &fault))
		return ofacts_append(p->list, a);
	if (generic_port && p->match && fields[a->set.field].pre_nw_proto &&
	    !field_prereqs_met(&fields[a->set.field], &p->match->key, &p->match->mask))
		return parse_fail(p->err, &w->name,
				  "action '%s' needs 'tcp', 'udp' or 'sctp' (or 'tcp6', ...) "
				  "in the match",
				  word_shown(&w->name).s);
	return parse_fail(p->err, &w->name, "action '%s' %s", word_shown(&w->name).s, fault.why);
}

static int parse_mod(struct action_parser *p, const struct action_words *w)
{
	bool port = w->param == FIELD_TCP_SRC || w->param == FIELD_TCP_DST;
	struct ofact a = {
		.set.field = resolve(p->match, (enum field_id)w->param, true),
	};
	struct field_text in = {
		.field = &fields[a.set.field],
		.name = w->name,
		.text = w->arg,
		.names = p->names,
	};
	struct field_bits bits;
	int rc;

	if (word_find(&w->arg, '/') < w->arg.len)
		return parse_fail(p->err, &w->arg, "action '%s' takes no mask",
				  word_shown(&w->name).s);
	rc = field_text_parse(&in, &bits, p->err);
	if (rc)
		return rc;
	a.set.value = bits.value;
	a.set.mask = bits.mask;
	return append_set(p, w, &a, port);
}

/* OpenFlow 1.2 writes a VID with 0x1000; here that bit is implied. */
static int parse_vlan_vid(struct action_parser *p, const struct word *value, struct ofact *a)
{
	__u64 vid;
	int rc = word_to_number(value, "vlan_vid", XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK, &vid,
				p->err);

	if (rc)
		return rc;
	field_value_from_u64(&a->set.value, vid & XVS_VLAN_VID_MASK);
	field_exact_mask(&fields[FIELD_DL_VLAN], &a->set.mask);
	return 0;
}

static int set_field_value(struct action_parser *p, const struct word *name,
			   const struct word *value, struct ofact *a)
{
	struct field_text in = {
		.field = &fields[a->set.field],
		.name = *name,
		.text = *value,
		.names = p->names,
	};
	struct field_bits bits;
	int rc;

	if (word_is(name, "vlan_vid") && value->len)
		return parse_vlan_vid(p, value, a);
	rc = field_text_parse(&in, &bits, p->err);
	if (rc)
		return rc;
	a->set.value = bits.value;
	a->set.mask = bits.mask;
	return 0;
}

/* set_field:VALUE[/MASK]->FIELD */
static int parse_set_field(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_SET_FIELD};
	struct word value, name;
	const struct field *f;
	size_t arrow = 0;
	int rc;

	while (arrow + 1 < w->arg.len && memcmp(w->arg.s + arrow, "->", 2))
		arrow++;
	if (arrow + 1 >= w->arg.len)
		return parse_fail(p->err, &w->arg, "'set_field' is written set_field:VALUE->FIELD");
	value = word_part(&w->arg, 0, arrow);
	name = word_part(&w->arg, arrow + 2, w->arg.len);
	f = field_by_name(name.s, name.len);
	if (!f)
		return parse_fail(p->err, &name, "unknown field '%s'", word_shown(&name).s);
	if (!f->set_bits)
		return parse_fail(p->err, &name, "field '%s' cannot be set", word_shown(&name).s);
	a.set.field =
		resolve(p->match, f->id, word_is(&name, "tp_src") || word_is(&name, "tp_dst"));
	rc = set_field_value(p, &name, &value, &a);
	if (rc)
		return rc;
	return append_set(p, &(struct action_words){.name = name}, &a,
			  word_is(&name, "tp_src") || word_is(&name, "tp_dst"));
}

static const struct action {
	const char *name;
	bool has_arg;
	int param;
	int (*parse)(struct action_parser *p, const struct action_words *w);
} actions[] = {
	{"output", true, 0, parse_output},
	{"in_port", false, OFACT_IN_PORT, parse_simple},
	{"normal", false, OFACT_NORMAL, parse_simple},
	{"flood", false, OFACT_FLOOD, parse_simple},
	{"all", false, OFACT_ALL, parse_simple},
	{"local", false, OFACT_LOCAL, parse_simple},
	{"drop", false, OFACT_DROP, parse_simple},
	{"pop_vlan", false, OFACT_POP_VLAN, parse_simple},
	{"strip_vlan", false, OFACT_POP_VLAN, parse_simple},
	{"dec_ttl", false, OFACT_DEC_TTL, parse_simple},
	{"push_vlan", true, 0, parse_push_vlan},
	{"set_field", true, 0, parse_set_field},
	{"mod_dl_src", true, FIELD_DL_SRC, parse_mod},
	{"mod_dl_dst", true, FIELD_DL_DST, parse_mod},
	{"mod_vlan_vid", true, FIELD_DL_VLAN, parse_mod},
	{"set_vlan_vid", true, FIELD_DL_VLAN, parse_mod},
	{"mod_vlan_pcp", true, FIELD_DL_VLAN_PCP, parse_mod},
	{"set_vlan_pcp", true, FIELD_DL_VLAN_PCP, parse_mod},
	{"mod_nw_src", true, FIELD_NW_SRC, parse_mod},
	{"mod_nw_dst", true, FIELD_NW_DST, parse_mod},
	{"mod_nw_tos", true, FIELD_NW_TOS, parse_mod},
	{"mod_nw_ecn", true, FIELD_NW_ECN, parse_mod},
	{"mod_nw_ttl", true, FIELD_NW_TTL, parse_mod},
	{"mod_tp_src", true, FIELD_TCP_SRC, parse_mod},
	{"mod_tp_dst", true, FIELD_TCP_DST, parse_mod},
};

/* A port by itself is an output; all else that is no action is a mistake. */
static int parse_bare_port(struct action_parser *p, const struct action_words *w)
{
	struct parse_error *err = p->err;
	bool number = w->name.len && w->name.s[0] >= '0' && w->name.s[0] <= '9';
	__u16 port_no;

	/* Reserved ports that a rule may output to are in the table above. */
	if (!w->arg.s && !port_reserved(&w->name)) {
		if (w->name.quoted || number || !port_parse(&w->name, p->names, &port_no, NULL))
			return append_port(p, w, &w->name);
	}
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (word_is_nocase(&w->name, unsupported[i]))
			return parse_fail(err, &w->name, "action '%s' is not supported yet",
					  word_shown(&w->name).s);
	if (w->arg.s)
		return parse_fail(err, &w->name, "unknown action '%s'", word_shown(&w->name).s);
	return parse_fail(err, &w->name, "unknown action or port '%s'", word_shown(&w->name).s);
}

static int parse_action(struct action_parser *p, struct action_words *w)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		const struct action *a = &actions[i];

		if (!word_is_nocase(&w->name, a->name))
			continue;
		if (a->has_arg && (!w->arg.s || !w->arg.len))
			return parse_fail(p->err, &w->name, "action '%s' needs a value: %s:...",
					  a->name, a->name);
		if (!a->has_arg && w->arg.s)
			return parse_fail(p->err, &w->arg, "action '%s' takes no value", a->name);
		w->param = a->param;
		return a->parse(p, w);
	}
	return parse_bare_port(p, w);
}

static int parse_list(struct action_parser *p)
{
	struct ofact nothing = {.type = OFACT_DROP};
	struct action_words w = {0};
	struct word drop = {0};
	int rc;

	while ((rc = lex_action(&p->lex, &w.name, &w.arg, p->err)) > 0) {
		if (p->list->n >= OFACTS_MAX)
			return parse_fail(p->err, &w.name, "more than %d actions", OFACTS_MAX);
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

int ofacts_parse(const char *text, size_t base, const struct match *match,
		 const struct port_names *names, struct ofacts *out, struct parse_error *err)
{
	struct action_parser p = {
		.lex = {.text = text, .base = base},
		.match = match,
		.names = names,
		.list = out,
		.err = err,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	rc = parse_list(&p);
	if (rc)
		ofacts_fini(out);
	return rc;
}
