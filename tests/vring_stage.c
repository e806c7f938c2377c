// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The stage of vring_stage.h.
 */
#include "vring_stage.h"

#include <sys/mman.h>
#include <unistd.h>

void stage_open(struct stage *s, const struct stage_config *config, uint64_t seed)
{
	const struct vdriver_config dc = {
		.packed = config->packed, .event_idx = config->event_idx, .size = config->size};
	size_t rings = (size_t)config->size * 2048 + 65536, half;

	memset(s, 0, sizeof(*s));
	s->config = *config;
	s->seed = seed;
	s->len = (rings + (size_t)config->size * STAGE_SLOT + 8191) & ~(size_t)4095;
	s->fd = memfd_create("guest", MFD_CLOEXEC);
	assert_true(s->fd >= 0);
	assert_int_equal(ftruncate(s->fd, (off_t)s->len), 0);
	s->view = mmap(NULL, s->len, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	assert_true(s->view != MAP_FAILED);
	assert_true(vdriver_init(&s->d, &dc, s->view, rings, STAGE_GPA, STAGE_UVA));
	s->data = s->d.end;
	half = (rings + (s->len - rings) / 2) & ~(size_t)4095;
	/* The second first, and with an address of the front end's that is elsewhere. */
	assert_int_equal(guest_mem_add(&s->mem, s->fd, STAGE_GPA + half, STAGE_UVA / 2,
				       s->len - half, half),
			 0);
	assert_int_equal(guest_mem_add(&s->mem, s->fd, STAGE_GPA, STAGE_UVA, half, 0), 0);
	assert_int_equal(vring_init(&s->vr), 0);
	s->vr.enabled = true;
	assert_int_equal(stage_start(s, config->packed ? 0x80008000u : 0, NULL), 0);
}

int stage_start(struct stage *s, __u32 base, struct vring_inflight *inflight)
{
	const struct vring_format format = {.packed = s->config.packed,
					    .event_idx = s->config.event_idx,
					    .mrg_rxbuf = s->config.mrg,
					    .hdr_len = s->config.hdr_len};

	return vring_start(&s->vr, &s->mem, &format, &s->d.addr, s->config.size, base, inflight);
}

void stage_close(struct stage *s)
{
	vring_fini(&s->vr);
	vdriver_fini(&s->d);
	guest_mem_fini(&s->mem);
	munmap(s->view, s->len);
	close(s->fd);
}

static size_t slot_at(const struct stage *s, __u32 cookie)
{
	return s->data + (size_t)(cookie % s->config.size) * STAGE_SLOT;
}

__u64 stage_slot_gpa(const struct stage *s, __u32 cookie)
{
	return STAGE_GPA + slot_at(s, cookie);
}

__u8 *stage_slot(const struct stage *s, __u32 cookie)
{
	return s->view + slot_at(s, cookie);
}

int stage_cut(struct stage *s, __u32 cookie, __u32 len, struct vdriver_piece *pieces, int max)
{
	__u64 at = stage_slot_gpa(s, cookie);
	int n = 0;

	while (len) {
		__u32 part = n + 1 < max ? 1 + test_below(&s->seed, len) : len;

		pieces[n++] = (struct vdriver_piece){.gpa = at, .len = part};
		at += part;
		len -= part;
	}
	return n;
}

__u32 stage_frame_len(struct stage *s, bool large)
{
	__u32 kind = test_below(&s->seed, 64);

	if (!kind && large)
		return VRING_MAX_FRAME - test_below(&s->seed, 3);
	return 1 + test_below(&s->seed, kind < 32 ? 100 : 1514);
}

static struct virtio_net_hdr header_of(__u32 n)
{
	return (struct virtio_net_hdr){.flags = (__u8)n,
				       .gso_size = (__u16)(n * 3),
				       .csum_start = (__u16)(n + 1),
				       .csum_offset = (__u16)(n >> 8)};
}

void stage_fill(struct stage *s, __u32 n, __u32 len)
{
	struct virtio_net_hdr hdr = header_of(n);
	__u8 *slot = stage_slot(s, n);
	__u32 hdr_len = s->config.hdr_len;

	memset(slot, 0, hdr_len);
	memcpy(slot, &hdr, sizeof(hdr));
	for (__u32 i = 0; i < len; i++)
		slot[hdr_len + i] = stage_byte(n, i);
}

bool stage_transmit_plain(struct stage *s, __u32 n, __u32 len)
{
	struct vdriver_piece piece = {stage_slot_gpa(s, n), s->config.hdr_len + len};

	if (!s->d.n_free)
		return false;
	stage_fill(s, n, len);
	return vdriver_add(&s->d, &piece, 1, false, false, n);
}

bool stage_transmit(struct stage *s, __u32 n, __u32 len)
{
	struct vdriver_piece pieces[8];
	__u32 hdr_len = s->config.hdr_len;
	int max = s->config.size < 8 ? s->config.size : 8, n_pieces;

	/* As drivers do mostly: all in one, or header and frame. */
	switch (test_below(&s->seed, 3)) {
	case 0:
		n_pieces = stage_cut(s, n, hdr_len + len, pieces, 1);
		break;
	case 1:
		pieces[0] = (struct vdriver_piece){stage_slot_gpa(s, n), hdr_len};
		pieces[1] = (struct vdriver_piece){stage_slot_gpa(s, n) + hdr_len, len};
		n_pieces = 2;
		break;
	default:
		n_pieces = stage_cut(s, n, hdr_len + len, pieces, max);
	}
	if (s->d.n_free < n_pieces)
		return false;
	stage_fill(s, n, len);
	return vdriver_add(&s->d, pieces, n_pieces, false,
			   s->config.indirect && test_below(&s->seed, 2), n);
}

void stage_check_packet(const struct vring_packet *p, __u32 n, __u32 len)
{
	struct virtio_net_hdr hdr = header_of(n);
	__u32 at = 0;

	assert_int_equal(p->len, len);
	assert_memory_equal(&p->hdr, &hdr, sizeof(hdr));
	for (unsigned int i = 0; i < p->n_iov; i++) {
		const __u8 *b = p->iov[i].iov_base;

		assert_true(p->iov[i].iov_len);
		for (size_t k = 0; k < p->iov[i].iov_len; k++, at++)
			if (b[k] != stage_byte(n, at))
				fail_msg("frame %u differs at byte %u", n, at);
	}
	assert_int_equal(at, len);
}
