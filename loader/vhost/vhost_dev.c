// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A vhost-user device: its life, what is agreed on, and the way of a message to its
 * handler and of the answer back. See vhost_dev.h.
 */
#include "vhost_dev.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "vhost_dev_private.h"

#define BIT(n) (1ULL << (n))

#define OFFLOADS                                                                                \
	(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) | BIT(VIRTIO_NET_F_GUEST_TSO4) | \
	 BIT(VIRTIO_NET_F_GUEST_TSO6) | BIT(VIRTIO_NET_F_GUEST_ECN) |                           \
	 BIT(VIRTIO_NET_F_HOST_TSO4) | BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_HOST_ECN))

/* The control queue and the device's configuration are the front end's own affair. */
static __u64 features_of(const struct vhost_config *config)
{
	__u64 f = BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED) |
		  BIT(VHOST_FEATURE_EVENT_IDX) | BIT(VHOST_FEATURE_INDIRECT_DESC) |
		  BIT(VIRTIO_F_ANY_LAYOUT) | BIT(VIRTIO_NET_F_MRG_RXBUF) |
		  BIT(VIRTIO_NET_F_GUEST_ANNOUNCE) | BIT(VHOST_FEATURE_LOG_ALL) |
		  BIT(VHOST_FEATURE_PROTOCOL);

	if (config->offloads)
		f |= OFFLOADS;
	if (config->n_queue_pairs > 1)
		f |= BIT(VIRTIO_NET_F_MQ);
	if (config->mtu)
		f |= BIT(VIRTIO_NET_F_MTU);
	return f;
}

static __u64 protocol_features_of(const struct vhost_config *config)
{
	__u64 f = BIT(VHOST_PROTOCOL_MQ) | BIT(VHOST_PROTOCOL_LOG_SHMFD) |
		  BIT(VHOST_PROTOCOL_RARP) | BIT(VHOST_PROTOCOL_REPLY_ACK) |
		  BIT(VHOST_PROTOCOL_INFLIGHT_SHMFD) | BIT(VHOST_PROTOCOL_RESET_DEVICE) |
		  BIT(VHOST_PROTOCOL_MEM_SLOTS) | BIT(VHOST_PROTOCOL_STATUS);

	if (config->mtu)
		f |= BIT(VHOST_PROTOCOL_NET_MTU);
	return f;
}

int vhost_refuse(struct vhost_dev *dev, const struct vhost_call *c, int rc, const char *fmt, ...)
{
	int n = snprintf(dev->reason, sizeof(dev->reason), "%s: ", c->name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(dev->reason + n, sizeof(dev->reason) - (size_t)n, fmt, ap);
	va_end(ap);
	return rc;
}

/* --- features and the like --- */

static int get_features(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_reply_u64(c, dev->offered);
	return 0;
}

static int set_features(struct vhost_dev *dev, struct vhost_call *c)
{
	__u64 features = c->msg.u64;

	if (features & ~dev->offered)
		return vhost_refuse(dev, c, -EPROTO, "0x%llx has not been offered",
				    (unsigned long long)(features & ~dev->offered));
	/* Only a migration changes its mind while rings run. */
	if (vhost_rings_run(dev) && (features ^ dev->features) & ~BIT(VHOST_FEATURE_LOG_ALL))
		return vhost_refuse(dev, c, -EPROTO, "0x%llx changed while rings run",
				    (unsigned long long)(features ^ dev->features));
	vhost_rings_hold(dev);
	/* The migration has ended. */
	if (dev->features & ~features & BIT(VHOST_FEATURE_LOG_ALL))
		guest_mem_set_log(&dev->mem, -1, 0, 0);
	dev->features = features;
	dev->has_features = true;
	vhost_rings_go_on(dev);
	return vhost_rings_agreed(dev, c);
}

static int get_protocol_features(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_reply_u64(c, dev->offered_protocol);
	return 0;
}

static int set_protocol_features(struct vhost_dev *dev, struct vhost_call *c)
{
	if (c->msg.u64 & ~dev->offered_protocol)
		return vhost_refuse(dev, c, -EPROTO, "0x%llx has not been offered",
				    (unsigned long long)(c->msg.u64 & ~dev->offered_protocol));
	dev->protocol_features = c->msg.u64;
	return 0;
}

static int set_owner(struct vhost_dev *dev, struct vhost_call *c)
{
	return 0;
}

/* Deprecated; what the protocol recommends to make of it. */
static int reset_owner(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_rings_disable(dev);
	return 0;
}

/* The memory stays: a front end with memory slots tells differences only. */
static int reset_device(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_rings_reset(dev, true);
	dev->features = 0;
	dev->has_features = false;
	dev->status = 0;
	return 0;
}

static int get_queue_num(struct vhost_dev *dev, struct vhost_call *c)
{
	/* Of a network device, pairs. */
	vhost_reply_u64(c, dev->config.n_queue_pairs);
	return 0;
}

static int set_status(struct vhost_dev *dev, struct vhost_call *c)
{
	if (c->msg.u64 > 0xff)
		return vhost_refuse(dev, c, -EPROTO, "0x%llx is no status",
				    (unsigned long long)c->msg.u64);
	if (!c->msg.u64)
		return reset_device(dev, c);
	dev->status = (__u8)c->msg.u64;
	return 0;
}

static int get_status(struct vhost_dev *dev, struct vhost_call *c)
{
	vhost_reply_u64(c, dev->status);
	return 0;
}

static int send_rarp(struct vhost_dev *dev, struct vhost_call *c)
{
	if (dev->ops->rarp)
		dev->ops->rarp(dev->aux, c->msg.bytes);
	return 0;
}

static int net_set_mtu(struct vhost_dev *dev, struct vhost_call *c)
{
	if (!dev->config.mtu)
		return vhost_refuse(dev, c, -EINVAL, "no MTU has been offered");
	if (c->msg.u64 < 68 || c->msg.u64 > dev->config.mtu)
		return vhost_refuse(dev, c, -EINVAL, "%llu, the port's MTU is %u",
				    (unsigned long long)c->msg.u64, dev->config.mtu);
	return 0;
}

/* --- messages --- */

static const vhost_handler handlers[VHOST_REQ_MAX] = {
	[VHOST_REQ_GET_FEATURES] = get_features,
	[VHOST_REQ_SET_FEATURES] = set_features,
	[VHOST_REQ_SET_OWNER] = set_owner,
	[VHOST_REQ_RESET_OWNER] = reset_owner,
	[VHOST_REQ_SET_MEM_TABLE] = vhost_set_mem_table,
	[VHOST_REQ_SET_LOG_BASE] = vhost_set_log_base,
	[VHOST_REQ_SET_LOG_FD] = vhost_set_log_fd,
	[VHOST_REQ_SET_VRING_NUM] = vhost_set_vring_num,
	[VHOST_REQ_SET_VRING_ADDR] = vhost_set_vring_addr,
	[VHOST_REQ_SET_VRING_BASE] = vhost_set_vring_base,
	[VHOST_REQ_GET_VRING_BASE] = vhost_get_vring_base,
	[VHOST_REQ_SET_VRING_KICK] = vhost_set_vring_kick,
	[VHOST_REQ_SET_VRING_CALL] = vhost_set_vring_call,
	[VHOST_REQ_SET_VRING_ERR] = vhost_set_vring_err,
	[VHOST_REQ_GET_PROTOCOL_FEATURES] = get_protocol_features,
	[VHOST_REQ_SET_PROTOCOL_FEATURES] = set_protocol_features,
	[VHOST_REQ_GET_QUEUE_NUM] = get_queue_num,
	[VHOST_REQ_SET_VRING_ENABLE] = vhost_set_vring_enable,
	[VHOST_REQ_SEND_RARP] = send_rarp,
	[VHOST_REQ_NET_SET_MTU] = net_set_mtu,
	[VHOST_REQ_GET_INFLIGHT_FD] = vhost_get_inflight_fd,
	[VHOST_REQ_SET_INFLIGHT_FD] = vhost_set_inflight_fd,
	[VHOST_REQ_RESET_DEVICE] = reset_device,
	[VHOST_REQ_GET_MAX_MEM_SLOTS] = vhost_get_max_mem_slots,
	[VHOST_REQ_ADD_MEM_REG] = vhost_add_mem_reg,
	[VHOST_REQ_REM_MEM_REG] = vhost_rem_mem_reg,
	[VHOST_REQ_SET_STATUS] = set_status,
	[VHOST_REQ_GET_STATUS] = get_status,
};

/* Tells what has changed, once for all that a message did. */
static void tell_changes(struct vhost_dev *dev)
{
	struct vhost_state now;
	bool same;

	vhost_dev_state(dev, &now);
	same = now.connected == dev->last.connected && now.running == dev->last.running &&
	       now.features == dev->last.features && !strcmp(now.reason, dev->last.reason);
	dev->last = now;
	if (!same && dev->ops->changed)
		dev->ops->changed(dev->aux);
}

static int handle(struct vhost_dev *dev, struct vhost_call *c, size_t len)
{
	int rc = vhost_msg_check(&c->msg, len, c->n_fds, dev->reason);
	int feature;

	if (rc)
		return rc;
	feature = vhost_request_feature(c->msg.h.request);
	if (feature >= 0 && !(dev->protocol_features >> feature & 1))
		return vhost_refuse(dev, c, -EOPNOTSUPP, "the feature for it was not agreed on");
	return handlers[c->msg.h.request](dev, c);
}

/* Makes the answer, if there is one: 0, or -EPROTO. */
static int answer(struct vhost_dev *dev, struct vhost_call *c, int rc)
{
	bool asked = c->msg.h.flags & VHOST_MSG_NEED_REPLY &&
		     dev->protocol_features >> VHOST_PROTOCOL_REPLY_ACK & 1;

	if (rc && (rc == -EPROTO || !asked))
		return -EPROTO;
	if (rc) {
		log_warn_rl("vhost", "a front end was told no: %s", dev->reason);
		dev->reason[0] = '\0';
	}
	if (asked && !c->has_reply)
		vhost_reply_u64(c, (__u64)-rc);
	c->reply.h.request = c->msg.h.request;
	c->reply.h.flags = VHOST_MSG_VERSION | VHOST_MSG_REPLY;
	return 0;
}

int vhost_dev_message(struct vhost_dev *dev, const void *bytes, size_t len, int *fds, size_t n_fds,
		      void *reply, size_t *reply_len, int *reply_fd)
{
	struct vhost_call c = {.fds = fds, .n_fds = n_fds, .reply_fd = -1};
	char name[16];
	int rc;

	*reply_len = 0;
	*reply_fd = -1;
	vhost_msg_read(&c.msg, bytes, len);
	c.name = vhost_request_name(c.msg.h.request, name);
	rc = dev->connected ? handle(dev, &c, len) : -EPROTO;
	for (size_t i = 0; i < n_fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	rc = answer(dev, &c, rc);
	if (!rc && c.has_reply) {
		*reply_len = vhost_msg_write(&c.reply, reply);
		*reply_fd = c.reply_fd;
	}
	tell_changes(dev);
	return rc;
}

/* --- the connection --- */

void vhost_dev_connected(struct vhost_dev *dev)
{
	vhost_dev_disconnected(dev, "another front end has come");
	dev->connected = true;
	dev->reason[0] = '\0';
	tell_changes(dev);
}

void vhost_dev_disconnected(struct vhost_dev *dev, const char *why)
{
	if (!dev->connected)
		return;
	dev->connected = false;
	/* [VHOST3] Without memory no ring goes on. */
	vhost_rings_hold(dev);
	guest_mem_fini(&dev->mem);
	vhost_inflight_fini(&dev->inflight);
	vhost_rings_go_on(dev);
	vhost_rings_reset(dev, false);
	dev->features = dev->protocol_features = 0;
	dev->has_features = false;
	dev->status = 0;
	if (why)
		snprintf(dev->reason, sizeof(dev->reason), "%s", why);
	else if (!dev->reason[0])
		snprintf(dev->reason, sizeof(dev->reason), "closed by the front end");
	tell_changes(dev);
}

void vhost_dev_on_fault(struct vhost_dev *dev, void (*fn)(void *aux), void *aux)
{
	dev->fault_fn = fn;
	dev->fault_aux = aux;
}

void vhost_dev_fault(struct vhost_dev *dev, const char *why)
{
	if (!dev->connected)
		return;
	vhost_rings_tell_errors(dev);
	vhost_dev_disconnected(dev, why);
	if (dev->fault_fn)
		dev->fault_fn(dev->fault_aux);
}

int vhost_dev_create(const struct vhost_config *config, const struct vhost_dev_ops *ops, void *aux,
		     struct vhost_dev **out)
{
	struct vhost_dev *dev;
	int rc;

	if (!config->n_queue_pairs || config->n_queue_pairs > VHOST_MAX_QUEUE_PAIRS)
		return -EINVAL;
	dev = calloc(1, sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->config = *config;
	dev->ops = ops;
	dev->aux = aux;
	dev->offered = features_of(config);
	dev->offered_protocol = protocol_features_of(config);
	dev->n_rings = 2u * config->n_queue_pairs;
	rc = vhost_rings_init(dev);
	if (rc) {
		free(dev);
		return rc;
	}
	*out = dev;
	return 0;
}

void vhost_dev_destroy(struct vhost_dev *dev)
{
	if (!dev)
		return;
	vhost_dev_disconnected(dev, "the port is going away");
	vhost_rings_fini(dev);
	free(dev);
}

/* --- for the port --- */

/* Why a ring does not do what it shall; "" when all do. */
static void ring_problem(const struct vhost_dev *dev, char *text, size_t size)
{
	for (unsigned int i = 0; i < dev->n_rings && !text[0]; i++) {
		struct vhost_ring *r = (struct vhost_ring *)&dev->ring[i];

		vring_lock(&r->vr);
		if (r->running && vring_reason(&r->vr)[0])
			snprintf(text, size, "ring %u: %s", i, vring_reason(&r->vr));
		vring_unlock(&r->vr);
		if (r->problem[0] && !text[0])
			snprintf(text, size, "ring %u: %s", i, r->problem);
	}
}

void vhost_dev_state(const struct vhost_dev *dev, struct vhost_state *out)
{
	*out = (struct vhost_state){
		.connected = dev->connected,
		.features = dev->features,
		.protocol_features = dev->protocol_features,
		.hdr_len = vhost_hdr_len(dev),
	};
	for (unsigned int i = 0; i < dev->n_rings; i++)
		out->n_ready += dev->ring[i].told;
	out->running = dev->has_features && out->n_ready;
	snprintf(out->reason, sizeof(out->reason), "%s", dev->reason);
	if (!out->reason[0])
		ring_problem(dev, out->reason, sizeof(out->reason));
}

struct vring *vhost_dev_ring(struct vhost_dev *dev, unsigned int i)
{
	return &dev->ring[i].vr;
}
