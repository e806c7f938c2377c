// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Event loops over sd-event, and the mailbox between threads: a list of calls
 * under a mutex, an eventfd that wakes the loop, a condition that wakes the
 * caller.
 */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>
#include <unistd.h>

/* Timers may be this late, so that those of one moment share a wake-up. */
#define TIMER_ACCURACY_US 1000

/* Lives on the stack of the thread that waits for it. */
struct call {
	void (*fn)(void *aux);
	void *aux;
	struct call *next;
	int status; /* 1: waiting; 0: has run; -ESHUTDOWN: never will */
};

struct event_loop {
	sd_event *sd;
	sd_event_source *mailbox;
	int wake_fd; /* eventfd */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t done; /* a call's status changed */
	struct call *first;
	struct call **last;
	bool stop_asked;
	bool stopped;
	bool running;
	pthread_t thread; /* valid while running */
};

struct event_source {
	sd_event_source *sd;
	union {
		event_fd_fn fd_fn;
		event_timer_fn timer_fn;
	};
	void *aux;
	uint64_t period_us;
};

/* Takes the first call; NULL: none. */
static struct call *take_call(struct event_loop *loop)
{
	struct call *call;

	pthread_mutex_lock(&loop->lock);
	call = loop->first;
	if (call) {
		loop->first = call->next;
		if (!loop->first)
			loop->last = &loop->first;
	}
	pthread_mutex_unlock(&loop->lock);
	return call;
}

/* After this the caller may be gone, and 'call' with it. */
static void end_call(struct event_loop *loop, struct call *call, int status)
{
	pthread_mutex_lock(&loop->lock);
	call->status = status;
	pthread_cond_broadcast(&loop->done);
	pthread_mutex_unlock(&loop->lock);
}

static void wake(struct event_loop *loop)
{
	uint64_t one = 1;
	ssize_t n;

	/* Full means that the loop is going to wake up anyway. */
	n = write(loop->wake_fd, &one, sizeof(one));
	(void)n;
}

/* Runs the first call; false: there was none. */
static bool run_call(struct event_loop *loop)
{
	struct call *call = take_call(loop);

	if (!call)
		return false;
	call->fn(call->aux);
	end_call(loop, call, 0);
	return true;
}

/*
 * One call a turn: a caller that is awake at once and comes again would
 * otherwise keep every other source waiting, for as long as it has work. Once
 * the loop is to stop no more calls are taken, and those that wait still run.
 */
static int on_mailbox(sd_event_source *s, int fd, uint32_t revents, void *aux)
{
	struct event_loop *loop = aux;
	bool stop, more;
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
		return -errno;
	run_call(loop);
	pthread_mutex_lock(&loop->lock);
	stop = loop->stop_asked;
	more = loop->first;
	pthread_mutex_unlock(&loop->lock);
	if (!stop) {
		if (more)
			wake(loop);
		return 0;
	}
	while (run_call(loop))
		;
	return sd_event_exit(loop->sd, 0);
}

int event_loop_create(struct event_loop **out)
{
	struct event_loop *loop = calloc(1, sizeof(*loop));
	int rc;

	if (!loop)
		return -ENOMEM;
	loop->last = &loop->first;
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->done, NULL);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (loop->wake_fd < 0) {
		rc = -errno;
		goto err;
	}
	rc = sd_event_new(&loop->sd);
	if (rc < 0)
		goto err;
	rc = sd_event_add_io(loop->sd, &loop->mailbox, loop->wake_fd, EPOLLIN, on_mailbox, loop);
	if (rc < 0)
		goto err;
	*out = loop;
	return 0;
err:
	event_loop_destroy(loop);
	return rc;
}

/* Nobody will run the calls that wait, and none is taken any more. */
static void close_mailbox(struct event_loop *loop)
{
	struct call *call;

	pthread_mutex_lock(&loop->lock);
	loop->stopped = true;
	loop->running = false;
	pthread_mutex_unlock(&loop->lock);
	while ((call = take_call(loop)))
		end_call(loop, call, -ESHUTDOWN);
}

void event_loop_destroy(struct event_loop *loop)
{
	if (!loop)
		return;
	close_mailbox(loop);
	sd_event_source_disable_unref(loop->mailbox);
	sd_event_unref(loop->sd);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	pthread_cond_destroy(&loop->done);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

int event_loop_run(struct event_loop *loop)
{
	int rc;

	pthread_mutex_lock(&loop->lock);
	loop->thread = pthread_self();
	loop->running = true;
	pthread_mutex_unlock(&loop->lock);
	rc = sd_event_loop(loop->sd);
	close_mailbox(loop);
	return rc < 0 ? rc : 0;
}

void event_loop_stop(struct event_loop *loop)
{
	pthread_mutex_lock(&loop->lock);
	loop->stop_asked = true;
	pthread_mutex_unlock(&loop->lock);
	wake(loop);
}

int event_loop_call(struct event_loop *loop, void (*fn)(void *aux), void *aux)
{
	struct call call = {.fn = fn, .aux = aux, .status = 1};

	pthread_mutex_lock(&loop->lock);
	if (loop->stopped || loop->stop_asked) {
		pthread_mutex_unlock(&loop->lock);
		return -ESHUTDOWN;
	}
	if (loop->running && pthread_equal(loop->thread, pthread_self())) {
		pthread_mutex_unlock(&loop->lock);
		return -EDEADLK;
	}
	*loop->last = &call;
	loop->last = &call.next;
	wake(loop);
	while (call.status > 0)
		pthread_cond_wait(&loop->done, &loop->lock);
	pthread_mutex_unlock(&loop->lock);
	return call.status;
}

static struct event_source *source_new(void *aux)
{
	struct event_source *s = calloc(1, sizeof(*s));

	if (s)
		s->aux = aux;
	return s;
}

/* Hands 's' out, or frees it when sd-event refused. From here on it lives as
 * long as its sd-event source, which a callback that removes it still holds; a
 * source that nobody takes belongs to the loop. */
static int source_finish(struct event_source *s, int rc, struct event_source **out)
{
	if (rc < 0) {
		free(s);
		return rc;
	}
	sd_event_source_set_destroy_callback(s->sd, free);
	if (out) {
		*out = s;
		return 0;
	}
	rc = sd_event_source_set_floating(s->sd, 1);
	sd_event_source_unref(s->sd);
	return rc < 0 ? rc : 0;
}

static int on_fd(sd_event_source *sd, int fd, uint32_t revents, void *aux)
{
	struct event_source *s = aux;

	s->fd_fn(s->aux, fd, revents);
	return 0;
}

int event_add_fd(struct event_loop *loop, int fd, uint32_t events, event_fd_fn fn, void *aux,
		 struct event_source **out)
{
	struct event_source *s = source_new(aux);

	if (!s)
		return -ENOMEM;
	s->fd_fn = fn;
	return source_finish(s, sd_event_add_io(loop->sd, &s->sd, fd, events, on_fd, s), out);
}

int event_fd_set_events(struct event_source *s, uint32_t events)
{
	int rc = sd_event_source_set_io_events(s->sd, events);

	return rc < 0 ? rc : 0;
}

static int timer_arm(struct event_source *s)
{
	int rc;

	if (!s->period_us)
		return sd_event_source_set_enabled(s->sd, SD_EVENT_OFF);
	rc = sd_event_source_set_time_relative(s->sd, s->period_us);
	if (rc < 0)
		return rc;
	return sd_event_source_set_enabled(s->sd, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *sd, uint64_t usec, void *aux)
{
	struct event_source *s = aux;
	int rc = timer_arm(s);

	/* Armed again first: the callback may change the period. */
	s->timer_fn(s->aux);
	return rc;
}

int event_add_timer(struct event_loop *loop, uint64_t period_ms, event_timer_fn fn, void *aux,
		    struct event_source **out)
{
	struct event_source *s = source_new(aux);
	int rc;

	if (!s)
		return -ENOMEM;
	s->timer_fn = fn;
	s->period_us = period_ms * 1000;
	rc = sd_event_add_time_relative(loop->sd, &s->sd, CLOCK_MONOTONIC, s->period_us,
					TIMER_ACCURACY_US, on_timer, s);
	if (rc >= 0 && !period_ms)
		rc = sd_event_source_set_enabled(s->sd, SD_EVENT_OFF);
	if (rc < 0)
		sd_event_source_disable_unref(s->sd);
	return source_finish(s, rc, out);
}

int event_timer_set(struct event_source *s, uint64_t period_ms)
{
	int rc;

	s->period_us = period_ms * 1000;
	rc = timer_arm(s);
	return rc < 0 ? rc : 0;
}

static int on_deferred(sd_event_source *sd, int fd, uint32_t revents, void *aux)
{
	struct event_source *s = aux;

	s->timer_fn(s->aux);
	return 0;
}

/* A descriptor that is always readable, watched for one turn at a time. Not a
 * source of sd-event's kind "defer": one that is armed again and again has been
 * pending for the longest of all, and nothing else ever gets a turn. */
int event_add_deferred(struct event_loop *loop, event_timer_fn fn, void *aux,
		       struct event_source **out)
{
	struct event_source *s = source_new(aux);
	int fd, rc;

	if (!s)
		return -ENOMEM;
	s->timer_fn = fn;
	fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = fd < 0 ? -errno : sd_event_add_io(loop->sd, &s->sd, fd, EPOLLIN, on_deferred, s);
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return source_finish(s, rc, out);
	}
	sd_event_source_set_io_fd_own(s->sd, 1);
	rc = sd_event_source_set_enabled(s->sd, SD_EVENT_OFF);
	if (rc < 0)
		sd_event_source_disable_unref(s->sd);
	return source_finish(s, rc, out);
}

int event_deferred_arm(struct event_source *s)
{
	int rc = sd_event_source_set_enabled(s->sd, SD_EVENT_ONESHOT);

	return rc < 0 ? rc : 0;
}

static int on_signal(sd_event_source *sd, const struct signalfd_siginfo *info, void *aux)
{
	struct event_source *s = aux;

	s->timer_fn(s->aux);
	return 0;
}

int event_add_signal(struct event_loop *loop, int signo, event_timer_fn fn, void *aux,
		     struct event_source **out)
{
	struct event_source *s = source_new(aux);

	if (!s)
		return -ENOMEM;
	s->timer_fn = fn;
	return source_finish(s, sd_event_add_signal(loop->sd, &s->sd, signo, on_signal, s), out);
}

void event_source_remove(struct event_source *s)
{
	if (s)
		sd_event_source_disable_unref(s->sd);
}
