// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The memory of inflight tracking, and the layout for split rings. That of packed
 * rings is in vhost_inflight_packed.c.
 */
#include "vhost_inflight_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define QUEUE_ALIGN 64u /* of each ring's region, as other back ends do */
#define VERSION 1

struct desc_state {
	__u8 inflight;
	__u8 padding[5];
	__u16 next; /* used before it, in the last batch */
	__u64 counter;
};

struct region {
	__u64 features; /* 0 */
	__u16 version; /* 0: new */
	__u16 desc_num;
	__u16 last_batch_head;
	__u16 used_idx;
	struct desc_state desc[];
};

XVS_STATIC_ASSERT(sizeof(struct desc_state) == 16, "as the protocol has it");
XVS_STATIC_ASSERT(sizeof(struct region) == 16, "as the protocol has it");

static size_t queue_bytes(__u16 size, bool packed)
{
	size_t n = packed ? vhost_inflight_packed_bytes(size)
			  : sizeof(struct region) + size * sizeof(struct desc_state);

	return (n + QUEUE_ALIGN - 1) & ~(size_t)(QUEUE_ALIGN - 1);
}

__u64 vhost_inflight_bytes(unsigned int n, __u16 size, bool packed)
{
	return (__u64)n * queue_bytes(size, packed);
}

void vhost_inflight_fini(struct vhost_inflight *f)
{
	for (unsigned int i = 0; i < f->n; i++)
		free(f->queue[i].fifo);
	if (f->map)
		guest_mem_unmap(f->map, f->len);
	memset(f, 0, sizeof(*f));
}

int vhost_inflight_adopt(struct vhost_inflight *f, struct guest_mem *m, int fd, __u64 bytes,
			 __u64 offset, unsigned int n, __u16 size, bool packed)
{
	struct guest_mapping mapping;
	int err;

	vhost_inflight_fini(f);
	if (!n || n > VHOST_INFLIGHT_QUEUES || !size || size > VRING_MAX_SIZE ||
	    offset % sizeof(__u64) || bytes < vhost_inflight_bytes(n, size, packed))
		return -EINVAL;
	err = guest_mem_map(m, fd, bytes, offset, &mapping);
	if (err)
		return err;
	f->map = mapping.map;
	f->len = mapping.len;
	f->n = n;
	for (unsigned int i = 0; i < n && !err; i++) {
		f->queue[i].region = mapping.at + i * queue_bytes(size, packed);
		f->queue[i].size = size;
		f->queue[i].packed = packed;
		if (packed) {
			f->queue[i].fifo = calloc(size, sizeof(__u16));
			err = f->queue[i].fifo ? 0 : -ENOMEM;
		}
	}
	if (err)
		vhost_inflight_fini(f);
	return err;
}

int vhost_inflight_create(struct vhost_inflight *f, struct guest_mem *m, unsigned int n, __u16 size,
			  bool packed, int *fd)
{
	__u64 bytes = vhost_inflight_bytes(n, size, packed);
	int err;

	*fd = memfd_create("xvs-inflight", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	err = ftruncate(*fd, (off_t)bytes) ? -errno : 0;
	if (!err)
		err = vhost_inflight_adopt(f, m, *fd, bytes, 0, n, size, packed);
	if (err) {
		close(*fd);
		*fd = -1;
	}
	return err;
}

struct vring_inflight *vhost_inflight_ring(struct vhost_inflight *f, unsigned int i, bool packed)
{
	return i < f->n && f->queue[i].packed == packed ? &f->queue[i] : NULL;
}

/* --- split --- */

static int by_counter(const void *a, const void *b)
{
	const struct vhost_inflight_taken *x = a, *y = b;

	return (x->counter > y->counter) - (x->counter < y->counter);
}

void vhost_inflight_sort(struct vhost_inflight_taken *taken, int n)
{
	qsort(taken, (size_t)n, sizeof(*taken), by_counter);
}

/* What was shown to the guest as used before the crash is not inflight. */
static int end_batch(struct region *r, __u16 size, __u16 used_idx)
{
	__u16 n = (__u16)(used_idx - XVS_READ_ONCE(r->used_idx));
	__u16 head = XVS_READ_ONCE(r->last_batch_head);

	if (n > size)
		return -EINVAL;
	for (; n; n--) {
		if (head >= size)
			return -EINVAL;
		r->desc[head].inflight = 0;
		head = XVS_READ_ONCE(r->desc[head].next);
	}
	XVS_WRITE_ONCE(r->used_idx, used_idx);
	return 0;
}

int vhost_inflight_recover_split(struct vring_inflight *f, __u16 size, __u16 used_idx, __u16 *heads)
{
	struct region *r = f->region;
	struct vhost_inflight_taken *taken;
	int n = 0;

	if (size > f->size)
		return -EINVAL;
	if (!XVS_READ_ONCE(r->version)) {
		memset(r, 0, sizeof(*r) + f->size * sizeof(r->desc[0]));
		r->desc_num = f->size;
		r->used_idx = used_idx;
		XVS_WRITE_ONCE(r->version, VERSION);
		f->counter = 0;
		return -ENODATA;
	}
	if (end_batch(r, size, used_idx))
		return -EINVAL;
	taken = malloc(size * sizeof(*taken));
	if (!taken)
		return -EINVAL;
	for (__u16 i = 0; i < size; i++)
		if (XVS_READ_ONCE(r->desc[i].inflight))
			taken[n++] = (struct vhost_inflight_taken){
				.counter = XVS_READ_ONCE(r->desc[i].counter), .entry = i};
	vhost_inflight_sort(taken, n);
	for (int i = 0; i < n; i++)
		heads[i] = taken[i].entry;
	f->counter = n ? taken[n - 1].counter + 1 : 0;
	free(taken);
	return n;
}

void vhost_inflight_take_split(struct vring_inflight *f, __u16 head)
{
	struct region *r = f->region;

	XVS_WRITE_ONCE(r->desc[head].counter, f->counter);
	f->counter++;
	__atomic_store_n(&r->desc[head].inflight, 1, __ATOMIC_RELEASE);
}

void vhost_inflight_use_split(struct vring_inflight *f, __u16 head)
{
	struct region *r = f->region;

	XVS_WRITE_ONCE(r->desc[head].next, r->last_batch_head);
	__atomic_store_n(&r->last_batch_head, head, __ATOMIC_RELEASE);
}

void vhost_inflight_published_split(struct vring_inflight *f, __u16 n, __u16 used_idx)
{
	struct region *r = f->region;
	__u16 head = XVS_READ_ONCE(r->last_batch_head);

	for (; n && head < f->size; n--) {
		XVS_WRITE_ONCE(r->desc[head].inflight, 0);
		head = XVS_READ_ONCE(r->desc[head].next);
	}
	__atomic_store_n(&r->used_idx, used_idx, __ATOMIC_RELEASE);
}
