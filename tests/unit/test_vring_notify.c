// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Notifications: none is lost [RING4], whatever the two sides do at the same time.
 * A guest's thread and a device's thread work as fast as they can on small rings, so
 * that each sleeps often, and sleep only when they were told that they may.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vring_stage.h"

#define FRAMES 60000u
#define LOST_MS 30000 /* nothing that works takes so long */
#define FRAME_BYTES 60u

static const struct stage_config configs[] = {
	{"split", .hdr_len = 12, .size = 16},
	{"split, event_idx", .event_idx = true, .mrg = true, .hdr_len = 12, .size = 16},
	{"split, event_idx, of one", .event_idx = true, .hdr_len = 12, .size = 1},
	{"packed", .packed = true, .hdr_len = 12, .size = 16},
	{"packed, event_idx", .packed = true, .event_idx = true, .mrg = true, .hdr_len = 12,
	 .size = 13},
	{"packed, event_idx, of one", .packed = true, .event_idx = true, .hdr_len = 12, .size = 1},
};

struct pair {
	struct stage s;
	const char *lost; /* who slept for ever; NULL */
	bool wrong;
};

static bool sleep_on(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	__u64 n;

	return poll(&p, 1, LOST_MS) == 1 && read(fd, &n, sizeof(n)) == sizeof(n);
}

static void ring_bell(int fd)
{
	const __u64 one = 1;

	if (write(fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

/* --- the guest --- */

/* Adds buffers of 'piece' until 'total' came back: no more than these if the device
 * reads them, always as many as there is room for if it writes. */
static void work(struct pair *p, struct vdriver_piece piece, bool write, __u32 total)
{
	struct stage *s = &p->s;
	__u32 added = 0, done = 0, cookie, len;

	while (done < total) {
		int n = 0;

		while ((write || added < total) &&
		       vdriver_add(&s->d, &piece, 1, write, false, added)) {
			added++;
			n++;
		}
		if (n && vdriver_wants_kick(&s->d))
			ring_bell(s->vr.kick_fd);
		vdriver_poll(&s->d);
		while ((n = vdriver_used(&s->d, &cookie, &len)) > 0)
			p->wrong |= cookie != done++;
		p->wrong |= n < 0;
		if (s->d.n_free || done == total)
			continue;
		if (vdriver_wait(&s->d) && !sleep_on(s->vr.call_fd)) {
			p->lost = "guest";
			return;
		}
	}
}

static void *transmit(void *arg)
{
	struct pair *p = arg;

	work(p, (struct vdriver_piece){stage_slot_gpa(&p->s, 0), 12 + FRAME_BYTES}, false, FRAMES);
	return NULL;
}

/* Two buffers a frame, where a frame may take several. */
static void *receive(void *arg)
{
	struct pair *p = arg;
	bool mrg = p->s.config.mrg;

	work(p, (struct vdriver_piece){stage_slot_gpa(&p->s, 0), mrg ? 50 : 2000}, true,
	     mrg ? 2 * FRAMES : FRAMES);
	return NULL;
}

/* --- the device --- */

static void *device_receive(void *arg)
{
	struct pair *p = arg;
	struct stage *s = &p->s;
	struct vring_packet packets[8];
	__u32 got = 0;

	while (got < FRAMES) {
		int n;

		vring_lock(&s->vr);
		vring_poll(&s->vr);
		n = vring_tx_receive(&s->vr, packets, 8);
		if (n > 0) {
			vring_tx_release(&s->vr, packets, n);
			vring_flush(&s->vr);
			got += (__u32)n;
		}
		vring_unlock(&s->vr);
		p->wrong |= n < 0;
		if (n < 0)
			return NULL;
		if (!n && vring_wait(&s->vr) && !sleep_on(s->vr.kick_fd)) {
			p->lost = "device";
			return NULL;
		}
	}
	return NULL;
}

static void *device_send(void *arg)
{
	struct pair *p = arg;
	struct stage *s = &p->s;
	const struct virtio_net_hdr hdr = {0};
	__u8 frame[FRAME_BYTES] = {0};
	const struct iovec iov = {frame, sizeof(frame)};
	__u32 sent = 0;
	int n = 0;

	while (sent < FRAMES) {
		vring_lock(&s->vr);
		vring_poll(&s->vr);
		for (int i = 0; i < 8 && sent < FRAMES; i++) {
			n = vring_rx_send(&s->vr, &hdr, &iov, 1, sizeof(frame));
			if (n)
				break;
			sent++;
		}
		vring_flush(&s->vr);
		vring_unlock(&s->vr);
		p->wrong |= n && n != -ENOBUFS;
		if (n && n != -ENOBUFS)
			return NULL;
		if (n && vring_wait(&s->vr) && !sleep_on(s->vr.kick_fd)) {
			p->lost = "device";
			return NULL;
		}
	}
	return NULL;
}

/* --- both --- */

static void run(void *(*guest)(void *), void *(*device)(void *))
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct pair p = {.lost = NULL};
		pthread_t thread[2];

		stage_open(&p.s, &configs[i], 1);
		p.s.vr.kick_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		p.s.vr.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		assert_int_equal(pthread_create(&thread[0], NULL, guest, &p), 0);
		assert_int_equal(pthread_create(&thread[1], NULL, device, &p), 0);
		pthread_join(thread[0], NULL);
		pthread_join(thread[1], NULL);
		ROW_CHECK(configs[i].name, !p.lost, "the %s was never notified", p.lost);
		ROW_CHECK(configs[i].name, !p.wrong, "%s", vring_reason(&p.s.vr));
		print_message("%s: %llu calls for %u frames\n", configs[i].name, p.s.vr.stats.calls,
			      FRAMES);
		close(p.s.vr.kick_fd);
		close(p.s.vr.call_fd);
		stage_close(&p.s);
	}
}

TEST(vring_notify, none_is_lost_when_the_guest_transmits)
{
	run(transmit, device_receive);
}

TEST(vring_notify, none_is_lost_when_the_guest_receives)
{
	run(receive, device_send);
}

static bool was_called(struct stage *s)
{
	__u64 n;

	return read(s->vr.call_fd, &n, sizeof(n)) == sizeof(n);
}

static void one_frame(struct stage *s)
{
	struct vdriver_piece piece = {stage_slot_gpa(s, 0), 12 + FRAME_BYTES};
	struct vring_packet p;
	__u32 cookie, len;

	assert_true(vdriver_add(&s->d, &piece, 1, false, false, 0));
	assert_int_equal(vring_tx_receive(&s->vr, &p, 1), 1);
	vring_tx_release(&s->vr, &p, 1);
	vring_flush(&s->vr);
	assert_int_equal(vdriver_used(&s->d, &cookie, &len), 1);
}

TEST(vring_notify, neither_side_is_woken_that_does_not_want_to_be)
{
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct stage s;

		stage_open(&s, &configs[i], 1);
		s.vr.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		one_frame(&s);
		was_called(&s); /* the first time, whatever is asked for */
		for (int round = 0; round < 200; round++) {
			bool kick = test_below(&s.seed, 2), call = test_below(&s.seed, 2);

			assert_true(!kick || vring_wait(&s.vr));
			if (!kick)
				vring_poll(&s.vr);
			assert_true(!call || vdriver_wait(&s.d));
			if (!call)
				vdriver_poll(&s.d);
			one_frame(&s);
			assert_int_equal(vdriver_wants_kick(&s.d), kick);
			assert_int_equal(was_called(&s), call);
		}
		close(s.vr.call_fd);
		stage_close(&s);
	}
}

/* Buffers that do not do for a frame are no reason not to sleep. */
TEST(vring_notify, a_ring_with_too_little_room_waits_for_more)
{
	const struct virtio_net_hdr hdr = {0};
	__u8 frame[FRAME_BYTES] = {0};
	const struct iovec iov = {frame, sizeof(frame)};

	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct vdriver_piece piece;
		struct stage s;

		if (!configs[i].mrg)
			continue;
		stage_open(&s, &configs[i], 1);
		piece = (struct vdriver_piece){stage_slot_gpa(&s, 0), 50};
		assert_true(vdriver_add(&s.d, &piece, 1, true, false, 0));
		assert_int_equal(vring_rx_send(&s.vr, &hdr, &iov, 1, sizeof(frame)), -ENOBUFS);
		vdriver_wants_kick(&s.d);
		assert_true(vring_wait(&s.vr));
		assert_true(vdriver_add(&s.d, &piece, 1, true, false, 1));
		assert_true(vdriver_wants_kick(&s.d));
		assert_false(vring_wait(&s.vr));
		assert_int_equal(vring_rx_send(&s.vr, &hdr, &iov, 1, sizeof(frame)), 0);
		assert_true(vring_wait(&s.vr));
		assert_int_equal(s.vr.stats.no_buffer, 1);
		stage_close(&s);
	}
}

/* Used buffers are told of when there is somebody to tell. */
TEST(vring_notify, a_call_descriptor_that_comes_late_is_written)
{
	struct stage s;

	stage_open(&s, &configs[0], 1);
	one_frame(&s);
	s.vr.call_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vring_flush(&s.vr);
	assert_true(was_called(&s));
	vring_flush(&s.vr);
	assert_false(was_called(&s));
	close(s.vr.call_fd);
	stage_close(&s);
}

/* The file of a call descriptor is the driver's as well, and so are its flags. */
TEST(vring_notify, a_call_descriptor_that_is_full_and_blocks_holds_nobody_up)
{
	struct stage s;
	eventfd_t count;

	stage_open(&s, &configs[0], 1);
	s.vr.call_fd = eventfd(0, EFD_CLOEXEC);
	assert_int_equal(eventfd_write(s.vr.call_fd, UINT64_MAX - 1), 0);
	alarm(20);
	for (int i = 0; i < 300; i++) {
		vring_poll(&s.vr);
		one_frame(&s);
	}
	alarm(0);
	assert_int_equal(eventfd_read(s.vr.call_fd, &count), 0);
	assert_true(count == UINT64_MAX);
	close(s.vr.call_fd);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(vring_notify, none_is_lost_when_the_guest_transmits),
		TEST_ROW(vring_notify, none_is_lost_when_the_guest_receives),
		TEST_ROW(vring_notify, neither_side_is_woken_that_does_not_want_to_be),
		TEST_ROW(vring_notify, a_ring_with_too_little_room_waits_for_more),
		TEST_ROW(vring_notify, a_call_descriptor_that_comes_late_is_written),
		TEST_ROW(vring_notify, a_call_descriptor_that_is_full_and_blocks_holds_nobody_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
