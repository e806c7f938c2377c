// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mirrors in a translation: each gets one copy of a packet at most, of what came
 * in or of what goes out, as it is then. The copy leaves as NORMAL would send it:
 * by the mirror's port, or by every port that carries the mirror's VLAN.
 */
#include "xlate_private.h"

static bool is_reserved(const __u8 *mac)
{
	static const __u8 prefix[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return !memcmp(mac, prefix, sizeof(prefix)) && !(mac[5] & 0xf0);
}

/* The VLAN that the packet is in at a port, or -1: the port does not carry it, and
 * nothing is copied there. That is no reason to drop it. */
static int vlan_at(struct xlate_ctx *ctx, const struct sw_port *p)
{
	enum xvs_drop_reason reason = ctx->reason;
	int vlan = xlate_input_vlan(ctx, p);

	ctx->reason = reason;
	return vlan;
}

static void send_to_vlan(struct xlate_ctx *ctx, __u16 vlan)
{
	const struct sw *sw = ctx->sw;

	xlate_depends(ctx, XLATE_DEP_PORTS, 0);
	XLATE_READ(ctx, dl_dst);
	if (is_reserved(ctx->want.flow.dl_dst))
		return;
	for (size_t i = 0; i < sw->n_ports; i++) {
		const struct sw_port *p = sw->ports[i];

		if (sw_port_carries(p, vlan) && !mirror_owns_port(sw, p->port_no))
			xlate_output_in_vlan(ctx, p, vlan);
	}
}

/* 'vlan' is the packet's. */
static void send_copy(struct xlate_ctx *ctx, struct mirror *m, __u16 vlan)
{
	struct xlate_ref ref = {.kind = XLATE_REF_MIRROR, .mirror = m};
	const struct sw_port *out = sw_port_by_no(ctx->sw, m->output_port);
	enum xvs_drop_reason reason = ctx->reason;
	struct recirc_policy policy = ctx->policy;

	/* Whoever mirrors sees what the policy lets others see. */
	ctx->policy = (struct recirc_policy){0};
	xlate_trace_add(ctx->trace, "mirror %s:", m->name);
	xlate_refs_add(&ctx->out->refs, &ref);
	if (ctx->trace)
		ctx->trace->indent++;
	if (m->output_vlan == vlan)
		xlate_trace_add(ctx->trace, "the packet is in vlan %u already", vlan);
	else if (m->output_vlan >= 0)
		send_to_vlan(ctx, (__u16)m->output_vlan);
	else if (out)
		xlate_output_in_vlan(ctx, out, vlan);
	if (ctx->trace)
		ctx->trace->indent--;
	/* A mirror that is down is no reason to drop the packet. */
	ctx->reason = reason;
	ctx->policy = policy;
}

static void mirror(struct xlate_ctx *ctx, const struct sw_port *p,
		   bool (*selects)(const struct mirror *m, __u16 port_no))
{
	const struct sw *sw = ctx->sw;

	for (size_t i = 0; i < sw->n_mirrors; i++) {
		struct mirror *m = sw->mirrors[i];
		int vlan;

		if (ctx->mirrors >> i & 1 || !selects(m, p->port_no))
			continue;
		vlan = vlan_at(ctx, p);
		if (vlan < 0 || !mirror_selects_vlan(m, (__u16)vlan))
			continue;
		/* Before it is sent: that is an output too. */
		ctx->mirrors |= 1U << i;
		send_copy(ctx, m, (__u16)vlan);
	}
}

void xlate_mirror_input(struct xlate_ctx *ctx)
{
	const struct sw_port *in = xlate_in_port(ctx);

	if (in)
		mirror(ctx, in, mirror_selects_src);
}

void xlate_mirror_output(struct xlate_ctx *ctx, const struct sw_port *p,
			 const struct vlan_stack *vlan)
{
	struct vlan_stack own;

	if (!ctx->sw->n_mirrors)
		return;
	own = ctx->want.vlan;
	ctx->want.vlan = *vlan;
	mirror(ctx, p, mirror_selects_dst);
	ctx->want.vlan = own;
}
