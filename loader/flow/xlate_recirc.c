// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The end of one pass and the beginning of the next; see recirc.h. A pass ends
 * where actions need headers that pop_mpls has bared and the parser has not seen,
 * and behind a ct() that names a table (xlate_ct.c).
 */
#include <stdlib.h>

#include "xlate_private.h"

/* The next pass is the program's end, where no meter of a copy leads. */
static bool is_metered_copy(const struct xlate_ctx *ctx)
{
	return ctx->copy_of && xlate_has_open_meter(ctx, ctx->copies_begin);
}

const char *xlate_no_next_pass(const struct xlate_ctx *ctx)
{
	const struct xlate_env *env = ctx->in->env;

	if (ctx->frozen_copy)
		return "the next pass is another copy's";
	if (is_metered_copy(ctx))
		return "a metered copy has no next pass";
	return env && env->recircs ? NULL : "there are no more passes here";
}

void xlate_freeze_state(struct xlate_ctx *ctx)
{
	ctx->frozen.sw = sw_get(ctx->sw);
	ctx->frozen.mirrors = ctx->mirrors;
	ctx->frozen.policy = xlate_policy_freeze(ctx);
	ctx->frozen_want = ctx->want;
}

bool xlate_freeze(struct xlate_ctx *ctx)
{
	const char *why;

	if (ctx->freezing)
		return true;
	why = xlate_no_next_pass(ctx);
	if (why) {
		xlate_trace_add(ctx->trace, "the headers behind the label are not known, and %s",
				why);
		return false;
	}
	xlate_trace_add(ctx->trace, "the headers behind the label are not known: the next pass "
				    "goes on from here");
	ctx->freezing = true;
	xlate_freeze_state(ctx);
	return true;
}

/* As rules number the port that the packet came in by, in the switch of its device. */
static __u16 own_in_port(const struct xlate_ctx *ctx)
{
	__u16 port_no = ctx->in->key->in_port;
	const struct sw_port *p = sw_port_by_number(ctx->in->sw, port_no);

	return p ? sw_port_number(ctx->in->sw, p) : port_no;
}

static bool fill_state(struct xlate_ctx *ctx)
{
	const struct xlate_want *w = &ctx->want;
	struct recirc *f = &ctx->frozen;

	f->flow = w->flow;
	f->own_in_port = f->sw == ctx->in->sw && w->flow.in_port == own_in_port(ctx);
	if (f->own_in_port)
		f->flow.in_port = 0;
	f->tracked = ctx->frozen_by_ct || (ctx->tracked && !w->untracked);
	if (!w->n_stack)
		return true;
	f->stack = calloc(w->n_stack, sizeof(*f->stack));
	if (!f->stack)
		return false;
	memcpy(f->stack, w->stack, w->n_stack * sizeof(*f->stack));
	f->n_stack = w->n_stack;
	return true;
}

/* A pass that is not behind a CT has the key's tracking: it is to be what was wanted. */
static void emit_recirc(struct xlate_ctx *ctx, __u32 recirc_id)
{
	const struct xvs_ct_action forget = {.flags = XVS_CT_A_CLEAR};
	const struct xvs_op op = {.kind = XVS_OP_RECIRC, .arg = recirc_id};

	if (ctx->want.untracked && ctx->tracked)
		xlate_ct_emit(ctx, &forget);
	xlate_emit(ctx, &op);
}

void xlate_recirc_finish(struct xlate_ctx *ctx)
{
	struct xlate_ref ref = {.kind = XLATE_REF_RECIRC};

	ctx->want = ctx->frozen_want;
	if (!fill_state(ctx))
		ctx->out->refs.failed = true;
	ref.recirc = recirc_freeze(ctx->in->env->recircs, &ctx->frozen, ctx->in->now_ms);
	if (!ref.recirc) {
		ctx->error = XVS_DROP_RECIRC_LIMIT;
		return;
	}
	xlate_commit(ctx, &ctx->want.vlan);
	/* Meters of what went on behind the copy do not end the copy. */
	if (ctx->frozen_copy)
		xlate_close_meters(ctx, ctx->frozen_begin);
	xlate_refs_add(&ctx->out->refs, &ref);
	if (ctx->frozen_by_ct)
		xlate_ct_finish(ctx, ref.recirc->id);
	else
		emit_recirc(ctx, ref.recirc->id);
}

static void thaw_state(struct xlate_ctx *ctx, const struct recirc *r)
{
	struct xlate_want *w = &ctx->want;

	ctx->sw = r->sw;
	ctx->mirrors = r->mirrors;
	ctx->tracked = r->tracked;
	for (int i = 0; i < FLOW_KEY_OWN_WORDS; i++)
		w->flow.w[i] = r->flow.w[i];
	w->flow.in_port = r->own_in_port ? own_in_port(ctx) : r->flow.in_port;
	xlate_policy_thaw(ctx, &r->policy);
	w->n_stack = (unsigned int)r->n_stack;
	if (r->n_stack)
		memcpy(w->stack, r->stack, r->n_stack * sizeof(*r->stack));
}

void xlate_thaw(struct xlate_ctx *ctx)
{
	const struct xlate_env *env = ctx->in->env;
	__u32 id = ctx->in->key->recirc_id;
	const struct recirc *r = env && env->recircs ? recirc_find(env->recircs, id) : NULL;
	size_t i;

	if (!r || !r->sw->tables) {
		xlate_trace_add(ctx->trace, "recirc_id %u: nothing is known of that pass", id);
		xlate_skip(ctx, XVS_DROP_UPCALL_FAILED);
		return;
	}
	thaw_state(ctx, r);
	if (xlate_policy_snoops(ctx))
		return;
	for (i = 0; i < r->n_rest && !ctx->exit && !ctx->error && !ctx->freezing; i++) {
		const struct recirc_rest *rest = &r->rest[i];

		ctx->table_id = rest->table_id;
		ctx->cookie = rest->cookie;
		ctx->tail = i == r->n_rest - 1;
		xlate_trace_add(ctx->trace, "goes on in table %u:", rest->table_id);
		xlate_actions(ctx, &rest->actions);
	}
	/* Once more: what the lists behind have to do is for the pass after. */
	for (; ctx->freezing && i < r->n_rest; i++) {
		ctx->table_id = r->rest[i].table_id;
		ctx->cookie = r->rest[i].cookie;
		xlate_freeze_rest(ctx, &r->rest[i].actions, 0);
	}
}
