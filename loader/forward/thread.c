// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A forwarding thread: polls its active sources in turn, a batch each; sleeps when
 * none is left. What a source's descriptor announces makes it active again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "forward_private.h"
#include "log.h"

#define MODULE "forward"
#define MAX_EVENTS 64

void thread_activate(struct thread *t, struct source *s)
{
	struct source **link = &t->active;

	s->idle = 0;
	if (s->active)
		return;
	s->active = true;
	s->next = NULL;
	/* Behind all others: poll_sources() may be on its way through the list. */
	while (*link)
		link = &(*link)->next;
	*link = s;
}

void thread_dirty(struct thread *t, struct vring *vr)
{
	for (unsigned int i = 0; i < t->n_dirty; i++)
		if (t->dirty[i] == vr)
			return;
	if (t->n_dirty == sizeof(t->dirty) / sizeof(t->dirty[0]))
		thread_flush(t);
	t->dirty[t->n_dirty++] = vr;
}

void thread_hold(struct thread *t, struct vring *rx)
{
	if (t->held == rx)
		return;
	thread_release(t);
	vring_lock(rx);
	t->held = rx;
}

void thread_release(struct thread *t)
{
	if (t->held)
		vring_unlock(t->held);
	t->held = NULL;
}

void thread_flush(struct thread *t)
{
	thread_release(t);
	for (unsigned int i = 0; i < t->n_dirty; i++) {
		vring_lock(t->dirty[i]);
		vring_flush(t->dirty[i]);
		vring_unlock(t->dirty[i]);
	}
	t->n_dirty = 0;
	device_flush(t);
}

static int watch(struct thread *t, struct source *s)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.ptr = s};

	if (s->fd < 0 || s->watched)
		return 0;
	if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, s->fd, &ev))
		return -errno;
	s->watched = true;
	return 0;
}

static void unwatch(struct thread *t, struct source *s)
{
	if (s->watched)
		epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, s->fd, NULL);
	s->watched = false;
}

/* May it leave the list? What its descriptor announced while nobody watched is
 * announced when it is watched again. */
static bool sleeps(struct thread *t, struct source *s)
{
	s->busy = 0;
	return (!s->sleep || s->sleep(s)) && !watch(t, s);
}

/* One batch of each active source; those that are done leave the list. */
static void poll_sources(struct thread *t)
{
	struct source **link = &t->active;

	while (*link) {
		struct source *s = *link;
		int n = s->poll(t, s);

		thread_release(t);
		if (n > 0) {
			s->idle = 0;
			if (++s->busy == FORWARD_BUSY_POLLS)
				unwatch(t, s);
		} else if (++s->idle >= FORWARD_IDLE_POLLS && sleeps(t, s)) {
			*link = s->next;
			s->active = false;
			continue;
		}
		link = &s->next;
	}
}

static void wake_sources(struct thread *t, int timeout_ms)
{
	struct epoll_event events[MAX_EVENTS];
	__u64 count;
	int n;

	n = epoll_wait(t->epoll_fd, events, MAX_EVENTS, timeout_ms);
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (!s) {
			if (read(t->wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
				log_warn_rl(MODULE, "wake-up: %s", strerror(errno));
			continue;
		}
		thread_activate(t, s);
	}
}

static void run_call(struct thread *t)
{
	if (!__atomic_load_n(&t->call_fn, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&t->call_lock);
	if (t->call_fn) {
		t->call_fn(t, t->call_aux);
		__atomic_store_n(&t->call_fn, NULL, __ATOMIC_RELEASE);
		pthread_cond_broadcast(&t->call_done);
	}
	pthread_mutex_unlock(&t->call_lock);
}

/* How often descriptors are looked at while there is work. */
#define ROUNDS_PER_LOOK 16

static void *thread_main(void *aux)
{
	struct thread *t = aux;
	unsigned int round = 0;
	char name[16];

	/* As top -H shows it. */
	snprintf(name, sizeof(name), "xvs-forward-%u", t->lane);
	pthread_setname_np(pthread_self(), name);
	dp_reader_begin();
	while (!__atomic_load_n(&t->stop, __ATOMIC_ACQUIRE)) {
		if (!t->active) {
			dp_reader_sleeps();
			wake_sources(t, -1);
			dp_reader_wakes();
		} else if (++round % ROUNDS_PER_LOOK == 0) {
			wake_sources(t, 0);
		}
		run_call(t);
		frame_path_tick(t->path);
		poll_sources(t);
		thread_flush(t);
		dp_reader_quiescent();
	}
	dp_reader_end();
	return NULL;
}

static void thread_free(struct thread *t)
{
	if (t->epoll_fd >= 0)
		close(t->epoll_fd);
	if (t->wake_fd >= 0)
		close(t->wake_fd);
	frame_path_destroy(t->path);
	pthread_mutex_destroy(&t->call_lock);
	pthread_cond_destroy(&t->call_done);
	free(t->packets);
	free(t->bounce);
	free(t);
}

static int thread_open(struct thread *t)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};

	t->packets = calloc(FORWARD_BATCH, sizeof(*t->packets));
	t->bounce = malloc(VRING_MAX_FRAME + sizeof(struct virtio_net_hdr_mrg_rxbuf));
	if (!t->packets || !t->bounce)
		return -ENOMEM;
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->epoll_fd < 0 || t->wake_fd < 0 ||
	    epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, t->wake_fd, &ev))
		return -errno;
	return frame_path_create(t->forward->dp, t->lane, &t->path);
}

int thread_create(struct forward *f, __u32 lane, struct thread **out)
{
	struct thread *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->forward = f;
	t->lane = lane;
	t->epoll_fd = t->wake_fd = -1;
	pthread_mutex_init(&t->call_lock, NULL);
	pthread_cond_init(&t->call_done, NULL);
	rc = thread_open(t);
	if (!rc)
		rc = -pthread_create(&t->id, NULL, thread_main, t);
	if (rc) {
		thread_free(t);
		return rc;
	}
	*out = t;
	return 0;
}

static void wake(struct thread *t)
{
	const __u64 one = 1;

	/* It cannot fail but for a counter that is full: then it is awake. */
	if (write(t->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_warn_rl(MODULE, "wake-up: %s", strerror(errno));
}

void thread_destroy(struct thread *t)
{
	if (!t)
		return;
	__atomic_store_n(&t->stop, true, __ATOMIC_RELEASE);
	wake(t);
	pthread_join(t->id, NULL);
	thread_free(t);
}

void thread_call(struct thread *t, void (*fn)(struct thread *t, void *aux), void *aux)
{
	pthread_mutex_lock(&t->call_lock);
	t->call_aux = aux;
	__atomic_store_n(&t->call_fn, fn, __ATOMIC_RELEASE);
	wake(t);
	while (t->call_fn)
		pthread_cond_wait(&t->call_done, &t->call_lock);
	pthread_mutex_unlock(&t->call_lock);
}

static void nothing(struct thread *t, void *aux)
{
}

void thread_barrier(struct forward *f)
{
	for (int i = 0; i < XVS_MAX_FORWARD_THREADS; i++)
		if (f->shared[i])
			thread_call(f->shared[i], nothing, NULL);
	for (int i = 0; i < XVS_MAX_OWN_THREADS; i++)
		if (f->own[i])
			thread_call(f->own[i], nothing, NULL);
}

static void add_on_thread(struct thread *t, void *aux)
{
	struct source *s = aux;
	int err = watch(t, s);

	s->thread = t;
	if (err)
		log_warn_rl(MODULE, "a source cannot be watched: %s", strerror(-err));
	thread_activate(t, s);
}

void thread_add(struct thread *t, struct source *s)
{
	thread_call(t, add_on_thread, s);
}

static void remove_on_thread(struct thread *t, void *aux)
{
	struct source *s = aux;

	unwatch(t, s);
	for (struct source **link = &t->active; *link; link = &(*link)->next) {
		if (*link != s)
			continue;
		*link = s->next;
		break;
	}
	s->active = false;
	s->thread = NULL;
}

void thread_remove(struct source *s)
{
	if (s->thread)
		thread_call(s->thread, remove_on_thread, s);
}

__u64 thread_cpu_ns(const struct thread *t)
{
	struct timespec spent;
	clockid_t clock;

	if (pthread_getcpuclockid(t->id, &clock) || clock_gettime(clock, &spent))
		return 0;
	return (__u64)spent.tv_sec * 1000000000 + (__u64)spent.tv_nsec;
}
