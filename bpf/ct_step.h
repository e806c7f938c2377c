/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The step of a CT operation, and how the packet goes on behind it: the next pass, with
 * what was found in its key, or the rest of its program. ct.h is what it does.
 */
#ifndef BPF_CT_STEP_H
#define BPF_CT_STEP_H

#include "execute.h"
#include "xvs/upcall.h"

/* A hint for a pass behind a CT: the connection's, or this CPU's microflows. */
static __always_inline const struct xvs_flow *ct_known(struct xvs_pkt *pkt,
						       const struct xvs_ct_entry *entry)
{
	const struct xvs_control *control = table_control();
	bool hints = control && (control->flags & XVS_CONTROL_MICROFLOW);
	const struct xvs_flow *flow;

	flow = hints ? ct_hint_flow(pkt, entry) : NULL;
	if (flow)
		return flow;
	pkt->hash = ct_hash_next(pkt);
	return hints ? microflow_lookup(pkt) : NULL;
}

/* The next pass. The frame is as the key has it, so that it need not be parsed. */
static __always_inline int ct_next_pass(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_ct_action *action,
					const struct xvs_ct_entry *entry)
{
	const struct xvs_flow *flow;

	if (pkt->pass >= XVS_MAX_PASSES - 1)
		return -XVS_DROP_RECIRC_LIMIT;
	ct_fill_key(pkt, action, entry);
	pkt->pass++;
	pkt->lookup = PKT_LOOKUP_NONE;
	pkt->n_probed = 0;
	flow = ct_known(pkt, entry);
	return flow ? step_verdict(ctx, pkt, flow) : ctx_tail(ctx, pkt, TAIL_MEGAFLOW);
}

static __always_inline void ct_clear(struct xvs_pkt *pkt)
{
	pkt->key.ct_label[0] = 0;
	pkt->key.ct_label[1] = 0;
	pkt->key.w[XVS_KEY_WORD(ct_mark)] = 0;
	pkt->ct.seen = 0;
}

/* The daemon carries out this pass, and counts it. */
static __always_inline int ct_to_daemon(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (ctx_hands_up(ctx))
		return ct_hand_up(ctx, pkt);
	pkt->upcall_reason = XVS_UPCALL_MISS;
	return ctx_tail(ctx, pkt, TAIL_UPCALL);
}

/* The hit that has led here, if nobody has counted it: a hook that hands up does when it
 * carries the packet out. */
static __always_inline void ct_count_first(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (!ctx_hands_up(ctx) && pkt->ct.first_slot)
		account_hit(pkt);
}

static __always_inline int step_ct(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_ct_action *action = table_ct_action(pkt->ct.slot);
	struct xvs_ct_entry *entry = NULL;
	int ret;

	if (!action)
		return -XVS_DROP_BAD_PROGRAM;
	if (action->flags & XVS_CT_A_CLEAR) {
		ct_count_first(ctx, pkt);
		ct_clear(pkt);
		return ctx_tail(ctx, pkt, TAIL_EXECUTE);
	}
	ret = ct_run(ctx, pkt, action, &entry);
	if (ret == CT_AGAIN)
		return ctx_tail(ctx, pkt, TAIL_CT);
	if (ret == CT_CHOOSES)
		return ctx_tail(ctx, pkt, TAIL_CT_NAT);
	if (ret == CT_TRANSLATES)
		return ctx_tail(ctx, pkt, TAIL_CT_REWRITE);
	if (ret == CT_TO_DAEMON)
		return ct_to_daemon(ctx, pkt);
	ct_count_first(ctx, pkt);
	if (ret)
		return ret;
	if (action->recirc_id)
		return ct_next_pass(ctx, pkt, action, entry);
	return ctx_tail(ctx, pkt, TAIL_EXECUTE);
}

/* The same where operations have gone before, which have changed the frame. */
static __always_inline int step_ct_parse(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	int ret = ct_parse_again(ctx, pkt);

	return ret ? ret : ctx_tail(ctx, pkt, TAIL_CT);
}

/* CT_CHOOSES: 0, or -XVS_DROP_*. */
static __always_inline int ct_choose(struct xvs_pkt *pkt, const struct xvs_ct_action *action)
{
	int ret;

	pkt->nat.chance = action->flags & XVS_CT_A_RANDOM ? ctx_ns() | 1 : 0;
	ret = ctx_ct_nat(pkt);
	if (!ret)
		pkt->ct.chosen = 1;
	return ret;
}

/* CT_TRANSLATES: the same. */
static __always_inline int ct_rewrite_frame(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	int bits = ctx_ct_rewrite(ctx, pkt);

	if (bits < 0)
		return bits;
	pkt->ct.state |= bits;
	return 0;
}

/* The CT goes on, or the packet ends here. */
static __always_inline int ct_resume(struct xvs_ctx *ctx, struct xvs_pkt *pkt, int ret)
{
	if (!ret)
		return ctx_tail(ctx, pkt, TAIL_CT);
	if (pkt->ct.first_slot)
		account_hit(pkt);
	return ret;
}

/* Both by themselves, as they need much of the stack; hooks that hand up do neither. */
static __always_inline int step_ct_nat(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_ct_action *action = table_ct_action(pkt->ct.slot);

	if (ctx_hands_up(ctx) || !action)
		return -XVS_DROP_BAD_PROGRAM;
	return ct_resume(ctx, pkt, ct_choose(pkt, action));
}

static __always_inline int step_ct_rewrite(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (ctx_hands_up(ctx))
		return -XVS_DROP_BAD_PROGRAM;
	return ct_resume(ctx, pkt, ct_rewrite_frame(ctx, pkt));
}

#endif /* BPF_CT_STEP_H */
