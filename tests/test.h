/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Thin helpers over cmocka for the unit tests: names as "module, behaviour",
 * rows of tables in messages, and a seeded generator for property tests.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* TEST(classifier, higher_priority_wins) { ... }, and its row in the list. */
#define TEST(module, name) static void module##_##name(void **state __attribute__((unused)))
#define TEST_ROW(module, name) cmocka_unit_test(module##_##name)

/* Fails with the row's name and what was wrong; for tables and properties. */
#define ROW_CHECK(row, cond, ...)                                    \
	do {                                                         \
		if (!(cond)) {                                       \
			print_error("row '%s': %s: ", (row), #cond); \
			print_error(__VA_ARGS__);                    \
			print_error("\n");                           \
			fail();                                      \
		}                                                    \
	} while (0)

/* splitmix64: any seed is a good one, a test prints it when it fails. */
static inline uint64_t test_random(uint64_t *seed)
{
	uint64_t z = (*seed += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 .. n - 1 */
static inline uint32_t test_below(uint64_t *seed, uint32_t n)
{
	return (uint32_t)((test_random(seed) >> 32) * n >> 32);
}

/* XVS_TEST_SEED repeats a run; else the seed that the test gives. */
static inline uint64_t test_seed(uint64_t otherwise)
{
	const char *s = getenv("XVS_TEST_SEED");

	return s ? strtoull(s, NULL, 0) : otherwise;
}

/* How many random tables to try: XVS_TEST_TABLES; one, if only a seed is given;
 * else what the test says. */
static inline unsigned long test_tables(unsigned long otherwise)
{
	const char *s = getenv("XVS_TEST_TABLES");

	if (s)
		return strtoul(s, NULL, 0);
	return getenv("XVS_TEST_SEED") ? 1 : otherwise;
}

/* Runs 'check' on so many seeds, from 'first' on. */
static inline void test_for_tables(void (*check)(unsigned long long seed), unsigned long n,
				   uint64_t first)
{
	uint64_t seed = test_seed(first);

	n = test_tables(n);
	for (unsigned long i = 0; i < n; i++)
		check(seed + i);
}

#endif /* TESTS_TEST_H */
