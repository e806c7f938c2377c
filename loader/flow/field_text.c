// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of one field's value and mask, read: numbers, addresses, fragments,
 * flags. Below it is flow_lex.c, above match_parse.c and action_parse*.c.
 * field_text_format.c is the way back.
 */
#include "field_text.h"

#include <arpa/inet.h>

/* "nw_tos" is written as the octet that holds the DSCP, "ip_dscp" as DSCP. */
bool field_is_tos_octet(const struct field *f, const struct word *name)
{
	return f->id == FIELD_NW_TOS && !word_is(name, "ip_dscp") &&
	       !word_is(name, "OXM_OF_IP_DSCP");
}

static __u64 value_max(const struct field *f)
{
	switch (f->id) {
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
	case FIELD_ICMPV6_TYPE:
	case FIELD_ICMPV6_CODE:
		return 255;
	default:
		return ~0ULL >> (64 - f->width);
	}
}

static int parse_wide(const struct field_text *in, const struct word *w, union field_value *v,
		      struct parse_error *err)
{
	if (word_to_value(w, v))
		return 0;
	return parse_fail(err, w, "'%s': '%s' is not a number of 128 bits", word_shown(&in->name).s,
			  word_shown(w).s);
}

static int parse_integer(const struct field_text *in, const struct word *w, bool is_mask,
			 union field_value *v, struct parse_error *err)
{
	const struct field *f = in->field;
	bool octet = field_is_tos_octet(f, &in->name);
	__u64 n, max;
	int rc;

	if (f->width > 64)
		return parse_wide(in, w, v, err);
	max = is_mask ? ~0ULL >> (64 - f->width) : value_max(f);
	rc = word_to_number(w, word_shown(&in->name).s, octet ? 255 : max, &n, err);
	if (rc)
		return rc;
	if (octet && n & 3)
		return parse_fail(err, w, "'%s' has its low two bits at 0: ECN is 'nw_ecn'",
				  word_shown(&in->name).s);
	field_value_from_u64(v, octet ? n >> f->shift : n);
	return 0;
}

static int parse_mac(const struct field_text *in, const struct word *w, union field_value *v,
		     struct parse_error *err)
{
	struct word rest = *w;

	memset(v, 0, sizeof(*v));
	for (int i = 0; i < 6; i++) {
		size_t n = word_find(&rest, ':');
		char hex[5] = "0x";
		__u64 octet;

		/* The last group has no ':' behind it, the others have one. */
		if (n < 1 || n > 2 || (n == rest.len) != (i == 5))
			goto bad;
		memcpy(hex + 2, rest.s, n);
		if (!word_to_uint(&(struct word){.s = hex, .len = 2 + n}, &octet))
			goto bad;
		v->b[10 + i] = (__u8)octet;
		rest = word_part(&rest, n + 1, rest.len);
	}
	return 0;
bad:
	return parse_fail(err, w, "'%s': '%s' is not an Ethernet address", word_shown(&in->name).s,
			  word_shown(w).s);
}

/* An address, or the mask of one: a prefix length or a mask in address form. */
static int parse_ip(const struct field_text *in, const struct word *w, bool is_mask,
		    union field_value *v, struct parse_error *err)
{
	bool v6 = in->field->format == FIELD_FMT_IPV6;
	unsigned int bits = v6 ? 128 : 32;
	size_t from = v6 ? 0 : 12;
	char text[64];
	__u64 n;

	memset(v, 0, sizeof(*v));
	if (is_mask && word_to_uint(w, &n)) {
		if (n > bits)
			return parse_fail(err, w, "'%s': a prefix has at most %u bits",
					  word_shown(&in->name).s, bits);
		for (unsigned int i = 0; i < n; i++)
			v->b[from + i / 8] |= (__u8)(0x80 >> i % 8);
		return 0;
	}
	if (w->len < sizeof(text)) {
		memcpy(text, w->s, w->len);
		text[w->len] = '\0';
		if (inet_pton(v6 ? AF_INET6 : AF_INET, text, v->b + from) == 1)
			return 0;
	}
	return parse_fail(err, w, "'%s': '%s' is not an %s %s", word_shown(&in->name).s,
			  word_shown(w).s, v6 ? "IPv6" : "IPv4", is_mask ? "mask" : "address");
}

static int parse_frag(const struct field_text *in, struct field_bits *out, struct parse_error *err)
{
	for (const struct frag_name *f = frag_names; f->name; f++) {
		if (!word_is(&in->text, f->name))
			continue;
		/* As a packet, "yes" and "not_later" leave open what it is. */
		if (in->exact && f->mask != (XVS_FRAG_ANY | XVS_FRAG_LATER))
			break;
		field_value_from_u64(&out->value, f->value);
		field_value_from_u64(&out->mask, f->mask);
		return 0;
	}
	return parse_fail(err, &in->text, "'%s' is one of %s", word_shown(&in->name).s,
			  in->exact ? "no, first, later" : "no, yes, first, later, not_later");
}

static int flag_bit(const struct flag_names *flags, const struct word *w)
{
	for (size_t i = 0; i < flags->n; i++)
		if (word_is_nocase(w, flags->name[i]))
			return (int)i;
	return -1;
}

/* "+syn-ack": some flags set, some not; "syn|ack": these and no others. */
static int parse_flags(const struct field_text *in, const struct flag_names *flags,
		       struct field_bits *out, struct parse_error *err)
{
	bool signs = in->text.s[0] == '+' || in->text.s[0] == '-';
	__u64 value = 0, all = ~0ULL >> (64 - in->field->width), mask = signs ? 0 : all;
	size_t pos = 0;

	while (pos < in->text.len) {
		char sign = signs ? in->text.s[pos++] : '+';
		size_t end = pos;
		struct word name;
		int bit;

		while (end < in->text.len && !strchr(signs ? "+-" : "|", in->text.s[end]))
			end++;
		name = word_part(&in->text, pos, end - pos);
		bit = flag_bit(flags, &name);
		if (bit < 0)
			return parse_fail(err, &name, "'%s' is not a %s flag", word_shown(&name).s,
					  flags->what);
		if (signs && mask & 1U << bit)
			return parse_fail(err, &name, "the flag '%s' is given twice",
					  word_shown(&name).s);
		mask |= 1U << bit;
		value |= sign == '+' ? 1U << bit : 0;
		pos = end + !signs;
		if (!signs && pos == in->text.len)
			return parse_fail(err, &in->text, "a %s flag is missing behind '|'",
					  flags->what);
	}
	field_value_from_u64(&out->value, value);
	field_value_from_u64(&out->mask, in->exact ? all : mask);
	return 0;
}

static int parse_port(const struct field_text *in, const struct word *w, union field_value *v,
		      struct parse_error *err)
{
	__u16 port_no;
	int rc = port_parse(w, in->names, &port_no, err);

	if (rc)
		return rc;
	if (port_no >= PORT_RESERVED_MIN && port_no != PORT_LOCAL)
		return parse_fail(err, w, "no packet comes in by '%s'", word_shown(w).s);
	field_value_from_u64(v, port_no);
	return 0;
}

static int parse_one(const struct field_text *in, const struct word *w, bool is_mask,
		     union field_value *v, struct parse_error *err)
{
	switch (in->field->format) {
	case FIELD_FMT_MAC:
		return parse_mac(in, w, v, err);
	case FIELD_FMT_IPV4:
	case FIELD_FMT_IPV6:
		return parse_ip(in, w, is_mask, v, err);
	case FIELD_FMT_PORT:
		return parse_port(in, w, v, err);
	default:
		return parse_integer(in, w, is_mask, v, err);
	}
}

/* Fragments and flags have words of their own; numbers are taken too. */
static bool has_own_words(const struct field_text *in)
{
	char c = in->text.s[0];

	if (in->field->format != FIELD_FMT_FRAG && !field_flag_names(in->field))
		return false;
	return !(c >= '0' && c <= '9');
}

int field_text_parse(const struct field_text *in, struct field_bits *out, struct parse_error *err)
{
	const struct field *f = in->field;
	size_t slash;
	struct word value, mask;
	int rc;

	if (!in->text.s || !in->text.len)
		return parse_fail(err, &in->name, "'%s' needs a value: %s=...",
				  word_shown(&in->name).s, word_shown(&in->name).s);
	if (in->text.quoted && f->format != FIELD_FMT_PORT)
		return parse_fail(err, &in->text, "'%s' takes no quoted value",
				  word_shown(&in->name).s);
	if (has_own_words(in))
		return f->format == FIELD_FMT_FRAG ? parse_frag(in, out, err)
						   : parse_flags(in, field_flag_names(f), out, err);
	slash = in->text.quoted ? in->text.len : word_find(&in->text, '/');
	value = word_part(&in->text, 0, slash);
	rc = parse_one(in, &value, false, &out->value, err);
	if (rc)
		return rc;
	field_exact_mask(f, &out->mask);
	if (slash == in->text.len)
		return 0;
	mask = word_part(&in->text, slash, in->text.len);
	if (in->exact)
		return parse_fail(err, &mask, "a packet has a value in '%s', not a mask",
				  word_shown(&in->name).s);
	if (f->mask_rule == FIELD_MASK_NONE)
		return parse_fail(err, &mask, "'%s' cannot have a mask", word_shown(&in->name).s);
	mask = word_part(&mask, 1, mask.len);
	if (!mask.len)
		return parse_fail(err, &mask, "'%s': the mask is missing behind '/'",
				  word_shown(&in->name).s);
	rc = parse_one(in, &mask, true, &out->mask, err);
	if (rc)
		return rc;
	out->value.w[0] &= out->mask.w[0];
	out->value.w[1] &= out->mask.w[1];
	return 0;
}
