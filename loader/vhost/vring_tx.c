// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets from the guest: from descriptors to struct vring_packet.
 */
#include "vring_private.h"

#include <stdlib.h>

int vring_tx_chain(struct vring *vr, struct vring_chain *c)
{
	struct vring_priv *priv = vr->priv;

	if (!priv->pool) {
		priv->pool = malloc(VRING_POOL * sizeof(*priv->pool));
		if (!priv->pool)
			return vring_break(vr, "out of memory");
	}
	if (priv->pool_used + VRING_MAX_PIECES > VRING_POOL)
		return -ENOBUFS;
	*c = (struct vring_chain){.iov = priv->pool + priv->pool_used, .max = VRING_MAX_PIECES};
	return 0;
}

/* Takes the header off the front of 'iov': how many pieces it took whole. */
static unsigned int strip_header(void *header, __u32 len, struct iovec *iov)
{
	__u8 *out = header;
	unsigned int i = 0;

	while (len) {
		size_t n = iov[i].iov_len < len ? iov[i].iov_len : len;

		vring_copy_once(out, iov[i].iov_base, n);
		out += n;
		len -= (__u32)n;
		iov[i].iov_base = (__u8 *)iov[i].iov_base + n;
		iov[i].iov_len -= n;
		if (!iov[i].iov_len)
			i++;
	}
	return i;
}

int vring_tx_general(struct vring *vr, struct vring_packet *p, struct vring_chain *c, int err)
{
	struct virtio_net_hdr_mrg_rxbuf header; /* the longer one */
	__u32 hdr_len = vr->format.hdr_len;
	unsigned int first;

	if (err == -EMSGSIZE)
		return vring_break(vr, "a packet in more than %u pieces", VRING_MAX_PIECES);
	if (err)
		return err;
	if (c->bytes < hdr_len)
		return vring_break(vr, "a packet of %llu bytes: shorter than its header", c->bytes);
	if (c->bytes - hdr_len > VRING_MAX_FRAME)
		return vring_break(vr, "a frame of %llu bytes: the longest are of %u",
				   c->bytes - hdr_len, VRING_MAX_FRAME);
	first = strip_header(&header, hdr_len, c->iov);
	p->hdr = header.hdr;
	p->len = (__u32)c->bytes - hdr_len;
	p->n_iov = (__u16)(c->n - first);
	p->iov = c->iov + first;
	if (p->n_iov <= VRING_OWN_PIECES) {
		memcpy(p->own, p->iov, p->n_iov * sizeof(p->own[0]));
		p->iov = p->own;
	} else {
		vr->priv->pool_used += c->n;
	}
	return 0;
}

void vring_tx_headers(struct vring *vr, struct vring_packet *packets, __u8 *const *headers, int n)
{
	__u64 bytes = 0;

	for (int i = 0; i < n; i++) {
		if (vring_likely(headers[i]))
			vring_copy_once(&packets[i].hdr, headers[i], sizeof(packets[i].hdr));
		bytes += packets[i].len;
	}
	vr->stats.packets += (__u64)n;
	vr->stats.bytes += bytes;
}

int vring_tx_receive(struct vring *vr, struct vring_packet *packets, int max)
{
	int n = vring_enter(vr), done = 0, chunk;

	if (vring_unlikely(n <= 0 || max <= 0))
		return n < 0 ? n : 0;
	/* All that was in it has been given back. */
	if (!vr->n_taken)
		vr->priv->pool_used = 0;
	do {
		chunk = max - done < VRING_CHUNK ? max - done : VRING_CHUNK;
		n = vr->ops->receive(vr, packets + done, chunk);
		if (n <= 0)
			break;
		vr->n_taken = (__u16)(vr->n_taken + n);
		done += n;
	} while (n == chunk && done < max);
	return done ? done : n;
}

void vring_tx_release(struct vring *vr, const struct vring_packet *packets, int n)
{
	if (n > vr->n_taken)
		n = vr->n_taken;
	if (n <= 0)
		return;
	for (int i = 0; i < n; i++)
		vr->taken_desc = (__u16)(vr->taken_desc - packets[i].n_desc);
	vr->n_taken = (__u16)(vr->n_taken - n);
	if (vring_likely(vring_touch(vr) > 0))
		vr->ops->release(vr, packets, n);
}
