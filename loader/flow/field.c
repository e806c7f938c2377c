// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of match fields and what can be done with one field of a key.
 * Text of values is in field_text.c; whole matches are in flow_parse.c and
 * flow_format.c.
 *
 * Values are those of the header field, right-aligned: FIELD_NW_TOS is the
 * DSCP (0..63) though "nw_tos=" is written as the whole octet, FIELD_DL_VLAN
 * and FIELD_DL_VLAN_PCP are the VID and PCP without the "present" bit, which
 * field_get and field_set leave alone.
 */
#include "field.h"

#include <string.h>

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the table of fields");

#define DL_TYPE_IP 0x0800
#define DL_TYPE_ARP 0x0806
#define DL_TYPE_RARP 0x8035
#define DL_TYPE_IPV6 0x86dd
#define DL_TYPE_ANY_IP 0xffff

#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ICMPV6 58
#define PROTO_SCTP 132

#define ND_SOLICIT 135
#define ND_ADVERT 136
#define ND_EITHER 255

/* Place and width of a whole member of the key. */
#define AT(member)                                           \
	.offset = XVS_OFFSETOF(struct xvs_flow_key, member), \
	.size = sizeof(((struct xvs_flow_key *)0)->member)
#define BITS(w, s) .width = (w), .shift = (s)
#define TEXT(fmt, rule) .format = FIELD_FMT_##fmt, .mask_rule = FIELD_MASK_##rule
#define IPV4 .pre_dl_type = DL_TYPE_IP
#define IPV6 .pre_dl_type = DL_TYPE_IPV6
#define ANY_IP .pre_dl_type = DL_TYPE_ANY_IP
#define ARP .pre_dl_type = DL_TYPE_ARP
#define PROTO(p) .pre_nw_proto = PROTO_##p
#define SETTABLE .set_bits = 1
#define ROW(sym, text, ...) [FIELD_##sym] = {.id = FIELD_##sym, .name = text, __VA_ARGS__}

/*
 * Either kind of neighbour message may carry either link-layer address: the
 * packet parser takes what it finds, and a match can say so.
 *
 * The key holds an ICMP type or code in 16 bits, and a mask of a port is one of
 * a type as well: hence 16 bits wide and maskable, though values end at 255.
 */
/* clang-format off */
const struct field fields[FIELD_N] = {
	ROW(IN_PORT, "in_port", .alias = { "in_port_oxm" },
	    AT(in_port), BITS(16, 0), TEXT(PORT, NONE)),
	ROW(RECIRC_ID, "recirc_id", AT(recirc_id), BITS(32, 0), TEXT(HEX, NONE)),
	ROW(PKT_MARK, "pkt_mark", AT(pkt_mark), BITS(32, 0), TEXT(HEX, ANY)),
	ROW(DL_SRC, "dl_src", .alias = { "eth_src" },
	    AT(dl_src), BITS(48, 0), TEXT(MAC, ANY), SETTABLE),
	ROW(DL_DST, "dl_dst", .alias = { "eth_dst" },
	    AT(dl_dst), BITS(48, 0), TEXT(MAC, ANY), SETTABLE),
	ROW(DL_TYPE, "dl_type", .alias = { "eth_type" }, AT(dl_type), BITS(16, 0), TEXT(HEX, NONE)),
	ROW(VLAN_TCI, "vlan_tci", AT(vlan_tci), BITS(16, 0), TEXT(HEX, ANY)),
	ROW(DL_VLAN, "dl_vlan", .alias = { "vlan_vid" },
	    AT(vlan_tci), BITS(12, 0), TEXT(DECIMAL, NONE), SETTABLE),
	ROW(DL_VLAN_PCP, "dl_vlan_pcp", .alias = { "vlan_pcp" },
	    AT(vlan_tci), BITS(3, XVS_VLAN_PCP_SHIFT), TEXT(DECIMAL, NONE), SETTABLE),
	ROW(VLAN_TCI1, "vlan_tci1", AT(vlan_tci1), BITS(16, 0), TEXT(HEX, ANY)),
	ROW(NW_SRC, "nw_src", .alias = { "ip_src" },
	    AT(nw_src), BITS(32, 0), TEXT(IPV4, ANY), IPV4, SETTABLE),
	ROW(NW_DST, "nw_dst", .alias = { "ip_dst" },
	    AT(nw_dst), BITS(32, 0), TEXT(IPV4, ANY), IPV4, SETTABLE),
	ROW(IPV6_SRC, "ipv6_src", AT(ipv6_src), BITS(128, 0), TEXT(IPV6, ANY), IPV6, SETTABLE),
	ROW(IPV6_DST, "ipv6_dst", AT(ipv6_dst), BITS(128, 0), TEXT(IPV6, ANY), IPV6, SETTABLE),
	ROW(IPV6_LABEL, "ipv6_label", AT(ipv6_label), BITS(20, 0), TEXT(HEX, ANY), IPV6, SETTABLE),
	ROW(NW_PROTO, "nw_proto", .alias = { "ip_proto" },
	    AT(nw_proto), BITS(8, 0), TEXT(DECIMAL, NONE), ANY_IP),
	ROW(NW_TOS, "nw_tos", .alias = { "ip_dscp" },
	    AT(nw_tos), BITS(6, 2), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(NW_ECN, "nw_ecn", .alias = { "ip_ecn" },
	    AT(nw_tos), BITS(2, 0), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(NW_TTL, "nw_ttl", .alias = { "ip_ttl" },
	    AT(nw_ttl), BITS(8, 0), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(IP_FRAG, "ip_frag", .alias = { "nw_frag" },
	    AT(nw_frag), BITS(2, 0), TEXT(FRAG, SPECIAL), ANY_IP),
	ROW(ARP_OP, "arp_op", AT(nw_proto), BITS(8, 0), TEXT(DECIMAL, NONE), ARP, SETTABLE),
	ROW(ARP_SPA, "arp_spa", AT(nw_src), BITS(32, 0), TEXT(IPV4, ANY), ARP, SETTABLE),
	ROW(ARP_TPA, "arp_tpa", AT(nw_dst), BITS(32, 0), TEXT(IPV4, ANY), ARP, SETTABLE),
	ROW(ARP_SHA, "arp_sha", AT(arp_sha), BITS(48, 0), TEXT(MAC, ANY), ARP, SETTABLE),
	ROW(ARP_THA, "arp_tha", AT(arp_tha), BITS(48, 0), TEXT(MAC, ANY), ARP, SETTABLE),
	ROW(TCP_SRC, "tcp_src", .alias = { "tp_src" },
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(TCP), SETTABLE),
	ROW(TCP_DST, "tcp_dst", .alias = { "tp_dst" },
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(TCP), SETTABLE),
	ROW(TCP_FLAGS, "tcp_flags", AT(tcp_flags), BITS(12, 0), TEXT(TCP_FLAGS, ANY),
	    ANY_IP, PROTO(TCP)),
	ROW(UDP_SRC, "udp_src",
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(UDP), SETTABLE),
	ROW(UDP_DST, "udp_dst",
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(UDP), SETTABLE),
	ROW(SCTP_SRC, "sctp_src",
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(SCTP), SETTABLE),
	ROW(SCTP_DST, "sctp_dst",
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(SCTP), SETTABLE),
	ROW(ICMP_TYPE, "icmp_type", .alias = { "icmpv4_type" },
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), IPV4, PROTO(ICMP), SETTABLE),
	ROW(ICMP_CODE, "icmp_code", .alias = { "icmpv4_code" },
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), IPV4, PROTO(ICMP), SETTABLE),
	ROW(ICMPV6_TYPE, "icmpv6_type", .alias = { "icmp6_type" },
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), IPV6, PROTO(ICMPV6), SETTABLE),
	ROW(ICMPV6_CODE, "icmpv6_code", .alias = { "icmp6_code" },
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), IPV6, PROTO(ICMPV6), SETTABLE),
	ROW(ND_TARGET, "nd_target", AT(nd_target), BITS(128, 0), TEXT(IPV6, ANY),
	    IPV6, PROTO(ICMPV6), .pre_icmp_type = ND_EITHER, SETTABLE),
	ROW(ND_SLL, "nd_sll", AT(arp_sha), BITS(48, 0), TEXT(MAC, ANY),
	    IPV6, PROTO(ICMPV6), .pre_icmp_type = ND_EITHER, SETTABLE),
	ROW(ND_TLL, "nd_tll", AT(arp_tha), BITS(48, 0), TEXT(MAC, ANY),
	    IPV6, PROTO(ICMPV6), .pre_icmp_type = ND_EITHER, SETTABLE),
};
/* clang-format on */

static bool name_is(const char *want, const char *name, size_t len)
{
	return want && *want == *name && strlen(want) == len && !memcmp(want, name, len);
}

const struct field *field_by_name(const char *name, size_t len)
{
	for (int i = 0; i < FIELD_N; i++) {
		const struct field *f = &fields[i];

		if (name_is(f->name, name, len))
			return f;
		for (int k = 0; k < 3 && f->alias[k]; k++)
			if (name_is(f->alias[k], name, len))
				return f;
	}
	return NULL;
}

/* Metadata lies in host order, headers as on the wire. */
static bool in_host_order(const struct field *f)
{
	return f->offset < XVS_STAGE_METADATA_END * 8;
}

/* The stored integer of a field of up to four bytes. */
static __u32 load(const struct field *f, const struct xvs_flow_key *key)
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

static void store(const struct field *f, struct xvs_flow_key *key, __u32 v)
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

void field_get(const struct field *f, const struct xvs_flow_key *key, union field_value *value)
{
	__u32 v;

	memset(value, 0, sizeof(*value));
	if (f->size > 4) {
		memcpy(value->b + sizeof(value->b) - f->size, (const __u8 *)key + f->offset,
		       f->size);
		return;
	}
	v = XVS_BE32(load(f, key) >> f->shift & width_mask(f));
	memcpy(value->b + sizeof(value->b) - sizeof(v), &v, sizeof(v));
}

void field_set(const struct field *f, struct xvs_flow_key *key, const union field_value *value)
{
	__u32 v, m = width_mask(f);

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
	default:
		return dl_type == f->pre_dl_type;
	}
}

bool field_prereqs_met(const struct field *f, const struct xvs_flow_key *key,
		       const struct xvs_flow_key *mask)
{
	__u16 type;

	if (!f->pre_dl_type)
		return true;
	if (mask->dl_type != 0xffff || !dl_type_met(f, XVS_FROM_BE16(key->dl_type)))
		return false;
	if (!f->pre_nw_proto)
		return true;
	if (mask->nw_proto != 0xff || key->nw_proto != f->pre_nw_proto)
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

void field_prereqs_unwildcard(const struct field *f, struct xvs_flow_key *wc)
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
	default:
		return "";
	}
}
