/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of forwarding share: a thread and its sources (thread.c), and
 * what sources lead to.
 *
 * The tables from port numbers to guests and devices are written by the datapath
 * thread and read by forwarding threads between two quiescent states; what is
 * taken out of them is freed after thread_barrier().
 */
#ifndef FORWARD_FORWARD_PRIVATE_H
#define FORWARD_FORWARD_PRIVATE_H

#include <pthread.h>
#include <stddef.h>

#include "forward.h"
#include "frame_path.h"

/* Frames taken from a source at a time: enough for one index store and one
 * notification to be shared by many, little enough to stay in the cache. */
#define FORWARD_BATCH 32
/* Polls that find nothing before a source sleeps: some microseconds, so that a
 * sender that is only a little slower than we are need not kick for each frame. */
#define FORWARD_IDLE_POLLS 64
/* Polls that find something before nobody waits for the source's descriptor any more:
 * a socket that somebody waits for takes a lock for each frame that has been sent. */
#define FORWARD_BUSY_POLLS 16

struct thread;

struct source {
	/* Handles a batch: how many frames; 0: there was none. */
	int (*poll)(struct thread *t, struct source *s);
	/* May it sleep? True: its descriptor tells of the next frame. NULL: always. */
	bool (*sleep)(struct source *s);
	int fd; /* watched by the thread that the source belongs to; -1: none */
	struct thread *thread; /* NULL: nobody's */
	unsigned int idle; /* polls in a row that found nothing */
	unsigned int busy; /* polls that found something since it was activated */
	bool active, watched;
	struct source *next; /* of the thread's active ones */
};

/* What the source 's' is the member 'member' of. */
#define SOURCE_OF(s, type, member) ((type *)((char *)(s)-offsetof(type, member)))

struct thread {
	struct forward *forward;
	pthread_t id;
	int epoll_fd, wake_fd;
	bool stop;
	__u32 lane;
	struct source *active;
	struct frame_path *path; /* tables, hints and scratch of this thread */
	struct vring_packet *packets; /* FORWARD_BATCH */
	__u8 *bounce; /* a frame on its way from a tap to a ring that has little room */
	struct vring *dirty[2 * FORWARD_BATCH]; /* to be flushed after the batch */
	unsigned int n_dirty;
	struct vring *held; /* an RX ring whose lock is kept for the rest of the batch */
	struct device_queue *tx_dirty[FORWARD_BATCH]; /* the same of sockets */
	unsigned int n_tx_dirty;
	/* A call from the datapath thread. */
	pthread_mutex_t call_lock;
	pthread_cond_t call_done;
	void (*call_fn)(struct thread *t, void *aux);
	void *call_aux;
};

struct guest_queue {
	struct forward_guest *guest;
	unsigned int index;
	struct vring *tx, *rx;
	struct source tx_source, rx_source, tap_source; /* rx: kicks say "room again" */
	int tap_fd;
};

struct forward_guest {
	struct forward *forward;
	__u16 port_no;
	forward_fault_fn fault_fn;
	void *aux;
	struct vhost_dev *dev;
	unsigned int n_pairs;
	struct thread *thread;
	bool own; /* UPT: 'thread' is its own, and so is the queue */
	struct forward_device *tx_device; /* there it sends by this queue; NULL: by any */
	unsigned int tx_queue;
	/* Read by forwarding threads. */
	__u64 features;
	__u32 rx_ready; /* bit a pair: its RX ring may be filled */
	bool fault; /* told once */
	__u64 packets, bytes, handed_up, no_room;
	struct guest_queue queue[VHOST_MAX_QUEUE_PAIRS];
};

struct xsk;

struct device_queue {
	unsigned int index;
	struct xsk *xsk;
	struct forward_guest *owner; /* UPT; NULL: shared */
	struct source source;
};

struct forward_device {
	struct forward *forward;
	__u16 port_no;
	unsigned int n_queues;
	struct device_queue queue[XVS_XSK_QUEUES];
};

struct forward {
	struct dp *dp;
	unsigned int n_shared, n_own;
	struct thread *shared[XVS_MAX_FORWARD_THREADS];
	struct thread *own[XVS_MAX_OWN_THREADS];
	unsigned int next_shared; /* round robin */
	int fault_fd;
	struct forward_guest *guests[XVS_MAX_PORTS];
	struct forward_device *devices[XVS_MAX_PORTS];
};

struct thread *forward_next_shared(struct forward *f);

/* --- thread.c --- */

int thread_create(struct forward *f, __u32 lane, struct thread **out);
void thread_destroy(struct thread *t); /* its sources have been taken away */
/* Runs fn(t, aux) on the thread between two batches, and waits. */
void thread_call(struct thread *t, void (*fn)(struct thread *t, void *aux), void *aux);
/* Every thread has begun a new batch since. */
void thread_barrier(struct forward *f);
/* The thread watches and polls the source from now on, beginning with a poll. */
void thread_add(struct thread *t, struct source *s);
/* Nobody does, once this returns. A source that is nobody's: a no-op. */
void thread_remove(struct source *s);
/* On the thread itself: */
void thread_activate(struct thread *t, struct source *s);
void thread_dirty(struct thread *t, struct vring *vr);
/* Takes the ring's lock, for as long as the batch goes on with this ring: nothing else
 * that takes a lock may be called before thread_release(). */
void thread_hold(struct thread *t, struct vring *rx);
void thread_release(struct thread *t);
void thread_flush(struct thread *t);
__u64 thread_cpu_ns(const struct thread *t);

/* --- guest.c --- */

struct forward_guest *forward_guest_of(const struct forward *f, __u32 port_no);
/* The RX ring for what came by queue 'i' of whatever it came by; NULL: none ready. */
struct vring *guest_rx(struct forward_guest *g, unsigned int i);
/* Frame to a guest. 0 or -errno of vring_rx_send(). */
int guest_send(struct thread *t, struct forward_guest *g, unsigned int i,
	       const struct virtio_net_hdr *hdr, const struct iovec *iov, int n_iov, __u32 len);
void guest_fault(struct forward_guest *g);
/* Moves all of its sources to another thread [FWD1]. */
void guest_move(struct forward_guest *g, struct thread *to);

/* --- device.c --- */

struct forward_device *forward_device_of(const struct forward *f, __u32 port_no);
/* Can a frame that is no large segment go out by a socket of this thread's? */
bool device_sends(const struct thread *t, struct forward_device *d, __u32 len);
/* 'i': the queue by which the frame came. 0 or -errno. */
int device_send(struct thread *t, struct forward_device *d, unsigned int i,
		const struct virtio_net_hdr *hdr, const struct iovec *iov, int n_iov, __u32 len);
void device_flush(struct thread *t);
/* All that the thread has put is the kernel's: before somebody else sends on. */
void device_drain(struct thread *t);
void device_queue_move(struct device_queue *q, struct thread *to);

#endif /* FORWARD_FORWARD_PRIVATE_H */
