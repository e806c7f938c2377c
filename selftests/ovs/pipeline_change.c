// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random actions that change a packet, its registers or the stack. Both switches
 * check a list against the match of its rule, so what is written follows from what
 * the list may rely on.
 */
#include <stdarg.h>
#include <stdio.h>

#include "field_text.h"
#include "pipeline_private.h"
#include "proto.h"
#include "subfield_text.h"

void gen_action(struct action_gen *g, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (g->n_actions++)
		strbuf_addc(g->out, ',');
	strbuf_add(g->out, text);
}

static bool has_dl_type(const struct action_gen *g, __u16 dl_type)
{
	return g->now.mask.dl_type && g->now.key.dl_type == XVS_BE16(dl_type);
}

static bool has_ip(const struct action_gen *g)
{
	return has_dl_type(g, DL_TYPE_IP) || has_dl_type(g, DL_TYPE_IPV6);
}

static bool has_mpls(const struct action_gen *g)
{
	return has_dl_type(g, DL_TYPE_MPLS) || has_dl_type(g, DL_TYPE_MPLS_MCAST);
}

/* The packet has the field for certain, by the rules of either switch. */
static bool has_field(const struct action_gen *g, const struct field *f)
{
	const struct match *now = &g->now;

	if (f->pre_nw_proto && now->key.nw_frag & XVS_FRAG_LATER)
		return false;
	if (f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP)
		return g->tag == TAG_THERE;
	/* One of the two messages, in Open vSwitch. */
	if (f->id == FIELD_ND_SLL && now->key.tp_src != XVS_BE16(ND_SOLICIT))
		return false;
	if (f->id == FIELD_ND_TLL && now->key.tp_src != XVS_BE16(ND_ADVERT))
		return false;
	return field_prereqs_met(f, &now->key, &now->mask);
}

static bool is_register(enum field_id id)
{
	return id == FIELD_METADATA || (id >= FIELD_REG0 && id < FIELD_REG0 + PIPELINE_REGS) ||
	       id == FIELD_XREG0 || id == FIELD_XREG0 + 1 || id == FIELD_XXREG0;
}

/* A part of the packet or its registers. Ports and ICMP types have fields that go
 * by the protocol: those without are left out. */
static bool is_usable(const struct action_gen *g, const struct field *f, bool write)
{
	if (is_register(f->id))
		return true;
	if (f->offset < FLOW_STAGE_METADATA_END * 8)
		return f->id == FIELD_IN_PORT && !write;
	if (f->id == FIELD_TP_SRC || f->id == FIELD_TP_DST || f->id == FIELD_VLAN_TCI1 ||
	    f->id == FIELD_ARP_OP)
		return false;
	/* Open vSwitch has no way to write all names of a tag's parts: gen_vlan has
	 * those that it has. */
	if (f->id == FIELD_VLAN_TCI)
		return !write;
	if (f->id == FIELD_DL_VLAN && write)
		return false;
	if (f->id == FIELD_IP_FRAG)
		return false;
	/* Open vSwitch takes writes to what RARP has of ARP's fields, and forgets them. */
	if (write && has_dl_type(g, DL_TYPE_RARP) && f->pre_dl_type == DL_TYPE_ARP)
		return false;
	return has_field(g, f) && (!write || f->set_bits);
}

static const struct field *pick_field(struct action_gen *g, bool write)
{
	struct random_table *t = &g->p->t;
	const struct field *usable[FIELD_N];
	bool registers = gen_chance(t, 40);
	unsigned int n = 0;

	for (int id = 0; id < FIELD_N; id++)
		if (is_register((enum field_id)id) == registers && is_usable(g, &fields[id], write))
			usable[n++] = &fields[id];
	/* MAC addresses are always among them. */
	return usable[gen_below(t, n)];
}

/* Mostly all of a field. 'n_bits' is what there is to be, 0: anything. */
static bool pick_subfield(struct action_gen *g, bool write, unsigned int n_bits,
			  struct subfield *sub)
{
	struct random_table *t = &g->p->t;

	for (int tries = 0; tries < 20; tries++) {
		const struct field *f = pick_field(g, write);
		unsigned int width = field_n_bits(f), n = n_bits;

		if (!n)
			n = gen_chance(t, 60) ? width : 1 + gen_below(t, width);
		if (n > width)
			continue;
		*sub = (struct subfield){.field = f->id, .n_bits = (__u8)n};
		sub->ofs = (__u8)gen_below(t, width - n + 1);
		return true;
	}
	return false;
}

static void gen_set_field(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	const struct field *f = pick_field(g, true);
	struct field_bits bits;
	struct strbuf text;

	gen_value(t, f, &bits.value, &bits.mask);
	if (is_register(f->id)) {
		field_value_from_u64(&bits.value, gen_below(t, 4));
		if (gen_chance(t, 50))
			field_value_from_u64(&bits.mask, 1 + gen_below(t, 15));
	} else if (f->mask_rule == FIELD_MASK_ANY && f->pre_nw_proto != PROTO_ICMP &&
		   f->id != FIELD_ICMPV6_TYPE && f->id != FIELD_ICMPV6_CODE && gen_chance(t, 40)) {
		for (int i = 0; i < 2; i++)
			bits.mask.w[i] &= gen_next(t);
	} else {
		field_exact_mask(f, &bits.mask);
	}
	/* The first digits of an IPv6 mask are a prefix's length if they are decimal. */
	if (f->format == FIELD_FMT_IPV6)
		bits.mask.b[0] |= 0xa0;
	for (int i = 0; i < 2; i++)
		bits.value.w[i] &= bits.mask.w[i];
	if (field_value_is_zero(&bits.mask))
		return;
	strbuf_init(&text);
	field_text_format(&text, f, &bits);
	gen_action(g, "set_field:%s->%s", strbuf_str(&text),
		   f->id == FIELD_DL_VLAN_PCP ? "vlan_pcp" : f->name);
	strbuf_fini(&text);
}

static void gen_load(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	struct subfield sub;
	struct strbuf text;
	__u64 value;

	if (!pick_subfield(g, true, 0, &sub))
		return;
	value = is_register(sub.field) ? gen_below(t, 4) : gen_next(t);
	if (sub.n_bits < 64)
		value &= (1ULL << sub.n_bits) - 1;
	strbuf_init(&text);
	subfield_format(&text, &sub);
	gen_action(g, "load:%#llx->%s", (unsigned long long)value, strbuf_str(&text));
	strbuf_fini(&text);
}

static void gen_move(struct action_gen *g)
{
	struct subfield src, dst;
	struct strbuf from, to;

	if (!pick_subfield(g, false, 0, &src) || !pick_subfield(g, true, src.n_bits, &dst))
		return;
	strbuf_init(&from);
	strbuf_init(&to);
	subfield_format(&from, &src);
	subfield_format(&to, &dst);
	gen_action(g, "move:%s->%s", strbuf_str(&from), strbuf_str(&to));
	strbuf_fini(&from);
	strbuf_fini(&to);
}

static void gen_stack(struct action_gen *g)
{
	bool push = gen_chance(&g->p->t, 60);
	struct subfield sub;
	struct strbuf text;

	if (g->bucket || !pick_subfield(g, !push, 0, &sub))
		return;
	strbuf_init(&text);
	subfield_format(&text, &sub);
	gen_action(g, "%s:%s", push ? "push" : "pop", strbuf_str(&text));
	strbuf_fini(&text);
}

static void gen_mod_ip(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	bool ports = g->now.mask.nw_proto && !(g->now.key.nw_frag & XVS_FRAG_LATER) &&
		     (g->now.key.nw_proto == PROTO_TCP || g->now.key.nw_proto == PROTO_UDP ||
		      g->now.key.nw_proto == PROTO_SCTP);

	switch (gen_below(t, ports ? 7 : 5)) {
	case 0:
		gen_action(g, "mod_nw_tos:%u", 4 * gen_below(t, 64));
		break;
	case 1:
		gen_action(g, "mod_nw_ecn:%u", gen_below(t, 4));
		break;
	case 2:
		gen_action(g, "mod_nw_ttl:%u", 1 + gen_below(t, 3));
		break;
	case 3:
	case 4:
		if (has_dl_type(g, DL_TYPE_IP))
			gen_action(g, "%s:10.%u.%u.%u",
				   gen_chance(t, 50) ? "mod_nw_src" : "mod_nw_dst", gen_below(t, 4),
				   gen_below(t, 256), gen_below(t, 256));
		break;
	case 5:
		gen_action(g, "mod_tp_src:%u", gen_below(t, 65536));
		break;
	default:
		gen_action(g, "mod_tp_dst:%u", gen_below(t, 65536));
		break;
	}
}

static void gen_mod(struct action_gen *g)
{
	struct random_table *t = &g->p->t;
	const __u8 *mac = t->pools.macs[gen_below(t, POOL_MACS)];

	if (has_ip(g) && gen_chance(t, 70))
		gen_mod_ip(g);
	else
		gen_action(g, "%s:%02x:%02x:%02x:%02x:%02x:%02x",
			   gen_chance(t, 50) ? "mod_dl_src" : "mod_dl_dst", mac[0], mac[1], mac[2],
			   mac[3], mac[4], mac[5]);
}

/*
 * Open vSwitch keeps two tags of a packet, and forgets the inner one when a third
 * is pushed: tags are pushed where none is known to be there. And its ovs-ofctl
 * writes mod_vlan_vid for OpenFlow 1.1 and later as a push where the match has no
 * tag: only where it is known which of the two it is.
 */
static void gen_vlan(struct action_gen *g)
{
	struct random_table *t = &g->p->t;

	switch (g->tag) {
	case TAG_NONE:
		/* xvs does not know the type of a tag that was there when a pass began. */
		gen_action(g, "push_vlan:%s",
			   g->p->pops || gen_chance(t, 70) ? "0x8100" : "0x88a8");
		if (gen_chance(t, 70))
			gen_action(g, "set_field:%u->vlan_vid",
				   4096 + t->pools.vlans[gen_below(t, POOL_VLANS)]);
		g->tag = TAG_THERE;
		break;
	case TAG_THERE:
		if (gen_chance(t, 30)) {
			gen_action(g, "load:%u->NXM_OF_VLAN_TCI[%u..11]", gen_below(t, 16),
				   gen_below(t, 8));
			/* So ovs-ofctl thinks, as the bit of presence is not loaded. */
			g->tag = TAG_UNKNOWN;
		} else if (gen_chance(t, 30)) {
			gen_action(g, "mod_vlan_vid:%u", t->pools.vlans[gen_below(t, POOL_VLANS)]);
		} else if (gen_chance(t, 50)) {
			gen_action(g, "mod_vlan_pcp:%u", gen_below(t, 8));
		} else {
			gen_action(g, "%s", gen_chance(t, 50) ? "pop_vlan" : "strip_vlan");
			/* There may be another one. */
			g->tag = TAG_UNKNOWN;
		}
		break;
	case TAG_UNKNOWN:
		break;
	}
}

/* From here on the packet has this EtherType, and what is behind it is not known. */
static void becomes(struct action_gen *g, __u16 dl_type)
{
	g->now.key.dl_type = XVS_BE16(dl_type);
	g->now.mask.dl_type = 0xffff;
	g->now.key.mpls_lse = g->now.mask.mpls_lse = 0;
	for (int i = FLOW_STAGE_L2_END; i < FLOW_KEY_WORDS; i++)
		g->now.key.w[i] = g->now.mask.w[i] = 0;
}

/*
 * A label is popped where it is known whether it is the last one: of another one
 * Open vSwitch pops all if told that IP follows. The next pass that this may take,
 * 3.1 does not get right on a clone, whose rest of the packet is lost, nor when
 * a peer's table has said `exit` before.
 */
static void gen_pop_mpls(struct action_gen *g)
{
	const __be32 bottom = XVS_BE32(0x100);
	__u16 type = DL_TYPE_MPLS;

	if (!(g->now.mask.mpls_lse & bottom) || !g->p->pops)
		return;
	if (g->now.key.mpls_lse & bottom)
		type = g->p->inner_ipv6 ? DL_TYPE_IPV6 : DL_TYPE_IP;
	gen_action(g, "pop_mpls:%#06x", type);
	becomes(g, type);
}

static void gen_label(struct action_gen *g)
{
	struct random_table *t = &g->p->t;

	switch (gen_below(t, 6)) {
	case 0:
		gen_action(g, "set_mpls_label:%u", gen_below(t, 1 << 20));
		break;
	case 1:
		gen_action(g, "set_mpls_tc:%u", gen_below(t, 8));
		break;
	case 2:
		gen_action(g, "set_mpls_ttl:%u", 1 + gen_below(t, 3));
		break;
	case 3:
		gen_action(g, "dec_mpls_ttl");
		break;
	default:
		gen_pop_mpls(g);
		break;
	}
}

static void gen_mpls(struct action_gen *g)
{
	__u16 type = gen_chance(&g->p->t, 80) ? DL_TYPE_MPLS : DL_TYPE_MPLS_MCAST;

	if (has_mpls(g)) {
		gen_label(g);
	} else if (has_dl_type(g, g->p->inner_ipv6 ? DL_TYPE_IPV6 : DL_TYPE_IP)) {
		/* So that what a pop bares is what it says. */
		gen_action(g, "push_mpls:%#06x", type);
		becomes(g, type);
	}
}

static void gen_ttl(struct action_gen *g)
{
	if (has_ip(g))
		gen_action(g, "dec_ttl");
}

void gen_change(struct action_gen *g)
{
	if (has_mpls(g) && gen_chance(&g->p->t, 40)) {
		gen_label(g);
		return;
	}
	switch (gen_below(&g->p->t, 14)) {
	case 0:
	case 1:
	case 2:
		gen_set_field(g);
		break;
	case 3:
	case 4:
		gen_load(g);
		break;
	case 5:
	case 6:
		gen_move(g);
		break;
	case 7:
	case 8:
		gen_stack(g);
		break;
	case 9:
		gen_mod(g);
		break;
	case 10:
	case 11:
		gen_vlan(g);
		break;
	case 12:
		gen_mpls(g);
		break;
	default:
		gen_ttl(g);
		break;
	}
}
