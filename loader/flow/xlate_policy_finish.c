// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the policy adds to a program: the entry of a connection that it allows, and
 * notes of packets that are logged or rejected. They come first, where the frame is as
 * it came in, so that a connection has the addresses by which it was looked up, and a
 * record or an answer those that its sender wrote.
 */
#include "xlate_private.h"

struct front {
	struct xvs_op op[1 + XLATE_POLICY_NOTES];
	size_t n;
};

static void add_commit(struct xlate_ctx *ctx, struct front *f)
{
	const struct xvs_ct_action action = {
		.zone = ctx->policy_out.zone,
		.flags = XVS_CT_A_COMMIT | (ctx->policy_out.rule ? XVS_CT_A_RULE : 0),
		.rule = ctx->policy_out.rule,
	};
	struct xvs_op op = {.kind = XVS_OP_CT, .arg = xlate_ct_slot(ctx, &action)};

	if (op.arg)
		f->op[f->n++] = op;
}

/* 'last': the packet goes nowhere, and only then is it answered, once. */
static void add_notes(struct xlate_ctx *ctx, struct front *f, bool last)
{
	const struct xlate_env *env = ctx->in->env;
	bool answered = !last;

	for (unsigned int i = 0; i < ctx->policy_out.n_notes; i++) {
		struct controller_point point = ctx->policy_out.note[i];
		struct xvs_op op = {.kind = XVS_OP_CONTROLLER, .value = XVS_DROP_POLICY};

		if (answered)
			point.flags &= (__u8)~CONTROLLER_F_REJECT;
		answered |= point.flags & CONTROLLER_F_REJECT;
		if (env && env->points && point.flags & (CONTROLLER_F_LOG | CONTROLLER_F_REJECT))
			op.arg = controller_point_intern(env->points, &point);
		if (op.arg)
			f->op[f->n++] = op;
	}
}

static void put_in_front(struct xlate_ctx *ctx, const struct front *f)
{
	struct xlate_out *out = ctx->out;

	if (out->n_ops + f->n > XVS_MAX_PROGRAM_OPS) {
		ctx->too_big = true;
		return;
	}
	memmove(out->ops + f->n, out->ops, out->n_ops * sizeof(out->ops[0]));
	memcpy(out->ops, f->op, f->n * sizeof(f->op[0]));
	out->n_ops += f->n;
}

void xlate_policy_finish(struct xlate_ctx *ctx)
{
	struct front f = {.n = 0};

	if (ctx->policy_out.commits)
		add_commit(ctx, &f);
	add_notes(ctx, &f, false);
	if (f.n)
		put_in_front(ctx, &f);
}

bool xlate_policy_notes_drop(struct xlate_ctx *ctx, enum xvs_drop_reason reason)
{
	struct front f = {.n = 0};

	if (!ctx->policy_out.n_notes)
		return false;
	ctx->out->n_ops = 0;
	add_notes(ctx, &f, true);
	if (!f.n)
		return false;
	for (size_t i = 0; i < f.n; i++)
		f.op[i].value = reason;
	f.op[f.n - 1].flags |= XVS_OP_F_LAST;
	put_in_front(ctx, &f);
	return true;
}
