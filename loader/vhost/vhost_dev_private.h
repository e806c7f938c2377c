/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of struct vhost_dev share (vhost_dev.h): vhost_dev.c has the
 * connection, features and dispatch, vhost_dev_ring.c the rings, vhost_dev_memory.c
 * the guest's memory and its dirty log, vhost_dev_inflight.c what survives a crash.
 *
 * A handler of a request returns 0; -EPROTO, a breach of the protocol, which ends the
 * connection; or another -errno, a request that cannot be carried out, which ends it
 * as well unless the front end asked for an answer (VHOST_PROTOCOL_REPLY_ACK). Both
 * leave a sentence by vhost_refuse().
 */
#ifndef VHOST_VHOST_DEV_PRIVATE_H
#define VHOST_VHOST_DEV_PRIVATE_H

#include <linux/virtio_config.h>

#include "vhost_dev.h"
#include "vhost_inflight.h"
#include "vhost_msg.h"

#define VHOST_MAX_RINGS (2 * VHOST_MAX_QUEUE_PAIRS)
XVS_STATIC_ASSERT(VHOST_MAX_RINGS <= VHOST_INFLIGHT_QUEUES, "each ring may be tracked");

/* What the front end has said of a ring, and what has become of it. Written by the
 * device's thread; of 'vr' whatever a forwarding thread uses with vr.lock held. */
struct vhost_ring {
	struct vring vr;
	unsigned int index;
	__u16 size; /* 0: not said yet */
	__u32 base;
	bool has_addr;
	struct vring_addr addr;
	bool kicked; /* SET_VRING_KICK has come: it shall run */
	bool running; /* vring_start() has succeeded */
	bool told; /* ops->ring has said that it is ready */
	int err_fd; /* -1: none */
	char problem[128]; /* why it does not run though it shall; "" */
};

struct vhost_dev {
	struct vhost_config config;
	const struct vhost_dev_ops *ops;
	void *aux;
	void (*fault_fn)(void *aux); /* NULL: none */
	void *fault_aux;
	__u64 offered, offered_protocol; /* bits of features */

	bool connected;
	bool has_features; /* SET_FEATURES has come */
	__u64 features, protocol_features;
	__u8 status; /* of virtio, as the front end said */
	struct guest_mem mem;
	struct vhost_inflight inflight;
	char reason[VHOST_MSG_REASON]; /* "" */
	struct vhost_state last; /* what ops->changed has been called for */

	unsigned int n_rings;
	struct vhost_ring ring[VHOST_MAX_RINGS];
};

/* A request, and the answer to it. */
struct vhost_call {
	struct vhost_msg msg;
	const char *name; /* of the request */
	int *fds; /* those still >= 0 are closed after the handler */
	size_t n_fds;
	struct vhost_msg reply; /* h.size and the payload are the handler's */
	bool has_reply;
	int reply_fd; /* -1: none */
};

typedef int (*vhost_handler)(struct vhost_dev *dev, struct vhost_call *c);

/* Keeps the sentence, with the request's name before it, and returns 'rc'. */
int vhost_refuse(struct vhost_dev *dev, const struct vhost_call *c, int rc, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static inline bool vhost_agreed(const struct vhost_dev *dev, unsigned int feature)
{
	return dev->features >> feature & 1;
}
/* Of virtio-net: with num_buffers or without. */
static inline __u8 vhost_hdr_len(const struct vhost_dev *dev)
{
	return vhost_agreed(dev, VIRTIO_F_VERSION_1) || vhost_agreed(dev, VIRTIO_NET_F_MRG_RXBUF)
		       ? sizeof(struct virtio_net_hdr_mrg_rxbuf)
		       : sizeof(struct virtio_net_hdr);
}
/* Of the call: the descriptor is the caller's now. */
static inline int vhost_take_fd(struct vhost_call *c)
{
	int fd = c->fds[0];

	c->fds[0] = -1;
	return fd;
}
static inline void vhost_reply_u64(struct vhost_call *c, __u64 value)
{
	c->reply.u64 = value;
	c->reply.h.size = sizeof(c->reply.u64);
	c->has_reply = true;
}

/* --- vhost_dev_ring.c --- */

int vhost_rings_init(struct vhost_dev *dev);
void vhost_rings_fini(struct vhost_dev *dev);
/* Locks all rings in the order of vring.h and stops those that run; nobody uses the
 * device's memory until vhost_rings_go_on(), which starts them again, their addresses
 * resolved anew, and tells what has become of them. */
void vhost_rings_hold(struct vhost_dev *dev);
void vhost_rings_go_on(struct vhost_dev *dev);
/* After SET_FEATURES and vhost_rings_go_on(): 0, or -EINVAL, one cannot run so. */
int vhost_rings_agreed(struct vhost_dev *dev, const struct vhost_call *c);
/* Back to how they were created, but for the call and error descriptors if 'keep'. */
void vhost_rings_reset(struct vhost_dev *dev, bool keep);
void vhost_rings_disable(struct vhost_dev *dev);
bool vhost_rings_run(const struct vhost_dev *dev);
void vhost_rings_tell_errors(struct vhost_dev *dev);
int vhost_set_vring_num(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_addr(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_base(struct vhost_dev *dev, struct vhost_call *c);
int vhost_get_vring_base(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_kick(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_call(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_err(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_vring_enable(struct vhost_dev *dev, struct vhost_call *c);

/* --- vhost_dev_memory.c --- */

int vhost_set_mem_table(struct vhost_dev *dev, struct vhost_call *c);
int vhost_get_max_mem_slots(struct vhost_dev *dev, struct vhost_call *c);
int vhost_add_mem_reg(struct vhost_dev *dev, struct vhost_call *c);
int vhost_rem_mem_reg(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_log_base(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_log_fd(struct vhost_dev *dev, struct vhost_call *c);

/* --- vhost_dev_inflight.c --- */

int vhost_get_inflight_fd(struct vhost_dev *dev, struct vhost_call *c);
int vhost_set_inflight_fd(struct vhost_dev *dev, struct vhost_call *c);

#endif /* VHOST_VHOST_DEV_PRIVATE_H */
