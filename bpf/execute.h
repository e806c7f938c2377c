/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a hit to its end: the verdict of a flow, and the loop over an action
 * program. What the hook cannot do is handed up before anything has changed or
 * been counted.
 */
#ifndef BPF_EXECUTE_H
#define BPF_EXECUTE_H

#include "ct.h"
#include "execute_controller.h"
#include "execute_meter.h"
#include "execute_mpls.h"
#include "execute_output.h"
#include "execute_set.h"
#include "execute_vlan.h"
#include "tail.h"

/* The program ends here, and the next pass begins. */
static __always_inline int execute_recirc(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 recirc_id)
{
	if (pkt->pass >= XVS_MAX_PASSES - 1)
		return -XVS_DROP_RECIRC_LIMIT;
	pkt->key.recirc_id = recirc_id;
	return ctx_tail(ctx, pkt, TAIL_RECIRC);
}

/* [ACT6] */
static __always_inline int execute_copy(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_op *op)
{
	__u8 copied = pkt->copied;
	int ret = ctx_execute_controller(ctx, pkt, op->arg);

	if (op->value)
		pkt->copied = copied;
	if (!(op->flags & XVS_OP_F_LAST))
		return 0;
	if (op->value)
		return -(int)(op->value & (XVS_DROP_N - 1));
	/* With a copy made the packet is consumed, or was forwarded before. */
	return ret ? ret : -XVS_DROP_ACTION;
}

static __always_inline int execute_op(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				      const struct xvs_op *op)
{
	int ret;

	switch (op->kind) {
	case XVS_OP_SET:
		if (op->hdr != XVS_HDR_MPLS)
			return execute_set(ctx, pkt, op);
		return ctx_execute_mpls(ctx, pkt, XVS_OP_SET, op->mask, op->value);
	case XVS_OP_DEC_TTL:
		return execute_dec_ttl(ctx, pkt);
	case XVS_OP_PUSH_VLAN:
	case XVS_OP_POP_VLAN:
	case XVS_OP_SET_VLAN:
		return execute_vlan(ctx, pkt, op);
	case XVS_OP_PUSH_MPLS:
	case XVS_OP_POP_MPLS:
		return ctx_execute_mpls(ctx, pkt, op->kind, op->mask, op->value);
	case XVS_OP_METER:
		ret = execute_meter(pkt, op->arg);
		if (!ret || !op->value)
			return ret;
		pkt->skip = op->value - 1;
		return 0;
	case XVS_OP_CONTROLLER:
		return execute_copy(ctx, pkt, op);
	case XVS_OP_RECIRC:
		return execute_recirc(ctx, pkt, op->arg);
	case XVS_OP_OUTPUT:
		if (op->flags & XVS_OP_F_LAST)
			return output_last(ctx, pkt, op->port_no, table_port(op->port_no));
		output_copy(ctx, pkt, op->port_no);
		return 0;
	}
	return -XVS_DROP_BAD_PROGRAM;
}

/* The program goes on behind operation 'i' of its block, if it does. */
static __always_inline int execute_ct(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				      const struct xvs_op *op, __u32 i)
{
	pkt->ct.slot = op->arg;
	pkt->ct.resumes = i || pkt->ct.resumes;
	if (pkt->ct.resumes)
		pkt->ct.first_slot = 0;
	pkt->skip = i + 1;
	return pkt->ct.resumes ? ctx_tail(ctx, pkt, TAIL_CT_PARSE) : ctx_tail(ctx, pkt, TAIL_CT);
}

/* Runs the block pkt->block; a longer program goes on with a tail call. */
static __always_inline int step_execute(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_action_block *block = table_block(pkt->block);
	__u32 i;
	int ret;

	if (!block)
		return -XVS_DROP_BAD_PROGRAM;
	if (pkt->first_block) {
		if (ctx_hands_up(ctx)) {
			if (pkt->pass)
				return ct_hand_up(ctx, pkt);
			if (!ctx_runs_program(ctx, pkt, block))
				return ctx_hand_up(ctx, pkt, pkt->slot);
		}
		/* What begins with a CT may turn out to be for the daemon to count. */
		if (block->op[0].kind == XVS_OP_CT)
			ct_note_first(pkt);
		else
			account_hit(pkt);
		pkt->first_block = 0;
		pkt->skip = 0;
		pkt->ct.resumes = 0;
		if (pkt->to_stack == PKT_TO_STACK_OWED && block->changes)
			ctx_copy_to_stack(ctx, pkt);
	}
	for (i = 0; i < XVS_BLOCK_OPS; i++) {
		if (i >= block->n_ops)
			break;
		if (pkt->skip) {
			pkt->skip--;
			continue;
		}
		if (block->op[i].kind == XVS_OP_CT)
			return execute_ct(ctx, pkt, &block->op[i], i);
		ret = execute_op(ctx, pkt, &block->op[i]);
		if (ret)
			return ret;
	}
	if (!block->next)
		return -XVS_DROP_BAD_PROGRAM;
	pkt->block = block->next;
	pkt->ct.resumes = 1;
	return ctx_tail(ctx, pkt, TAIL_EXECUTE);
}

/* A hook that hands up does one CT, and only as a flow's whole verdict. */
static __always_inline int verdict_ct(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u16 slot)
{
	if (ctx_hands_up(ctx) && pkt->pass)
		return ct_hand_up(ctx, pkt);
	ct_note_first(pkt);
	pkt->ct.slot = slot;
	pkt->ct.resumes = 0;
	return ctx_tail(ctx, pkt, TAIL_CT);
}

static __always_inline int verdict_output(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u16 port_no)
{
	const struct xvs_port_entry *out = table_port(port_no);
	int ret;

	if (ctx_hands_up(ctx)) {
		if (out && !ctx_takes_output(ctx, pkt, port_no, out))
			return pkt->pass ? ct_hand_up(ctx, pkt) : ctx_hand_up(ctx, pkt, pkt->slot);
		ret = pkt->pass ? ct_carry_out(ctx, pkt) : 0;
		if (ret)
			return ret;
	}
	account_hit(pkt);
	return output_last(ctx, pkt, port_no, out);
}

/* Carries out the verdict of 'flow', which the packet has hit. */
static __always_inline int step_verdict(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_flow *flow)
{
	__u32 turn = xvs_flow_turn(XVS_READ_ONCE(flow->turn), pkt->version);
	const struct xvs_flow_action *action = &flow->action[turn];
	__u16 target = action->target;
	int ret;

	if (action->verdict == XVS_VERDICT_OUTPUT)
		return verdict_output(ctx, pkt, target);
	if (action->verdict == XVS_VERDICT_PROGRAM) {
		pkt->block = target;
		pkt->first_block = 1;
		return ctx_tail(ctx, pkt, TAIL_EXECUTE);
	}
	if (action->verdict == XVS_VERDICT_CT)
		return verdict_ct(ctx, pkt, target);
	ret = ctx_hands_up(ctx) && pkt->pass ? ct_carry_out(ctx, pkt) : 0;
	if (ret)
		return ret;
	account_hit(pkt);
	return action->verdict == XVS_VERDICT_DROP && action->drop_reason ? -action->drop_reason
									  : -XVS_DROP_BAD_PROGRAM;
}

static __always_inline int step_hit(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_flow *flow = table_flow(pkt->slot);

	return flow ? step_verdict(ctx, pkt, flow) : -XVS_DROP_NO_SCRATCH;
}

#endif /* BPF_EXECUTE_H */
