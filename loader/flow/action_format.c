// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of ofacts in the words that the parser reads: printed and read, a list is
 * the same. Open vSwitch reads them too.
 */
#include "flow_format.h"

#include "ct_text.h"
#include "subfield_text.h"

/* Fields whose setting has a word of its own. */
static const struct {
	enum field_id field;
	const char *name;
} mods[] = {
	{FIELD_DL_SRC, "mod_dl_src"},    {FIELD_DL_DST, "mod_dl_dst"},
	{FIELD_DL_VLAN, "mod_vlan_vid"}, {FIELD_DL_VLAN_PCP, "mod_vlan_pcp"},
	{FIELD_NW_SRC, "mod_nw_src"},    {FIELD_NW_DST, "mod_nw_dst"},
	{FIELD_NW_TOS, "mod_nw_tos"},    {FIELD_NW_ECN, "mod_nw_ecn"},
	{FIELD_NW_TTL, "mod_nw_ttl"},    {FIELD_TP_SRC, "mod_tp_src"},
	{FIELD_TP_DST, "mod_tp_dst"},    {FIELD_MPLS_LABEL, "set_mpls_label"},
	{FIELD_MPLS_TC, "set_mpls_tc"},  {FIELD_MPLS_TTL, "set_mpls_ttl"},
};

static const char *mod_name(enum field_id id)
{
	for (size_t i = 0; i < sizeof(mods) / sizeof(mods[0]); i++)
		if (mods[i].field == id)
			return mods[i].name;
	return NULL;
}

static unsigned int value_bit(const union field_value *v, unsigned int i)
{
	return v->b[15 - i / 8] >> i % 8 & 1;
}

/* The lowest run of bits of a mask; true if there is no other, as in all that
 * "load" makes. */
static bool mask_run(const struct field *f, const union field_value *mask, struct subfield *run)
{
	union field_value only = {0}, ones;

	*run = (struct subfield){.field = f->id};
	while (run->ofs < 127 && !value_bit(mask, run->ofs))
		run->ofs++;
	do {
		run->n_bits++;
	} while (run->ofs + run->n_bits < 128 && value_bit(mask, run->ofs + run->n_bits));
	memset(&ones, 0xff, sizeof(ones));
	field_value_insert(&only, run->ofs, run->n_bits, &ones);
	return !memcmp(&only, mask, sizeof(only));
}

static void format_load(struct strbuf *out, const struct ofact *a)
{
	union field_value value;
	struct subfield run;

	mask_run(&fields[a->set.field], &a->set.mask, &run);
	field_value_extract(&a->set.value, run.ofs, run.n_bits, &value);
	strbuf_add(out, "load:");
	field_value_format(out, &value);
	strbuf_add(out, "->");
	subfield_format(out, &run);
}

/* A port that "set_field" takes; other numbers may be loaded. */
static bool is_port_value(const struct field_bits *bits)
{
	__u64 port = field_value_to_u64(&bits->value);

	return (port && port < XVS_MAX_PORTS) || port == PORT_LOCAL;
}

/* A load where set_field cannot say it, or would say something else: Open vSwitch
 * makes of "set_field" of a tag's bits the actions that OpenFlow 1.0 had. */
static bool is_load(const struct field *f, const struct field_bits *bits)
{
	struct subfield run;

	if (f->id == FIELD_VLAN_TCI)
		return mask_run(f, &bits->mask, &run);
	if (f->mask_rule == FIELD_MASK_NONE && !field_bits_exact(f, bits))
		return true;
	return f->format == FIELD_FMT_PORT && !is_port_value(bits);
}

static void format_set(struct strbuf *out, const struct ofact *a, const struct port_names *names)
{
	const struct field *f = &fields[a->set.field];
	struct field_bits bits = {.value = a->set.value, .mask = a->set.mask};

	if (mod_name(f->id) && field_bits_exact(f, &bits)) {
		strbuf_printf(out, "%s:", mod_name(f->id));
		field_text_format(out, f, &bits);
		return;
	}
	if (is_load(f, &bits)) {
		format_load(out, a);
		return;
	}
	strbuf_add(out, "set_field:");
	if (f->format == FIELD_FMT_PORT)
		port_format(out, names, (__u16)field_value_to_u64(&bits.value));
	else
		field_text_format(out, f, &bits);
	strbuf_printf(out, "->%s", f->name);
}

static void format_resubmit(struct strbuf *out, const struct ofact *a,
			    const struct port_names *names)
{
	bool table = a->resubmit.table_id != OFACT_TABLE_CURRENT;

	strbuf_add(out, table ? "resubmit(" : "resubmit:");
	if (a->resubmit.port == PORT_NONE)
		strbuf_add(out, "NONE");
	else if (a->resubmit.port)
		port_format(out, names, a->resubmit.port);
	if (table)
		strbuf_printf(out, ",%u)", a->resubmit.table_id);
}

/* A value of all of a field as matches write it, of a part as a number. */
static void format_immediate(struct strbuf *out, const struct learn_clause *c,
			     const struct port_names *names)
{
	const struct field *f = &fields[c->dst.field];
	struct field_bits bits = {.value = c->value};

	field_exact_mask(f, &bits.mask);
	if (!subfield_is_whole(&c->dst))
		field_value_format(out, &c->value);
	else if (f->format == FIELD_FMT_PORT)
		port_format(out, names, (__u16)field_value_to_u64(&c->value));
	else
		field_text_format(out, f, &bits);
}

static void format_learn_match(struct strbuf *out, const struct learn_clause *c,
			       const struct port_names *names)
{
	bool same = !c->immediate && c->src.field == c->dst.field && c->src.ofs == c->dst.ofs &&
		    c->src.n_bits == c->dst.n_bits;

	/* By the names that values are written for: nw_tos is the octet. */
	if (c->immediate && subfield_is_whole(&c->dst))
		strbuf_add(out, fields[c->dst.field].name);
	else
		subfield_format(out, &c->dst);
	if (same)
		return;
	strbuf_addc(out, '=');
	if (c->immediate)
		format_immediate(out, c, names);
	else
		subfield_format(out, &c->src);
}

static void format_clause(struct strbuf *out, const struct learn_clause *c,
			  const struct port_names *names)
{
	switch (c->kind) {
	case LEARN_MATCH:
		format_learn_match(out, c, names);
		break;
	case LEARN_LOAD:
		strbuf_add(out, "load:");
		if (c->immediate)
			field_value_format(out, &c->value);
		else
			subfield_format(out, &c->src);
		strbuf_add(out, "->");
		subfield_format(out, &c->dst);
		break;
	case LEARN_OUTPUT:
		strbuf_add(out, "output:");
		subfield_format(out, &c->src);
		break;
	}
}

static void format_learn(struct strbuf *out, const struct ofact_learn *l,
			 const struct port_names *names)
{
	strbuf_printf(out, "learn(table=%u", l->table_id);
	if (l->idle_timeout_s)
		strbuf_printf(out, ",idle_timeout=%u", l->idle_timeout_s);
	if (l->hard_timeout_s)
		strbuf_printf(out, ",hard_timeout=%u", l->hard_timeout_s);
	if (l->priority != FLOW_PRIORITY_DEFAULT)
		strbuf_printf(out, ",priority=%u", l->priority);
	if (l->cookie)
		strbuf_printf(out, ",cookie=0x%llx", (unsigned long long)l->cookie);
	for (size_t i = 0; i < l->n; i++) {
		strbuf_addc(out, ',');
		format_clause(out, &l->clause[i], names);
	}
	strbuf_addc(out, ')');
}

static void format_subfield(struct strbuf *out, const char *what, const struct subfield *sub)
{
	strbuf_add(out, what);
	subfield_format(out, sub);
}

/* sizes: flat */
static void format_ofact(struct strbuf *out, const struct ofact *a, const struct port_names *names)
{
	static const char *const words[OFACT_N] = {
		[OFACT_IN_PORT] = "IN_PORT",   [OFACT_NORMAL] = "NORMAL",
		[OFACT_FLOOD] = "FLOOD",       [OFACT_ALL] = "ALL",
		[OFACT_LOCAL] = "LOCAL",       [OFACT_POP_VLAN] = "pop_vlan",
		[OFACT_DEC_TTL] = "dec_ttl",   [OFACT_DEC_MPLS_TTL] = "dec_mpls_ttl",
		[OFACT_EXIT] = "exit",         [OFACT_DROP] = "drop",
		[OFACT_CT_CLEAR] = "ct_clear",
	};

	switch (a->type) {
	case OFACT_OUTPUT:
		strbuf_add(out, "output:");
		port_format(out, names, a->port);
		break;
	case OFACT_CONTROLLER:
		strbuf_printf(out, "CONTROLLER:%u", a->controller.max_len);
		break;
	case OFACT_OUTPUT_REG:
		format_subfield(out, "output:", &a->sub);
		break;
	case OFACT_SET_FIELD:
		format_set(out, a, names);
		break;
	case OFACT_MOVE:
		format_subfield(out, "move:", &a->move.src);
		format_subfield(out, "->", &a->move.dst);
		break;
	case OFACT_STACK_PUSH:
		format_subfield(out, "push:", &a->sub);
		break;
	case OFACT_STACK_POP:
		format_subfield(out, "pop:", &a->sub);
		break;
	case OFACT_PUSH_VLAN:
		strbuf_printf(out, "push_vlan:0x%04x", XVS_FROM_BE16(a->ethertype));
		break;
	case OFACT_PUSH_MPLS:
		strbuf_printf(out, "push_mpls:0x%04x", XVS_FROM_BE16(a->ethertype));
		break;
	case OFACT_POP_MPLS:
		strbuf_printf(out, "pop_mpls:0x%04x", XVS_FROM_BE16(a->ethertype));
		break;
	case OFACT_RESUBMIT:
		format_resubmit(out, a, names);
		break;
	case OFACT_GOTO_TABLE:
		strbuf_printf(out, "goto_table:%u", a->resubmit.table_id);
		break;
	case OFACT_CLONE:
		strbuf_add(out, "clone(");
		ofacts_format(out, a->nested, names);
		strbuf_addc(out, ')');
		break;
	case OFACT_GROUP:
		strbuf_printf(out, "group:%u", a->id);
		break;
	case OFACT_METER:
		strbuf_printf(out, "meter:%u", a->id);
		break;
	case OFACT_LEARN:
		format_learn(out, a->learn, names);
		break;
	case OFACT_CONJUNCTION:
		strbuf_printf(out, "conjunction(%u,%u/%u)", a->conjunction.id,
			      a->conjunction.clause + 1U, a->conjunction.n_clauses);
		break;
	case OFACT_CT:
		ofact_ct_format(out, a->ct, names);
		break;
	default:
		strbuf_add(out, words[a->type]);
		break;
	}
}

void ofacts_format(struct strbuf *out, const struct ofacts *list, const struct port_names *names)
{
	if (!list->n)
		strbuf_add(out, "drop");
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			strbuf_addc(out, ',');
		format_ofact(out, &list->v[i], names);
	}
}
