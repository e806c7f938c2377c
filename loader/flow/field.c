// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What can be done with one field of a key. The table is in field_table.c; text
 * of values is in field_text.c; whole matches are in match_parse.c and
 * flow_format.c.
 *
 * Values are those of the header field, right-aligned: FIELD_NW_TOS is the
 * DSCP (0..63) though "nw_tos=" is written as the whole octet, FIELD_DL_VLAN
 * and FIELD_DL_VLAN_PCP are the VID and PCP without the "present" bit, which
 * field_get and field_set leave alone. The label of a connection is two words in
 * host order, the lower one first.
 */
#include "field.h"

#include <string.h>

#include "proto.h"

/* Asked for each of some hundred names a word: it ends at the first character that
 * differs. */
static inline bool name_is(const char *want, const char *name, size_t len)
{
	size_t i = 0;

	while (i < len && want[i] == name[i])
		i++;
	return i == len && !want[i];
}

static inline bool is_one_of(const char *const *names, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n && names[i]; i++)
		if (name_is(names[i], name, len))
			return true;
	return false;
}

const struct field *field_by_name(const char *name, size_t len)
{
	/* Names are in lower case, those of NXM and OXM in upper case: half of the
	 * table need not be looked at. */
	bool oxm = len && *name >= 'A' && *name <= 'Z';

	for (int i = 0; i < FIELD_N; i++) {
		const struct field *f = &fields[i];

		if (oxm ? is_one_of(f->oxm, 3, name, len)
			: name_is(f->name, name, len) || is_one_of(f->alias, 2, name, len))
			return f;
	}
	return NULL;
}

unsigned int field_n_bits(const struct field *f)
{
	/* Types and codes are octets, see field_table.c. */
	return f->id >= FIELD_ICMP_TYPE && f->id <= FIELD_ICMPV6_CODE ? 8 : f->width;
}

/* What the datapath adds lies in host order; headers, and what only a translation
 * has, as on the wire. */
static bool in_host_order(const struct field *f)
{
	return f->offset >= offsetof(struct flow_key, tun_flags) &&
	       f->offset < offsetof(struct flow_key, mpls_lse);
}

/* The stored integer of a field of up to four bytes. */
static __u32 load(const struct field *f, const struct flow_key *key)
{
	const __u8 *p = (const __u8 *)key + f->offset;
	__u32 v32;
	__u16 v16;

	switch (f->size) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return in_host_order(f) ? v16 : XVS_FROM_BE16(v16);
	default:
		memcpy(&v32, p, sizeof(v32));
		return in_host_order(f) ? v32 : XVS_FROM_BE32(v32);
	}
}

static void store(const struct field *f, struct flow_key *key, __u32 v)
{
	__u8 *p = (__u8 *)key + f->offset;
	__u32 v32;
	__u16 v16;

	switch (f->size) {
	case 1:
		*p = (__u8)v;
		break;
	case 2:
		v16 = in_host_order(f) ? (__u16)v : (__u16)XVS_BE16(v);
		memcpy(p, &v16, sizeof(v16));
		break;
	default:
		v32 = in_host_order(f) ? v : (__u32)XVS_BE32(v);
		memcpy(p, &v32, sizeof(v32));
		break;
	}
}

static __u32 width_mask(const struct field *f)
{
	return f->width >= 32 ? ~0U : (1U << f->width) - 1;
}

void field_get(const struct field *f, const struct flow_key *key, union field_value *value)
{
	__u32 v;

	memset(value, 0, sizeof(*value));
	if (f->id == FIELD_CT_LABEL) {
		value->w[0] = XVS_BE64(key->ct_label[1]);
		value->w[1] = XVS_BE64(key->ct_label[0]);
		return;
	}
	if (f->size > 4) {
		memcpy(value->b + sizeof(value->b) - f->size, (const __u8 *)key + f->offset,
		       f->size);
		return;
	}
	v = XVS_BE32(load(f, key) >> f->shift & width_mask(f));
	memcpy(value->b + sizeof(value->b) - sizeof(v), &v, sizeof(v));
}

void field_set(const struct field *f, struct flow_key *key, const union field_value *value)
{
	__u32 v, m = width_mask(f);

	if (f->id == FIELD_CT_LABEL) {
		key->ct_label[1] = XVS_FROM_BE64(value->w[0]);
		key->ct_label[0] = XVS_FROM_BE64(value->w[1]);
		return;
	}
	if (f->size > 4) {
		memcpy((__u8 *)key + f->offset, value->b + sizeof(value->b) - f->size, f->size);
		return;
	}
	memcpy(&v, value->b + sizeof(value->b) - sizeof(v), sizeof(v));
	v = XVS_FROM_BE32(v) & m;
	store(f, key, (load(f, key) & ~(m << f->shift)) | v << f->shift);
}

bool field_value_is_zero(const union field_value *v)
{
	return !(v->w[0] | v->w[1]);
}

/* A value as a number, for shifts. */
typedef unsigned __int128 wide;

static wide value_load(const union field_value *v)
{
	return (wide)XVS_FROM_BE64(v->w[0]) << 64 | XVS_FROM_BE64(v->w[1]);
}

static void value_store(union field_value *v, wide n)
{
	v->w[0] = XVS_BE64((__u64)(n >> 64));
	v->w[1] = XVS_BE64((__u64)n);
}

static wide wide_mask(unsigned int n)
{
	return ~(wide)0 >> (128 - n);
}

void field_value_extract(const union field_value *from, unsigned int ofs, unsigned int n,
			 union field_value *bits)
{
	value_store(bits, value_load(from) >> ofs & wide_mask(n));
}

void field_value_insert(union field_value *to, unsigned int ofs, unsigned int n,
			const union field_value *bits)
{
	wide mask = wide_mask(n);

	value_store(to, (value_load(to) & ~(mask << ofs)) | (value_load(bits) & mask) << ofs);
}

void field_exact_mask(const struct field *f, union field_value *mask)
{
	size_t n = f->width / 8;

	memset(mask, 0, sizeof(*mask));
	memset(mask->b + sizeof(mask->b) - n, 0xff, n);
	if (f->width % 8)
		mask->b[sizeof(mask->b) - 1 - n] = (__u8)((1U << f->width % 8) - 1);
}

static bool dl_type_met(const struct field *f, __u16 dl_type)
{
	switch (f->pre_dl_type) {
	case DL_TYPE_ANY_IP:
		return dl_type == DL_TYPE_IP || dl_type == DL_TYPE_IPV6;
	case DL_TYPE_ARP:
		return dl_type == DL_TYPE_ARP || dl_type == DL_TYPE_RARP;
	case DL_TYPE_MPLS:
		return dl_type == DL_TYPE_MPLS || dl_type == DL_TYPE_MPLS_MCAST;
	default:
		return dl_type == f->pre_dl_type;
	}
}

static bool nw_proto_met(const struct field *f, __u8 proto)
{
	if (f->pre_nw_proto == PROTO_PORTS)
		return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
	return proto == f->pre_nw_proto;
}

bool field_prereqs_met(const struct field *f, const struct flow_key *key,
		       const struct flow_key *mask)
{
	__u16 type;

	if (!f->pre_dl_type)
		return true;
	if (mask->dl_type != 0xffff || !dl_type_met(f, XVS_FROM_BE16(key->dl_type)))
		return false;
	if (!f->pre_nw_proto)
		return true;
	if (mask->nw_proto != 0xff || !nw_proto_met(f, key->nw_proto))
		return false;
	if (!f->pre_icmp_type)
		return true;
	if ((mask->tp_src & XVS_BE16(0xff)) != XVS_BE16(0xff))
		return false;
	type = XVS_FROM_BE16(key->tp_src) & 0xff;
	if (f->pre_icmp_type == ND_EITHER)
		return type == ND_SOLICIT || type == ND_ADVERT;
	return type == f->pre_icmp_type;
}

void field_prereqs_unwildcard(const struct field *f, struct flow_key *wc)
{
	if (f->pre_dl_type)
		wc->dl_type = 0xffff;
	if (f->pre_nw_proto) {
		wc->nw_proto = 0xff;
		/* A later fragment has the protocol, but no L4 header. */
		wc->nw_frag |= XVS_FRAG_ANY | XVS_FRAG_LATER;
	}
	if (f->pre_icmp_type)
		wc->tp_src = 0xffff;
}

const char *field_prereq_name(const struct field *f)
{
	switch (f->pre_nw_proto) {
	case PROTO_PORTS:
		return "tcp, udp or sctp";
	case PROTO_TCP:
		return "tcp or tcp6";
	case PROTO_UDP:
		return "udp or udp6";
	case PROTO_SCTP:
		return "sctp or sctp6";
	case PROTO_ICMP:
		return "icmp";
	case PROTO_ICMPV6:
		return f->pre_icmp_type ? "icmp6,icmp_type=135 or icmp6,icmp_type=136" : "icmp6";
	default:
		break;
	}
	switch (f->pre_dl_type) {
	case DL_TYPE_IP:
		return "ip";
	case DL_TYPE_IPV6:
		return "ipv6";
	case DL_TYPE_ANY_IP:
		return "ip or ipv6";
	case DL_TYPE_ARP:
		return "arp or rarp";
	case DL_TYPE_MPLS:
		return "mpls or mplsm";
	default:
		return "";
	}
}
