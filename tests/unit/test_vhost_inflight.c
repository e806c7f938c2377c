// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What survives a crash: the region that the front end keeps, in the layout of the
 * protocol, and a ring that goes on where it was [INFL1].
 *
 * A crash is played by what a dying process leaves: a ring that is forgotten without
 * a stop, and, in the midst of a batch, the bytes that it had not written yet.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vring_stage.h"

#define FRAMES 600

static const struct stage_config configs[] = {
	{"split", .hdr_len = 12, .size = 16},
	{"split, indirect", .indirect = true, .event_idx = true, .hdr_len = 12, .size = 64},
	{"packed", .packed = true, .hdr_len = 12, .size = 16},
	{"packed, odd, indirect", .packed = true, .indirect = true, .event_idx = true,
	 .hdr_len = 12, .size = 37},
};

#define N_CONFIGS (sizeof(configs) / sizeof(configs[0]))

/* The protocol's layout, as offsets: what another back end would read. */
static __u16 region_u16(const void *region, size_t at)
{
	__u16 v;

	memcpy(&v, (const __u8 *)region + at, sizeof(v));
	return v;
}

/* Three buffers of one piece are taken, the first ones of all. */
static void check_entries(const __u8 *r, bool packed, const struct vdriver_piece *piece)
{
	size_t entry = packed ? 32 : 16, first = packed ? 32 : 16;

	assert_int_equal(region_u16(r, 8), 1); /* version */
	assert_int_equal(region_u16(r, 10), 16); /* desc_num */
	for (size_t k = 0; k < 3; k++) {
		const __u8 *e = r + first + entry * k;

		assert_int_equal(e[0], 1);
		assert_int_equal(region_u16(e, 8), k); /* counter */
		if (!packed)
			continue;
		assert_int_equal(region_u16(e, 4), k); /* last */
		assert_int_equal(region_u16(e, 6), 1); /* num */
		assert_memory_equal(e + 20, &piece->len, 4);
		assert_memory_equal(e + 24, &piece->gpa, 8);
	}
	assert_int_equal(r[first + entry * 3], 0);
	if (packed) {
		assert_int_equal(region_u16(r, 12), 3); /* free_head */
		assert_int_equal(region_u16(r, 14), 3); /* old_free_head */
		assert_int_equal(r[20] & r[21], 1); /* wrap counters */
	}
}

TEST(vhost_inflight, the_region_has_the_layout_of_the_protocol)
{
	struct vdriver_piece piece;
	struct vring_packet packets[4];
	struct vhost_inflight f = {0};
	const __u8 *r;
	int fd;

	for (size_t i = 0; i < N_CONFIGS; i += 2) {
		bool packed = configs[i].packed;
		size_t entry = packed ? 32 : 16, first = packed ? 32 : 16;
		struct stage s;

		stage_open(&s, &configs[i], 1);
		assert_int_equal(vhost_inflight_create(&f, &s.mem, 2, 16, packed, &fd), 0);
		assert_int_equal(lseek(fd, 0, SEEK_END), packed ? 2 * 576 : 2 * 320);
		assert_null(vhost_inflight_ring(&f, 2, packed));
		assert_null(vhost_inflight_ring(&f, 0, !packed));
		assert_int_equal(stage_start(&s, packed ? 0x80008000u : 0,
					     vhost_inflight_ring(&f, 1, packed)),
				 0);
		r = (const __u8 *)f.map + (packed ? 576 : 320);
		piece = (struct vdriver_piece){stage_slot_gpa(&s, 0), 72};
		for (__u32 k = 0; k < 3; k++)
			assert_true(vdriver_add(&s.d, &piece, 1, false, false, k));
		assert_int_equal(vring_tx_receive(&s.vr, packets, 4), 3);
		check_entries(r, packed, &piece);
		vring_tx_release(&s.vr, packets, 2);
		vring_flush(&s.vr);
		assert_int_equal(r[first], 0);
		assert_int_equal(r[first + entry], 0);
		assert_int_equal(r[first + 2 * entry], 1);
		if (packed) {
			assert_int_equal(region_u16(r, 16), 2); /* used_idx */
			assert_int_equal(region_u16(r, 18), 2); /* old_used_idx */
		} else {
			assert_int_equal(region_u16(r, 12), 1); /* last_batch_head */
			assert_int_equal(region_u16(r, 14), 2); /* used_idx */
		}
		vring_stop(&s.vr);
		vhost_inflight_fini(&f);
		close(fd);
		stage_close(&s);
	}
}

struct model {
	__u32 sent, used; /* by the guest's view */
	__u32 lens[FRAMES];
};

static void send_some(struct stage *s, struct model *m)
{
	for (__u32 k = test_below(&s->seed, 12); k && m->sent < FRAMES; k--) {
		m->lens[m->sent] = stage_frame_len(s, false);
		if (!stage_transmit(s, m->sent, m->lens[m->sent]))
			break;
		m->sent++;
	}
}

static void reap(struct stage *s, struct model *m)
{
	__u32 cookie, len;
	int n;

	while ((n = vdriver_used(&s->d, &cookie, &len)) > 0)
		assert_int_equal(cookie, m->used++);
	assert_int_equal(n, 0);
}

/* The process is gone: nothing is stopped, the front end has a base that is old. */
static void crash(struct stage *s, struct vhost_inflight *f, int fd)
{
	/* For a split ring QEMU takes the used index, which the ring has itself. */
	__u32 base = s->config.packed ? 0x80008000u : 0;
	bool packed = s->config.packed;

	s->vr.n_used = 0; /* what was not shown is forgotten */
	s->vr.used_desc = 0;
	vring_stop(&s->vr);
	assert_int_equal(vhost_inflight_adopt(f, &s->mem, fd,
					      vhost_inflight_bytes(1, s->config.size, packed), 0, 1,
					      s->config.size, packed),
			 0);
	assert_int_equal(stage_start(s, base, vhost_inflight_ring(f, 0, packed)), 0);
}

/* Crashes at random places; after each the oldest that is not used comes first. */
static void check_crashes(const struct stage_config *config, uint64_t seed)
{
	struct vhost_inflight f = {0};
	struct vring_packet packets[64];
	struct model m = {0};
	struct stage s;
	__u32 done = 0; /* released and flushed */
	int fd, crashes = 0;

	stage_open(&s, config, seed);
	assert_int_equal(vhost_inflight_create(&f, &s.mem, 1, config->size, config->packed, &fd),
			 0);
	assert_int_equal(stage_start(&s, config->packed ? 0x80008000u : 0,
				     vhost_inflight_ring(&f, 0, config->packed)),
			 0);
	while (m.used < FRAMES) {
		int n, keep;

		send_some(&s, &m);
		n = vring_tx_receive(&s.vr, packets, 64);
		assert_true(n >= 0);
		for (int i = 0; i < n; i++)
			stage_check_packet(&packets[i], done + (__u32)i, m.lens[done + (__u32)i]);
		keep = n ? (int)test_below(&s.seed, (__u32)n + 1) : 0;
		vring_tx_release(&s.vr, packets, keep);
		if (test_below(&s.seed, 4)) {
			vring_flush(&s.vr);
			done += (__u32)keep;
		} else {
			keep = -1; /* released in vain */
		}
		if (keep < n) {
			crash(&s, &f, fd);
			crashes++;
		}
		reap(&s, &m);
		assert_int_equal(m.used, done);
	}
	assert_true(crashes > 10);
	assert_string_equal(vring_reason(&s.vr), "");
	vring_stop(&s.vr);
	vhost_inflight_fini(&f);
	close(fd);
	stage_close(&s);
}

TEST(vhost_inflight, after_a_crash_what_was_not_used_comes_again_in_its_order)
{
	for (size_t i = 0; i < N_CONFIGS; i++)
		for (uint64_t k = 0; k < 4; k++)
			check_crashes(&configs[i], test_seed(0x1f00 + 16 * i + k));
}

/* From the region after a batch to what it was just before and after the guest was
 * shown that: 'before' has what it was before the batch. */
static void put_back(__u8 *region, const __u8 *before, bool packed)
{
	if (!packed) {
		/* The list of the batch is there when it is released. */
		memcpy(region, before, 1024);
		return;
	}
	memcpy(region + 14, before + 14, 2); /* old_free_head */
	memcpy(region + 18, before + 18, 2); /* old_used_idx */
	region[21] = before[21]; /* old_used_wrap_counter */
	for (size_t i = 0; i < 16; i++)
		region[32 + 32 * i] = before[32 + 32 * i]; /* inflight */
}

/* Two frames were used, two more were about to be, and the next is taken. */
static void check_cut_off(const struct stage_config *config, bool shown)
{
	static __u8 region[1024], ring[8192];
	struct vhost_inflight f = {0};
	struct vring_packet packets[8];
	struct model m = {0};
	struct stage s;
	int fd;

	stage_open(&s, config, 5);
	assert_int_equal(vhost_inflight_create(&f, &s.mem, 1, config->size, config->packed, &fd),
			 0);
	assert_int_equal(stage_start(&s, config->packed ? 0x80008000u : 0,
				     vhost_inflight_ring(&f, 0, config->packed)),
			 0);
	for (; m.sent < 8; m.sent++) {
		m.lens[m.sent] = 60 + m.sent;
		assert_true(stage_transmit_plain(&s, m.sent, 60 + m.sent));
	}
	assert_int_equal(vring_tx_receive(&s.vr, packets, 5), 5);
	vring_tx_release(&s.vr, packets, 2);
	vring_flush(&s.vr);
	reap(&s, &m);
	assert_int_equal(m.used, 2);
	vring_tx_release(&s.vr, packets + 2, 2);
	memcpy(region, f.map, sizeof(region));
	memcpy(ring, s.view, sizeof(ring));
	vring_flush(&s.vr);
	put_back(f.map, region, config->packed);
	if (!shown)
		memcpy(s.view, ring, sizeof(ring));
	crash(&s, &f, fd);
	reap(&s, &m);
	assert_int_equal(m.used, shown ? 4 : 2);
	assert_int_equal(vring_tx_receive(&s.vr, packets, 8), 8 - m.used);
	stage_check_packet(&packets[0], m.used, m.lens[m.used]);
	vring_tx_release(&s.vr, packets, 8);
	vring_flush(&s.vr);
	reap(&s, &m);
	assert_int_equal(m.used, 8);
	vring_stop(&s.vr);
	vhost_inflight_fini(&f);
	close(fd);
	stage_close(&s);
}

TEST(vhost_inflight, a_batch_that_was_cut_off_counts_if_the_guest_was_shown_it)
{
	for (size_t i = 0; i < N_CONFIGS; i++)
		for (int shown = 0; shown < 2; shown++)
			check_cut_off(&configs[i], shown);
}

/* Random bytes in the region: the ring starts, or does not and says why. */
TEST(vhost_inflight, a_damaged_region_does_no_harm)
{
	uint64_t seed = test_seed(0xdead);
	int refused = 0, started = 0;

	for (int round = 0; round < 2000; round++) {
		const struct stage_config *c = &configs[(size_t)round % N_CONFIGS];
		struct vhost_inflight f = {0};
		struct vring_packet packets[8];
		struct stage s;
		int fd, n;

		stage_open(&s, c, seed);
		assert_int_equal(vhost_inflight_create(&f, &s.mem, 1, c->size, c->packed, &fd), 0);
		stage_start(&s, c->packed ? 0x80008000u : 0, vhost_inflight_ring(&f, 0, c->packed));
		stage_transmit(&s, 0, 60);
		stage_transmit(&s, 1, 60);
		for (__u32 k = test_below(&seed, 40); k; k--)
			((__u8 *)f.map)[test_below(&seed, 2) ? test_below(&seed, 64)
							     : test_below(&seed, (__u32)f.len)] =
				(__u8)test_below(&seed, test_below(&seed, 2) ? 256 : 8);
		n = stage_start(&s, c->packed ? 0x80008000u : 0,
				vhost_inflight_ring(&f, 0, c->packed));
		assert_true(!n || n == -EINVAL);
		assert_int_equal(!n, !*vring_reason(&s.vr));
		*(n ? &refused : &started) += 1;
		n = vring_tx_receive(&s.vr, packets, 8);
		vring_tx_release(&s.vr, packets, n);
		for (__u32 k = test_below(&seed, 40); k; k--)
			((__u8 *)f.map)[test_below(&seed, (__u32)f.len)] = (__u8)test_random(&seed);
		vring_flush(&s.vr);
		vring_stop(&s.vr);
		vhost_inflight_fini(&f);
		close(fd);
		stage_close(&s);
	}
	print_message("%d refused, %d started\n", refused, started);
	assert_true(refused > 100 && started > 100);
}

TEST(vhost_inflight, regions_that_do_not_fit_are_refused)
{
	struct vhost_inflight f = {0};
	struct guest_mem m = {0};
	int fd, got = memfd_create("inflight", MFD_CLOEXEC);

	assert_int_equal(ftruncate(got, 320), 0);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 0, 1, 16, false), 0);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 8, 1, 16, false), -EINVAL);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 0, 1, 17, false), 0);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 0, 1, 32, false), -EINVAL);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 0, 1, 16, true), -EINVAL);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, 320, 0, 2, 16, false), -EINVAL);
	assert_int_equal(vhost_inflight_adopt(&f, &m, got, ~0ULL, 8, 1, 16, false), -EINVAL);
	assert_int_equal(vhost_inflight_create(&f, &m, 0, 16, false, &fd), -EINVAL);
	assert_int_equal(vhost_inflight_create(&f, &m, VHOST_INFLIGHT_QUEUES + 1, 16, false, &fd),
			 -EINVAL);
	assert_int_equal(fd, -1);
	assert_null(f.map);
	close(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vhost_inflight, the_region_has_the_layout_of_the_protocol),
		TEST_ROW(vhost_inflight, after_a_crash_what_was_not_used_comes_again_in_its_order),
		TEST_ROW(vhost_inflight, a_batch_that_was_cut_off_counts_if_the_guest_was_shown_it),
		TEST_ROW(vhost_inflight, a_damaged_region_does_no_harm),
		TEST_ROW(vhost_inflight, regions_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
