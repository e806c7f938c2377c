/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first steps: the port, the packet's state, and what belongs to the host
 * itself on a port that carries the host's address.
 */
#ifndef BPF_INGRESS_H
#define BPF_INGRESS_H

#include "account.h"
#include "ct_step.h"
#include "execute.h"
#include "megaflow.h"
#include "microflow.h"
#include "parse.h"
#include "upcall_emit.h"

XVS_STATIC_ASSERT((XVS_MAX_NESTING & (XVS_MAX_NESTING - 1)) == 0, "a level is masked");

/* The state of the packet that this CPU's innermost program works on. */
static __always_inline struct xvs_pkt *pkt_current(struct xvs_scratch *scratch)
{
	return &scratch->pkt[(XVS_READ_ONCE(scratch->level) - 1) & (XVS_MAX_NESTING - 1)];
}

static __always_inline __u32 scratch_lane(struct xvs_scratch *scratch)
{
	if (!scratch->lane_next)
		scratch->lane_next = ctx_lane() + 1;
	return scratch->lane_next - 1;
}

static __always_inline struct xvs_pkt *pkt_begin(struct xvs_scratch *scratch, __u32 port_no,
						 const struct xvs_port_entry *in)
{
	struct xvs_pkt *pkt = pkt_current(scratch);
	const struct xvs_control *control = table_control();

	if (!control)
		return NULL;
	pkt->lane = scratch_lane(scratch);
	pkt->version = XVS_READ_ONCE(control->version);
	pkt->probe_order = XVS_READ_ONCE(control->probe_order);
	pkt->port_no = port_no;
	pkt->port_flags = XVS_READ_ONCE(in->flags);
	pkt->len = 0;
	pkt->fresh = 0;
	pkt->ct.fresh = 0;
	pkt->ct.hint = 0;
	return pkt;
}

/* Has the packet the mark of the dry run that is under way? */
static __always_inline bool is_marked(struct xvs_ctx *ctx)
{
	const struct xvs_control *control = table_control();
	__u64 cookie = control ? XVS_READ_ONCE(control->dry_run_cookie) : 0;

	return cookie && ctx_dry_run_begin(ctx, cookie);
}

/* No state for the packet: counted by hand. */
static __always_inline int drop_stateless(struct xvs_ctx *ctx, struct xvs_scratch *scratch,
					  __u32 port_no, enum xvs_drop_reason reason)
{
	__u32 base = (scratch ? scratch_lane(scratch) : 0) * XVS_MAX_PORTS + port_no;
	struct xvs_port_stats *stats = table_port_stats(base);
	__u64 *count = table_drop(base * XVS_DROP_N + reason);

	if (stats && count && !is_marked(ctx)) {
		stat_add(&stats->rx_packets, 1);
		stat_add(&stats->rx_bytes, ctx_buf_len(ctx) + ctx_tag_len(ctx));
		stat_add(count, 1);
	}
	return CTX_DROP;
}

static __always_inline int host_consumes(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (ctx_hands_up(ctx)) { /* the TC stage counts it */
		if (dry_run_is(pkt))
			ctx_dry_run_hand_up(pkt, 0);
		return STEP_DONE(CTX_HANDED_UP);
	}
	pkt->len = ctx_buf_len(ctx) + ctx_tag_len(ctx);
	account_fate(pkt, FATE_CONSUMED);
	return STEP_DONE(CTX_PASS);
}

/*
 * On a port with the host's address: frames to the device itself go to the
 * stack, of group frames the stack has a copy.
 */
static __always_inline int step_host(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				     const struct xvs_port_entry *in)
{
	const __u8 *eth = ctx_data(ctx);

	if (ctx_is_stack_copy(ctx))
		return STEP_DONE(CTX_PASS);
	if (eth + PARSE_ETH_LEN > (const __u8 *)ctx_data_end(ctx))
		return 0; /* the parser judges it */
	if (load32(eth) == load32(in->mac) && load16(eth + 4) == load16(in->mac + 4))
		return host_consumes(ctx, pkt);
	if (!(eth[0] & 1))
		return 0;
	if (ctx_hands_up(ctx))
		return ctx_hand_up(ctx, pkt, 0);
	pkt->to_stack = PKT_TO_STACK_OWED;
	return 0;
}

/* What most ports are not. */
#define INGRESS_SPECIAL \
	(XVS_PORT_F_BLOCKED | XVS_PORT_F_HOST | XVS_PORT_F_DRY_RUN | XVS_PORT_F_SHARED)

static __always_inline int step_ingress(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_port_entry *in)
{
	if (!(pkt->port_flags & INGRESS_SPECIAL))
		return 0;
	if ((pkt->port_flags & XVS_PORT_F_DRY_RUN) && is_marked(ctx))
		pkt->lane = DRY_RUN_LANE;
	if ((pkt->port_flags & XVS_PORT_F_SHARED) && ctx_is_stack_copy(ctx))
		return STEP_DONE(CTX_PASS);
	if (pkt->port_flags & XVS_PORT_F_BLOCKED) {
		pkt->len = ctx_buf_len(ctx) + ctx_tag_len(ctx);
		return -XVS_DROP_PORT_BLOCKED;
	}
	if (pkt->port_flags & XVS_PORT_F_HOST)
		return step_host(ctx, pkt, in);
	return 0;
}

/* A hint of this CPU's microflows. */
static __always_inline const struct xvs_flow *microflow_known(struct xvs_pkt *pkt)
{
	const struct xvs_control *control = table_control();

	if (!control || !(control->flags & XVS_CONTROL_MICROFLOW))
		return NULL;
	return microflow_lookup(pkt);
}

/* A hint: the XDP program's hand-over, or this CPU's microflows. */
static __always_inline const struct xvs_flow *step_microflow(struct xvs_ctx *ctx,
							     struct xvs_pkt *pkt)
{
	const struct xvs_flow *flow;
	__u32 slot, generation;

	pkt->hash = microflow_hash(pkt);
	slot = ctx_hint(ctx, pkt, &generation);
	if (slot) {
		flow = flow_check(pkt, slot, generation);
		if (flow)
			return flow;
	}
	return microflow_known(pkt);
}

/*
 * A later pass, with the recirc_id that the last one has left in the key: the
 * frame as it is now. Version, lane, and what was received stay.
 */
static __always_inline int step_recirc(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	const struct xvs_flow *flow;
	int ret;

	if (ctx_hands_up(ctx)) /* such programs too, before their first operation */
		return -XVS_DROP_BAD_PROGRAM;
	pkt->pass++;
	pkt->lookup = PKT_LOOKUP_NONE;
	pkt->n_probed = 0;
	pkt->ct.hinted = 0;
	ret = ct_parse_again(ctx, pkt);
	if (ret)
		return ret;
	pkt->hash = microflow_hash(pkt);
	if (pkt->key.ct_state)
		pkt->hash = ct_hash_next(pkt);
	flow = microflow_known(pkt);
	return flow ? step_verdict(ctx, pkt, flow) : ctx_tail(ctx, pkt, TAIL_MEGAFLOW);
}

static __always_inline int step_rx(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				   const struct xvs_port_entry *in)
{
	const struct xvs_flow *flow;
	int ret;

	ret = step_ingress(ctx, pkt, in);
	if (ret)
		return ret;
	ret = step_parse(ctx, pkt);
	if (ret)
		return ret;
	flow = step_microflow(ctx, pkt);
	if (flow)
		return step_verdict(ctx, pkt, flow);
	return ctx_tail(ctx, pkt, TAIL_MEGAFLOW);
}

/* The way of a packet that comes in by a port. */
static __always_inline int rx_port(struct xvs_ctx *ctx, __u32 port_no)
{
	const struct xvs_port_entry *in;
	struct xvs_scratch *scratch;
	struct xvs_pkt *pkt;

	in = port_no ? table_port(port_no) : NULL;
	if (!in || !(XVS_READ_ONCE(in->flags) & XVS_PORT_F_USED))
		return CTX_PASS;
	scratch = table_scratch();
	if (!scratch)
		return drop_stateless(ctx, NULL, port_no, XVS_DROP_NO_SCRATCH);
	if (XVS_READ_ONCE(scratch->level) >= XVS_MAX_NESTING)
		return drop_stateless(ctx, scratch, port_no, XVS_DROP_NESTED);

	XVS_WRITE_ONCE(scratch->level, scratch->level + 1);
	pkt = pkt_begin(scratch, port_no, in);
	if (!pkt) {
		XVS_WRITE_ONCE(scratch->level, scratch->level - 1);
		return drop_stateless(ctx, scratch, port_no, XVS_DROP_NO_SCRATCH);
	}
	return step_finish(scratch, pkt, step_rx(ctx, pkt, in));
}

/* The entry programs are this. */
static __always_inline int rx(struct xvs_ctx *ctx)
{
	return rx_port(ctx, ctx_port_no(ctx));
}

#endif /* BPF_INGRESS_H */
