/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CONTROLLER operation: a copy of the frame as it is goes up through the ring.
 *
 * It needs tokens of the port, as a miss does, but no place in its microflow's
 * allowance: the packet itself does not wait for an answer.
 */
#ifndef BPF_EXECUTE_CONTROLLER_H
#define BPF_EXECUTE_CONTROLLER_H

#include "account.h"
#include "admission.h"
#include "xvs/action.h"
#include "xvs/upcall.h"

/* Makes the copy: 0 or why not, -XVS_DROP_*. */
static __always_inline int execute_controller(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	int ret = -XVS_DROP_UPCALL_ADMISSION;

	if (dry_run_is(pkt)) {
		pkt->copied = 1;
		return ctx_dry_run_output(ctx, XVS_DRY_RUN_CONTROLLER, 0, arg);
	}
	if (admission_admits(pkt)) {
		pkt->upcall_reason = XVS_UPCALL_ACTION;
		pkt->counted = 0;
		ret = ctx_emit_upcall(ctx, pkt, arg);
	}
	if (ret) {
		account_counter(pkt, upcalls_refused, 1);
		return ret;
	}
	account_counter(pkt, upcalls_received, 1);
	pkt->copied = 1;
	return 0;
}

#endif /* BPF_EXECUTE_CONTROLLER_H */
