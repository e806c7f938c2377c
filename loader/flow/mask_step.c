// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rounding of prefixes in masks; see mask_step.h.
 */
#include "mask_step.h"

#include "stage.h"

static const struct {
	unsigned int bits; /* prefixes are a multiple of */
	const char *name;
} steps[MASK_LEVEL_N] = {
	[MASK_LEVEL_BIT] = {1, "1 bit"},
	[MASK_LEVEL_4] = {4, "4 bits"},
	[MASK_LEVEL_8] = {8, "8 bits"},
	[MASK_LEVEL_16] = {16, "16 bits"},
	[MASK_LEVEL_FIELD] = {PREFIX_TRIE_BITS, "whole fields"},
	[MASK_LEVEL_FLOW] = {PREFIX_TRIE_BITS, "addresses and ports"},
};

const char *mask_level_name(enum mask_level level)
{
	return steps[level].name;
}

/* The fields of IPv4 and IPv6 share words: one pair is meant. */
static bool is_used(enum prefix_field f, bool ipv6)
{
	if (f == PREFIX_NW_DST || f == PREFIX_NW_SRC)
		return !ipv6;
	return f >= PREFIX_TP_SRC || ipv6;
}

static void whole_flow(struct flow_key *mask, bool ipv6)
{
	bool any = false;

	for (unsigned int f = 0; f < PREFIX_N; f++)
		any |= is_used(f, ipv6) && prefix_value(mask, f);
	if (!any)
		return;
	mask->nw_proto = 0xff;
	for (unsigned int f = 0; f < PREFIX_N; f++)
		if (is_used(f, ipv6))
			prefix_unwildcard(mask, f, prefix_field_bits(f));
}

void mask_step_round(struct flow_key *mask, enum mask_level level, bool ipv6)
{
	unsigned int step = steps[level].bits;

	if (level == MASK_LEVEL_BIT)
		return;
	if (level == MASK_LEVEL_FLOW) {
		whole_flow(mask, ipv6);
		return;
	}
	for (unsigned int f = 0; f < PREFIX_N; f++) {
		unsigned int width = prefix_field_bits(f), len = prefix_len_of(mask, f);

		if (!is_used(f, ipv6) || !prefix_value(mask, f))
			continue;
		if (!len && level < MASK_LEVEL_FIELD)
			continue;
		len = (len + step - 1) / step * step;
		prefix_unwildcard(mask, f, len && len < width ? len : width);
	}
}
