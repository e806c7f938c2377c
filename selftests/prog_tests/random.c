// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random frames and programs; see random.h.
 */
#include "random.h"

#include <string.h>

#include "ops.h"

/* splitmix64 */
__u32 rng_next(struct rng *r)
{
	__u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (__u32)(z >> 32);
}

__u32 rng_below(struct rng *r, __u32 n)
{
	return (__u32)((__u64)rng_next(r) * n >> 32);
}

static bool chance(struct rng *r, __u32 percent)
{
	return rng_below(r, 100) < percent;
}

static struct layer *add(struct random_case *c, size_t *n, struct layer l)
{
	c->layers[*n] = l;
	return &c->layers[(*n)++];
}

#define ADD(...) add(c, n, (struct layer)__VA_ARGS__)

static enum layer_csum random_csum(struct rng *r, bool udp)
{
	__u32 p = rng_below(r, 10);

	return p == 0 ? CSUM_BAD : p == 1 && udp ? CSUM_NONE : CSUM_GOOD;
}

static __u32 random_ttl(struct rng *r)
{
	static const __u32 ttls[] = {ZERO, 1, 2, 3, 64, 64, 64, 128, 255};

	return ttls[rng_below(r, sizeof(ttls) / sizeof(ttls[0]))];
}

static void add_nd(struct rng *r, struct random_case *c, size_t *n)
{
	bool solicit = chance(r, 50);
	struct layer nd = ND(solicit ? 135 : 136, IP6_VM2);

	nd.icmp.target[15] = (__u8)rng_next(r);
	nd.csum = random_csum(r, false);
	add(c, n, nd);
	c->l4 = LAYER_ND;
	if (chance(r, 20))
		ADD(OPT(14, MAC_VM2));
	if (chance(r, 70)) {
		ADD(OPT(1, MAC_VM1));
		c->nd_sll = true;
	}
	if (chance(r, 50)) {
		ADD(OPT(2, MAC_VM1));
		c->nd_tll = true;
	}
}

static void add_l4(struct rng *r, struct random_case *c, size_t *n, __u8 proto)
{
	struct layer l = {.csum = random_csum(r, proto == 17)};

	if (proto == 1 || proto == 58) {
		l.kind = proto == 1 ? LAYER_ICMP : LAYER_ICMP6;
		l.icmp.type = proto == 1 ? 8 : 128;
		l.icmp.rest = rng_next(r);
	} else if (proto == 6 || proto == 17 || proto == 132) {
		l.kind = proto == 6 ? LAYER_TCP : proto == 17 ? LAYER_UDP : LAYER_SCTP;
		l.l4.src = 1 + rng_below(r, 65535);
		l.l4.dst = 1 + rng_below(r, 65535);
		l.l4.flags = proto == 6 ? rng_below(r, 4096) : 0;
		l.l4.doff = proto == 6 ? 5 + rng_below(r, 11) : 0;
		if (proto == 132 && chance(r, 10))
			l.csum = CSUM_NONE;
	} else {
		return;
	}
	c->l4 = l.kind;
	add(c, n, l);
}

static void add_ip4(struct rng *r, struct random_case *c, size_t *n)
{
	static const __u8 protos[] = {6, 6, 6, 17, 17, 17, 1, 132, 132, 2, 47};
	__u8 proto = protos[rng_below(r, sizeof(protos))];
	struct layer l = IP4(.proto = proto, .ttl = random_ttl(r), .tos = (__u8)rng_next(r),
			     .src = rng_next(r) | 1, .dst = rng_next(r) | 1,
			     .ihl = (__u8)(chance(r, 25) ? 5 + rng_below(r, 11) : 5));
	__u32 frag = rng_below(r, 12);

	l.csum = chance(r, 8) ? CSUM_BAD : CSUM_GOOD;
	if (frag == 0)
		l.ip4.frag = 0x2000;
	else if (frag == 1)
		l.ip4.frag = (__u16)(1 + rng_below(r, 0x1fff));
	c->l3 = LAYER_IP4;
	add(c, n, l);
	if (frag != 1)
		add_l4(r, c, n, proto);
}

static void add_ip6(struct rng *r, struct random_case *c, size_t *n)
{
	static const __u8 protos[] = {6, 6, 17, 17, 58, 132, 59, 0xff, 0xff};
	static const __u8 exts[] = {0, 43, 60};
	__u8 proto = protos[rng_below(r, sizeof(protos))];
	__u32 n_ext = chance(r, 30) ? 1 + rng_below(r, 3) : 0, frag = rng_below(r, 12);
	struct layer l = IP6(.hlim = random_ttl(r), .tc = (__u8)rng_next(r),
			     .label = rng_below(r, 1 << 20), .src = IP6_VM1, .dst = IP6_VM2);
	bool nd = proto == 0xff;
	struct layer *before;

	proto = nd ? 58 : proto;
	for (int i = 4; i < 16; i++) {
		l.ip6.src[i] = (__u8)rng_next(r);
		l.ip6.dst[i] = (__u8)rng_next(r);
	}
	c->l3 = LAYER_IP6;
	before = add(c, n, l);
	before->ip6.next = proto;
	for (__u32 i = 0; i < n_ext; i++) {
		__u8 kind = exts[i ? 1 + rng_below(r, 2) : rng_below(r, 3)];

		if (before->kind == LAYER_IP6)
			before->ip6.next = kind;
		else
			before->ext6.next = kind;
		before = ADD(EXT6(proto, (__u8)rng_below(r, 4)));
	}
	if (frag < 2) {
		if (before->kind == LAYER_IP6)
			before->ip6.next = 44;
		else
			before->ext6.next = 44;
		ADD(FRAG6(proto, (__u16)(frag ? 1 + rng_below(r, 0x1fff) : 0), frag == 0));
	}
	if (frag == 1)
		return;
	if (nd)
		add_nd(r, c, n);
	else
		add_l4(r, c, n, proto);
}

static void add_mpls(struct rng *r, struct random_case *c, size_t *n)
{
	__u32 n_entries = 1 + rng_below(r, 3);

	while (n_entries--) {
		__u32 lse = rng_next(r);

		ADD(RAW(4, (__u8)(lse >> 24), (__u8)(lse >> 16), (__u8)(lse >> 8), (__u8)lse));
	}
	c->mpls = true;
}

/* What is behind the tags: EtherType, percent of the frames up to here. */
static const struct {
	__u16 type;
	__u32 percent;
} contents[] = {{0x0800, 50}, {0x86dd, 82}, {0x0806, 88},
		{0x8847, 94}, {0x8848, 96}, {0x88b5, 100}};

static void add_content(struct rng *r, struct random_case *c, size_t *n)
{
	__u32 percent = rng_below(r, 100);
	size_t i = 0;

	while (percent >= contents[i].percent)
		i++;
	ADD(TYPE(contents[i].type));
	if (contents[i].type == 0x0800)
		add_ip4(r, c, n);
	else if (contents[i].type == 0x86dd)
		add_ip6(r, c, n);
	else if (contents[i].type == 0x0806)
		c->l3 = ADD(ARP(.op = 1, .spa = rng_next(r) | 1, .tpa = rng_next(r) | 1))->kind;
	else if (contents[i].type != 0x88b5)
		add_mpls(r, c, n);
}

void random_frame(struct rng *r, struct random_case *c, __u32 index)
{
	__u32 tags = rng_below(r, 10);
	size_t at = 0, *n = &at;
	struct layer *eth;

	memset(c, 0, sizeof(*c));
	eth = ADD(ETH_TO(.dst = MAC_VM2, .src = {2, 1}));
	for (int i = 0; i < 4; i++)
		eth->eth.src[2 + i] = (__u8)(index >> (24 - 8 * i));
	eth->eth.dst[5] = (__u8)rng_next(r);
	tags = tags < 6 ? 0 : tags < 9 ? 1 : 2;
	c->tagged = tags;
	if (tags == 2)
		ADD(TAG(chance(r, 50) ? 0x88a8 : 0x8100, (__u16)(rng_next(r) & 0xefff)));
	if (tags)
		ADD(TAG(0x8100, (__u16)(rng_next(r) & 0xefff)));
	add_content(r, c, n);
	/* Odd lengths are as good as any; but the kernel throws tagged frames away
	 * that have less than two bytes behind the tag. */
	if (c->l3 != LAYER_ARP && !c->nd_sll && !c->nd_tll && c->l4 != LAYER_ND)
		ADD(DATA(2 + rng_below(r, chance(r, 20) ? 1000 : 80)));
	if (chance(r, 15))
		c->pad = rng_below(r, 40);
}

static struct xvs_op *push_op(struct random_case *c, size_t *n, struct xvs_op op)
{
	c->ops[*n] = op;
	return &c->ops[(*n)++];
}

/* Fields by header: offset, mask, checksums; the value is random. */
struct field {
	__u8 hdr, off, flags;
	__u32 mask;
};

static const struct field eth_fields[] = {
	{XVS_HDR_ETH, 0, 0, ~0u},    {XVS_HDR_ETH, 4, 0, 0xffff0000}, {XVS_HDR_ETH, 6, 0, ~0u},
	{XVS_HDR_ETH, 8, 0, 0xffff}, {XVS_HDR_ETH, 2, 0, 0x00ffff00}, {XVS_HDR_ETH, 4, 0, ~0u},
};
static const struct field ip4_fields[] = {
	{XVS_HDR_NW, 0, NWC, 0x00ff0000}, {XVS_HDR_NW, 0, NWC, 0x00fc0000},
	{XVS_HDR_NW, 8, NWC, 0xff000000}, {XVS_HDR_NW, 12, NWC | PSC, ~0u},
	{XVS_HDR_NW, 16, NWC | PSC, ~0u}, {XVS_HDR_NW, 16, NWC | PSC, 0xffff00},
};
static const struct field ip6_fields[] = {
	{XVS_HDR_NW, 0, 0, 0x0ff00000}, {XVS_HDR_NW, 0, 0, 0x000fffff},  {XVS_HDR_NW, 4, 0, 0xff},
	{XVS_HDR_NW, 8, PSC, ~0u},      {XVS_HDR_NW, 12, PSC, ~0u},      {XVS_HDR_NW, 16, PSC, ~0u},
	{XVS_HDR_NW, 20, PSC, ~0u},     {XVS_HDR_NW, 24, PSC, ~0u},      {XVS_HDR_NW, 28, PSC, ~0u},
	{XVS_HDR_NW, 32, PSC, ~0u},     {XVS_HDR_NW, 36, PSC, 0xff00ff},
};
static const struct field arp_fields[] = {
	{XVS_HDR_NW, 4, 0, 0xffff}, {XVS_HDR_NW, 8, 0, ~0u},  {XVS_HDR_NW, 10, 0, 0xffff},
	{XVS_HDR_NW, 14, 0, ~0u},   {XVS_HDR_NW, 18, 0, ~0u}, {XVS_HDR_NW, 20, 0, 0xffff},
	{XVS_HDR_NW, 24, 0, ~0u},
};
static const struct field tcp_fields[] = {
	{XVS_HDR_L4, 0, L4C, 0xffff0000},
	{XVS_HDR_L4, 0, L4C, 0xffff},
	{XVS_HDR_L4, 0, L4C, ~0u},
	{XVS_HDR_L4, 12, L4C, 0x0fff0000},
};
static const struct field udp_fields[] = {
	{XVS_HDR_L4, 0, L4C, 0xffff0000},
	{XVS_HDR_L4, 0, L4C, 0xffff},
	{XVS_HDR_L4, 0, L4C, ~0u},
};
static const struct field sctp_fields[] = {
	{XVS_HDR_L4, 0, CRC, 0xffff0000},
	{XVS_HDR_L4, 0, CRC, 0xffff},
	{XVS_HDR_L4, 0, CRC, ~0u},
};
static const struct field icmp_fields[] = {
	{XVS_HDR_L4, 0, L4C, 0xff000000},
	{XVS_HDR_L4, 0, L4C, 0x00ff0000},
};
static const struct field nd_fields[] = {
	{XVS_HDR_L4, 8, L4C, ~0u},     {XVS_HDR_L4, 12, L4C, ~0u},
	{XVS_HDR_L4, 16, L4C, ~0u},    {XVS_HDR_L4, 20, L4C, ~0u},
	{XVS_HDR_ND_SLL, 0, L4C, ~0u}, {XVS_HDR_ND_SLL, 2, L4C, 0xffff},
	{XVS_HDR_ND_TLL, 0, L4C, ~0u}, {XVS_HDR_ND_TLL, 2, L4C, 0xffff},
};

#define PICK(table) (&(table)[rng_below(r, sizeof(table) / sizeof((table)[0]))])

static const struct field *l3_field(struct rng *r, const struct random_case *c)
{
	switch (c->l3) {
	case LAYER_IP4:
		return PICK(ip4_fields);
	case LAYER_IP6:
		return PICK(ip6_fields);
	case LAYER_ARP:
		return PICK(arp_fields);
	default:
		return PICK(eth_fields);
	}
}

static const struct field *l4_field(struct rng *r, const struct random_case *c)
{
	switch (c->l4) {
	case LAYER_TCP:
		return PICK(tcp_fields);
	case LAYER_UDP:
		return PICK(udp_fields);
	case LAYER_SCTP:
		return PICK(sctp_fields);
	case LAYER_ICMP:
	case LAYER_ICMP6:
		return PICK(icmp_fields);
	case LAYER_ND:
		return PICK(nd_fields);
	default:
		return l3_field(r, c);
	}
}

static void add_mpls_change(struct rng *r, struct random_case *c, size_t *n)
{
	static const __u32 types[] = {0x0800, 0x86dd, 0x8847, 0x8848, 0x88b5};
	__u32 kind = rng_below(r, 10), lse = rng_next(r), mask = rng_next(r);
	__u32 type = types[rng_below(r, sizeof(types) / sizeof(types[0]))];

	if (kind < 4)
		push_op(c, n, (struct xvs_op)OP_PUSH_MPLS(chance(r, 80) ? 0x8847 : 0x8848, lse));
	else if (kind < 8)
		push_op(c, n, (struct xvs_op)OP_POP_MPLS(type));
	else
		push_op(c, n, (struct xvs_op)SET_LSE(mask, lse));
}

static void add_change(struct rng *r, struct random_case *c, size_t *n)
{
	__u32 kind = rng_below(r, 100);
	const struct field *f;

	if (chance(r, c->mpls ? 40 : 8)) {
		add_mpls_change(r, c, n);
		return;
	}
	if (chance(r, 4)) {
		push_op(c, n, (struct xvs_op)OP_METER(RANDOM_METER));
		return;
	}
	if (chance(r, 3)) {
		push_op(c, n, (struct xvs_op)OP_CONTROLLER(rng_next(r)));
		return;
	}

	if (kind < 8) {
		__u32 tpid = chance(r, 70) ? 0x8100 : 0x88a8, tci = rng_next(r) & 0xefff;

		push_op(c, n, (struct xvs_op)OP_PUSH(tpid, tci));
		return;
	}
	if (kind < 15) {
		push_op(c, n, (struct xvs_op)OP_POP);
		return;
	}
	if (kind < 22) {
		__u32 mask = chance(r, 50) ? 0x0fff : 0xe000, tci = rng_next(r) & mask;

		push_op(c, n, (struct xvs_op)OP_TCI(mask, tci));
		return;
	}
	if (kind < 30) {
		push_op(c, n, (struct xvs_op)OP_TTL);
		return;
	}
	f = kind < 45 ? PICK(eth_fields) : kind < 70 ? l3_field(r, c) : l4_field(r, c);
	push_op(c, n,
		(struct xvs_op){.kind = XVS_OP_SET,
				.hdr = f->hdr,
				.off = f->off,
				.flags = f->flags,
				.mask = XVS_BE32(f->mask),
				.value = XVS_BE32(rng_next(r) & f->mask)});
}

void random_program(struct rng *r, struct random_case *c, __u32 max_outputs, __u32 first_port,
		    __u32 n_ports)
{
	__u32 n_out = 1 + rng_below(r, max_outputs), n_changes = rng_below(r, 10);
	__u32 most = max_outputs == 1 ? XVS_BLOCK_OPS - 1 : 40;
	size_t n = 0;

	if (chance(r, 5))
		n_changes = rng_below(r, most + 1);
	if (chance(r, 8))
		n_changes = 0;
	for (__u32 out = 1; out <= n_out; out++) {
		__u32 here = out == n_out ? n_changes : rng_below(r, n_changes + 1);

		n_changes -= here;
		while (here--)
			add_change(r, c, &n);
		push_op(c, &n, (struct xvs_op)OP_OUT(first_port + rng_below(r, n_ports)));
	}
	c->ops[n - 1].flags = XVS_OP_F_LAST;
	c->ops[n] = (struct xvs_op){0};
}

void random_describe(FILE *f, const struct random_case *c)
{
	fprintf(f, "#   layers:");
	for (const struct layer *l = c->layers; l->kind; l++)
		fprintf(f, " %d", l->kind);
	fprintf(f, " pad %zu\n", c->pad);
	for (const struct xvs_op *op = c->ops; op->kind; op++)
		fprintf(f, "#   op kind %u hdr %u off %u flags 0x%x mask %08x value %08x\n",
			op->kind, op->hdr, op->off, op->flags, XVS_FROM_BE32(op->mask),
			XVS_FROM_BE32(op->value));
}
