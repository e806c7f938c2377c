/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One virtqueue of a guest's virtio-net device, from the device's side.
 *
 * Problem. The rings lie in memory that the guest writes at any time and as it
 * likes. There are two formats of them, buffers may be lists of lists, and each
 * side wants to be woken only when it sleeps.
 *
 * Idea. struct vring hides the format (vring_split.c, vring_packed.c). A caller
 * holds the lock, takes packets or puts some, and flushes: one store of an index
 * and at most one notification a batch. What the guest wrote is read once, into
 * our own memory, and checked there; a packet's data are never parsed in place
 * (the guest could change them behind the parser's back).
 *
 * Virtqueues are called after the guest's view, as everywhere in virtio: a guest
 * transmits by its TX queue, which we read with vring_tx_*(), and receives by its
 * RX queue, which we fill with vring_rx_*().
 *
 * Invariants
 * [RING1] Every address goes through guest_mem_at() [MEM1]; every index, length
 *         and chain is bounded before use. A ring that breaks the rules is broken
 *         for good (until the front end sets it up anew): functions return
 *         -EPROTO, and vring_reason() says why.
 * [RING2] A used entry is whole before the guest can see it; a buffer is read or
 *         written only between its becoming available and its being used.
 * [RING3] Buffers are used in the order in which they became available.
 * [RING4] After vring_wait() returned true, the next buffer raises the kick.
 *
 * Sources: OASIS Virtual I/O Device 1.1, 2.6 (split), 2.7 (packed), 5.1 (network).
 *
 * Thread rule: everything but vring_lock() with the lock held, which is taken for
 * a batch. Whoever holds the lock of a TX ring may take one of an RX ring, never
 * the other way round, and never two of a kind but in the order of their addresses.
 */
#ifndef VHOST_VRING_H
#define VHOST_VRING_H

#include <linux/virtio_net.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/uio.h>

#include "guest_mem.h"

#define VRING_MAX_SIZE 4096 /* descriptors; virtio allows 32,768, QEMU 1,024 */
#define VRING_MAX_CHAIN 256 /* descriptors of one packet; Linux sends 19 at most */
#define VRING_MAX_FRAME 65550 /* a segment of 64 KB with its headers, tags included */

/* What the two sides agreed on, of VIRTIO_F_* and VIRTIO_NET_F_*. */
struct vring_format {
	bool packed;
	bool event_idx;
	bool mrg_rxbuf; /* RX: a packet may take several buffers */
	__u8 hdr_len; /* 12: with num_buffers (virtio 1, or mrg_rxbuf); else 10 */
};

/* Where the ring is, as the front end gave it (its own addresses). */
struct vring_addr {
	__u64 desc; /* packed: the descriptor ring */
	__u64 avail; /* packed: the driver's event suppression */
	__u64 used; /* packed: the device's */
	__u64 log_gpa; /* of 'used', for the dirty log */
	bool log;
};

#define VRING_MAX_PIECES (VRING_MAX_CHAIN + 4) /* a buffer may cross regions */
#define VRING_OWN_PIECES 2 /* without a look elsewhere: a packet is one cache line */

/* A packet from the guest; pieces of its memory, [RING1] checked. It is not to be
 * copied: 'iov' may point into itself. */
struct vring_packet {
	const struct iovec *iov; /* the frame */
	struct virtio_net_hdr hdr; /* copied; its numbers are the guest's claims */
	__u16 n_iov; /* 0 .. VRING_MAX_PIECES; no piece is empty */
	__u32 len; /* bytes of the frame, without the header */
	__u16 n_desc; /* places in the ring that it took */
	__u16 id; /* head index or buffer id */
	struct iovec own[VRING_OWN_PIECES];
};

struct vring_stats {
	__u64 packets, bytes; /* frames, without headers */
	__u64 no_buffer; /* RX: packets for which the guest had no room */
	__u64 kicks; /* from the guest: counted by who reads 'kick_fd' */
	__u64 calls; /* to the guest */
};

/* A place in the ring: what the driver makes available next, say. */
struct vring_place {
	__u16 idx; /* packed: below the ring's size; split: free running */
	bool wrap; /* packed: the wrap counter */
};

struct vring_inflight; /* vhost_inflight.h: what survives a crash of ours */
struct vring_format_ops; /* vring_private.h: of vring_split.c or vring_packed.c */
struct vring_priv;

struct vring {
	pthread_mutex_t lock; /* adaptive: batches are short */

	/* The owner's; the functions below read them. */
	bool enabled; /* by VHOST_USER_SET_VRING_ENABLE */
	int kick_fd; /* -1: none (poll) */
	int call_fd; /* -1: nobody to tell; an eventfd, by vhost_notify() only */

	/* To be read by all. */
	bool started; /* between vring_start() and vring_stop() */
	struct vring_format format;
	struct vring_addr addr;
	__u16 size; /* a power of two if split */
	char reason[128]; /* why it is broken; "" */
	struct vring_stats stats;

	/* From here on: of vring*.c. */
	const struct vring_format_ops *ops;
	const struct guest_mem *mem;
	const struct guest_region *hint; /* guest_mem_at_hint() */
	__u32 generation; /* of 'mem', that the next three are good for */
	void *desc, *avail, *used; /* 'addr', mapped */
	struct vring_inflight *inflight;
	struct vring_priv *priv;
	/* Own copies of the indices, which the guest cannot change. */
	struct vring_place next_avail, next_used;
	__u16 avail_seen; /* split: available index, as it was read last */
	__u16 n_used; /* buffers used, not yet shown to the guest */
	__u16 n_taken; /* TX: received and not released yet */
	__u16 taken_desc; /* places in the ring that those take */
	__u16 used_desc; /* packed: that the 'n_used' take */
	__u16 signalled_used; /* event suppression: where the last question was asked */
	bool signalled_valid;
	bool wants_call; /* shown to the guest, and it was not asked yet */
	bool polling; /* kicks are suppressed */
	bool starved; /* RX: what there was did not do; 'short_of' comes next */
	struct vring_place short_of;
};

int vring_init(struct vring *vr);
void vring_fini(struct vring *vr);
static inline void vring_lock(struct vring *vr)
{
	pthread_mutex_lock(&vr->lock);
}
static inline void vring_unlock(struct vring *vr)
{
	pthread_mutex_unlock(&vr->lock);
}

/* Sets the ring up: format, addresses, size, first index ('base' as in
 * VHOST_USER_SET_VRING_BASE: packed with wrap counters in bits 15 and 31; the used
 * half is not read, as [RING3] makes it equal, and some front ends leave it out).
 * 0, -ENOMEM, or -EINVAL with the reason. With 'inflight' (or NULL) what had been
 * taken and not used before a crash is available again, in its order. 'mem' may
 * change while the ring is started (with its lock held): its addresses are looked
 * up anew, and a ring that is nowhere then is broken. */
int vring_start(struct vring *vr, const struct guest_mem *mem, const struct vring_format *format,
		const struct vring_addr *addr, __u16 size, __u32 base,
		struct vring_inflight *inflight);
/* Nothing is touched any more; what was received and not released stays available
 * (a later vring_tx_release() of it is a no-op, so it must not cross a new start).
 * What was used is shown to the guest, who is not notified: vring_flush() first.
 * Returns the base for VHOST_USER_GET_VRING_BASE. */
__u32 vring_stop(struct vring *vr);
/* May it be worked on: started, enabled, not broken? */
bool vring_is_ready(const struct vring *vr);
/* "" while it is not broken. */
const char *vring_reason(const struct vring *vr);

/* --- TX: from the guest --- */

/* Takes up to 'max' packets: how many, or -EPROTO; 0 while it is not ready. They
 * stay the guest's buffers until vring_tx_release(). A packet that is shorter than
 * its header or longer than VRING_MAX_FRAME breaks the ring. What came before a
 * packet that does is returned first. Packets of very many pieces may be left for
 * the next call, when those that are taken have been released. */
int vring_tx_receive(struct vring *vr, struct vring_packet *packets, int max);
/* The oldest 'n' that were received are used [RING3]; the guest sees it after
 * vring_flush(). 'packets' are the very ones that were received. */
void vring_tx_release(struct vring *vr, const struct vring_packet *packets, int n);

/* --- RX: to the guest --- */

/* Copies a frame ('len' bytes in 'iov') and its header into the next buffers;
 * num_buffers is filled in. The guest sees it after vring_flush(). 0; -ENOBUFS: the
 * guest has no room, or the ring is not ready (nothing is taken); -EMSGSIZE: it does
 * not fit one buffer and may not take several; -EPROTO. */
int vring_rx_send(struct vring *vr, const struct virtio_net_hdr *hdr, const struct iovec *iov,
		  int n_iov, __u32 len);
/* Room for one frame of up to 'len' bytes in the guest's memory, for readv(): how
 * many pieces (the first begins with the room for the header, format.hdr_len), 0
 * when there is none; -EMSGSIZE: more than one buffer, and it may not take several,
 * or more than 'max_iov' pieces; -EPROTO. The pieces may have more room than 'len'.
 * vring_rx_commit() with what was written (header included) uses the buffers that it
 * took; 0 gives them back. Nothing else is called between the two. */
int vring_rx_reserve(struct vring *vr, __u32 len, struct iovec *iov, int max_iov);
int vring_rx_commit(struct vring *vr, __u32 written);

/* --- both --- */

/* Shows the guest what was used since the last flush, and tells it, if it wants to
 * know: writes the call descriptor. Without one it is asked again at the next flush. */
void vring_flush(struct vring *vr);
/* Asks for a kick at the next buffer [RING4]; after an RX ring had too little room:
 * at the next beyond that. False: there is one already (the ring is to be worked on;
 * no kick may come), or the ring has just been found broken. */
bool vring_wait(struct vring *vr);
/* No kicks, please: somebody looks at the ring by himself. */
void vring_poll(struct vring *vr);

#endif /* VHOST_VRING_H */
