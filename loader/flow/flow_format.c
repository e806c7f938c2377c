// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A match or a rule as text, in the words that flow_parse.c reads. Values are
 * printed by field_text_format.c, actions by action_format.c.
 *
 * A megaflow's mask may hold bits of fields that its protocol does not have
 * (a rule for TCP was looked at for an ARP packet). They are zero in every
 * packet of that protocol, say nothing, and are left out.
 */
#include "flow_format.h"

#include "field_text.h"
#include "proto.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit what is printed");

struct formatter {
	struct strbuf *out;
	const struct match *match;
	const struct port_names *names;
	const char *between; /* "" in front of the first word, then "," */
};

/* Those that Open vSwitch reads too: it has no "igmp". */
static const struct keyword {
	const char *name;
	__u16 dl_type;
	__u8 nw_proto; /* 0: not matched */
} keywords[] = {
	/* clang-format off */
	{ "icmp", DL_TYPE_IP, PROTO_ICMP }, { "tcp", DL_TYPE_IP, PROTO_TCP },
	{ "udp", DL_TYPE_IP, PROTO_UDP }, { "sctp", DL_TYPE_IP, PROTO_SCTP },
	{ "ip", DL_TYPE_IP, 0 },
	{ "icmp6", DL_TYPE_IPV6, PROTO_ICMPV6 }, { "tcp6", DL_TYPE_IPV6, PROTO_TCP },
	{ "udp6", DL_TYPE_IPV6, PROTO_UDP }, { "sctp6", DL_TYPE_IPV6, PROTO_SCTP },
	{ "ipv6", DL_TYPE_IPV6, 0 }, { "arp", DL_TYPE_ARP, 0 }, { "rarp", DL_TYPE_RARP, 0 },
	{ "mpls", DL_TYPE_MPLS, 0 }, { "mplsm", DL_TYPE_MPLS_MCAST, 0 },
	/* clang-format on */
};

/* The most that one word says of the protocol, or NULL. */
static const struct keyword *keyword_for(const struct match *match)
{
	if (match->mask.dl_type != 0xffff)
		return NULL;
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		const struct keyword *k = &keywords[i];

		if (XVS_BE16(k->dl_type) != match->key.dl_type)
			continue;
		if (!k->nw_proto ||
		    (match->mask.nw_proto == 0xff && match->key.nw_proto == k->nw_proto))
			return k;
	}
	return NULL;
}

const char *field_printed_name(const struct field *f)
{
	switch (f->id) {
	case FIELD_TCP_SRC:
	case FIELD_UDP_SRC:
	case FIELD_SCTP_SRC:
		return "tp_src";
	case FIELD_TCP_DST:
	case FIELD_UDP_DST:
	case FIELD_SCTP_DST:
		return "tp_dst";
	case FIELD_ICMPV6_TYPE:
		return "icmp_type";
	case FIELD_ICMPV6_CODE:
		return "icmp_code";
	default:
		return f->name;
	}
}

static void begin_word(struct formatter *fm, const char *word)
{
	strbuf_add(fm->out, fm->between);
	strbuf_add(fm->out, word);
	fm->between = ",";
}

static void format_field(struct formatter *fm, enum field_id id)
{
	const struct field *f = &fields[id];
	const struct match *match = fm->match;
	struct field_bits bits;
	union field_value exact;

	field_get(f, &match->mask, &bits.mask);
	if (field_value_is_zero(&bits.mask) || !field_prereqs_met(f, &match->key, &match->mask))
		return;
	field_get(f, &match->key, &bits.value);
	begin_word(fm, field_printed_name(f));
	strbuf_addc(fm->out, '=');
	field_exact_mask(f, &exact);
	if (f->format == FIELD_FMT_PORT && !memcmp(&exact, &bits.mask, sizeof(exact)))
		port_format(fm->out, fm->names, (__u16)field_value_to_u64(&bits.value));
	else
		field_text_format(fm->out, f, &bits);
}

/* In the order of the table. */
static void format_fields(struct formatter *fm, enum field_id first, enum field_id last)
{
	for (int id = first; id <= (int)last; id++)
		if (!fields[id].is_view)
			format_field(fm, (enum field_id)id);
}

static bool none_or_all(__u16 mask, __u16 all)
{
	return !(mask & all) || (mask & all) == all;
}

static void format_vlan(struct formatter *fm)
{
	__u16 tci = XVS_FROM_BE16(fm->match->key.vlan_tci);
	__u16 mask = XVS_FROM_BE16(fm->match->mask.vlan_tci);

	if (!mask)
		return;
	/* dl_vlan and dl_vlan_pcp say that there is a tag; other bits do not. */
	if (tci & XVS_VLAN_PRESENT && mask != XVS_VLAN_PRESENT &&
	    none_or_all(mask, XVS_VLAN_VID_MASK) && none_or_all(mask, XVS_VLAN_PCP_MASK)) {
		if (mask & XVS_VLAN_VID_MASK) {
			begin_word(fm, "dl_vlan=");
			strbuf_printf(fm->out, "%u", tci & XVS_VLAN_VID_MASK);
		}
		if (mask & XVS_VLAN_PCP_MASK) {
			begin_word(fm, "dl_vlan_pcp=");
			strbuf_printf(fm->out, "%u", tci >> XVS_VLAN_PCP_SHIFT);
		}
		return;
	}
	begin_word(fm, "vlan_tci=");
	strbuf_printf(fm->out, "0x%04x", tci);
	if (mask != 0xffff)
		strbuf_printf(fm->out, "/0x%04x", mask);
}

static void format_match(struct formatter *fm)
{
	const struct keyword *k = keyword_for(fm->match);

	if (k)
		begin_word(fm, k->name);
	format_fields(fm, FIELD_CONJ_ID, FIELD_REG_LAST);
	format_fields(fm, FIELD_IN_PORT, FIELD_PKT_MARK);
	format_fields(fm, FIELD_TUN_ID, FIELD_CT_LABEL);
	format_vlan(fm);
	format_field(fm, FIELD_VLAN_TCI1);
	format_fields(fm, FIELD_DL_SRC, FIELD_DL_DST);
	if (!k)
		format_field(fm, FIELD_DL_TYPE);
	format_fields(fm, FIELD_NW_SRC, FIELD_IPV6_LABEL);
	if (!k || !k->nw_proto)
		format_field(fm, FIELD_NW_PROTO);
	format_fields(fm, FIELD_NW_TOS, FIELD_MPLS_TTL);
}

void match_format(struct strbuf *out, const struct match *match, const struct port_names *names)
{
	struct formatter fm = {.out = out, .match = match, .names = names, .between = ""};

	format_match(&fm);
}

void rule_format(struct strbuf *out, const struct rule *rule, const struct port_names *names)
{
	struct match match;
	struct formatter fm = {.out = out, .match = &match, .names = names, .between = ","};

	rule_match(rule, &match);
	if (rule->cookie)
		strbuf_printf(out, "cookie=0x%llx,", (unsigned long long)rule->cookie);
	if (rule->table_id)
		strbuf_printf(out, "table=%u,", rule->table_id);
	if (rule->idle_timeout_s)
		strbuf_printf(out, "idle_timeout=%u,", rule->idle_timeout_s);
	if (rule->hard_timeout_s)
		strbuf_printf(out, "hard_timeout=%u,", rule->hard_timeout_s);
	strbuf_printf(out, "priority=%u", rule->priority);
	format_match(&fm);
	strbuf_add(out, " actions=");
	ofacts_format(out, &rule->actions, names);
}
