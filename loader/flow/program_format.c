// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compiled programs in words for people (cache show, trace). A run of writes is
 * put together again, and fields that are written as a whole are named.
 */
#include "flow_format.h"

#include <arpa/inet.h>

#include "ct_text.h"
#include "field_text.h"

/* What a run of SETs writes to one header, byte by byte. */
#define HDR_BYTES 64
struct hdr_writes {
	__u8 value[HDR_BYTES];
	__u8 mask[HDR_BYTES];
	__u8 flags; /* XVS_OP_F_* of the run, to tell IPv4 from others */
};

struct program_formatter {
	struct strbuf *out;
	const struct ct_action_table *ct_actions;
	const char *between;
	struct hdr_writes hdr[XVS_HDR_N];
};

/* Where a field of the table is in its header. */
struct place {
	enum field_id field;
	__u8 off, len;
};

static const struct place places_eth[] = {{FIELD_DL_DST, 0, 6}, {FIELD_DL_SRC, 6, 6}};
static const struct place places_ipv4[] = {
	{FIELD_NW_SRC, 12, 4},
	{FIELD_NW_DST, 16, 4},
	{FIELD_NW_TTL, 8, 1},
};
static const struct place places_ipv6[] = {
	{FIELD_IPV6_SRC, 8, 16},
	{FIELD_IPV6_DST, 24, 16},
	{FIELD_NW_TTL, 7, 1},
};
static const struct place places_arp[] = {
	{FIELD_ARP_OP, 7, 1},   {FIELD_ARP_SHA, 8, 6},  {FIELD_ARP_SPA, 14, 4},
	{FIELD_ARP_THA, 18, 6}, {FIELD_ARP_TPA, 24, 4},
};
static const struct place places_l4[] = {
	{FIELD_TP_SRC, 0, 2},
	{FIELD_TP_DST, 2, 2},
	{FIELD_ND_TARGET, 8, 16},
};
static const struct place places_sll[] = {{FIELD_ND_SLL, 0, 6}};
static const struct place places_tll[] = {{FIELD_ND_TLL, 0, 6}};

static void begin_set(struct program_formatter *pf, const char *name)
{
	strbuf_printf(pf->out, "%sset(%s=", pf->between, name);
	pf->between = ",";
}

static bool bytes_are(const __u8 *p, __u8 byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			return false;
	return true;
}

/* Names what is a field as a whole and takes it out of the writes. */
static void format_place(struct program_formatter *pf, struct hdr_writes *h, const struct place *at)
{
	const struct field *f = &fields[at->field];
	struct field_bits bits = {0};

	if (bytes_are(h->mask + at->off, 0, at->len))
		return;
	/* Addresses are named with a mask too; of numbers half a value says little. */
	if (at->len <= 2 && !bytes_are(h->mask + at->off, 0xff, at->len))
		return;
	memcpy(bits.value.b + 16 - at->len, h->value + at->off, at->len);
	memcpy(bits.mask.b + 16 - at->len, h->mask + at->off, at->len);
	begin_set(pf, f->name);
	field_text_format(pf->out, f, &bits);
	strbuf_addc(pf->out, ')');
	memset(h->mask + at->off, 0, at->len);
}

static void format_octet(struct program_formatter *pf, struct hdr_writes *h, const char *name,
			 int off)
{
	if (h->mask[off] != 0xff)
		return;
	begin_set(pf, name);
	strbuf_printf(pf->out, "%u)", h->value[off]);
	h->mask[off] = 0;
}

/* The IPv4 octet of DSCP and ECN. */
static void format_tos(struct program_formatter *pf, __u8 *mask, __u8 value)
{
	if ((*mask & 0xfc) == 0xfc) {
		begin_set(pf, "nw_tos");
		strbuf_printf(pf->out, "%u)", value & 0xfc);
		*mask &= 0x03;
	}
	if ((*mask & 0x03) == 0x03) {
		begin_set(pf, "nw_ecn");
		strbuf_printf(pf->out, "%u)", value & 0x03);
		*mask &= 0xfc;
	}
}

/* IPv6's first word: version, traffic class, label. */
static void format_ipv6_first(struct program_formatter *pf, struct hdr_writes *h)
{
	__u8 tos_mask = (__u8)(h->mask[0] << 4 | h->mask[1] >> 4);
	__u8 tos = (__u8)(h->value[0] << 4 | h->value[1] >> 4);

	format_tos(pf, &tos_mask, tos);
	h->mask[0] = (__u8)((h->mask[0] & 0xf0) | tos_mask >> 4);
	h->mask[1] = (__u8)((h->mask[1] & 0x0f) | tos_mask << 4);
	if ((h->mask[1] & 0x0f) == 0x0f && h->mask[2] == 0xff && h->mask[3] == 0xff) {
		begin_set(pf, "ipv6_label");
		strbuf_printf(pf->out, "0x%x)",
			      (h->value[1] & 0x0fU) << 16 | (unsigned int)h->value[2] << 8 |
				      h->value[3]);
		h->mask[1] &= 0xf0;
		h->mask[2] = 0;
		h->mask[3] = 0;
	}
}

static void format_places(struct program_formatter *pf, struct hdr_writes *h,
			  const struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++)
		format_place(pf, h, &places[i]);
}
#define FORMAT_PLACES(pf, h, table) format_places(pf, h, table, sizeof(table) / sizeof(*(table)))

/*
 * An operation does not name its protocol. Only IPv4 has a header checksum; of
 * the rest, IPv6 is in a pseudo header, or is written in front of ARP's operation
 * or behind ARP's end. What is left is IPv6 if it is a hop limit or a whole
 * source address, and ARP otherwise.
 */
static bool looks_like_ipv6(const struct hdr_writes *h)
{
	if (h->flags & XVS_OP_F_PSEUDO_CSUM || !bytes_are(h->mask, 0, 4) ||
	    !bytes_are(h->mask + 28, 0, HDR_BYTES - 28))
		return true;
	return bytes_are(h->mask + 4, 0, 3) && bytes_are(h->mask + 24, 0, 4) &&
	       (bytes_are(h->mask + 8, 0, 16) || bytes_are(h->mask + 8, 0xff, 16));
}

static void format_nw(struct program_formatter *pf, struct hdr_writes *h)
{
	if (h->flags & XVS_OP_F_NW_CSUM) {
		FORMAT_PLACES(pf, h, places_ipv4);
		format_tos(pf, &h->mask[1], h->value[1]);
	} else if (looks_like_ipv6(h)) {
		FORMAT_PLACES(pf, h, places_ipv6);
		format_ipv6_first(pf, h);
	} else {
		/* An operation below 256 is named by its low octet. */
		if (h->mask[7] == 0xff && !h->value[6])
			h->mask[6] = 0;
		FORMAT_PLACES(pf, h, places_arp);
	}
}

/* Label, class, bottom of stack and TTL of one label entry, those that are written
 * as a whole. */
static void format_mpls(struct program_formatter *pf, struct hdr_writes *h)
{
	static const enum field_id parts[] = {
		FIELD_MPLS_LABEL,
		FIELD_MPLS_TC,
		FIELD_MPLS_BOS,
		FIELD_MPLS_TTL,
	};
	struct flow_key value = {0}, mask = {0};

	memcpy(&value.mpls_lse, h->value, sizeof(value.mpls_lse));
	memcpy(&mask.mpls_lse, h->mask, sizeof(mask.mpls_lse));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct field *f = &fields[parts[i]];
		const union field_value none = {0};
		struct field_bits bits;

		field_get(f, &mask, &bits.mask);
		field_get(f, &value, &bits.value);
		if (!field_bits_exact(f, &bits))
			continue;
		begin_set(pf, f->name);
		field_text_format(pf->out, f, &bits);
		strbuf_addc(pf->out, ')');
		field_set(f, &mask, &none);
	}
	memcpy(h->mask, &mask.mpls_lse, sizeof(mask.mpls_lse));
}

/* What no field was found for, two bytes at a time as operations are aligned. */
static void format_rest(struct program_formatter *pf, const struct hdr_writes *h, int hdr)
{
	static const char *const names[XVS_HDR_N] = {"eth", "nw", "l4", "nd_sll", "nd_tll", "mpls"};

	for (size_t off = 0; off < HDR_BYTES; off += 2) {
		if (!h->mask[off] && !h->mask[off + 1])
			continue;
		strbuf_printf(pf->out, "%sset(%s+%zu=0x%02x%02x", pf->between, names[hdr], off,
			      h->value[off], h->value[off + 1]);
		if (h->mask[off] != 0xff || h->mask[off + 1] != 0xff)
			strbuf_printf(pf->out, "/0x%02x%02x", h->mask[off], h->mask[off + 1]);
		strbuf_addc(pf->out, ')');
		pf->between = ",";
	}
}

static void flush_sets(struct program_formatter *pf)
{
	struct hdr_writes *h = pf->hdr;

	FORMAT_PLACES(pf, &h[XVS_HDR_ETH], places_eth);
	format_mpls(pf, &h[XVS_HDR_MPLS]);
	format_nw(pf, &h[XVS_HDR_NW]);
	/* A first octet alone is an ICMP type, a second alone a code. */
	if (!h[XVS_HDR_L4].mask[1])
		format_octet(pf, &h[XVS_HDR_L4], "icmp_type", 0);
	if (!h[XVS_HDR_L4].mask[0])
		format_octet(pf, &h[XVS_HDR_L4], "icmp_code", 1);
	FORMAT_PLACES(pf, &h[XVS_HDR_L4], places_l4);
	FORMAT_PLACES(pf, &h[XVS_HDR_ND_SLL], places_sll);
	FORMAT_PLACES(pf, &h[XVS_HDR_ND_TLL], places_tll);
	for (int i = 0; i < XVS_HDR_N; i++)
		format_rest(pf, &h[i], i);
	memset(pf->hdr, 0, sizeof(pf->hdr));
}

static void add_set(struct program_formatter *pf, const struct xvs_op *op)
{
	struct hdr_writes *h = &pf->hdr[op->hdr];
	__u8 value[4], mask[4];

	memcpy(value, &op->value, sizeof(value));
	memcpy(mask, &op->mask, sizeof(mask));
	h->flags |= op->flags;
	for (int i = 0; i < 4; i++) {
		__u8 *to = &h->value[op->off + i];

		*to = (__u8)((*to & ~mask[i]) | (value[i] & mask[i]));
		h->mask[op->off + i] |= mask[i];
	}
}

static void format_tci(struct strbuf *out, __u16 tci, __u16 mask)
{
	const char *between = "";

	if (mask & XVS_VLAN_VID_MASK && (mask & XVS_VLAN_VID_MASK) != XVS_VLAN_VID_MASK) {
		strbuf_printf(out, "tci=0x%04x/0x%04x", tci, mask);
		return;
	}
	if (mask & XVS_VLAN_VID_MASK) {
		strbuf_printf(out, "vid=%u", tci & XVS_VLAN_VID_MASK);
		between = ",";
	}
	if (mask & XVS_VLAN_PCP_MASK)
		strbuf_printf(out, "%spcp=%u", between, tci >> XVS_VLAN_PCP_SHIFT);
}

/* sizes: flat */
static void format_op(struct program_formatter *pf, const struct xvs_op *op,
		      const struct port_names *names)
{
	const struct xvs_ct_action *action;
	__u32 value = XVS_FROM_BE32(op->value);

	strbuf_add(pf->out, pf->between);
	pf->between = ",";
	switch (op->kind) {
	case XVS_OP_OUTPUT:
		strbuf_add(pf->out, "output:");
		port_format(pf->out, names, (__u16)op->port_no);
		break;
	case XVS_OP_PUSH_VLAN:
		strbuf_printf(pf->out, "push_vlan(tpid=0x%04x,", value >> 16);
		format_tci(pf->out, (__u16)value, 0xffff);
		strbuf_addc(pf->out, ')');
		break;
	case XVS_OP_POP_VLAN:
		strbuf_add(pf->out, "pop_vlan");
		break;
	case XVS_OP_SET_VLAN:
		strbuf_add(pf->out, "set_vlan(");
		format_tci(pf->out, (__u16)value, (__u16)XVS_FROM_BE32(op->mask));
		strbuf_addc(pf->out, ')');
		break;
	case XVS_OP_DEC_TTL:
		strbuf_add(pf->out, "dec_ttl");
		break;
	case XVS_OP_PUSH_MPLS:
		strbuf_printf(pf->out, "push_mpls(type=0x%04x,label=%u,tc=%u,bos=%u,ttl=%u)",
			      XVS_FROM_BE32(op->mask) >> 16, value >> 12, value >> 9 & 7,
			      value >> 8 & 1, value & 0xff);
		break;
	case XVS_OP_POP_MPLS:
		strbuf_printf(pf->out, "pop_mpls(type=0x%04x)", XVS_FROM_BE32(op->mask) >> 16);
		break;
	case XVS_OP_METER:
		strbuf_printf(pf->out, "meter(slot=%u)", op->arg);
		break;
	case XVS_OP_CONTROLLER:
		strbuf_add(pf->out, op->value ? "note" : "controller");
		if (op->value && op->flags & XVS_OP_F_LAST)
			strbuf_add(pf->out, ",drop");
		break;
	case XVS_OP_CT:
		action = pf->ct_actions ? ct_action_find(pf->ct_actions, op->arg) : NULL;
		if (action)
			ct_action_format(pf->out, action);
		else
			strbuf_printf(pf->out, "ct(slot=%u)", op->arg);
		break;
	case XVS_OP_RECIRC:
		strbuf_printf(pf->out, "recirc(0x%x)", op->arg);
		break;
	default:
		strbuf_printf(pf->out, "unknown(%u)", op->kind);
		break;
	}
}

void program_format(struct strbuf *out, const struct xvs_op *ops, size_t n,
		    const struct program_names *names)
{
	struct program_formatter pf = {
		.out = out, .ct_actions = names ? names->ct_actions : NULL, .between = ""};
	const struct port_names *ports = names ? names->ports : NULL;

	if (!n)
		strbuf_add(out, "drop");
	for (size_t i = 0; i < n; i++) {
		const struct xvs_op *op = &ops[i];

		if (op->kind == XVS_OP_SET && op->hdr < XVS_HDR_N && op->off <= HDR_BYTES - 4) {
			add_set(&pf, op);
			continue;
		}
		flush_sets(&pf);
		format_op(&pf, op, ports);
	}
	flush_sets(&pf);
}
