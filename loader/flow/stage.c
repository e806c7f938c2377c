// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The stages and tracked fields of stage.h as tables.
 */
#include "stage.h"

const struct stage_layout stage_layout_staged = {
	.n = XVS_STAGE_N,
	.end = {FLOW_STAGE_METADATA_END, FLOW_STAGE_L2_END, FLOW_STAGE_L3_END, FLOW_STAGE_L4_END},
};

const struct stage_layout stage_layout_flat = {
	.n = 1,
	.end = {FLOW_KEY_WORDS},
};

#define FIELD(member, text)                                                        \
	{                                                                          \
		.offset = offsetof(struct flow_key, member),                       \
		.n_bytes = sizeof(((struct flow_key *)0)->member), .name = (text), \
	}

static const struct {
	size_t offset;
	size_t n_bytes;
	const char *name;
} fields[PREFIX_N] = {
	[PREFIX_NW_DST] = FIELD(nw_dst, "nw_dst"),
	[PREFIX_NW_SRC] = FIELD(nw_src, "nw_src"),
	[PREFIX_IPV6_DST] = FIELD(ipv6_dst, "ipv6_dst"),
	[PREFIX_IPV6_SRC] = FIELD(ipv6_src, "ipv6_src"),
	[PREFIX_TP_SRC] = FIELD(tp_src, "tp_src"),
	[PREFIX_TP_DST] = FIELD(tp_dst, "tp_dst"),
};

unsigned int prefix_field_word(enum prefix_field f)
{
	return (unsigned int)(fields[f].offset / 8);
}

const char *prefix_field_name(enum prefix_field f)
{
	return fields[f].name;
}

unsigned int prefix_field_bits(enum prefix_field f)
{
	return 8 * (unsigned int)fields[f].n_bytes;
}

void prefix_unwildcard(struct flow_key *wc, enum prefix_field f, unsigned int len)
{
	__u8 *bytes = (__u8 *)wc + fields[f].offset;
	unsigned int whole = len / 8;

	memset(bytes, 0xff, whole);
	if (len % 8)
		bytes[whole] |= (__u8)(0xff00 >> len % 8);
}

__u8 prefix_len_of(const struct flow_key *mask, enum prefix_field f)
{
	unsigned int width = prefix_field_bits(f);
	prefix_bits bits = prefix_value(mask, f);
	unsigned int len = prefix_common(bits, ~(prefix_bits)0);

	if (len > width)
		len = width;
	/* Ones behind a zero: not a prefix. */
	return len < 128 && bits << len ? 0 : (__u8)len;
}

void prefix_lens_of(struct prefix_lens *out, const struct flow_key *mask)
{
	bool is_v6 = false;

	for (unsigned int i = FLOW_KEY_WORD(ipv6_src); i < FLOW_KEY_W_IPV4; i++)
		is_v6 |= mask->w[i] != 0;
	memset(out, 0, sizeof(*out));
	if (is_v6) {
		out->len[PREFIX_IPV6_DST] = prefix_len_of(mask, PREFIX_IPV6_DST);
		out->len[PREFIX_IPV6_SRC] = prefix_len_of(mask, PREFIX_IPV6_SRC);
	} else {
		out->len[PREFIX_NW_DST] = prefix_len_of(mask, PREFIX_NW_DST);
		out->len[PREFIX_NW_SRC] = prefix_len_of(mask, PREFIX_NW_SRC);
	}
	out->len[PREFIX_TP_SRC] = prefix_len_of(mask, PREFIX_TP_SRC);
	out->len[PREFIX_TP_DST] = prefix_len_of(mask, PREFIX_TP_DST);
}

struct prefix_range prefix_fields_of(const struct stage_layout *layout, unsigned int stage)
{
	struct prefix_range r = {PREFIX_N, 0};

	for (unsigned int f = 0; f < PREFIX_N; f++) {
		unsigned int word = prefix_field_word(f);

		if (word < stage_first(layout, stage) || word >= layout->end[stage])
			continue;
		if (r.first == PREFIX_N)
			r.first = f;
		r.end = f + 1;
	}
	return r;
}
