// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rings and the memory below them: what is written is in the dirty log [MEM2], memory
 * that is moved is found again, and memory that was taken away ends the ring only.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vring_stage.h"

#define PAGE 4096u

static const struct stage_config configs[] = {
	{"split", .event_idx = true, .mrg = true, .hdr_len = 12, .size = 64},
	{"packed", .packed = true, .event_idx = true, .mrg = true, .hdr_len = 12, .size = 64},
};

/* Each page that differs from what it was has its bit, the rings' too. */
TEST(vring_memory, what_is_written_is_in_the_dirty_log)
{
	for (size_t i = 0; i < 2; i++) {
		static __u8 frame[9000] = {1};
		const struct iovec iov = {frame, sizeof(frame)};
		const struct virtio_net_hdr hdr = {.flags = 1};
		struct vring_packet packets[8];
		int log = memfd_create("log", MFD_CLOEXEC), n;
		size_t pages, changed = 0, marked = 0;
		struct stage s;
		__u8 *before, *bits;

		stage_open(&s, &configs[i], 3);
		vring_stop(&s.vr);
		s.d.addr.log = true;
		assert_int_equal(stage_start(&s, s.config.packed ? 0x80008000u : 0, NULL), 0);
		pages = (STAGE_GPA + s.len) / PAGE;
		assert_int_equal(ftruncate(log, (off_t)(pages / 8 + 1)), 0);
		assert_int_equal(guest_mem_set_log(&s.mem, log, pages / 8 + 1, 0), 0);
		bits = mmap(NULL, pages / 8 + 1, PROT_READ, MAP_SHARED, log, 0);
		for (__u32 k = 0; k < 8; k++) {
			struct vdriver_piece piece = {stage_slot_gpa(&s, k), 3000};

			assert_true(vdriver_add(&s.d, &piece, 1, true, false, k));
		}
		before = malloc(s.len);
		memcpy(before, s.view, s.len);
		for (size_t k = 0; k < sizeof(frame); k++)
			frame[k] = stage_byte(1, (__u32)k) | 1;
		assert_int_equal(vring_rx_send(&s.vr, &hdr, &iov, 1, sizeof(frame)), 0);
		vring_flush(&s.vr);
		vring_wait(&s.vr);
		for (size_t p = 0; p < s.len / PAGE; p++) {
			size_t page = STAGE_GPA / PAGE + p;
			bool bit = bits[page / 8] >> page % 8 & 1;

			if (memcmp(before + p * PAGE, s.view + p * PAGE, PAGE)) {
				changed++;
				assert_true(bit);
			}
			marked += bit;
		}
		assert_true(changed >= 4 && marked <= changed + 2);
		/* Reading writes nothing but the ring. */
		n = vring_tx_receive(&s.vr, packets, 0);
		assert_int_equal(n, 0);
		munmap(bits, pages / 8 + 1);
		free(before);
		close(log);
		stage_close(&s);
	}
}

/* The table is replaced under a started ring, as by a hot plug of memory. */
TEST(vring_memory, memory_that_moved_is_found_again)
{
	for (size_t i = 0; i < 2; i++) {
		struct vring_packet p;
		struct stage s;

		stage_open(&s, &configs[i], 4);
		for (__u32 k = 0; k < 100; k++) {
			size_t at = k % 3 ? s.data & ~(size_t)(PAGE - 1) : 2 * PAGE * (k + 8);

			assert_true(stage_transmit(&s, k, 900));
			assert_int_equal(vring_tx_receive(&s.vr, &p, 1), 1);
			stage_check_packet(&p, k, 900);
			vring_tx_release(&s.vr, &p, 1);
			guest_mem_fini(&s.mem);
			at = (at + s.d.end + PAGE) & ~(size_t)(PAGE - 1);
			assert_int_equal(guest_mem_add(&s.mem, s.fd, STAGE_GPA + at, STAGE_UVA + at,
						       s.len - at, at),
					 0);
			assert_int_equal(guest_mem_add(&s.mem, s.fd, STAGE_GPA, STAGE_UVA, at, 0),
					 0);
			vring_flush(&s.vr);
			assert_int_equal(vdriver_used(&s.d, &(__u32){0}, &(__u32){0}), 1);
		}
		/* And when the ring is not there any more, it is not touched. */
		guest_mem_fini(&s.mem);
		assert_int_equal(vring_tx_receive(&s.vr, &p, 1), -EPROTO);
		assert_string_equal(vring_reason(&s.vr), "the ring is not in the guest's memory");
		stage_close(&s);
	}
}

TEST(vring_memory, a_file_made_shorter_breaks_the_ring_and_nothing_else)
{
	assert_int_equal(guest_mem_guard(), 0);
	for (int what = 0; what < 2; what++)
		for (size_t i = 0; i < 2; i++) {
			struct vring_packet p;
			struct stage s, other;
			int n;

			stage_open(&s, &configs[i], 5);
			stage_open(&other, &configs[i], 6);
			assert_true(stage_transmit_plain(&s, 40, 900));
			/* The frame's memory, or all. */
			assert_int_equal(ftruncate(s.fd, what ? 0 : (off_t)s.data), 0);
			n = vring_tx_receive(&s.vr, &p, 1);
			assert_true(what || n == 1);
			assert_true(guest_mem_is_broken(&s.mem));
			assert_int_equal(vring_tx_receive(&s.vr, &p, 1), -EPROTO);
			assert_string_equal(vring_reason(&s.vr),
					    "the guest's memory was taken away while in use");
			vring_flush(&s.vr);
			assert_true(vring_wait(&s.vr));
			assert_true(stage_transmit(&other, 0, 900));
			assert_int_equal(vring_tx_receive(&other.vr, &p, 1), 1);
			stage_check_packet(&p, 0, 900);
			stage_close(&other);
			stage_close(&s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vring_memory, what_is_written_is_in_the_dirty_log),
		TEST_ROW(vring_memory, memory_that_moved_is_found_again),
		TEST_ROW(vring_memory, a_file_made_shorter_breaks_the_ring_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
