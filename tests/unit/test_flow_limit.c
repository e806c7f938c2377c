// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The flow limit in force: it follows the CPU time of a flow, gently, and nothing
 * else.
 */
#include "flow_limit.h"
#include "test.h"

#define CONFIGURED 1000000
#define CHEAP_NS 100

/* As many flows as are allowed, each for so many nanoseconds. */
static void sweeps(struct flow_limit *l, int n, __u64 flow_ns)
{
	while (n--)
		flow_limit_swept(l, l->in_force, l->in_force * flow_ns);
}

TEST(flow_limit, is_what_was_asked_for_where_sweeps_are_cheap)
{
	struct flow_limit l = {0};

	flow_limit_set(&l, CONFIGURED);
	assert_int_equal(l.in_force, CONFIGURED);
	sweeps(&l, 100, CHEAP_NS);
	assert_int_equal(l.in_force, CONFIGURED);
}

TEST(flow_limit, sinks_gently_to_what_can_be_swept)
{
	struct flow_limit l = {0};
	__u32 before;

	flow_limit_set(&l, CONFIGURED);
	for (int i = 0; i < 40; i++) {
		before = l.in_force;
		sweeps(&l, 1, 2000);
		assert_true(l.in_force >= before - before / 8 - 1);
		assert_true(l.in_force <= before);
	}
	assert_in_range(l.in_force, FLOW_LIMIT_SWEEP_NS / 2000 * 95 / 100,
			FLOW_LIMIT_SWEEP_NS / 2000);
}

TEST(flow_limit, has_a_floor)
{
	struct flow_limit l = {0};

	flow_limit_set(&l, CONFIGURED);
	sweeps(&l, 200, 1000000000);
	assert_int_equal(l.in_force, FLOW_LIMIT_FLOOR);
	flow_limit_set(&l, 200);
	sweeps(&l, 10, 1000000000);
	assert_int_equal(l.in_force, 200);
}

TEST(flow_limit, one_dear_sweep_is_no_reason)
{
	struct flow_limit l = {0};

	flow_limit_set(&l, CONFIGURED);
	sweeps(&l, 10, CHEAP_NS);
	sweeps(&l, 1, 1000000000);
	assert_int_equal(l.in_force, CONFIGURED);
}

TEST(flow_limit, recovers_within_seconds)
{
	struct flow_limit l = {0};
	int n = 0;

	flow_limit_set(&l, 65536);
	sweeps(&l, 100, 100000);
	assert_int_equal(l.in_force, FLOW_LIMIT_FLOOR);
	while (l.in_force < 65536 && n++ < 100)
		sweeps(&l, 1, CHEAP_NS);
	assert_in_range(n, 1, 20);
}

TEST(flow_limit, few_flows_tell_nothing)
{
	struct flow_limit l = {0};

	flow_limit_set(&l, CONFIGURED);
	for (int i = 0; i < 100; i++)
		flow_limit_swept(&l, FLOW_LIMIT_MIN_SAMPLE - 1, 1000000000);
	assert_int_equal(l.in_force, CONFIGURED);
}

TEST(flow_limit, target_leaves_room_for_one_at_least)
{
	for (__u32 n = 1; n < 100; n++) {
		struct flow_limit l = {0};

		flow_limit_set(&l, n);
		assert_true(flow_limit_target(&l) < n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_limit, is_what_was_asked_for_where_sweeps_are_cheap),
		TEST_ROW(flow_limit, sinks_gently_to_what_can_be_swept),
		TEST_ROW(flow_limit, has_a_floor),
		TEST_ROW(flow_limit, one_dear_sweep_is_no_reason),
		TEST_ROW(flow_limit, recovers_within_seconds),
		TEST_ROW(flow_limit, few_flows_tell_nothing),
		TEST_ROW(flow_limit, target_leaves_room_for_one_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
