// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Numbers of rules that let connections in: one for one, and one for two.
 */
#include "test.h"

#include "policy_pair.h"

TEST(policy_pair, one_rule_has_its_own_number)
{
	struct policy_pairs t;

	policy_pairs_init(&t);
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){0, 0}), 0);
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){7, 0}), 7);
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){0, 7}), 7);
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){7, 7}), 7);
	assert_int_equal(policy_pair_of(&t, 7).in, 7);
	assert_int_equal(policy_pair_of(&t, 7).out, 0);
	assert_int_equal(policy_pair_of(&t, POLICY_RULE_DEFAULT).in, POLICY_RULE_DEFAULT);
	assert_int_equal(t.n, 0);
	policy_pairs_fini(&t);
}

TEST(policy_pair, two_rules_have_one_number_and_keep_it)
{
	struct policy_pairs t;

	policy_pairs_init(&t);
	for (int round = 0; round < 2; round++) {
		for (__u32 i = 1; i < 1000; i++) {
			struct policy_pair pair = {.out = i, .in = i % 31 + 1000};
			__u32 number = policy_pair_number(&t, pair);

			assert_int_equal(number, POLICY_PAIR_FIRST + i - 1);
			pair = policy_pair_of(&t, number);
			assert_int_equal(pair.out, i);
			assert_int_equal(pair.in, i % 31 + 1000);
		}
	}
	policy_pairs_fini(&t);
}

TEST(policy_pair, a_full_table_tells_of_the_receiver)
{
	struct policy_pairs t;

	policy_pairs_init(&t);
	for (__u32 i = 1; i <= POLICY_PAIRS_MAX; i++)
		policy_pair_number(&t, (struct policy_pair){.out = i, .in = i + 1});
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){.out = 5, .in = 9}), 9);
	assert_int_equal(policy_pair_number(&t, (struct policy_pair){.out = 5, .in = 6}),
			 POLICY_PAIR_FIRST + 4);
	policy_pairs_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(policy_pair, one_rule_has_its_own_number),
		TEST_ROW(policy_pair, two_rules_have_one_number_and_keep_it),
		TEST_ROW(policy_pair, a_full_table_tells_of_the_receiver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
