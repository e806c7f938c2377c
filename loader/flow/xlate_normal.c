// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * NORMAL: what a learning switch with VLANs does. The learning table itself is
 * fdb.c.
 */
#include "xlate_private.h"

#define NO_VLAN (-1)

#define MAC_FMT "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_ARG(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]

static bool is_multicast(const __u8 mac[6])
{
	return mac[0] & 1;
}

/* The VLAN that the packet is in, or NO_VLAN when its port does not carry it. */
int xlate_input_vlan(struct xlate_ctx *ctx, const struct sw_port *in)
{
	const struct vlan_tag *tag = xlate_vlan_top(ctx);
	__u16 vid = tag ? xlate_vlan_bits(ctx, tag, XVS_VLAN_VID_MASK) : 0;

	xlate_depends_on_port(ctx, in->port_no);
	if (in->vlan_mode == VLAN_ACCESS) {
		if (!vid)
			return in->tag;
		xlate_trace_add(ctx->trace, "tagged with vlan %u on access port %s: drop", vid,
				in->name);
	} else {
		if (sw_port_carries(in, vid))
			return vid;
		xlate_trace_add(ctx->trace, "port %s does not carry vlan %u: drop", in->name, vid);
	}
	xlate_skip(ctx, XVS_DROP_VLAN_MISMATCH);
	return NO_VLAN;
}

/* Frames of link-local protocols end at the first bridge (IEEE 802.1D). */
static bool is_reserved(struct xlate_ctx *ctx)
{
	static const __u8 reserved[6] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x00};
	const __u8 *dst = ctx->want.flow.dl_dst;

	/* The low four bits do not matter for a reserved one. */
	xlate_read(ctx, offsetof(struct flow_key, dl_dst), 5);
	ctx->out->mask.dl_dst[5] |= 0xf0 & (__u8)~ctx->want.known.dl_dst[5];
	if (memcmp(dst, reserved, 5) || dst[5] & 0xf0)
		return false;
	xlate_trace_add(ctx->trace, "dl_dst " MAC_FMT " is reserved: drop", MAC_ARG(dst));
	xlate_skip(ctx, XVS_DROP_RESERVED_MAC);
	return true;
}

static void learn(struct xlate_ctx *ctx, const struct sw_port *in, __u16 vlan)
{
	static const char *const done[] = {
		[FDB_SAME] = "is known",
		[FDB_NEW] = "learned",
		[FDB_MOVED] = "moved",
		[FDB_FULL] = "not learned, the table is full",
	};
	const __u8 *src = ctx->want.flow.dl_src;
	struct fdb *fdb = ctx->sw->fdb;
	struct xlate_ref ref = {
		.kind = XLATE_REF_FDB,
		.fdb = {.sw = ctx->sw, .vlan = vlan, .port_no = in->port_no},
	};
	enum fdb_change change;

	XLATE_READ(ctx, dl_src);
	if (is_multicast(src)) {
		xlate_trace_add(ctx->trace, "dl_src " MAC_FMT " is multicast: not learned",
				MAC_ARG(src));
		return;
	}
	ctx->out->deps.others |= xlate_dep_fdb(ctx->sw->id, src, vlan);
	if (xlate_may_learn(ctx)) {
		change = fdb_learn(fdb, src, vlan, in->port_no, ctx->in->now_ms);
		if (change == FDB_NEW || change == FDB_MOVED)
			ctx->out->learned = true;
	} else {
		change = fdb_would_learn(fdb, src, vlan, in->port_no);
		if (change == FDB_NEW || change == FDB_MOVED)
			ctx->out->unlearned = true;
	}
	xlate_trace_add(ctx->trace, "dl_src " MAC_FMT " vlan %u on %s: %s%s", MAC_ARG(src), vlan,
			in->name, change == FDB_SAME || xlate_may_learn(ctx) ? "" : "would be ",
			done[change]);
	memcpy(ref.fdb.mac, src, 6);
	xlate_refs_add(&ctx->out->refs, &ref);
}

/* An access port gets the frame without the VLAN's tag. */
static bool leaves_tagged(const struct sw_port *p)
{
	return p->vlan_mode == VLAN_TRUNK;
}

static bool floods_to(const struct sw *sw, const struct sw_port *p, __u16 vlan)
{
	return !p->no_flood && sw_port_carries(p, vlan) && !mirror_owns_port(sw, p->port_no);
}

/* The ports that get the frame with its tag, or those that get it without. */
static unsigned int flood_group(struct xlate_ctx *ctx, const struct sw_port *in, __u16 vlan,
				bool tagged)
{
	const struct sw *sw = ctx->sw;
	struct vlan_stack stack;
	unsigned int n = 0;

	for (size_t i = 0; i < sw->n_ports; i++) {
		const struct sw_port *p = sw->ports[i];

		if (p == in || !floods_to(sw, p, vlan) || leaves_tagged(p) != tagged)
			continue;
		if (!n++)
			stack = xlate_vlan_for(ctx, tagged, vlan);
		xlate_output(ctx, p, &stack);
	}
	return n;
}

/* Those first that need the frame as it came: so its tag changes once at most. */
static void flood_vlan(struct xlate_ctx *ctx, const struct sw_port *in, __u16 vlan)
{
	bool tagged_first = xlate_vlan_top(ctx) != NULL;
	unsigned int n;

	xlate_depends(ctx, XLATE_DEP_PORTS, 0);
	xlate_trace_add(ctx->trace, "flood in vlan %u", vlan);
	n = flood_group(ctx, in, vlan, tagged_first);
	n += flood_group(ctx, in, vlan, !tagged_first);
	if (!n) {
		xlate_trace_add(ctx->trace, "no other port carries vlan %u", vlan);
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
	}
}

/* The port behind the destination if it is one to send to; NULL: flood. */
static const struct sw_port *find_destination(struct xlate_ctx *ctx, __u16 vlan)
{
	const __u8 *dst = ctx->want.flow.dl_dst;
	const struct fdb_entry *e;
	const struct sw_port *p;

	XLATE_READ(ctx, dl_dst);
	if (is_multicast(dst))
		return NULL;
	ctx->out->deps.others |= xlate_dep_fdb(ctx->sw->id, dst, vlan);
	e = fdb_lookup(ctx->sw->fdb, dst, vlan);
	if (!e) {
		xlate_trace_add(ctx->trace, "dl_dst " MAC_FMT " vlan %u is unknown", MAC_ARG(dst),
				vlan);
		return NULL;
	}
	p = sw_port_by_no(ctx->sw, e->port_no);
	xlate_depends_on_port(ctx, e->port_no);
	if (!p || !sw_port_carries(p, vlan) || mirror_owns_port(ctx->sw, p->port_no)) {
		xlate_trace_add(ctx->trace, "the port of dl_dst does not carry vlan %u any more",
				vlan);
		return NULL;
	}
	xlate_trace_add(ctx->trace, "dl_dst " MAC_FMT " vlan %u is on %s", MAC_ARG(dst), vlan,
			p->name);
	return p;
}

void xlate_output_in_vlan(struct xlate_ctx *ctx, const struct sw_port *p, __u16 vlan)
{
	struct vlan_stack stack = xlate_vlan_for(ctx, leaves_tagged(p), vlan);

	xlate_output(ctx, p, &stack);
}

static const struct sw_port *input_port(struct xlate_ctx *ctx)
{
	const struct sw_port *in = xlate_in_port(ctx);

	if (!in) {
		xlate_depends(ctx, XLATE_DEP_PORTS, 0);
		xlate_trace_add(ctx->trace, "input port %u does not exist: drop",
				ctx->want.flow.in_port);
		xlate_skip(ctx, XVS_DROP_PORT_UNKNOWN);
	}
	return in;
}

static void normal_in_vlan(struct xlate_ctx *ctx, const struct sw_port *in, __u16 vlan)
{
	const struct sw_port *dst;

	if (is_reserved(ctx))
		return;
	learn(ctx, in, vlan);
	dst = find_destination(ctx, vlan);
	if (!dst) {
		flood_vlan(ctx, in, vlan);
	} else if (dst == in) {
		xlate_trace_add(ctx->trace, "that is where it came from: drop");
		xlate_skip(ctx, XVS_DROP_SAME_PORT);
	} else {
		xlate_output_in_vlan(ctx, dst, vlan);
	}
}

void xlate_normal(struct xlate_ctx *ctx)
{
	const struct sw_port *in = input_port(ctx);
	int vlan = in ? xlate_input_vlan(ctx, in) : NO_VLAN;

	if (vlan != NO_VLAN)
		normal_in_vlan(ctx, in, (__u16)vlan);
}
