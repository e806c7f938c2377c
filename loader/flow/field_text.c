// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of one field's value and mask: numbers, addresses, fragments, TCP
 * flags. Below it is flow_lex.c, above flow_parse.c and action_parse.c; the
 * printing half serves flow_format.c and action_format.c.
 */
#include "field_text.h"

#include <arpa/inet.h>
#include <errno.h>

#define TCP_FLAGS_ALL 0x0fff

static const char *const tcp_flag_names[] = {
	"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns",
};
#define N_TCP_FLAGS (sizeof(tcp_flag_names) / sizeof(tcp_flag_names[0]))
#define TCP_FLAGS_NAMED ((1U << N_TCP_FLAGS) - 1)

static const struct {
	const char *name;
	__u8 value, mask;
} frags[] = {
	{"no", 0, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"yes", XVS_FRAG_ANY, XVS_FRAG_ANY},
	{"first", XVS_FRAG_ANY, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"later", XVS_FRAG_ANY | XVS_FRAG_LATER, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"not_later", 0, XVS_FRAG_LATER},
};
#define N_FRAGS (sizeof(frags) / sizeof(frags[0]))

/* "nw_tos" is written as the octet that holds the DSCP, "ip_dscp" as DSCP. */
static bool is_tos_octet(const struct field *f, const struct word *name)
{
	return f->id == FIELD_NW_TOS && !word_is(name, "ip_dscp");
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
		return (1ULL << f->width) - 1;
	}
}

static int parse_integer(const struct field_text *in, const struct word *w, bool is_mask,
			 union field_value *v, struct parse_error *err)
{
	const struct field *f = in->field;
	bool octet = is_tos_octet(f, &in->name);
	__u64 n, max = is_mask ? (1ULL << f->width) - 1 : value_max(f);
	int rc;

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
	for (size_t i = 0; i < N_FRAGS; i++) {
		if (!word_is(&in->text, frags[i].name))
			continue;
		/* As a packet, "yes" and "not_later" leave open what it is. */
		if (in->exact && frags[i].mask != (XVS_FRAG_ANY | XVS_FRAG_LATER))
			break;
		field_value_from_u64(&out->value, frags[i].value);
		field_value_from_u64(&out->mask, frags[i].mask);
		return 0;
	}
	return parse_fail(err, &in->text, "'%s' is one of %s", word_shown(&in->name).s,
			  in->exact ? "no, first, later" : "no, yes, first, later, not_later");
}

static int tcp_flag_bit(const struct word *w)
{
	for (size_t i = 0; i < N_TCP_FLAGS; i++)
		if (word_is_nocase(w, tcp_flag_names[i]))
			return (int)i;
	return -1;
}

/* "+syn-ack": some flags set, some not; "syn|ack": these and no others. */
static int parse_tcp_flags(const struct field_text *in, struct field_bits *out,
			   struct parse_error *err)
{
	bool signs = in->text.s[0] == '+' || in->text.s[0] == '-';
	__u64 value = 0, mask = signs ? 0 : TCP_FLAGS_ALL;
	size_t pos = 0;

	while (pos < in->text.len) {
		char sign = signs ? in->text.s[pos++] : '+';
		size_t end = pos;
		struct word name;
		int bit;

		while (end < in->text.len && !strchr(signs ? "+-" : "|", in->text.s[end]))
			end++;
		name = word_part(&in->text, pos, end - pos);
		bit = tcp_flag_bit(&name);
		if (bit < 0)
			return parse_fail(err, &name, "'%s' is not a TCP flag",
					  word_shown(&name).s);
		if (signs && mask & 1U << bit)
			return parse_fail(err, &name, "the flag '%s' is given twice",
					  word_shown(&name).s);
		mask |= 1U << bit;
		value |= sign == '+' ? 1U << bit : 0;
		pos = end + !signs;
		if (!signs && pos == in->text.len)
			return parse_fail(err, &in->text, "a TCP flag is missing behind '|'");
	}
	field_value_from_u64(&out->value, value);
	field_value_from_u64(&out->mask, in->exact ? TCP_FLAGS_ALL : mask);
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

	if (in->field->format != FIELD_FMT_FRAG && in->field->format != FIELD_FMT_TCP_FLAGS)
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
						   : parse_tcp_flags(in, out, err);
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

static void format_mac(struct strbuf *out, const union field_value *v)
{
	const __u8 *b = v->b + 10;

	strbuf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

/* The prefix length that 'mask' is, or -1. */
static int prefix_len(const union field_value *mask, unsigned int bits)
{
	const __u8 *b = mask->b + sizeof(mask->b) - bits / 8;
	unsigned int n = 0;

	while (n < bits && b[n / 8] & 0x80 >> n % 8)
		n++;
	for (unsigned int i = n; i < bits; i++)
		if (b[i / 8] & 0x80 >> i % 8)
			return -1;
	return (int)n;
}

static void format_ip(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	int family = f->format == FIELD_FMT_IPV6 ? AF_INET6 : AF_INET;
	size_t from = family == AF_INET6 ? 0 : 12;
	int len = prefix_len(&bits->mask, f->width);
	char text[INET6_ADDRSTRLEN];

	strbuf_add(out, inet_ntop(family, bits->value.b + from, text, sizeof(text)));
	if (len == f->width)
		return;
	if (len >= 0) {
		strbuf_printf(out, "/%d", len);
	} else {
		strbuf_addc(out, '/');
		strbuf_add(out, inet_ntop(family, bits->mask.b + from, text, sizeof(text)));
	}
}

static bool format_frag(struct strbuf *out, __u64 value, __u64 mask)
{
	for (size_t i = 0; i < N_FRAGS; i++) {
		if (frags[i].value == value && frags[i].mask == mask) {
			strbuf_add(out, frags[i].name);
			return true;
		}
	}
	return false;
}

static bool format_tcp_flags(struct strbuf *out, __u64 value, __u64 mask)
{
	bool exact = mask == TCP_FLAGS_ALL;
	const char *between = "";

	if (exact ? !value || value & ~(__u64)TCP_FLAGS_NAMED : mask & ~(__u64)TCP_FLAGS_NAMED)
		return false;
	for (size_t i = 0; i < N_TCP_FLAGS; i++) {
		if (!((exact ? value : mask) >> i & 1))
			continue;
		strbuf_add(out, exact ? between : value >> i & 1 ? "+" : "-");
		strbuf_add(out, tcp_flag_names[i]);
		between = "|";
	}
	return true;
}

static void format_integer(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	unsigned long long value = field_value_to_u64(&bits->value);
	unsigned long long mask = field_value_to_u64(&bits->mask);
	union field_value exact;

	if (f->format == FIELD_FMT_FRAG && format_frag(out, value, mask))
		return;
	if (f->format == FIELD_FMT_TCP_FLAGS && format_tcp_flags(out, value, mask))
		return;
	field_exact_mask(f, &exact);
	if (f->id == FIELD_NW_TOS) {
		value <<= f->shift;
		mask <<= f->shift;
	}
	if (memcmp(&bits->mask, &exact, sizeof(exact)))
		strbuf_printf(out, "0x%llx/0x%llx", value, mask);
	else if (f->format == FIELD_FMT_DECIMAL || f->format == FIELD_FMT_PORT)
		strbuf_printf(out, "%llu", value);
	else if (f->id == FIELD_DL_TYPE)
		strbuf_printf(out, "0x%04llx", value);
	else
		strbuf_printf(out, "0x%llx", value);
}

void field_text_format(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	union field_value exact;

	switch (f->format) {
	case FIELD_FMT_MAC:
		format_mac(out, &bits->value);
		field_exact_mask(f, &exact);
		if (memcmp(&bits->mask, &exact, sizeof(exact))) {
			strbuf_addc(out, '/');
			format_mac(out, &bits->mask);
		}
		break;
	case FIELD_FMT_IPV4:
	case FIELD_FMT_IPV6:
		format_ip(out, f, bits);
		break;
	default:
		format_integer(out, f, bits);
		break;
	}
}

/* A name that would be read as something else, or split, needs quotes. */
static bool port_name_needs_quotes(const char *name)
{
	struct word w = {.s = name, .len = strlen(name)};
	__u64 n;

	if (word_to_uint(&w, &n) || port_reserved(&w))
		return true;
	for (; *name; name++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+",
			    *name))
			return true;
	return false;
}

void port_format(struct strbuf *out, const struct port_names *names, __u16 port_no)
{
	const char *name = names && names->name ? names->name(names->aux, port_no) : NULL;

	if (port_no == PORT_LOCAL)
		strbuf_add(out, "LOCAL");
	else if (!name || !*name || strchr(name, '"'))
		strbuf_printf(out, "%u", port_no);
	else if (port_name_needs_quotes(name))
		strbuf_printf(out, "\"%s\"", name);
	else
		strbuf_add(out, name);
}
