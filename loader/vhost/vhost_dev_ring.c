// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rings of a vhost-user device (vhost_dev_private.h): what the front end says of
 * them, and when they run.
 *
 * A ring runs once the front end has said go (SET_VRING_KICK), features, size,
 * addresses and memory are there, in whatever order they came; GET_VRING_BASE ends it.
 * A change of what a running ring stands on stops it and starts it again where it was,
 * with its lock held all the while, so that a forwarding thread sees the old or the
 * new. The kick descriptor is one that a thread may sleep on: it is replaced only
 * after the port was told that the ring is not ready.
 *
 * A disabled ring is left alone, its packets wait in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vhost_dev_private.h"
#include "vhost_notify.h"

static void replace_fd(int *fd, int with)
{
	if (*fd >= 0)
		close(*fd);
	*fd = with;
}

static void signal_fd(int fd)
{
	if (fd >= 0)
		vhost_notify(fd);
}

static struct vring_format format_of(const struct vhost_dev *dev)
{
	return (struct vring_format){
		.packed = vhost_agreed(dev, VIRTIO_F_RING_PACKED),
		.event_idx = vhost_agreed(dev, VHOST_FEATURE_EVENT_IDX),
		.mrg_rxbuf = vhost_agreed(dev, VIRTIO_NET_F_MRG_RXBUF),
		.hdr_len = vhost_hdr_len(dev),
	};
}

/* With the ring's lock held. */
static void ring_hold(struct vhost_ring *r)
{
	if (!r->running)
		return;
	vring_flush(&r->vr);
	r->base = vring_stop(&r->vr);
	r->running = false;
}

/* Starts the ring if all is there, or leaves it waiting. 0, or -EINVAL with the
 * 'problem'. With the ring's lock held. */
static int ring_go_on(struct vhost_dev *dev, struct vhost_ring *r)
{
	struct vring_format format = format_of(dev);
	int rc;

	r->problem[0] = '\0';
	if (r->running || !r->kicked || !r->has_addr || !r->size || !dev->has_features ||
	    !dev->mem.n)
		return 0;
	rc = vring_start(&r->vr, &dev->mem, &format, &r->addr, r->size, r->base,
			 vhost_inflight_ring(&dev->inflight, r->index, format.packed));
	if (rc) {
		snprintf(r->problem, sizeof(r->problem), "%s",
			 rc == -EINVAL ? vring_reason(&r->vr) : strerror(-rc));
		return -EINVAL;
	}
	r->running = true;
	/* What was used before may not have been told. */
	signal_fd(r->vr.call_fd);
	return 0;
}

/* Tells the port if the ring is not what it was told to be. Without the lock. */
static void ring_tell(struct vhost_dev *dev, struct vhost_ring *r)
{
	bool ready;

	vring_lock(&r->vr);
	ready = r->running && vring_is_ready(&r->vr);
	vring_unlock(&r->vr);
	if (ready == r->told)
		return;
	r->told = ready;
	dev->ops->ring(dev->aux, r->index, ready);
}

/* Nobody is in it or sleeps on its descriptor when this returns. */
static void ring_stop(struct vhost_dev *dev, struct vhost_ring *r)
{
	vring_lock(&r->vr);
	ring_hold(r);
	r->kicked = false;
	vring_unlock(&r->vr);
	r->problem[0] = '\0';
	ring_tell(dev, r);
	replace_fd(&r->vr.kick_fd, -1);
}

static void ring_enable(struct vhost_dev *dev, struct vhost_ring *r, bool enabled)
{
	vring_lock(&r->vr);
	r->vr.enabled = enabled;
	vring_unlock(&r->vr);
	ring_tell(dev, r);
}

/* --- all of them --- */

int vhost_rings_init(struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++) {
		struct vhost_ring *r = &dev->ring[i];
		int rc = vring_init(&r->vr);

		if (rc) {
			while (i--)
				vring_fini(&dev->ring[i].vr);
			return rc;
		}
		r->index = i;
		r->vr.kick_fd = r->vr.call_fd = r->err_fd = -1;
	}
	return 0;
}

void vhost_rings_fini(struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++)
		vring_fini(&dev->ring[i].vr);
}

/* Ring 'k' in the order of locks (vring.h): all TX rings, then all RX rings; they lie
 * in the order of their addresses. */
static struct vhost_ring *in_lock_order(struct vhost_dev *dev, unsigned int k)
{
	unsigned int n = dev->n_rings / 2;

	return &dev->ring[k < n ? 2 * k + 1 : 2 * (k - n)];
}

void vhost_rings_hold(struct vhost_dev *dev)
{
	for (unsigned int k = 0; k < dev->n_rings; k++)
		vring_lock(&in_lock_order(dev, k)->vr);
	for (unsigned int i = 0; i < dev->n_rings; i++)
		ring_hold(&dev->ring[i]);
}

void vhost_rings_go_on(struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++)
		ring_go_on(dev, &dev->ring[i]);
	for (unsigned int k = dev->n_rings; k--;)
		vring_unlock(&in_lock_order(dev, k)->vr);
	for (unsigned int i = 0; i < dev->n_rings; i++)
		ring_tell(dev, &dev->ring[i]);
}

int vhost_rings_agreed(struct vhost_dev *dev, const struct vhost_call *c)
{
	int rc = 0;

	for (unsigned int i = 0; i < dev->n_rings; i++) {
		struct vhost_ring *r = &dev->ring[i];

		if (!vhost_agreed(dev, VHOST_FEATURE_PROTOCOL))
			ring_enable(dev, r, true);
		if (r->problem[0])
			rc = vhost_refuse(dev, c, -EINVAL, "ring %u: %s", i, r->problem);
	}
	return rc;
}

void vhost_rings_reset(struct vhost_dev *dev, bool keep)
{
	for (unsigned int i = 0; i < dev->n_rings; i++) {
		struct vhost_ring *r = &dev->ring[i];

		ring_stop(dev, r);
		vring_lock(&r->vr);
		r->vr.enabled = false;
		if (!keep)
			replace_fd(&r->vr.call_fd, -1);
		vring_unlock(&r->vr);
		if (!keep)
			replace_fd(&r->err_fd, -1);
		r->size = 0;
		r->base = 0;
		r->has_addr = false;
	}
}

void vhost_rings_disable(struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++)
		ring_enable(dev, &dev->ring[i], false);
}

bool vhost_rings_run(const struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++)
		if (dev->ring[i].running)
			return true;
	return false;
}

void vhost_rings_tell_errors(struct vhost_dev *dev)
{
	for (unsigned int i = 0; i < dev->n_rings; i++) {
		struct vhost_ring *r = &dev->ring[i];
		bool broken;

		vring_lock(&r->vr);
		broken = r->running && vring_reason(&r->vr)[0];
		vring_unlock(&r->vr);
		if (broken)
			signal_fd(r->err_fd);
	}
}

/* --- requests --- */

/* The ring that a request is about; NULL: refused. */
static struct vhost_ring *ring_of(struct vhost_dev *dev, const struct vhost_call *c, __u32 index)
{
	if (index < dev->n_rings)
		return &dev->ring[index];
	vhost_refuse(dev, c, -EPROTO, "ring %u, there are %u", index, dev->n_rings);
	return NULL;
}

/* The end of a request that has tried to start the ring, with 'rc'. */
static int ring_started(struct vhost_dev *dev, struct vhost_call *c, struct vhost_ring *r, int rc)
{
	ring_tell(dev, r);
	return rc ? vhost_refuse(dev, c, rc, "ring %u: %s", r->index, r->problem) : 0;
}

int vhost_set_vring_num(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r = ring_of(dev, c, c->msg.state.index);
	__u32 num = c->msg.state.num;
	int rc;

	if (!r)
		return -EPROTO;
	if (r->running)
		return vhost_refuse(dev, c, -EPROTO, "ring %u is running", r->index);
	if (!num || num > VRING_MAX_SIZE)
		return vhost_refuse(dev, c, -EINVAL,
				    "ring %u: %u descriptors, 1 to %u are possible", r->index, num,
				    VRING_MAX_SIZE);
	r->size = (__u16)num;
	vring_lock(&r->vr);
	rc = ring_go_on(dev, r);
	vring_unlock(&r->vr);
	return ring_started(dev, c, r, rc);
}

int vhost_set_vring_base(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r = ring_of(dev, c, c->msg.state.index);

	if (!r)
		return -EPROTO;
	if (r->running)
		return vhost_refuse(dev, c, -EPROTO, "ring %u is running", r->index);
	r->base = c->msg.state.num;
	return 0;
}

int vhost_get_vring_base(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r = ring_of(dev, c, c->msg.state.index);

	if (!r)
		return -EPROTO;
	ring_stop(dev, r);
	c->reply.state.index = r->index;
	c->reply.state.num = r->base;
	c->reply.h.size = sizeof(c->reply.state);
	c->has_reply = true;
	return 0;
}

int vhost_set_vring_addr(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_addr *a = &c->msg.addr;
	struct vhost_ring *r = ring_of(dev, c, a->index);
	int rc;

	if (!r)
		return -EPROTO;
	if (a->flags & ~VHOST_MSG_ADDR_LOG)
		return vhost_refuse(dev, c, -EPROTO, "ring %u: unknown flags 0x%x", r->index,
				    a->flags);
	vring_lock(&r->vr);
	ring_hold(r);
	r->addr = (struct vring_addr){
		.desc = a->desc,
		.avail = a->avail,
		.used = a->used,
		.log_gpa = a->log_gpa,
		.log = a->flags & VHOST_MSG_ADDR_LOG,
	};
	r->has_addr = true;
	rc = ring_go_on(dev, r);
	vring_unlock(&r->vr);
	return ring_started(dev, c, r, rc);
}

int vhost_set_vring_enable(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r = ring_of(dev, c, c->msg.state.index);

	if (!r)
		return -EPROTO;
	if (c->msg.state.num > 1)
		return vhost_refuse(dev, c, -EPROTO, "ring %u: %u is neither 0 nor 1", r->index,
				    c->msg.state.num);
	ring_enable(dev, r, c->msg.state.num);
	return 0;
}

/* The ring and the eventfd ('*fd', the caller's then; -1: none) of a request. Another
 * kind of file could block whoever reads or writes it; so could this one, but for
 * vhost_notify(), which may have to do without asynchronous I/O. NULL: refused. */
static struct vhost_ring *take_eventfd(struct vhost_dev *dev, struct vhost_call *c, int *fd)
{
	struct vhost_ring *r = ring_of(dev, c, c->msg.u64 & VHOST_MSG_FD_INDEX);
	char path[32], kind[32] = "";
	int flags;

	*fd = -1;
	if (!r || c->msg.u64 & VHOST_MSG_FD_NONE)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->fds[0]);
	flags = fcntl(c->fds[0], F_GETFL);
	if (readlink(path, kind, sizeof(kind) - 1) < 0 || strcmp(kind, "anon_inode:[eventfd]") ||
	    flags < 0 || fcntl(c->fds[0], F_SETFL, flags | O_NONBLOCK)) {
		vhost_refuse(dev, c, -EPROTO, "ring %u: the descriptor is no eventfd", r->index);
		return NULL;
	}
	*fd = vhost_take_fd(c);
	return r;
}

int vhost_set_vring_kick(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r;
	int fd, rc;

	r = take_eventfd(dev, c, &fd);
	if (!r)
		return -EPROTO;
	ring_stop(dev, r);
	vring_lock(&r->vr);
	r->vr.kick_fd = fd;
	/* Without protocol features there is nothing to enable a ring by. */
	if (dev->has_features && !vhost_agreed(dev, VHOST_FEATURE_PROTOCOL))
		r->vr.enabled = true;
	r->kicked = true;
	rc = ring_go_on(dev, r);
	vring_unlock(&r->vr);
	return ring_started(dev, c, r, rc);
}

int vhost_set_vring_call(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r;
	int fd;

	r = take_eventfd(dev, c, &fd);
	if (!r)
		return -EPROTO;
	vring_lock(&r->vr);
	replace_fd(&r->vr.call_fd, fd);
	/* The one before may have been nobody's any more. */
	if (r->running)
		signal_fd(fd);
	vring_unlock(&r->vr);
	return 0;
}

int vhost_set_vring_err(struct vhost_dev *dev, struct vhost_call *c)
{
	struct vhost_ring *r;
	int fd;

	r = take_eventfd(dev, c, &fd);
	if (!r)
		return -EPROTO;
	replace_fd(&r->err_fd, fd);
	return 0;
}
