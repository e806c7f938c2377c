// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The priority set against 65,536 counters, in both of its forms and over the
 * change from one to the other, with and without memory.
 */
#include <errno.h>

#include "alloc_faults.h"
#include "priority_set.h"
#include "test.h"

#define N_PRIORITIES 65536

/* The stupid twin. */
static unsigned int counts[N_PRIORITIES];

static void begin(struct priority_set *s)
{
	memset(counts, 0, sizeof(counts));
	alloc_budget = -1;
	assert_int_equal(alloc_bytes, 0);
	priority_set_init(s);
}

/* Compares with the twin. */
static void check(const char *row, const struct priority_set *s)
{
	unsigned int n = 0;
	int max = -1;

	for (int i = 0; i < N_PRIORITIES; i++) {
		if (!counts[i])
			continue;
		n++;
		max = i;
	}
	ROW_CHECK(row, s->n == n, "n %u, want %u", s->n, n);
	ROW_CHECK(row, priority_set_is_empty(s) == !n, "n %u", n);
	ROW_CHECK(row, !n || priority_set_max(s) == max, "max %u, want %d", s->max, max);
	ROW_CHECK(row, !s->few || !s->pages, "both forms at once");
}

static void check_has(const char *row, const struct priority_set *s)
{
	for (int i = 0; i < N_PRIORITIES; i++)
		ROW_CHECK(row, priority_set_has(s, (__u16)i) == !!counts[i], "priority %d", i);
}

static void add(struct priority_set *s, __u16 priority)
{
	assert_int_equal(priority_set_add(s, priority), 0);
	counts[priority]++;
}

static void del(struct priority_set *s, __u16 priority)
{
	priority_set_remove(s, priority);
	counts[priority]--;
}

static void check_empty(const struct priority_set *s)
{
	assert_true(priority_set_is_empty(s));
	assert_null(s->few);
	assert_null(s->pages);
	assert_int_equal(priority_set_bytes(s), 0);
	assert_int_equal(alloc_bytes, 0);
}

TEST(priority_set, knows_its_highest)
{
	struct priority_set s;

	begin(&s);
	assert_true(priority_set_is_empty(&s));
	assert_false(priority_set_has(&s, 0));
	add(&s, 0);
	assert_int_equal(priority_set_max(&s), 0);
	add(&s, 65535);
	add(&s, 65535);
	add(&s, 100);
	assert_int_equal(priority_set_max(&s), 65535);
	del(&s, 65535);
	assert_int_equal(priority_set_max(&s), 65535);
	del(&s, 65535);
	assert_int_equal(priority_set_max(&s), 100);
	assert_false(priority_set_has(&s, 65535));
	del(&s, 100);
	assert_int_equal(priority_set_max(&s), 0);
	del(&s, 0);
	check_empty(&s);
	/* A highest of before says nothing. */
	add(&s, 7);
	assert_int_equal(priority_set_max(&s), 7);
	priority_set_fini(&s);
	check_empty(&s);
}

TEST(priority_set, holds_every_priority_at_once)
{
	struct priority_set s;

	begin(&s);
	for (unsigned int i = 0; i < N_PRIORITIES; i++)
		add(&s, (__u16)(i * 40503)); /* an odd factor: all of them, in disorder */
	check("full", &s);
	check_has("full", &s);
	assert_int_equal(priority_set_bytes(&s), alloc_bytes);
	for (int i = N_PRIORITIES - 1; i > 0; i--) {
		del(&s, (__u16)i);
		assert_int_equal(priority_set_max(&s), i - 1);
	}
	assert_true(priority_set_bytes(&s) < 8192);
	del(&s, 0);
	check_empty(&s);
}

TEST(priority_set, a_few_priorities_take_little)
{
	struct priority_set s;

	begin(&s);
	for (int i = 0; i < 100000; i++)
		add(&s, (__u16)(i % 16));
	check("few", &s);
	assert_true(alloc_bytes <= 16 * 8);
	assert_int_equal(priority_set_bytes(&s), alloc_bytes);
	for (int i = 0; i < 100000; i++)
		del(&s, (__u16)(i % 16));
	check_empty(&s);
}

/* In use at least once, or -1. */
static int random_used(uint64_t *seed, const struct priority_set *s)
{
	int i = (int)test_below(seed, N_PRIORITIES);

	if (!s->n)
		return -1;
	while (!counts[i])
		i = (i + 1) % N_PRIORITIES;
	return i;
}

TEST(priority_set, agrees_with_counters_in_any_order)
{
	uint64_t start = test_seed(1), seed = start;
	struct priority_set s;
	char row[64];

	for (unsigned int round = 0; round < 40; round++) {
		/* Spread over all, or over as many as make both forms likely. */
		uint32_t range = round % 2 ? N_PRIORITIES : 20 + test_below(&seed, 60);
		uint32_t grow = 60;

		snprintf(row, sizeof(row), "seed %llu, round %u", (unsigned long long)start, round);
		begin(&s);
		for (unsigned int i = 0; i < 400; i++) {
			int used = random_used(&seed, &s);

			if (!test_below(&seed, 100))
				grow = 20 + test_below(&seed, 60);
			if (used >= 0 && test_below(&seed, 100) >= grow)
				del(&s, (__u16)used);
			else
				add(&s, (__u16)test_below(&seed, range));
			check(row, &s);
			assert_int_equal(priority_set_bytes(&s), alloc_bytes);
		}
		check_has(row, &s);
		alloc_budget = 0; /* removal takes no memory */
		while (s.n) {
			del(&s, (__u16)random_used(&seed, &s));
			check(row, &s);
		}
		check_empty(&s);
	}
}

TEST(priority_set, an_addition_without_memory_changes_nothing)
{
	unsigned int n_failures = 0;
	struct priority_set s;

	begin(&s);
	/* Near the end of the array; the others bring the pages. */
	for (unsigned int i = 0; i < 4050; i++)
		add(&s, (__u16)(16 * i));
	assert_null(s.pages);
	for (unsigned int i = 0; i < 100; i++) {
		__u16 priority = (__u16)(16 * i + 8);

		for (unsigned int budget = 0;; budget++) {
			alloc_budget = budget;
			if (!priority_set_add(&s, priority))
				break;
			n_failures++;
			check("failed", &s);
			check_has("failed", &s);
			assert_int_equal(priority_set_bytes(&s), alloc_bytes);
		}
		counts[priority]++;
		check("succeeded", &s);
	}
	assert_non_null(s.pages);
	assert_true(n_failures > 32); /* going over to pages alone takes more than so many */
	alloc_budget = -1;
	priority_set_fini(&s);
	check_empty(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(priority_set, knows_its_highest),
		TEST_ROW(priority_set, holds_every_priority_at_once),
		TEST_ROW(priority_set, a_few_priorities_take_little),
		TEST_ROW(priority_set, agrees_with_counters_in_any_order),
		TEST_ROW(priority_set, an_addition_without_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
