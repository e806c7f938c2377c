// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of one field's value and mask, printed, and the names that values
 * have; for flow_format.c and action_format.c. field_text.c is the way back.
 */
#include "field_text.h"

#include <arpa/inet.h>

static const struct flag_names tcp_flags = {
	.what = "TCP",
	.name = {"fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns"},
	.n = 9,
};

/* Bit by bit as XVS_CT_* and XVS_TUN_*. */
static const struct flag_names ct_flags = {
	.what = "connection",
	.name = {"new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat"},
	.n = 8,
};

static const struct flag_names tun_flags = {.what = "tunnel", .name = {"oam"}, .n = 1};

const struct flag_names *field_flag_names(const struct field *f)
{
	switch (f->format) {
	case FIELD_FMT_TCP_FLAGS:
		return &tcp_flags;
	case FIELD_FMT_CT_STATE:
		return &ct_flags;
	case FIELD_FMT_TUN_FLAGS:
		return &tun_flags;
	default:
		return NULL;
	}
}

const struct frag_name frag_names[] = {
	{"no", 0, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"yes", XVS_FRAG_ANY, XVS_FRAG_ANY},
	{"first", XVS_FRAG_ANY, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"later", XVS_FRAG_ANY | XVS_FRAG_LATER, XVS_FRAG_ANY | XVS_FRAG_LATER},
	{"not_later", 0, XVS_FRAG_LATER},
	{0},
};

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
	for (const struct frag_name *f = frag_names; f->name; f++) {
		if (f->value == value && f->mask == mask) {
			strbuf_add(out, f->name);
			return true;
		}
	}
	return false;
}

/* False: there are bits that have no name. */
static bool format_flags(struct strbuf *out, const struct field *f, __u64 value, __u64 mask)
{
	const struct flag_names *flags = field_flag_names(f);
	__u64 named = (1ULL << flags->n) - 1;
	bool exact = mask == ~0ULL >> (64 - f->width);
	const char *between = "";

	if (exact ? !value || value & ~named : mask & ~named)
		return false;
	for (size_t i = 0; i < flags->n; i++) {
		if (!((exact ? value : mask) >> i & 1))
			continue;
		strbuf_add(out, exact ? between : value >> i & 1 ? "+" : "-");
		strbuf_add(out, flags->name[i]);
		between = "|";
	}
	return true;
}

void field_value_format(struct strbuf *out, const union field_value *v)
{
	unsigned long long high = XVS_FROM_BE64(v->w[0]), low = XVS_FROM_BE64(v->w[1]);

	if (high)
		strbuf_printf(out, "0x%llx%016llx", high, low);
	else
		strbuf_printf(out, "0x%llx", low);
}

static void format_integer(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	unsigned long long value = field_value_to_u64(&bits->value);

	if (f->id == FIELD_NW_TOS)
		value <<= f->shift;
	if (f->format == FIELD_FMT_DECIMAL || f->format == FIELD_FMT_PORT)
		strbuf_printf(out, "%llu", value);
	else if (f->id == FIELD_DL_TYPE)
		strbuf_printf(out, "0x%04llx", value);
	else
		field_value_format(out, &bits->value);
}

static void format_masked(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	struct field_bits b = *bits;

	/* Written as the octet that holds it. */
	if (f->id == FIELD_NW_TOS) {
		field_value_from_u64(&b.value, field_value_to_u64(&b.value) << f->shift);
		field_value_from_u64(&b.mask, field_value_to_u64(&b.mask) << f->shift);
	}
	field_value_format(out, &b.value);
	strbuf_addc(out, '/');
	field_value_format(out, &b.mask);
}

static void format_number(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	__u64 value = field_value_to_u64(&bits->value), mask = field_value_to_u64(&bits->mask);

	if (f->format == FIELD_FMT_FRAG && format_frag(out, value, mask))
		return;
	if (field_flag_names(f) && format_flags(out, f, value, mask))
		return;
	if (field_bits_exact(f, bits))
		format_integer(out, f, bits);
	else
		format_masked(out, f, bits);
}

bool field_bits_exact(const struct field *f, const struct field_bits *bits)
{
	union field_value exact;

	field_exact_mask(f, &exact);
	return !memcmp(&bits->mask, &exact, sizeof(exact));
}

void field_text_format(struct strbuf *out, const struct field *f, const struct field_bits *bits)
{
	switch (f->format) {
	case FIELD_FMT_MAC:
		format_mac(out, &bits->value);
		if (!field_bits_exact(f, bits)) {
			strbuf_addc(out, '/');
			format_mac(out, &bits->mask);
		}
		break;
	case FIELD_FMT_IPV4:
	case FIELD_FMT_IPV6:
		format_ip(out, f, bits);
		break;
	default:
		format_number(out, f, bits);
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
