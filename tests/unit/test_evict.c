// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which flows go first: the histogram beside a sorted list of ages, and the order
 * of flows that were used once and more often.
 */
#include <stdlib.h>

#include "evict.h"
#include "test.h"

#define MAX_FLOWS 2000
#define ROUNDS 300

static int older_first(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x < y) - (x > y);
}

static __u32 count_from(const __u64 *ages, __u32 n, __u64 from)
{
	__u32 k = 0;

	for (__u32 i = 0; i < n; i++)
		k += ages[i] >= from;
	return k;
}

/* Ages of all sizes: a power of two that is drawn, then a number below it. */
static __u64 draw_age(uint64_t *seed)
{
	return test_below(seed, 1U << test_below(seed, 18));
}

/* Enough of them go, and all that do are as old as the last that has to go, but for
 * the width of a bucket, an eighth of its age. */
static void check_threshold(const __u64 *sorted, __u32 n, __u32 wanted, __u64 from)
{
	__u64 last = sorted[wanted - 1];

	assert_true(count_from(sorted, n, from) >= wanted);
	assert_true(from <= last);
	if (last < (1U << 17))
		assert_true(from >= last - last / 8);
}

TEST(evict, threshold_takes_the_oldest_and_as_many_as_needed)
{
	static __u64 ages[MAX_FLOWS];
	uint64_t seed = 7;

	for (int round = 0; round < ROUNDS; round++) {
		__u32 n = 1 + (__u32)test_below(&seed, MAX_FLOWS);
		struct evict_ages a = {{0}};

		for (__u32 i = 0; i < n; i++) {
			ages[i] = draw_age(&seed);
			evict_note(&a, ages[i]);
		}
		qsort(ages, n, sizeof(*ages), older_first);
		for (__u32 wanted = 1; wanted <= n; wanted += 1 + n / 7)
			check_threshold(ages, n, wanted, evict_threshold_ms(&a, wanted));
	}
}

TEST(evict, threshold_is_zero_when_all_are_not_enough)
{
	struct evict_ages a = {{0}};

	assert_int_equal(evict_threshold_ms(&a, 1), 0);
	evict_note(&a, 5000);
	assert_int_equal(evict_threshold_ms(&a, 2), 0);
	assert_true(evict_threshold_ms(&a, 1) <= 5000);
}

TEST(evict, flow_that_was_used_once_goes_before_one_that_was_used_again)
{
	struct evict_ages a = {{0}};
	__u64 again = evict_age_ms(5000, 2), once = evict_age_ms(1000, 1), from;

	evict_note(&a, again);
	evict_note(&a, once);
	from = evict_threshold_ms(&a, 1);
	assert_true(once >= from);
	assert_true(again < from);
	/* Not whatever its age: it has a while for its second packet. */
	assert_true(evict_age_ms(200, 1) < again);
}

TEST(evict, any_age_has_a_bucket)
{
	struct evict_ages a = {{0}};

	evict_note(&a, UINT64_MAX);
	evict_note(&a, 0);
	assert_true(evict_threshold_ms(&a, 1) > (1U << 17));
	assert_int_equal(evict_threshold_ms(&a, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(evict, threshold_takes_the_oldest_and_as_many_as_needed),
		TEST_ROW(evict, threshold_is_zero_when_all_are_not_enough),
		TEST_ROW(evict, flow_that_was_used_once_goes_before_one_that_was_used_again),
		TEST_ROW(evict, any_age_has_a_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
