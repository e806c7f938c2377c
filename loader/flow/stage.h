/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of a classifier have to know of the flow key: its words by
 * stage, and the fields whose prefixes are tracked.
 */
#ifndef FLOW_STAGE_H
#define FLOW_STAGE_H

#include "flow.h"
#include "prefix_trie.h"

/* The stages of a tree, as words of the key: stage i is [end[i - 1], end[i]). */
struct stage_layout {
	unsigned int n;
	unsigned int end[XVS_STAGE_N];
};

extern const struct stage_layout stage_layout_staged; /* metadata, L2, L3, L4 */
extern const struct stage_layout stage_layout_flat; /* one: the whole key */

static inline unsigned int stage_first(const struct stage_layout *l, unsigned int stage)
{
	return stage ? l->end[stage - 1] : 0;
}

/*
 * Tracked fields, in the order in which they are looked at. Where a mask has
 * bits in the upper words of the IPv6 addresses, it is IPv6's; otherwise their
 * last word is the IPv4 addresses. That is about bits only: taking one for the
 * other would cost mask bits, not a wrong answer.
 */
enum prefix_field {
	PREFIX_NW_DST,
	PREFIX_NW_SRC,
	PREFIX_IPV6_DST,
	PREFIX_IPV6_SRC,
	PREFIX_TP_SRC,
	PREFIX_TP_DST,
	PREFIX_N,
};

/* The prefix length of each tracked field; 0: does not match on the field, or
 * not by a prefix. */
struct prefix_lens {
	__u8 len[PREFIX_N];
};

void prefix_lens_of(struct prefix_lens *out, const struct flow_key *mask);
/* Of one field, whoever's addresses they are. */
__u8 prefix_len_of(const struct flow_key *mask, enum prefix_field f);

/* The word that the field begins in tells its stage. */
unsigned int prefix_field_word(enum prefix_field f);
const char *prefix_field_name(enum prefix_field f);
unsigned int prefix_field_bits(enum prefix_field f); /* its width */
/* Un-wildcards the first 'len' bits of the field. */
void prefix_unwildcard(struct flow_key *wc, enum prefix_field f, unsigned int len);

/* The field's bits, the first of them highest. */
static inline prefix_bits prefix_value(const struct flow_key *key, enum prefix_field f)
{
	switch (f) {
	case PREFIX_NW_DST:
		return (prefix_bits)XVS_FROM_BE32(key->nw_dst) << 96;
	case PREFIX_NW_SRC:
		return (prefix_bits)XVS_FROM_BE32(key->nw_src) << 96;
	case PREFIX_IPV6_DST:
		return (prefix_bits)XVS_FROM_BE64(key->w[FLOW_KEY_WORD(ipv6_dst)]) << 64 |
		       XVS_FROM_BE64(key->w[FLOW_KEY_WORD(ipv6_dst) + 1]);
	case PREFIX_IPV6_SRC:
		return (prefix_bits)XVS_FROM_BE64(key->w[FLOW_KEY_WORD(ipv6_src)]) << 64 |
		       XVS_FROM_BE64(key->w[FLOW_KEY_WORD(ipv6_src) + 1]);
	case PREFIX_TP_SRC:
		return (prefix_bits)XVS_FROM_BE16(key->tp_src) << 112;
	default:
		return (prefix_bits)XVS_FROM_BE16(key->tp_dst) << 112;
	}
}

/* Leading bits that two values have in common, at most 128. */
static inline unsigned int prefix_common(prefix_bits a, prefix_bits b)
{
	prefix_bits d = a ^ b;
	__u64 high = (__u64)(d >> 64), low = (__u64)d;

	if (high)
		return (unsigned int)__builtin_clzll(high);
	return low ? 64 + (unsigned int)__builtin_clzll(low) : 128;
}

/* The tracked fields of a stage. */
struct prefix_range {
	unsigned int first, end;
};
struct prefix_range prefix_fields_of(const struct stage_layout *layout, unsigned int stage);

#endif /* FLOW_STAGE_H */
