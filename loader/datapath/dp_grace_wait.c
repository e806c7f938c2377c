// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two ways to wait for running programs. membarrier(GLOBAL) runs
 * synchronize_rcu() in the kernel, except where no CPU may be disturbed
 * (nohz_full: refused) or one CPU is online (no wait at all). An update of a map
 * of maps waits as well, so that no program is left with the map that was there
 * before. Either takes about 10 ms, hence the thread. The forwarding threads follow,
 * of which one that is awake takes as long as a batch. dp_grace.c is the caller.
 */
#include "dp_grace_wait.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dp_private.h"
#include "log.h"

struct dp_grace_wait {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool wanted, stop; /* under the lock */
	int event_fd;
	bool use_membarrier;
	int inner_fd[2], outer_fd; /* the thread's, once it runs */
	unsigned int turn;
};

bool dp_membarrier_works(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return commands > 0 && (commands & MEMBARRIER_CMD_GLOBAL) &&
	       sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

static int wait_once(struct dp_grace_wait *w)
{
	__u32 key = 0;

	/* CPUs may have gone off line since the start. */
	if (w->use_membarrier && sysconf(_SC_NPROCESSORS_ONLN) > 1 &&
	    !syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		return 0;
	w->turn ^= 1;
	if (bpf_map_update_elem(w->outer_fd, &key, &w->inner_fd[w->turn], BPF_ANY))
		return -errno;
	return 0;
}

static void wait_until_done(struct dp_grace_wait *w)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	const uint64_t one = 1;
	int err;

	while ((err = wait_once(w))) {
		bool stop;

		log_warn_rl("grace", "grace period: cannot wait (error %d): trying again", -err);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&w->lock);
		stop = w->stop;
		pthread_mutex_unlock(&w->lock);
		if (stop)
			return;
	}
	dp_readers_wait();
	/* Never full: at most one is outstanding. */
	while (write(w->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void *wait_main(void *aux)
{
	struct dp_grace_wait *w = aux;
	bool stop;

	do {
		pthread_mutex_lock(&w->lock);
		while (!w->wanted && !w->stop)
			pthread_cond_wait(&w->cond, &w->lock);
		stop = w->stop;
		w->wanted = false;
		pthread_mutex_unlock(&w->lock);
		if (!stop)
			wait_until_done(w);
	} while (!stop);
	return NULL;
}

static int maps_create(struct dp_grace_wait *w)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);

	for (int i = 0; i < 2; i++) {
		w->inner_fd[i] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xvs_grace_in", 4, 4, 1, NULL);
		if (w->inner_fd[i] < 0)
			return -errno;
	}
	opts.inner_map_fd = (__u32)w->inner_fd[0];
	w->outer_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "xvs_grace", 4, 4, 1, &opts);
	return w->outer_fd < 0 ? -errno : 0;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void wait_free(struct dp_grace_wait *w)
{
	close_fd(w->outer_fd);
	close_fd(w->inner_fd[0]);
	close_fd(w->inner_fd[1]);
	close_fd(w->event_fd);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int dp_grace_wait_open(bool use_membarrier, struct dp_grace_wait **out)
{
	struct dp_grace_wait *w = calloc(1, sizeof(*w));
	sigset_t all, old;
	int err;

	if (!w)
		return -ENOMEM;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->cond, NULL);
	w->use_membarrier = use_membarrier;
	w->inner_fd[0] = w->inner_fd[1] = w->outer_fd = -1;
	w->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = w->event_fd < 0 ? -errno : maps_create(w);
	if (err)
		goto err_free;

	/* Signals are for the threads that wait for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&w->thread, NULL, wait_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err)
		goto err_free;
	*out = w;
	return 0;

err_free:
	wait_free(w);
	return err;
}

void dp_grace_wait_close(struct dp_grace_wait *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	wait_free(w);
}

void dp_grace_wait_start(struct dp_grace_wait *w)
{
	pthread_mutex_lock(&w->lock);
	w->wanted = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

bool dp_grace_wait_over(struct dp_grace_wait *w)
{
	uint64_t n;

	return read(w->event_fd, &n, sizeof(n)) == sizeof(n);
}

int dp_grace_wait_fd(const struct dp_grace_wait *w)
{
	return w->event_fd;
}
