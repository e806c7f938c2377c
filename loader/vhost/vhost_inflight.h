/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inflight I/O tracking: which buffers a back end had taken and not used when it
 * died. The front end keeps the memory in which we write that down, and gives it to
 * the next one.
 *
 * We use buffers in their order [RING3], so that what was inflight is what comes
 * next in the ring, and where the ring was used up to is all that we need: a front
 * end may have forgotten it (QEMU has no way to look it up in a packed ring). All
 * of the layout is written nevertheless, for a back end of another make; what such
 * a one left behind out of order is refused.
 *
 * Invariant
 * [INFL1] Killed between any two stores, each buffer is used once in the guest's
 *         view: none that was shown as used is used again, none is forgotten.
 *
 * The memory is the front end's, too: what is read from there is bounded.
 *
 * Source: the vhost-user protocol, "Inflight I/O tracking".
 *
 * Thread rule: as vring.h; mapping and unmapping while no ring has it.
 */
#ifndef VHOST_VHOST_INFLIGHT_H
#define VHOST_VHOST_INFLIGHT_H

#include "vring.h"

#define VHOST_INFLIGHT_QUEUES 32 /* rings of one device */

/* Of one ring; filled by vhost_inflight_create() or _adopt(). */
struct vring_inflight {
	void *region;
	__u16 size; /* entries of the region */
	bool packed;
	__u64 counter; /* of the next buffer that is taken */
	/* Packed: entries in the order of their chains, of 'size'. */
	__u16 *fifo;
	__u16 taken, used; /* places in it, free running: taken, used */
	__u16 shown; /* ... and shown to the guest as used */
};

/* Of one device; all zeros: none. */
struct vhost_inflight {
	void *map;
	size_t len;
	unsigned int n;
	struct vring_inflight queue[VHOST_INFLIGHT_QUEUES];
};

/* --- for the device --- */

/* Bytes for 'n' rings of 'size' descriptors. */
__u64 vhost_inflight_bytes(unsigned int n, __u16 size, bool packed);
/* VHOST_USER_GET_INFLIGHT_FD: new memory, whose descriptor is '*fd' (to be sent and
 * closed), and VHOST_USER_SET_INFLIGHT_FD: memory of before, 'bytes' from 'offset'
 * on of 'fd', which stays the caller's. What was there is unmapped. A fault in it
 * marks 'm' (guest_mem_guard). 0; -EINVAL: sizes that do not fit; -errno. */
int vhost_inflight_create(struct vhost_inflight *f, struct guest_mem *m, unsigned int n, __u16 size,
			  bool packed, int *fd);
int vhost_inflight_adopt(struct vhost_inflight *f, struct guest_mem *m, int fd, __u64 bytes,
			 __u64 offset, unsigned int n, __u16 size, bool packed);
void vhost_inflight_fini(struct vhost_inflight *f);
/* For vring_start(); NULL: none for this ring. */
struct vring_inflight *vhost_inflight_ring(struct vhost_inflight *f, unsigned int i, bool packed);

/* --- for the ring formats, split --- */

/* 'heads' (of 'size') that were taken and not used, in their order: how many;
 * -ENODATA: the region is new; -EINVAL: it is damaged, or too small. 'used_idx' is
 * the used ring's. */
int vhost_inflight_recover_split(struct vring_inflight *f, __u16 size, __u16 used_idx,
				 __u16 *heads);
void vhost_inflight_take_split(struct vring_inflight *f, __u16 head);
void vhost_inflight_use_split(struct vring_inflight *f, __u16 head);
/* The last 'n' that were used are in the used ring, whose index is 'used_idx'. */
void vhost_inflight_published_split(struct vring_inflight *f, __u16 n, __u16 used_idx);

/* --- packed --- */

/* A buffer that was taken and not used; its first descriptor. */
struct vhost_inflight_chain {
	__u64 addr;
	__u32 len;
	__u16 id; /* of the chain */
	__u16 num; /* places in the ring */
};

/* The first half: where the guest may have been shown more than we know of. Whether
 * it was, only the ring can tell ('shown' below). 0, -ENODATA or -EINVAL. */
int vhost_inflight_pending_packed(struct vring_inflight *f, __u16 size, struct vring_place *at);
/* The second: 'chains' (of 'size') as heads of the split format, and in '*used' the
 * place up to which the ring is used. */
int vhost_inflight_recover_packed(struct vring_inflight *f, bool shown,
				  struct vhost_inflight_chain *chains, struct vring_place *used);
/* The third: they are all going to be taken anew. */
void vhost_inflight_restart_packed(struct vring_inflight *f);
/* A new region; the ring is used up to 'used'. */
void vhost_inflight_begin_packed(struct vring_inflight *f, struct vring_place used);
/* A chain of 'n' descriptors, the ring's own, from 'at' on in a ring of 'size'. */
void vhost_inflight_take_packed(struct vring_inflight *f, const void *ring, __u16 size, __u16 at,
				__u16 n, __u16 id);
/* The oldest 'n' chains are about to be shown as used: up to 'used'; they have been. */
void vhost_inflight_use_packed(struct vring_inflight *f, __u16 n, struct vring_place used);
void vhost_inflight_published_packed(struct vring_inflight *f);

#endif /* VHOST_VHOST_INFLIGHT_H */
