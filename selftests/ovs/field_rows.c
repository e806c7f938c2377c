// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rows of field_rows.h.
 */
#include "field_rows.h"

#include <string.h>

#include "field_text.h"
#include "flow_format.h"
#include "proto.h"

static const struct flow_key all_ones = {.w = {[0 ... FLOW_KEY_WORDS - 1] = ~0ULL}};

static bool is_register(const struct field *f)
{
	return f->offset < FLOW_KEY_OWN_WORDS * 8;
}

static bool is_vlan(const struct field *f)
{
	return f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP || f->id == FIELD_VLAN_TCI;
}

bool field_row_has(const struct field *f)
{
	switch (f->id) {
	case FIELD_CONJ_ID: /* see the rows of conjunctions */
	case FIELD_VLAN_TCI1:
	case FIELD_TP_SRC:
	case FIELD_TP_DST:
		return false;
	case FIELD_IN_PORT:
		return true;
	default:
		return is_register(f) || f->offset >= FLOW_STAGE_METADATA_END * 8;
	}
}

enum sample field_row_sample(const struct field *f, enum sample from)
{
	for (enum sample s = from; s < SAMPLES; s++) {
		struct flow_key key;

		sample_key(s, &key);
		if (is_vlan(f) && !(key.vlan_tci & XVS_BE16(0xfff)))
			continue;
		if (f->pre_nw_proto && key.nw_frag & XVS_FRAG_LATER)
			continue;
		if ((f->id == FIELD_ND_SLL && key.tp_src != XVS_BE16(ND_SOLICIT)) ||
		    (f->id == FIELD_ND_TLL && key.tp_src != XVS_BE16(ND_ADVERT)))
			continue;
		if (field_prereqs_met(f, &key, &all_ones))
			return s;
	}
	return SAMPLES;
}

/* Bits that there are, and a mask that Open vSwitch reads as one: of IPv6, digits in
 * front are a prefix's length. */
static void clamp(const struct field *f, struct field_bits *bits)
{
	union field_value all = {0}, ones;

	memset(&ones, 0xff, sizeof(ones));
	field_value_insert(&all, 0, field_n_bits(f), &ones);
	for (int i = 0; i < 2; i++)
		bits->mask.w[i] &= all.w[i];
	if (f->format == FIELD_FMT_IPV6)
		bits->mask.b[0] |= 0xa0;
	for (int i = 0; i < 2; i++)
		bits->value.w[i] &= bits->mask.w[i];
}

/* What the sample has in the field; a register, what a rule has written there. */
static void sample_bits(const struct field *f, enum sample sample, bool masked,
			struct field_bits *bits)
{
	struct flow_key key;

	sample_key(sample, &key);
	field_get(f, &key, &bits->value);
	field_exact_mask(f, &bits->mask);
	if (is_register(f))
		for (int i = 0; i < 16; i++)
			bits->value.b[i] = (__u8)(0x11 * (i + 1)) & bits->mask.b[i];
	if (masked)
		for (int i = 0; i < 16; i++)
			bits->mask.b[i] &= 0xa5;
	/* OpenFlow 1.2 and later do not know bits of "a tag, or none", or of a PCP. */
	if (masked && f->id == FIELD_VLAN_TCI)
		bits->mask.b[14] |= XVS_VLAN_PRESENT >> 8;
	if (masked && f->id == FIELD_VLAN_TCI)
		bits->mask.b[14] |= XVS_VLAN_PCP_MASK >> 8;
	clamp(f, bits);
}

static void add_value(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	field_text_format(out, f, bits);
}

/* What the field needs: "tcp,", "icmp6,icmp_type=135,". */
static void add_prereqs(struct strbuf *out, const struct field *f, enum sample sample)
{
	struct match match = {0};
	struct flow_key key;
	size_t before = out->len;

	sample_key(sample, &key);
	field_prereqs_unwildcard(f, &match.mask);
	match.mask.nw_frag = 0;
	if (f->id == FIELD_ND_SLL || f->id == FIELD_ND_TLL || f->id == FIELD_ND_TARGET)
		match.mask.tp_dst = 0;
	flow_mask_key(&match.key, &key, &match.mask);
	match_format(out, &match, NULL);
	if (out->len != before)
		strbuf_addc(out, ',');
}

static void match_row(const struct field *f, enum sample sample, const char *name,
		      const char *value, struct strbuf *lines)
{
	unsigned int table = is_register(f);

	if (table) {
		struct field_bits whole;

		sample_bits(f, sample, false, &whole);
		strbuf_printf(lines, "table=0,actions=set_field:");
		add_value(lines, f, &whole);
		strbuf_printf(lines, "->%s,goto_table:1\n", f->name);
	}
	strbuf_printf(lines, "table=%u,priority=9,", table);
	add_prereqs(lines, f, sample);
	strbuf_printf(lines, "%s=%s,actions=output:4\ntable=%u,priority=0,actions=output:3\n", name,
		      value, table);
}

void field_row_match(const struct field *f, enum sample sample, bool masked, struct strbuf *lines)
{
	struct field_bits bits;
	struct strbuf value;

	sample_bits(f, sample, masked, &bits);
	strbuf_init(&value);
	add_value(&value, f, &bits);
	match_row(f, sample, f->name, strbuf_str(&value), lines);
	strbuf_fini(&value);
}

/* Names that 3.1 does not know, or not as a match by a plain value. */
static bool is_ours(const char *name)
{
	return !strcmp(name, "ip_ttl") || !strcmp(name, "vlan_vid") || !strcmp(name, "vlan_pcp") ||
	       !strcmp(name, "in_port_oxm") || !strncmp(name, "icmp", 4);
}

const char *field_row_name(const struct field *f, unsigned int i)
{
	for (unsigned int k = 0; k < 2 && f->alias[k]; k++)
		if (!is_ours(f->alias[k]) && !i--)
			return f->alias[k];
	return NULL;
}

void field_row_named(const struct field *f, enum sample sample, const char *name,
		     struct strbuf *lines)
{
	struct field_bits bits;
	struct strbuf value;

	sample_bits(f, sample, false, &bits);
	strbuf_init(&value);
	/* By this name the value is without the two bits of ECN. */
	if (!strcmp(name, "ip_dscp"))
		field_value_format(&value, &bits.value);
	else
		add_value(&value, f, &bits);
	match_row(f, sample, name, strbuf_str(&value), lines);
	strbuf_fini(&value);
}

struct actions_row {
	const struct field *f;
	struct field_bits old;
	struct strbuf *lines;
	unsigned int n;
};

static void begin_copy(struct actions_row *row)
{
	strbuf_printf(row->lines, "%sclone(", row->n++ ? "," : "");
}

static void end_copy(struct actions_row *row)
{
	strbuf_add(row->lines, ",output:4)");
}

static void add_set_field(struct actions_row *row, bool masked)
{
	struct field_bits bits = row->old;

	/* Of a VLAN by the name that says so to OpenFlow 1.2. */
	if (row->f->id == FIELD_DL_VLAN || row->f->id == FIELD_VLAN_TCI)
		return;
	for (int i = 0; i < 16; i++) {
		if (masked)
			bits.mask.b[i] &= 0x5a;
		bits.value.b[i] ^= 0x13;
	}
	clamp(row->f, &bits);
	begin_copy(row);
	strbuf_add(row->lines, "set_field:");
	field_text_format(row->lines, row->f, &bits);
	strbuf_printf(row->lines, "->%s",
		      row->f->id == FIELD_DL_VLAN_PCP ? "vlan_pcp" : row->f->name);
	end_copy(row);
}

static void add_load(struct actions_row *row, const char *name)
{
	unsigned int n = field_n_bits(row->f);
	__u64 value = field_value_to_u64(&row->old.value) ^ 0x35;

	if (row->f->id == FIELD_DL_VLAN || row->f->id == FIELD_VLAN_TCI ||
	    row->f->id == FIELD_ARP_OP)
		return;
	if (n > 64)
		n = 64;
	if (n < 64)
		value &= (1ULL << n) - 1;
	begin_copy(row);
	/* The octet's name counts bits from the octet's end. */
	if (row->f->id == FIELD_NW_TOS && strstr(name, "TOS"))
		strbuf_printf(row->lines, "load:%#llx->%s[2..7]", (unsigned long long)value, name);
	else
		strbuf_printf(row->lines, "load:%#llx->%s[0..%u]", (unsigned long long)value, name,
			      n - 1);
	end_copy(row);
}

static const char *other_address(const struct field *f)
{
	return f->id == FIELD_DL_DST ? "NXM_OF_ETH_SRC" : "NXM_OF_ETH_DST";
}

static void add_move(struct actions_row *row, const char *name)
{
	unsigned int n = field_n_bits(row->f), from = 0;

	if (row->f->id == FIELD_NW_TOS && strstr(name, "TOS"))
		from = 2;
	if (n > 48)
		n = 48;
	begin_copy(row);
	strbuf_printf(row->lines, "move:%s[%u..%u]->%s[0..%u]", name, from, from + n - 1,
		      other_address(row->f), n - 1);
	end_copy(row);
}

static void add_stack(struct actions_row *row, const char *name)
{
	begin_copy(row);
	strbuf_printf(row->lines, "push:%s[],pop:%s[]", name, other_address(row->f));
	end_copy(row);
}

static void add_reads(struct actions_row *row)
{
	const struct field *f = row->f;

	if (f->id == FIELD_IP_FRAG)
		return;
	for (int i = 0; i < 3 && f->oxm[i]; i++)
		add_move(row, f->oxm[i]);
	/* The name of the whole octet is eight bits wide in Open vSwitch. */
	if (f->oxm[0])
		add_stack(row, f->id == FIELD_NW_TOS ? f->oxm[1] : f->oxm[0]);
}

static void add_writes(struct actions_row *row)
{
	const struct field *f = row->f;
	bool icmp = f->pre_nw_proto == PROTO_ICMP ||
		    (f->pre_nw_proto == PROTO_ICMPV6 && !f->pre_icmp_type);

	if (!f->set_bits || f->id == FIELD_IN_PORT)
		return;
	add_set_field(row, false);
	if (f->mask_rule == FIELD_MASK_ANY && !icmp)
		add_set_field(row, true);
	for (int i = 0; i < 3 && f->oxm[i]; i++)
		add_load(row, f->oxm[i]);
}

unsigned int field_row_actions(const struct field *f, enum sample sample, struct strbuf *lines)
{
	struct actions_row row = {.f = f, .lines = lines};
	size_t before;

	sample_bits(f, sample, false, &row.old);
	strbuf_add(lines, "table=0,priority=9,");
	add_prereqs(lines, f, sample);
	if (is_vlan(f))
		strbuf_add(lines, "vlan_tci=0x1000/0x1000,");
	strbuf_add(lines, "actions=");
	before = lines->len;
	add_writes(&row);
	add_reads(&row);
	strbuf_printf(lines, "%soutput:3\ntable=0,priority=0,actions=output:3\n",
		      lines->len == before ? "" : ",");
	return row.n;
}
