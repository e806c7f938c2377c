/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's virtio-net device: the back end's side of the vhost-user protocol.
 *
 * Problem. A front end (QEMU, DPDK's virtio-user) hands over its memory and rings
 * by some thirty kinds of messages with file descriptors, in any order and as
 * often as it likes, and goes away and comes back at any time, as does xvsd.
 *
 * Idea. vhost_msg.h checks what a message alone can be checked for, the device
 * keeps the state and answers. Each change of what a forwarding thread uses is made
 * with the locks of the device's rings (vring.h), then told by a callback. The
 * connection (client or server, reconnecting) is vhost_socket.h's.
 *
 * Invariants
 * [VHOST1] Whatever comes by the socket, the daemon lives; a message that is refused
 *          ends the connection with a reason, and only that.
 * [VHOST2] A descriptor that came with a message is closed or owned, never lost.
 * [VHOST3] When a connection ends all of its rings are stopped and its memory is
 *          unmapped before anything else happens.
 *
 * Source: the vhost-user protocol as QEMU's documentation has it
 * (docs/interop/vhost-user.rst); features and ring formats: virtio 1.1.
 *
 * Thread rule: one thread (the datapath thread) calls all of this and is called
 * back; the rings are shared with forwarding threads as vring.h says.
 */
#ifndef VHOST_VHOST_DEV_H
#define VHOST_VHOST_DEV_H

#include "err.h"
#include "vring.h"

#define VHOST_MAX_QUEUE_PAIRS 16

/* What a port offers beside the ring formats. */
struct vhost_config {
	__u8 n_queue_pairs; /* 1 .. VHOST_MAX_QUEUE_PAIRS */
	bool offloads; /* checksum and segmentation, both directions */
	__u16 mtu; /* VIRTIO_NET_F_MTU; 0: not offered */
};

/* What has become of it. */
struct vhost_state {
	bool connected;
	bool running; /* features are agreed on, and a ring is ready */
	__u64 features; /* agreed on: VIRTIO_*, VHOST_* */
	__u64 protocol_features;
	__u8 hdr_len; /* of virtio-net, by these features: of each packet in the rings */
	__u16 n_ready; /* rings */
	char reason[160]; /* why the last connection ended, or why a ring is broken; "" */
};

struct vhost_dev;

/* From inside of these only vhost_dev_state() and vhost_dev_ring() may be called. */
struct vhost_dev_ops {
	/* Ring 'i' (2 * pair: the guest's RX; 2 * pair + 1: its TX) can be worked on
	 * from now on, or has been stopped: nobody is in it any more when this is
	 * called. With its lock not held. */
	void (*ring)(void *aux, unsigned int i, bool ready);
	/* connected, running, features or reason are not what they were. */
	void (*changed)(void *aux);
	/* The guest has moved here, and has no GUEST_ANNOUNCE of its own: its 'mac' is
	 * to be announced. NULL: nobody does. */
	void (*rarp)(void *aux, const __u8 mac[6]);
};

int vhost_dev_create(const struct vhost_config *config, const struct vhost_dev_ops *ops, void *aux,
		     struct vhost_dev **out);
/* Ends the connection first. NULL is a no-op. */
void vhost_dev_destroy(struct vhost_dev *dev);

/* --- the connection (vhost_socket.c calls these) --- */

void vhost_dev_connected(struct vhost_dev *dev);
/* Who closes the connection's socket when vhost_dev_fault() has ended it. NULL: nobody. */
void vhost_dev_on_fault(struct vhost_dev *dev, void (*fn)(void *aux), void *aux);
/* One message as it came: header and payload in 'bytes', its descriptors, which are
 * the device's from here on [VHOST2]. '*reply' (of VHOST_MSG_MAX bytes) and
 * '*reply_fd' (-1: none; to be closed after sending) are the answer, if '*reply_len'
 * is not 0. 0, or -EPROTO: to be disconnected, the reason is in the state. */
int vhost_dev_message(struct vhost_dev *dev, const void *bytes, size_t len, int *fds, size_t n_fds,
		      void *reply, size_t *reply_len, int *reply_fd);
/* [VHOST3] 'why': NULL, the front end has closed it, or a message was refused, whose
 * reason stays. A no-op when nobody is connected. */
void vhost_dev_disconnected(struct vhost_dev *dev, const char *why);

/* --- for the port --- */

void vhost_dev_state(const struct vhost_dev *dev, struct vhost_state *out);
/* Ring 'i' of those there can be (2 * n_queue_pairs); it lives as long as the device. */
struct vring *vhost_dev_ring(struct vhost_dev *dev, unsigned int i);
/* What a forwarding thread found: a ring is broken, or guest_mem_is_broken(). Ends
 * the connection with that reason, and tells the front end by the error descriptors
 * of broken rings. */
void vhost_dev_fault(struct vhost_dev *dev, const char *why);

#endif /* VHOST_VHOST_DEV_H */
