// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * BPF_PROG_RUN of the entry programs with the mark of a dry run.
 */
#include "dp_prog_run.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "xvs/dry_run.h"

int dp_prog_run_xdp(int prog_fd, __u64 cookie, __u32 ifindex, const struct dp_test_run *in)
{
	const struct xvs_dry_run_mark mark = {.magic = XVS_DRY_RUN_MAGIC, .cookie = cookie};
	__u8 data[sizeof(mark) + DP_TEST_RUN_MAX_LEN];
	struct xdp_md ctx = {.data = sizeof(mark),
			     .data_end = (__u32)(sizeof(mark) + in->len),
			     .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = ctx.data_end,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	memcpy(data, &mark, sizeof(mark));
	memcpy(data + sizeof(mark), in->frame, in->len);
	return bpf_prog_test_run_opts(prog_fd, &opts) ? -errno : 0;
}

int dp_prog_run_tc(int prog_fd, __u64 cookie, __u32 ifindex, const struct dp_test_run *in,
		   const struct xvs_dry_run *hint)
{
	struct __sk_buff ctx = {.ifindex = ifindex, .ingress_ifindex = ifindex, .mark = in->mark};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->frame, .data_size_in = (__u32)in->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1);

	ctx.cb[XVS_DRY_RUN_CB_LOW] = (__u32)cookie;
	ctx.cb[XVS_DRY_RUN_CB_HIGH] = (__u32)(cookie >> 32);
	if (hint) {
		ctx.cb[XVS_DRY_RUN_CB_SLOT] = hint->slot;
		ctx.cb[XVS_DRY_RUN_CB_GENERATION] = hint->generation;
	}
	return bpf_prog_test_run_opts(prog_fd, &opts) ? -errno : 0;
}
