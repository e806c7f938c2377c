/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dry-run verbs of ctx.h for a binding whose packets are never marked.
 */
#ifndef BPF_DRY_RUN_NONE_H
#define BPF_DRY_RUN_NONE_H

#include "dry_run.h"

static __always_inline bool ctx_dry_run_begin(struct xvs_ctx *ctx, __u64 cookie)
{
	return false;
}

static __always_inline void ctx_dry_run_lookup(const struct xvs_pkt *pkt, bool found)
{
}

static __always_inline void ctx_dry_run_end(enum xvs_dry_run_end end)
{
}

static __always_inline void ctx_dry_run_drop(const struct xvs_pkt *pkt, enum xvs_drop_reason reason)
{
}

static __always_inline void ctx_dry_run_hand_up(const struct xvs_pkt *pkt, __u32 slot)
{
}

static __always_inline bool ctx_dry_run_meter(const struct xvs_pkt *pkt, __u32 slot)
{
	return false;
}

static __always_inline int ctx_dry_run_output(struct xvs_ctx *ctx, enum xvs_dry_run_kind kind,
					      __u32 port_no, __u32 arg)
{
	return -1;
}

#endif /* BPF_DRY_RUN_NONE_H */
