// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules: the match in its short form is the match, and when a rule's time is over.
 */
#include "rules.h"

#include "rule_set.h"
#include "test.h"

static void random_match(const struct table_gen *g, uint64_t *seed, struct match *match)
{
	table_gen_match(g, seed, match);
	if (!test_below(seed, 4))
		gen_flip(seed, &match->mask, &match->mask);
	flow_mask_key(&match->key, &match->key, &match->mask);
}

TEST(rule, short_form_is_the_match)
{
	uint64_t seed = test_seed(0x501e);
	unsigned int n_equal = 0, n_overlaps = 0, n_within = 0;

	for (int round = 0; round < 20000; round++) {
		struct match a, b, got;
		struct table_gen g;
		struct rule *r;

		if (!(round % 100))
			table_gen_init(&g, &seed,
				       (enum table_shape)test_below(&seed, TABLE_SHAPE_N));
		random_match(&g, &seed, &a);
		random_match(&g, &seed, &b);
		if (!test_below(&seed, 3))
			b = a;
		if (!test_below(&seed, 3)) {
			gen_flip(&seed, &b.mask, &b.mask);
			flow_mask_key(&b.key, &b.key, &b.mask);
		}
		r = make_rule(&a, 0, 1, NULL);
		got = match_of(r);
		assert_true(match_equal(&got, &a));
		assert_int_equal(rule_has_match(r, &b), match_equal(&a, &b));
		assert_int_equal(rule_overlaps(r, &b), match_overlaps(&a, &b));
		assert_int_equal(rule_is_within(r, &b),
				 flow_mask_covers(&a.mask, &b.mask) && match_covers(&b, &a.key));
		n_equal += rule_has_match(r, &b);
		n_overlaps += rule_overlaps(r, &b);
		n_within += rule_is_within(r, &b);
		rule_put(r);
	}
	assert_true(n_equal > 1000 && n_overlaps > n_within && n_within > n_equal &&
		    n_overlaps < 19000);
}

TEST(rule, key_bits_outside_the_mask_are_left_out)
{
	struct match m = {.key.in_port = 0xff, .mask.in_port = 0x0f, .key.nw_tos = 3}, got;
	struct rule *r = make_rule(&m, 0, 1, NULL);

	got = match_of(r);
	assert_int_equal(got.key.in_port, 0x0f);
	assert_int_equal(got.key.nw_tos, 0);
	assert_int_equal(rule_n_words(r), 1);
	rule_put(r);
}

struct deadline_row {
	const char *name;
	__u16 idle_s, hard_s;
	__u64 modified_ms, used_ms; /* created at 1000 */
	__u64 want;
	enum rule_expiry why;
};

static const struct deadline_row deadlines[] = {
	{"none", 0, 0, 1000, 5000, UINT64_MAX, RULE_IDLE},
	{"idle, never used", 10, 0, 1000, 0, 11000, RULE_IDLE},
	{"idle, used", 10, 0, 1000, 4000, 14000, RULE_IDLE},
	{"a change is no use", 10, 0, 4000, 0, 11000, RULE_IDLE},
	{"hard", 0, 10, 1000, 9000, 11000, RULE_HARD},
	{"hard, from the change on", 0, 10, 4000, 9000, 14000, RULE_HARD},
	{"both, idle first", 5, 10, 1000, 3000, 8000, RULE_IDLE},
	{"both, hard first", 5, 10, 1000, 9000, 11000, RULE_HARD},
	{"the longest", 65535, 65535, 1000, 2000, 65536000, RULE_HARD},
};

TEST(rule, when_its_time_is_over)
{
	const struct match any = {0};

	for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
		const struct deadline_row *row = &deadlines[i];
		enum rule_expiry why = RULE_IDLE;
		struct rule *r = make_rule(&any, 0, 1, NULL);

		r->created_ms = 1000;
		r->modified_ms = row->modified_ms;
		r->used_ms = row->used_ms;
		r->idle_timeout_s = row->idle_s;
		r->hard_timeout_s = row->hard_s;
		ROW_CHECK(row->name, rule_deadline(r, &why) == row->want, "%llu",
			  rule_deadline(r, NULL));
		if (row->want != UINT64_MAX)
			ROW_CHECK(row->name, why == row->why, "the other reason");
		rule_put(r);
	}
}

TEST(rule, successor_keeps_age_counters_and_timeouts)
{
	const struct match any = {0};
	struct rule *old = make_rule(&any, 0, 1, NULL), *r = make_rule(&any, 0, 1, NULL);

	old->n_packets = 1;
	old->n_bytes = 2;
	old->created_ms = 3;
	old->used_ms = 4;
	old->idle_timeout_s = 5;
	old->hard_timeout_s = 6;
	r->modified_ms = 7;
	rule_succeed(r, old);
	assert_int_equal(r->n_packets, 1);
	assert_int_equal(r->n_bytes, 2);
	assert_int_equal(r->created_ms, 3);
	assert_int_equal(r->used_ms, 4);
	assert_int_equal(r->idle_timeout_s, 5);
	assert_int_equal(r->hard_timeout_s, 6);
	assert_int_equal(r->modified_ms, 7);
	rule_put(old);
	rule_put(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(rule, short_form_is_the_match),
		TEST_ROW(rule, key_bits_outside_the_mask_are_left_out),
		TEST_ROW(rule, when_its_time_is_over),
		TEST_ROW(rule, successor_keeps_age_counters_and_timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
