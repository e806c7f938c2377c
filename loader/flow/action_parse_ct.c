// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct(...): what connection tracking is to do with the packet, and its nat(...).
 */
#include <errno.h>
#include <stdlib.h>

#include "action_parse_private.h"

struct ct_parser {
	struct action_parser *p;
	struct ofact_ct *ct;
	bool has_nat;
};

static int parse_zone(struct ct_parser *cp, const struct word *w)
{
	struct ofact_ct *ct = cp->ct;
	__u64 n;
	int rc;

	ct->zone = 0;
	ct->zone_src = (struct subfield){0};
	if (!w->quoted && word_is_subfield(w)) {
		rc = subfield_parse(w, &ct->zone_src, cp->p->err);
		if (!rc && ct->zone_src.n_bits != 16)
			return parse_fail(cp->p->err, w, "a zone has 16 bits: '%s' has %u",
					  word_shown(w).s, ct->zone_src.n_bits);
		return rc;
	}
	rc = word_to_number(w, "zone", 0xffff, &n, cp->p->err);
	if (!rc)
		ct->zone = (__u16)n;
	return rc;
}

static int parse_table(struct ct_parser *cp, const struct word *w)
{
	__u64 n;
	int rc = word_to_number(w, "table", OFACT_TABLE_NONE - 1, &n, cp->p->err);

	if (!rc)
		cp->ct->table_id = (__u8)n;
	return rc;
}

static int parse_alg(struct ct_parser *cp, const struct word *w)
{
	if (w->s && word_is(w, "ftp"))
		cp->ct->alg = XVS_CT_ALG_FTP;
	else if (w->s && word_is(w, "tftp"))
		cp->ct->alg = XVS_CT_ALG_TFTP;
	else
		return parse_fail(cp->p->err, w, "'alg' is ftp or tftp");
	return 0;
}

/* exec(ACTION,...); once more adds to the list. */
static int parse_exec(struct ct_parser *cp, const struct word *w)
{
	struct ofacts *list = &cp->ct->exec;
	struct action_parser inner = {
		.lex = lexer_of_word(w),
		.names = cp->p->names,
		.list = list,
		.err = cp->p->err,
	};
	int rc;

	ofact_scope_nest(&inner.scope, &cp->p->scope);
	inner.scope.in_ct = true;
	rc = action_parse_list(&inner);
	if (rc)
		return rc;
	cp->p->scope.n_all = inner.scope.n_all;
	/* An empty list is none, where others are "drop". */
	if (list->v[list->n - 1].type == OFACT_DROP)
		list->n--;
	return 0;
}

/* The family of the address that 'w' begins with: a colon is a port's in IPv4. */
static __u8 family_of(const struct word *w)
{
	size_t end = word_find(w, '-'), colons = 0;

	for (size_t i = 0; i < end; i++)
		colons += w->s[i] == ':';
	return (w->len && w->s[0] == '[') || colons > 1 ? 6 : 4;
}

/* Takes the address that 'rest' begins with off it. */
static int take_address(struct ct_parser *cp, struct word *rest, __u8 family,
			struct xvs_ct_addr *addr)
{
	bool brackets = rest->len && rest->s[0] == '[';
	size_t end = brackets ? word_find(rest, ']') : word_find(rest, '-');
	struct field_text in = {
		.field = &fields[family == 4 ? FIELD_NW_SRC : FIELD_IPV6_SRC],
		.exact = true,
	};
	struct field_bits bits;
	int rc;

	if (brackets && end == rest->len)
		return parse_fail(cp->p->err, rest, "the closing bracket is missing");
	if (!brackets && family == 4 && word_find(rest, ':') < end)
		end = word_find(rest, ':');
	in.text = word_part(rest, brackets, end - brackets);
	in.name = in.text;
	rc = field_text_parse(&in, &bits, cp->p->err);
	if (rc)
		return rc;
	if (field_value_is_zero(&bits.value))
		return parse_fail(cp->p->err, &in.text, "'nat' takes no address of zeros");
	memcpy(addr->ip6, bits.value.b, sizeof(addr->ip6));
	*rest = word_part(rest, end + brackets, rest->len);
	return 0;
}

static int parse_ports(struct ct_parser *cp, const struct word *w)
{
	struct ofact_nat *nat = &cp->ct->nat;
	struct word rest = *w, from = word_take(&rest, '-');
	__u64 min, max;

	if (word_to_number(&from, "port", 0xffff, &min, cp->p->err))
		return -EINVAL;
	max = min;
	if (rest.s && word_to_number(&rest, "port", 0xffff, &max, cp->p->err))
		return -EINVAL;
	if (!min)
		return parse_fail(cp->p->err, &from, "'port': 0 is out of range (1 to 65535)");
	if (max < min)
		return parse_fail(cp->p->err, w, "the range of ports ends before it begins");
	nat->port_min = (__u16)min;
	nat->port_max = (__u16)max;
	return 0;
}

/* ADDR[-ADDR][:PORT[-PORT]], IPv6 addresses in brackets if there are ports */
static int parse_range(struct ct_parser *cp, const struct word *w)
{
	struct ofact_nat *nat = &cp->ct->nat;
	struct word rest = *w;
	int rc;

	nat->family = family_of(w);
	rc = take_address(cp, &rest, nat->family, &nat->min);
	nat->max = nat->min;
	if (!rc && rest.len && rest.s[0] == '-') {
		rest = word_part(&rest, 1, rest.len);
		rc = take_address(cp, &rest, nat->family, &nat->max);
	}
	if (rc)
		return rc;
	if (memcmp(&nat->max, &nat->min, sizeof(nat->min)) < 0)
		return parse_fail(cp->p->err, w, "the range of addresses ends before it begins");
	if (!rest.len)
		return 0;
	if (rest.s[0] == ':' && rest.len > 1) {
		rest = word_part(&rest, 1, rest.len);
		return parse_ports(cp, &rest);
	}
	return parse_fail(cp->p->err, &rest, "a range is written ADDR-ADDR:PORT-PORT");
}

static int nat_key(struct ct_parser *cp, const struct word *key, const struct word *value)
{
	struct ofact_ct *ct = cp->ct;

	if (word_is(key, "src") || word_is(key, "dst")) {
		if (ct->flags & (XVS_CT_A_SNAT | XVS_CT_A_DNAT))
			return parse_fail(cp->p->err, key, "'nat' takes one of src and dst, once");
		ct->flags |= word_is(key, "src") ? XVS_CT_A_SNAT : XVS_CT_A_DNAT;
		return value->s ? parse_range(cp, value) : 0;
	}
	if (value->s)
		return parse_fail(cp->p->err, key,
				  "'nat' has no '%s': it takes src=, dst=, "
				  "persistent, hash and random",
				  word_shown(key).s);
	if (word_is(key, "persistent"))
		ct->flags |= XVS_CT_A_PERSISTENT;
	else if (word_is(key, "hash"))
		ct->nat.hash = true;
	else if (word_is(key, "random"))
		ct->flags |= XVS_CT_A_RANDOM;
	else
		return parse_fail(cp->p->err, key,
				  "'nat' has no '%s': it takes src=, dst=, "
				  "persistent, hash and random",
				  word_shown(key).s);
	return 0;
}

/* nat, nat(src|dst[=RANGE],FLAG...) */
static int parse_nat(struct ct_parser *cp, const struct word *key, const struct word *arg)
{
	struct word name, value;
	struct lexer lex;
	int rc = 0;

	if (cp->has_nat)
		return parse_fail(cp->p->err, key, "'ct' has one 'nat'");
	cp->has_nat = true;
	cp->ct->flags |= XVS_CT_A_NAT;
	if (!arg->s)
		return 0;
	lex = lexer_of_word(arg);
	while ((rc = lex_action(&lex, &name, &value, cp->p->err)) > 0) {
		rc = nat_key(cp, &name, &value);
		if (rc)
			return rc;
	}
	return rc;
}

static const struct {
	const char *name;
	int (*parse)(struct ct_parser *cp, const struct word *value);
	const char *syntax;
} values[] = {
	{"zone", parse_zone, "zone=NUMBER or zone=FIELD[A..B]"},
	{"table", parse_table, "table=NUMBER"},
	{"alg", parse_alg, "alg=ftp or alg=tftp"},
	{"exec", parse_exec, "exec(ACTION,...)"},
};

static int ct_key(struct ct_parser *cp, const struct word *key, const struct word *value)
{
	struct parse_error *err = cp->p->err;

	if (word_is(key, "commit") || word_is(key, "force")) {
		if (value->s)
			return parse_fail(err, value, "'%s' takes no value", word_shown(key).s);
		cp->ct->flags |= word_is(key, "commit") ? XVS_CT_A_COMMIT : XVS_CT_A_FORCE;
		return 0;
	}
	if (word_is(key, "nat"))
		return parse_nat(cp, key, value);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!word_is(key, values[i].name))
			continue;
		if (!value->s)
			return parse_fail(err, key, "'%s' needs a value: %s", values[i].name,
					  values[i].syntax);
		return values[i].parse(cp, value);
	}
	return parse_fail(err, key,
			  "'ct' has no '%s': it takes commit, force, table=, zone=, nat, "
			  "exec() and alg=",
			  word_shown(key).s);
}

/* ct, ct(...) */
int action_parse_ct(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_CT, .ct = calloc(1, sizeof(*a.ct))};
	struct ct_parser cp = {.p = p, .ct = a.ct};
	struct word key, value;
	struct lexer lex;
	int rc = 0;

	if (!a.ct)
		return -ENOMEM;
	a.ct->table_id = OFACT_TABLE_NONE;
	if (w->arg.s) {
		lex = lexer_of_word(&w->arg);
		while ((rc = lex_action(&lex, &key, &value, p->err)) > 0) {
			rc = ct_key(&cp, &key, &value);
			if (rc)
				break;
		}
	}
	if (!rc)
		return action_append(p, w, &a);
	ofact_fini(&a);
	return rc;
}

/* ct_clear; Open vSwitch takes empty parentheses behind it. */
int action_parse_ct_clear(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_CT_CLEAR};

	if (w->arg.len)
		return parse_fail(p->err, &w->arg, "action 'ct_clear' takes no value");
	return action_append(p, w, &a);
}
