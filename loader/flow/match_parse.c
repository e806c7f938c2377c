// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Match fields of flow text, see match_parse.h. Values of fields are read by
 * field_text.c; VLAN fields have a syntax of their own, which is here.
 */
#include "match_parse.h"

#include <errno.h>

#include "proto.h"
#include "subfield_text.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the syntax of matches");

#define DL_VLAN_UNTAGGED 0xffff
#define VLAN_VID_MAX (XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK)

/* Words that stand for a protocol. */
static const struct protocol {
	const char *name;
	__u16 dl_type; /* 0: any */
	__u8 nw_proto; /* 0: any */
} protocols[] = {
	{"ip", DL_TYPE_IP, 0},
	{"ipv4", DL_TYPE_IP, 0},
	{"ip4", DL_TYPE_IP, 0},
	{"icmp", DL_TYPE_IP, PROTO_ICMP},
	{"igmp", DL_TYPE_IP, PROTO_IGMP},
	{"tcp", DL_TYPE_IP, PROTO_TCP},
	{"udp", DL_TYPE_IP, PROTO_UDP},
	{"sctp", DL_TYPE_IP, PROTO_SCTP},
	{"ipv6", DL_TYPE_IPV6, 0},
	{"ip6", DL_TYPE_IPV6, 0},
	{"icmp6", DL_TYPE_IPV6, PROTO_ICMPV6},
	{"icmpv6", DL_TYPE_IPV6, PROTO_ICMPV6},
	{"tcp6", DL_TYPE_IPV6, PROTO_TCP},
	{"udp6", DL_TYPE_IPV6, PROTO_UDP},
	{"sctp6", DL_TYPE_IPV6, PROTO_SCTP},
	{"arp", DL_TYPE_ARP, 0},
	{"rarp", DL_TYPE_RARP, 0},
	{"mpls", DL_TYPE_MPLS, 0},
	{"mplsm", DL_TYPE_MPLS_MCAST, 0},
	{"eth", 0, 0}, /* there are no others */
};

void match_parser_init(struct match_parser *p, struct match *match)
{
	p->match = match;
	p->names = NULL;
	p->err = NULL;
	p->packet = false;
	p->n_seen = 0;
}

/* Adds bits to the match; -EINVAL if they contradict what is there. */
static int match_add(struct match_parser *p, const struct match *bits, const struct word *at)
{
	if (!match_overlaps(p->match, bits))
		return parse_fail(p->err, at, "'%s' contradicts what stands before it",
				  word_shown(at).s);
	flow_mask_or(&p->match->key, &bits->key);
	flow_mask_or(&p->match->mask, &bits->mask);
	return 0;
}

static const struct match_seen *find_seen(const struct match_parser *p, enum field_id id)
{
	for (size_t i = 0; i < p->n_seen; i++)
		if (p->seen[i].id == id)
			return &p->seen[i];
	return NULL;
}

/* Notes that a field was given; the same once more is no mistake. 'bits' NULL: a
 * part of it. */
static int see_field(struct match_parser *p, enum field_id id, const struct word *name,
		     const struct field_bits *bits)
{
	const struct match_seen *before = find_seen(p, id);
	struct match_seen *seen;

	if (before) {
		if (bits && !before->partial && memcmp(&before->bits, bits, sizeof(*bits)))
			return parse_fail(p->err, name,
					  "'%s' is given twice, with different values",
					  word_shown(name).s);
		return 0;
	}
	seen = &p->seen[p->n_seen++];
	seen->id = id;
	seen->name = *name;
	seen->partial = !bits;
	if (bits)
		seen->bits = *bits;
	return 0;
}

static int add_protocol(struct match_parser *p, const struct protocol *proto, const struct word *at)
{
	struct match bits = {0};

	if (!proto->dl_type)
		return 0;
	bits.key.dl_type = XVS_BE16(proto->dl_type);
	bits.mask.dl_type = 0xffff;
	if (proto->nw_proto) {
		bits.key.nw_proto = proto->nw_proto;
		bits.mask.nw_proto = 0xff;
	}
	return match_add(p, &bits, at);
}

static int add_vlan_bits(struct match_parser *p, enum field_id id, const struct word *name,
			 __u16 tci, __u16 mask)
{
	struct field_bits seen;
	struct match bits = {0};
	int rc;

	field_value_from_u64(&seen.value, tci);
	field_value_from_u64(&seen.mask, mask);
	rc = see_field(p, id, name, &seen);
	if (rc)
		return rc;
	bits.key.vlan_tci = XVS_BE16(tci & mask);
	bits.mask.vlan_tci = XVS_BE16(mask);
	return match_add(p, &bits, name);
}

int match_refuse_empty_mask(struct parse_error *err, const struct word *name,
			    const struct word *text)
{
	struct word mask = word_part(text, word_find(text, '/') + 1, text->len);

	return parse_fail(err, &mask, "'%s': the mask has no bits: leave it out",
			  word_shown(name).s);
}

static int refuse_mask(struct match_parser *p, const struct word *name, const struct word *text)
{
	struct word mask = word_part(text, word_find(text, '/'), text->len);

	return parse_fail(p->err, &mask, "'%s' cannot have a mask", word_shown(name).s);
}

/* dl_vlan=VID (0xffff: no tag) and dl_vlan_pcp=PCP imply that there is a tag. */
static int add_dl_vlan(struct match_parser *p, const struct word *name, const struct word *value)
{
	__u64 vid;
	int rc;

	if (word_find(value, '/') < value->len)
		return refuse_mask(p, name, value);
	if (word_to_uint(value, &vid) && vid == DL_VLAN_UNTAGGED)
		return add_vlan_bits(p, FIELD_DL_VLAN, name, 0, 0xffff);
	rc = word_to_number(value, "dl_vlan", XVS_VLAN_VID_MASK, &vid, p->err);
	if (rc)
		return rc;
	return add_vlan_bits(p, FIELD_DL_VLAN, name, (__u16)vid | XVS_VLAN_PRESENT, VLAN_VID_MAX);
}

static int add_vlan_pcp(struct match_parser *p, const struct word *name, const struct word *value)
{
	__u64 pcp;
	int rc;

	if (word_find(value, '/') < value->len)
		return refuse_mask(p, name, value);
	rc = word_to_number(value, word_shown(name).s, 7, &pcp, p->err);
	if (rc)
		return rc;
	return add_vlan_bits(p, FIELD_DL_VLAN_PCP, name,
			     (__u16)(pcp << XVS_VLAN_PCP_SHIFT) | XVS_VLAN_PRESENT,
			     XVS_VLAN_PCP_MASK | XVS_VLAN_PRESENT);
}

/* vlan_vid=VALUE[/MASK] of 13 bits, as OpenFlow 1.2 has it: 0x1000 says that
 * there is a tag. */
static int add_vlan_vid(struct match_parser *p, const struct word *name, const struct word *value)
{
	size_t slash = word_find(value, '/');
	struct word v = word_part(value, 0, slash), m = word_part(value, slash + 1, value->len);
	__u64 vid, mask = VLAN_VID_MAX;
	int rc;

	rc = word_to_number(&v, "vlan_vid", VLAN_VID_MAX, &vid, p->err);
	if (!rc && slash < value->len)
		rc = word_to_number(&m, "vlan_vid", VLAN_VID_MAX, &mask, p->err);
	if (rc)
		return rc;
	vid &= mask;
	if (p->packet && slash < value->len)
		return parse_fail(p->err, &m, "a packet has a value in 'vlan_vid', not a mask");
	if (!mask)
		return match_refuse_empty_mask(p->err, name, value);
	if (vid && !(vid & XVS_VLAN_PRESENT) && mask & XVS_VLAN_PRESENT)
		return parse_fail(p->err, value,
				  "'vlan_vid' without 0x1000 matches no packet: use dl_vlan=%llu",
				  (unsigned long long)vid);
	return add_vlan_bits(p, FIELD_DL_VLAN, name, (__u16)vid, (__u16)mask);
}

/* 0.0.0.0/0 and ::/0 are how routing tables and generated rules write "any". */
static bool is_any_address(const struct field_text *in)
{
	struct field_text address = *in;
	struct field_bits bits;

	if (in->field->format != FIELD_FMT_IPV4 && in->field->format != FIELD_FMT_IPV6)
		return false;
	address.text = word_part(&in->text, 0, word_find(&in->text, '/'));
	return !field_text_parse(&address, &bits, NULL) && field_value_is_zero(&bits.value);
}

static int add_field(struct match_parser *p, const struct field *f, const struct word *name,
		     const struct word *value)
{
	struct field_text in = {
		.field = f,
		.name = *name,
		.text = *value,
		.names = p->names,
		.exact = p->packet,
	};
	struct field_bits bits;
	struct match added = {0};
	int rc;

	rc = field_text_parse(&in, &bits, p->err);
	if (rc)
		return rc;
	if (field_value_is_zero(&bits.mask) && !is_any_address(&in))
		return match_refuse_empty_mask(p->err, name, value);
	rc = see_field(p, f->id, name, &bits);
	if (rc)
		return rc;
	field_set(f, &added.key, &bits.value);
	field_set(f, &added.mask, &bits.mask);
	return match_add(p, &added, name);
}

/* FIELD[FIRST..LAST]=NUMBER */
static int add_subfield(struct match_parser *p, const struct word *name, const struct word *value)
{
	union field_value v, ones;
	struct match added = {0};
	struct subfield sub;
	const struct field *f;
	int rc = subfield_parse(name, &sub, p->err);

	if (rc)
		return rc;
	f = &fields[sub.field];
	if (!value->s || !value->len)
		return parse_fail(p->err, name, "'%s' needs a value: %s=...", word_shown(name).s,
				  word_shown(name).s);
	if (f->mask_rule == FIELD_MASK_NONE && !subfield_is_whole(&sub))
		return parse_fail(p->err, name, "'%s' cannot have a mask, so no part of it matches",
				  f->name);
	rc = subfield_value_parse(value, &sub, &v, p->err);
	if (!rc)
		rc = see_field(p, f->id, name, NULL);
	if (rc)
		return rc;
	memset(&ones, 0xff, sizeof(ones));
	subfield_set(&sub, &added.key, &v);
	subfield_set(&sub, &added.mask, &ones);
	return match_add(p, &added, name);
}

static int add_any_field(struct match_parser *p, const struct field *f, const struct word *name,
			 const struct word *value)
{
	if (value->s && word_is(value, "*") && !p->packet)
		return 0;
	if (value->s && value->len && !value->quoted) {
		if (word_is(name, "vlan_vid") || word_is(name, "OXM_OF_VLAN_VID"))
			return add_vlan_vid(p, name, value);
		if (f->id == FIELD_DL_VLAN)
			return add_dl_vlan(p, name, value);
		if (f->id == FIELD_DL_VLAN_PCP)
			return add_vlan_pcp(p, name, value);
	}
	return add_field(p, f, name, value);
}

int match_parse_word(struct match_parser *p, const struct word *name, const struct word *value)
{
	const struct field *f;
	int rc;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!word_is(name, protocols[i].name))
			continue;
		if (value->s)
			return parse_fail(p->err, value, "'%s' takes no value", protocols[i].name);
		rc = add_protocol(p, &protocols[i], name);
		return rc ? rc : 1;
	}
	f = field_by_name(name->s, name->len);
	if (f)
		rc = add_any_field(p, f, name, value);
	else if (word_find(name, '[') < name->len)
		rc = add_subfield(p, name, value);
	else
		return 0;
	return rc ? rc : 1;
}

/* The field that a name with several meanings stands for in this match. */
static const struct field *resolve(const struct match *match, enum field_id id)
{
	__u16 dl_type = match->mask.dl_type == 0xffff ? XVS_FROM_BE16(match->key.dl_type) : 0;
	bool arp = dl_type == DL_TYPE_ARP || dl_type == DL_TYPE_RARP;

	switch (id) {
	case FIELD_NW_SRC:
		return &fields[arp ? FIELD_ARP_SPA : id];
	case FIELD_NW_DST:
		return &fields[arp ? FIELD_ARP_TPA : id];
	case FIELD_NW_PROTO:
		return &fields[arp ? FIELD_ARP_OP : id];
	case FIELD_ICMP_TYPE:
		return &fields[dl_type == DL_TYPE_IPV6 ? FIELD_ICMPV6_TYPE : id];
	case FIELD_ICMP_CODE:
		return &fields[dl_type == DL_TYPE_IPV6 ? FIELD_ICMPV6_CODE : id];
	default:
		return &fields[id];
	}
}

static int check_prereq(struct match_parser *p, const struct match_seen *seen)
{
	const struct word *name = &seen->name;
	const struct field *f = resolve(p->match, seen->id);

	if (field_prereqs_met(f, &p->match->key, &p->match->mask))
		return 0;
	return parse_fail(p->err, name, "field '%s' needs %s: add it before", word_shown(name).s,
			  prereq_shown(f).s);
}

int match_parse_end(struct match_parser *p)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n_seen; i++)
		rc = check_prereq(p, &p->seen[i]);
	return rc;
}
