/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Forwarding threads: the fast path of guests whose rings are in user space.
 *
 * Problem. A vhost-user guest's frames are in its memory, where no BPF program can
 * reach them. They shall cross the switch by the same tables and rules as all
 * others, at one copy a frame, with no CPU burnt while nothing moves.
 *
 * Idea. Each such port has a tap device of ours as its presence in the kernel, on
 * which the TC program runs. A forwarding thread works on *sources*:
 *
 *   a guest's TX ring   the steps of bpf/ run here (frame_path.c). A hit whose outputs
 *                       are guests is one copy, ring to ring; one whose output is a
 *                       device with a transmitting socket goes out there. Whatever
 *                       the thread cannot do (a miss, a large segment for a device,
 *                       a next pass, ...) it hands up, as XDP does to TC: the frame
 *                       is written to the tap, untouched, and the TC program on
 *                       that does it all.
 *   a port's tap        what the kernel sent to the port, read into its RX ring
 *   a device's socket   what an XDP program redirected to the socket of the queue
 *                       by which it came, with the number of the port as metadata
 *
 * MUX: the sources are shared out among the shared threads. UPT: those of one
 * guest, and a device's queue that is steered to it, have a thread of their own.
 *
 * Invariants
 * [FWD1] A source belongs to one thread at a time, and changes hands between two
 *        batches: nothing is lost, doubled or reordered by that.
 * [FWD2] A frame is counted once: here if it is disposed of here, by the TC program
 *        if it was handed up [I7].
 * [FWD3] A thread holds tables (rcu) or rings (vring_lock) for a batch only, and
 *        sleeps holding neither.
 * [FWD4] Frames of one ring, tap or socket for one port keep their order.
 *
 * Thread rule: everything here is for the datapath thread; it waits for a batch of
 * the threads concerned.
 */
#ifndef FORWARD_FORWARD_H
#define FORWARD_FORWARD_H

#include "datapath.h"
#include "vhost_dev.h"

struct forward;
struct forward_guest;
struct forward_device;

/* Each thread needs a statistics lane; where there are fewer of those
 * (dp_options.forward_lanes) there are fewer threads that belong to one guest. */
XVS_STATIC_ASSERT(XVS_MAX_FORWARD_THREADS + XVS_MAX_OWN_THREADS <= XVS_MAX_FORWARD_LANES,
		  "a lane each");

/* A ring of this guest is broken, or its memory is: the connection has to end. */
typedef void (*forward_fault_fn)(void *aux, const char *why);

/* Of at most 'n_shared' shared threads (1 .. XVS_MAX_FORWARD_THREADS). */
int forward_create(struct dp *dp, unsigned int n_shared, struct forward **out);
/* Makes the shared threads if they are not there: before the first guest. */
int forward_start(struct forward *f);
void forward_destroy(struct forward *f); /* NULL is a no-op */
/* How many guests may have a thread of their own. */
unsigned int forward_n_own(const struct forward *f);
int forward_fd(const struct forward *f); /* readable: forward_run */
void forward_run(struct forward *f); /* calls back for faults */

struct forward_guest_config {
	__u16 port_no;
	struct vhost_dev *dev;
	const int *tap_fds; /* one a queue pair, non-blocking, with virtio headers */
	unsigned int n_pairs;
	forward_fault_fn fault;
	void *aux;
};

int forward_guest_add(struct forward *f, const struct forward_guest_config *config,
		      struct forward_guest **out);
/* No thread touches its rings and taps any more. NULL is a no-op. */
void forward_guest_remove(struct forward_guest *g);
/* vhost_dev_ops.ring and what the guest's driver agreed to. */
void forward_guest_ring(struct forward_guest *g, unsigned int i, bool ready);
void forward_guest_features(struct forward_guest *g, __u64 features);

/* Sockets on the queues of a device whose port is at XDP; how many there are in
 * '*n_sockets'. -EOPNOTSUPP: the device takes none. */
int forward_device_add(struct forward *f, __u16 port_no, const char *device,
		       struct forward_device **out, struct err *err);
void forward_device_remove(struct forward_device *d);

struct forward_device_info {
	unsigned int n_queues;
	bool zero_copy;
};
void forward_device_info(const struct forward_device *d, struct forward_device_info *out);

/* --- MUX and UPT --- */

/* Gives the guest, and queue 'queue' of 'd', a thread of their own. -EBUSY: the
 * queue has one already; -ERANGE: there is no such queue; -ENOSPC: no lane is left
 * for a thread; -errno of making one. */
int forward_guest_own(struct forward_guest *g, struct forward_device *d, unsigned int queue);
/* Whoever works on the guest's rings sends its frames out of 'd' by that queue, if
 * it has it (NULL: by any): so that they keep their order from one mode to the other. */
void forward_guest_prefer(struct forward_guest *g, struct forward_device *d, unsigned int queue);
/* Back to the shared threads. */
void forward_guest_share(struct forward_guest *g);

struct forward_guest_stats {
	__u64 packets, bytes; /* that the guest sent, whoever disposed of them */
	__u64 handed_up;
	__u64 no_room; /* frames for which its RX ring had none */
	__u64 cpu_ns; /* of its thread, if that is its own */
};
void forward_guest_stats(const struct forward_guest *g, struct forward_guest_stats *out);

#endif /* FORWARD_FORWARD_H */
