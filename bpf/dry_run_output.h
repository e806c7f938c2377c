/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorder of dry runs that needs the packet: an output with the frame as it
 * is. Each of the two BPF units makes a function of it.
 */
#ifndef BPF_DRY_RUN_OUTPUT_H
#define BPF_DRY_RUN_OUTPUT_H

#include "dry_run.h"
#include "maps.h"

static __always_inline int dry_run_output(struct xvs_ctx *ctx, __u32 kind, __u32 port_no, __u32 arg)
{
	struct xvs_dry_run *run = &xvs_fixed.dry_run;
	struct xvs_dry_run_output *out;
	__u32 i = run->n_outputs++;
	__u32 len = ctx_buf_len(ctx);

	XVS_STATIC_ASSERT((XVS_DRY_RUN_OUTPUTS & (XVS_DRY_RUN_OUTPUTS - 1)) == 0, "is masked");
	if (i >= XVS_DRY_RUN_OUTPUTS)
		return 0;
	out = &run->output[i & (XVS_DRY_RUN_OUTPUTS - 1)];
	out->kind = kind;
	out->port_no = port_no;
	out->arg = arg;
	out->len = len;
	out->vlan_tpid = 0;
	ctx_dry_run_tag(ctx, out);
	if (len > XVS_DRY_RUN_FRAME)
		len = XVS_DRY_RUN_FRAME;
	/* VERIFIER: as in upcall_copy() */
	len--;
	compat_opaque(len);
	if (len > XVS_DRY_RUN_FRAME - 1)
		return 0;
	return ctx_load_bytes(ctx, 0, out->frame, len + 1);
}

#endif /* BPF_DRY_RUN_OUTPUT_H */
