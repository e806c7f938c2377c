// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rounding of prefixes in masks: by hand, and what holds for any mask. What it
 * does to translations is in test_mask_level_property.c.
 */
#include "mask_step.h"

#include "stage.h"
#include "test.h"

#define RANDOM_MASKS 50000

/* Prefix lengths by field, and the protocol's mask. */
struct lens {
	__u8 nw_dst, nw_src, ipv6_dst, ipv6_src, tp_src, tp_dst, nw_proto;
};

static void mask_of(struct flow_key *mask, const struct lens *l)
{
	memset(mask, 0, sizeof(*mask));
	prefix_unwildcard(mask, PREFIX_NW_DST, l->nw_dst);
	prefix_unwildcard(mask, PREFIX_NW_SRC, l->nw_src);
	prefix_unwildcard(mask, PREFIX_IPV6_DST, l->ipv6_dst);
	prefix_unwildcard(mask, PREFIX_IPV6_SRC, l->ipv6_src);
	prefix_unwildcard(mask, PREFIX_TP_SRC, l->tp_src);
	prefix_unwildcard(mask, PREFIX_TP_DST, l->tp_dst);
	mask->nw_proto = l->nw_proto;
}

static const struct {
	const char *name;
	enum mask_level level;
	bool ipv6;
	struct lens in, want;
} rounding_rows[] = {
	{"as it is", MASK_LEVEL_BIT, false, {.nw_dst = 9, .tp_dst = 3}, {.nw_dst = 9, .tp_dst = 3}},
	{"one bit to four", MASK_LEVEL_4, false, {.nw_dst = 1}, {.nw_dst = 4}},
	{"a multiple stays", MASK_LEVEL_4, false, {.nw_dst = 28}, {.nw_dst = 28}},
	{"29 to 32", MASK_LEVEL_4, false, {.nw_src = 29}, {.nw_src = 32}},
	{"each by itself",
	 MASK_LEVEL_4,
	 false,
	 {.nw_dst = 22, .nw_src = 5, .tp_src = 9, .tp_dst = 13},
	 {.nw_dst = 24, .nw_src = 8, .tp_src = 12, .tp_dst = 16}},
	{"8 bits",
	 MASK_LEVEL_8,
	 false,
	 {.nw_dst = 17, .tp_src = 8, .tp_dst = 9},
	 {.nw_dst = 24, .tp_src = 8, .tp_dst = 16}},
	{"16 bits",
	 MASK_LEVEL_16,
	 false,
	 {.nw_dst = 16, .nw_src = 17, .tp_dst = 1},
	 {.nw_dst = 16, .nw_src = 32, .tp_dst = 16}},
	{"whole fields",
	 MASK_LEVEL_FIELD,
	 false,
	 {.nw_dst = 1, .tp_src = 1},
	 {.nw_dst = 32, .tp_src = 16}},
	{"no field, no bits", MASK_LEVEL_FIELD, false, {.nw_proto = 0xff}, {.nw_proto = 0xff}},
	{"IPv6, 4 bits",
	 MASK_LEVEL_4,
	 true,
	 {.ipv6_dst = 33, .ipv6_src = 127, .tp_dst = 16},
	 {.ipv6_dst = 36, .ipv6_src = 128, .tp_dst = 16}},
	{"IPv6, over the middle",
	 MASK_LEVEL_16,
	 true,
	 {.ipv6_dst = 65, .ipv6_src = 64},
	 {.ipv6_dst = 80, .ipv6_src = 64}},
	{"IPv6, source only", MASK_LEVEL_8, true, {.ipv6_src = 41}, {.ipv6_src = 48}},
	{"IPv6, whole fields", MASK_LEVEL_FIELD, true, {.ipv6_dst = 7}, {.ipv6_dst = 128}},
	{"all of IPv4",
	 MASK_LEVEL_FLOW,
	 false,
	 {.nw_dst = 1},
	 {.nw_dst = 32, .nw_src = 32, .tp_src = 16, .tp_dst = 16, .nw_proto = 0xff}},
	{"all of IPv4, by a port",
	 MASK_LEVEL_FLOW,
	 false,
	 {.tp_src = 3},
	 {.nw_dst = 32, .nw_src = 32, .tp_src = 16, .tp_dst = 16, .nw_proto = 0xff}},
	{"all of IPv6",
	 MASK_LEVEL_FLOW,
	 true,
	 {.ipv6_src = 1},
	 {.ipv6_dst = 128, .ipv6_src = 128, .tp_src = 16, .tp_dst = 16, .nw_proto = 0xff}},
	{"nothing of any", MASK_LEVEL_FLOW, false, {.nw_proto = 0xff}, {.nw_proto = 0xff}},
	{"nothing of any, IPv6", MASK_LEVEL_FLOW, true, {0}, {0}},
};

TEST(mask_step, rounds_each_prefix_up)
{
	for (size_t i = 0; i < sizeof(rounding_rows) / sizeof(rounding_rows[0]); i++) {
		struct flow_key mask, want;

		mask_of(&mask, &rounding_rows[i].in);
		mask_of(&want, &rounding_rows[i].want);
		mask_step_round(&mask, rounding_rows[i].level, rounding_rows[i].ipv6);
		for (int w = 0; w < FLOW_KEY_WORDS; w++)
			ROW_CHECK(rounding_rows[i].name, mask.w[w] == want.w[w],
				  "word %d: %016llx, want %016llx", w,
				  (unsigned long long)XVS_FROM_BE64(mask.w[w]),
				  (unsigned long long)XVS_FROM_BE64(want.w[w]));
	}
}

TEST(mask_step, what_is_no_prefix_stays_until_whole_fields)
{
	const struct flow_key in = {
		.nw_src = XVS_BE32(0xfffe0000),
		.nw_dst = XVS_BE32(0xff00ff00),
		.tp_dst = XVS_BE16(0x000f),
	};
	static const __u32 nw_src[MASK_LEVEL_N] = {
		[MASK_LEVEL_BIT] = 0xfffe0000,   [MASK_LEVEL_4] = 0xffff0000,
		[MASK_LEVEL_8] = 0xffff0000,     [MASK_LEVEL_16] = 0xffff0000,
		[MASK_LEVEL_FIELD] = 0xffffffff, [MASK_LEVEL_FLOW] = 0xffffffff,
	};

	for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++) {
		bool whole = l >= MASK_LEVEL_FIELD;
		struct flow_key mask = in;

		mask_step_round(&mask, l, false);
		assert_int_equal(mask.nw_src, XVS_BE32(nw_src[l]));
		assert_int_equal(mask.nw_dst, whole ? ~0U : in.nw_dst);
		assert_int_equal(mask.tp_dst, whole ? 0xffff : in.tp_dst);
		assert_int_equal(mask.tp_src, l == MASK_LEVEL_FLOW ? 0xffff : 0);
		assert_int_equal(mask.nw_proto, l == MASK_LEVEL_FLOW ? 0xff : 0);
	}
}

/* Rules of IPv6 that a search without stages has looked at leave bits that an
 * IPv4 packet does not have. */
TEST(mask_step, addresses_are_those_of_the_protocol)
{
	struct flow_key mask;

	mask_of(&mask, &(struct lens){.nw_dst = 9, .ipv6_src = 10});
	mask_step_round(&mask, MASK_LEVEL_8, false);
	assert_int_equal(mask.nw_dst, XVS_BE32(0xffff0000));
	assert_int_equal(mask.w[FLOW_KEY_WORD(ipv6_src)], XVS_BE64(0xffc0000000000000ULL));
	mask_step_round(&mask, MASK_LEVEL_FLOW, false);
	assert_int_equal(mask.w[FLOW_KEY_WORD(ipv6_src)], XVS_BE64(0xffc0000000000000ULL));
	assert_int_equal(mask.w[FLOW_KEY_WORD(ipv6_dst)], 0);
}

TEST(mask_step, levels_have_names_of_their_own)
{
	for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++) {
		assert_true(mask_level_name(l)[0]);
		for (enum mask_level k = MASK_LEVEL_BIT; k < l; k++)
			assert_string_not_equal(mask_level_name(k), mask_level_name(l));
	}
}

/* Prefixes, now and then any bits, in some of the fields; and bits anywhere. */
static void random_mask(uint64_t *seed, struct flow_key *mask, bool ipv6)
{
	memset(mask, 0, sizeof(*mask));
	for (int w = 0; w < FLOW_KEY_WORDS; w++)
		if (!test_below(seed, 8) && (w < FLOW_STAGE_L2_END || w >= FLOW_KEY_W_NW))
			mask->w[w] = test_random(seed) & test_random(seed);
	for (unsigned int f = 0; f < PREFIX_N; f++) {
		bool is_v6 = f == PREFIX_IPV6_DST || f == PREFIX_IPV6_SRC;

		if (f < PREFIX_TP_SRC && is_v6 != ipv6)
			continue;
		if (test_below(seed, 3))
			prefix_unwildcard(mask, f, 1 + test_below(seed, prefix_field_bits(f)));
		if (!test_below(seed, 10))
			mask->w[prefix_field_word(f)] |= test_random(seed) & test_random(seed);
	}
}

static bool is_whole(const struct flow_key *mask, enum prefix_field f)
{
	struct flow_key whole = *mask;

	prefix_unwildcard(&whole, f, prefix_field_bits(f));
	return flow_equal(&whole, mask);
}

/* What the level promises for a field of 'in', rounded to 'out'. */
static void check_field(const struct flow_key *in, const struct flow_key *out, enum prefix_field f,
			enum mask_level level)
{
	static const unsigned int step[] = {1, 4, 8, 16};
	struct prefix_lens was, is;

	prefix_lens_of(&was, in);
	prefix_lens_of(&is, out);
	if (level == MASK_LEVEL_FIELD) {
		assert_true(!prefix_value(in, f) == !prefix_value(out, f));
		assert_true(!prefix_value(out, f) || is_whole(out, f));
	} else if (level < MASK_LEVEL_FIELD && was.len[f]) {
		assert_int_equal(is.len[f] % step[level], 0);
		assert_in_range(is.len[f], was.len[f], was.len[f] + step[level] - 1);
	} else if (level < MASK_LEVEL_FIELD) {
		assert_true(prefix_value(in, f) == prefix_value(out, f));
	}
}

static void check_others_untouched(struct flow_key in, struct flow_key out, bool ipv6)
{
	for (unsigned int f = 0; f < PREFIX_N; f++) {
		bool is_v6 = f == PREFIX_IPV6_DST || f == PREFIX_IPV6_SRC;

		if (f < PREFIX_TP_SRC && is_v6 != ipv6)
			continue;
		prefix_unwildcard(&in, f, prefix_field_bits(f));
		prefix_unwildcard(&out, f, prefix_field_bits(f));
	}
	in.nw_proto |= out.nw_proto; /* the last level's */
	assert_memory_equal(&in, &out, sizeof(in));
}

static void check_levels(const struct flow_key *in, bool ipv6)
{
	struct flow_key before = *in;

	for (enum mask_level l = MASK_LEVEL_BIT; l < MASK_LEVEL_N; l++) {
		struct flow_key out = *in, again;

		mask_step_round(&out, l, ipv6);
		assert_true(flow_mask_covers(&out, in));
		assert_true(flow_mask_covers(&out, &before));
		assert_true(l != MASK_LEVEL_BIT || flow_equal(&out, in));
		again = out;
		mask_step_round(&again, l, ipv6);
		assert_true(flow_equal(&again, &out));
		check_others_untouched(*in, out, ipv6);
		assert_true(l == MASK_LEVEL_FLOW || out.nw_proto == in->nw_proto);
		for (unsigned int f = 0; f < PREFIX_N; f++)
			if (f >= PREFIX_TP_SRC || (f >= PREFIX_IPV6_DST) == ipv6)
				check_field(in, &out, f, l);
		before = out;
	}
}

/* Covers the mask and the level before, done twice is done once, changes
 * nothing else. */
TEST(mask_step, random_masks_at_every_level)
{
	uint64_t seed = test_seed(0x57e9);

	for (int i = 0; i < RANDOM_MASKS; i++) {
		bool ipv6 = test_below(&seed, 2);
		struct flow_key mask;

		random_mask(&seed, &mask, ipv6);
		check_levels(&mask, ipv6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(mask_step, rounds_each_prefix_up),
		TEST_ROW(mask_step, what_is_no_prefix_stays_until_whole_fields),
		TEST_ROW(mask_step, addresses_are_those_of_the_protocol),
		TEST_ROW(mask_step, levels_have_names_of_their_own),
		TEST_ROW(mask_step, random_masks_at_every_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
