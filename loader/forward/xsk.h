/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One AF_XDP socket of the daemon, on a queue of a device, with memory of its own.
 *
 *                 release                          receive
 *   rx chunks  ------------> fill ring -> kernel -> rx ring -----> frames of ours
 *                            put, flush                reap (by itself)
 *   tx chunks  ------------> tx ring -> kernel -> completion ring -> free chunks
 *
 * Chunks are XVS_XSK_CHUNK bytes. Those for receiving and for sending are apart, so
 * that neither can starve the other. What an XDP program put in front of a frame
 * (xvs/xsk.h) is taken off here.
 *
 * [XSK1] A chunk is in one place at a time: a ring, the kernel, the caller between
 *        receive and release, or the free ones.
 * [XSK2] As many chunks are for receiving as the fill ring has places: release never
 *        finds it full.
 *
 * The kernel does the copying where the driver cannot (veth, tap): zero-copy is asked
 * for first. No program is loaded or attached by this; dp_rx_socket_set() makes the socket
 * known to ours.
 *
 * Thread rule: one thread at a time has the socket.
 *
 * Sources: Documentation/networking/af_xdp.rst of Linux; libxdp has the rings and
 * their barriers.
 */
#ifndef FORWARD_XSK_H
#define FORWARD_XSK_H

#include <stdbool.h>
#include <stddef.h>

#include "err.h"
#include "xvs/xsk.h"

struct xsk;

/* 2 * 1,024 chunks: 8 MiB. A power of two. */
#define XSK_CHUNKS 1024

struct xsk_options {
	__u32 rx_chunks, tx_chunks; /* powers of two; 0: XSK_CHUNKS */
	bool copy; /* do not ask for zero-copy */
};

/* Opens and binds. A queue that was closed a moment ago is busy for some 100 ms: it
 * is tried for 200. On failure '*out' is NULL: -EBUSY, another socket has the queue;
 * -EINVAL, no such queue; -ENODEV; -EPERM; -errno. */
int xsk_open(const char *device, __u32 queue, const struct xsk_options *opt, struct xsk **out,
	     struct err *err);
/* No frame is with the caller any more. NULL is a no-op. */
void xsk_close(struct xsk *x);
/* For dp_rx_socket_set(), and for poll(): readable when there is a frame to receive. */
int xsk_fd(const struct xsk *x);
bool xsk_is_zero_copy(const struct xsk *x);
/* The caller's polls drive the device for up to 'us' each, 'budget' frames a time, and
 * its interrupts stay off meanwhile (with napi_defer_hard_irqs and gro_flush_timeout
 * set on the device). 0 or -errno: this kernel or driver cannot. */
int xsk_set_busy_poll(const struct xsk *x, __u32 us, __u32 budget);

/* --- receiving --- */

struct xsk_frame {
	__u8 *data; /* it may be changed; in front are 128 bytes of room, at least */
	__u32 len;
	__u32 port_no; /* where the program sends it; 0: it did not say */
};

/* Up to 'max' frames, which are the caller's until released. Does not wait. */
size_t xsk_receive(struct xsk *x, struct xsk_frame *frames, size_t max);
/* In any order and number; 'data' may have moved within its chunk. */
void xsk_release(struct xsk *x, const struct xsk_frame *frames, size_t n);

/* --- sending --- */

/* How many frames can be put now. */
__u32 xsk_tx_room(struct xsk *x);
/* Where the next frame goes, XVS_XSK_CHUNK bytes; NULL: there is no room. The same
 * again until it is put. */
__u8 *xsk_tx_next(struct xsk *x);
/* The frame of 'len' bytes that is there, from its beginning on. */
void xsk_tx_put(struct xsk *x, __u32 len);
/* Gives the kernel what was put. 0; -EAGAIN, it has not taken all yet (a device's
 * queue is full): flush again later; -errno, ENETDOWN for one. */
int xsk_tx_flush(struct xsk *x);
/* Frames put that the kernel has not taken. */
__u32 xsk_tx_pending(const struct xsk *x);

/* --- what the kernel counts --- */

struct xsk_stats {
	__u64 rx_dropped; /* of what was redirected here; for all these reasons */
	__u64 rx_ring_full;
	__u64 rx_fill_ring_empty; /* how often */
	__u64 tx_invalid;
};

/* 0 or -errno. */
int xsk_stats(const struct xsk *x, struct xsk_stats *out);

#endif /* FORWARD_XSK_H */
