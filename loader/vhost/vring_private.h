/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of a ring share: vring.c (setup, notifications), vring_tx.c and
 * vring_rx.c (packets), vring_chain.c (descriptors), and the two formats.
 *
 * The formats know where descriptors are and how they are given back; what the
 * descriptors say is the same for both. Common shapes of a packet (one descriptor;
 * header and data) never get to vring_chain.h's general walk.
 */
#ifndef VHOST_VRING_PRIVATE_H
#define VHOST_VRING_PRIVATE_H

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "prefetch.h"
#include "vring.h"

#define VRING_DESC_F_NEXT 0x1
#define VRING_DESC_F_WRITE 0x2 /* the device writes */
#define VRING_DESC_F_INDIRECT 0x4
#define VRING_DESC_F_SHAPE (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)

#define VRING_DESC_BYTES 16u
#define VRING_CHUNK 32 /* packets whose descriptors are read before their data */
#define VRING_AHEAD 4 /* RX: buffers from the one in work to the one to be fetched */
#define VRING_POOL 2048 /* pieces of packets that have more than their own */

#define vring_likely(x) __builtin_expect(!!(x), 1)
#define vring_unlikely(x) __builtin_expect(!!(x), 0)

/* A descriptor, copied, in our byte order. */
struct vring_desc {
	__u64 addr;
	__u32 len;
	__u16 flags;
	__u16 next; /* packed: the buffer id */
};

/* A buffer as it is collected. */
struct vring_chain {
	struct iovec *iov;
	unsigned int n, max; /* pieces */
	unsigned int n_desc; /* descriptors, those of tables included */
	__u64 bytes;
	bool write; /* what all descriptors have to be */
};

/* An RX buffer: looked at, later used. */
struct vring_slot {
	__u16 id; /* head index or buffer id */
	__u16 n_desc; /* places in the ring */
	__u32 len; /* its room, then what was written */
};

struct vring_priv {
	struct iovec *pool; /* TX; NULL until it is needed */
	unsigned int pool_used;
	unsigned int n_slots; /* RX, reserved */
	struct vring_slot slot[VRING_MAX_CHAIN];
	const struct iovec *iov; /* RX: pieces of those */
	struct vring_slot used[]; /* packed: vring.n_used of them, to be shown */
};

struct vring_format_ops {
	/* Finds 'addr' in memory: 0 or -EPROTO with the reason. */
	int (*map)(struct vring *vr);
	/* Sets the indices. 0 or -EPROTO with the reason. */
	int (*start)(struct vring *vr, __u32 base);
	__u32 (*base)(const struct vring *vr);
	/* As vring_tx_receive(), but for at most VRING_CHUNK of them. */
	int (*receive)(struct vring *vr, struct vring_packet *packets, int max);
	void (*release)(struct vring *vr, const struct vring_packet *packets, int n);
	/* The RX buffer at '*at', appended to 'c'; '*at' moves on. 1; 0: there is none;
	 * -EMSGSIZE: more pieces than 'c' takes; -EPROTO. */
	int (*next)(struct vring *vr, struct vring_place *at, struct vring_chain *c,
		    struct vring_slot *slot);
	/* RX: the next 'n' buffers are used. */
	void (*use)(struct vring *vr, const struct vring_slot *slots, unsigned int n);
	/* Shows the guest what is used ('n_used' is not 0). */
	void (*publish)(struct vring *vr);
	/* Does the guest want to know? After a full barrier. */
	bool (*asks_call)(struct vring *vr);
	/* Asks for a kick at 'at', or for none (NULL). */
	void (*ask_kick)(struct vring *vr, const struct vring_place *at);
	bool (*available)(struct vring *vr, const struct vring_place *at);
};

extern const struct vring_format_ops vring_split_ops, vring_packed_ops;

/* --- vring.c --- */

/* Breaks the ring for good; the first reason stays. -EPROTO. */
int vring_break(struct vring *vr, const char *fmt, ...) __attribute__((cold, format(printf, 2, 3)));
/* The memory has changed: looks everything up anew. 0 or -EPROTO. */
int vring_remap(struct vring *vr) __attribute__((cold));

/* 1: its memory may be touched; 0: it is not started; -EPROTO. */
static inline int vring_touch(struct vring *vr)
{
	if (vring_unlikely(vr->reason[0]))
		return -EPROTO;
	if (vring_unlikely(!vr->started))
		return 0;
	if (vring_unlikely(vr->generation !=
			   __atomic_load_n(&vr->mem->generation, __ATOMIC_ACQUIRE)) &&
	    vring_remap(vr))
		return -EPROTO;
	return 1;
}

/* The same for taking buffers; 0: not now. */
static inline int vring_enter(struct vring *vr)
{
	int n = vring_touch(vr);

	return vring_unlikely(n > 0 && !vr->enabled) ? 0 : n;
}

/* --- vring_chain.c --- */

/* Appends a descriptor of the ring, or the table that it leads to. 1: the chain goes
 * on; 0: it ends; -EMSGSIZE or -EPROTO. */
int vring_chain_step(struct vring *vr, struct vring_chain *c, const struct vring_desc *d);

/* The guest may write at any time: read once, then use the copy. */
static inline void vring_copy_once(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	__asm__ volatile("" ::: "memory");
}

/* 'packed': flags and what is beside them have changed places. */
static inline struct vring_desc vring_desc_read(const void *at, bool packed)
{
	const volatile __u64 *words = at;
	__u64 addr = le64toh(words[0]), rest = le64toh(words[1]);
	__u16 third = (__u16)(rest >> 32), fourth = (__u16)(rest >> 48);

	return (struct vring_desc){.addr = addr,
				   .len = (__u32)rest,
				   .flags = packed ? fourth : third,
				   .next = packed ? third : fourth};
}

static inline struct vring_desc vring_desc_split(const void *at)
{
	return vring_desc_read(at, false);
}

static inline struct vring_desc vring_desc_packed(const void *at)
{
	return vring_desc_read(at, true);
}

/* Descriptor 'i' of the ring. */
static inline const void *vring_desc_place(const struct vring *vr, unsigned int i)
{
	return (const __u8 *)vr->desc + VRING_DESC_BYTES * i;
}

/* All of what 'd' leads to, if that lies in one region; else NULL. */
static inline __u8 *vring_desc_at(struct vring *vr, const struct vring_desc *d)
{
	__u64 len = d->len;
	__u8 *p = guest_mem_at_hint(vr->mem, &vr->hint, d->addr, &len);

	return vring_likely(p && len == d->len) ? p : NULL;
}

/* Event suppression: does 'event' lie in what was passed from 'old' to 'now'? */
static inline bool vring_need_event(__u16 event, __u16 now, __u16 old)
{
	return (__u16)(now - event - 1) < (__u16)(now - old);
}

/* --- vring_tx.c --- */

/* A packet whose header and frame are one descriptor, or one each ('data'): its
 * header is at the return value and still to be copied. NULL: not so simple. */
static inline __u8 *vring_tx_simple(struct vring *vr, struct vring_packet *p,
				    const struct vring_desc *d, const struct vring_desc *data)
{
	__u32 hdr_len = vr->format.hdr_len, len = data ? data->len : d->len - hdr_len;
	__u8 *header, *frame;

	if (data ? d->len != hdr_len : d->len <= hdr_len)
		return NULL;
	if (!len || len > VRING_MAX_FRAME)
		return NULL;
	header = vring_desc_at(vr, d);
	if (!header)
		return NULL;
	frame = data ? vring_desc_at(vr, data) : header + hdr_len;
	if (!frame)
		return NULL;
	p->own[0].iov_base = frame;
	p->own[0].iov_len = len;
	p->iov = p->own;
	p->n_iov = 1;
	p->len = len;
	return header;
}

/* Where the pieces of one more packet can be collected. 0; -ENOBUFS: when others
 * have been released; -EPROTO. */
int vring_tx_chain(struct vring *vr, struct vring_chain *c);
/* The packet that was collected there, header and all; 'err' is what collecting it
 * ended with. 0 or -EPROTO. */
int vring_tx_general(struct vring *vr, struct vring_packet *p, struct vring_chain *c, int err);
/* Copies the headers of simple packets (those that are not NULL), and counts. */
void vring_tx_headers(struct vring *vr, struct vring_packet *packets, __u8 *const *headers, int n);

/* --- vring_rx.c --- */

/* Appends a buffer that is one descriptor, in one region. False: not so simple. */
static inline bool vring_rx_simple(struct vring *vr, struct vring_chain *c,
				   const struct vring_desc *d)
{
	__u8 *p;

	if ((d->flags & VRING_DESC_F_SHAPE) != VRING_DESC_F_WRITE || !d->len || c->n == c->max ||
	    d->len > UINT32_MAX - c->bytes)
		return false;
	p = vring_desc_at(vr, d);
	if (!p)
		return false;
	c->iov[c->n].iov_base = p;
	c->iov[c->n++].iov_len = d->len;
	c->bytes += d->len;
	return true;
}

/* A buffer that will be wanted soon: its first lines. */
static inline void vring_rx_fetch(struct vring *vr, const struct vring_desc *d)
{
	const __u8 *p = vring_desc_at(vr, d);

	if (!p)
		return;
	prefetch_to_write(p);
	prefetch_to_write(p + 64);
}

#endif /* VHOST_VRING_PRIVATE_H */
