// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Virtqueues of both formats: what goes in comes out, byte by byte and in order,
 * over many rounds of the indices, whatever was agreed on.
 */
#include <errno.h>

#include "vring_stage.h"

#define FRAMES 4000

static const struct stage_config configs[] = {
	{"split", .hdr_len = 12, .size = 64},
	{"split, legacy header", .hdr_len = 10, .size = 16},
	{"split, of one", .hdr_len = 12, .size = 1},
	{"split, event_idx", .event_idx = true, .hdr_len = 12, .size = 256},
	{"split, mrg", .mrg = true, .hdr_len = 12, .size = 256},
	{"split, mrg, few", .mrg = true, .event_idx = true, .hdr_len = 12, .size = 8},
	{"split, indirect", .indirect = true, .hdr_len = 12, .size = 32},
	{"split, all", .indirect = true, .mrg = true, .event_idx = true, .hdr_len = 12,
	 .size = 128},
	{"packed", .packed = true, .hdr_len = 12, .size = 64},
	{"packed, legacy header", .packed = true, .hdr_len = 10, .size = 16},
	{"packed, of one", .packed = true, .hdr_len = 12, .size = 1},
	{"packed, odd", .packed = true, .hdr_len = 12, .size = 37},
	{"packed, event_idx", .packed = true, .event_idx = true, .hdr_len = 12, .size = 256},
	{"packed, mrg", .packed = true, .mrg = true, .hdr_len = 12, .size = 256},
	{"packed, mrg, few", .packed = true, .mrg = true, .event_idx = true, .hdr_len = 12,
	 .size = 9},
	{"packed, indirect", .packed = true, .indirect = true, .hdr_len = 12, .size = 33},
	{"packed, all", .packed = true, .indirect = true, .mrg = true, .event_idx = true,
	 .hdr_len = 12, .size = 128},
};

#define N_CONFIGS (sizeof(configs) / sizeof(configs[0]))

static void for_configs(void (*check)(struct stage *s))
{
	for (size_t i = 0; i < N_CONFIGS; i++) {
		uint64_t seed = test_seed(0x7261 + i);
		struct stage s;

		print_message("%s, seed 0x%llx\n", configs[i].name, (unsigned long long)seed);
		stage_open(&s, &configs[i], seed);
		check(&s);
		assert_string_equal(vring_reason(&s.vr), "");
		stage_close(&s);
	}
}

/* --- from the guest --- */

static void reap(struct stage *s, __u32 *returned)
{
	__u32 cookie, len;
	int n;

	while ((n = vdriver_used(&s->d, &cookie, &len)) > 0)
		assert_int_equal(cookie, (*returned)++);
	assert_int_equal(n, 0);
}

static void check_transmit(struct stage *s)
{
	__u32 sent = 0, received = 0, released = 0, returned = 0;
	static struct vring_packet packets[512];
	static __u32 lens[FRAMES];
	int held = 0;

	while (returned < FRAMES) {
		for (__u32 k = test_below(&s->seed, 40); k && sent < FRAMES; k--) {
			lens[sent] = stage_frame_len(s, true);
			if (!stage_transmit(s, sent, lens[sent]))
				break;
			sent++;
		}
		if (held < 256) {
			int n = vring_tx_receive(&s->vr, packets + held,
						 (int)test_below(&s->seed, 70));

			assert_true(n >= 0);
			for (int i = 0; i < n; i++, received++)
				stage_check_packet(&packets[held + i], received, lens[received]);
			held += n;
		}
		/* Those that are left move: only at the front of a batch, as their
		 * pieces may be in themselves. */
		if (test_below(&s->seed, 2)) {
			vring_tx_release(&s->vr, packets, held);
			released += (__u32)held;
			held = 0;
			if (test_below(&s->seed, 2))
				vring_flush(&s->vr);
		}
		reap(s, &returned);
		assert_true(returned <= released);
	}
	assert_int_equal(s->vr.stats.packets, FRAMES);
}

TEST(vring, frames_from_the_guest_come_as_they_were_sent)
{
	for_configs(check_transmit);
}

/* Stopped and started again at any time: what was not released comes again. */
static void check_restart(struct stage *s)
{
	__u32 sent = 0, done = 0, returned = 0;
	static __u32 lens[FRAMES];
	struct vring_packet packets[32];

	while (returned < FRAMES / 4) {
		int n, keep;

		while (sent < FRAMES / 4 && test_below(&s->seed, 20)) {
			lens[sent] = stage_frame_len(s, false);
			if (!stage_transmit(s, sent, lens[sent]))
				break;
			sent++;
		}
		n = vring_tx_receive(&s->vr, packets, 32);
		assert_true(n >= 0);
		for (int i = 0; i < n; i++)
			stage_check_packet(&packets[i], done + (__u32)i, lens[done + (__u32)i]);
		keep = n ? (int)test_below(&s->seed, (__u32)n + 1) : 0;
		vring_tx_release(&s->vr, packets, keep);
		done += (__u32)keep;
		if (keep < n || !test_below(&s->seed, 4)) {
			__u32 base = vring_stop(&s->vr);

			/* As a front end that has only the half for available ones. */
			if (s->config.packed && test_below(&s->seed, 2))
				base &= 0xffff;
			assert_int_equal(stage_start(s, base, NULL), 0);
		}
		vring_flush(&s->vr);
		reap(s, &returned);
		assert_int_equal(returned, done);
	}
}

TEST(vring, a_stop_loses_nothing_and_repeats_nothing_that_was_released)
{
	for_configs(check_restart);
}

/* Frames of as many pieces as there can be: some wait until others are released, and
 * none is lost. */
TEST(vring, frames_of_very_many_pieces_come_in_turns)
{
	const struct stage_config c[] = {{"split", .hdr_len = 12, .size = 64},
					 {"packed", .packed = true, .hdr_len = 12, .size = 64}};

	for (int i = 0; i < 2; i++) {
		struct vring_packet packets[64];
		__u32 got = 0;
		struct stage s;
		int turns = 0;

		stage_open(&s, &c[i], 1);
		for (__u32 n = 0; n < 64; n++) {
			struct vdriver_piece pieces[VDRIVER_INDIRECT_MAX];
			const int last = VDRIVER_INDIRECT_MAX - 1;

			for (int k = 0; k <= last; k++)
				pieces[k] =
					(struct vdriver_piece){stage_slot_gpa(&s, n) + (__u32)k, 1};
			pieces[last].len = 1012 - (__u32)last;
			stage_fill(&s, n, 1000);
			assert_true(vdriver_add(&s.d, pieces, last + 1, false, true, n));
		}
		for (; got < 64; turns++) {
			int first = vring_tx_receive(&s.vr, packets, 20), n = first;

			assert_true(first > 0);
			n += vring_tx_receive(&s.vr, packets + first, 64 - first);
			assert_true(n >= first);
			for (int k = 0; k < n; k++) {
				assert_true(packets[k].n_iov > VRING_OWN_PIECES);
				stage_check_packet(&packets[k], got++, 1000);
			}
			vring_tx_release(&s.vr, packets, n);
			vring_flush(&s.vr);
		}
		assert_true(turns > 1);
		stage_close(&s);
	}
}

/* --- to the guest --- */

struct rx_model {
	__u32 posted, returned; /* buffers */
	__u32 sent, got; /* frames */
	__u32 lens[FRAMES];
	__u32 left; /* buffers of the frame at hand that are still to come */
	__u32 at; /* bytes of it that came */
};

static void post(struct stage *s, struct rx_model *m)
{
	struct vdriver_piece pieces[5];
	__u32 len = s->config.hdr_len + VRING_MAX_FRAME;
	int n;

	if (s->config.mrg)
		len = s->config.hdr_len + test_below(&s->seed, 3000);
	n = stage_cut(s, m->posted, len, pieces, s->config.size < 5 ? s->config.size : 5);
	memset(stage_slot(s, m->posted), 0xee, len + 8);
	if (vdriver_add(&s->d, pieces, n, true, s->config.indirect && test_below(&s->seed, 2),
			m->posted))
		m->posted++;
}

static void check_buffer(struct stage *s, struct rx_model *m, __u32 len)
{
	const __u8 *b = stage_slot(s, m->returned);
	__u32 from = 0;

	if (!m->left) {
		__u16 num = 1;

		assert_true(len >= s->config.hdr_len);
		assert_int_equal(b[0], (__u8)m->got);
		if (s->config.hdr_len == 12)
			num = (__u16)(b[10] | b[11] << 8);
		assert_true(num && (num == 1 || s->config.mrg));
		m->left = num;
		m->at = 0;
		from = s->config.hdr_len;
	}
	for (; from < len; from++, m->at++)
		if (b[from] != stage_byte(m->got, m->at))
			fail_msg("frame %u differs at byte %u", m->got, m->at);
	for (__u32 i = 0; i < 8; i++)
		if (m->left == 1 && len + i < STAGE_SLOT && m->at == m->lens[m->got])
			assert_true(b[len + i] == 0xee);
	if (!--m->left)
		assert_int_equal(m->at, m->lens[m->got++]);
	m->returned++;
}

static int send_frame(struct stage *s, struct rx_model *m, __u32 len)
{
	static __u8 frame[VRING_MAX_FRAME];
	struct virtio_net_hdr hdr = {.flags = (__u8)m->sent};
	struct iovec iov[3], room[VRING_MAX_PIECES];
	__u32 cut = test_below(&s->seed, len), at = 0;
	int n;

	for (__u32 i = 0; i < len; i++)
		frame[i] = stage_byte(m->sent, i);
	if (test_below(&s->seed, 2)) {
		iov[0] = (struct iovec){frame, cut};
		iov[1] = (struct iovec){frame + cut, 0};
		iov[2] = (struct iovec){frame + cut, len - cut};
		return vring_rx_send(&s->vr, &hdr, iov, 3, len);
	}
	/* As readv() would: header, then the frame; for more than comes. */
	n = vring_rx_reserve(&s->vr, len + test_below(&s->seed, VRING_MAX_FRAME - len + 1), room,
			     VRING_MAX_PIECES);
	if (n <= 0)
		return n ? n : -ENOBUFS;
	if (!test_below(&s->seed, 8)) {
		assert_int_equal(vring_rx_commit(&s->vr, 0), 0);
		return -EAGAIN;
	}
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < room[i].iov_len && at < s->config.hdr_len + len; k++, at++) {
			__u8 byte = at ? 0 : hdr.flags;

			if (at >= s->config.hdr_len)
				byte = frame[at - s->config.hdr_len];
			((__u8 *)room[i].iov_base)[k] = byte;
		}
	return vring_rx_commit(&s->vr, at);
}

static void check_receive(struct stage *s)
{
	static struct rx_model m;
	__u32 frames = FRAMES / 2;

	memset(&m, 0, sizeof(m));
	while (m.got < frames) {
		__u32 cookie, len;
		int n;

		for (__u32 k = test_below(&s->seed, s->config.size + 1u); k; k--)
			post(s, &m);
		for (__u32 k = test_below(&s->seed, 20); k && m.sent < frames; k--) {
			len = stage_frame_len(s, true);
			/* What has no room in so few buffers at all is not sent. */
			if (s->config.mrg && s->config.size < 64)
				len = 1 + test_below(&s->seed, 20);
			n = send_frame(s, &m, len);
			if (n == -ENOBUFS)
				break;
			if (n == -EAGAIN || (n == -EMSGSIZE && s->config.mrg))
				continue;
			assert_int_equal(n, 0);
			m.lens[m.sent++] = len;
		}
		vring_flush(&s->vr);
		while ((n = vdriver_used(&s->d, &cookie, &len)) > 0) {
			assert_int_equal(cookie, m.returned);
			check_buffer(s, &m, len);
		}
		assert_int_equal(n, 0);
	}
	assert_int_equal(s->vr.stats.packets, frames);
}

TEST(vring, frames_to_the_guest_fill_its_buffers_in_order)
{
	for_configs(check_receive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vring, frames_from_the_guest_come_as_they_were_sent),
		TEST_ROW(vring, a_stop_loses_nothing_and_repeats_nothing_that_was_released),
		TEST_ROW(vring, frames_of_very_many_pieces_come_in_turns),
		TEST_ROW(vring, frames_to_the_guest_fill_its_buffers_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
