// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory and rings of a hostile guest: descriptors in both formats, direct and
 * indirect, that are right, or wrong in one place. All rings share their buffers, so
 * that what one receives is what another is sending.
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of each ring in the rings' memory. */
enum { DESC_BYTES = 16 * MAX_SIZE, AVAIL_BYTES = 4096, USED_BYTES = 12288 };
enum { TABLE_LEN = 8, N_TABLES = 64, TABLE_BYTES = 16 * TABLE_LEN * N_TABLES };
enum { RING_BYTES = DESC_BYTES + AVAIL_BYTES + USED_BYTES + TABLE_BYTES };
enum { MAX_PIECES = 4 };

struct piece {
	uint64_t addr;
	uint32_t len;
	uint16_t flags; /* VRING_DESC_F_WRITE */
};

/* --- memory --- */

static bool file_make(struct life *l, struct memory *m, uint64_t gpa, uint64_t size)
{
	if (oops(l))
		size += below(l, 8192);
	m->fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->fd < 0 || ftruncate(m->fd, (off_t)size))
		return false;
	m->at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	if (m->at == MAP_FAILED)
		return false;
	m->region = (struct region){gpa, size, (uintptr_t)m->at, 0};
	/* Some guests are known not to shrink; then it cannot be truncated either. */
	if (!below(l, 8))
		fcntl(m->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	return true;
}

bool memory_make(struct life *l)
{
	const uint64_t gpa = 0x100000;

	if (!file_make(l, &l->rings, gpa, MAX_RINGS * RING_BYTES))
		return false;
	/* One behind the other, or with a hole: buffers may cross the border. */
	if (!file_make(l, &l->buffers, below(l, 2) ? gpa + l->rings.region.size : gpa << 12,
		       (uint64_t)N_BUFFERS * BUFFER_SIZE))
		return false;
	for (unsigned int i = 0; i < MAX_RINGS; i++) {
		struct ring *r = &l->ring[i];

		r->desc = l->rings.at + (size_t)i * RING_BYTES;
		r->avail = r->desc + DESC_BYTES;
		r->used = r->avail + AVAIL_BYTES;
		r->kick = r->call = -1;
		ring_restart(r, 0);
	}
	return true;
}

void ring_restart(struct ring *r, uint16_t base)
{
	r->slot = 0;
	r->next_avail = r->first = base;
	r->wrap = true;
	r->n_pending = 0;
}

static uint64_t rings_gpa(const struct life *l, const void *p)
{
	return (uint64_t)((const uint8_t *)p - l->rings.at) + l->rings.region.gpa;
}

/* --- buffers --- */

static void spoil(struct life *l, struct piece *p)
{
	const struct region *m = &l->buffers.region;

	switch (below(l, 7)) {
	case 0: /* over the rings themselves */
		p->addr = l->rings.region.gpa + below(l, MAX_RINGS * RING_BYTES);
		break;
	case 1: /* across the end */
		p->addr = m->gpa + m->size - below(l, p->len + 64);
		break;
	case 2:
		p->addr = odd_number(l);
		break;
	case 3:
		p->len = (uint32_t)odd_number(l);
		break;
	case 4:
		p->flags ^= VRING_DESC_F_WRITE;
		break;
	case 5:
		p->len = 0;
		break;
	default:
		p->flags = (uint16_t)draw(l);
		break;
	}
}

static int pieces_of_rx(struct life *l, uint64_t gpa, struct piece *out, int max)
{
	int n = 1 + (int)below(l, (unsigned int)max);

	for (int k = 0; k < n; k++) {
		out[k] = (struct piece){gpa, 2048, VRING_DESC_F_WRITE};
		if (!below(l, 4))
			out[k].len = 1 + below(l, 9000);
		gpa += out[k].len;
	}
	return n;
}

static int pieces_of_tx(struct life *l, uint64_t gpa, struct piece *out, int max)
{
	uint64_t offset = gpa - l->buffers.region.gpa;
	uint32_t len = l->buffers.gone ? 100 : packet_make(l, l->buffers.at + offset, BUFFER_SIZE);
	int n = 0;

	while (len && n < max) {
		uint32_t part = n == max - 1 || below(l, 2) ? len : 1 + below(l, len);

		out[n++] = (struct piece){gpa, part, 0};
		gpa += part;
		len -= part;
	}
	return n;
}

static int pieces_make(struct life *l, unsigned int i, struct piece *out, int max)
{
	struct ring *r = &l->ring[i];
	uint64_t gpa =
		l->buffers.region.gpa + (uint64_t)(r->buffer++ + 11 * i) % N_BUFFERS * BUFFER_SIZE;
	int n = i & 1 ? pieces_of_tx(l, gpa, out, max) : pieces_of_rx(l, gpa, out, max);

	for (int k = 0; k < n; k++)
		if (oops(l))
			spoil(l, &out[k]);
	l->tally->packets++;
	return n;
}

/* --- split --- */

static void desc_write(struct life *l, struct vring_desc *d, const struct piece *p, int next)
{
	*d = (struct vring_desc){p->addr, p->len, p->flags, 0};
	if (next >= 0) {
		d->flags |= VRING_DESC_F_NEXT;
		d->next = (uint16_t)next;
	}
	if (oops(l)) /* loops, and ends of nothing */
		d->next = (uint16_t)below(l, l->ring_size + 2);
	if (oops(l))
		d->flags ^= (uint16_t)(1u << below(l, 16));
}

/* The table of a slot: where it is, 'n' of it being filled by the caller. */
static struct piece table_of(const struct life *l, const struct ring *r, int n, void **table)
{
	*table = (uint8_t *)r->used + USED_BYTES +
		 (size_t)(r->slot % N_TABLES) * TABLE_LEN * sizeof(struct vring_desc);
	return (struct piece){rings_gpa(l, *table), (uint32_t)n * 16, VRING_DESC_F_INDIRECT};
}

static bool split_has_room(struct life *l, struct ring *r)
{
	uint16_t used = ((volatile struct vring_used *)r->used)->idx;

	l->tally->frames_used += (uint16_t)(used - r->first);
	r->first = used;
	return (uint16_t)(r->next_avail - used) * MAX_PIECES + MAX_PIECES <= (int)l->ring_size ||
	       (l->ring_size < 2 * MAX_PIECES && r->next_avail == used);
}

static void split_put(struct life *l, unsigned int i)
{
	struct ring *r = &l->ring[i];
	struct vring_desc *desc = (struct vring_desc *)r->desc;
	struct vring_avail *avail = (struct vring_avail *)r->avail;
	struct piece p[MAX_PIECES];
	int n = pieces_make(l, i, p, l->ring_size < MAX_PIECES ? 1 : MAX_PIECES);
	uint16_t mask = (uint16_t)(l->ring_size - 1), head = r->slot & mask;

	if (l->indirect && below(l, 2)) {
		void *table;
		struct piece t = table_of(l, r, n, &table);

		for (int k = 0; k < n; k++)
			desc_write(l, (struct vring_desc *)table + k, &p[k],
				   k < n - 1 ? k + 1 : -1);
		if (oops(l))
			spoil(l, &t);
		desc_write(l, &desc[head], &t, -1);
		r->slot++;
	} else {
		for (int k = 0; k < n; k++, r->slot++)
			desc_write(l, &desc[r->slot & mask], &p[k],
				   k < n - 1 ? (r->slot + 1) & mask : -1);
	}
	if (oops(l))
		head = (uint16_t)odd_number(l);
	avail->ring[r->next_avail++ & mask] = head;
	if (oops(l) && !below(l, 16))
		r->next_avail = (uint16_t)draw(l);
	__atomic_store_n(&avail->idx, r->next_avail, __ATOMIC_RELEASE);
}

/* --- packed --- */

static uint16_t packed_bits(bool wrap)
{
	return wrap ? 1u << VRING_PACKED_DESC_F_AVAIL : 1u << VRING_PACKED_DESC_F_USED;
}

static void packed_write(struct life *l, struct vring_packed_desc *d, const struct piece *p,
			 uint16_t id, uint16_t flags)
{
	d->addr = p->addr;
	d->len = p->len;
	d->id = oops(l) ? (uint16_t)odd_number(l) : id;
	flags |= p->flags;
	if (oops(l))
		flags ^= (uint16_t)(1u << below(l, 16));
	__atomic_store_n(&d->flags, flags, __ATOMIC_RELEASE);
}

/* Takes back what the device has used. */
static void packed_reap(struct life *l, struct ring *r)
{
	const uint16_t both = 1u << VRING_PACKED_DESC_F_AVAIL | 1u << VRING_PACKED_DESC_F_USED;
	volatile struct vring_packed_desc *desc = (volatile void *)r->desc;

	while (r->n_pending) {
		const struct pending *p = &r->pending[r->first];

		if ((desc[p->slot].flags & both) != (p->wrap ? both : 0))
			return;
		r->first = (uint16_t)((r->first + 1) % MAX_SIZE);
		r->n_pending--;
		l->tally->frames_used++;
	}
}

static bool packed_has_room(struct life *l, struct ring *r)
{
	packed_reap(l, r);
	return (r->n_pending + 1) * MAX_PIECES <= (int)l->ring_size || !r->n_pending;
}

/* The head last: before it the others are nobody's. */
static void packed_chain(struct life *l, struct ring *r, const struct piece *p, int n)
{
	struct vring_packed_desc *desc = (struct vring_packed_desc *)r->desc;
	uint16_t head = r->slot, head_flags = 0, id = head;

	for (int k = 0; k < n; k++) {
		uint16_t flags = packed_bits(r->wrap) | (k < n - 1 ? VRING_DESC_F_NEXT : 0);

		if (k)
			packed_write(l, &desc[r->slot], &p[k], id, flags);
		else
			head_flags = flags;
		if (++r->slot == l->ring_size) {
			r->slot = 0;
			r->wrap = !r->wrap;
		}
	}
	packed_write(l, &desc[head], &p[0], id, head_flags);
}

static void packed_put(struct life *l, unsigned int i)
{
	struct ring *r = &l->ring[i];
	struct piece p[MAX_PIECES];
	int n = pieces_make(l, i, p, l->ring_size < MAX_PIECES ? 1 : MAX_PIECES);

	r->pending[(r->first + r->n_pending++) % MAX_SIZE] =
		(struct pending){r->slot, (uint16_t)n, r->wrap};
	if (l->indirect && below(l, 2)) {
		void *table;
		struct piece t = table_of(l, r, n, &table);

		for (int k = 0; k < n; k++)
			packed_write(l, (struct vring_packed_desc *)table + k, &p[k], 0, 0);
		if (oops(l))
			spoil(l, &t);
		packed_chain(l, r, &t, 1);
	} else {
		packed_chain(l, r, p, n);
	}
}

/* --- both --- */

void ring_kick(struct life *l, unsigned int i)
{
	if (l->ring[i].kick >= 0 && !eventfd_write(l->ring[i].kick, 1))
		l->tally->kicks++;
}

/* Nothing is right: what the ring says is noise. */
static void noise(struct life *l, struct ring *r)
{
	for (unsigned int k = 1 + below(l, 64); k--;)
		*(uint64_t *)(r->desc + (size_t)below(l, RING_BYTES / 8) * 8) =
			below(l, 2) ? draw(l) : odd_number(l);
}

void ring_work(struct life *l, unsigned int i)
{
	struct ring *r = &l->ring[i];

	if (!l->rings.gone) {
		for (unsigned int n = 1 + below(l, 16); n--;) {
			if (!(l->packed ? packed_has_room(l, r) : split_has_room(l, r)) && !oops(l))
				break;
			if (l->packed)
				packed_put(l, i);
			else
				split_put(l, i);
		}
		/* Event suppression: as the driver likes it at the moment. */
		if (!below(l, 32))
			*(uint16_t *)r->avail =
				(uint16_t)(l->packed ? below(l, 4) << 0 : below(l, 2));
		if (oops(l) && !below(l, 16))
			noise(l, r);
	}
	for (unsigned int n = 1 + below(l, oops(l) ? 256 : 2); n--;)
		ring_kick(l, i);
}
