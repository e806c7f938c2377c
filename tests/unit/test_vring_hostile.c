// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A guest that breaks the rules [RING1]: each way once, in both formats. The ring is
 * broken with a reason that names it; no byte of the guest's memory has changed, and
 * what lies around it is not mapped.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "test.h"
#include "selftests/vring_driver.h"

#define GPA 0x1000000ULL
#define UVA 0x5500000000ULL
#define MEM_BYTES (256u * 1024)
#define PAGE 4096u
#define SIZE 16u
#define DATA 0x20000u /* in memory: of buffers */
#define TABLE 0x10000u

#define NEXT 1
#define WRITE 2
#define INDIRECT 4
#define AVAIL 0x80
#define USED 0x8000

struct hostile {
	__u8 *area; /* guard, memory, guard */
	__u8 *base;
	__u8 copy[MEM_BYTES];
	struct guest_mem mem;
	struct vdriver d;
	struct vring vr;
	bool packed;
};

struct desc {
	__u64 addr;
	__u32 len;
	__u16 flags, next;
};

enum { SPLIT = 1, PACKED = 2, BOTH = 3 };

struct row {
	const char *name;
	int formats;
	bool rx;
	struct desc desc[4]; /* from descriptor 0 on; packed: one after the other */
	struct desc table[4]; /* at TABLE */
	void (*prepare)(struct hostile *h); /* what descriptors do not say */
	const char *reason;
};

static struct hostile h;

static void put(__u8 *at, const struct desc *d, bool packed, __u16 more)
{
	__u16 flags = d->flags | more;

	memcpy(at, &d->addr, 8);
	memcpy(at + 8, &d->len, 4);
	memcpy(at + 12, packed ? &d->next : &flags, 2);
	memcpy(at + 14, packed ? &flags : &d->next, 2);
}

static void set_avail(__u16 idx, __u16 head)
{
	for (unsigned int i = 0; i < SIZE; i++)
		memcpy(h.d.avail + 4 + 2 * i, &head, 2);
	memcpy(h.d.avail + 2, &idx, 2);
}

static void avail_jumps(struct hostile *s)
{
	set_avail(SIZE + 1, 0);
}

static void avail_goes_back(struct hostile *s)
{
	set_avail(0xffff, 0);
}

static void head_too_large(struct hostile *s)
{
	set_avail(1, SIZE);
}

/* All descriptors of the ring in one chain that never ends. */
static void endless(struct hostile *s)
{
	for (unsigned int i = 0; i < SIZE; i++) {
		struct desc d = {GPA + DATA, 1, NEXT, (__u16)((i + 1) % SIZE)};

		put(s->d.desc + 16 * i, &d, s->packed, s->packed ? AVAIL : 0);
	}
}

static void two_hundred_fifty_seven(struct hostile *s)
{
	struct desc d = {GPA + TABLE, 257 * 16, INDIRECT, 0};

	put(s->d.desc, &d, s->packed, s->packed ? AVAIL : 0);
}

/* A direct descriptor, then a full table: one too many. */
static void one_and_256(struct hostile *s)
{
	struct desc table = {GPA + TABLE, 256 * 16, INDIRECT, 0};

	put(s->d.desc + 16, &table, s->packed, s->packed ? AVAIL : 0);
	for (unsigned int i = 0; i < 256; i++) {
		struct desc d = {GPA + DATA, 64, NEXT, (__u16)(i + 1)};

		put(s->base + TABLE + 16 * i, &d, s->packed, 0);
	}
}

#define END (GPA + MEM_BYTES)

static const struct row rows[] = {
	{"avail index jumps",
	 SPLIT,
	 false,
	 {{GPA + DATA, 64, 0, 0}},
	 .prepare = avail_jumps,
	 .reason = "available index"},
	{"avail index goes back",
	 SPLIT,
	 false,
	 {{GPA + DATA, 64, 0, 0}},
	 .prepare = avail_goes_back,
	 .reason = "available index"},
	{"avail index jumps",
	 SPLIT,
	 true,
	 {{GPA + DATA, 2000, WRITE, 0}},
	 .prepare = avail_jumps,
	 .reason = "available index"},
	{"head outside of the ring",
	 SPLIT,
	 false,
	 {{GPA + DATA, 64, 0, 0}},
	 .prepare = head_too_large,
	 .reason = "descriptor 16"},
	{"head outside of the ring",
	 SPLIT,
	 true,
	 {{GPA + DATA, 2000, WRITE, 0}},
	 .prepare = head_too_large,
	 .reason = "descriptor 16"},
	{"address nowhere", BOTH, false, {{0x10, 64, 0, 0}}, .reason = "not the guest's"},
	{"address nowhere", BOTH, true, {{0x10, 2000, WRITE, 0}}, .reason = "not the guest's"},
	{"address behind the end", BOTH, false, {{END, 64, 0, 0}}, .reason = "not the guest's"},
	{"address before the start",
	 BOTH,
	 true,
	 {{GPA - 1, 2000, WRITE, 0}},
	 .reason = "not the guest's"},
	{"across the end", BOTH, false, {{END - 63, 64, 0, 0}}, .reason = "not the guest's"},
	{"across the end", BOTH, true, {{END - 1999, 2000, WRITE, 0}}, .reason = "not the guest's"},
	{"header across the end",
	 BOTH,
	 false,
	 {{END - 11, 12, NEXT, 1}, {GPA + DATA, 64, 0, 1}},
	 .reason = "not the guest's"},
	{"length goes round", BOTH, false, {{~0ULL - 10, 64, 0, 0}}, .reason = "not the guest's"},
	{"length goes round",
	 BOTH,
	 true,
	 {{GPA + DATA, 0xffffffff, WRITE, 0}},
	 .reason = "not the guest's"},
	{"lengths sum up to more than 4 GiB",
	 BOTH,
	 true,
	 {{GPA + DATA, 8, WRITE | NEXT, 1}, {GPA, 0xfffffff8, WRITE, 1}},
	 .reason = "4 GiB"},
	{"shorter than the header", BOTH, false, {{GPA + DATA, 11, 0, 0}}, .reason = "shorter"},
	{"shorter than the header, two",
	 BOTH,
	 false,
	 {{GPA + DATA, 4, NEXT, 1}, {GPA + DATA, 7, 0, 1}},
	 .reason = "shorter"},
	{"longer than a frame can be",
	 BOTH,
	 false,
	 {{GPA + DATA, 12 + VRING_MAX_FRAME + 1, 0, 0}},
	 .reason = "the longest"},
	{"longer than a frame can be, two",
	 BOTH,
	 false,
	 {{GPA + DATA, 12, NEXT, 1}, {GPA + DATA, VRING_MAX_FRAME + 1, 0, 1}},
	 .reason = "the longest"},
	{"empty descriptor", BOTH, false, {{GPA + DATA, 0, 0, 0}}, .reason = "empty"},
	{"empty frame's descriptor",
	 BOTH,
	 false,
	 {{GPA + DATA, 12, NEXT, 1}, {GPA + DATA, 0, 0, 1}},
	 .reason = "empty"},
	{"empty buffer", BOTH, true, {{GPA + DATA, 0, WRITE, 0}}, .reason = "empty"},
	{"packet to be written", BOTH, false, {{GPA + DATA, 64, WRITE, 0}}, .reason = "written"},
	{"frame to be written",
	 BOTH,
	 false,
	 {{GPA + DATA, 12, NEXT, 1}, {GPA + DATA, 64, WRITE, 1}},
	 .reason = "written"},
	{"buffer not to be written", BOTH, true, {{GPA + DATA, 2000, 0, 0}}, .reason = "may not"},
	{"buffer partly not to be written",
	 BOTH,
	 true,
	 {{GPA + DATA, 2000, WRITE | NEXT, 1}, {GPA + DATA, 9, 0, 1}},
	 .reason = "may not"},
	{"next outside of the ring",
	 SPLIT,
	 false,
	 {{GPA + DATA, 12, NEXT, SIZE}},
	 .reason = "descriptor 16"},
	{"next outside of the ring",
	 SPLIT,
	 true,
	 {{GPA + DATA, 2000, NEXT | WRITE, 0xffff}},
	 .reason = "descriptor 65535"},
	{"next is itself", SPLIT, false, {{GPA + DATA, 12, NEXT, 0}}, .reason = "loop"},
	{"next is itself", SPLIT, true, {{GPA + DATA, 12, NEXT | WRITE, 0}}, .reason = "loop"},
	{"two in a loop",
	 SPLIT,
	 false,
	 {{GPA + DATA, 9, NEXT, 1}, {GPA + DATA, 12, NEXT, 0}},
	 .reason = "loop"},
	{"a chain of the whole ring, and on", SPLIT, false, .prepare = endless, .reason = "loop"},
	{"a chain of the whole ring, and on", PACKED, false, .prepare = endless,
	 .reason = "longer than the ring"},
	{"indirect with next",
	 BOTH,
	 false,
	 {{GPA + TABLE, 16, INDIRECT | NEXT, 1}},
	 .reason = "has a next"},
	{"indirect with next",
	 BOTH,
	 true,
	 {{GPA + TABLE, 16, INDIRECT | NEXT, 1}},
	 .reason = "has a next"},
	{"empty table", BOTH, false, {{GPA + TABLE, 0, INDIRECT, 0}}, .reason = "0 bytes"},
	{"table of part of a descriptor",
	 BOTH,
	 false,
	 {{GPA + TABLE, 24, INDIRECT, 0}},
	 .reason = "24 bytes"},
	{"table that is too long", BOTH, false, .prepare = two_hundred_fifty_seven,
	 .reason = "table of more than 256"},
	{"chain and table too long together",
	 BOTH,
	 false,
	 {{GPA + DATA, 64, NEXT, 1}},
	 .prepare = one_and_256,
	 .reason = "chain of more than 256"},
	{"table nowhere", BOTH, false, {{0x10, 16, INDIRECT, 0}}, .reason = "not the guest's"},
	{"table across the end",
	 BOTH,
	 true,
	 {{END - 8, 16, INDIRECT, 0}},
	 .reason = "not the guest's"},
	{"table in a table",
	 BOTH,
	 false,
	 {{GPA + TABLE, 16, INDIRECT, 0}},
	 {{GPA + TABLE, 16, INDIRECT, 0}},
	 .reason = "table in an indirect"},
	{"table with a loop",
	 SPLIT,
	 false,
	 {{GPA + TABLE, 32, INDIRECT, 0}},
	 {{GPA + DATA, 12, NEXT, 1}, {GPA + DATA, 64, NEXT, 0}},
	 .reason = "loop"},
	{"table's next outside of it",
	 SPLIT,
	 false,
	 {{GPA + TABLE, 32, INDIRECT, 0}},
	 {{GPA + DATA, 12, NEXT, 2}},
	 .reason = "has a 3-th"},
	/* In a packed ring's table some drivers mark what they send like this. */
	{"wrong direction in a table",
	 SPLIT,
	 false,
	 {{GPA + TABLE, 32, INDIRECT, 0}},
	 {{GPA + DATA, 12, NEXT, 1}, {GPA + DATA, 64, WRITE, 0}},
	 .reason = "written"},
	{"wrong direction in a table",
	 BOTH,
	 true,
	 {{GPA + TABLE, 32, INDIRECT, 0}},
	 {{GPA + DATA, 12, NEXT | WRITE, 1}, {GPA + DATA, 2000, 0, 0}},
	 .reason = "may not"},
	{"bad address in a table",
	 BOTH,
	 true,
	 {{GPA + TABLE, 32, INDIRECT, 0}},
	 {{GPA + DATA, 12, NEXT | WRITE, 1}, {END, 2000, WRITE, 0}},
	 .reason = "not the guest's"},
	{"buffer shorter than the header",
	 BOTH,
	 true,
	 {{GPA + DATA, 11, WRITE, 0}},
	 .reason = "shorter than the header"},
};

static void open_memory(bool packed)
{
	const struct vdriver_config dc = {.packed = packed, .size = SIZE};
	const struct vring_format format = {.packed = packed, .mrg_rxbuf = true, .hdr_len = 12};

	memset(&h, 0, sizeof(h));
	h.packed = packed;
	h.area = mmap(NULL, MEM_BYTES + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(h.area != MAP_FAILED);
	h.base = h.area + PAGE;
	assert_int_equal(mprotect(h.base, MEM_BYTES, PROT_READ | PROT_WRITE), 0);
	h.mem.n = 1;
	h.mem.region[0] =
		(struct guest_region){.gpa = GPA, .uva = UVA, .size = MEM_BYTES, .base = h.base};
	assert_true(vdriver_init(&h.d, &dc, h.base, MEM_BYTES, GPA, UVA));
	assert_true(h.d.end <= TABLE);
	assert_int_equal(vring_init(&h.vr), 0);
	h.vr.enabled = true;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, SIZE,
				     packed ? 0x80008000u : 0, NULL),
			 0);
}

static void close_memory(void)
{
	vring_fini(&h.vr);
	vdriver_fini(&h.d);
	munmap(h.area, MEM_BYTES + 2 * PAGE);
}

static int work(bool rx)
{
	static const __u8 frame[100];
	const struct iovec iov = {(void *)frame, sizeof(frame)};
	const struct virtio_net_hdr hdr = {0};
	struct vring_packet packets[4];

	return rx ? vring_rx_send(&h.vr, &hdr, &iov, 1, sizeof(frame))
		  : vring_tx_receive(&h.vr, packets, 4);
}

static void check_row(const struct row *r, bool packed)
{
	struct iovec room[8];

	open_memory(packed);
	set_avail(packed ? 0 : 1, 0);
	for (unsigned int i = 0; i < 4 && r->desc[i].addr; i++)
		put(h.d.desc + 16 * i, &r->desc[i], packed, packed ? AVAIL : 0);
	for (unsigned int i = 0; i < 4; i++)
		put(h.base + TABLE + 16 * i, &r->table[i], packed, 0);
	if (r->prepare)
		r->prepare(&h);
	memcpy(h.copy, h.base, MEM_BYTES);
	for (int again = 0; again < 2; again++)
		ROW_CHECK(r->name, work(r->rx) == -EPROTO, "packed %d, rx %d: %s", packed, r->rx,
			  vring_reason(&h.vr));
	ROW_CHECK(r->name, strstr(vring_reason(&h.vr), r->reason), "packed %d, rx %d: %s", packed,
		  r->rx, vring_reason(&h.vr));
	assert_false(vring_is_ready(&h.vr));
	/* Whatever is done with it now. */
	vring_flush(&h.vr);
	vring_poll(&h.vr);
	assert_true(vring_wait(&h.vr));
	assert_int_equal(vring_rx_reserve(&h.vr, 9, room, 8), -EPROTO);
	assert_int_equal(vring_rx_commit(&h.vr, 20), -EPROTO);
	vring_stop(&h.vr);
	assert_memory_equal(h.copy, h.base, MEM_BYTES);
	close_memory();
}

TEST(vring_hostile, each_broken_rule_breaks_the_ring_with_its_reason)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].formats & SPLIT)
			check_row(&rows[i], false);
		if (rows[i].formats & PACKED)
			check_row(&rows[i], true);
	}
}

/* Of two buffers that were seen one is taken back, while a frame needs three. */
TEST(vring_hostile, available_index_that_goes_back_breaks_the_ring)
{
	struct vdriver_piece small = {GPA + DATA, 40};
	const __u16 idx = 1;

	open_memory(false);
	for (__u32 i = 0; i < 2; i++)
		assert_true(vdriver_add(&h.d, &small, 1, true, false, i));
	assert_int_equal(work(true), -ENOBUFS);
	memcpy(h.d.avail + 2, &idx, sizeof(idx));
	assert_int_equal(work(true), -EPROTO);
	assert_non_null(strstr(vring_reason(&h.vr), "available index 1 has gone back"));
	close_memory();
}

/* What was good before the bad one is given out, and only then the ring is broken. */
TEST(vring_hostile, packets_before_a_bad_one_are_received)
{
	struct vdriver_piece good = {GPA + DATA, 100}, bad = {END, 100};
	struct vring_packet packets[8];

	for (int packed = 0; packed < 2; packed++) {
		open_memory(packed);
		for (__u32 i = 0; i < 3; i++)
			assert_true(vdriver_add(&h.d, &good, 1, false, false, i));
		assert_true(vdriver_add(&h.d, &bad, 1, false, false, 3));
		assert_int_equal(vring_tx_receive(&h.vr, packets, 8), 3);
		assert_int_equal(packets[2].len, 88);
		assert_int_equal(vring_tx_receive(&h.vr, packets, 8), -EPROTO);
		close_memory();
	}
}

/* A driver that says again and again that all is available, and takes nothing back:
 * no more than the ring has is ever held. */
TEST(vring_hostile, more_buffers_than_the_ring_has_are_not_taken)
{
	struct vring_packet packets[4 * SIZE];
	const struct desc d = {GPA + DATA, 64, 0, 0};

	for (int packed = 0; packed < 2; packed++) {
		int got = 0, n = 0;

		open_memory(packed);
		for (__u16 round = 0; round < 4 && n >= 0; round++) {
			set_avail((__u16)((round + 1) * SIZE), 0);
			if (packed)
				memset(h.d.avail, 0, 4);
			for (unsigned int i = 0; i < SIZE; i++)
				put(h.d.desc + 16 * i, &d, packed,
				    packed ? (round & 1 ? USED : AVAIL) : 0);
			n = vring_tx_receive(&h.vr, packets + got, (int)SIZE);
			got += n > 0 ? n : 0;
		}
		assert_int_equal(n, -EPROTO);
		assert_int_equal(got, SIZE);
		close_memory();
	}
}

/* The same to the guest, where what was used is not shown yet. */
TEST(vring_hostile, more_buffers_than_the_ring_has_are_not_filled)
{
	const struct desc d = {GPA + DATA, 2000, WRITE, 0};

	for (int packed = 0; packed < 2; packed++) {
		int got = 0, n = 0;

		open_memory(packed);
		while (n >= 0 && got < 100) {
			if (!packed)
				set_avail((__u16)(got + 1), 0);
			put(h.d.desc + 16 * (got % SIZE), &d, packed,
			    packed ? (got / SIZE % 2 ? USED : AVAIL) : 0);
			n = work(true);
			got += !n;
		}
		assert_int_equal(n, -EPROTO);
		assert_int_equal(got, SIZE);
		close_memory();
	}
}

TEST(vring_hostile, a_ring_that_cannot_be_is_not_started)
{
	struct vring_format format = {.hdr_len = 12};
	struct vring_addr addr;

	open_memory(false);
	addr = h.d.addr;
	addr.used = UVA + MEM_BYTES - 8;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &addr, SIZE, 0, NULL), -EINVAL);
	assert_string_equal(vring_reason(&h.vr), "the ring is not in the guest's memory");
	addr = h.d.addr;
	addr.desc++;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &addr, SIZE, 0, NULL), -EINVAL);
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, 0, 0, NULL), -EINVAL);
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, 12, 0, NULL), -EINVAL);
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, 8192, 0, NULL), -EINVAL);
	format.packed = true;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, SIZE, SIZE, NULL), -EINVAL);
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, 12, 0x8000, NULL), 0);
	format.hdr_len = 11;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, SIZE, 0, NULL), -EINVAL);
	assert_false(vring_is_ready(&h.vr));
	assert_int_equal(vring_tx_receive(&h.vr, NULL, 0), -EPROTO);
	/* Set up anew it works again. */
	format.packed = false;
	format.hdr_len = 12;
	assert_int_equal(vring_start(&h.vr, &h.mem, &format, &h.d.addr, SIZE, 0, NULL), 0);
	assert_int_equal(work(false), 0);
	close_memory();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vring_hostile, each_broken_rule_breaks_the_ring_with_its_reason),
		TEST_ROW(vring_hostile, available_index_that_goes_back_breaks_the_ring),
		TEST_ROW(vring_hostile, packets_before_a_bad_one_are_received),
		TEST_ROW(vring_hostile, more_buffers_than_the_ring_has_are_not_taken),
		TEST_ROW(vring_hostile, more_buffers_than_the_ring_has_are_not_filled),
		TEST_ROW(vring_hostile, a_ring_that_cannot_be_is_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
