// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interpreter of interpreter.h.
 */
#include "interpreter_private.h"

#include <stdlib.h>

#include "flow_lex.h"

static void run_list(struct run *r, const struct ofacts *list);

/* --- fields --- */

void run_read_bits(const struct run *r, const struct subfield *sub, union field_value *bits)
{
	union field_value v;
	struct flow_key key;

	plain_packet_key(&r->p, &key);
	field_get(&fields[sub->field], &key, &v);
	memset(bits, 0, sizeof(*bits));
	field_value_extract(&v, sub->ofs, sub->n_bits, bits);
}

static void write_bits(struct run *r, const struct subfield *sub, const union field_value *bits)
{
	union field_value v = {0}, m = {0}, ones;

	if (!plain_packet_has(&r->p, &fields[sub->field]))
		return;
	memset(&ones, 0xff, sizeof(ones));
	field_value_insert(&v, sub->ofs, sub->n_bits, bits);
	field_value_insert(&m, sub->ofs, sub->n_bits, &ones);
	plain_packet_set(&r->p, &fields[sub->field], &v, &m);
}

static void move(struct run *r, const struct ofact *a)
{
	union field_value v;

	if (!plain_packet_has(&r->p, &fields[a->move.src.field]))
		return;
	run_read_bits(r, &a->move.src, &v);
	write_bits(r, &a->move.dst, &v);
}

static void push(struct run *r, const struct subfield *sub)
{
	if (r->n_stack == RUN_STACK_MAX)
		r->result->unknown = true;
	else
		run_read_bits(r, sub, &r->stack[r->n_stack++]);
}

static void output_reg(struct run *r, const struct subfield *sub)
{
	union field_value v;
	__u64 number;

	run_read_bits(r, sub, &v);
	number = v.w[0] ? ~0ULL : XVS_FROM_BE64(v.w[1]);
	if (number == PORT_IN_PORT)
		run_send(r, run_port(r, r->p.beside.in_port), &r->p);
	else if (number == PORT_NORMAL)
		run_normal(r);
	else if (number == PORT_FLOOD || number == PORT_ALL)
		run_output_all(r, number == PORT_FLOOD);
	else if (number == PORT_CONTROLLER)
		run_emit(r, INTERPRETER_CONTROLLER, &r->p);
	else if (number < XVS_MAX_PORTS || number == PORT_LOCAL)
		run_output(r, (__u16)number);
}

/* --- lists --- */

/* On a copy; true: a meter has ended it. */
static bool run_copy(const struct run *r, const struct ofacts *list, bool *exits)
{
	struct run *copy = malloc(sizeof(*copy));
	bool metered;

	*copy = *r;
	run_list(copy, list);
	metered = copy->metered;
	*exits = copy->exit;
	free(copy);
	return metered;
}

/* `exit` ends the lists around the clone as well, as in Open vSwitch; but not when it
 * comes in another pass, where the rest has been done. */
static void run_clone(struct run *r, const struct ofacts *list)
{
	bool was_bare = r->p.bare;

	run_copy(r, list, &r->exit);
	if (r->exit && (r->p.n_wire || was_bare))
		r->result->unknown = true;
}

/* A bucket is a copy, but no smaller a thing than the packet for a meter; unless that
 * is of another pass, which is the bucket's own. */
static void run_bucket(struct run *r, const struct group_bucket *b)
{
	bool exits, metered = r->metered;

	if (!b)
		return;
	r->metered = run_copy(r, &b->ordered, &exits);
	if (!metered && r->metered && (r->p.n_wire || r->p.bare))
		r->result->unknown = true;
}

static void run_group(struct run *r, __u32 id)
{
	const struct group *g = group_find(r->sw->groups, id);
	struct flow_key key;

	if (!g)
		return;
	plain_packet_key(&r->p, &key);
	if (g->type == GROUP_SELECT)
		run_bucket(r, group_select(r->sw, g, group_hash(g, &key)));
	else if (g->type == GROUP_FAST_FAILOVER)
		run_bucket(r, group_first_alive(r->sw, g));
	else
		for (size_t i = 0; i < g->n_buckets; i++)
			run_bucket(r, &g->buckets[i]);
}

static void run_meter(struct run *r, __u32 id)
{
	const struct meter *m = meter_find(r->sw->meters, id);

	if (!m || !(r->in->closed >> m->slot & 1))
		return;
	r->metered = true;
	/* There may be no next pass. */
	r->result->cut |= r->p.n_wire || r->p.bare;
}

void run_table(struct run *r, __u8 table_id, __u16 in_port)
{
	struct interpreter_rule *best = NULL;
	__u8 caller_table = r->table_id;
	__u64 caller_cookie = r->cookie;
	struct flow_key key;

	plain_packet_key(&r->p, &key);
	key.in_port = in_port;
	for (size_t i = 0; i < r->in->n_rules; i++) {
		struct interpreter_rule *ir = &r->in->rule[i];
		struct match match;

		rule_match(ir->rule, &match);
		if (ir->sw == r->sw && ir->rule->table_id == table_id &&
		    match_covers(&match, &key) &&
		    (!best || ir->rule->priority > best->rule->priority))
			best = ir;
	}
	if (!best)
		return;
	best->n_runs++;
	r->table_id = table_id;
	r->cookie = best->rule->cookie;
	run_list(r, &best->rule->actions);
	r->table_id = caller_table;
	r->cookie = caller_cookie;
}

static void resubmit(struct run *r, const struct ofact *a)
{
	__u8 to = a->resubmit.table_id == OFACT_TABLE_CURRENT ? r->table_id : a->resubmit.table_id;

	run_table(r, to, a->resubmit.port ? a->resubmit.port : r->p.beside.in_port);
}

/* The packet is not needed any more, in this list. */
static bool expire(struct run *r, bool lives)
{
	r->result->cut |= !lives;
	return !lives;
}

/* Where it goes. */
static void act_output(struct run *r, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		run_output(r, a->port);
		break;
	case OFACT_IN_PORT:
		run_send(r, run_port(r, r->p.beside.in_port), &r->p);
		break;
	case OFACT_NORMAL:
		run_normal(r);
		break;
	case OFACT_FLOOD:
	case OFACT_ALL:
		run_output_all(r, a->type == OFACT_FLOOD);
		break;
	case OFACT_LOCAL:
		run_output(r, PORT_LOCAL);
		break;
	case OFACT_CONTROLLER:
		run_emit(r, INTERPRETER_CONTROLLER, &r->p);
		break;
	case OFACT_OUTPUT_REG:
		output_reg(r, &a->sub);
		break;
	default:
		break;
	}
}

/* What it becomes. */
static void act_change(struct run *r, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_SET_FIELD:
		if (plain_packet_has(&r->p, &fields[a->set.field]))
			plain_packet_set(&r->p, &fields[a->set.field], &a->set.value, &a->set.mask);
		break;
	case OFACT_MOVE:
		move(r, a);
		break;
	case OFACT_STACK_PUSH:
		push(r, &a->sub);
		break;
	case OFACT_STACK_POP:
		if (r->n_stack)
			write_bits(r, &a->sub, &r->stack[--r->n_stack]);
		break;
	case OFACT_PUSH_VLAN:
		plain_packet_push_vlan(&r->p, XVS_FROM_BE16(a->ethertype), 0);
		break;
	case OFACT_POP_VLAN:
		plain_packet_pop_vlan(&r->p);
		break;
	case OFACT_PUSH_MPLS:
		plain_packet_push_mpls(&r->p, a->ethertype);
		break;
	case OFACT_POP_MPLS:
		plain_packet_pop_mpls(&r->p, a->ethertype);
		break;
	default:
		break;
	}
}

/* True: the list ends. */
static bool act(struct run *r, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_DEC_TTL:
		return expire(r, plain_packet_dec_ttl(&r->p));
	case OFACT_DEC_MPLS_TTL:
		return expire(r, plain_packet_dec_mpls_ttl(&r->p));
	case OFACT_RESUBMIT:
	case OFACT_GOTO_TABLE:
		resubmit(r, a);
		break;
	case OFACT_CLONE:
		run_clone(r, a->nested);
		break;
	case OFACT_GROUP:
		run_group(r, a->id);
		break;
	case OFACT_METER:
		run_meter(r, a->id);
		break;
	case OFACT_CT:
		run_ct(r, a->ct);
		break;
	case OFACT_CT_CLEAR:
		run_ct_clear(r);
		break;
	case OFACT_EXIT:
		r->exit = true;
		break;
	default:
		act_output(r, a);
		act_change(r, a);
		break;
	}
	return false;
}

static void run_list(struct run *r, const struct ofacts *list)
{
	bool ends = false;

	for (size_t i = 0; i < list->n && !ends && !r->exit; i++) {
		ends = act(r, &list->v[i]);
		r->result->unknown |= r->p.unknown;
	}
}

void interpreter_run(struct interpreter *in, const struct plain_packet *packet,
		     struct interpreter_result *result)
{
	static struct run r;
	__u32 mirrors = 0;

	r = (struct run){.in = in, .result = result, .sw = in->sw[0], .p = *packet};
	r.mirrors = &mirrors;
	result->n = 0;
	result->cut = result->unknown = false;
	run_enter(&r, packet->beside.in_port);
}

static int compare_outputs(const void *pa, const void *pb)
{
	const struct interpreter_output *a = pa, *b = pb;

	if (a->port_no != b->port_no)
		return a->port_no < b->port_no ? -1 : 1;
	if (a->frame.len != b->frame.len)
		return a->frame.len < b->frame.len ? -1 : 1;
	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	return memcmp(a->frame.bytes, b->frame.bytes, a->frame.len);
}

void interpreter_sort(struct interpreter_result *result)
{
	qsort(result->output, result->n, sizeof(result->output[0]), compare_outputs);
}
