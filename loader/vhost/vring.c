// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Setup of a ring, its end, and notifications; what the formats have in common.
 */
#include "vring_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vhost_notify.h"

int vring_init(struct vring *vr)
{
	pthread_mutexattr_t attr;
	int err;

	memset(vr, 0, sizeof(*vr));
	vr->kick_fd = vr->call_fd = -1;
	err = pthread_mutexattr_init(&attr);
	if (err)
		return -err;
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	err = pthread_mutex_init(&vr->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return -err;
}

void vring_fini(struct vring *vr)
{
	vring_stop(vr);
	pthread_mutex_destroy(&vr->lock);
}

int vring_break(struct vring *vr, const char *fmt, ...)
{
	va_list args;

	if (!vr->reason[0]) {
		va_start(args, fmt);
		vsnprintf(vr->reason, sizeof(vr->reason), fmt, args);
		va_end(args);
	}
	return -EPROTO;
}

int vring_remap(struct vring *vr)
{
	__u32 generation = __atomic_load_n(&vr->mem->generation, __ATOMIC_ACQUIRE);

	if (guest_mem_is_broken(vr->mem))
		return vring_break(vr, "the guest's memory was taken away while in use");
	vr->priv->n_slots = 0;
	if (vr->ops->map(vr))
		return -EPROTO;
	vr->generation = generation;
	return 0;
}

static void forget(struct vring *vr)
{
	vr->started = false;
	if (vr->priv)
		free(vr->priv->pool);
	free(vr->priv);
	vr->priv = NULL;
	vr->inflight = NULL;
	vr->n_used = vr->n_taken = vr->taken_desc = vr->used_desc = 0;
	vr->wants_call = vr->starved = vr->signalled_valid = vr->polling = false;
}

int vring_start(struct vring *vr, const struct guest_mem *mem, const struct vring_format *format,
		const struct vring_addr *addr, __u16 size, __u32 base,
		struct vring_inflight *inflight)
{
	vring_stop(vr);
	vr->reason[0] = '\0';
	vr->mem = mem;
	vr->format = *format;
	vr->addr = *addr;
	vr->size = size;
	vr->ops = format->packed ? &vring_packed_ops : &vring_split_ops;
	vr->hint = &mem->region[0];
	if (!size || size > VRING_MAX_SIZE || (!format->packed && size & (size - 1))) {
		vring_break(vr, "a ring of %u descriptors", size);
		return -EINVAL;
	}
	if (format->hdr_len != sizeof(struct virtio_net_hdr) &&
	    format->hdr_len != sizeof(struct virtio_net_hdr_mrg_rxbuf)) {
		vring_break(vr, "a header of %u bytes", format->hdr_len);
		return -EINVAL;
	}
	vr->priv = calloc(1, sizeof(*vr->priv) +
				     (format->packed ? size * sizeof(vr->priv->used[0]) : 0));
	if (!vr->priv)
		return -ENOMEM;
	vr->inflight = inflight;
	if (vring_remap(vr) || vr->ops->start(vr, base)) {
		forget(vr);
		return -EINVAL;
	}
	vr->started = true;
	return 0;
}

/* Shows what is used, and remembers that the guest has to be asked. */
static void publish(struct vring *vr)
{
	if (!vr->n_used)
		return;
	vr->ops->publish(vr);
	vr->n_used = 0;
	vr->wants_call = true;
}

__u32 vring_stop(struct vring *vr)
{
	__u32 base;

	if (!vr->started)
		return 0;
	/* A ring whose memory is gone is not written any more. */
	if (!vr->reason[0] && (vr->generation == vr->mem->generation || !vring_remap(vr)))
		publish(vr);
	base = vr->ops->base(vr);
	forget(vr);
	return base;
}

bool vring_is_ready(const struct vring *vr)
{
	return vr->started && vr->enabled && !vr->reason[0];
}

const char *vring_reason(const struct vring *vr)
{
	return vr->reason;
}

void vring_flush(struct vring *vr)
{
	if (vring_unlikely(vring_touch(vr) <= 0))
		return;
	publish(vr);
	if (!vr->wants_call || vr->call_fd < 0)
		return;
	vr->wants_call = false;
	if (!vr->ops->asks_call(vr))
		return;
	if (vhost_notify(vr->call_fd))
		vr->stats.calls++;
}

bool vring_wait(struct vring *vr)
{
	const struct vring_place *at = vr->starved ? &vr->short_of : &vr->next_avail;
	bool was_broken = vr->reason[0];
	int n = vring_touch(vr);

	if (n <= 0)
		return !n || was_broken;
	vr->ops->ask_kick(vr, at);
	vr->polling = false;
	/* A: the driver writes its index (flags), then reads what we ask for, with a
	 * barrier between, too. One of the two sees the other's. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!vr->ops->available(vr, at))
		return true;
	vring_poll(vr);
	return false;
}

void vring_poll(struct vring *vr)
{
	if (vr->polling || vring_touch(vr) <= 0)
		return;
	vr->ops->ask_kick(vr, NULL);
	vr->polling = true;
}
