// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The split format: a table of descriptors, a ring of available heads that the
 * driver writes, a ring of used ones that we write.
 *
 *   avail: flags idx ring[size] used_event      used: flags idx ring[size] avail_event
 *
 * Source: virtio 1.1, 2.6. Lettered barriers pair with those of the driver.
 */
#include "vhost_inflight.h"
#include "vring_private.h"

#define AVAIL_F_NO_INTERRUPT 1
#define USED_F_NO_NOTIFY 1

struct avail_ring {
	__u16 flags;
	__u16 idx;
	__u16 ring[];
};

struct used_elem {
	__u32 id;
	__u32 len;
};

struct used_ring {
	__u16 flags;
	__u16 idx;
	struct used_elem ring[];
};

#define USED_PER_LINE (64 / sizeof(struct used_elem))
#define USED_AHEAD (2 * USED_PER_LINE) /* entries from the one put to the one fetched */

static __u64 avail_bytes(const struct vring *vr)
{
	return sizeof(struct avail_ring) + 2u * vr->size + (vr->format.event_idx ? 2 : 0);
}

static __u64 used_bytes(const struct vring *vr)
{
	return sizeof(struct used_ring) + sizeof(struct used_elem) * vr->size +
	       (vr->format.event_idx ? 2 : 0);
}

static int split_map(struct vring *vr)
{
	const struct vring_addr *a = &vr->addr;

	if (a->desc % VRING_DESC_BYTES || a->avail % 2 || a->used % 4)
		return vring_break(vr, "addresses of the ring are not aligned");
	vr->desc = guest_mem_at_user(vr->mem, a->desc, (__u64)VRING_DESC_BYTES * vr->size);
	vr->avail = guest_mem_at_user(vr->mem, a->avail, avail_bytes(vr));
	vr->used = guest_mem_at_user(vr->mem, a->used, used_bytes(vr));
	if (!vr->desc || !vr->avail || !vr->used)
		return vring_break(vr, "the ring is not in the guest's memory");
	/* The front end's addresses and ours need not be aligned alike. */
	if ((uintptr_t)vr->desc % VRING_DESC_BYTES || (uintptr_t)vr->avail % 2 ||
	    (uintptr_t)vr->used % 4)
		return vring_break(vr, "addresses of the ring are not aligned in its memory");
	return 0;
}

static __u16 load_avail_idx(const struct vring *vr)
{
	const struct avail_ring *avail = vr->avail;

	/* B: entries and descriptors are read after it. */
	return le16toh(__atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE));
}

/* What was taken before a crash is available again. [RING3] It is what comes next
 * in the available ring, unless another back end used buffers out of order. */
static int recover(struct vring *vr)
{
	const struct avail_ring *avail = vr->avail;
	__u16 heads[VRING_MAX_SIZE], from = vr->next_used.idx;
	int n = vhost_inflight_recover_split(vr->inflight, vr->size, from, heads);

	if (n == -ENODATA)
		return 0;
	if (n < 0)
		return vring_break(vr, "the inflight region does not fit the ring");
	for (int i = 0; i < n; i++)
		if (le16toh(XVS_READ_ONCE(avail->ring[(__u16)(from + i) & (vr->size - 1)])) !=
		    heads[i])
			return vring_break(vr, "buffers are inflight out of their order");
	vr->next_avail = vr->next_used;
	vr->avail_seen = from;
	return 0;
}

static int split_start(struct vring *vr, __u32 base)
{
	const struct used_ring *used = vr->used;
	__u16 idx = le16toh(XVS_READ_ONCE(used->idx));

	/* We use buffers in their order [RING3] and stop with none in between: where the
	 * guest has them used up to is where it goes on. A front end that has outlived
	 * a back end may not know (DPDK's says 0). */
	(void)base;
	vr->next_avail = vr->next_used = (struct vring_place){.idx = idx};
	vr->avail_seen = vr->next_avail.idx;
	return vr->inflight ? recover(vr) : 0;
}

static __u32 split_base(const struct vring *vr)
{
	return (__u16)(vr->next_avail.idx - vr->n_taken);
}

/* How many buffers there are from 'idx' on, or -EPROTO. Looks at the shared index
 * only if what is known would not do. */
static int split_count(struct vring *vr, __u16 idx, int wanted)
{
	int n = (__u16)(vr->avail_seen - idx), ahead = (__u16)(idx - vr->next_avail.idx);

	if (n >= wanted)
		return n;
	vr->avail_seen = load_avail_idx(vr);
	n = (__u16)(vr->avail_seen - vr->next_avail.idx);
	/* With those that the driver has not back yet. */
	if (vring_unlikely(n + vr->n_taken + vr->n_used > vr->size))
		return vring_break(vr, "available index %u: %d buffers in a ring of %u",
				   vr->avail_seen, n + vr->n_taken + vr->n_used, vr->size);
	/* Some of them were there when we looked before. */
	if (vring_unlikely(n < ahead))
		return vring_break(vr, "available index %u has gone back", vr->avail_seen);
	return n - ahead;
}

/* The head at 'idx', below the ring's size, or -EPROTO. */
static int split_head(struct vring *vr, __u16 idx)
{
	const struct avail_ring *avail = vr->avail;
	__u16 head = le16toh(XVS_READ_ONCE(avail->ring[idx & (vr->size - 1)]));

	if (vring_unlikely(head >= vr->size))
		return vring_break(vr, "descriptor %u in a ring of %u", head, vr->size);
	return head;
}

/* Any chain that begins at 'head'. */
static int split_walk(struct vring *vr, unsigned int head, struct vring_chain *c)
{
	for (unsigned int i = head, seen = 0; seen < vr->size; seen++) {
		struct vring_desc d = vring_desc_split(vring_desc_place(vr, i));
		int rc = vring_chain_step(vr, c, &d);

		if (rc <= 0)
			return rc;
		if (d.next >= vr->size)
			return vring_break(vr, "descriptor %u in a ring of %u", d.next, vr->size);
		i = d.next;
	}
	return vring_break(vr, "a chain with a loop");
}

/* One packet. 0 with its header's place in '*header', or NULL if that is copied;
 * -ENOBUFS, -EPROTO. */
static int split_packet(struct vring *vr, struct vring_packet *p, unsigned int head, __u8 **header)
{
	struct vring_desc d = vring_desc_split(vring_desc_place(vr, head)), data;
	__u16 shape = d.flags & VRING_DESC_F_SHAPE;
	struct vring_chain c;
	int err;

	p->id = (__u16)head;
	p->n_desc = 1;
	*header = NULL;
	if (vring_likely(!shape)) {
		*header = vring_tx_simple(vr, p, &d, NULL);
	} else if (shape == VRING_DESC_F_NEXT && d.next < vr->size) {
		data = vring_desc_split(vring_desc_place(vr, d.next));
		if (!(data.flags & VRING_DESC_F_SHAPE))
			*header = vring_tx_simple(vr, p, &d, &data);
	}
	if (vring_likely(*header != NULL))
		return 0;
	err = vring_tx_chain(vr, &c);
	if (err)
		return err;
	return vring_tx_general(vr, p, &c, split_walk(vr, head, &c));
}

/* Descriptors first, then the headers that those lead to. */
static int split_receive(struct vring *vr, struct vring_packet *packets, int max)
{
	int n = split_count(vr, vr->next_avail.idx, max);
	__u8 *headers[VRING_CHUNK];
	__u16 heads[VRING_CHUNK];
	int err = 0, i, n_heads;

	if (n > max)
		n = max;
	if (n <= 0)
		return n;
	for (n_heads = 0; n_heads < n; n_heads++) {
		int head = split_head(vr, (__u16)(vr->next_avail.idx + n_heads));

		if (head < 0)
			break;
		heads[n_heads] = (__u16)head;
		__builtin_prefetch(vring_desc_place(vr, (unsigned int)head));
	}
	for (i = 0; i < n_heads; i++) {
		err = split_packet(vr, &packets[i], heads[i], &headers[i]);
		if (vring_unlikely(err))
			break;
		if (vring_likely(headers[i] != NULL)) {
			__builtin_prefetch(headers[i]);
			__builtin_prefetch(headers[i] + 64);
		}
		if (vring_unlikely(vr->inflight != NULL))
			vhost_inflight_take_split(vr->inflight, heads[i]);
	}
	if (!i)
		return err == -EPROTO || n_heads < n ? -EPROTO : 0;
	vring_tx_headers(vr, packets, headers, i);
	vr->next_avail.idx = (__u16)(vr->next_avail.idx + i);
	vr->taken_desc = (__u16)(vr->taken_desc + i);
	return i;
}

static inline void put_used(struct vring *vr, __u16 id, __u32 len)
{
	struct used_ring *used = vr->used;
	__u16 idx = vr->next_used.idx++;
	struct used_elem *e = &used->ring[idx & (vr->size - 1)];

	if (!(idx % USED_PER_LINE))
		prefetch_to_write(&used->ring[(__u16)(idx + USED_AHEAD) & (vr->size - 1)]);
	e->id = htole32(id);
	e->len = htole32(len);
	if (vring_unlikely(vr->inflight != NULL))
		vhost_inflight_use_split(vr->inflight, id);
}

static void split_release(struct vring *vr, const struct vring_packet *packets, int n)
{
	for (int i = 0; i < n; i++)
		put_used(vr, packets[i].id, 0);
	vr->n_used = (__u16)(vr->n_used + n);
}

static inline void fetch_ahead(struct vring *vr, __u16 idx)
{
	const struct avail_ring *avail = vr->avail;
	struct vring_desc d;
	__u16 head;

	if ((__u16)(vr->avail_seen - vr->next_avail.idx) <= (__u16)(idx - vr->next_avail.idx))
		return;
	head = le16toh(XVS_READ_ONCE(avail->ring[idx & (vr->size - 1)]));
	if (head >= vr->size)
		return;
	d = vring_desc_split(vring_desc_place(vr, head));
	vring_rx_fetch(vr, &d);
}

static int split_next(struct vring *vr, struct vring_place *at, struct vring_chain *c,
		      struct vring_slot *slot)
{
	__u64 before = c->bytes;
	struct vring_desc d;
	int head = split_count(vr, at->idx, 1), err = 0;

	if (vring_unlikely(head <= 0))
		return head;
	head = split_head(vr, at->idx);
	if (vring_unlikely(head < 0))
		return head;
	d = vring_desc_split(vring_desc_place(vr, (unsigned int)head));
	if (vring_unlikely(!vring_rx_simple(vr, c, &d)))
		err = split_walk(vr, (unsigned int)head, c);
	if (vring_unlikely(err))
		return err;
	at->idx++;
	slot->id = (__u16)head;
	slot->n_desc = 1;
	slot->len = (__u32)(c->bytes - before);
	fetch_ahead(vr, (__u16)(at->idx + VRING_AHEAD));
	return 1;
}

static void split_use(struct vring *vr, const struct vring_slot *slots, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (vring_unlikely(vr->inflight != NULL))
			vhost_inflight_take_split(vr->inflight, slots[i].id);
		put_used(vr, slots[i].id, slots[i].len);
	}
	vr->next_avail.idx = (__u16)(vr->next_avail.idx + n);
	vr->n_used = (__u16)(vr->n_used + n);
}

static void log_used(struct vring *vr)
{
	if (vring_unlikely(vr->addr.log && vr->mem->log))
		guest_mem_log(vr->mem, vr->addr.log_gpa, used_bytes(vr));
}

static void split_publish(struct vring *vr)
{
	struct used_ring *used = vr->used;

	/* C: entries are seen before the index [RING2]. */
	__atomic_store_n(&used->idx, htole16(vr->next_used.idx), __ATOMIC_RELEASE);
	log_used(vr);
	if (vring_unlikely(vr->inflight != NULL))
		vhost_inflight_published_split(vr->inflight, vr->n_used, vr->next_used.idx);
}

static bool split_asks_call(struct vring *vr)
{
	const struct avail_ring *avail = vr->avail;
	__u16 old = vr->signalled_used;
	bool valid = vr->signalled_valid;

	/* D: the index is there before we read what the driver asks for; the driver
	 * asks, then reads the index. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!vr->format.event_idx)
		return !(le16toh(XVS_READ_ONCE(avail->flags)) & AVAIL_F_NO_INTERRUPT);
	vr->signalled_used = vr->next_used.idx;
	vr->signalled_valid = true;
	return !valid || vring_need_event(le16toh(XVS_READ_ONCE(avail->ring[vr->size])),
					  vr->next_used.idx, old);
}

static void split_ask_kick(struct vring *vr, const struct vring_place *at)
{
	struct used_ring *used = vr->used;
	__u16 *event = (__u16 *)(void *)&used->ring[vr->size];

	if (!vr->format.event_idx)
		XVS_WRITE_ONCE(used->flags, htole16(at ? 0 : USED_F_NO_NOTIFY));
	else if (at)
		XVS_WRITE_ONCE(*event, htole16(at->idx));
	else
		return; /* an event that has passed is as good as none */
	log_used(vr);
}

static bool split_available(struct vring *vr, const struct vring_place *at)
{
	return load_avail_idx(vr) != at->idx;
}

const struct vring_format_ops vring_split_ops = {
	.map = split_map,
	.start = split_start,
	.base = split_base,
	.receive = split_receive,
	.release = split_release,
	.next = split_next,
	.use = split_use,
	.publish = split_publish,
	.asks_call = split_asks_call,
	.ask_kick = split_ask_kick,
	.available = split_available,
};
