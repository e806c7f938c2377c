// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packed format: one ring of descriptors. The driver makes one available by its
 * two flags, we write a used one over the first of each chain. Both go round with a
 * wrap counter that changes at the end of the ring.
 *
 *   desc[size]        driver's events (vring.avail)   ours (vring.used): off_wrap flags
 *
 * Source: virtio 1.1, 2.7. Lettered barriers pair with those of the driver.
 */
#include "vhost_inflight.h"
#include "vring_private.h"

#include <stdlib.h>

#define F_AVAIL (1u << 7)
#define F_USED (1u << 15)
#define BASE_IDX 0x7fffu
#define BASE_WRAP 0x8000u

enum event_flags {
	EVENT_ENABLE,
	EVENT_DISABLE,
	EVENT_DESC, /* at the place that 'off_wrap' says */
};

static int packed_map(struct vring *vr)
{
	const struct vring_addr *a = &vr->addr;

	vr->desc = guest_mem_at_user(vr->mem, a->desc, (__u64)VRING_DESC_BYTES * vr->size);
	vr->avail = guest_mem_at_user(vr->mem, a->avail, sizeof(__u32));
	vr->used = guest_mem_at_user(vr->mem, a->used, sizeof(__u32));
	if (!vr->desc || !vr->avail || !vr->used)
		return vring_break(vr, "the ring is not in the guest's memory");
	if ((uintptr_t)vr->desc % VRING_DESC_BYTES || (uintptr_t)vr->avail % 4 ||
	    (uintptr_t)vr->used % 4)
		return vring_break(vr, "addresses of the ring are not aligned");
	return 0;
}

static inline struct vring_place forth(const struct vring *vr, struct vring_place p, unsigned int n)
{
	unsigned int idx = p.idx + n;

	if (idx >= vr->size) {
		idx -= vr->size;
		p.wrap = !p.wrap;
	}
	p.idx = (__u16)idx;
	return p;
}

static inline bool flags_available(__u16 flags, bool wrap)
{
	return !!(flags & F_AVAIL) == wrap && !!(flags & F_USED) != wrap;
}

static bool packed_available(struct vring *vr, const struct vring_place *at)
{
	const __u16 *flags = (const __u16 *)vring_desc_place(vr, at->idx) + 7;

	/* B: the rest of the chain is read after its first flags. */
	return flags_available(le16toh(__atomic_load_n(flags, __ATOMIC_ACQUIRE)), at->wrap);
}

/* As recover() of the split format: what was inflight still stands in the ring. */
static int recover(struct vring *vr)
{
	struct vhost_inflight_chain *chains;
	struct vring_place at;
	int n = vhost_inflight_pending_packed(vr->inflight, vr->size, &at);

	if (n == -ENODATA)
		vhost_inflight_begin_packed(vr->inflight, vr->next_used);
	if (n)
		return n == -ENODATA ? 0 : vring_break(vr, "the inflight region does not fit");
	chains = calloc(vr->inflight->size, sizeof(*chains));
	if (!chains)
		return vring_break(vr, "out of memory");
	n = vhost_inflight_recover_packed(vr->inflight, !packed_available(vr, &at), chains, &at);
	if (n < 0 || at.idx >= vr->size)
		vring_break(vr, "the inflight region does not fit");
	vr->next_avail = vr->next_used = at;
	for (int i = 0; i < n && !vr->reason[0]; i++) {
		struct vring_desc d = vring_desc_packed(vring_desc_place(vr, at.idx));

		if (d.addr != chains[i].addr || d.len != chains[i].len || !chains[i].num ||
		    chains[i].num > vr->size || !packed_available(vr, &at))
			vring_break(vr, "buffers are inflight out of their order");
		else
			at = forth(vr, at, chains[i].num);
	}
	free(chains);
	if (!vr->reason[0])
		vhost_inflight_restart_packed(vr->inflight);
	return vr->reason[0] ? -EPROTO : 0;
}

static int packed_start(struct vring *vr, __u32 base)
{
	vr->next_avail = (struct vring_place){.idx = base & BASE_IDX, .wrap = base & BASE_WRAP};
	vr->next_used = vr->next_avail;
	if (vr->next_avail.idx >= vr->size)
		return vring_break(vr, "index %u in a ring of %u", vr->next_avail.idx, vr->size);
	return vr->inflight ? recover(vr) : 0;
}

static __u32 packed_base(const struct vring *vr)
{
	struct vring_place p = vr->next_avail;
	__u32 half;

	if (p.idx < vr->taken_desc) {
		p.idx = (__u16)(p.idx + vr->size);
		p.wrap = !p.wrap;
	}
	half = (__u16)(p.idx - vr->taken_desc) | (p.wrap ? BASE_WRAP : 0);
	return half | half << 16;
}

/* Places from 'at' on that can belong to one more chain: not those that we have and
 * the driver has not back. This bounds all that is kept per place. */
static inline unsigned int places_left(const struct vring *vr, struct vring_place at)
{
	unsigned int ahead = (unsigned int)(at.idx - vr->next_avail.idx) +
			     (at.wrap != vr->next_avail.wrap ? vr->size : 0);
	unsigned int ours = ahead + vr->taken_desc + vr->used_desc;

	return ours < vr->size ? vr->size - ours : 0;
}

/* Any chain that begins at 'at': its buffer id is in the last descriptor. */
static int packed_walk(struct vring *vr, struct vring_place at, struct vring_chain *c, __u16 *id,
		       __u16 *n_desc)
{
	unsigned int left = places_left(vr, at), seen;

	for (seen = 1; seen <= left; seen++) {
		struct vring_desc d = vring_desc_packed(vring_desc_place(vr, at.idx));
		int rc = vring_chain_step(vr, c, &d);

		*id = d.next;
		*n_desc = (__u16)seen;
		if (rc <= 0)
			return rc;
		at = forth(vr, at, 1);
	}
	return vring_break(vr, "a chain that is longer than the ring");
}

/* One packet at 'at', as in the split format. */
static int packed_packet(struct vring *vr, struct vring_packet *p, struct vring_place at,
			 __u8 **header)
{
	struct vring_desc d = vring_desc_packed(vring_desc_place(vr, at.idx)), data;
	__u16 shape = d.flags & VRING_DESC_F_SHAPE;
	unsigned int left = places_left(vr, at);
	struct vring_chain c;
	int err;

	*header = NULL;
	p->id = d.next;
	p->n_desc = 1;
	if (vring_likely(!shape && left)) {
		*header = vring_tx_simple(vr, p, &d, NULL);
	} else if (shape == VRING_DESC_F_NEXT && left > 1) {
		data = vring_desc_packed(vring_desc_place(vr, forth(vr, at, 1).idx));
		p->id = data.next;
		p->n_desc = 2;
		if (!(data.flags & VRING_DESC_F_SHAPE))
			*header = vring_tx_simple(vr, p, &d, &data);
	}
	if (vring_likely(*header != NULL))
		return 0;
	err = vring_tx_chain(vr, &c);
	if (err)
		return err;
	return vring_tx_general(vr, p, &c, packed_walk(vr, at, &c, &p->id, &p->n_desc));
}

/* Descriptors first, then the headers that those lead to. */
static int packed_receive(struct vring *vr, struct vring_packet *packets, int max)
{
	__u8 *headers[VRING_CHUNK];
	int err = 0, i;

	for (i = 0; i < max && packed_available(vr, &vr->next_avail); i++) {
		struct vring_packet *p = &packets[i];

		err = packed_packet(vr, p, vr->next_avail, &headers[i]);
		if (vring_unlikely(err))
			break;
		if (vring_likely(headers[i] != NULL)) {
			__builtin_prefetch(headers[i]);
			__builtin_prefetch(headers[i] + 64);
		}
		if (vring_unlikely(vr->inflight != NULL))
			vhost_inflight_take_packed(vr->inflight, vr->desc, vr->size,
						   vr->next_avail.idx, p->n_desc, p->id);
		vr->next_avail = forth(vr, vr->next_avail, p->n_desc);
		vr->taken_desc = (__u16)(vr->taken_desc + p->n_desc);
	}
	if (!i)
		return err == -EPROTO ? err : 0;
	vring_tx_headers(vr, packets, headers, i);
	return i;
}

static void put_used(struct vring *vr, __u16 id, __u16 n_desc, __u32 len)
{
	vr->priv->used[vr->n_used++] = (struct vring_slot){.id = id, .n_desc = n_desc, .len = len};
	vr->used_desc = (__u16)(vr->used_desc + n_desc);
}

static void packed_release(struct vring *vr, const struct vring_packet *packets, int n)
{
	for (int i = 0; i < n; i++)
		put_used(vr, packets[i].id, packets[i].n_desc, 0);
}

static inline void fetch_ahead(struct vring *vr, struct vring_place at)
{
	struct vring_desc d;

	at = forth(vr, at, vr->size > VRING_AHEAD ? VRING_AHEAD : 0);
	if (!packed_available(vr, &at))
		return;
	d = vring_desc_packed(vring_desc_place(vr, at.idx));
	prefetch_to_write(vring_desc_place(vr, at.idx));
	vring_rx_fetch(vr, &d);
}

static int packed_next(struct vring *vr, struct vring_place *at, struct vring_chain *c,
		       struct vring_slot *slot)
{
	__u64 before = c->bytes;
	struct vring_desc d;
	int err = 0;

	if (!packed_available(vr, at))
		return 0;
	d = vring_desc_packed(vring_desc_place(vr, at->idx));
	slot->id = d.next;
	slot->n_desc = 1;
	if (vring_unlikely(!places_left(vr, *at) || !vring_rx_simple(vr, c, &d)))
		err = packed_walk(vr, *at, c, &slot->id, &slot->n_desc);
	if (vring_unlikely(err))
		return err;
	*at = forth(vr, *at, slot->n_desc);
	slot->len = (__u32)(c->bytes - before);
	fetch_ahead(vr, *at);
	return 1;
}

static void packed_use(struct vring *vr, const struct vring_slot *slots, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (vring_unlikely(vr->inflight != NULL))
			vhost_inflight_take_packed(vr->inflight, vr->desc, vr->size,
						   vr->next_avail.idx, slots[i].n_desc,
						   slots[i].id);
		vr->next_avail = forth(vr, vr->next_avail, slots[i].n_desc);
		put_used(vr, slots[i].id, slots[i].n_desc, slots[i].len);
	}
}

/* The second half of a used descriptor: length, id and flags, as one word. */
static __u64 used_word(const struct vring_slot *u, bool wrap)
{
	__u64 flags = (wrap ? F_AVAIL | F_USED : 0) | (u->len ? VRING_DESC_F_WRITE : 0);

	return htole64(u->len | (__u64)u->id << 32 | flags << 48);
}

static void packed_publish(struct vring *vr)
{
	const struct vring_slot *used = vr->priv->used;
	struct vring_place at = vr->next_used;
	__u64 *first = (__u64 *)vring_desc_place(vr, at.idx) + 1;
	__u64 first_word = used_word(&used[0], at.wrap);

	/* The driver looks at them in their order: all but the first can be written
	 * before it, so that it sees a batch. */
	at = forth(vr, at, used[0].n_desc);
	for (unsigned int i = 1; i < vr->n_used; i++) {
		__u64 *word = (__u64 *)vring_desc_place(vr, at.idx) + 1;

		__atomic_store_n(word, used_word(&used[i], at.wrap), __ATOMIC_RELAXED);
		at = forth(vr, at, used[i].n_desc);
	}
	if (vring_unlikely(vr->inflight != NULL))
		vhost_inflight_use_packed(vr->inflight, vr->n_used, at);
	/* C: data and the other descriptors are seen before it [RING2]. */
	__atomic_store_n(first, first_word, __ATOMIC_RELEASE);
	vr->next_used = at;
	vr->used_desc = 0;
	if (vring_unlikely(vr->addr.log && vr->mem->log))
		guest_mem_log_at(vr->mem, vr->desc, (__u64)VRING_DESC_BYTES * vr->size);
	if (vring_unlikely(vr->inflight != NULL))
		vhost_inflight_published_packed(vr->inflight);
}

static bool packed_asks_call(struct vring *vr)
{
	__u16 now = vr->next_used.idx, old = vr->signalled_used, off;
	bool valid = vr->signalled_valid;
	__u32 event;

	/* D: what is used is there before we read what the driver asks for. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	event = le32toh(__atomic_load_n((__u32 *)vr->avail, __ATOMIC_RELAXED));
	vr->signalled_used = now;
	vr->signalled_valid = true;
	if (event >> 16 != EVENT_DESC || !vr->format.event_idx)
		return event >> 16 != EVENT_DISABLE;
	/* In a line that goes on through the wrap, relative to this round. */
	off = event & BASE_IDX;
	if (!!(event & BASE_WRAP) != vr->next_used.wrap)
		off = (__u16)(off - vr->size);
	if (now <= old)
		old = (__u16)(old - vr->size);
	return !valid || vring_need_event(off, now, old);
}

static void packed_ask_kick(struct vring *vr, const struct vring_place *at)
{
	__u32 event = (__u32)EVENT_DISABLE << 16;

	if (at && vr->format.event_idx)
		event = at->idx | (at->wrap ? BASE_WRAP : 0) | (__u32)EVENT_DESC << 16;
	else if (at)
		event = (__u32)EVENT_ENABLE << 16;
	__atomic_store_n((__u32 *)vr->used, htole32(event), __ATOMIC_RELAXED);
	if (vring_unlikely(vr->addr.log && vr->mem->log))
		guest_mem_log_at(vr->mem, vr->used, sizeof(event));
}

const struct vring_format_ops vring_packed_ops = {
	.map = packed_map,
	.start = packed_start,
	.base = packed_base,
	.receive = packed_receive,
	.release = packed_release,
	.next = packed_next,
	.use = packed_use,
	.publish = packed_publish,
	.asks_call = packed_asks_call,
	.ask_kick = packed_ask_kick,
	.available = packed_available,
};
