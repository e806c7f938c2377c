// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Readers of the tables in the daemon [I3]: a grace period waits for one that is
 * awake until it says that it holds nothing, and for none that sleeps. The writer
 * judges by what the reader has noted before it said so, never by time.
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>

#include "dp_fake.h"
#include "dp_private.h"

#define ROUNDS 50
/* How long the reader holds on to it, so that a writer that does not wait is seen. */
#define HOLD_YIELDS 200

enum let_go {
	LET_GO_QUIESCENT,
	LET_GO_SLEEPS,
	LET_GO_ENDS,
	LET_GO_N,
};

struct reader {
	enum let_go how;
	int awake, writer_waits, has_let_go, stop; /* in this order */
};

static void set(int *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELEASE);
}

static bool is_set(const int *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void wait_for(const int *flag)
{
	while (!is_set(flag))
		sched_yield();
}

static void *reader_main(void *aux)
{
	struct reader *r = aux;

	dp_reader_begin();
	set(&r->awake);
	wait_for(&r->writer_waits);
	for (int i = 0; i < HOLD_YIELDS; i++)
		sched_yield();
	set(&r->has_let_go);
	if (r->how == LET_GO_ENDS) {
		dp_reader_end();
		return NULL;
	}
	if (r->how == LET_GO_SLEEPS)
		dp_reader_sleeps();
	while (!is_set(&r->stop)) {
		if (r->how == LET_GO_QUIESCENT)
			dp_reader_quiescent();
		sched_yield();
	}
	if (r->how == LET_GO_SLEEPS)
		dp_reader_wakes();
	dp_reader_end();
	return NULL;
}

static struct dp *open_fake(void)
{
	const struct dp_options opt = {.flow_limit = 100, .forward_lanes = 1};
	struct dp *dp = NULL;

	assert_int_equal(dp_open_fake(&opt, 1, &dp), 0);
	return dp;
}

static void put_and_remove(struct dp *dp)
{
	const struct xvs_flow_key key = {.in_port = 1}, mask = {.in_port = 0xffff};
	const struct dp_flow_spec spec = {.key = &key,
					  .mask = &mask,
					  .verdict = XVS_VERDICT_OUTPUT,
					  .out_port = 2,
					  .version_from = dp_version(dp)};
	__u32 slot;

	assert_int_equal(dp_flow_put(dp, &spec, &slot), 0);
	dp_flow_remove(dp, slot);
}

static void note_freed(void *aux, __u32 slot)
{
	const struct reader *r = aux;

	assert_true(is_set(&r->has_let_go));
}

TEST(dp_reader, slots_wait_until_a_reader_lets_go)
{
	for (int round = 0; round < ROUNDS * LET_GO_N; round++) {
		struct reader r = {.how = (enum let_go)(round % LET_GO_N)};
		struct dp *dp = open_fake();
		__u32 n_free = dp_n_free_slots(dp);
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, reader_main, &r), 0);
		wait_for(&r.awake);
		put_and_remove(dp);
		assert_int_equal(dp_n_free_slots(dp), n_free - 1);
		dp_grace_begin(dp);
		set(&r.writer_waits);
		dp_grace_end(dp, note_freed, &r);
		assert_true(is_set(&r.has_let_go));
		assert_int_equal(dp_n_free_slots(dp), n_free);
		set(&r.stop);
		pthread_join(thread, NULL);
		dp_close(dp);
	}
}

static void *sleeper_main(void *aux)
{
	struct reader *r = aux;

	dp_reader_begin();
	dp_reader_sleeps();
	set(&r->awake);
	wait_for(&r->stop);
	dp_reader_wakes();
	dp_reader_end();
	return NULL;
}

TEST(dp_reader, one_that_sleeps_holds_nothing_up)
{
	struct dp *dp = open_fake();
	struct reader r = {0};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, sleeper_main, &r), 0);
	wait_for(&r.awake);
	put_and_remove(dp);
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(dp->slots.n_waiting, 0);
	set(&r.stop);
	pthread_join(thread, NULL);
	dp_close(dp);
}

TEST(dp_reader, the_writer_may_be_one_itself)
{
	struct dp *dp = open_fake();

	dp_reader_begin();
	put_and_remove(dp);
	dp_grace_begin(dp);
	dp_grace_end(dp, NULL, NULL);
	assert_int_equal(dp->slots.n_waiting, 0);
	dp_reader_end();
	dp_close(dp);
}

/* The tables of a reader are those of the writer. */
TEST(dp_reader, shared_tables_are_the_writers)
{
	struct dp *dp = open_fake();
	const struct dp_shared *s = dp_shared(dp);

	assert_ptr_equal(s->config, dp_config(dp));
	assert_ptr_equal(s->control, dp->t.control);
	assert_ptr_equal(s->subtables, dp->t.subtables);
	assert_ptr_equal(s->probe, dp->t.probe);
	assert_ptr_equal(s->buckets, dp->t.buckets);
	assert_ptr_equal(s->flows, dp->t.flows);
	assert_ptr_equal(s->blocks, dp->t.blocks);
	assert_ptr_equal(s->ports, dp->t.ports);
	assert_ptr_equal(s->flow_stats, dp->t.flow_stats);
	assert_ptr_equal(s->port_stats, dp->t.port_stats);
	assert_ptr_equal(s->drops, dp->t.drops);
	assert_ptr_equal(s->counters, dp->t.counters);
	assert_ptr_equal(s->meters, dp->t.meters);
	assert_ptr_equal(s->meter_stats, dp->t.meter_stats);
	assert_ptr_equal(s->inflight, dp->t.inflight);
	assert_int_equal(s->n_blocks, XVS_MAX_BLOCKS);
	assert_int_equal(s->config->forward_lanes, 1);
	dp_close(dp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(dp_reader, slots_wait_until_a_reader_lets_go),
		TEST_ROW(dp_reader, one_that_sleeps_holds_nothing_up),
		TEST_ROW(dp_reader, the_writer_may_be_one_itself),
		TEST_ROW(dp_reader, shared_tables_are_the_writers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
