// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Meters: what xvs_meter_take() lets pass, over random arrivals and from two
 * threads at a time [MET1], how exact the rates are that dp_meter.c sets, and the
 * life of a slot.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>

#include "clock.h"
#include "dp_fake.h"
#include "dp_private.h"

#define UNITS_PER_S (1000000000ULL * XVS_METER_UNITS_PER_NS)

static struct dp *dp;

static int open_dp(void **state)
{
	const struct dp_options opt = {.flow_limit = 100};

	return dp_open_fake(&opt, 2, &dp);
}

static int close_dp(void **state)
{
	dp_close(dp);
	return 0;
}

static struct xvs_meter *meter_of(bool bytes, __u64 rate, __u64 burst, __u32 *slot)
{
	const struct dp_meter_config config = {.bytes = bytes, .rate = rate, .burst = burst};

	assert_int_equal(dp_meter_alloc(dp, slot), 0);
	dp_meter_set(dp, *slot, &config);
	return &dp->t.meters[*slot];
}

static __u64 cost_of(const struct xvs_meter *m, __u32 len)
{
	return (m->flags & XVS_METER_F_BYTES ? m->cost * len : m->cost) >> XVS_METER_COST_SHIFT;
}

/* Bursts, floods and rests. */
static __u64 random_gap(uint64_t *seed, __u64 cost)
{
	switch (test_below(seed, 4)) {
	case 0:
		return 0;
	case 1:
		return test_random(seed) % (cost + 1);
	case 2:
		return test_random(seed) % (10 * cost + 1);
	default:
		return test_random(seed) % (cost / 8 + 1);
	}
}

#define N_ARRIVALS 400
#define MAX_BACK 1000

/* Any window: what passed from its first packet to its last costs no more than
 * the time between them and the burst, or one packet when that is larger. */
static void check_windows(uint64_t seed0, const struct xvs_meter *m, const __u64 *at,
			  const __u64 *cost, size_t n)
{
	__u64 most = m->burst;

	for (size_t i = 0; i < n; i++)
		if (cost[i] > most)
			most = cost[i];
	/* A first packet that was judged by an earlier time makes the window longer. */
	most += MAX_BACK;
	for (size_t i = 0; i < n; i++) {
		__u64 sum = 0;

		for (size_t k = i; k < n; k++) {
			sum += cost[k];
			if (sum > at[k] - at[i] + most)
				fail_msg("XVS_TEST_SEED=0x%llx: packets %zu to %zu are too many",
					 (unsigned long long)seed0, i, k);
		}
	}
}

TEST(meter, no_window_has_more_than_rate_and_burst)
{
	for (uint64_t s = 0; s < 300; s++) {
		uint64_t seed0 = test_seed(0x3e7e + s), seed = seed0;
		bool bytes = test_below(&seed, 2);
		__u64 rate = 1 + test_random(&seed) % (1ULL << test_below(&seed, 30));
		__u64 burst = test_random(&seed) % (1ULL << test_below(&seed, 12));
		__u64 at[N_ARRIVALS], cost[N_ARRIVALS];
		__u64 now = UNITS_PER_S * 1000;
		struct xvs_meter *m;
		size_t n = 0;
		__u32 slot;

		m = meter_of(bytes, rate, burst, &slot);
		for (int i = 0; i < N_ARRIVALS; i++) {
			__u32 len = 60 + test_below(&seed, test_below(&seed, 5) ? 1455 : 65000);
			/* Another CPU's clock may be some time behind. */
			__u64 back = test_below(&seed, 3) ? 0 : test_below(&seed, MAX_BACK + 1);

			now += random_gap(&seed, cost_of(m, bytes ? 800 : 1));
			if (!xvs_meter_take(m, now - back, len))
				continue;
			at[n] = now;
			cost[n++] = cost_of(m, len);
		}
		assert_true(n > 0);
		check_windows(seed0, m, at, cost, n);
		dp_meter_free(dp, slot);
		dp_grace_begin(dp);
		dp_grace_end(dp, NULL, NULL);
		if (getenv("XVS_TEST_SEED"))
			break;
	}
}

/* The clock that the meter asks for: coarse is the time of the last tick. */
static __u64 clock_at(const struct xvs_meter *m, __u64 ns)
{
	__u64 tick = 1000000000ULL / dp->config.hz;

	if (!(m->flags & XVS_METER_F_FINE))
		ns -= ns % tick;
	return ns * XVS_METER_UNITS_PER_NS;
}

/* Four times what is allowed, for a second from anywhere in a tick: what passes,
 * in packets or bytes. */
static __u64 passed_in_a_second(struct xvs_meter *m, __u64 per_s, __u32 len, __u64 start)
{
	__u64 gap = 1000000000ULL * (m->flags & XVS_METER_F_BYTES ? len : 1) / (4 * per_s);
	__u64 n = 0;

	for (__u64 t = 0; t < 1000000000ULL; t += gap)
		n += xvs_meter_take(m, clock_at(m, start + t), len);
	return m->flags & XVS_METER_F_BYTES ? n * len : n;
}

static void check_exact(bool bytes, __u64 rate, __u32 len)
{
	__u64 per_s = bytes ? rate * 125 : rate, passed;

	for (__u64 start = 5000000000ULL; start < 5004000000ULL; start += 999983) {
		struct xvs_meter *m;
		__u32 slot;

		m = meter_of(bytes, rate, 0, &slot);
		passed = passed_in_a_second(m, per_s, len, start);
		if (passed * 100 < per_s * 95 || passed * 100 > per_s * 105)
			fail_msg("%llu %s/s: %llu passed", (unsigned long long)per_s,
				 bytes ? "bytes" : "packets", (unsigned long long)passed);
		dp_meter_free(dp, slot);
	}
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
}

TEST(meter, default_burst_is_exact_within_a_second)
{
	check_exact(false, 10, 60);
	check_exact(false, 100, 60);
	check_exact(false, 1000, 60);
	check_exact(false, 100000, 60);
	check_exact(false, 2000000, 60);
	check_exact(true, 1000, 1500);
	check_exact(true, 10000, 64);
	check_exact(true, 100000, 1514);
	/* 10 Gbit/s of large segments: each one costs 50 us */
	check_exact(true, 10000000, 65226);
}

TEST(meter, default_burst_takes_large_segments_at_the_rate)
{
	__u32 slot;
	struct xvs_meter *m = meter_of(true, 1000, 0, &slot); /* 125,000 bytes/s */
	__u64 now = UNITS_PER_S * 100;

	/* More than the burst, from an idle meter; half a second has to be waited. */
	assert_true(cost_of(m, 62500) > m->burst);
	assert_true(xvs_meter_take(m, now, 62500));
	assert_false(xvs_meter_take(m, now, 1));
	assert_false(xvs_meter_take(m, now + UNITS_PER_S / 2 - 2 * m->burst, 1500));
	assert_false(xvs_meter_take(m, now + UNITS_PER_S / 2 - UNITS_PER_S / 1000, 62500));
	assert_true(xvs_meter_take(m, now + UNITS_PER_S / 2 + UNITS_PER_S / 1000, 62500));
	dp_meter_free(dp, slot);
}

#define N_TAKES 200000

struct taker {
	pthread_t thread;
	struct xvs_meter *m;
	unsigned int passed;
};

static void *take_many(void *aux)
{
	struct taker *t = aux;

	for (int i = 0; i < N_TAKES; i++)
		t->passed += xvs_meter_take(t->m, UNITS_PER_S * 7, 100);
	return NULL;
}

TEST(meter, two_threads_share_a_burst)
{
	struct taker takers[2] = {0};
	__u32 slot;
	struct xvs_meter *m = meter_of(false, 1, N_TAKES, &slot);

	for (int i = 0; i < 2; i++) {
		takers[i].m = m;
		assert_int_equal(pthread_create(&takers[i].thread, NULL, take_many, &takers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(takers[i].thread, NULL);
	assert_int_equal(takers[0].passed + takers[1].passed, N_TAKES);
	dp_meter_free(dp, slot);
}

TEST(meter, clock_follows_the_burst)
{
	const struct {
		bool bytes;
		__u64 rate, burst;
		bool fine;
	} rows[] = {
		{false, 10, 0, false}, /* a packet is 100 ms */
		{false, 1000, 0, false}, /* 20 ms */
		{false, 100000, 0, false},  {false, 1000, 1, true}, /* 1 ms */
		{false, 100000, 100, true}, {false, 100000, 100000, false}, {true, 1000, 0, false},
		{true, 1000, 1, true},      {true, 10000000, 8, true},
	};

	dp->config.hz = 250;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u32 slot;
		struct xvs_meter *m = meter_of(rows[i].bytes, rows[i].rate, rows[i].burst, &slot);

		if (!!(m->flags & XVS_METER_F_FINE) != rows[i].fine)
			fail_msg("row %zu: flags 0x%x", i, m->flags);
		dp_meter_free(dp, slot);
	}
}

TEST(meter, extremes_stay_in_range)
{
	const __u64 most = ~0ULL;
	__u64 now = UNITS_PER_S * 3600 * 24 * 365 * 10; /* up for ten years */
	struct xvs_meter *m;
	__u32 slot;

	/* No rate at all is the lowest one. */
	m = meter_of(false, 0, most, &slot);
	assert_int_equal(cost_of(m, 1), UNITS_PER_S);
	assert_true(now + m->burst > now);
	for (int i = 0; i < 1000; i++)
		assert_true(xvs_meter_take(m, now, 1 << 19));
	dp_meter_free(dp, slot);
	m = meter_of(true, 1, 1, &slot);
	assert_true(xvs_meter_take(m, now, 1 << 19));
	assert_true(m->arrival > now);
	assert_false(xvs_meter_take(m, now + UNITS_PER_S * 4000, 1));
	dp_meter_free(dp, slot);
	m = meter_of(true, most, 0, &slot);
	assert_true(m->cost > 0);
	assert_true(xvs_meter_take(m, now, 60));
	dp_meter_free(dp, slot);
}

/* A change keeps the state: it is no way to a new burst. */
TEST(meter, change_gives_no_burst)
{
	const struct dp_meter_config slower = {.rate = 1, .burst = 1};
	__u32 slot;
	struct xvs_meter *m = meter_of(false, 2, 3, &slot);
	__u64 now = UNITS_PER_S * 50;

	for (int i = 0; i < 3; i++)
		assert_true(xvs_meter_take(m, now, 60));
	dp_meter_set(dp, slot, &slower);
	assert_false(xvs_meter_take(m, now, 60));
	assert_true(xvs_meter_take(m, now + 2 * UNITS_PER_S, 60));
	dp_meter_free(dp, slot);
}

TEST(meter, slot_is_reused_after_its_grace_period)
{
	struct xvs_meter_stats s;
	__u32 slot, other;

	assert_int_equal(dp_meter_alloc(dp, &slot), 0);
	assert_in_range(slot, 1, XVS_MAX_METERS - 1);
	/* Not limited before it is set, nor counted. */
	for (int i = 0; i < 100; i++)
		assert_true(dp_meter_take(dp, slot, 1500));
	dp_meter_set(dp, slot, &(struct dp_meter_config){.rate = 1, .burst = 2});
	for (int i = 0; i < 5; i++)
		assert_int_equal(dp_meter_take(dp, slot, 100), i < 2);
	/* A program's lane */
	dp->t.meter_stats[slot].packets += 10;
	dp->t.meter_stats[slot].bytes += 1000;
	dp_meter_stats(dp, slot, &s);
	assert_int_equal(s.packets, 15);
	assert_int_equal(s.bytes, 1500);
	assert_int_equal(s.dropped_packets, 3);
	assert_int_equal(s.dropped_bytes, 300);

	dp_meter_free(dp, slot);
	assert_true(dp_meter_take(dp, slot, 100));
	assert_int_equal(dp_meter_alloc(dp, &other), 0);
	assert_int_not_equal(other, slot);
	dp_meter_free(dp, other);
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(dp_meter_alloc(dp, &other), 0);
	while (other != slot)
		assert_int_equal(dp_meter_alloc(dp, &other), 0);
	assert_int_equal(dp->t.meters[slot].arrival, 0);
	dp_meter_stats(dp, slot, &s);
	assert_int_equal(s.packets, 0);
	assert_int_equal(s.dropped_bytes, 0);
	while (!dp_meter_alloc(dp, &other))
		assert_in_range(other, 1, XVS_MAX_METERS - 1);
	assert_int_equal(dp_meter_alloc(dp, &other), -ENOSPC);
}

/* The daemon's packets are judged by the clocks that the programs read. */
TEST(meter, daemon_reads_the_programs_clock)
{
	__u32 slot;
	struct xvs_meter *m = meter_of(false, 10, 1, &slot);

	assert_int_equal(m->flags & XVS_METER_F_FINE, 0);
	m->arrival = (clock_ns() + 10000000000ULL) * XVS_METER_UNITS_PER_NS;
	assert_false(dp_meter_take(dp, slot, 60));
	m->arrival = (clock_ns() - 1000000000ULL) * XVS_METER_UNITS_PER_NS;
	assert_true(dp_meter_take(dp, slot, 60));
	assert_true(m->arrival <= (clock_ns() + 100000000ULL) * XVS_METER_UNITS_PER_NS);
	assert_true(m->arrival > (clock_ns() - 800000000ULL) * XVS_METER_UNITS_PER_NS);
	dp_meter_free(dp, slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(meter_no_window_has_more_than_rate_and_burst,
						open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_default_burst_is_exact_within_a_second,
						open_dp, close_dp),
		cmocka_unit_test_setup_teardown(
			meter_default_burst_takes_large_segments_at_the_rate, open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_two_threads_share_a_burst, open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_clock_follows_the_burst, open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_extremes_stay_in_range, open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_change_gives_no_burst, open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_slot_is_reused_after_its_grace_period,
						open_dp, close_dp),
		cmocka_unit_test_setup_teardown(meter_daemon_reads_the_programs_clock, open_dp,
						close_dp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
