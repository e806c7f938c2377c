// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tables and actions: the rule that a table has for the packet is looked up and
 * carried out on paper, and leads on to other tables. Fields are read and written
 * by xlate_key.c, ports are xlate_output.c's.
 */
#include <stdlib.h>

#include "xlate_private.h"

static struct rule *lookup(struct xlate_ctx *ctx, const struct flow_key *key, struct flow_key *wc)
{
	const struct flow_table *tables = ctx->sw->tables;
	struct flow_table_listener listener = {.fn = xlate_trace_step, .aux = ctx->trace};

	if (!ctx->trace)
		return flow_table_lookup(tables, ctx->table_id, key, wc);
	xlate_trace_add(ctx->trace, "table %u:", ctx->table_id);
	ctx->trace->key = key;
	return flow_table_explain(tables, ctx->table_id, key, wc, &listener);
}

/* Tells which bits an action has added to the mask. */
static void trace_read(struct xlate_ctx *ctx)
{
	const struct flow_key *mask = &ctx->out->mask;
	struct flow_key added;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		added.w[i] = mask->w[i] & ~ctx->told.w[i];
	ctx->told = *mask;
	ctx->trace->key = ctx->in->key;
	xlate_trace_mask(ctx->trace, "un-wildcards", &added, mask);
}

static void run_rule(struct xlate_ctx *ctx, struct rule *rule)
{
	struct xlate_ref ref = {.kind = XLATE_REF_RULE, .rule = rule};
	const struct rule *caller = ctx->rule;
	__u64 cookie = ctx->cookie;

	if (!ctx->out->rule)
		ctx->out->rule = rule;
	xlate_refs_add(&ctx->out->refs, &ref);
	xlate_trace_rule(ctx->trace, rule);
	ctx->rule = rule;
	ctx->cookie = rule->cookie;
	xlate_actions(ctx, &rule->actions);
	ctx->rule = caller;
	ctx->cookie = cookie;
}

static bool within_limits(struct xlate_ctx *ctx)
{
	if (++ctx->n_resubmits <= XLATE_MAX_RESUBMITS && ctx->depth <= XLATE_MAX_DEPTH)
		return true;
	xlate_trace_add(ctx->trace, "more than %d tables, or %d steps back: drop",
			XLATE_MAX_RESUBMITS, XLATE_MAX_DEPTH);
	ctx->error = XVS_DROP_RESUBMIT_LIMIT;
	return false;
}

/* The lookup alone sees 'in_port'; the rule's actions do not. */
static void look_up_as(struct xlate_ctx *ctx, __u8 table_id, __u16 in_port)
{
	struct flow_key key, wc;
	__u8 caller = ctx->table_id;
	struct rule *rule;

	if (!within_limits(ctx))
		return;
	ctx->table_id = table_id;
	xlate_key(ctx, &key);
	key.in_port = in_port;
	ctx->out->deps.tables |= xlate_dep_tag(XLATE_DEP_TABLE, ctx->sw->id, table_id);
	ctx->out->deps.rewritten |= xlate_rewritten(ctx, &key);
	xlate_begin_reading(ctx, &wc);
	rule = lookup(ctx, &key, &wc);
	xlate_unwildcard(ctx, &wc);
	if (ctx->trace)
		ctx->told = ctx->out->mask;
	if (rule) {
		run_rule(ctx, rule);
	} else {
		xlate_trace_add(ctx->trace, "no rule matches%s", ctx->out->rule ? "" : ": drop");
		xlate_skip(ctx, XVS_DROP_NO_MATCH);
	}
	ctx->table_id = caller;
}

void xlate_table(struct xlate_ctx *ctx, __u8 table_id)
{
	look_up_as(ctx, table_id, ctx->want.flow.in_port);
}

/* Only steps back can make a loop, so only they are a depth. */
static void resubmit(struct xlate_ctx *ctx, const struct ofact *a)
{
	__u8 to = a->resubmit.table_id;
	__u16 in_port = a->resubmit.port ? a->resubmit.port : ctx->want.flow.in_port;
	bool back;

	if (to == OFACT_TABLE_CURRENT)
		to = ctx->table_id;
	back = to <= ctx->table_id;
	ctx->depth += back;
	look_up_as(ctx, to, in_port);
	ctx->depth -= back;
}

static void set_field(struct xlate_ctx *ctx, const struct ofact *a)
{
	const struct field *f = &fields[a->set.field];

	if (xlate_has_field(ctx, f))
		xlate_set(ctx, f, &a->set.value, &a->set.mask);
	else
		xlate_trace_add(ctx->trace, "set %s: the packet has no such header", f->name);
}

static void move(struct xlate_ctx *ctx, const struct ofact *a)
{
	const struct field *src = &fields[a->move.src.field], *dst = &fields[a->move.dst.field];
	union field_value value;

	if (!xlate_has_field(ctx, src) || !xlate_has_field(ctx, dst)) {
		xlate_trace_add(ctx->trace, "move %s to %s: the packet has no such header",
				src->name, dst->name);
		return;
	}
	xlate_get(ctx, &a->move.src, &value);
	xlate_set_subfield(ctx, &a->move.dst, &value);
}

static void stack_push(struct xlate_ctx *ctx, const struct ofact *a)
{
	struct xlate_want *w = &ctx->want;

	if (w->n_stack == XLATE_MAX_STACK) {
		xlate_trace_add(ctx->trace, "more than %d values on the stack: drop",
				XLATE_MAX_STACK);
		ctx->error = XVS_DROP_RESUBMIT_LIMIT;
		return;
	}
	xlate_get(ctx, &a->sub, &w->stack[w->n_stack++]);
}

static void stack_pop(struct xlate_ctx *ctx, const struct ofact *a)
{
	struct xlate_want *w = &ctx->want;

	if (!w->n_stack) {
		xlate_trace_add(ctx->trace, "pop: the stack is empty");
		return;
	}
	w->n_stack--;
	if (xlate_has_field(ctx, &fields[a->sub.field]))
		xlate_set_subfield(ctx, &a->sub, &w->stack[w->n_stack]);
}

static void output_reg(struct xlate_ctx *ctx, const struct ofact *a)
{
	union field_value value;

	xlate_get(ctx, &a->sub, &value);
	xlate_output_number(ctx, value.w[0] ? ~0ULL : XVS_FROM_BE64(value.w[1]));
}

/* 'saved' is the packet as it is now. */
static void on_copy(struct xlate_ctx *ctx, const struct xlate_want *saved, xlate_copy_fn fn,
		    const void *arg)
{
	bool tail = ctx->tail;

	if (ctx->n_copies == XLATE_MAX_COPIES) {
		xlate_trace_add(ctx->trace, "more than %d copies inside of each other: drop",
				XLATE_MAX_COPIES);
		ctx->error = XVS_DROP_RESUBMIT_LIMIT;
		return;
	}
	ctx->tail = false;
	ctx->n_copies++;
	fn(ctx, arg);
	ctx->n_copies--;
	ctx->tail = tail;
	if (ctx->freezing) {
		ctx->frozen_copy = true;
		ctx->frozen_begin = ctx->out->n_ops;
	}
	ctx->freezing = false;
	ctx->want = *saved;
}

void xlate_on_copy(struct xlate_ctx *ctx, xlate_copy_fn fn, const void *arg)
{
	const struct xlate_want saved = ctx->want;

	on_copy(ctx, &saved, fn, arg);
}

void xlate_on_clone(struct xlate_ctx *ctx, xlate_copy_fn fn, const void *arg)
{
	const struct xlate_want *outer = ctx->copy_of;
	const struct xlate_want before = ctx->want;
	size_t begin = ctx->out->n_ops;

	if (!outer)
		ctx->copies_begin = begin;
	ctx->copy_of = &before;
	on_copy(ctx, &before, fn, arg);
	if (xlate_has_open_meter(ctx, begin)) {
		xlate_commit(ctx, &ctx->want.vlan);
		xlate_close_meters(ctx, begin);
	}
	ctx->copy_of = outer;
}

static void run_nested(struct xlate_ctx *ctx, const void *list)
{
	xlate_actions(ctx, list);
}

/* May go on when the headers below a popped label are not known. */
static bool needs_headers(const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
	case OFACT_IN_PORT:
	case OFACT_NORMAL:
	case OFACT_FLOOD:
	case OFACT_ALL:
	case OFACT_LOCAL:
	case OFACT_CONTROLLER:
	case OFACT_PUSH_VLAN:
	case OFACT_POP_VLAN:
	case OFACT_METER:
	case OFACT_CLONE:
	case OFACT_CT_CLEAR:
	case OFACT_EXIT:
	case OFACT_DROP:
		return false;
	case OFACT_SET_FIELD:
		return fields[a->set.field].offset >= FLOW_STAGE_L2_END * 8 ||
		       fields[a->set.field].offset == offsetof(struct flow_key, mpls_lse);
	default:
		return true;
	}
}

/* Actions that end or leave the list: true, nothing of it is left to do. */
static bool act(struct xlate_ctx *ctx, const struct ofact *a);

/* 'last': nothing of the list follows. */
static bool act_traced(struct xlate_ctx *ctx, const struct ofact *a)
{
	bool ends;

	if (!ctx->trace)
		return act(ctx, a);
	ctx->trace->indent++;
	ends = act(ctx, a);
	trace_read(ctx);
	ctx->trace->indent--;
	return ends;
}

void xlate_freeze_rest(struct xlate_ctx *ctx, const struct ofacts *list, size_t from)
{
	const struct ofacts rest = {.v = list->v + from, .n = list->n - from};
	struct recirc *f = &ctx->frozen;
	struct recirc_rest *grown;

	if (!rest.n)
		return;
	grown = reallocarray(f->rest, f->n_rest + 1, sizeof(*grown));
	if (!grown) {
		ctx->out->refs.failed = true;
		return;
	}
	f->rest = grown;
	grown[f->n_rest] = (struct recirc_rest){.table_id = ctx->table_id, .cookie = ctx->cookie};
	if (ofacts_copy(&grown[f->n_rest].actions, &rest))
		ctx->out->refs.failed = true;
	else
		f->n_rest++;
}

void xlate_actions(struct xlate_ctx *ctx, const struct ofacts *list)
{
	bool tail = ctx->tail, list_tail = ctx->list_tail, ends = false;

	ctx->list_tail = tail;

	for (size_t i = 0; i < list->n && !ends && !ctx->exit && !ctx->error && !ctx->too_big;
	     i++) {
		if (ctx->want.unparsed && needs_headers(&list->v[i]) && xlate_freeze(ctx)) {
			xlate_freeze_rest(ctx, list, i);
			break;
		}
		ctx->tail = tail && i == list->n - 1;
		ends = act_traced(ctx, &list->v[i]);
		if (ctx->freezing) {
			xlate_freeze_rest(ctx, list, i + 1);
			break;
		}
	}
	ctx->tail = tail;
	ctx->list_tail = list_tail;
}

/* sizes: flat */
static bool act(struct xlate_ctx *ctx, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		xlate_output_plain(ctx, a->port);
		break;
	case OFACT_IN_PORT:
		xlate_output_back(ctx);
		break;
	case OFACT_NORMAL:
		xlate_trace_add(ctx->trace, "NORMAL");
		xlate_normal(ctx);
		break;
	case OFACT_FLOOD:
		xlate_trace_add(ctx->trace, "FLOOD");
		xlate_output_all(ctx, true);
		break;
	case OFACT_ALL:
		xlate_trace_add(ctx->trace, "ALL");
		xlate_output_all(ctx, false);
		break;
	case OFACT_LOCAL:
		xlate_local(ctx);
		break;
	case OFACT_CONTROLLER:
		xlate_controller(ctx, a->controller.max_len);
		break;
	case OFACT_OUTPUT_REG:
		output_reg(ctx, a);
		break;
	case OFACT_SET_FIELD:
		set_field(ctx, a);
		break;
	case OFACT_MOVE:
		move(ctx, a);
		break;
	case OFACT_STACK_PUSH:
		stack_push(ctx, a);
		break;
	case OFACT_STACK_POP:
		stack_pop(ctx, a);
		break;
	case OFACT_PUSH_VLAN:
		xlate_vlan_push(ctx, a->ethertype, 0);
		break;
	case OFACT_POP_VLAN:
		xlate_vlan_pop(ctx);
		break;
	case OFACT_PUSH_MPLS:
		xlate_mpls_push(ctx, a->ethertype);
		break;
	case OFACT_POP_MPLS:
		xlate_mpls_pop(ctx, a->ethertype);
		break;
	case OFACT_DEC_TTL:
		return !xlate_dec_ttl(ctx);
	case OFACT_DEC_MPLS_TTL:
		return !xlate_dec_mpls_ttl(ctx);
	case OFACT_RESUBMIT:
	case OFACT_GOTO_TABLE:
		resubmit(ctx, a);
		break;
	case OFACT_CLONE:
		xlate_on_clone(ctx, run_nested, a->nested);
		break;
	case OFACT_GROUP:
		xlate_group(ctx, a->id);
		break;
	case OFACT_METER:
		xlate_meter(ctx, a->id);
		break;
	case OFACT_LEARN:
		xlate_learn(ctx, a->learn);
		break;
	case OFACT_CT:
		xlate_ct(ctx, a->ct);
		break;
	case OFACT_CT_CLEAR:
		xlate_ct_clear(ctx);
		break;
	case OFACT_EXIT:
		ctx->exit = true;
		break;
	case OFACT_CONJUNCTION: /* decides nothing by itself */
	case OFACT_DROP:
	case OFACT_N:
		return true;
	}
	return false;
}
