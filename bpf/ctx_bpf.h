/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the two BPF bindings of ctx.h have in common: loads, configuration,
 * time, the way from a device to its port, the upcall ring.
 */
#ifndef BPF_CTX_BPF_H
#define BPF_CTX_BPF_H

#include "compat.h"
#include "ctx.h"
#include "dry_run.h"
#include "leaf.h"
#include "maps.h"
#include "xvs/upcall.h"

static __always_inline void *ctx_data(struct xvs_ctx *ctx)
{
	return compat_ctx_pointer(ctx, data);
}

static __always_inline void *ctx_data_end(struct xvs_ctx *ctx)
{
	return compat_ctx_pointer(ctx, data_end);
}

static __always_inline __u32 ctx_data_len(struct xvs_ctx *ctx)
{
	__u64 len = (__u8 *)ctx_data_end(ctx) - (__u8 *)ctx_data(ctx);

	compat_opaque(len); /* pointers must not be narrowed to 32 bits */
	return len;
}

/* The packet's bytes have any alignment, which BPF allows on these machines. */
static __always_inline __u16 load16(const void *p)
{
	return *(const __u16 *)p;
}

static __always_inline __u32 load32(const void *p)
{
	return *(const __u32 *)p;
}

static __always_inline __u64 load64(const void *p)
{
	return *(const __u64 *)p;
}

static __always_inline void store16(void *p, __u16 value)
{
	*(__u16 *)p = value;
}

static __always_inline void store32(void *p, __u32 value)
{
	*(__u32 *)p = value;
}

static __always_inline __u64 ctx_jiffies(void)
{
	return bpf_jiffies64();
}

static __always_inline __u64 ctx_ns(void)
{
	return bpf_ktime_get_ns();
}

static __always_inline __u64 ctx_coarse_ns(void)
{
	return bpf_ktime_get_coarse_ns();
}

/*
 * A daemon that lives moves the consumer's position: also one that drowns in upcalls,
 * so that no flood of packets makes it look dead. Each CPU has a note of its own of
 * where the position was seen, and since when.
 */
static __always_inline bool ctx_is_unserved(struct xvs_scratch *scratch)
{
	__u64 pos, now = ctx_jiffies();

	if (!bpf_ringbuf_query(&xvs_upcalls, COMPAT_RB_AVAIL_DATA))
		return false;
	pos = bpf_ringbuf_query(&xvs_upcalls, COMPAT_RB_CONS_POS);
	if (pos != scratch->ring_pos || !scratch->ring_jiffies) {
		scratch->ring_pos = pos;
		scratch->ring_jiffies = now;
		return false;
	}
	return now - scratch->ring_jiffies > XVS_UNSERVED_S * (__u64)config()->hz;
}

static __always_inline __u32 ctx_lane(void)
{
	__u32 lane = bpf_get_smp_processor_id();

	if (config()->shared_lanes && config()->cpu_lanes)
		lane %= config()->cpu_lanes;
	return lane;
}

static __always_inline __u32 ctx_crc32c_shift(__u32 crc, __u32 n)
{
	return xvs_crc32c_shift(crc, n);
}

static __always_inline bool ctx_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	return xvs_flow_take(pkt, slot, subtable);
}

static __always_inline int ctx_ct_enter(struct xvs_pkt *pkt, __u32 what)
{
	return xvs_ct_enter(pkt, what);
}

static __always_inline int ctx_ct_expected(struct xvs_pkt *pkt)
{
	return xvs_ct_expected(pkt);
}

static __always_inline int ctx_ct_nat(struct xvs_pkt *pkt)
{
	return xvs_ct_nat(pkt);
}

/* Const to the caller: the verifier knows no such argument. */
static __always_inline void ctx_dry_run_lookup(const struct xvs_pkt *pkt, bool found)
{
	xvs_dry_run_lookup((struct xvs_pkt *)pkt, found);
}

static __always_inline void ctx_dry_run_end(enum xvs_dry_run_end end)
{
	xvs_dry_run_end(end);
}

static __always_inline void ctx_dry_run_drop(const struct xvs_pkt *pkt, enum xvs_drop_reason reason)
{
	xvs_dry_run_drop((struct xvs_pkt *)pkt, reason);
}

static __always_inline void ctx_dry_run_hand_up(const struct xvs_pkt *pkt, __u32 slot)
{
	xvs_dry_run_hand_up((struct xvs_pkt *)pkt, slot);
}

static __always_inline bool ctx_dry_run_meter(const struct xvs_pkt *pkt, __u32 slot)
{
	return xvs_dry_run_meter((struct xvs_pkt *)pkt, slot);
}

#endif /* BPF_CTX_BPF_H */
