// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text to a flow_spec: the words that are not of the match (match_parse.c)
 * nor of the actions (action_parse.c), which stand behind "actions=".
 */
#include "flow_parse.h"

#include <errno.h>

#include "match_parse.h"
#include "rule.h"

#define TABLE_MAX 254

struct parser {
	enum flow_parse_kind kind;
	struct flow_spec *spec;
	struct parse_error *err;
	struct lexer lex;
	bool has_actions;
	struct match_parser match;
};

/* Words of Open vSwitch's syntax that xvs knows of and cannot do (yet). A '*'
 * at the end stands for any rest. */
static const char *const unsupported[] = {
	"importance",    "send_flow_rem", "reset_counts",    "actset_output", "ct_nw_*",
	"ct_ipv6_*",     "ct_tp_*",       "dp_hash",         "nsh_*",         "packet_type",
	"skb_priority",  "tun_ipv6_*",    "tun_gbp_*",       "tun_erspan_*",  "tun_gtpu_*",
	"tun_metadata*", "in_phy_port",   "pbb_*",           "NXM_*",         "OXM_*",
	"NXOXM_*",       "nd_reserved",   "nd_options_type", "ip_flags",
};

static bool is_unsupported(const struct word *w)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		const char *name = unsupported[i];
		size_t n = strlen(name);

		if (name[n - 1] == '*' && w->len >= n - 1 && !memcmp(w->s, name, n - 1))
			return true;
		if (word_is(w, name))
			return true;
	}
	return false;
}

static int set_table(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = word_to_number(value, "table", TABLE_MAX, &n, p->err);

	if (!rc)
		p->spec->table_id = (int)n;
	return rc;
}

static int set_priority(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = word_to_number(value, "priority", 0xffff, &n, p->err);

	if (!rc) {
		p->spec->priority = (__u16)n;
		p->spec->has_priority = true;
	}
	return rc;
}

static int set_timeout(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = word_to_number(value, word_shown(name).s, 0xffff, &n, p->err);

	if (rc)
		return rc;
	if (word_is(name, "idle_timeout"))
		p->spec->idle_timeout_s = (__u16)n;
	else
		p->spec->hard_timeout_s = (__u16)n;
	return 0;
}

/* cookie=V of the rule that is made or changed; of DEL and MOD cookie=V/M, of DEL
 * cookie=V too, says which rules are meant. */
static int set_cookie(struct parser *p, const struct word *name, const struct word *value)
{
	size_t slash = word_find(value, '/');
	struct word v = word_part(value, 0, slash), m = word_part(value, slash + 1, value->len);
	__u64 cookie, mask = ~0ULL;
	int rc;

	if (slash < value->len && p->kind == FLOW_PARSE_ADD)
		return parse_fail(p->err, value, "'cookie' of a new rule has no mask");
	rc = word_to_number(&v, "cookie", ~0ULL, &cookie, p->err);
	if (!rc && slash < value->len && !word_is(&m, "-1"))
		rc = word_to_number(&m, "cookie", ~0ULL, &mask, p->err);
	if (rc)
		return rc;
	if (!mask)
		return match_refuse_empty_mask(p->err, name, value);
	if (p->kind == FLOW_PARSE_MOD && slash == value->len) {
		p->spec->has_new_cookie = true;
		p->spec->new_cookie = cookie;
		return 0;
	}
	p->spec->cookie_mask = p->kind == FLOW_PARSE_ADD ? 0 : mask;
	p->spec->cookie = p->kind == FLOW_PARSE_ADD ? cookie : cookie & mask;
	return 0;
}

static int set_out_port(struct parser *p, const struct word *name, const struct word *value)
{
	__u16 port_no;
	int rc = port_parse(value, p->match.names, &port_no, p->err);

	if (rc)
		return rc;
	if (port_no >= PORT_RESERVED_MIN && port_no != PORT_LOCAL && port_no != PORT_NONE)
		return parse_fail(p->err, value, "'out_port' takes a port, LOCAL or none");
	p->spec->out_port = port_no == PORT_NONE ? -1 : port_no;
	return 0;
}

static int set_out_group(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = 0;

	if (word_is_nocase(value, "any"))
		p->spec->out_group = -1;
	else
		rc = word_to_number(value, "out_group", ~0U, &n, p->err);
	if (!rc && !word_is_nocase(value, "any"))
		p->spec->out_group = (__s64)n;
	return rc;
}

static int set_check_overlap(struct parser *p, const struct word *name, const struct word *value)
{
	if (value->s)
		return parse_fail(p->err, value, "'check_overlap' takes no value");
	p->spec->check_overlap = true;
	return 0;
}

/* What others print beside a rule, and what xvs need not be told. */
static int set_nothing(struct parser *p, const struct word *name, const struct word *value)
{
	return 0;
}

#define KIND(k) (1U << FLOW_PARSE_##k)
#define SELECTION (KIND(DEL) | KIND(DEL_STRICT) | KIND(SHOW))
#define RULES (KIND(ADD) | KIND(MOD) | SELECTION)

/* Words of a flow that are not part of its match. */
static const struct attribute {
	const char *name;
	unsigned int kinds;
	bool has_value;
	int (*set)(struct parser *p, const struct word *name, const struct word *value);
} attributes[] = {
	{"table", RULES, true, set_table},
	{"priority", KIND(ADD) | KIND(MOD) | KIND(DEL_STRICT), true, set_priority},
	{"cookie", RULES, true, set_cookie},
	{"idle_timeout", KIND(ADD) | KIND(MOD), true, set_timeout},
	{"hard_timeout", KIND(ADD) | KIND(MOD), true, set_timeout},
	{"out_port", SELECTION, true, set_out_port},
	{"out_group", SELECTION, true, set_out_group},
	{"check_overlap", KIND(ADD), false, set_check_overlap},
	{"no_packet_counts", KIND(ADD) | KIND(MOD), false, set_nothing},
	{"no_byte_counts", KIND(ADD) | KIND(MOD), false, set_nothing},
	{"no_readonly_table", RULES, false, set_nothing},
	{"allow_hidden_fields", RULES, false, set_nothing},
	{"duration", RULES, true, set_nothing},
	{"n_packets", RULES, true, set_nothing},
	{"n_bytes", RULES, true, set_nothing},
	{"idle_age", RULES, true, set_nothing},
	{"hard_age", RULES, true, set_nothing},
};

static const char *const whose[] = {
	[FLOW_PARSE_ADD] = "a new rule", [FLOW_PARSE_MOD] = "a change of rules",
	[FLOW_PARSE_DEL] = "a deletion", [FLOW_PARSE_DEL_STRICT] = "a deletion",
	[FLOW_PARSE_SHOW] = "a listing", [FLOW_PARSE_PACKET] = "a packet",
};

static int add_attribute(struct parser *p, const struct attribute *a, const struct word *name,
			 const struct word *value)
{
	if (a->set == set_priority && p->kind == FLOW_PARSE_DEL)
		return parse_fail(
			p->err, name,
			"'priority' is for --strict: a deletion without it takes rules of "
			"all priorities");
	if (!(a->kinds & 1U << p->kind))
		return parse_fail(p->err, name, "'%s' has no meaning for %s", a->name,
				  whose[p->kind]);
	if (a->has_value && (!value->s || !value->len))
		return parse_fail(p->err, name, "'%s' needs a value: %s=...", a->name, a->name);
	return a->set(p, name, value);
}

/* "actions=" takes all the rest of the text; it is parsed when the match is
 * complete. Here only its place is found. */
static int begin_actions(struct parser *p, const struct word *name, const struct word *value)
{
	if (p->kind != FLOW_PARSE_ADD && p->kind != FLOW_PARSE_MOD)
		return parse_fail(p->err, name, "'actions' has no meaning for %s", whose[p->kind]);
	if (!value->s)
		return parse_fail(p->err, name, "'%s' needs '=' behind it", word_shown(name).s);
	p->has_actions = true;
	p->lex.pos = value->column - value->quoted;
	return 0;
}

static int parse_word(struct parser *p, const struct word *name, const struct word *value)
{
	int rc;

	if (word_is(name, "actions") || word_is(name, "action"))
		return begin_actions(p, name, value);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (word_is(name, attributes[i].name))
			return add_attribute(p, &attributes[i], name, value);
	rc = match_parse_word(&p->match, name, value);
	if (rc)
		return rc < 0 ? rc : 0;
	if (is_unsupported(name))
		return parse_fail(p->err, name, "'%s' is not supported yet", word_shown(name).s);
	return parse_fail(p->err, name, "unknown field or keyword '%s'", word_shown(name).s);
}

static int parse_words(struct parser *p)
{
	struct word name, value;
	int rc;

	while (!p->has_actions) {
		rc = lex_field(&p->lex, &name, &value, p->err);
		if (rc < 0)
			return rc;
		if (!rc)
			break;
		rc = parse_word(p, &name, &value);
		if (rc)
			return rc;
	}
	return match_parse_end(&p->match);
}

static int parse_actions(struct parser *p)
{
	struct ofacts_text in = {
		.text = p->lex.text + p->lex.pos,
		.base = p->lex.pos,
		.names = p->match.names,
		.owner = {.match = &p->spec->match, .table_id = p->spec->table_id},
	};

	/* Rules of any table: the lowest one they may be in. */
	if (in.owner.table_id < 0)
		in.owner.table_id = 0;
	return ofacts_parse_text(&in, &p->spec->actions, p->err);
}

int flow_parse(const char *text, enum flow_parse_kind kind, const struct port_names *names,
	       struct flow_spec *spec, struct parse_error *err)
{
	struct parser p;
	struct word end;
	int rc;

	/* Not all of it: the fields that it will have seen are most of it. */
	p.kind = kind;
	p.spec = spec;
	p.err = err;
	p.lex = (struct lexer){.text = text};
	p.has_actions = false;
	match_parser_init(&p.match, &spec->match);
	p.match.names = names;
	p.match.err = err;
	p.match.packet = kind == FLOW_PARSE_PACKET;
	memset(spec, 0, sizeof(*spec));
	spec->priority = FLOW_PRIORITY_DEFAULT;
	spec->table_id = kind == FLOW_PARSE_ADD ? 0 : -1;
	spec->out_port = -1;
	spec->out_group = -1;
	rc = parse_words(&p);
	if (rc)
		return rc;
	if (p.has_actions)
		return parse_actions(&p);
	if (kind == FLOW_PARSE_ADD || kind == FLOW_PARSE_MOD) {
		end = (struct word){.s = text + p.lex.pos, .column = p.lex.pos};
		return parse_fail(err, &end, "the actions are missing: add 'actions=...'");
	}
	return 0;
}

void flow_spec_fini(struct flow_spec *spec)
{
	ofacts_fini(&spec->actions);
}

struct rule *flow_spec_rule(struct flow_spec *spec, __u64 now_ms)
{
	return rule_create(&(struct rule_spec){
		.match = &spec->match,
		.table_id = (__u8)(spec->table_id > 0 ? spec->table_id : 0),
		.priority = spec->priority,
		.cookie = spec->cookie,
		.idle_timeout_s = spec->idle_timeout_s,
		.hard_timeout_s = spec->hard_timeout_s,
		.actions = &spec->actions,
		.now_ms = now_ms,
	});
}
