// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A device's sockets: what XDP redirected to them goes into guests' rings, and what
 * guests send out of the device goes out by them.
 */
#include "forward_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "csum_finish.h"
#include "xsk.h"

/* A batch waits in the ring while one is copied; a burst of a guest's fits. */
#define DEVICE_RX_CHUNKS 512
#define DEVICE_TX_CHUNKS 256

struct forward_device *forward_device_of(const struct forward *f, __u32 port_no)
{
	if (port_no >= XVS_MAX_PORTS)
		return NULL;
	return __atomic_load_n(&f->devices[port_no], __ATOMIC_ACQUIRE);
}

/* --- from the device --- */

static void to_guest(struct thread *t, const struct device_queue *q, const struct xsk_frame *frame)
{
	static const struct virtio_net_hdr no_offloads;
	const struct iovec iov = {frame->data, frame->len};
	struct forward_guest *g = forward_guest_of(t->forward, frame->port_no);

	if (!g || guest_send(t, g, q->index, &no_offloads, &iov, 1, frame->len))
		frame_count_egress_failed(t->path, frame->port_no & (XVS_MAX_PORTS - 1));
}

static int socket_poll(struct thread *t, struct source *s)
{
	struct device_queue *q = SOURCE_OF(s, struct device_queue, source);
	struct xsk_frame frames[FORWARD_BATCH];
	size_t n = xsk_receive(q->xsk, frames, FORWARD_BATCH);

	for (size_t i = 0; i < n; i++)
		to_guest(t, q, &frames[i]);
	xsk_release(q->xsk, frames, n);
	/* What the device's queue had no room for. */
	if (xsk_tx_pending(q->xsk))
		xsk_tx_flush(q->xsk);
	return (int)n;
}

static bool socket_sleep(struct source *s)
{
	struct device_queue *q = SOURCE_OF(s, struct device_queue, source);

	return !xsk_tx_pending(q->xsk);
}

/* --- to the device --- */

/* A socket of this thread's, the same one for all that came by queue 'i' [FWD4]. */
static struct device_queue *queue_of(const struct thread *t, struct forward_device *d,
				     unsigned int i)
{
	for (unsigned int k = 0; k < d->n_queues; k++) {
		struct device_queue *q = &d->queue[(i + k) % d->n_queues];

		if (q->source.thread == t)
			return q;
	}
	return NULL;
}

bool device_sends(const struct thread *t, struct forward_device *d, __u32 len)
{
	return len <= XVS_XSK_FRAME_MAX && queue_of(t, d, 0);
}

static void mark_dirty(struct thread *t, struct device_queue *q)
{
	for (unsigned int i = 0; i < t->n_tx_dirty; i++)
		if (t->tx_dirty[i] == q)
			return;
	if (t->n_tx_dirty == sizeof(t->tx_dirty) / sizeof(t->tx_dirty[0]))
		device_flush(t);
	t->tx_dirty[t->n_tx_dirty++] = q;
}

int device_send(struct thread *t, struct forward_device *d, unsigned int i,
		const struct virtio_net_hdr *hdr, const struct iovec *iov, int n_iov, __u32 len)
{
	struct device_queue *q = queue_of(t, d, i);
	__u8 *to, *at;

	if (!q)
		return -ENODEV;
	if (!xsk_tx_room(q->xsk))
		xsk_tx_flush(q->xsk);
	to = at = xsk_tx_next(q->xsk);
	if (!to)
		return -ENOBUFS;
	for (int k = 0; k < n_iov; k++) {
		memcpy(at, iov[k].iov_base, iov[k].iov_len);
		at += iov[k].iov_len;
	}
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		csum_finish(to, len, hdr->csum_start, hdr->csum_offset);
	xsk_tx_put(q->xsk, len);
	mark_dirty(t, q);
	return 0;
}

void device_flush(struct thread *t)
{
	for (unsigned int i = 0; i < t->n_tx_dirty; i++)
		/* What it does not take now is tried again by the source. */
		if (xsk_tx_flush(t->tx_dirty[i]->xsk))
			thread_activate(t, &t->tx_dirty[i]->source);
	t->n_tx_dirty = 0;
}

/* A link that is down takes nothing: no longer than this. */
#define DRAIN_TRIES 1000
#define DRAIN_NS 100000

static void drain(struct device_queue *q)
{
	const struct timespec pause = {.tv_nsec = DRAIN_NS};

	for (int i = 0; i < DRAIN_TRIES && xsk_tx_pending(q->xsk); i++)
		if (xsk_tx_flush(q->xsk))
			nanosleep(&pause, NULL);
}

static void drain_all(struct thread *t, void *aux)
{
	struct forward *f = t->forward;

	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		struct forward_device *d = f->devices[i];

		for (unsigned int k = 0; d && k < d->n_queues; k++)
			if (d->queue[k].source.thread == t)
				drain(&d->queue[k]);
	}
}

void device_drain(struct thread *t)
{
	thread_call(t, drain_all, NULL);
}

/* --- life --- */

void device_queue_move(struct device_queue *q, struct thread *to)
{
	thread_remove(&q->source);
	drain(q);
	thread_add(to, &q->source);
}

static int open_queue(struct forward_device *d, const char *device, struct err *err)
{
	const struct xsk_options options = {.rx_chunks = DEVICE_RX_CHUNKS,
					    .tx_chunks = DEVICE_TX_CHUNKS};
	struct device_queue *q = &d->queue[d->n_queues];
	int rc = xsk_open(device, d->n_queues, &options, &q->xsk, err);

	if (rc)
		return rc;
	q->index = d->n_queues;
	q->source =
		(struct source){.poll = socket_poll, .sleep = socket_sleep, .fd = xsk_fd(q->xsk)};
	rc = dp_rx_socket_set(d->forward->dp, d->port_no, q->index, q->source.fd);
	if (rc) {
		xsk_close(q->xsk);
		return err_set(err, rc, XVS_RPC_FAILED, device, "%s: its sockets: %s", device,
			       strerror(-rc));
	}
	d->n_queues++;
	return 0;
}

int forward_device_add(struct forward *f, __u16 port_no, const char *device,
		       struct forward_device **out, struct err *err)
{
	struct forward_device *d = calloc(1, sizeof(*d));
	struct err end;
	int rc = d ? 0 : -ENOMEM;

	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, device, "%s: out of memory", device);
	d->forward = f;
	d->port_no = port_no;
	err_init(&end);
	while (!rc && d->n_queues < XVS_XSK_QUEUES)
		rc = open_queue(d, device, d->n_queues ? &end : err);
	err_fini(&end);
	if (!d->n_queues) {
		free(d);
		return rc;
	}
	for (unsigned int i = 0; i < d->n_queues; i++)
		thread_add(forward_next_shared(f), &d->queue[i].source);
	__atomic_store_n(&f->devices[port_no], d, __ATOMIC_RELEASE);
	*out = d;
	return 0;
}

/* Guests that own a queue of it go back to the shared threads. */
static void take_back(struct forward_device *d)
{
	for (unsigned int i = 0; i < d->n_queues; i++)
		if (d->queue[i].owner)
			forward_guest_share(d->queue[i].owner);
}

void forward_device_remove(struct forward_device *d)
{
	struct forward *f;

	if (!d)
		return;
	f = d->forward;
	take_back(d);
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (f->guests[i] && f->guests[i]->tx_device == d)
			f->guests[i]->tx_device = NULL;
	dp_rx_sockets_clear(f->dp, d->port_no);
	__atomic_store_n(&f->devices[d->port_no], NULL, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < d->n_queues; i++)
		thread_remove(&d->queue[i].source);
	thread_barrier(f);
	for (unsigned int i = 0; i < d->n_queues; i++)
		xsk_close(d->queue[i].xsk);
	free(d);
}

void forward_device_info(const struct forward_device *d, struct forward_device_info *out)
{
	out->n_queues = d->n_queues;
	out->zero_copy = xsk_is_zero_copy(d->queue[0].xsk);
}
