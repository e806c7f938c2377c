// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a packet goes: ports of devices, patch ports into other switches, the
 * host, whoever monitors; and what stands in the way, a meter.
 */
#include "flow_lex.h"
#include "xlate_private.h"

void xlate_skip(struct xlate_ctx *ctx, enum xvs_drop_reason reason)
{
	if (!ctx->reason)
		ctx->reason = reason;
}

const struct sw_port *xlate_in_port(const struct xlate_ctx *ctx)
{
	return sw_port_by_number(ctx->sw, ctx->want.flow.in_port);
}

void xlate_enter(struct xlate_ctx *ctx)
{
	const struct sw_port *in = xlate_in_port(ctx);

	xlate_depends_on_port(ctx, ctx->want.flow.in_port);
	if (in)
		ctx->want.flow.in_port = sw_port_number(ctx->sw, in);
	if (in && in->blocked) {
		xlate_trace_add(ctx->trace, "input port %s is blocked: drop", in->name);
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	if (in && mirror_owns_port(ctx->sw, in->port_no)) {
		xlate_trace_add(ctx->trace, "input port %s is a mirror's output: drop", in->name);
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	if (in && in->guard.on && xlate_is_spoofed(ctx, in))
		return;
	/* What comes by a patch port was mirrored where it came in. */
	if (ctx->sw == ctx->in->sw && !ctx->copy_of)
		xlate_mirror_input(ctx);
	if (xlate_policy_enter(ctx))
		return;
	xlate_table(ctx, 0);
}

static void note_patch(struct xlate_ctx *ctx, struct sw *sw, __u16 port_no, bool rx)
{
	struct xlate_ref ref = {
		.kind = XLATE_REF_PATCH,
		.port = {.sw = sw, .port_no = port_no, .rx = rx},
	};

	xlate_refs_add(&ctx->out->refs, &ref);
}

/* The other switch's tables; in the next pass if they would see no headers. */
static void enter_tables(struct xlate_ctx *ctx)
{
	struct ofact begin = {.type = OFACT_RESUBMIT, .resubmit.table_id = 0};
	const struct ofacts list = {.v = &begin, .n = 1};

	if (!ctx->want.unparsed || !xlate_freeze(ctx)) {
		xlate_enter(ctx);
		return;
	}
	ctx->table_id = 0;
	xlate_freeze_rest(ctx, &list, 0);
}

struct crossing {
	const struct sw_port *port;
	const struct vlan_stack *vlan; /* the tags of this output are those that come in there */
};

/* The other switch sees a packet that has just come in: no registers, no stack, not
 * tracked. */
static void enter_peer(struct xlate_ctx *ctx, const void *arg)
{
	const struct crossing *crossing = arg;
	const struct sw_port *p = crossing->port;
	const struct rule *rule = ctx->rule;
	struct sw *sw = ctx->sw;
	__u32 mirrors = ctx->mirrors;
	struct recirc_policy policy = ctx->policy;
	__u64 cookie = ctx->cookie;
	__u8 table_id = ctx->table_id;

	for (int i = 0; i < FLOW_KEY_OWN_WORDS; i++)
		ctx->want.flow.w[i] = 0;
	ctx->want.n_stack = 0;
	ctx->want.vlan = *crossing->vlan;
	ctx->want.flow.in_port = p->peer->port_no;
	xlate_ct_clear(ctx);
	ctx->sw = p->peer_sw;
	ctx->mirrors = 0;
	ctx->policy = (struct recirc_policy){0};
	if (ctx->trace)
		ctx->trace->indent++;
	xlate_trace_add(ctx->trace, "switch %s, in by %s:", ctx->sw->name, p->peer->name);
	note_patch(ctx, ctx->sw, p->peer->port_no, true);
	enter_tables(ctx);
	if (ctx->trace)
		ctx->trace->indent--;
	ctx->sw = sw;
	ctx->rule = rule;
	ctx->cookie = cookie;
	ctx->table_id = table_id;
	ctx->mirrors = mirrors;
	ctx->policy = policy;
}

static void output_patch(struct xlate_ctx *ctx, const struct sw_port *p,
			 const struct vlan_stack *vlan)
{
	const struct crossing crossing = {.port = p, .vlan = vlan};
	bool exits = ctx->exit;

	if (!p->peer || ctx->depth >= XLATE_MAX_DEPTH) {
		xlate_trace_add(ctx->trace, "output %s: %s", p->name,
				p->peer ? "patch ports in a loop" : "its peer is missing");
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	xlate_trace_add(ctx->trace, "output %s, to its peer %s", p->name, p->peer->name);
	note_patch(ctx, ctx->sw, p->port_no, false);
	ctx->depth++;
	xlate_on_clone(ctx, enter_peer, &crossing);
	ctx->depth--;
	ctx->exit = exits; /* that of the other switch's tables ends those */
}

static void output_device(struct xlate_ctx *ctx, const struct sw_port *p,
			  const struct vlan_stack *vlan)
{
	struct xvs_op op = {.kind = XVS_OP_OUTPUT, .port_no = p->port_no};

	xlate_trace_add(ctx->trace, "output %s", p->name);
	xlate_commit(ctx, vlan);
	xlate_emit(ctx, &op);
}

void xlate_output(struct xlate_ctx *ctx, const struct sw_port *p, const struct vlan_stack *vlan)
{
	const struct vlan_stack tags = *vlan;

	xlate_depends_on_port(ctx, p->port_no);
	if (!p->up || p->blocked) {
		xlate_trace_add(ctx->trace, "output %s: the port is %s", p->name,
				p->blocked ? "blocked" : "down");
		xlate_skip(ctx, XVS_DROP_PORT_BLOCKED);
		return;
	}
	if (!xlate_policy_allows(ctx, p))
		return;
	/* What leaves by a patch port is mirrored where it comes out at last. */
	if (p->kind == SW_PORT_PATCH) {
		output_patch(ctx, p, &tags);
		return;
	}
	xlate_mirror_output(ctx, p, &tags);
	output_device(ctx, p, &tags);
}

/* As an action names it; NULL: there is none, and the trace says so. */
static const struct sw_port *output_port(struct xlate_ctx *ctx, __u16 number)
{
	const struct sw_port *p = sw_port_by_number(ctx->sw, number);

	if (!p) {
		xlate_depends(ctx, XLATE_DEP_PORTS, 0);
		xlate_trace_add(ctx->trace, "output %u: no such port", number);
		xlate_skip(ctx, XVS_DROP_PORT_UNKNOWN);
	}
	return p;
}

static void output_but_input(struct xlate_ctx *ctx, const struct sw_port *p)
{
	if (p == xlate_in_port(ctx)) {
		xlate_trace_add(ctx->trace, "output to the input port: only in_port does that");
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
		return;
	}
	xlate_output(ctx, p, &ctx->want.vlan);
}

void xlate_output_plain(struct xlate_ctx *ctx, __u16 number)
{
	const struct sw_port *p = output_port(ctx, number);

	if (p)
		output_but_input(ctx, p);
}

void xlate_output_back(struct xlate_ctx *ctx)
{
	const struct sw_port *p = output_port(ctx, ctx->want.flow.in_port);

	if (p)
		xlate_output(ctx, p, &ctx->want.vlan);
}

void xlate_output_all(struct xlate_ctx *ctx, bool flood)
{
	const struct sw_port *in = xlate_in_port(ctx);
	const struct sw *sw = ctx->sw;
	unsigned int n = 0;

	xlate_depends(ctx, XLATE_DEP_PORTS, 0);
	for (size_t i = 0; i < sw->n_ports; i++) {
		const struct sw_port *p = sw->ports[i];

		if (p == in || (flood && p->no_flood))
			continue;
		xlate_output(ctx, p, &ctx->want.vlan);
		n++;
	}
	if (!n)
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
}

void xlate_local(struct xlate_ctx *ctx)
{
	const struct sw_port *p = sw_local_port(ctx->sw);

	if (!p) {
		xlate_depends(ctx, XLATE_DEP_PORTS, 0);
		xlate_trace_add(ctx->trace, "LOCAL: the switch has no internal port %s",
				ctx->sw->name);
		xlate_skip(ctx, XVS_DROP_PORT_UNKNOWN);
		return;
	}
	xlate_trace_add(ctx->trace, "LOCAL");
	output_but_input(ctx, p);
}

void xlate_controller(struct xlate_ctx *ctx, __u16 max_len)
{
	struct controller_point point = {
		.cookie = ctx->cookie,
		.table_id = ctx->table_id,
		.max_len = max_len,
	};
	struct xvs_op op = {.kind = XVS_OP_CONTROLLER};
	const struct xlate_env *env = ctx->in->env;

	memcpy(point.sw_name, ctx->sw->name, sizeof(point.sw_name));
	if (env && env->points)
		op.arg = controller_point_intern(env->points, &point);
	xlate_trace_add(ctx->trace, "CONTROLLER: a copy to xvsctl monitor");
	xlate_commit(ctx, &ctx->want.vlan);
	xlate_emit(ctx, &op);
}

void xlate_meter(struct xlate_ctx *ctx, __u32 id)
{
	const struct meter *meter = meter_find(ctx->sw->meters, id);
	struct xvs_op op = {.kind = XVS_OP_METER};

	if (!meter || meter->slot == METER_SLOT_NONE) {
		xlate_trace_add(ctx->trace, "meter %u: no such meter", id);
		return;
	}
	op.arg = meter->slot;
	xlate_trace_add(ctx->trace, "meter %u: what is beyond its rate is dropped here", id);
	/* Where it may jump to, the frame is then as it has to be there. */
	if (ctx->copy_of)
		xlate_commit_to(ctx, ctx->copy_of);
	else if (ctx->frozen_copy)
		xlate_commit_to(ctx, &ctx->frozen_want);
	xlate_emit(ctx, &op);
}

static bool is_open_meter(const struct xvs_op *op)
{
	return op->kind == XVS_OP_METER && !op->value;
}

bool xlate_has_open_meter(const struct xlate_ctx *ctx, size_t begin)
{
	for (size_t i = begin; i < ctx->out->n_ops; i++)
		if (is_open_meter(&ctx->out->ops[i]))
			return true;
	return false;
}

void xlate_close_meters(struct xlate_ctx *ctx, size_t begin)
{
	struct xlate_out *out = ctx->out;

	for (size_t i = begin; i < out->n_ops; i++)
		if (is_open_meter(&out->ops[i]))
			out->ops[i].value = (__u32)(out->n_ops - i);
}

void xlate_output_number(struct xlate_ctx *ctx, __u64 port_no)
{
	switch (port_no) {
	case PORT_IN_PORT:
		xlate_output_back(ctx);
		break;
	case PORT_NORMAL:
		xlate_normal(ctx);
		break;
	case PORT_FLOOD:
		xlate_output_all(ctx, true);
		break;
	case PORT_ALL:
		xlate_output_all(ctx, false);
		break;
	case PORT_CONTROLLER:
		xlate_controller(ctx, 0xffff);
		break;
	case PORT_LOCAL:
		xlate_local(ctx);
		break;
	case PORT_TABLE:
	case PORT_NONE:
		xlate_trace_add(ctx->trace, "output %llu: no port", (unsigned long long)port_no);
		xlate_skip(ctx, XVS_DROP_PORT_UNKNOWN);
		break;
	default:
		if (port_no < XVS_MAX_PORTS) {
			xlate_output_plain(ctx, (__u16)port_no);
			break;
		}
		xlate_trace_add(ctx->trace, "output %llu: no such port",
				(unsigned long long)port_no);
		xlate_skip(ctx, XVS_DROP_PORT_UNKNOWN);
		break;
	}
}
