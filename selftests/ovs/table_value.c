// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Values of fields: pools of nested prefixes, port ranges, addresses and VLANs
 * for one table, and the draws from them.
 */
#include <string.h>

#include "table_kind.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

__u64 gen_next(struct random_table *t)
{
	__u64 z = t->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

__u32 gen_below(struct random_table *t, __u32 n)
{
	return (__u32)((gen_next(t) >> 32) * n >> 32);
}

bool gen_chance(struct random_table *t, __u32 percent)
{
	return gen_below(t, 100) < percent;
}

__be16 gen_dl_type(struct random_table *t, enum table_family family)
{
	static const __u16 others[] = {0x88cc, 0x88b5, 0x05ff};

	switch (family) {
	case FAMILY_IPV4:
		return XVS_BE16(0x0800);
	case FAMILY_IPV6:
		return XVS_BE16(0x86dd);
	case FAMILY_ARP:
		return gen_chance(t, 10) ? XVS_BE16(0x8035) : XVS_BE16(0x0806);
	case FAMILY_MPLS:
		return gen_chance(t, 10) ? XVS_BE16(0x8848) : XVS_BE16(0x8847);
	default:
		return XVS_BE16(others[gen_below(t, COUNT(others))]);
	}
}

__u8 gen_protocol(struct random_table *t, bool ipv6)
{
	static const __u8 protocols[] = {6, 6, 6, 6, 17, 17, 17, 132, 1, 1, 47};
	__u8 proto = protocols[gen_below(t, COUNT(protocols))];

	return ipv6 && proto == 1 ? 58 : proto;
}

static void flip_bit(__u8 *addr, unsigned int bit)
{
	addr[bit / 8] ^= (__u8)(0x80 >> bit % 8);
}

static void cut(__u8 *addr, unsigned int len)
{
	for (unsigned int bit = len; bit < 128; bit++)
		if (addr[bit / 8] & 0x80 >> bit % 8)
			flip_bit(addr, bit);
}

/* Most prefixes are longer ones of another, or its neighbours: that is where
 * the number of bits that a lookup depends on is worth something. */
static void gen_prefix(struct random_table *t, struct pool_prefix *p,
		       const struct pool_prefix *parent, unsigned int width)
{
	unsigned int step = width / 4, from = parent->len;

	*p = *parent;
	if (gen_chance(t, 25)) {
		flip_bit(p->addr, gen_below(t, from));
		return;
	}
	if (from >= width)
		return;
	p->len = gen_chance(t, 60) ? (from / step + 1) * step : from + 1 + gen_below(t, width / 2);
	if (p->len > width)
		p->len = width;
	for (unsigned int bit = from; bit < p->len; bit++)
		if (gen_chance(t, 30))
			flip_bit(p->addr, bit);
}

static void gen_prefixes(struct random_table *t, struct pool_prefix *p, unsigned int width)
{
	memset(&p[0], 0, sizeof(p[0]));
	p[0].addr[0] = width == 32 ? 10 : 0xfd;
	p[0].addr[1] = (__u8)gen_below(t, 4);
	p[0].len = width / 4;
	cut(p[0].addr, p[0].len);
	for (unsigned int i = 1; i < t->pools.n_prefixes; i++)
		gen_prefix(t, &p[i], &p[gen_below(t, i)], width);
}

static void gen_ports(struct random_table *t)
{
	static const __u16 known[] = {0, 10, 22, 53, 80, 81, 443, 1024, 5000, 8080, 0xffff};

	for (unsigned int i = 0; i < t->pools.n_ports; i++) {
		struct pool_port *p = &t->pools.ports[i];

		p->value = known[gen_below(t, COUNT(known))];
		p->mask = 0xffff;
		if (gen_chance(t, 35))
			p->mask = (__u16)(0xffff << gen_below(t, 16));
		p->value &= p->mask;
	}
}

void gen_pools(struct random_table *t, bool large)
{
	t->pools.n_prefixes = large ? POOL_PREFIXES : POOL_PREFIXES / 4;
	t->pools.n_ports = large ? POOL_PORTS : POOL_PORTS / 4;
	gen_prefixes(t, t->pools.ipv4, 32);
	gen_prefixes(t, t->pools.ipv6, 128);
	gen_ports(t);
	for (size_t i = 0; i < POOL_MACS; i++) {
		__u8 *mac = t->pools.macs[i];

		mac[0] = gen_chance(t, 20) ? 0x33 : 0x02;
		mac[4] = (__u8)gen_below(t, 2);
		mac[5] = (__u8)gen_below(t, 256);
	}
	for (size_t i = 0; i < POOL_VLANS; i++)
		t->pools.vlans[i] = (__u16)gen_below(t, i ? 4096 : 2);
}

static void put(union field_value *v, __u32 n)
{
	n = XVS_BE32(n);
	memset(v, 0, sizeof(*v));
	memcpy(v->b + sizeof(v->b) - sizeof(n), &n, sizeof(n));
}

static void gen_address(struct random_table *t, const struct pool_prefix *pool, size_t size,
			union field_value *value, union field_value *mask)
{
	const struct pool_prefix *p = &pool[gen_below(t, t->pools.n_prefixes)];
	__u8 ones[16];

	memset(ones, 0xff, sizeof(ones));
	cut(ones, p->len);
	memcpy(value->b + sizeof(value->b) - size, p->addr, size);
	memcpy(mask->b + sizeof(mask->b) - size, ones, size);
}

static void gen_mac(struct random_table *t, union field_value *value, union field_value *mask)
{
	__u8 *m = mask->b + sizeof(mask->b) - 6;

	memcpy(value->b + sizeof(value->b) - 6, t->pools.macs[gen_below(t, POOL_MACS)], 6);
	if (gen_chance(t, 10))
		memset(m + 3, 0, 3);
	else if (gen_chance(t, 10))
		memcpy(m, "\1\0\0\0\0\0", 6);
}

/* Fields whose masks are not those of addresses and ports: {value, mask}. */
static void gen_pair(struct random_table *t, const __u16 (*pairs)[2], __u32 n,
		     union field_value *value, union field_value *mask)
{
	__u32 i = gen_below(t, n);

	put(value, pairs[i][0]);
	put(mask, pairs[i][1]);
}

static void gen_masked(struct random_table *t, const struct field *f, union field_value *value,
		       union field_value *mask)
{
	static const __u16 frags[][2] = {{0, 3}, {1, 1}, {1, 3}, {3, 3}, {0, 2}};
	static const __u16 flags[][2] = {
		{0x002, 0x012}, {0x010, 0x010}, {0x004, 0x004}, {0x012, 0x1ff}, {0x000, 0x017}};
	const struct pool_port *p;
	__u16 vlan;

	switch (f->id) {
	case FIELD_IP_FRAG:
		gen_pair(t, frags, COUNT(frags), value, mask);
		break;
	case FIELD_TCP_FLAGS:
		gen_pair(t, flags, COUNT(flags), value, mask);
		break;
	case FIELD_VLAN_TCI:
		vlan = t->pools.vlans[gen_below(t, POOL_VLANS)];
		put(value, gen_chance(t, 30) ? 0 : (XVS_VLAN_PRESENT | vlan));
		if (gen_chance(t, 60))
			put(mask, gen_chance(t, 50) ? XVS_VLAN_PRESENT : 0x1003);
		break;
	default:
		p = &t->pools.ports[gen_below(t, t->pools.n_ports)];
		put(value, p->value);
		put(mask, p->mask);
		break;
	}
}

static __u32 gen_number(struct random_table *t, enum field_id id)
{
	static const __u8 ttls[] = {0, 1, 2, 63, 64, 64, 255}, dscps[] = {0, 0, 10, 46};
	static const __u8 types[] = {0, 3, 8, 8, 11}, types6[] = {1, 128, 135, 135, 136, 136};
	static const __u32 labels[] = {0, 2, 16, 100, 0xfffff};

	switch (id) {
	case FIELD_IN_PORT:
		return 1 + gen_below(t, TABLE_PORTS);
	case FIELD_DL_VLAN:
		return t->pools.vlans[gen_below(t, POOL_VLANS)];
	case FIELD_DL_VLAN_PCP:
		return gen_below(t, 8);
	case FIELD_IPV6_LABEL:
		return gen_chance(t, 50) ? 0 : 0xabcde;
	case FIELD_NW_TOS:
		return dscps[gen_below(t, COUNT(dscps))];
	case FIELD_MPLS_LABEL:
		return labels[gen_below(t, COUNT(labels))];
	case FIELD_MPLS_BOS:
		return gen_chance(t, 75);
	case FIELD_MPLS_TTL:
	case FIELD_NW_TTL:
		return ttls[gen_below(t, COUNT(ttls))];
	case FIELD_ICMP_TYPE:
		return types[gen_below(t, COUNT(types))];
	case FIELD_ICMPV6_TYPE:
		return types6[gen_below(t, COUNT(types6))];
	case FIELD_ARP_OP:
		return 1 + gen_below(t, 3);
	default:
		/* ECN, ICMP codes, classes of MPLS */
		return gen_below(t, 3);
	}
}

static void gen_field(struct random_table *t, const struct field *f, union field_value *value,
		      union field_value *mask)
{
	switch (f->id) {
	case FIELD_DL_SRC:
	case FIELD_DL_DST:
	case FIELD_ARP_SHA:
	case FIELD_ARP_THA:
	case FIELD_ND_SLL:
	case FIELD_ND_TLL:
		gen_mac(t, value, mask);
		break;
	case FIELD_NW_SRC:
	case FIELD_NW_DST:
	case FIELD_ARP_SPA:
	case FIELD_ARP_TPA:
		gen_address(t, t->pools.ipv4, 4, value, mask);
		break;
	case FIELD_IPV6_SRC:
	case FIELD_IPV6_DST:
	case FIELD_ND_TARGET:
		gen_address(t, t->pools.ipv6, 16, value, mask);
		break;
	case FIELD_IP_FRAG:
	case FIELD_TCP_FLAGS:
	case FIELD_VLAN_TCI:
	case FIELD_TCP_SRC:
	case FIELD_TCP_DST:
	case FIELD_UDP_SRC:
	case FIELD_UDP_DST:
	case FIELD_SCTP_SRC:
	case FIELD_SCTP_DST:
		gen_masked(t, f, value, mask);
		break;
	default:
		put(value, gen_number(t, f->id));
		break;
	}
}

static bool may_be_ragged(const struct field *f)
{
	/* ICMP types are exact in Open vSwitch. */
	return f->mask_rule == FIELD_MASK_ANY && f->pre_nw_proto != 1 &&
	       f->id != FIELD_ICMPV6_TYPE && f->id != FIELD_ICMPV6_CODE;
}

void gen_value(struct random_table *t, const struct field *f, union field_value *value,
	       union field_value *mask)
{
	memset(value, 0, sizeof(*value));
	field_exact_mask(f, mask);
	gen_field(t, f, value, mask);
	if (t->kind->ragged && may_be_ragged(f)) {
		mask->w[0] &= gen_next(t) | gen_next(t);
		mask->w[1] &= gen_next(t) | gen_next(t);
		/* Open vSwitch takes the first digits of an IPv6 mask for a length
		 * of a prefix, if they are decimal. */
		if (f->format == FIELD_FMT_IPV6)
			mask->b[0] |= 0xa0;
	}
	value->w[0] &= mask->w[0];
	value->w[1] &= mask->w[1];
}
