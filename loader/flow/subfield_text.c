// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The text of subfields, both ways.
 */
#include "subfield_text.h"

#include <string.h>

/* "FIRST..LAST" or "BIT" of so many bits. */
static int parse_bits(const struct word *w, const struct word *name, unsigned int n_bits,
		      __u64 bits[2], struct parse_error *err)
{
	size_t dots = 0;
	struct word first, last;

	while (dots + 1 < w->len && memcmp(w->s + dots, "..", 2))
		dots++;
	if (dots + 1 >= w->len)
		dots = w->len;
	first = word_part(w, 0, dots);
	last = dots < w->len ? word_part(w, dots + 2, w->len) : first;
	if (!word_to_uint(&first, &bits[0]) || !word_to_uint(&last, &bits[1]))
		return parse_fail(err, w, "'%s': bits are written [], [BIT] or [FIRST..LAST]",
				  word_shown(name).s);
	if (bits[0] > bits[1])
		return parse_fail(err, w, "'%s': the first bit is the lower one",
				  word_shown(name).s);
	if (bits[1] >= n_bits)
		return parse_fail(err, w, "'%s' has %u bits: there is no bit %llu",
				  word_shown(name).s, n_bits, (unsigned long long)bits[1]);
	return 0;
}

int subfield_parse(const struct word *w, struct subfield *sub, struct parse_error *err)
{
	struct word name = word_part(w, 0, word_find(w, '['));
	struct word in = word_part(w, name.len + 1, w->len);
	const struct field *f = name.len && !w->quoted ? field_by_name(name.s, name.len) : NULL;
	unsigned int shift;
	__u64 bits[2];
	int rc;

	if (!f)
		return parse_fail(err, &name, "unknown field '%s'", word_shown(&name).s);
	*sub = subfield_whole(f->id);
	if (name.len == w->len)
		return 0;
	if (w->s[w->len - 1] != ']')
		return parse_fail(err, w, "'%s': the closing bracket is missing",
				  word_shown(&name).s);
	in.len--;
	if (!in.len)
		return 0;
	shift = field_is_tos_octet(f, &name) ? f->shift : 0;
	rc = parse_bits(&in, &name, field_n_bits(f) + shift, bits, err);
	if (rc)
		return rc;
	if (bits[0] < shift)
		return parse_fail(err, &in, "'%s' is bits 2 to 7: ECN is 'nw_ecn'",
				  word_shown(&name).s);
	sub->ofs = (__u8)(bits[0] - shift);
	sub->n_bits = (__u8)(bits[1] - bits[0] + 1);
	return 0;
}

bool word_is_subfield(const struct word *w)
{
	struct subfield sub;

	return !subfield_parse(w, &sub, NULL);
}

int subfield_value_parse(const struct word *w, const struct subfield *sub, union field_value *value,
			 struct parse_error *err)
{
	union field_value fits;

	if (!w->len || w->quoted || !word_to_value(w, value))
		return parse_fail(err, w, "'%s' is not a number", word_shown(w).s);
	field_value_extract(value, 0, sub->n_bits, &fits);
	if (memcmp(&fits, value, sizeof(fits)))
		return parse_fail(err, w, "%s does not fit into %u bits", word_shown(w).s,
				  sub->n_bits);
	return 0;
}

/* A name that Open vSwitch takes for a field of the same bits. */
static const char *subfield_name(const struct field *f)
{
	switch (f->id) {
	case FIELD_DL_VLAN:
		return "vlan_vid";
	case FIELD_DL_VLAN_PCP:
		return "vlan_pcp";
	case FIELD_NW_TOS:
		return "ip_dscp";
	default:
		return f->name;
	}
}

void subfield_format(struct strbuf *out, const struct subfield *sub)
{
	const struct field *f = &fields[sub->field];

	strbuf_add(out, subfield_name(f));
	if (subfield_is_whole(sub))
		strbuf_add(out, "[]");
	else if (sub->n_bits == 1)
		strbuf_printf(out, "[%u]", sub->ofs);
	else
		strbuf_printf(out, "[%u..%u]", sub->ofs, sub->ofs + sub->n_bits - 1U);
}
