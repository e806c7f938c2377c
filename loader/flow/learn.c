// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What learn() makes of a packet; see learn.h.
 */
#include "learn.h"

#include <errno.h>

#include "flow_lex.h"
#include "subfield_text.h"

/* The bits of a field that 'sub' is. Where it is all of the field, those that
 * the key has in addition go with them: types of ICMP are octets in 16 bits. */
static void subfield_mask(const struct subfield *sub, union field_value *mask)
{
	static const union field_value ones = {.w = {~0ULL, ~0ULL}};

	*mask = (union field_value){0};
	if (subfield_is_whole(sub))
		field_exact_mask(&fields[sub->field], mask);
	else
		field_value_insert(mask, sub->ofs, sub->n_bits, &ones);
}

static void unwildcard(struct flow_key *bits, const struct subfield *sub)
{
	union field_value mask, old;

	subfield_mask(sub, &mask);
	field_get(&fields[sub->field], bits, &old);
	mask.w[0] |= old.w[0];
	mask.w[1] |= old.w[1];
	field_set(&fields[sub->field], bits, &mask);
}

void learn_read(const struct ofact_learn *l, struct flow_key *bits)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->clause[i].immediate)
			unwildcard(bits, &l->clause[i].src);
}

static void add_match(const struct learn_clause *c, const union field_value *value,
		      struct match *match)
{
	unwildcard(&match->mask, &c->dst);
	subfield_set(&c->dst, &match->key, value);
}

static int add_load(const struct learn_clause *c, const union field_value *value,
		    struct ofacts *actions)
{
	struct ofact set = {.type = OFACT_SET_FIELD, .set.field = c->dst.field};

	subfield_mask(&c->dst, &set.set.mask);
	field_value_insert(&set.set.value, c->dst.ofs, c->dst.n_bits, value);
	return ofacts_append(actions, &set);
}

/* As "output:" with that number; none for what is no port, nor for those that
 * Open vSwitch leaves out, though they are. */
static int add_output(const union field_value *value, struct ofacts *actions)
{
	struct ofact output = {.port = (__u16)(value->b[14] << 8 | value->b[15])};

	switch (output.port) {
	case PORT_IN_PORT:
		output.type = OFACT_IN_PORT;
		break;
	case PORT_FLOOD:
		output.type = OFACT_FLOOD;
		break;
	case PORT_ALL:
		output.type = OFACT_ALL;
		break;
	case PORT_LOCAL:
		output.type = OFACT_LOCAL;
		break;
	default:
		if (!output.port || output.port >= PORT_RESERVED_MIN)
			return 0;
		output.type = OFACT_OUTPUT;
	}
	for (int i = 0; i < 14; i++)
		if (value->b[i])
			return 0;
	return ofacts_append(actions, &output);
}

static int add_clause(const struct learn_clause *c, const struct flow_key *flow,
		      struct flow_spec *out)
{
	union field_value value = c->value;

	if (!c->immediate)
		subfield_get(&c->src, flow, &value);
	switch (c->kind) {
	case LEARN_MATCH:
		add_match(c, &value, &out->match);
		return 0;
	case LEARN_LOAD:
		return add_load(c, &value, &out->actions);
	default:
		return add_output(&value, &out->actions);
	}
}

int learn_make(const struct ofact_learn *l, const struct flow_key *flow, struct flow_spec *out)
{
	int err = 0;

	*out = (struct flow_spec){
		.priority = l->priority,
		.table_id = l->table_id,
		.cookie = l->cookie,
		.idle_timeout_s = l->idle_timeout_s,
		.hard_timeout_s = l->hard_timeout_s,
		.out_port = -1,
		.out_group = -1,
		.has_priority = true,
	};
	for (size_t i = 0; !err && i < l->n; i++)
		err = add_clause(&l->clause[i], flow, out);
	if (err)
		flow_spec_fini(out);
	return err;
}
