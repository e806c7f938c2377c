/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A device and a driver with a guest's memory between them: what the tests of
 * virtqueues stand on.
 *
 * The memory is one file, mapped as two regions whose guest addresses adjoin and
 * whose places in the process do not; buffers cross from one to the other. Each
 * buffer has a slot of its own, by its cookie.
 */
#ifndef TESTS_VRING_STAGE_H
#define TESTS_VRING_STAGE_H

#include "test.h"
#include "vhost_inflight.h"
#include "selftests/vring_driver.h"

#define STAGE_GPA 0x40000000ULL
#define STAGE_UVA 0x7f0000000000ULL
#define STAGE_SLOT 70000u /* bytes of one buffer's place */

struct stage_config {
	const char *name;
	bool packed, event_idx, mrg, indirect;
	__u8 hdr_len;
	__u16 size;
};

struct stage {
	struct stage_config config;
	struct guest_mem mem;
	struct vring vr;
	struct vdriver d;
	int fd;
	__u8 *view; /* the guest's */
	size_t len;
	size_t data; /* where slots begin */
	uint64_t seed;
};

/* Opens with both sides ready; fails the test if that does not work. */
void stage_open(struct stage *s, const struct stage_config *config, uint64_t seed);
void stage_close(struct stage *s);
int stage_start(struct stage *s, __u32 base, struct vring_inflight *inflight);

__u64 stage_slot_gpa(const struct stage *s, __u32 cookie);
__u8 *stage_slot(const struct stage *s, __u32 cookie);
/* Cuts 'len' bytes of the slot into at most 'max' random pieces. */
int stage_cut(struct stage *s, __u32 cookie, __u32 len, struct vdriver_piece *pieces, int max);
/* Byte 'i' of frame 'n'. */
static inline __u8 stage_byte(__u32 n, __u32 i)
{
	return (__u8)(n * 131 + i * 7 + (i >> 8) * 3);
}
/* A length: mostly small, sometimes of a segment, never more than fits. */
__u32 stage_frame_len(struct stage *s, bool large);
/* A frame from the guest, of a random shape. False: no room. */
bool stage_transmit(struct stage *s, __u32 n, __u32 len);
/* Its bytes into its slot only. */
void stage_fill(struct stage *s, __u32 n, __u32 len);
/* The same, in one descriptor. */
bool stage_transmit_plain(struct stage *s, __u32 n, __u32 len);
/* Is it that frame, header and all? */
void stage_check_packet(const struct vring_packet *p, __u32 n, __u32 len);

#endif /* TESTS_VRING_STAGE_H */
