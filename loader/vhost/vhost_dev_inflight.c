// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The memory in which a vhost-user device writes down what is inflight
 * (vhost_inflight.h): given to the front end, and given back by it after a crash.
 */
#include <errno.h>
#include <string.h>

#include "vhost_dev_private.h"

static int check(struct vhost_dev *dev, const struct vhost_call *c)
{
	const struct vhost_msg_inflight *m = &c->msg.inflight;

	if (!m->n_queues || m->n_queues > dev->n_rings)
		return vhost_refuse(dev, c, -EINVAL, "%u rings, there are %u", m->n_queues,
				    dev->n_rings);
	if (!m->queue_size || m->queue_size > VRING_MAX_SIZE)
		return vhost_refuse(dev, c, -EINVAL, "%u descriptors, 1 to %u are possible",
				    m->queue_size, VRING_MAX_SIZE);
	return 0;
}

int vhost_get_inflight_fd(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_inflight *m = &c->msg.inflight;
	bool packed = vhost_agreed(dev, VIRTIO_F_RING_PACKED);
	int rc = check(dev, c);

	if (!rc) {
		vhost_rings_hold(dev);
		rc = vhost_inflight_create(&dev->inflight, &dev->mem, m->n_queues, m->queue_size,
					   packed, &c->reply_fd);
		vhost_rings_go_on(dev);
		if (rc)
			vhost_refuse(dev, c, rc, "%s", strerror(-rc));
	}
	/* This one is always answered, and an answer has no room for an error. */
	if (rc)
		return -EPROTO;
	c->reply.inflight = *m;
	c->reply.inflight.size = vhost_inflight_bytes(m->n_queues, m->queue_size, packed);
	c->reply.inflight.offset = 0;
	c->reply.h.size = c->msg.h.size;
	c->has_reply = true;
	return 0;
}

int vhost_set_inflight_fd(struct vhost_dev *dev, struct vhost_call *c)
{
	const struct vhost_msg_inflight *m = &c->msg.inflight;
	int rc = check(dev, c);

	if (rc)
		return rc;
	vhost_rings_hold(dev);
	rc = vhost_inflight_adopt(&dev->inflight, &dev->mem, c->fds[0], m->size, m->offset,
				  m->n_queues, m->queue_size,
				  vhost_agreed(dev, VIRTIO_F_RING_PACKED));
	vhost_rings_go_on(dev);
	if (!rc)
		return 0;
	return vhost_refuse(dev, c, rc, "0x%llx bytes at 0x%llx for %u rings of %u: %s",
			    (unsigned long long)m->size, (unsigned long long)m->offset, m->n_queues,
			    m->queue_size, strerror(-rc));
}
