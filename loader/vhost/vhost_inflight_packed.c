// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The layout of inflight tracking for packed rings: a copy of each descriptor that
 * was taken, in entries of a free list, and a used index of now and of before the
 * last batch, so that a batch is there wholly or not at all.
 */
#include "vhost_inflight_private.h"

#include <stdlib.h>

#include "vring_private.h"

#define VERSION 1

struct desc_state {
	__u8 inflight; /* this and 'last', 'num', 'counter': of a chain's first */
	__u8 padding;
	__u16 next; /* of the free list, or of the chain */
	__u16 last;
	__u16 num;
	__u64 counter;
	__u16 id;
	__u16 flags;
	__u32 len;
	__u64 addr;
};

struct region {
	__u64 features; /* 0 */
	__u16 version; /* 0: new */
	__u16 desc_num;
	__u16 free_head, old_free_head;
	__u16 used_idx, old_used_idx;
	__u8 used_wrap_counter, old_used_wrap_counter;
	__u8 padding[7];
	struct desc_state desc[];
};

XVS_STATIC_ASSERT(sizeof(struct desc_state) == 32, "as the protocol has it");
XVS_STATIC_ASSERT(XVS_OFFSETOF(struct region, desc) == 32, "as the protocol has it");

size_t vhost_inflight_packed_bytes(__u16 size)
{
	return sizeof(struct region) + size * sizeof(struct desc_state);
}

void vhost_inflight_begin_packed(struct vring_inflight *f, struct vring_place used)
{
	struct region *r = f->region;

	memset(r, 0, vhost_inflight_packed_bytes(f->size));
	r->desc_num = f->size;
	for (__u16 i = 0; i < f->size; i++)
		r->desc[i].next = (__u16)(i + 1);
	r->used_idx = r->old_used_idx = used.idx;
	r->used_wrap_counter = r->old_used_wrap_counter = used.wrap;
	__atomic_store_n(&r->version, VERSION, __ATOMIC_RELEASE);
	f->counter = 0;
}

int vhost_inflight_pending_packed(struct vring_inflight *f, __u16 size, struct vring_place *at)
{
	const struct region *r = f->region;

	f->taken = f->used = f->shown = 0;
	if (size > f->size)
		return -EINVAL;
	if (!XVS_READ_ONCE(r->version))
		return -ENODATA;
	at->idx = XVS_READ_ONCE(r->old_used_idx);
	at->wrap = XVS_READ_ONCE(r->old_used_wrap_counter) & 1;
	return at->idx < size ? 0 : -EINVAL;
}

static void commit(struct region *r)
{
	XVS_WRITE_ONCE(r->old_free_head, r->free_head);
	XVS_WRITE_ONCE(r->old_used_idx, r->used_idx);
	__atomic_store_n(&r->old_used_wrap_counter, r->used_wrap_counter, __ATOMIC_RELEASE);
}

/* Entries that are free are not inflight, whatever stands there. */
static void clear_free(struct vring_inflight *f)
{
	struct region *r = f->region;
	__u16 i = XVS_READ_ONCE(r->free_head);

	for (__u16 seen = 0; i < f->size && seen < f->size; seen++) {
		XVS_WRITE_ONCE(r->desc[i].inflight, 0);
		i = XVS_READ_ONCE(r->desc[i].next);
	}
}

int vhost_inflight_recover_packed(struct vring_inflight *f, bool shown,
				  struct vhost_inflight_chain *chains, struct vring_place *used)
{
	struct region *r = f->region;
	struct vhost_inflight_taken *taken;
	int n = 0;

	if (XVS_READ_ONCE(r->used_idx) != XVS_READ_ONCE(r->old_used_idx) && shown)
		commit(r);
	XVS_WRITE_ONCE(r->free_head, r->old_free_head);
	XVS_WRITE_ONCE(r->used_idx, r->old_used_idx);
	XVS_WRITE_ONCE(r->used_wrap_counter, r->old_used_wrap_counter);
	used->idx = XVS_READ_ONCE(r->used_idx);
	used->wrap = XVS_READ_ONCE(r->used_wrap_counter) & 1;
	clear_free(f);
	taken = malloc(f->size * sizeof(*taken));
	if (!taken)
		return -EINVAL;
	for (__u16 i = 0; i < f->size; i++)
		if (XVS_READ_ONCE(r->desc[i].inflight))
			taken[n++] = (struct vhost_inflight_taken){
				.counter = XVS_READ_ONCE(r->desc[i].counter), .entry = i};
	vhost_inflight_sort(taken, n);
	for (int i = 0; i < n; i++) {
		const struct desc_state *e = &r->desc[taken[i].entry];

		chains[i] = (struct vhost_inflight_chain){
			.addr = e->addr, .len = e->len, .id = e->id, .num = e->num};
	}
	free(taken);
	return n;
}

void vhost_inflight_restart_packed(struct vring_inflight *f)
{
	struct region *r = f->region;

	/* Until the second store all of them are inflight, after it none, whatever
	 * their own fields say. */
	for (__u16 i = 0; i < f->size; i++) {
		__u16 last = XVS_READ_ONCE(r->desc[i].last);

		if (!XVS_READ_ONCE(r->desc[i].inflight) || last >= f->size)
			continue;
		XVS_WRITE_ONCE(r->desc[last].next, r->free_head);
		__atomic_store_n(&r->free_head, i, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&r->old_free_head, r->free_head, __ATOMIC_RELEASE);
	clear_free(f);
	f->counter = 0;
}

void vhost_inflight_take_packed(struct vring_inflight *f, const void *ring, __u16 size, __u16 at,
				__u16 n, __u16 id)
{
	struct region *r = f->region;
	__u16 head = XVS_READ_ONCE(r->old_free_head), last = head, entry = head;
	struct desc_state *e;

	/* A region that was damaged by the front end tracks nothing any more. */
	if (head >= f->size)
		return;
	XVS_WRITE_ONCE(r->desc[head].num, n);
	XVS_WRITE_ONCE(r->desc[head].counter, f->counter);
	f->counter++;
	for (__u16 i = 0; i < n && entry < f->size; i++) {
		const __u8 *place = (const __u8 *)ring + (__u16)(at + i) % size * VRING_DESC_BYTES;
		struct vring_desc d = vring_desc_packed(place);

		e = &r->desc[entry];
		e->addr = d.addr;
		e->len = d.len;
		e->id = id;
		e->flags = d.flags;
		last = entry;
		entry = XVS_READ_ONCE(e->next);
	}
	XVS_WRITE_ONCE(r->desc[head].last, last);
	__atomic_store_n(&r->desc[head].inflight, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&r->free_head, entry, __ATOMIC_RELEASE);
	__atomic_store_n(&r->old_free_head, entry, __ATOMIC_RELEASE);
	f->fifo[f->taken++ % f->size] = head;
}

void vhost_inflight_use_packed(struct vring_inflight *f, __u16 n, struct vring_place used)
{
	struct region *r = f->region;

	for (; n && f->used != f->taken; n--) {
		__u16 e = f->fifo[f->used++ % f->size];
		__u16 last = XVS_READ_ONCE(r->desc[e].last);

		if (last < f->size)
			XVS_WRITE_ONCE(r->desc[last].next, r->free_head);
		XVS_WRITE_ONCE(r->free_head, e);
	}
	__atomic_thread_fence(__ATOMIC_RELEASE);
	XVS_WRITE_ONCE(r->used_wrap_counter, used.wrap);
	XVS_WRITE_ONCE(r->used_idx, used.idx);
}

void vhost_inflight_published_packed(struct vring_inflight *f)
{
	struct region *r = f->region;

	for (; f->shown != f->used; f->shown++)
		XVS_WRITE_ONCE(r->desc[f->fifo[f->shown % f->size]].inflight, 0);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	commit(r);
}
