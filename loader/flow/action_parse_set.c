// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Actions that read and write fields: mod_*, set_field, load, move, the stack.
 */
#include "action_check_private.h"
#include "action_parse_private.h"

#include "proto.h"

/* ICMP types and codes have one name for both protocols' fields. */
static enum field_id resolve(const struct ofact_scope *scope, enum field_id id)
{
	if (scope->match.key.dl_type != XVS_BE16(DL_TYPE_IPV6))
		return id;
	switch (id) {
	case FIELD_ICMP_TYPE:
		return FIELD_ICMPV6_TYPE;
	case FIELD_ICMP_CODE:
		return FIELD_ICMPV6_CODE;
	default:
		return id;
	}
}

static int parse_value(struct action_parser *p, const struct word *name, const struct word *value,
		       struct ofact *a)
{
	struct field_text in = {
		.field = &fields[a->set.field],
		.name = *name,
		.text = *value,
		.names = p->names,
	};
	struct field_bits bits;
	int rc = field_text_parse(&in, &bits, p->err);

	if (rc)
		return rc;
	a->set.value = bits.value;
	a->set.mask = bits.mask;
	return 0;
}

int action_parse_mod(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_SET_FIELD, .set.field = (enum field_id)w->param};
	int rc;

	if (word_find(&w->arg, '/') < w->arg.len)
		return parse_fail(p->err, &w->arg, "action '%s' takes no mask",
				  word_shown(&w->name).s);
	rc = parse_value(p, &w->name, &w->arg, &a);
	return rc ? rc : action_append(p, w, &a);
}

int action_split_arrow(struct action_parser *p, const struct action_words *w, struct word *src,
		       struct word *dst)
{
	size_t arrow = 0;

	while (arrow + 1 < w->arg.len && memcmp(w->arg.s + arrow, "->", 2))
		arrow++;
	if (w->arg.quoted || arrow + 1 >= w->arg.len)
		return parse_fail(p->err, &w->arg, "'%s' is written %s", word_shown(&w->name).s,
				  action_by_name(&w->name)->syntax);
	*src = word_part(&w->arg, 0, arrow);
	*dst = word_part(&w->arg, arrow + 2, w->arg.len);
	return 0;
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

static int unsettable(struct action_parser *p, const struct word *at, const struct field *f)
{
	const char *why = "";

	if (p->scope.in_ct)
		return parse_fail(p->err, at,
				  "field '%s' cannot be set in 'ct', only ct_mark and "
				  "ct_label can",
				  f->name);
	switch (f->id) {
	case FIELD_PKT_MARK:
		why = ": the fast path leaves the mark alone";
		break;
	case FIELD_TUN_ID:
	case FIELD_TUN_SRC:
	case FIELD_TUN_DST:
		why = ": there are no tunnel ports yet";
		break;
	case FIELD_CT_MARK:
	case FIELD_CT_LABEL:
		why = " outside of 'ct': ct(commit,exec(...))";
		break;
	default:
		break;
	}
	return parse_fail(p->err, at, "field '%s' cannot be set%s", f->name, why);
}

/* set_field:VALUE[/MASK]->FIELD */
int action_parse_set_field(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_SET_FIELD};
	struct word value, name;
	const struct field *f;
	int rc = action_split_arrow(p, w, &value, &name);

	if (rc)
		return rc;
	value = word_unquote(&value);
	f = field_by_name(name.s, name.len);
	if (!f)
		return parse_fail(p->err, &name, "unknown field '%s'", word_shown(&name).s);
	if (!ofact_may_write(f, &p->scope))
		return unsettable(p, &name, f);
	a.set.field = resolve(&p->scope, f->id);
	if (word_is(&name, "vlan_vid") && value.len)
		rc = parse_vlan_vid(p, &value, &a);
	else
		rc = parse_value(p, &name, &value, &a);
	if (rc)
		return rc;
	return action_append(p, &(struct action_words){.name = name}, &a);
}

int action_destination(struct action_parser *p, const struct word *w, struct subfield *sub)
{
	int rc = subfield_parse(w, sub, p->err);

	if (rc)
		return rc;
	return ofact_may_write(&fields[sub->field], &p->scope)
		       ? 0
		       : unsettable(p, w, &fields[sub->field]);
}

int action_load_value(struct action_parser *p, const struct word *value, const struct word *name,
		      const struct subfield *sub, union field_value *v)
{
	const struct field *f = &fields[sub->field];
	struct word bare = word_part(name, 0, word_find(name, '['));
	struct subfield octet = {.n_bits = 8};
	int rc;

	if (bare.len + 2 < name->len || !field_is_tos_octet(f, &bare))
		return subfield_value_parse(value, sub, v, p->err);
	/* All of it: the value is one of eight bits. */
	rc = subfield_value_parse(value, &octet, v, p->err);
	if (!rc && field_value_to_u64(v) & 3)
		return parse_fail(p->err, value, "'%s' has its low two bits at 0: ECN is 'nw_ecn'",
				  word_shown(name).s);
	if (!rc)
		field_value_from_u64(v, field_value_to_u64(v) >> f->shift);
	return rc;
}

/* load:VALUE->DST */
int action_parse_load(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_SET_FIELD};
	union field_value value, ones;
	struct word number, name;
	struct subfield dst;
	int rc = action_split_arrow(p, w, &number, &name);

	if (!rc)
		rc = action_destination(p, &name, &dst);
	if (!rc)
		rc = action_load_value(p, &number, &name, &dst, &value);
	if (rc)
		return rc;
	memset(&ones, 0xff, sizeof(ones));
	a.set.field = dst.field;
	field_value_insert(&a.set.value, dst.ofs, dst.n_bits, &value);
	field_value_insert(&a.set.mask, dst.ofs, dst.n_bits, &ones);
	/* The whole of a type or code is all bits that the key has for it. */
	if (subfield_is_whole(&dst))
		field_exact_mask(&fields[dst.field], &a.set.mask);
	return action_append(p, &(struct action_words){.name = name}, &a);
}

/* move:SRC->DST */
int action_parse_move(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_MOVE};
	struct word src, dst;
	int rc = action_split_arrow(p, w, &src, &dst);

	if (!rc)
		rc = subfield_parse(&src, &a.move.src, p->err);
	if (!rc)
		rc = action_destination(p, &dst, &a.move.dst);
	return rc ? rc : action_append(p, w, &a);
}

/* push:SRC, pop:DST */
int action_parse_stack(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = (enum ofact_type)w->param};
	int rc;

	if (a.type == OFACT_STACK_POP)
		rc = action_destination(p, &w->arg, &a.sub);
	else
		rc = subfield_parse(&w->arg, &a.sub, p->err);
	return rc ? rc : action_append(p, w, &a);
}

/* write_metadata:VALUE[/MASK] */
int action_parse_write_metadata(struct action_parser *p, const struct action_words *w)
{
	struct ofact a = {.type = OFACT_SET_FIELD, .set.field = FIELD_METADATA};
	int rc = parse_value(p, &w->name, &w->arg, &a);

	return rc ? rc : action_append(p, w, &a);
}
