// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A guest's sources: its TX rings, and its tap with what the kernel has for it.
 */
#include "forward_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct forward_guest *forward_guest_of(const struct forward *f, __u32 port_no)
{
	if (port_no >= XVS_MAX_PORTS)
		return NULL;
	return __atomic_load_n(&f->guests[port_no], __ATOMIC_ACQUIRE);
}

void guest_fault(struct forward_guest *g)
{
	const __u64 one = 1;

	/* A counter that is full has woken the reader already. */
	if (!__atomic_exchange_n(&g->fault, true, __ATOMIC_ACQ_REL))
		(void)!write(g->forward->fault_fd, &one, sizeof(one));
}

static bool is_broken(const struct vring *vr)
{
	return vring_reason(vr)[0] || (vr->mem && guest_mem_is_broken(vr->mem));
}

/* The ring with the number of the queue, so that what one queue sends stays in one
 * ring [FWD4]. */
struct vring *guest_rx(struct forward_guest *g, unsigned int i)
{
	__u32 ready = __atomic_load_n(&g->rx_ready, __ATOMIC_RELAXED);

	if (!ready)
		return NULL;
	i %= g->n_pairs;
	while (!(ready & (1U << i)))
		i = (i + 1) % g->n_pairs;
	return g->queue[i].rx;
}

int guest_send(struct thread *t, struct forward_guest *g, unsigned int i,
	       const struct virtio_net_hdr *hdr, const struct iovec *iov, int n_iov, __u32 len)
{
	struct vring *rx = guest_rx(g, i);
	int rc;

	if (!rx)
		return -ENOBUFS;
	thread_hold(t, rx);
	rc = vring_is_ready(rx) ? vring_rx_send(rx, hdr, iov, n_iov, len) : -ENOBUFS;
	if (is_broken(rx))
		guest_fault(g);
	if (!rc)
		thread_dirty(t, rx);
	else if (rc == -ENOBUFS)
		__atomic_fetch_add(&g->no_room, 1, __ATOMIC_RELAXED);
	return rc;
}

/* --- from the guest --- */

/* The kernel checks the header, which is the guest's, by itself. */
static void hand_up(struct thread *t, struct guest_queue *q, struct vring_packet *packet)
{
	struct virtio_net_hdr_mrg_rxbuf hdr = {.hdr = packet->hdr};
	struct iovec iov[VRING_MAX_PIECES + 1];
	int n = packet->n_iov;

	/* What was put before must not come behind. */
	device_flush(t);
	iov[0].iov_base = &hdr;
	iov[0].iov_len = q->tx->format.hdr_len;
	memcpy(&iov[1], packet->iov, (size_t)n * sizeof(iov[0]));
	if (writev(q->tap_fd, iov, n + 1) >= 0) {
		q->guest->handed_up++;
		return;
	}
	frame_count_lost(t->path, q->guest->port_no, packet->len);
	if (errno == EFAULT)
		guest_fault(q->guest);
}

static void take_packets(struct thread *t, struct guest_queue *q, int n)
{
	for (int i = 0; i < n; i++) {
		struct vring_packet *packet = &t->packets[i];

		/* Headers come from another core's cache. */
		if (i + 3 < n && t->packets[i + 3].n_iov)
			__builtin_prefetch(t->packets[i + 3].iov->iov_base);
		q->guest->packets++;
		q->guest->bytes += packet->len;
		if (frame_forward(t, q, packet) == FRAME_HANDED_UP)
			hand_up(t, q, packet);
	}
}

static int tx_poll(struct thread *t, struct source *s)
{
	struct guest_queue *q = SOURCE_OF(s, struct guest_queue, tx_source);
	int n = 0;

	vring_lock(q->tx);
	if (vring_is_ready(q->tx))
		n = vring_tx_receive(q->tx, t->packets, FORWARD_BATCH);
	if (n > 0) {
		take_packets(t, q, n);
		vring_tx_release(q->tx, t->packets, n);
		vring_flush(q->tx);
	}
	if (is_broken(q->tx))
		guest_fault(q->guest);
	vring_unlock(q->tx);
	return n;
}

static bool tx_sleep(struct source *s)
{
	struct guest_queue *q = SOURCE_OF(s, struct guest_queue, tx_source);
	bool sleeps = true;

	vring_lock(q->tx);
	if (vring_is_ready(q->tx))
		sleeps = vring_wait(q->tx);
	vring_unlock(q->tx);
	return sleeps;
}

/* --- to the guest --- */

/* A ring of fewer buffers may never have room for the largest frame at once. */
#define TAP_SMALL_RING 64

/* Room for the frame that comes next, as large as it may be: pieces, or <= 0. */
static int tap_reserve(struct guest_queue *q, struct iovec *iov)
{
	const __u64 segments = 1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6;
	bool large = q->guest->features & segments && q->rx->size > TAP_SMALL_RING;
	int n = vring_rx_reserve(q->rx, large ? VRING_MAX_FRAME : FRAME_LINEAR_MAX, iov,
				 VRING_MAX_PIECES);

	/* One buffer a frame: the guest has made them as large as it wants them. */
	return n == -EMSGSIZE ? vring_rx_reserve(q->rx, 1, iov, VRING_MAX_PIECES) : n;
}

/* A frame from the tap, straight into the guest's buffers. What is longer than the
 * room that there is ends in the bounce buffer: such a frame is lost, and counted.
 * 1; 0: there is no frame, or no room. */
static int tap_frame(struct thread *t, struct guest_queue *q)
{
	struct iovec iov[VRING_MAX_PIECES + 1];
	struct forward_guest *g = q->guest;
	ssize_t room = 0, len;
	int n = tap_reserve(q, iov);

	if (n <= 0)
		return 0;
	for (int i = 0; i < n; i++)
		room += (ssize_t)iov[i].iov_len;
	iov[n].iov_base = t->bounce;
	iov[n].iov_len = VRING_MAX_FRAME;
	len = readv(q->tap_fd, iov, n + 1);
	if (len < 0 && errno == EFAULT)
		guest_fault(g);
	if (len > room) {
		frame_count_egress_failed(t->path, g->port_no);
		__atomic_fetch_add(&g->no_room, 1, __ATOMIC_RELAXED);
	}
	vring_rx_commit(q->rx, len > 0 && len <= room ? (__u32)len : 0);
	return len > 0;
}

static int tap_poll(struct thread *t, struct source *s)
{
	struct guest_queue *q = SOURCE_OF(s, struct guest_queue, tap_source);
	int n = 0;

	vring_lock(q->rx);
	if (vring_is_ready(q->rx))
		while (n < FORWARD_BATCH && tap_frame(t, q))
			n++;
	if (n)
		vring_flush(q->rx);
	if (is_broken(q->rx))
		guest_fault(q->guest);
	vring_unlock(q->rx);
	return n;
}

/* A frame may wait in the tap for room in the ring: then a kick tells of that. */
static bool tap_sleep(struct source *s)
{
	struct guest_queue *q = SOURCE_OF(s, struct guest_queue, tap_source);
	struct iovec iov[VRING_MAX_PIECES + 1];
	bool sleeps = true;

	vring_lock(q->rx);
	if (vring_is_ready(q->rx)) {
		if (tap_reserve(q, iov) > 0) {
			vring_rx_commit(q->rx, 0);
			/* The tap's descriptor will tell: the guest need not. */
			vring_poll(q->rx);
		} else {
			sleeps = vring_wait(q->rx);
		}
	}
	vring_unlock(q->rx);
	return sleeps;
}

/* The guest has put buffers into its RX ring. */
static int rx_poll(struct thread *t, struct source *s)
{
	struct guest_queue *q = SOURCE_OF(s, struct guest_queue, rx_source);

	s->idle = FORWARD_IDLE_POLLS;
	if (q->tap_source.thread == t)
		thread_activate(t, &q->tap_source);
	return 0;
}

/* --- life --- */

static void queue_init(struct guest_queue *q, struct forward_guest *g, unsigned int i, int tap_fd)
{
	q->guest = g;
	q->index = i;
	q->rx = vhost_dev_ring(g->dev, 2 * i);
	q->tx = vhost_dev_ring(g->dev, 2 * i + 1);
	q->tap_fd = tap_fd;
	q->tx_source = (struct source){.poll = tx_poll, .sleep = tx_sleep, .fd = -1};
	q->rx_source = (struct source){.poll = rx_poll, .fd = -1};
	q->tap_source = (struct source){.poll = tap_poll, .sleep = tap_sleep, .fd = tap_fd};
}

int forward_guest_add(struct forward *f, const struct forward_guest_config *config,
		      struct forward_guest **out)
{
	struct forward_guest *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->forward = f;
	g->port_no = config->port_no;
	g->dev = config->dev;
	g->n_pairs = config->n_pairs;
	g->fault_fn = config->fault;
	g->aux = config->aux;
	for (unsigned int i = 0; i < g->n_pairs; i++)
		queue_init(&g->queue[i], g, i, config->tap_fds[i]);
	g->thread = forward_next_shared(f);
	__atomic_store_n(&f->guests[g->port_no], g, __ATOMIC_RELEASE);
	*out = g;
	return 0;
}

/* A ring's kick descriptor is the front end's to change: while the ring is ready we
 * watch a duplicate, which is ours. */
static void watch_ring(struct forward_guest *g, struct source *s, const struct vring *vr)
{
	s->fd = vr->kick_fd >= 0 ? fcntl(vr->kick_fd, F_DUPFD_CLOEXEC, 0) : -1;
	thread_add(g->thread, s);
}

static void unwatch_ring(struct source *s)
{
	thread_remove(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void forward_guest_ring(struct forward_guest *g, unsigned int i, bool ready)
{
	struct guest_queue *q = &g->queue[i / 2];
	const __u32 bit = 1U << i / 2;

	if (i & 1) {
		unwatch_ring(&q->tx_source);
		if (ready)
			watch_ring(g, &q->tx_source, q->tx);
		return;
	}
	if (!ready)
		__atomic_fetch_and(&g->rx_ready, ~bit, __ATOMIC_RELAXED);
	unwatch_ring(&q->rx_source);
	thread_remove(&q->tap_source);
	if (!ready)
		return;
	watch_ring(g, &q->rx_source, q->rx);
	thread_add(g->thread, &q->tap_source);
	__atomic_fetch_or(&g->rx_ready, bit, __ATOMIC_RELAXED);
}

void forward_guest_features(struct forward_guest *g, __u64 features)
{
	__atomic_store_n(&g->features, features, __ATOMIC_RELAXED);
	__atomic_store_n(&g->fault, false, __ATOMIC_RELEASE);
}

void guest_move(struct forward_guest *g, struct thread *to)
{
	struct source *moved[3 * VHOST_MAX_QUEUE_PAIRS];
	unsigned int n = 0;

	for (unsigned int i = 0; i < g->n_pairs; i++) {
		struct guest_queue *q = &g->queue[i];
		struct source *sources[] = {&q->tx_source, &q->rx_source, &q->tap_source};

		for (int k = 0; k < 3; k++) {
			if (!sources[k]->thread)
				continue;
			thread_remove(sources[k]);
			moved[n++] = sources[k];
		}
	}
	device_drain(g->thread);
	for (unsigned int i = 0; i < n; i++)
		thread_add(to, moved[i]);
	g->thread = to;
}

void forward_guest_remove(struct forward_guest *g)
{
	if (!g)
		return;
	forward_guest_share(g);
	for (unsigned int i = 0; i < 2 * g->n_pairs; i++)
		forward_guest_ring(g, i, false);
	__atomic_store_n(&g->forward->guests[g->port_no], NULL, __ATOMIC_RELEASE);
	thread_barrier(g->forward);
	free(g);
}

void forward_guest_stats(const struct forward_guest *g, struct forward_guest_stats *out)
{
	memset(out, 0, sizeof(*out));
	out->packets = __atomic_load_n(&g->packets, __ATOMIC_RELAXED);
	out->bytes = __atomic_load_n(&g->bytes, __ATOMIC_RELAXED);
	out->handed_up = __atomic_load_n(&g->handed_up, __ATOMIC_RELAXED);
	out->no_room = __atomic_load_n(&g->no_room, __ATOMIC_RELAXED);
	if (g->own)
		out->cpu_ns = thread_cpu_ns(g->thread);
}
