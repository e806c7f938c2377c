// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/util/event.c: timers, descriptors, signals, and calls between threads.
 */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"
#include "event.h"

struct fixture {
	struct event_loop *loop;
	struct event_source *source;
	pthread_t thread;
	pthread_t ran_on;
	int count;
	int limit; /* stop the loop at this count */
	int result;
	uint64_t at_ms;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(event_loop_create(&f->loop), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	event_source_remove(f->source);
	event_loop_destroy(f->loop);
	free(f);
	return 0;
}

static void *run_loop(void *aux)
{
	struct fixture *f = aux;

	f->result = event_loop_run(f->loop);
	return NULL;
}

static void start(struct fixture *f)
{
	assert_int_equal(pthread_create(&f->thread, NULL, run_loop, f), 0);
}

static void stop(struct fixture *f)
{
	event_loop_stop(f->loop);
	pthread_join(f->thread, NULL);
	assert_int_equal(f->result, 0);
}

static void count_and_stop(void *aux)
{
	struct fixture *f = aux;

	f->at_ms = clock_ms();
	if (++f->count == f->limit)
		event_loop_stop(f->loop);
}

static void event_timer_is_periodic(void **state)
{
	struct fixture *f = *state;
	uint64_t start_ms = clock_ms();

	f->limit = 5;
	assert_int_equal(event_add_timer(f->loop, 10, count_and_stop, f, &f->source), 0);
	assert_int_equal(event_loop_run(f->loop), 0);
	assert_int_equal(f->count, 5);
	assert_true(f->at_ms - start_ms >= 49);
}

static void slow_down(void *aux)
{
	struct fixture *f = aux;

	if (++f->count == 1)
		assert_int_equal(event_timer_set(f->source, 50), 0);
	if (f->count == 2) {
		assert_int_equal(event_timer_set(f->source, 0), 0);
		f->at_ms = clock_ms();
	}
}

static void stop_loop(void *aux)
{
	event_loop_stop(aux);
}

static void event_timer_period_changes_and_stops(void **state)
{
	struct fixture *f = *state;
	struct event_source *end;
	uint64_t start_ms = clock_ms();

	assert_int_equal(event_add_timer(f->loop, 1, slow_down, f, &f->source), 0);
	assert_int_equal(event_add_timer(f->loop, 200, stop_loop, f->loop, &end), 0);
	assert_int_equal(event_loop_run(f->loop), 0);
	assert_int_equal(f->count, 2);
	assert_true(f->at_ms - start_ms >= 50);
	event_source_remove(end);
}

/* Two callers, so that one call is always waiting when another has ended. */
#define AGAIN_CALLERS 2
#define CALLS_EACH 50

/* Long enough for the other caller to come again. */
static void work(void *aux)
{
	struct fixture *f = aux;

	f->limit++;
	usleep(1000);
}

static void *call_again_and_again(void *aux)
{
	struct fixture *f = aux;

	for (int i = 0; i < CALLS_EACH; i++)
		assert_int_equal(event_loop_call(f->loop, work, f), 0);
	return NULL;
}

/* The pipe stays readable: it wants a turn whenever there is one. */
static void count_turn(void *aux, int fd, uint32_t events)
{
	struct fixture *f = aux;

	f->count += f->limit > 0 && f->limit < AGAIN_CALLERS * CALLS_EACH;
}

static void event_calls_leave_turns_to_descriptors(void **state)
{
	struct fixture *f = *state;
	pthread_t callers[AGAIN_CALLERS];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(event_add_fd(f->loop, fds[0], EPOLLIN, count_turn, f, &f->source), 0);
	start(f);
	for (int i = 0; i < AGAIN_CALLERS; i++)
		assert_int_equal(pthread_create(&callers[i], NULL, call_again_and_again, f), 0);
	for (int i = 0; i < AGAIN_CALLERS; i++)
		pthread_join(callers[i], NULL);
	stop(f);
	/* One between two calls, but for those that the loop found together. */
	assert_true(f->count >= AGAIN_CALLERS * CALLS_EACH / 2);
	close(fds[0]);
	close(fds[1]);
}

static void event_timer_of_zero_waits_to_be_set(void **state)
{
	struct fixture *f = *state;
	struct event_source *end;

	f->limit = 1000;
	assert_int_equal(event_add_timer(f->loop, 0, count_and_stop, f, &f->source), 0);
	assert_int_equal(event_add_timer(f->loop, 30, stop_loop, f->loop, &end), 0);
	assert_int_equal(event_loop_run(f->loop), 0);
	assert_int_equal(f->count, 0);
	event_source_remove(end);
}

static void read_one(void *aux, int fd, uint32_t events)
{
	struct fixture *f = aux;
	char c;

	assert_true(events & EPOLLIN);
	assert_int_equal(read(fd, &c, 1), 1);
	f->result = c;
	/* Its own source, from inside its callback. */
	event_source_remove(f->source);
	f->source = NULL;
	event_loop_stop(f->loop);
}

static void event_fd_is_read_and_may_remove_itself(void **state)
{
	struct fixture *f = *state;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(event_add_fd(f->loop, fds[0], EPOLLIN, read_one, f, &f->source), 0);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	assert_int_equal(event_loop_run(f->loop), 0);
	assert_int_equal(f->result, 'a');
	close(fds[0]);
	close(fds[1]);
}

static void fail_if_called(void *aux, int fd, uint32_t events)
{
	fail_msg("a descriptor without events was served");
}

static void event_fd_without_events_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct event_source *end;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(event_add_fd(f->loop, fds[0], EPOLLIN, fail_if_called, f, &f->source), 0);
	assert_int_equal(event_fd_set_events(f->source, 0), 0);
	assert_int_equal(write(fds[1], "a", 1), 1);
	assert_int_equal(event_add_timer(f->loop, 20, stop_loop, f->loop, &end), 0);
	assert_int_equal(event_loop_run(f->loop), 0);
	event_source_remove(end);
	close(fds[0]);
	close(fds[1]);
}

static void event_signal_arrives(void **state)
{
	struct fixture *f = *state;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	f->limit = 1;
	assert_int_equal(event_add_signal(f->loop, SIGUSR1, count_and_stop, f, &f->source), 0);
	kill(getpid(), SIGUSR1);
	assert_int_equal(event_loop_run(f->loop), 0);
	assert_int_equal(f->count, 1);
}

static void note_thread(void *aux)
{
	struct fixture *f = aux;

	f->ran_on = pthread_self();
	f->count++;
}

static void event_call_runs_on_the_loops_thread(void **state)
{
	struct fixture *f = *state;

	start(f);
	for (int i = 1; i <= 100; i++) {
		assert_int_equal(event_loop_call(f->loop, note_thread, f), 0);
		/* It has run when the call is back. */
		assert_int_equal(f->count, i);
	}
	assert_true(pthread_equal(f->ran_on, f->thread));
	stop(f);
}

static void event_call_waits_for_a_loop_that_has_not_begun(void **state)
{
	struct fixture *f = *state;

	/* The loop starts at any moment before or after the call. */
	start(f);
	assert_int_equal(event_loop_call(f->loop, note_thread, f), 0);
	assert_int_equal(f->count, 1);
	stop(f);
}

static void event_call_after_stop_is_refused(void **state)
{
	struct fixture *f = *state;

	start(f);
	stop(f);
	assert_int_equal(event_loop_call(f->loop, note_thread, f), -ESHUTDOWN);
	assert_int_equal(f->count, 0);
}

static void call_myself(void *aux)
{
	struct fixture *f = aux;

	f->result = event_loop_call(f->loop, note_thread, f);
}

static void event_call_from_its_own_thread_is_refused(void **state)
{
	struct fixture *f = *state;

	start(f);
	assert_int_equal(event_loop_call(f->loop, call_myself, f), 0);
	assert_int_equal(f->result, -EDEADLK);
	assert_int_equal(f->count, 0);
	stop(f);
}

/* --- many callers against one stop --- */

#define CALLERS 4

struct caller {
	struct fixture *f;
	pthread_t thread;
	int ran;
	int refused;
};

static atomic_int total;

static void add_one(void *aux)
{
	atomic_fetch_add(&total, 1);
}

static void *call_until_refused(void *aux)
{
	struct caller *c = aux;

	for (;;) {
		int rc = event_loop_call(c->f->loop, add_one, c);

		if (rc) {
			c->refused = rc;
			return NULL;
		}
		c->ran++;
	}
}

static void event_every_caller_ends_when_the_loop_stops(void **state)
{
	struct fixture *f = *state;
	struct caller callers[CALLERS] = {0};
	int ran = 0;

	atomic_store(&total, 0);
	start(f);
	for (int i = 0; i < CALLERS; i++) {
		callers[i].f = f;
		pthread_create(&callers[i].thread, NULL, call_until_refused, &callers[i]);
	}
	usleep(20000);
	stop(f);
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].refused, -ESHUTDOWN);
		ran += callers[i].ran;
	}
	/* What was answered 0 has run, what was refused has not. */
	assert_int_equal(ran, atomic_load(&total));
	assert_true(ran > 0);
}

struct deferred {
	struct fixture *f;
	struct event_source *source;
	int turns;
	int timers_seen;
};

static void count_one(void *aux)
{
	++*(int *)aux;
}

static void work_on(void *aux)
{
	struct deferred *d = aux;

	d->turns++;
	d->timers_seen = d->f->count;
	usleep(500);
	event_deferred_arm(d->source);
}

/* Work that never ends leaves others their turns, and does not run unasked. */
static void event_deferred_work_leaves_turns(void **state)
{
	struct fixture *f = *state;
	struct deferred d = {.f = f};
	struct event_source *never;

	assert_int_equal(event_add_deferred(f->loop, work_on, &d, &d.source), 0);
	assert_int_equal(event_add_deferred(f->loop, work_on, &d, &never), 0);
	assert_int_equal(event_deferred_arm(d.source), 0);
	f->limit = 10;
	assert_int_equal(event_add_timer(f->loop, 5, count_and_stop, f, &f->source), 0);
	start(f);
	pthread_join(f->thread, NULL);
	assert_int_equal(f->count, 10);
	assert_true(d.turns > 20);
	assert_true(d.timers_seen > 7);
	event_source_remove(d.source);
	event_source_remove(never);
}

static void event_deferred_work_is_done_once(void **state)
{
	struct fixture *f = *state;
	struct event_source *source;
	int once = 0;

	assert_int_equal(event_add_deferred(f->loop, count_one, &once, &source), 0);
	event_deferred_arm(source);
	event_deferred_arm(source);
	f->limit = 3;
	assert_int_equal(event_add_timer(f->loop, 5, count_and_stop, f, &f->source), 0);
	start(f);
	pthread_join(f->thread, NULL);
	assert_int_equal(once, 1);
	event_source_remove(source);
}

#define ROW(name) cmocka_unit_test_setup_teardown(event_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(timer_is_periodic),
		ROW(timer_period_changes_and_stops),
		ROW(timer_of_zero_waits_to_be_set),
		ROW(fd_is_read_and_may_remove_itself),
		ROW(fd_without_events_is_left_alone),
		ROW(signal_arrives),
		ROW(deferred_work_leaves_turns),
		ROW(deferred_work_is_done_once),
		ROW(call_runs_on_the_loops_thread),
		ROW(call_waits_for_a_loop_that_has_not_begun),
		ROW(call_after_stop_is_refused),
		ROW(call_from_its_own_thread_is_refused),
		ROW(every_caller_ends_when_the_loop_stops),
		ROW(calls_leave_turns_to_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
