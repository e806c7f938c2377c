/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The step that hands a packet to the daemon: in-flight filter, admission,
 * record, and what happens when there is no room.
 */
#ifndef BPF_UPCALL_EMIT_H
#define BPF_UPCALL_EMIT_H

#include "account.h"
#include "admission.h"
#include "ct.h"
#include "inflight.h"
#include "tail.h"
#include "upcall_record.h"

/* A miss needs a place in its microflow's allowance and tokens of its port. */
static __always_inline int upcall_admit(struct xvs_pkt *pkt)
{
	if (inflight_enter(pkt, true) == INFLIGHT_FULL)
		return -XVS_DROP_UPCALL_ADMISSION;
	if (!admission_admits(pkt)) {
		inflight_leave(pkt);
		return -XVS_DROP_UPCALL_ADMISSION;
	}
	return 0;
}

/* Nobody would answer, and the port is one that then works as if there were no switch. */
static __always_inline bool upcall_fails_open(const struct xvs_pkt *pkt)
{
	const struct xvs_port_entry *in = table_port(pkt->port_no);
	struct xvs_scratch *scratch;

	if (!in || !XVS_READ_ONCE(in->fail_open))
		return false;
	scratch = table_scratch();
	return scratch && ctx_is_unserved(scratch);
}

static __always_inline int upcall_fail_open(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (pkt->upcall_reason == XVS_UPCALL_FOLLOW) {
		inflight_leave(pkt);
		return ctx_tail(ctx, pkt, TAIL_HIT);
	}
	if (ctx_hands_up(ctx))
		return ctx_hand_up(ctx, pkt, 0);
	account_lookup(pkt, false);
	account_counter(pkt, failed_open, 1);
	account_fate(pkt, pkt->n_out ? FATE_FORWARDED : FATE_CONSUMED);
	return STEP_DONE(CTX_PASS);
}

static __always_inline int step_upcall(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	bool follows = pkt->upcall_reason == XVS_UPCALL_FOLLOW;
	int ret = 0;

	if (ctx_hands_up(ctx) && pkt->pass) {
		if (follows)
			inflight_leave(pkt);
		return ct_hand_up(ctx, pkt);
	}
	if (ctx_hands_up_misses(ctx)) {
		if (follows)
			inflight_leave(pkt);
		return ctx_hand_up(ctx, pkt, 0);
	}
	if (dry_run_is(pkt)) {
		account_lookup(pkt, false);
		account_fate(pkt, FATE_UPCALL);
		return STEP_DONE(CTX_DROP);
	}
	if (upcall_fails_open(pkt))
		return upcall_fail_open(ctx, pkt);
	if (!follows)
		ret = upcall_admit(pkt);
	if (!ret) {
		ret = ctx_emit_upcall(ctx, pkt, 0);
		if (ret)
			inflight_leave(pkt);
	}
	if (ret && follows) {
		/* A hit is never lost for want of room: it overtakes. */
		account_counter(pkt, overtakes, 1);
		return ctx_tail(ctx, pkt, TAIL_HIT);
	}

	account_lookup(pkt, follows);
	if (ret) {
		account_counter(pkt, upcalls_refused, 1);
		return ret;
	}
	account_counter(pkt, upcalls_received, 1);
	if (follows)
		account_counter(pkt, follow_upcalls, 1);
	account_fate(pkt, FATE_UPCALL);
	return STEP_DONE(account_lives_on(pkt));
}

#endif /* BPF_UPCALL_EMIT_H */
