// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text to a flow_spec: the part in front of "actions=". Words come from
 * flow_lex.c, values of fields from field_text.c; what stands behind
 * "actions=" is action_parse.c's.
 *
 * Fields may stand in any order: values are put into the match as they come,
 * prerequisites are looked at when all of them are in. A field whose bits two
 * words give is right as long as the words agree.
 */
#include "flow_parse.h"

#include <errno.h>

#include "field_text.h"
#include "xvs/limits.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the syntax of matches");

#define TABLE_MAX 254
#define PRIORITY_DEFAULT 32768
#define DL_VLAN_UNTAGGED 0xffff
#define VLAN_VID_MAX (XVS_VLAN_PRESENT | XVS_VLAN_VID_MASK)

#define DL_TYPE_IP 0x0800
#define DL_TYPE_ARP 0x0806
#define DL_TYPE_RARP 0x8035
#define DL_TYPE_IPV6 0x86dd

struct parser {
	enum flow_parse_kind kind;
	const struct port_names *names;
	struct flow_spec *spec;
	struct parse_error *err;
	struct lexer lex;
	bool has_actions;
	/* What stood for each field, for "twice" and for prerequisites. VLAN
	 * fields keep TCI bits there. */
	struct seen {
		struct word name; /* name.s NULL: not seen */
		struct field_bits bits;
	} seen[FIELD_N];
};

/* Words that stand for a protocol. */
static const struct protocol {
	const char *name;
	__u16 dl_type;
	__u8 nw_proto; /* 0: any */
} protocols[] = {
	{"ip", DL_TYPE_IP, 0},     {"ipv4", DL_TYPE_IP, 0},     {"ip4", DL_TYPE_IP, 0},
	{"icmp", DL_TYPE_IP, 1},   {"igmp", DL_TYPE_IP, 2},     {"tcp", DL_TYPE_IP, 6},
	{"udp", DL_TYPE_IP, 17},   {"sctp", DL_TYPE_IP, 132},   {"ipv6", DL_TYPE_IPV6, 0},
	{"ip6", DL_TYPE_IPV6, 0},  {"icmp6", DL_TYPE_IPV6, 58}, {"icmpv6", DL_TYPE_IPV6, 58},
	{"tcp6", DL_TYPE_IPV6, 6}, {"udp6", DL_TYPE_IPV6, 17},  {"sctp6", DL_TYPE_IPV6, 132},
	{"arp", DL_TYPE_ARP, 0},   {"rarp", DL_TYPE_RARP, 0},   {"mpls", 0x8847, 0},
	{"mplsm", 0x8848, 0},
};

/* Words of Open vSwitch's syntax that xvs knows of and cannot do (yet). A '*'
 * at the end stands for any rest. */
static const char *const unsupported[] = {
	"idle_timeout",   "hard_timeout", "importance",
	"send_flow_rem",  "reset_counts", "no_packet_counts",
	"no_byte_counts", "out_group",    "allow_hidden_fields",
	"actset_output",  "conj_id",      "ct_*",
	"dp_hash",        "duration",     "eth",
	"metadata",       "mpls_*",       "nsh_*",
	"packet_type",    "reg*",         "skb_priority",
	"tun_*",          "tunnel_id",    "xreg*",
	"xxreg*",         "in_phy_port",  "pbb_*",
	"NXM_*",          "OXM_*",        "ip_flags",
};

static bool is_unsupported(const struct word *w)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++) {
		const char *name = unsupported[i];
		size_t n = strlen(name);

		if (name[n - 1] == '*' && w->len >= n - 1 && !memcmp(w->s, name, n - 1))
			return true;
		if (word_is(w, name))
			return true;
	}
	return false;
}

/* Adds bits to the match; -EINVAL if they contradict what is there. */
static int match_add(struct parser *p, const struct match *bits, const struct word *at)
{
	struct match *match = &p->spec->match;

	if (!match_overlaps(match, bits))
		return parse_fail(p->err, at, "'%s' contradicts what stands before it",
				  word_shown(at).s);
	flow_mask_or(&match->key, &bits->key);
	flow_mask_or(&match->mask, &bits->mask);
	return 0;
}

/* Notes that a field was given; the same once more is no mistake. */
static int see_field(struct parser *p, enum field_id id, const struct word *name,
		     const struct field_bits *bits)
{
	struct seen *seen = &p->seen[id];

	if (seen->name.s && memcmp(&seen->bits, bits, sizeof(*bits)))
		return parse_fail(p->err, name, "'%s' is given twice, with different values",
				  word_shown(name).s);
	if (!seen->name.s)
		seen->name = *name;
	seen->bits = *bits;
	return 0;
}

static int add_protocol(struct parser *p, const struct protocol *proto, const struct word *at)
{
	struct match bits = {0};

	bits.key.dl_type = XVS_BE16(proto->dl_type);
	bits.mask.dl_type = 0xffff;
	if (proto->nw_proto) {
		bits.key.nw_proto = proto->nw_proto;
		bits.mask.nw_proto = 0xff;
	}
	return match_add(p, &bits, at);
}

static int add_vlan_bits(struct parser *p, enum field_id id, const struct word *name, __u16 tci,
			 __u16 mask)
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

/* A mask without bits is a mistake, more often than not in the mask: the field
 * would match everything. 'text' is VALUE/MASK. */
static int refuse_empty_mask(struct parser *p, const struct word *name, const struct word *text)
{
	struct word mask = word_part(text, word_find(text, '/') + 1, text->len);

	return parse_fail(p->err, &mask, "'%s': the mask has no bits: leave it out",
			  word_shown(name).s);
}

static int refuse_mask(struct parser *p, const struct word *name, const struct word *text)
{
	struct word mask = word_part(text, word_find(text, '/'), text->len);

	return parse_fail(p->err, &mask, "'%s' cannot have a mask", word_shown(name).s);
}

/* dl_vlan=VID (0xffff: no tag) and dl_vlan_pcp=PCP imply that there is a tag. */
static int add_dl_vlan(struct parser *p, const struct word *name, const struct word *value)
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

static int add_vlan_pcp(struct parser *p, const struct word *name, const struct word *value)
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
static int add_vlan_vid(struct parser *p, const struct word *name, const struct word *value)
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
	if (p->kind == FLOW_PARSE_PACKET && slash < value->len)
		return parse_fail(p->err, &m, "a packet has a value in 'vlan_vid', not a mask");
	if (!mask)
		return refuse_empty_mask(p, name, value);
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

static int add_field(struct parser *p, const struct field *f, const struct word *name,
		     const struct word *value)
{
	struct field_text in = {
		.field = f,
		.name = *name,
		.text = *value,
		.names = p->names,
		.exact = p->kind == FLOW_PARSE_PACKET,
	};
	struct field_bits bits;
	struct match added = {0};
	int rc;

	rc = field_text_parse(&in, &bits, p->err);
	if (rc)
		return rc;
	if (field_value_is_zero(&bits.mask) && !is_any_address(&in))
		return refuse_empty_mask(p, name, value);
	rc = see_field(p, f->id, name, &bits);
	if (rc)
		return rc;
	field_set(f, &added.key, &bits.value);
	field_set(f, &added.mask, &bits.mask);
	return match_add(p, &added, name);
}

static int add_any_field(struct parser *p, const struct field *f, const struct word *name,
			 const struct word *value)
{
	if (value->s && value->len && !value->quoted) {
		if (word_is(name, "dl_vlan"))
			return add_dl_vlan(p, name, value);
		if (word_is(name, "vlan_vid"))
			return add_vlan_vid(p, name, value);
		if (f->id == FIELD_DL_VLAN_PCP)
			return add_vlan_pcp(p, name, value);
	}
	return add_field(p, f, name, value);
}

static int set_table(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = word_to_number(value, "table", TABLE_MAX, &n, p->err);

	if (!rc)
		p->spec->table_id = (int)n;
	return rc;
}

static int set_priority(struct parser *p, const struct word *name, const struct word *value)
{
	__u64 n;
	int rc = word_to_number(value, "priority", 0xffff, &n, p->err);

	if (!rc) {
		p->spec->priority = (__u16)n;
		p->spec->has_priority = true;
	}
	return rc;
}

/* cookie=V; of DEL and MOD cookie=V/M says which rules are meant. */
static int set_cookie(struct parser *p, const struct word *name, const struct word *value)
{
	size_t slash = word_find(value, '/');
	struct word v = word_part(value, 0, slash), m = word_part(value, slash + 1, value->len);
	__u64 cookie, mask = ~0ULL;
	int rc;

	if (slash < value->len && p->kind == FLOW_PARSE_ADD)
		return parse_fail(p->err, value, "'cookie' of a new rule has no mask");
	rc = word_to_number(&v, "cookie", ~0ULL, &cookie, p->err);
	if (!rc && slash < value->len && !word_is(&m, "-1"))
		rc = word_to_number(&m, "cookie", ~0ULL, &mask, p->err);
	if (rc)
		return rc;
	if (!mask)
		return refuse_empty_mask(p, name, value);
	p->spec->cookie_mask = p->kind == FLOW_PARSE_ADD ? 0 : mask;
	p->spec->cookie = p->kind == FLOW_PARSE_ADD ? cookie : cookie & mask;
	return 0;
}

static int set_out_port(struct parser *p, const struct word *name, const struct word *value)
{
	__u16 port_no;
	int rc = port_parse(value, p->names, &port_no, p->err);

	if (rc)
		return rc;
	if (port_no >= PORT_RESERVED_MIN && port_no != PORT_LOCAL && port_no != PORT_NONE)
		return parse_fail(p->err, value, "'out_port' takes a port, LOCAL or none");
	p->spec->out_port = port_no == PORT_NONE ? -1 : port_no;
	return 0;
}

static int set_check_overlap(struct parser *p, const struct word *name, const struct word *value)
{
	if (value->s)
		return parse_fail(p->err, value, "'check_overlap' takes no value");
	p->spec->check_overlap = true;
	return 0;
}

#define KIND(k) (1U << FLOW_PARSE_##k)

/* Words of a flow that are not part of its match. */
static const struct attribute {
	const char *name;
	unsigned int kinds;
	bool has_value;
	int (*set)(struct parser *p, const struct word *name, const struct word *value);
} attributes[] = {
	{"table", KIND(ADD) | KIND(MOD) | KIND(DEL), true, set_table},
	{"priority", KIND(ADD) | KIND(MOD) | KIND(DEL), true, set_priority},
	{"cookie", KIND(ADD) | KIND(MOD) | KIND(DEL), true, set_cookie},
	{"out_port", KIND(DEL), true, set_out_port},
	{"check_overlap", KIND(ADD), false, set_check_overlap},
};

static int add_attribute(struct parser *p, const struct attribute *a, const struct word *name,
			 const struct word *value)
{
	static const char *const whose[] = {
		[FLOW_PARSE_ADD] = "a new rule",
		[FLOW_PARSE_MOD] = "a change of rules",
		[FLOW_PARSE_DEL] = "a deletion",
		[FLOW_PARSE_PACKET] = "a packet",
	};

	if (!(a->kinds & 1U << p->kind))
		return parse_fail(p->err, name, "'%s' has no meaning for %s", a->name,
				  whose[p->kind]);
	if (a->has_value && (!value->s || !value->len))
		return parse_fail(p->err, name, "'%s' needs a value: %s=...", a->name, a->name);
	return a->set(p, name, value);
}

/* "actions=" takes all the rest of the text; it is parsed when the match is
 * complete. Here only its place is found. */
static int begin_actions(struct parser *p, const struct word *name, const struct word *value)
{
	if (p->kind == FLOW_PARSE_DEL || p->kind == FLOW_PARSE_PACKET)
		return parse_fail(p->err, name, "'actions' has no meaning for a %s",
				  p->kind == FLOW_PARSE_DEL ? "deletion" : "packet");
	if (!value->s)
		return parse_fail(p->err, name, "'%s' needs '=' behind it", word_shown(name).s);
	p->has_actions = true;
	p->lex.pos = value->column - value->quoted;
	return 0;
}

static int parse_word(struct parser *p, const struct word *name, const struct word *value)
{
	const struct field *f;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (word_is(name, attributes[i].name))
			return add_attribute(p, &attributes[i], name, value);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!word_is(name, protocols[i].name))
			continue;
		if (value->s)
			return parse_fail(p->err, value, "'%s' takes no value", protocols[i].name);
		return add_protocol(p, &protocols[i], name);
	}
	f = field_by_name(name->s, name->len);
	if (f)
		return add_any_field(p, f, name, value);
	if (is_unsupported(name))
		return parse_fail(p->err, name, "'%s' is not supported yet", word_shown(name).s);
	return parse_fail(p->err, name, "unknown field or keyword '%s'", word_shown(name).s);
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

static bool is_tp(const struct word *name)
{
	return word_is(name, "tp_src") || word_is(name, "tp_dst");
}

static bool ports_met(const struct match *match)
{
	return field_prereqs_met(&fields[FIELD_TCP_SRC], &match->key, &match->mask) ||
	       field_prereqs_met(&fields[FIELD_UDP_SRC], &match->key, &match->mask) ||
	       field_prereqs_met(&fields[FIELD_SCTP_SRC], &match->key, &match->mask);
}

static int check_prereq(struct parser *p, enum field_id id)
{
	const struct match *match = &p->spec->match;
	const struct word *name = &p->seen[id].name;
	const struct field *f = resolve(match, id);

	if (is_tp(name)) {
		if (ports_met(match))
			return 0;
		return parse_fail(p->err, name,
				  "field '%s' needs 'tcp', 'udp' or 'sctp' (or 'tcp6', ...): "
				  "add it before",
				  word_shown(name).s);
	}
	if (field_prereqs_met(f, &match->key, &match->mask))
		return 0;
	return parse_fail(p->err, name, "field '%s' needs %s: add it before", word_shown(name).s,
			  prereq_shown(f).s);
}

/* Complains of the leftmost field that has no prerequisite. */
static int check_prereqs(struct parser *p)
{
	struct parse_error first = {.column = (size_t)-1};
	struct parse_error *err = p->err, found;
	int result = 0;

	p->err = &found;
	for (int id = 0; id < FIELD_N; id++) {
		if (!p->seen[id].name.s || !check_prereq(p, (enum field_id)id))
			continue;
		if (found.column < first.column)
			first = found;
		result = -EINVAL;
	}
	p->err = err;
	if (result && err)
		*err = first;
	return result;
}

static int parse_match(struct parser *p)
{
	struct word name, value;
	int rc;

	while (!p->has_actions) {
		rc = lex_field(&p->lex, &name, &value, p->err);
		if (rc < 0)
			return rc;
		if (!rc)
			break;
		if (word_is(&name, "actions") || word_is(&name, "action"))
			rc = begin_actions(p, &name, &value);
		else
			rc = parse_word(p, &name, &value);
		if (rc)
			return rc;
	}
	return check_prereqs(p);
}

int flow_parse(const char *text, enum flow_parse_kind kind, const struct port_names *names,
	       struct flow_spec *spec, struct parse_error *err)
{
	struct parser p = {
		.kind = kind,
		.names = names,
		.spec = spec,
		.err = err,
		.lex = {.text = text},
	};
	struct word end;
	int rc;

	memset(spec, 0, sizeof(*spec));
	spec->priority = PRIORITY_DEFAULT;
	spec->table_id = kind == FLOW_PARSE_ADD ? 0 : -1;
	spec->out_port = -1;
	rc = parse_match(&p);
	if (rc)
		return rc;
	if (p.has_actions)
		return ofacts_parse(text + p.lex.pos, p.lex.pos, &spec->match, names,
				    &spec->actions, err);
	if (kind == FLOW_PARSE_ADD || kind == FLOW_PARSE_MOD) {
		end = (struct word){.s = text + p.lex.pos, .column = p.lex.pos};
		return parse_fail(err, &end, "the actions are missing: add 'actions=...'");
	}
	return 0;
}

void flow_spec_fini(struct flow_spec *spec)
{
	ofacts_fini(&spec->actions);
}
