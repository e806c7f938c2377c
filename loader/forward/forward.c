// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All forwarding threads: made with the first guest, told apart by their lanes.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "forward_private.h"

int forward_create(struct dp *dp, unsigned int n_shared, struct forward **out)
{
	struct forward *f = calloc(1, sizeof(*f));
	const unsigned int n_lanes = dp_config(dp)->forward_lanes;

	if (!f)
		return -ENOMEM;
	f->dp = dp;
	f->n_shared = n_shared < n_lanes ? n_shared : n_lanes;
	f->n_own = n_lanes - f->n_shared < XVS_MAX_OWN_THREADS ? n_lanes - f->n_shared
							       : XVS_MAX_OWN_THREADS;
	f->fault_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (f->fault_fd < 0) {
		free(f);
		return -errno;
	}
	*out = f;
	return 0;
}

void forward_destroy(struct forward *f)
{
	if (!f)
		return;
	for (int i = 0; i < XVS_MAX_FORWARD_THREADS; i++)
		thread_destroy(f->shared[i]);
	for (int i = 0; i < XVS_MAX_OWN_THREADS; i++)
		thread_destroy(f->own[i]);
	close(f->fault_fd);
	free(f);
}

unsigned int forward_n_own(const struct forward *f)
{
	return f->n_own;
}

int forward_fd(const struct forward *f)
{
	return f->fault_fd;
}

/* The first thing that is wrong with the guest's rings or memory. */
static const char *fault_of(const struct forward_guest *g)
{
	for (unsigned int i = 0; i < 2 * g->n_pairs; i++) {
		const struct vring *vr = vhost_dev_ring(g->dev, i);

		if (vring_reason(vr)[0])
			return vring_reason(vr);
	}
	return "the guest's memory is not there any more: its file was made shorter";
}

void forward_run(struct forward *f)
{
	__u64 count;

	if (read(f->fault_fd, &count, sizeof(count)) < 0)
		return;
	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		struct forward_guest *g = f->guests[i];

		if (g && __atomic_load_n(&g->fault, __ATOMIC_ACQUIRE))
			g->fault_fn(g->aux, fault_of(g));
	}
}

int forward_start(struct forward *f)
{
	int rc = 0;

	for (unsigned int i = 0; i < f->n_shared && !rc; i++)
		if (!f->shared[i])
			rc = thread_create(f, i, &f->shared[i]);
	return rc;
}

struct thread *forward_next_shared(struct forward *f)
{
	return f->shared[f->next_shared++ % f->n_shared];
}

/* --- threads of one's own --- */

void forward_guest_prefer(struct forward_guest *g, struct forward_device *d, unsigned int queue)
{
	g->tx_queue = queue;
	__atomic_store_n(&g->tx_device, d, __ATOMIC_RELEASE);
}

static int make_own(struct forward *f, struct thread **out)
{
	for (unsigned int i = 0; i < f->n_own; i++) {
		int rc;

		if (f->own[i])
			continue;
		rc = thread_create(f, f->n_shared + i, &f->own[i]);
		*out = f->own[i];
		return rc;
	}
	return -ENOSPC;
}

static void end_own(struct forward *f, struct thread *t)
{
	for (unsigned int i = 0; i < f->n_own; i++)
		if (f->own[i] == t)
			f->own[i] = NULL;
	thread_destroy(t);
}

int forward_guest_own(struct forward_guest *g, struct forward_device *d, unsigned int queue)
{
	struct thread *t;
	int rc;

	if (queue >= d->n_queues)
		return -ERANGE;
	if (d->queue[queue].owner && d->queue[queue].owner != g)
		return -EBUSY;
	if (g->own && g->tx_device == d && g->tx_queue == queue)
		return 0;
	forward_guest_share(g);
	rc = make_own(g->forward, &t);
	if (rc)
		return rc;
	forward_guest_prefer(g, d, queue);
	g->own = true;
	d->queue[queue].owner = g;
	device_queue_move(&d->queue[queue], t);
	guest_move(g, t);
	return 0;
}

/* Guest and queue go to one thread, so that what it sends stays in that queue. */
void forward_guest_share(struct forward_guest *g)
{
	struct thread *own = g->thread, *to;
	struct device_queue *q;

	if (!g->own)
		return;
	to = forward_next_shared(g->forward);
	q = &g->tx_device->queue[g->tx_queue];
	guest_move(g, to);
	device_queue_move(q, to);
	q->owner = NULL;
	g->own = false;
	end_own(g->forward, own);
}
