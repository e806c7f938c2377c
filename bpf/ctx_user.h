/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ctx.h bound to user space: a frame in memory, the tables mapped or built by
 * the caller, outputs and upcalls by callback. user.h has the entry point.
 *
 * A thread has hints, scratch and statistics lane of its own, as a CPU has under
 * BPF. Frames of guests come with their tags inside; of a large one the payload may
 * stay where it is ('rest').
 *
 * Two ways to use it. With 'hands_up' the hook is as XDP is: what it cannot do is
 * left to the TC stage of the port's device, to which the caller gives the frame,
 * unchanged and not counted as received. That is a miss and a hit that has to follow
 * its flow through the ring, a program with a next pass, a CT or a copy for a controller,
 * an output that 'takes_output' refuses, what is the host's, and headers that lie
 * deeper than can be read. Without it the hook does all of this itself.
 */
#ifndef BPF_CTX_USER_H
#define BPF_CTX_USER_H

#include <string.h>

#include "xvs/action.h"
#include "xvs/config.h"
#include "xvs/conntrack.h"
#include "xvs/drop_reason.h"
#include "xvs/flow_entry.h"
#include "xvs/meter.h"
#include "xvs/port.h"
#include "xvs/stats.h"
#include "xvs/upcall.h"
#include "pkt.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* The maps' memory; sizes are those of 'config' and limits.h. */
struct xvs_user_tables {
	const volatile struct xvs_config *config;
	const struct xvs_control *control;
	const struct xvs_subtable *subtables; /* XVS_MAX_SUBTABLES */
	const struct xvs_probe_list *probe; /* 2 * XVS_MAX_PORTS */
	const struct xvs_bucket *buckets; /* n_buckets + n_overflow */
	const struct xvs_flow *flows; /* n_slots */
	const struct xvs_action_block *actions; /* XVS_MAX_BLOCKS, or n_blocks */
	const struct xvs_port_entry *ports; /* XVS_MAX_PORTS */
	struct xvs_flow_stats *flow_stats; /* n_lanes * n_slots */
	struct xvs_port_stats *port_stats; /* n_lanes * XVS_MAX_PORTS */
	__u64 *drops; /* n_lanes * XVS_MAX_PORTS * XVS_DROP_N */
	struct xvs_counters *counters; /* n_lanes */
	struct xvs_admission *admission; /* XVS_MAX_PORTS; NULL: no limits */
	struct xvs_meter *meters; /* XVS_MAX_METERS; NULL if no program has a METER */
	struct xvs_meter_stats *meter_stats; /* n_lanes * XVS_MAX_METERS; with 'meters' */
	__u64 *inflight; /* XVS_INFLIGHT_SLOTS; NULL: no filter */
	/* Connections; NULL, all of them, if no flow has a CT. */
	struct xvs_ct_bucket *ct_buckets; /* n_ct_buckets */
	struct xvs_ct_entry *ct_entries; /* n_ct_buckets * XVS_CT_WAYS */
	struct xvs_ct_zone *ct_zones; /* XVS_CT_ZONES */
	struct xvs_ct_frag *ct_frags; /* XVS_CT_FRAGS */
	const struct xvs_ct_action *ct_actions; /* XVS_MAX_CT_ACTIONS */
	const struct xvs_ct_timeouts *ct_timeouts; /* XVS_CT_TIMEOUT_POLICIES */
	__u32 n_blocks; /* blocks in 'actions' */

	/* The thread's own. */
	struct xvs_microflow_elem *microflow; /* XVS_MICROFLOW_ELEMS */
	struct xvs_scratch *scratch; /* zeroed before first use */
	__u32 lane;
	__u64 jiffies; /* set by the caller, for each batch */
	__u64 ns; /* CLOCK_MONOTONIC, the same */
};

enum xvs_user_code {
	XVS_USER_PASS, /* not a port of ours, or the host's own */
	XVS_USER_DROP, /* dropped, or handed to the upcall callback */
	XVS_USER_SENT,
	XVS_USER_HANDED_UP, /* the TC stage is to have it, as it came */
};

/* One packet. The frame is changed in place; pushed tags use the room between
 * 'head' and 'data'. */
struct xvs_user_ctx {
	const struct xvs_user_tables *tables;
	__u8 *head;
	__u8 *data;
	__u8 *data_end;
	__u32 rest; /* bytes of the frame that follow elsewhere: payload */
	__u32 port_no;
	__u32 mark;
	bool hands_up;
	/* The L4 checksum is left to the device: the field holds the sum of the pseudo
	 * header, not complemented. The same is true of what comes out. */
	bool partial;
	void *aux; /* the callbacks' */
	/* With 'hands_up': can the frame be sent there? It has not been changed yet.
	 * NULL: anywhere. */
	bool (*takes_output)(struct xvs_user_ctx *ctx, __u32 port_no,
			     const struct xvs_port_entry *out);
	/* Moves bytes of 'rest' to data_end: 0, there are more now. NULL: it cannot. */
	int (*pull)(struct xvs_user_ctx *ctx);
	/* Sends the frame as it is now; < 0: the device did not take it. */
	int (*output)(struct xvs_user_ctx *ctx, __u32 port_no);
	/* 'record' is the header only; 0 or -XVS_DROP_UPCALL_RING_FULL. Not called
	 * with 'hands_up'. */
	int (*upcall)(struct xvs_user_ctx *ctx, const struct xvs_upcall *record);
};

#define xvs_ctx xvs_user_ctx

#include "ctx.h"
#include "tail.h"

#define CTX_HOOK XVS_HOOK_USER
#define CTX_PASS XVS_USER_PASS
#define CTX_DROP XVS_USER_DROP
#define CTX_HANDED_UP XVS_USER_HANDED_UP
#define CTX_LEAF static inline

/* The tables of the packet that this thread works on. */
static __thread const struct xvs_user_tables *user_tables;

static __always_inline __u16 load16(const void *p)
{
	__u16 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static __always_inline __u32 load32(const void *p)
{
	__u32 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static __always_inline __u64 load64(const void *p)
{
	__u64 value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static __always_inline void store16(void *p, __u16 value)
{
	memcpy(p, &value, sizeof(value));
}

static __always_inline void store32(void *p, __u32 value)
{
	memcpy(p, &value, sizeof(value));
}

static __always_inline const volatile struct xvs_config *config(void)
{
	return user_tables->config;
}

#define USER_ACCESSOR(fn, member, n, type)                                                      \
	static __always_inline type *fn(__u32 index)                                            \
	{                                                                                       \
		return user_tables->member && index < (n) ? &user_tables->member[index] : NULL; \
	}

USER_ACCESSOR(table_subtable, subtables, XVS_MAX_SUBTABLES, const struct xvs_subtable)
USER_ACCESSOR(table_probe, probe, 2 * XVS_MAX_PORTS, const struct xvs_probe_list)
USER_ACCESSOR(table_bucket, buckets, config()->n_buckets + config()->n_overflow,
	      const struct xvs_bucket)
USER_ACCESSOR(table_flow, flows, config()->n_slots, const struct xvs_flow)
USER_ACCESSOR(table_flow_stats, flow_stats, config()->n_lanes *config()->n_slots,
	      struct xvs_flow_stats)
USER_ACCESSOR(table_block, actions, user_tables->n_blocks, const struct xvs_action_block)
USER_ACCESSOR(table_port, ports, XVS_MAX_PORTS, const struct xvs_port_entry)
USER_ACCESSOR(table_port_stats, port_stats, config()->n_lanes *XVS_MAX_PORTS, struct xvs_port_stats)
USER_ACCESSOR(table_drop, drops, config()->n_lanes *XVS_MAX_PORTS *XVS_DROP_N, __u64)
USER_ACCESSOR(table_counters, counters, config()->n_lanes, struct xvs_counters)
USER_ACCESSOR(table_admission, admission, XVS_MAX_PORTS, struct xvs_admission)
USER_ACCESSOR(table_meter, meters, XVS_MAX_METERS, struct xvs_meter)
USER_ACCESSOR(table_meter_stats, meter_stats, config()->n_lanes *XVS_MAX_METERS,
	      struct xvs_meter_stats)
USER_ACCESSOR(table_inflight, inflight, XVS_INFLIGHT_SLOTS, __u64)
USER_ACCESSOR(table_ct_bucket, ct_buckets, config()->n_ct_buckets, struct xvs_ct_bucket)
USER_ACCESSOR(table_ct_entry, ct_entries, config()->n_ct_buckets *XVS_CT_WAYS, struct xvs_ct_entry)
USER_ACCESSOR(table_ct_zone, ct_zones, XVS_CT_ZONES, struct xvs_ct_zone)
USER_ACCESSOR(table_ct_frag, ct_frags, XVS_CT_FRAGS, struct xvs_ct_frag)
USER_ACCESSOR(table_ct_action, ct_actions, XVS_MAX_CT_ACTIONS, const struct xvs_ct_action)
USER_ACCESSOR(table_ct_timeouts, ct_timeouts, XVS_CT_TIMEOUT_POLICIES, const struct xvs_ct_timeouts)
USER_ACCESSOR(table_microflow, microflow, XVS_MICROFLOW_ELEMS, struct xvs_microflow_elem)

static __always_inline const struct xvs_control *table_control(void)
{
	return user_tables->control;
}

static __always_inline struct xvs_scratch *table_scratch(void)
{
	return user_tables->scratch;
}

static __always_inline __u64 ctx_jiffies(void)
{
	return user_tables->jiffies;
}

static __always_inline __u64 ctx_ns(void)
{
	return user_tables->ns;
}

static __always_inline __u64 ctx_coarse_ns(void)
{
	return user_tables->ns;
}

/* The thread's own, which none shares with it. */
static __always_inline __u32 ctx_lane(void)
{
	return user_tables->lane;
}

static __always_inline __u32 ctx_port_no(struct xvs_ctx *ctx)
{
	return ctx->port_no;
}

static __always_inline void *ctx_data(struct xvs_ctx *ctx)
{
	return ctx->data;
}

static __always_inline void *ctx_data_end(struct xvs_ctx *ctx)
{
	return ctx->data_end;
}

static __always_inline __u32 ctx_data_len(struct xvs_ctx *ctx)
{
	return ctx->data_end - ctx->data;
}

static __always_inline __u32 ctx_buf_len(struct xvs_ctx *ctx)
{
	return ctx_data_len(ctx) + ctx->rest;
}

static __always_inline __u32 ctx_buf_len_quick(struct xvs_ctx *ctx)
{
	return ctx_buf_len(ctx);
}

static __always_inline bool ctx_hands_up(struct xvs_ctx *ctx)
{
	return ctx->hands_up;
}

static __always_inline bool ctx_hands_up_misses(struct xvs_ctx *ctx)
{
	return ctx->hands_up;
}

static __always_inline __u32 ctx_tag_len(struct xvs_ctx *ctx)
{
	return 0;
}

static __always_inline __u16 ctx_tag_tci(struct xvs_ctx *ctx)
{
	return 0;
}

static __always_inline __u32 ctx_mark(struct xvs_ctx *ctx)
{
	return ctx->mark;
}

static __always_inline int ctx_pull(struct xvs_ctx *ctx)
{
	return ctx->rest && ctx->pull ? ctx->pull(ctx) : -1;
}

static __always_inline bool ctx_is_stack_copy(struct xvs_ctx *ctx)
{
	return false;
}

static __always_inline void ctx_copy_to_stack(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
}

static __always_inline int ctx_taken(const struct xvs_pkt *pkt)
{
	return CTX_DROP;
}

/* Who runs the steps here is the one that would empty it. */
static __always_inline bool ctx_is_unserved(struct xvs_scratch *scratch)
{
	return false;
}

static __always_inline __u32 ctx_hint(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
				      __u32 *generation)
{
	*generation = 0;
	return 0;
}

static __always_inline bool ctx_takes_output(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     __u32 port_no, const struct xvs_port_entry *out)
{
	return !ctx->takes_output || ctx->takes_output(ctx, port_no, out);
}

static __always_inline bool user_runs_block(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					    const struct xvs_action_block *block)
{
	const struct xvs_port_entry *out;
	const struct xvs_op *op;

	for (op = block->op; op < block->op + block->n_ops; op++) {
		if (op->kind == XVS_OP_RECIRC || op->kind == XVS_OP_CONTROLLER ||
		    op->kind == XVS_OP_CT)
			return false;
		if (op->kind != XVS_OP_OUTPUT)
			continue;
		out = table_port(op->port_no);
		if (out && !ctx_takes_output(ctx, pkt, op->port_no, out))
			return false;
	}
	return true;
}

/* All of its blocks are looked at, before the first operation. */
static __always_inline bool ctx_runs_program(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					     const struct xvs_action_block *block)
{
	int i;

	for (i = 0; block && i < XVS_MAX_CHAIN; i++) {
		if (!user_runs_block(ctx, pkt, block))
			return false;
		block = block->next ? table_block(block->next) : NULL;
	}
	return true;
}

static __always_inline int ctx_move_head(struct xvs_ctx *ctx, int delta)
{
	if (delta < 0 ? ctx->data - ctx->head < -delta : ctx->data_end - ctx->data < delta)
		return -1;
	ctx->data += delta;
	return 0;
}

static __always_inline int ctx_load_bytes(struct xvs_ctx *ctx, __u32 off, void *to, __u32 len)
{
	if (off + len > ctx_data_len(ctx))
		return -1;
	memcpy(to, ctx->data + off, len);
	return 0;
}

static __always_inline int ctx_store_bytes(struct xvs_ctx *ctx, __u32 off, void *from, __u32 len)
{
	if (off + len > ctx_data_len(ctx))
		return -1;
	memcpy(ctx->data + off, from, len);
	return 0;
}

#include "dry_run_none.h"
#include "account.h"

static __always_inline int ctx_hand_up(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 slot)
{
	account_counter(pkt, handed_to_tc, 1);
	return STEP_DONE(CTX_HANDED_UP);
}

static __always_inline int ctx_output(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 port_no,
				      const struct xvs_port_entry *out, bool last)
{
	if (!last)
		account_counter(pkt, clones, 1);
	if (ctx->output(ctx, port_no) < 0)
		return -1;
	return last ? STEP_DONE(XVS_USER_SENT) : 0;
}

static __always_inline void ctx_describe(struct xvs_ctx *ctx, const struct xvs_pkt *pkt,
					 struct xvs_upcall *record)
{
	record->mark = ctx->mark;
}

static __always_inline void ctx_loop(__u32 n, long (*look)(__u32 i, void *arg), void *arg)
{
	__u32 i;

	for (i = 0; i < n; i++)
		if (look(i, arg))
			return;
}

static int user_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail);

static __always_inline int ctx_tail(struct xvs_ctx *ctx, struct xvs_pkt *pkt, enum tail tail)
{
	return user_tail(ctx, pkt, tail);
}

#include "crc32c.h"
#include "ctx_linear.h"
#include "microflow.h"
#include "upcall_record.h"

/* Of a partial sum only the pseudo header is in the field, and its sum as it is;
 * the device adds the rest, whatever that has become. */
static __always_inline int ctx_l4_csum(struct xvs_ctx *ctx, __u32 off, __be32 old_word,
				       __be32 new_word, __u32 flags)
{
	void *p;

	if (!ctx->partial)
		return linear_l4_csum(ctx, off, old_word, new_word, flags);
	if (!(flags & CTX_CSUM_PSEUDO))
		return 0;
	p = linear_at(ctx, off, 2);
	if (!p)
		return -1;
	store16(p, csum_add32(load16(p), old_word, new_word));
	return 0;
}

static __always_inline __u32 ctx_crc32c_shift(__u32 crc, __u32 n)
{
	return crc32c_shift(crc, n);
}

static __always_inline bool ctx_flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	return flow_take(pkt, slot, subtable);
}

static __always_inline int ctx_emit_upcall(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 arg)
{
	struct xvs_upcall record;

	if (pkt->buf_len > XVS_UPCALL_CLASS3)
		return -XVS_DROP_UPCALL_TOO_BIG;
	upcall_fill(ctx, pkt, arg, &record);
	return ctx->upcall(ctx, &record);
}

static __always_inline int ctx_execute_controller(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						  __u32 arg);
static __always_inline int ctx_execute_mpls(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 kind,
					    __be32 mask, __be32 value);

static __always_inline int ctx_ct_enter(struct xvs_pkt *pkt, __u32 what);
static __always_inline int ctx_ct_expected(struct xvs_pkt *pkt);
static __always_inline int ctx_ct_options(struct xvs_ctx *ctx, struct xvs_pkt *pkt);
static __always_inline int ctx_ct_rare(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u32 zone,
				       __u32 kind);
static __always_inline int ctx_ct_rewrite(struct xvs_ctx *ctx, struct xvs_pkt *pkt);
static __always_inline int ctx_ct_put(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __be32 new,
				      __be32 mask);
static __always_inline int ctx_ct_nat(struct xvs_pkt *pkt);

#endif /* BPF_CTX_USER_H */
