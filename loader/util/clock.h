/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The daemon's clock: CLOCK_MONOTONIC, the same at the last tick, and how long
 * the ticks are that the fast path stamps with.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static inline uint64_t clock_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

static inline uint64_t clock_coarse_ns(void)
{
	return clock_of(CLOCK_MONOTONIC_COARSE);
}

static inline uint64_t clock_ms(void)
{
	return clock_ns() / 1000000;
}

/* Ticks a second: the resolution of the coarse clock is one tick. */
static inline unsigned int clock_hz(void)
{
	struct timespec ts;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &ts) || ts.tv_sec || ts.tv_nsec <= 0)
		return 250;
	return (unsigned int)((1000000000L + ts.tv_nsec / 2) / ts.tv_nsec);
}

#endif /* UTIL_CLOCK_H */
