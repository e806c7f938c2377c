/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Outputs: to which port, whether it may, and who counts what.
 *
 * A packet counts as forwarded once a device has been handed one copy. A device
 * that then does not take it is a drop `egress-failed` of the output port.
 */
#ifndef BPF_EXECUTE_OUTPUT_H
#define BPF_EXECUTE_OUTPUT_H

#include "account.h"
#include "xvs/port.h"

static __always_inline bool output_is_up(const struct xvs_port_entry *out)
{
	const __u16 mask = XVS_PORT_F_USED | XVS_PORT_F_UP | XVS_PORT_F_BLOCKED;

	return (XVS_READ_ONCE(out->flags) & mask) == (XVS_PORT_F_USED | XVS_PORT_F_UP);
}

/* One copy, not the last one. 'pkt' goes on. */
static __always_inline void output_copy(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 port_no)
{
	const struct xvs_port_entry *out = table_port(port_no);

	if (!out || !output_is_up(out)) {
		account_ledger(pkt, port_no & (XVS_MAX_PORTS - 1), XVS_DROP_EGRESS_FAILED);
		return;
	}
	if (!account_tx(pkt, port_no))
		ctx_dry_run_output(ctx, XVS_DRY_RUN_DEVICE, port_no, 0);
	else if (ctx_output(ctx, pkt, port_no, out, false) < 0)
		account_ledger(pkt, port_no, XVS_DROP_EGRESS_FAILED);
}

/* The last (or only) output: what the packet itself ends as. */
static __always_inline int output_last(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 port_no,
				       const struct xvs_port_entry *out)
{
	int ret;

	if (!out || !output_is_up(out))
		return -XVS_DROP_PORT_BLOCKED;
	if (account_tx(pkt, port_no))
		ret = ctx_output(ctx, pkt, port_no, out, true);
	else
		ret = ctx_dry_run_output(ctx, XVS_DRY_RUN_DEVICE, port_no, 0);
	account_fate(pkt, FATE_FORWARDED);
	if (ret > 0)
		return ret;
	if (ret < 0)
		account_ledger(pkt, port_no, XVS_DROP_EGRESS_FAILED);
	return STEP_DONE(pkt->to_stack == PKT_TO_STACK_OWED ? CTX_PASS : CTX_DROP);
}

#endif /* BPF_EXECUTE_OUTPUT_H */
