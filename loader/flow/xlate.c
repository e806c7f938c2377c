// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translation: looks up the rule and carries out its actions on paper. NORMAL
 * is in xlate_normal.c, tags in xlate_vlan.c, and what becomes of field writes
 * in xlate_commit.c.
 */
#include "xlate.h"

#include <errno.h>

#include "xlate_private.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the masks that are always set");

#define PROTO_ICMPV6 58

void xlate_read(struct xlate_ctx *ctx, size_t offset, size_t n)
{
	const __u8 *known = (const __u8 *)&ctx->known;
	__u8 *mask = (__u8 *)&ctx->out->mask;

	for (size_t i = offset; i < offset + n; i++)
		mask[i] |= (__u8)~known[i];
}

void xlate_skip(struct xlate_ctx *ctx, enum xvs_drop_reason reason)
{
	if (!ctx->reason)
		ctx->reason = reason;
}

void xlate_output(struct xlate_ctx *ctx, __u16 port_no, const struct vlan_stack *vlan)
{
	const struct sw_port *p = sw_port_by_no(ctx->in->sw, port_no);
	struct xvs_op op = {.kind = XVS_OP_OUTPUT, .port_no = port_no};

	if (!p) {
		xlate_trace_add(ctx->trace, "output %u: no such port", port_no);
		xlate_skip(ctx, XVS_DROP_EGRESS_FAILED);
		return;
	}
	if (!p->up || p->blocked) {
		xlate_trace_add(ctx->trace, "output %s: the port is %s", p->name,
				p->blocked ? "blocked" : "down");
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	xlate_trace_add(ctx->trace, "output %s", p->name);
	xlate_commit(ctx, vlan);
	xlate_emit(ctx, &op);
}

static void output_plain(struct xlate_ctx *ctx, __u16 port_no)
{
	if (port_no == ctx->in->key->in_port) {
		xlate_trace_add(ctx->trace, "output to the input port: only in_port does that");
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
		return;
	}
	xlate_output(ctx, port_no, &ctx->vlan);
}

static void output_all(struct xlate_ctx *ctx)
{
	const struct sw *sw = ctx->in->sw;

	for (size_t i = 0; i < sw->n_ports; i++)
		if (sw->ports[i]->port_no != ctx->in->key->in_port)
			xlate_output(ctx, sw->ports[i]->port_no, &ctx->vlan);
	if (!sw->n_ports || (sw->n_ports == 1 && sw->ports[0]->port_no == ctx->in->key->in_port))
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
}

static void set_vlan_field(struct xlate_ctx *ctx, const struct ofact *a)
{
	struct xvs_flow_key value = {0}, mask = {0};
	const struct field *f = &fields[a->set.field];

	field_set(f, &value, &a->set.value);
	field_set(f, &mask, &a->set.mask);
	xlate_vlan_set(ctx, XVS_FROM_BE16(mask.vlan_tci), XVS_FROM_BE16(value.vlan_tci));
}

/* The packet has the header that 'f' is in; un-wildcards what tells. It is the
 * packet's own ICMP type that counts, not one that an action has set. */
static bool has_header(struct xlate_ctx *ctx, const struct field *f)
{
	const struct xvs_flow_key *key = ctx->in->key;
	struct xvs_flow_key all;

	memset(&all, 0xff, sizeof(all));
	field_prereqs_unwildcard(f, &ctx->out->mask);
	if (f->pre_nw_proto && key->nw_frag & XVS_FRAG_LATER)
		return false;
	/* Neighbour discovery is code 0; another has no such layout. */
	if (f->pre_icmp_type) {
		ctx->out->mask.tp_dst = 0xffff;
		if (key->tp_dst)
			return false;
	}
	return field_prereqs_met(f, key, &all);
}

static void set_field(struct xlate_ctx *ctx, const struct ofact *a)
{
	const struct field *f = &fields[a->set.field];
	struct xvs_flow_key value = {0}, mask = {0};

	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP) {
		set_vlan_field(ctx, a);
		return;
	}
	if (!has_header(ctx, f)) {
		xlate_trace_add(ctx->trace, "set %s: the packet has no such header", f->name);
		return;
	}
	field_set(f, &value, &a->set.value);
	field_set(f, &mask, &a->set.mask);
	for (int i = 0; i < XVS_KEY_WORDS; i++) {
		ctx->flow.w[i] = (ctx->flow.w[i] & ~mask.w[i]) | (value.w[i] & mask.w[i]);
		ctx->known.w[i] |= mask.w[i];
		ctx->pending.w[i] |= mask.w[i];
	}
}

/* A TTL that an action has set is a constant, decided here; any other is
 * decremented and checked by the datapath, for each packet by itself. */
static void dec_ttl(struct xlate_ctx *ctx)
{
	if (!flow_is_ip(&ctx->flow)) {
		xlate_trace_add(ctx->trace, "dec_ttl: not IP");
	} else if (ctx->known.nw_ttl != 0xff) {
		ctx->n_dec++;
	} else if (ctx->flow.nw_ttl > 1) {
		ctx->flow.nw_ttl--;
		ctx->pending.nw_ttl = 0xff;
	} else {
		xlate_trace_add(ctx->trace, "dec_ttl: expired");
		xlate_skip(ctx, XVS_DROP_TTL_EXPIRED);
		ctx->stop = true;
	}
}

static void act(struct xlate_ctx *ctx, const struct ofact *a)
{
	switch (a->type) {
	case OFACT_OUTPUT:
		output_plain(ctx, a->port);
		break;
	case OFACT_IN_PORT:
		xlate_output(ctx, ctx->in->key->in_port, &ctx->vlan);
		break;
	case OFACT_NORMAL:
		xlate_trace_add(ctx->trace, "NORMAL");
		xlate_normal(ctx);
		break;
	case OFACT_FLOOD:
		xlate_trace_add(ctx->trace, "FLOOD");
		xlate_flood(ctx);
		break;
	case OFACT_ALL:
		xlate_trace_add(ctx->trace, "ALL");
		output_all(ctx);
		break;
	case OFACT_LOCAL:
		xlate_trace_add(ctx->trace, "LOCAL: no local port yet");
		xlate_skip(ctx, XVS_DROP_EGRESS_FAILED);
		break;
	case OFACT_SET_FIELD:
		set_field(ctx, a);
		break;
	case OFACT_PUSH_VLAN:
		xlate_vlan_push(ctx, a->tpid, 0);
		break;
	case OFACT_POP_VLAN:
		xlate_vlan_pop(ctx);
		break;
	case OFACT_DEC_TTL:
		dec_ttl(ctx);
		break;
	case OFACT_DROP:
	case OFACT_N:
		ctx->stop = true;
		break;
	}
}

/* Tells which bits have come since the mask was 'before'. */
static void trace_read(struct xlate_ctx *ctx, const struct xvs_flow_key *before)
{
	const struct xvs_flow_key *mask = &ctx->out->mask;
	struct xvs_flow_key added;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		added.w[i] = mask->w[i] & ~before->w[i];
	xlate_trace_mask(ctx->trace, "un-wildcards", &added, mask);
}

static void act_traced(struct xlate_ctx *ctx, const struct ofact *a)
{
	struct xvs_flow_key before = ctx->out->mask;

	ctx->trace->indent++;
	act(ctx, a);
	trace_read(ctx, &before);
	ctx->trace->indent--;
}

static void run_rule(struct xlate_ctx *ctx, const struct rule *rule)
{
	xlate_trace_rule(ctx->trace, rule);
	for (size_t i = 0; i < rule->actions.n && !ctx->stop; i++) {
		if (ctx->trace)
			act_traced(ctx, &rule->actions.v[i]);
		else
			act(ctx, &rule->actions.v[i]);
	}
	if (!ctx->out->n_ops)
		xlate_skip(ctx, XVS_DROP_ACTION);
}

static struct rule *lookup(struct xlate_ctx *ctx, __u8 table_id)
{
	const struct flow_table *tables = ctx->in->sw->tables;
	struct flow_table_listener listener = {.fn = xlate_trace_step, .aux = ctx->trace};

	if (!ctx->trace)
		return flow_table_lookup(tables, table_id, ctx->in->key, &ctx->out->mask);
	xlate_trace_add(ctx->trace, "table %u:", table_id);
	return flow_table_explain(tables, table_id, ctx->in->key, &ctx->out->mask, &listener);
}

static void classify(struct xlate_ctx *ctx)
{
	const struct xlate_in *in = ctx->in;
	const struct sw_port *port = sw_port_by_no(in->sw, in->key->in_port);
	struct rule *rule;

	if (port && port->blocked) {
		xlate_trace_add(ctx->trace, "input port %s is blocked: drop", port->name);
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	rule = lookup(ctx, 0);
	ctx->out->rule = rule;
	if (rule) {
		run_rule(ctx, rule);
	} else {
		xlate_trace_add(ctx->trace, "no rule matches: drop");
		xlate_skip(ctx, XVS_DROP_NO_MATCH);
	}
}

/* What the fast path must compare in any case: without it a packet of another
 * protocol could look like one of this megaflow, or find no header where an
 * operation writes. */
static void mask_always(const struct xvs_flow_key *key, struct xvs_flow_key *mask)
{
	mask->recirc_id = ~0U;
	mask->in_port = 0xffff;
	mask->dl_type = 0xffff;
	if (flow_is_ip(key))
		mask->nw_frag = XVS_FRAG_ANY | XVS_FRAG_LATER;
}

/*
 * Takes L3 and L4 bits out of the mask that a packet of these protocols does
 * not have: rules for other protocols were looked at, but the bits are always
 * zero here, and what says so (EtherType, protocol, ICMP type) stays in the
 * mask. It keeps megaflows short and their masks few.
 *
 * Bits of ports without the protocol are what a search without stages may have
 * looked at. The protocol comes in with them: what is trimmed here depends on
 * it, and must not differ between packets that the mask does not tell apart.
 */
static void mask_trim(const struct xvs_flow_key *key, struct xvs_flow_key *mask)
{
	int end = XVS_STAGE_L4_END;
	struct xvs_flow_key has;

	for (int i = XVS_STAGE_L3_END; i < XVS_STAGE_L4_END; i++)
		if (flow_is_ip(key) && mask->w[i])
			mask->nw_proto = 0xff;
	if (flow_is_ip(key)) {
		if (mask->nw_proto != 0xff)
			end = XVS_STAGE_L3_END;
		else if (key->nw_proto == PROTO_ICMPV6 && mask->tp_src != 0xffff)
			end = XVS_STAGE_L3_END;
	}
	flow_exact_mask(key, &has);
	for (int i = XVS_STAGE_L2_END; i < end; i++)
		mask->w[i] &= has.w[i];
}

/* Before the trim: the last level un-wildcards fields that the packet may not
 * have. */
static void round_mask(struct xlate_ctx *ctx)
{
	struct xvs_flow_key before = ctx->out->mask, added;

	mask_step_round(&ctx->out->mask, ctx->in->mask_level,
			ctx->in->key->dl_type == XVS_BE16(0x86dd));
	for (int i = 0; i < XVS_KEY_WORDS; i++)
		added.w[i] = ctx->out->mask.w[i] & ~before.w[i];
	xlate_trace_mask(ctx->trace, "the cache has many masks: un-wildcards", &added,
			 &ctx->out->mask);
}

static int finish(struct xlate_ctx *ctx)
{
	const struct xlate_in *in = ctx->in;
	struct xlate_out *out = ctx->out;

	if (in->exact) {
		struct xvs_flow_key all;

		flow_exact_mask(in->key, &all);
		flow_mask_or(&out->mask, &all);
		xlate_trace_mask(ctx->trace, "megaflows are off: un-wildcards", &all, &all);
	}
	round_mask(ctx);
	mask_trim(in->key, &out->mask);
	if (ctx->too_big) {
		xlate_trace_add(ctx->trace, "more than %d operations: drop", XVS_MAX_PROGRAM_OPS);
		out->n_ops = 0;
		out->verdict = XVS_VERDICT_DROP;
		out->reason = XVS_DROP_BAD_PROGRAM;
		return -E2BIG;
	}
	if (!out->n_ops) {
		out->verdict = XVS_VERDICT_DROP;
		out->reason = ctx->reason;
		return 0;
	}
	/* Operations are emitted for an output, so the last one is one [ACT1]. */
	out->ops[out->n_ops - 1].flags |= XVS_OP_F_LAST;
	if (out->n_ops == 1) {
		out->verdict = XVS_VERDICT_OUTPUT;
		out->out_port = (__u16)out->ops[0].port_no;
	} else {
		out->verdict = XVS_VERDICT_PROGRAM;
	}
	return 0;
}

int xlate(const struct xlate_in *in, struct xlate_out *out)
{
	struct xlate_ctx ctx = {
		.in = in,
		.out = out,
		.trace = in->trace,
		.flow = *in->key,
		.next_tag_id = XLATE_TAG_PUSHED,
	};

	/* Operations beyond n_ops stay as they are: they are most of it. */
	memset(out, 0, offsetof(struct xlate_out, ops));
	out->rule = NULL;
	memset(&out->learn, 0, sizeof(out->learn));
	out->fdb_changed = false;
	mask_always(in->key, &out->mask);
	if (in->trace)
		in->trace->key = in->key;
	xlate_trace_mask(ctx.trace, "always un-wildcards", &out->mask, &out->mask);
	classify(&ctx);
	return finish(&ctx);
}
