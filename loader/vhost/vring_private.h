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

#include "vring.h"

#define VRING_DESC_F_NEXT 0x1
#define VRING_DESC_F_WRITE 0x2 /* the device writes */
#define VRING_DESC_F_INDIRECT 0x4
#define VRING_DESC_F_SHAPE (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)

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

/* Appends one descriptor that is not indirect. 0, -EMSGSIZE or -EPROTO. */
int vring_chain_add(struct vring *vr, struct vring_chain *c, const struct vring_desc *d);
/* Appends the table that 'd' leads to. */
int vring_chain_table(struct vring *vr, struct vring_chain *c, const struct vring_desc *d);

/* The guest may write at any time: read once, then use the copy. */
static inline void vring_copy_once(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	__asm__ volatile("" ::: "memory");
}

static inline void vring_desc_words(const void *at, __u64 *addr, __u64 *rest)
{
	const volatile __u64 *words = at;

	*addr = le64toh(words[0]);
	*rest = le64toh(words[1]);
}

static inline struct vring_desc vring_desc_split(const void *at)
{
	__u64 addr, rest;

	vring_desc_words(at, &addr, &rest);
	return (struct vring_desc){.addr = addr,
				   .len = (__u32)rest,
				   .flags = (__u16)(rest >> 32),
				   .next = (__u16)(rest >> 48)};
}

static inline struct vring_desc vring_desc_packed(const void *at)
{
	__u64 addr, rest;

	vring_desc_words(at, &addr, &rest);
	return (struct vring_desc){.addr = addr,
				   .len = (__u32)rest,
				   .flags = (__u16)(rest >> 48),
				   .next = (__u16)(rest >> 32)};
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

#endif /* VHOST_VRING_PRIVATE_H */
