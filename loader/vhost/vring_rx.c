// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets to the guest: its buffers are collected, written, and used.
 */
#include "vring_private.h"

#define NUM_BUFFERS_AT sizeof(struct virtio_net_hdr)

/* Looks at buffers until there is room for 'need' bytes: how many pieces they have,
 * 0 when there is less, or -EMSGSIZE, -EPROTO. Nothing is taken. */
static int collect(struct vring *vr, __u32 need, struct iovec *iov, unsigned int max_iov)
{
	struct vring_chain c = {.iov = iov, .max = max_iov, .write = true};
	struct vring_priv *priv = vr->priv;
	struct vring_place at = vr->next_avail;
	unsigned int n = 0;

	priv->n_slots = 0;
	vr->starved = false;
	do {
		int got;

		if (vring_unlikely(n == VRING_MAX_CHAIN))
			return -EMSGSIZE;
		/* Each buffer has a chain of its own, pieces are in one list. */
		c.n_desc = 0;
		got = vr->ops->next(vr, &at, &c, &priv->slot[n]);
		if (vring_unlikely(got <= 0)) {
			vr->starved = !got;
			vr->short_of = at;
			return got;
		}
		if (vring_unlikely(!n++ && c.bytes < vr->format.hdr_len))
			return vring_break(
				vr, "a receive buffer of %llu bytes: shorter than the header",
				c.bytes);
		if (vring_unlikely(c.bytes < need && !vr->format.mrg_rxbuf))
			return -EMSGSIZE;
	} while (c.bytes < need);
	priv->n_slots = n;
	priv->iov = iov;
	return (int)c.n;
}

/* A cursor in a list of pieces. */
struct cursor {
	const struct iovec *iov;
	size_t off; /* in the first one */
};

/* Copies to where 'to' is, which has the room. */
static void copy_out(struct cursor *to, const void *from, size_t len)
{
	const __u8 *in = from;

	while (len) {
		size_t room = to->iov->iov_len - to->off;
		size_t n = len < room ? len : room;

		/* A guest that gets its own frame may have named one place twice. */
		memmove((__u8 *)to->iov->iov_base + to->off, in, n);
		in += n;
		len -= n;
		to->off += n;
		if (to->off == to->iov->iov_len) {
			to->iov++;
			to->off = 0;
		}
	}
}

static void log_written(struct vring *vr, __u32 left)
{
	for (const struct iovec *iov = vr->priv->iov; left; iov++) {
		__u32 n = iov->iov_len < left ? (__u32)iov->iov_len : left;

		guest_mem_log_at(vr->mem, iov->iov_base, n);
		left -= n;
	}
}

static void set_num_buffers(struct vring *vr, unsigned int n)
{
	struct cursor to = {.iov = vr->priv->iov, .off = NUM_BUFFERS_AT};
	__u16 value = htole16((__u16)n);

	if (vring_likely(to.iov->iov_len >= vr->format.hdr_len)) {
		memcpy((__u8 *)to.iov->iov_base + NUM_BUFFERS_AT, &value, sizeof(value));
		return;
	}
	for (; to.off >= to.iov->iov_len; to.iov++)
		to.off -= to.iov->iov_len;
	copy_out(&to, &value, sizeof(value));
}

/* Uses the first 'n' of the reserved buffers, which have 'written' bytes together. */
static inline void use(struct vring *vr, unsigned int n, __u32 written)
{
	struct vring_priv *priv = vr->priv;

	if (vring_unlikely(vr->mem->log != NULL))
		log_written(vr, written);
	vr->ops->use(vr, priv->slot, n);
	priv->n_slots = 0;
	vr->stats.packets++;
	vr->stats.bytes += written - vr->format.hdr_len;
}

/* Uses as many of the reserved buffers as 'written' bytes take. */
static void use_written(struct vring *vr, __u32 written)
{
	struct vring_priv *priv = vr->priv;
	__u32 left = written;
	unsigned int n = 0;

	do {
		struct vring_slot *slot = &priv->slot[n++];

		if (slot->len > left)
			slot->len = left;
		left -= slot->len;
	} while (left);
	if (vr->format.hdr_len > NUM_BUFFERS_AT)
		set_num_buffers(vr, n);
	use(vr, n, written);
}

/* A whole frame, behind its header; how much of 'len' there was. */
static __u32 put_frame(struct cursor *to, const struct iovec *iov, int n_iov, __u32 len)
{
	__u32 left = len;

	for (int i = 0; i < n_iov && left; i++) {
		__u32 part = iov[i].iov_len < left ? (__u32)iov[i].iov_len : left;

		copy_out(to, iov[i].iov_base, part);
		left -= part;
	}
	return len - left;
}

int vring_rx_send(struct vring *vr, const struct virtio_net_hdr *hdr, const struct iovec *iov,
		  int n_iov, __u32 len)
{
	struct virtio_net_hdr_mrg_rxbuf header = {.hdr = *hdr};
	struct iovec pieces[VRING_MAX_PIECES];
	struct vring_priv *priv = vr->priv;
	__u32 hdr_len = vr->format.hdr_len;
	struct cursor to = {.iov = pieces};
	int n = vring_enter(vr);

	if (vring_unlikely(n < 0))
		return n;
	if (vring_unlikely(len > VRING_MAX_FRAME))
		return -EMSGSIZE;
	n = n ? collect(vr, hdr_len + len, pieces, VRING_MAX_PIECES) : 0;
	if (vring_unlikely(n <= 0)) {
		vr->stats.no_buffer += n == 0;
		return n ? n : -ENOBUFS;
	}
	if (vring_likely(n == 1 && n_iov == 1 && iov->iov_len >= len &&
			 hdr_len == sizeof(header))) {
		__u8 *p = pieces[0].iov_base;

		header.num_buffers = htole16(1);
		memcpy(p, &header, sizeof(header));
		/* As in copy_out(). */
		memmove(p + sizeof(header), iov->iov_base, len);
		priv->slot[0].len = hdr_len + len;
		use(vr, 1, hdr_len + len);
		return 0;
	}
	copy_out(&to, &header, hdr_len);
	use_written(vr, hdr_len + put_frame(&to, iov, n_iov, len));
	return 0;
}

int vring_rx_reserve(struct vring *vr, __u32 len, struct iovec *iov, int max_iov)
{
	int n = vring_enter(vr);

	if (vring_unlikely(n <= 0))
		return n;
	if (vring_unlikely(len > VRING_MAX_FRAME || max_iov <= 0))
		return -EMSGSIZE;
	return collect(vr, vr->format.hdr_len + len, iov, (unsigned int)max_iov);
}

int vring_rx_commit(struct vring *vr, __u32 written)
{
	struct vring_priv *priv = vr->priv;
	__u64 room = 0;
	int n = vring_touch(vr);

	if (vring_unlikely(n <= 0))
		return n < 0 ? n : -ENOBUFS;
	for (unsigned int i = 0; i < priv->n_slots; i++)
		room += priv->slot[i].len;
	if (written < vr->format.hdr_len || written > room) {
		priv->n_slots = 0;
		return written ? -EINVAL : 0;
	}
	use_written(vr, written);
	return 0;
}
