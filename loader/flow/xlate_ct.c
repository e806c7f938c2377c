// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ct() in a translation: what it asks of connection tracking, and where the tracked
 * packet goes on.
 *
 * What is known of the connection is in the key of the next pass, and only there: it
 * belongs to the packet as it was tracked. So behind a ct() the packet counts as not
 * tracked in this pass, as in Open vSwitch.
 */
#include "ct_text.h"
#include "strbuf.h"
#include "xlate_private.h"

/* Translation by the datapath cannot be undone for what comes behind a copy. */
void xlate_ct_refuse_undo(struct xlate_ctx *ctx)
{
	if (ctx->error)
		return;
	xlate_trace_add(ctx->trace, "what ct(nat) has translated cannot be put back for what "
				    "follows: drop");
	ctx->error = XVS_DROP_PROGRAM_LIMIT;
}

void xlate_ct_clear(struct xlate_ctx *ctx)
{
	struct xlate_want *w = &ctx->want;

	w->flow.ct_state = 0;
	w->flow.ct_zone = 0;
	w->flow.ct_mark = 0;
	w->known.ct_state = 0xff;
	w->known.ct_zone = 0xffff;
	w->known.ct_mark = ~0U;
	for (int i = 0; i < 2; i++) {
		w->flow.ct_label[i] = 0;
		w->known.ct_label[i] = ~0ULL;
	}
	w->untracked = true;
}

/* The slot is the megaflow's as long as it lives. */
__u32 xlate_ct_slot(struct xlate_ctx *ctx, const struct xvs_ct_action *action)
{
	const struct xlate_env *env = ctx->in->env;
	struct xlate_ref ref = {.kind = XLATE_REF_CT};

	if (env && env->ct_actions)
		ref.ct = ct_action_intern(env->ct_actions, action, ctx->in->now_ms);
	if (!ref.ct) {
		xlate_trace_add(ctx->trace, "more than %d different ct() are in use: drop",
				XVS_MAX_CT_ACTIONS - 1);
		ctx->error = XVS_DROP_PROGRAM_LIMIT;
		return 0;
	}
	xlate_refs_add(&ctx->out->refs, &ref);
	return ref.ct->slot;
}

static void emit(struct xlate_ctx *ctx, const struct xvs_ct_action *action, __u8 flags)
{
	struct xvs_op op = {
		.kind = XVS_OP_CT,
		.flags = flags,
		.arg = xlate_ct_slot(ctx, action),
	};

	if (op.arg)
		xlate_emit(ctx, &op);
}

void xlate_ct_emit(struct xlate_ctx *ctx, const struct xvs_ct_action *action)
{
	xlate_commit(ctx, &ctx->want.vlan);
	emit(ctx, action, 0);
	if (action->flags & XVS_CT_A_NAT)
		ctx->want.n_nat = ++ctx->frame_nat;
}

bool xlate_ct_fork(struct xlate_ctx *ctx, const struct xvs_ct_action *action)
{
	const char *why = xlate_no_next_pass(ctx);

	if (why) {
		xlate_trace_add(ctx->trace, "ct: %s: drop", why);
		ctx->error = XVS_DROP_PROGRAM_LIMIT;
		return false;
	}
	xlate_freeze_state(ctx);
	ctx->frozen_ct = *action;
	ctx->frozen_by_ct = true;
	ctx->frozen_copy = true;
	ctx->frozen_begin = ctx->out->n_ops;
	return true;
}

void xlate_ct_finish(struct xlate_ctx *ctx, __u32 recirc_id)
{
	ctx->frozen_ct.recirc_id = recirc_id;
	emit(ctx, &ctx->frozen_ct, XVS_OP_F_LAST);
}

/* What the operation does, if it is one that enters a connection. */
static const struct xvs_ct_action *committed(const struct xlate_ctx *ctx, const struct xvs_op *op)
{
	const struct xvs_ct_action *action =
		op->kind == XVS_OP_CT ? ct_action_find(ctx->in->env->ct_actions, op->arg) : NULL;

	return action && action->flags & XVS_CT_A_COMMIT ? action : NULL;
}

void xlate_ct_keep_last(struct xlate_ctx *ctx)
{
	struct xlate_ref ref = {.kind = XLATE_REF_RECIRC};
	const struct xvs_ct_action *action = NULL;
	struct recirc nothing = {.tracked = true};
	struct xlate_out *out = ctx->out;
	size_t n = out->n_ops;

	if (ctx->error || ctx->too_big || xlate_no_next_pass(ctx))
		return;
	while (n && !action && !xlate_ends_packet(&out->ops[n - 1]))
		action = committed(ctx, &out->ops[--n]);
	if (!action)
		return;
	xlate_trace_add(ctx->trace, "nothing leaves behind ct(commit): a pass that does nothing "
				    "is its end");
	out->n_ops = n;
	ctx->frozen_ct = *action;
	nothing.sw = sw_get(ctx->in->sw);
	ref.recirc = recirc_freeze(ctx->in->env->recircs, &nothing, ctx->in->now_ms);
	if (!ref.recirc) {
		ctx->error = XVS_DROP_RECIRC_LIMIT;
		return;
	}
	xlate_refs_add(&out->refs, &ref);
	xlate_ct_finish(ctx, ref.recirc->id);
}

/* Bits of mark or label, as the key has them. */
static void set_bits(struct xvs_ct_action *action, enum field_id id, const union field_value *value,
		     const union field_value *mask)
{
	struct flow_key v = {0}, m = {0};

	field_set(&fields[id], &v, value);
	field_set(&fields[id], &m, mask);
	if (id == FIELD_CT_MARK) {
		action->flags |= XVS_CT_A_MARK;
		action->mark = (action->mark & ~m.ct_mark) | (v.ct_mark & m.ct_mark);
		action->mark_mask |= m.ct_mark;
		return;
	}
	action->flags |= XVS_CT_A_LABEL;
	for (int i = 0; i < 2; i++) {
		action->label[i] = (action->label[i] & ~m.ct_label[i]) |
				   (v.ct_label[i] & m.ct_label[i]);
		action->label_mask[i] |= m.ct_label[i];
	}
}

/* Bits of mark or label that exec() has set before are read as they are to be. */
static void overlay(const struct xvs_ct_action *action, const struct subfield *src,
		    union field_value *bits)
{
	struct flow_key v = {.ct_mark = action->mark}, m = {.ct_mark = action->mark_mask};
	union field_value value, mask;

	if (src->field != FIELD_CT_MARK && src->field != FIELD_CT_LABEL)
		return;
	for (int i = 0; i < 2; i++) {
		v.ct_label[i] = action->label[i];
		m.ct_label[i] = action->label_mask[i];
	}
	subfield_get(src, &v, &value);
	subfield_get(src, &m, &mask);
	for (int i = 0; i < 2; i++)
		bits->w[i] = (bits->w[i] & ~mask.w[i]) | (value.w[i] & mask.w[i]);
}

static void move_bits(struct xlate_ctx *ctx, const struct ofact *a, struct xvs_ct_action *action)
{
	static const union field_value ones = {.w = {~0ULL, ~0ULL}};
	const struct subfield *src = &a->move.src, *dst = &a->move.dst;
	union field_value bits, value = {0}, mask = {0};

	if (!xlate_has_field(ctx, &fields[src->field])) {
		xlate_trace_add(ctx->trace, "move %s to %s: the packet has no such header",
				fields[src->field].name, fields[dst->field].name);
		return;
	}
	xlate_get(ctx, src, &bits);
	overlay(action, src, &bits);
	field_value_insert(&value, dst->ofs, dst->n_bits, &bits);
	field_value_insert(&mask, dst->ofs, dst->n_bits, &ones);
	set_bits(action, dst->field, &value, &mask);
}

static void run_exec(struct xlate_ctx *ctx, const struct ofacts *list, struct xvs_ct_action *action)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct ofact *a = &list->v[i];

		if (a->type == OFACT_SET_FIELD)
			set_bits(action, a->set.field, &a->set.value, &a->set.mask);
		else
			move_bits(ctx, a, action);
	}
}

static __u16 zone_of(struct xlate_ctx *ctx, const struct ofact_ct *ct)
{
	union field_value value;

	if (!ct->zone_src.n_bits)
		return ct->zone;
	if (!xlate_has_field(ctx, &fields[ct->zone_src.field])) {
		xlate_trace_add(ctx->trace, "zone=%s: the packet has no such header",
				fields[ct->zone_src.field].name);
		return 0;
	}
	xlate_get(ctx, &ct->zone_src, &value);
	return (__u16)XVS_FROM_BE64(value.w[1]);
}

static void fill_in(struct xlate_ctx *ctx, const struct ofact_ct *ct, struct xvs_ct_action *action)
{
	memset(action, 0, sizeof(*action));
	action->zone = zone_of(ctx, ct);
	action->flags = ct->flags;
	action->alg = ct->alg;
	action->nat_family = ct->nat.family;
	action->nat_min = ct->nat.min;
	action->nat_max = ct->nat.max;
	action->port_min = ct->nat.port_min;
	action->port_max = ct->nat.port_max;
	run_exec(ctx, &ct->exec, action);
}

/* The tracked copy goes on there with registers and stack, and with nothing of what
 * the lists that are under way would still have done. */
static void fork_to_table(struct xlate_ctx *ctx, __u8 table_id, const struct xvs_ct_action *action)
{
	struct ofact begin = {.type = OFACT_RESUBMIT, .resubmit.table_id = table_id};
	const struct ofacts list = {.v = &begin, .n = 1};
	__u8 caller = ctx->table_id;
	__u64 cookie = ctx->cookie;

	if (!xlate_ct_fork(ctx, action))
		return;
	xlate_trace_add(ctx->trace, "a copy goes on in table %u, in the next pass", table_id);
	ctx->table_id = table_id;
	ctx->cookie = 0;
	xlate_freeze_rest(ctx, &list, 0);
	ctx->table_id = caller;
	ctx->cookie = cookie;
}

static void tell(struct xlate_trace *trace, const struct xvs_ct_action *action)
{
	struct strbuf b;

	if (!trace)
		return;
	strbuf_init(&b);
	ct_action_format(&b, action);
	xlate_trace_add(trace, "%s", strbuf_str(&b));
	strbuf_fini(&b);
}

void xlate_ct(struct xlate_ctx *ctx, const struct ofact_ct *ct)
{
	struct xvs_ct_action action;

	fill_in(ctx, ct, &action);
	tell(ctx->trace, &action);
	if (ct->table_id != OFACT_TABLE_NONE)
		fork_to_table(ctx, ct->table_id, &action);
	else
		xlate_ct_emit(ctx, &action);
	xlate_ct_clear(ctx);
}
