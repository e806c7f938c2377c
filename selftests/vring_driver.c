// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The driver's side of split and packed virtqueues; virtio 1.1, 2.6 and 2.7.
 */
#include "vring_driver.h"

#include <stdlib.h>
#include <string.h>

#define F_NEXT 1u
#define F_WRITE 2u
#define F_INDIRECT 4u
#define F_AVAIL (1u << 7)
#define F_USED (1u << 15)
#define NO_TABLE 0xffff
#define TABLE_BYTES (VDRIVER_INDIRECT_MAX * 16u)

struct desc { /* of both: the last two are flags, next or id, flags */
	__u64 addr;
	__u32 len;
	__u16 a, b;
};

static __u16 *avail_word(struct vdriver *d, unsigned int i)
{
	return (__u16 *)(void *)d->avail + i;
}

static __u16 *used_word(struct vdriver *d, unsigned int i)
{
	return (__u16 *)(void *)d->used + i;
}

static struct desc *desc_at(struct vdriver *d, unsigned int i)
{
	return (struct desc *)(void *)d->desc + i;
}

bool vdriver_init(struct vdriver *d, const struct vdriver_config *config, __u8 *base, size_t len,
		  __u64 gpa, __u64 uva)
{
	size_t n = config->size, desc = n * 16, avail, used, tables;

	avail = desc;
	used = (avail + (config->packed ? 4 : 6 + 2 * n) + 3) & ~(size_t)3;
	tables = (used + (config->packed ? 4 : 6 + 8 * n) + 15) & ~(size_t)15;
	memset(d, 0, sizeof(*d));
	if (tables + n * TABLE_BYTES > len)
		return false;
	d->config = *config;
	d->base = base;
	d->gpa = gpa;
	d->uva = uva;
	d->desc = base;
	d->avail = base + avail;
	d->used = base + used;
	d->tables = base + tables;
	d->end = tables + n * TABLE_BYTES;
	d->addr = (struct vring_addr){
		.desc = uva, .avail = uva + avail, .used = uva + used, .log_gpa = gpa + used};
	d->n_free = config->size;
	d->wrap = d->used_wrap = true;
	d->link = calloc(n, sizeof(*d->link));
	d->order = calloc(n, sizeof(*d->order));
	d->state = calloc(n, sizeof(*d->state));
	for (size_t i = 0; i < n; i++)
		d->link[i] = (__u16)(i + 1);
	return d->link && d->order && d->state;
}

void vdriver_fini(struct vdriver *d)
{
	free(d->link);
	free(d->order);
	free(d->state);
}

/* A table of these pieces: as the one descriptor that leads to it. */
static struct vdriver_piece fill_table(struct vdriver *d, const struct vdriver_piece *pieces, int n,
				       bool write, __u16 table)
{
	struct desc *t = (struct desc *)(void *)(d->tables + table * TABLE_BYTES);

	for (int i = 0; i < n; i++) {
		__u16 flags = (__u16)(write ? F_WRITE : 0);

		t[i] = (struct desc){.addr = pieces[i].gpa, .len = pieces[i].len};
		if (d->config.packed) {
			t[i].b = flags;
		} else {
			t[i].a = (__u16)(flags | (i + 1 < n ? F_NEXT : 0));
			t[i].b = (__u16)(i + 1);
		}
	}
	return (struct vdriver_piece){.gpa = d->gpa + (size_t)(d->tables - d->base) +
					     table * TABLE_BYTES,
				      .len = (__u32)n * 16};
}

static void add_split(struct vdriver *d, const struct vdriver_piece *pieces, int n, __u16 flags)
{
	__u16 head = d->free_head, at = head;

	for (int i = 0; i < n; i++) {
		*desc_at(d, at) = (struct desc){.addr = pieces[i].gpa,
						.len = pieces[i].len,
						.a = (__u16)(flags | (i + 1 < n ? F_NEXT : 0)),
						.b = i + 1 < n ? d->link[at] : 0};
		at = d->link[at];
	}
	d->free_head = at;
	*avail_word(d, 2u + (d->next & (d->config.size - 1u))) = head;
	d->next++;
	__atomic_store_n(avail_word(d, 1), d->next, __ATOMIC_RELEASE);
}

static void add_packed(struct vdriver *d, const struct vdriver_piece *pieces, int n, __u16 flags)
{
	struct desc *first = desc_at(d, d->next);
	__u16 id = d->free_head, first_flags = 0;

	d->free_head = d->link[id];
	for (int i = 0; i < n; i++) {
		struct desc *at = desc_at(d, d->next);
		__u16 f = (__u16)(flags | (i + 1 < n ? F_NEXT : 0) | (d->wrap ? F_AVAIL : F_USED));

		at->addr = pieces[i].gpa;
		at->len = pieces[i].len;
		at->a = id;
		if (i)
			at->b = f;
		else
			first_flags = f;
		if (++d->next == d->config.size) {
			d->next = 0;
			d->wrap = !d->wrap;
		}
	}
	__atomic_store_n(&first->b, first_flags, __ATOMIC_RELEASE);
}

bool vdriver_add(struct vdriver *d, const struct vdriver_piece *pieces, int n, bool write,
		 bool indirect, __u32 cookie)
{
	__u16 id = d->free_head, flags = (__u16)(write ? F_WRITE : 0);
	struct vdriver_piece table;

	if (d->n_free < (indirect ? 1 : n) || (indirect && n > VDRIVER_INDIRECT_MAX))
		return false;
	if (indirect) {
		table = fill_table(d, pieces, n, write, id);
		pieces = &table;
		n = 1;
		flags = F_INDIRECT;
	}
	d->state[id] = (struct vdriver_state){
		.cookie = cookie, .n_desc = (__u16)n, .table = indirect ? id : NO_TABLE};
	d->order[d->added++ % d->config.size] = id;
	d->n_free = (__u16)(d->n_free - n);
	if (d->config.packed) {
		d->kicked = (__u16)(d->kicked + n);
		add_packed(d, pieces, n, flags);
	} else {
		add_split(d, pieces, n, flags);
	}
	return true;
}

static bool event_passed(__u16 event, __u16 now, __u16 old)
{
	return (__u16)(now - event - 1) < (__u16)(now - old);
}

static bool wants_kick_packed(struct vdriver *d)
{
	__u32 event = __atomic_load_n((__u32 *)(void *)d->used, __ATOMIC_RELAXED);
	__u16 off = event & 0x7fff, old = (__u16)(d->next - d->kicked);

	d->kicked = 0;
	if (event >> 16 != 2)
		return !(event >> 16);
	if (!!(event & 0x8000) != d->wrap)
		off = (__u16)(off - d->config.size);
	return event_passed(off, d->next, old);
}

bool vdriver_wants_kick(struct vdriver *d)
{
	__u16 old = d->kicked;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (d->config.packed)
		return wants_kick_packed(d);
	d->kicked = d->next;
	if (d->config.event_idx)
		return event_passed(*(volatile __u16 *)used_word(d, 2u + 4u * d->config.size),
				    d->next, old);
	return !(*(volatile __u16 *)used_word(d, 0) & 1);
}

static bool is_used(struct vdriver *d)
{
	__u16 flags;

	if (!d->config.packed)
		return __atomic_load_n(used_word(d, 1), __ATOMIC_ACQUIRE) != d->used_next;
	flags = __atomic_load_n(&desc_at(d, d->used_next)->b, __ATOMIC_ACQUIRE);
	return !!(flags & F_AVAIL) == d->used_wrap && !!(flags & F_USED) == d->used_wrap;
}

int vdriver_used(struct vdriver *d, __u32 *cookie, __u32 *len)
{
	__u32 id;

	if (!is_used(d))
		return 0;
	if (d->config.packed) {
		id = desc_at(d, d->used_next)->a;
		*len = desc_at(d, d->used_next)->len;
	} else {
		__u32 *e = (__u32 *)(void *)used_word(d, 2u + 4u * (d->used_next &
								    (d->config.size - 1u)));

		id = e[0];
		*len = e[1];
	}
	if (d->returned == d->added || id != d->order[d->returned % d->config.size])
		return -1;
	d->returned++;
	*cookie = d->state[id].cookie;
	d->n_free = (__u16)(d->n_free + d->state[id].n_desc);
	if (d->config.packed) {
		d->link[id] = d->free_head;
		d->free_head = (__u16)id;
		d->used_next = (__u16)(d->used_next + d->state[id].n_desc);
		if (d->used_next >= d->config.size) {
			d->used_next = (__u16)(d->used_next - d->config.size);
			d->used_wrap = !d->used_wrap;
		}
		return 1;
	}
	/* The chain goes back as it is linked. */
	for (__u16 i = (__u16)id;; i = d->link[i])
		if (!(desc_at(d, i)->a & F_NEXT)) {
			d->link[i] = d->free_head;
			break;
		}
	d->free_head = (__u16)id;
	d->used_next++;
	return 1;
}

bool vdriver_wait(struct vdriver *d)
{
	if (d->config.packed) {
		__u32 event = 0;

		if (d->config.event_idx)
			event = 2u << 16 | d->used_next | (d->used_wrap ? 0x8000u : 0);
		__atomic_store_n((__u32 *)(void *)d->avail, event, __ATOMIC_RELAXED);
	} else if (d->config.event_idx) {
		*(volatile __u16 *)avail_word(d, 2u + d->config.size) = d->used_next;
	} else {
		*(volatile __u16 *)avail_word(d, 0) = 0;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !is_used(d);
}

void vdriver_poll(struct vdriver *d)
{
	if (d->config.packed)
		__atomic_store_n((__u32 *)(void *)d->avail, 1u << 16, __ATOMIC_RELAXED);
	else if (!d->config.event_idx)
		*(volatile __u16 *)avail_word(d, 0) = 1;
}
