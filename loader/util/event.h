/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An event loop of one thread, and a mailbox to run work on it from another:
 * a thin layer over sd-event.
 *
 * All calls belong to the loop's own thread but event_loop_call and
 * event_loop_stop, which are for others.
 */
#ifndef UTIL_EVENT_H
#define UTIL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

struct event_loop;
struct event_source;

int event_loop_create(struct event_loop **out); /* 0 or -errno */
void event_loop_destroy(struct event_loop *loop);
/* Until event_loop_stop; 0 or -errno. */
int event_loop_run(struct event_loop *loop);
void event_loop_stop(struct event_loop *loop);

/* Called while 'fd' has 'events' (EPOLLIN, ...). */
typedef void (*event_fd_fn)(void *aux, int fd, uint32_t events);
int event_add_fd(struct event_loop *loop, int fd, uint32_t events, event_fd_fn fn, void *aux,
		 struct event_source **out);
int event_fd_set_events(struct event_source *s, uint32_t events);
/* Called every 'period_ms'; it may be changed; 0 stops it. */
typedef void (*event_timer_fn)(void *aux);
int event_add_timer(struct event_loop *loop, uint64_t period_ms, event_timer_fn fn, void *aux,
		    struct event_source **out);
int event_timer_set(struct event_source *s, uint64_t period_ms);
/* Called once, in a turn after this one, each time that it was armed: for work
 * that goes on without anything to wait for, and leaves others their turns. */
int event_add_deferred(struct event_loop *loop, event_timer_fn fn, void *aux,
		       struct event_source **out);
int event_deferred_arm(struct event_source *s);
/* A signal, which every thread must have blocked. */
int event_add_signal(struct event_loop *loop, int signo, event_timer_fn fn, void *aux,
		     struct event_source **out);
void event_source_remove(struct event_source *s); /* NULL is a no-op */

/* Runs fn(aux) on the loop's thread and waits for its end. Returns -ESHUTDOWN,
 * without running it, once the loop has stopped. Not from the loop's thread. */
int event_loop_call(struct event_loop *loop, void (*fn)(void *aux), void *aux);

#endif /* UTIL_EVENT_H */
