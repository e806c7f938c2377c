// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/vhost/vhost_dev*.c: a front end negotiates, shares real memory and rings, and
 * packets go through them; what changes while rings run; what is refused, and why.
 */
#include "test.h"

#include <fcntl.h>
#include <pthread.h>

#include "vhost_dev.h"
#include "vhost_front_end.h"
#include "vhost_notify.h"

struct fixture {
	struct vhost_dev *dev;
	struct fe fe;
	struct vhost_state state; /* at the last change */
	unsigned int n_changes, n_ring_calls, n_faults;
	bool ready[FE_RINGS];
	int ready_fd[FE_RINGS]; /* the kick descriptor that the port would sleep on */
	__u8 rarp[6];
	unsigned int n_fds; /* at the beginning */
};

static void on_ring(void *aux, unsigned int i, bool ready)
{
	struct fixture *f = aux;
	struct vring *vr = vhost_dev_ring(f->dev, i);
	bool is_ready;

	f->n_ring_calls++;
	assert_int_not_equal(f->ready[i], ready);
	/* Nobody is in it: its lock can be had, and its descriptor is still open. */
	vring_lock(vr);
	is_ready = vring_is_ready(vr);
	vring_unlock(vr);
	assert_int_equal(is_ready, ready);
	if (ready)
		f->ready_fd[i] = vr->kick_fd;
	else if (f->ready_fd[i] >= 0)
		assert_true(fcntl(f->ready_fd[i], F_GETFL) >= 0);
	f->ready[i] = ready;
}

static void on_changed(void *aux)
{
	struct fixture *f = aux;

	f->n_changes++;
	vhost_dev_state(f->dev, &f->state);
}

static void on_rarp(void *aux, const __u8 mac[6])
{
	memcpy(((struct fixture *)aux)->rarp, mac, 6);
}

static void on_fault(void *aux)
{
	((struct fixture *)aux)->n_faults++;
}

static const struct vhost_dev_ops ops = {.ring = on_ring, .changed = on_changed, .rarp = on_rarp};

static void create(struct fixture *f, const struct vhost_config *config)
{
	assert_int_equal(vhost_dev_create(config, &ops, f, &f->dev), 0);
	vhost_dev_on_fault(f->dev, on_fault, f);
	f->fe.dev = f->dev;
	vhost_dev_connected(f->dev);
}

static int setup(void **state)
{
	static const struct vhost_config config = {
		.n_queue_pairs = 2, .offloads = true, .mtu = 1500};
	struct fixture *f = calloc(1, sizeof(*f));

	vhost_notify_setup(); /* its descriptor is the process's */
	f->n_fds = fe_open_fds();
	fe_init(&f->fe, NULL);
	create(f, &config);
	*state = f;
	return 0;
}

/* [VHOST2] Nothing is left open, however the test went. */
static int teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int n;

	vhost_dev_destroy(f->dev);
	for (int i = 0; i < FE_RINGS; i++)
		assert_false(f->ready[i]);
	fe_fini(&f->fe);
	n = fe_open_fds();
	assert_int_equal(n, f->n_fds);
	free(f);
	return 0;
}

static const char *reason(struct fixture *f)
{
	vhost_dev_state(f->dev, &f->state);
	return f->state.reason;
}

static int send_frame(struct fixture *f, unsigned int ring, __u8 byte, __u32 len)
{
	static const struct virtio_net_hdr hdr;
	struct vring *vr = vhost_dev_ring(f->dev, ring);
	__u8 frame[1600];
	struct iovec iov = {frame, len};
	int rc;

	memset(frame, byte, sizeof(frame));
	vring_lock(vr);
	rc = vring_rx_send(vr, &hdr, &iov, 1, len);
	vring_flush(vr);
	vring_unlock(vr);
	return rc;
}

/* Packets go both ways on the first pair; 'n' have gone before. */
static void check_traffic(struct fixture *f, __u16 n)
{
	fe_transmit(&f->fe, 1, (__u8)(0x40 + n), 60);
	assert_int_equal(fe_received(f->dev, 1), 0x40 + n);
	assert_int_equal(fe_received(f->dev, 1), -1);
	assert_int_equal(fe_used(&f->fe, 1)->idx, n + 1);
	fe_put(&f->fe, 0, 0);
	assert_int_equal(send_frame(f, 0, (__u8)(0x80 + n), 100), 0);
	assert_int_equal(fe_used(&f->fe, 0)->idx, n + 1);
	assert_int_equal(fe_used(&f->fe, 0)->ring[n % FE_SIZE].len, 112);
	assert_int_equal(fe_data(&f->fe, 0, n % FE_SIZE)[12 + 99], 0x80 + n);
}

/* --- what is agreed on --- */

static void vhost_dev_offers_what_its_config_says(void **state)
{
	static const struct {
		struct vhost_config config;
		__u64 with, without; /* features */
	} rows[] = {
		{{.n_queue_pairs = 1},
		 BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_NET_F_MRG_RXBUF) |
			 BIT(VHOST_FEATURE_LOG_ALL) | BIT(VHOST_FEATURE_PROTOCOL) |
			 BIT(VIRTIO_NET_F_GUEST_ANNOUNCE) | BIT(VHOST_FEATURE_EVENT_IDX) |
			 BIT(VHOST_FEATURE_INDIRECT_DESC) | BIT(VIRTIO_F_ANY_LAYOUT),
		 BIT(VIRTIO_NET_F_MQ) | BIT(VIRTIO_NET_F_MTU) | BIT(VIRTIO_NET_F_CSUM) |
			 BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_CTRL_VQ) |
			 BIT(VIRTIO_NET_F_HOST_UFO)},
		{{.n_queue_pairs = 2}, BIT(VIRTIO_NET_F_MQ), BIT(VIRTIO_NET_F_MTU)},
		{{.n_queue_pairs = 1, .mtu = 9000}, BIT(VIRTIO_NET_F_MTU), BIT(VIRTIO_NET_F_MQ)},
		{{.n_queue_pairs = 1, .offloads = true},
		 BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_GUEST_CSUM) |
			 BIT(VIRTIO_NET_F_GUEST_TSO4) | BIT(VIRTIO_NET_F_GUEST_TSO6) |
			 BIT(VIRTIO_NET_F_GUEST_ECN) | BIT(VIRTIO_NET_F_HOST_TSO4) |
			 BIT(VIRTIO_NET_F_HOST_TSO6) | BIT(VIRTIO_NET_F_HOST_ECN),
		 BIT(VIRTIO_NET_F_GUEST_UFO)},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		__u64 features;

		vhost_dev_destroy(f->dev);
		create(f, &rows[i].config);
		features = fe_get(&f->fe, VHOST_REQ_GET_FEATURES);
		assert_int_equal(features & (rows[i].with | rows[i].without), rows[i].with);
		assert_int_equal(fe_get(&f->fe, VHOST_REQ_GET_QUEUE_NUM),
				 rows[i].config.n_queue_pairs);
		assert_int_equal(fe_get(&f->fe, VHOST_REQ_GET_PROTOCOL_FEATURES),
				 FE_PROTOCOL | BIT(VHOST_PROTOCOL_RARP) |
					 (rows[i].config.mtu ? BIT(VHOST_PROTOCOL_NET_MTU) : 0));
	}
}

static void vhost_dev_needs_one_to_sixteen_pairs(void **state)
{
	struct fixture *f = *state;
	struct vhost_config config = {.n_queue_pairs = VHOST_MAX_QUEUE_PAIRS};
	struct vhost_dev *dev = NULL;

	assert_int_equal(vhost_dev_create(&config, &ops, f, &dev), 0);
	assert_non_null(vhost_dev_ring(dev, 2 * VHOST_MAX_QUEUE_PAIRS - 1));
	vhost_dev_destroy(dev);
	config.n_queue_pairs++;
	assert_int_equal(vhost_dev_create(&config, &ops, f, &dev), -EINVAL);
	config.n_queue_pairs = 0;
	assert_int_equal(vhost_dev_create(&config, &ops, f, &dev), -EINVAL);
	vhost_dev_destroy(NULL);
}

static void vhost_dev_ring_format_is_what_was_agreed_on(void **state)
{
	static const struct {
		__u64 features;
		struct vring_format want;
	} rows[] = {
		{0, {.hdr_len = 10}},
		{BIT(VIRTIO_NET_F_MRG_RXBUF), {.mrg_rxbuf = true, .hdr_len = 12}},
		{BIT(VIRTIO_F_VERSION_1), {.hdr_len = 12}},
		{BIT(VIRTIO_F_VERSION_1) | BIT(VHOST_FEATURE_EVENT_IDX),
		 {.event_idx = true, .hdr_len = 12}},
		{BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED),
		 {.packed = true, .hdr_len = 12}},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct vring_format *got = &vhost_dev_ring(f->dev, 0)->format;

		vhost_dev_connected(f->dev);
		fe_start(&f->fe, rows[i].features, 1);
		assert_true(f->ready[0]);
		assert_int_equal(got->packed, rows[i].want.packed);
		assert_int_equal(got->event_idx, rows[i].want.event_idx);
		assert_int_equal(got->mrg_rxbuf, rows[i].want.mrg_rxbuf);
		assert_int_equal(got->hdr_len, rows[i].want.hdr_len);
		assert_int_equal(f->state.hdr_len, rows[i].want.hdr_len);
	}
}

/* --- rings --- */

static void vhost_dev_carries_packets_after_a_negotiation(void **state)
{
	struct fixture *f = *state;

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_true(f->ready[0] && f->ready[1] && !f->ready[2] && !f->ready[3]);
	assert_true(f->state.connected && f->state.running);
	assert_int_equal(f->state.features, FE_FEATURES);
	assert_int_equal(f->state.protocol_features, FE_PROTOCOL);
	vhost_dev_state(f->dev, &f->state);
	assert_int_equal(f->state.n_ready, 2);
	assert_string_equal(f->state.reason, "");
	/* The guest may have waited for one when the ring was started. */
	assert_int_equal(fe_signals(f->fe.call[0]), 1);
	check_traffic(f, 0);
	assert_int_equal(fe_signals(f->fe.call[0]), 1);
	assert_int_equal(fe_signals(f->fe.call[1]), 2);
	check_traffic(f, 1);
	vhost_dev_disconnected(f->dev, NULL);
	assert_false(f->ready[0] || f->ready[1]);
	assert_false(f->state.connected || f->state.running);
	assert_string_equal(f->state.reason, "closed by the front end");
	assert_int_equal(fe_received(f->dev, 1), -1);
	assert_int_equal(send_frame(f, 0, 0, 60), -ENOBUFS);
}

/* Whatever comes last is what starts a ring. */
static void vhost_dev_takes_settings_in_any_order(void **state)
{
	struct fixture *f = *state;

	for (unsigned int first = 0; first < 6; first++) {
		vhost_dev_connected(f->dev);
		for (unsigned int i = 0; i < 6; i++) {
			assert_false(f->ready[1]);
			switch ((first + i) % 6) {
			case 0:
				assert_int_equal(
					fe_u64(&f->fe, VHOST_REQ_SET_FEATURES, FE_FEATURES), 0);
				break;
			case 1:
				assert_int_equal(fe_memory(&f->fe), 0);
				break;
			case 2:
				assert_int_equal(
					fe_state(&f->fe, VHOST_REQ_SET_VRING_NUM, 1, FE_SIZE), 0);
				break;
			case 3:
				assert_int_equal(fe_addr(&f->fe, 1), 0);
				break;
			case 4:
				assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_KICK, 1,
						       f->fe.kick[1]),
						 0);
				break;
			case 5:
				assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 1),
						 0);
				break;
			}
		}
		assert_true(f->ready[1]);
	}
}

static void vhost_dev_without_protocol_features_enables_rings(void **state)
{
	struct fixture *f = *state;

	fe_start(&f->fe, BIT(VIRTIO_F_VERSION_1), 2);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 0);
}

static void vhost_dev_disabled_ring_keeps_its_packets(void **state)
{
	struct fixture *f = *state;

	/* As for the pairs that a guest does not use. */
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 2, 0), 0);
	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 0), 0);
	assert_false(f->ready[1]);
	fe_transmit(&f->fe, 1, 7, 60);
	assert_int_equal(fe_received(f->dev, 1), -1);
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 1), 0);
	assert_true(f->ready[1]);
	assert_int_equal(fe_received(f->dev, 1), 7);
	assert_int_equal(f->n_ring_calls, 4);
	/* Once more is no news. */
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 1), 0);
	assert_int_equal(f->n_ring_calls, 4);
}

static void vhost_dev_get_base_stops_and_the_ring_goes_on_there(void **state)
{
	struct fixture *f = *state;
	int old;

	fe_start(&f->fe, FE_FEATURES, 2);
	for (__u16 i = 0; i < 3; i++)
		check_traffic(f, i);
	old = f->ready_fd[1];
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_GET_VRING_BASE, 1, 0), 0);
	assert_int_equal(f->fe.reply.state.index, 1);
	assert_int_equal(f->fe.reply.state.num, 3);
	assert_int_equal(f->fe.reply.h.size, 8);
	assert_false(f->ready[1]);
	assert_true(f->ready[0]);
	assert_true(fcntl(old, F_GETFL) < 0);
	fe_transmit(&f->fe, 1, 9, 60);
	assert_int_equal(fe_received(f->dev, 1), -1);
	/* A second question has the same answer. */
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_GET_VRING_BASE, 1, 0), 0);
	assert_int_equal(f->fe.reply.state.num, 3);
	fe_ring(&f->fe, 1, 3);
	assert_true(f->ready[1]);
	assert_int_equal(fe_received(f->dev, 1), 9);
}

/* The port sleeps on the old one until it is told (on_ring looks at that). */
static void vhost_dev_replaces_descriptors_of_running_rings(void **state)
{
	struct fixture *f = *state;
	int call = eventfd(0, EFD_CLOEXEC);

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(f->n_ring_calls, 2);
	assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_KICK, 1, f->fe.kick[2]), 0);
	assert_int_equal(f->n_ring_calls, 4);
	assert_true(f->ready[1]);
	assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_KICK, 1, -1), 0);
	assert_int_equal(f->ready_fd[1], -1);
	assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_CALL, 1, -1), 0);
	fe_transmit(&f->fe, 1, 1, 60);
	assert_int_equal(fe_received(f->dev, 1), 1);
	/* Of what was used meanwhile the new one tells; it never blocks us. */
	assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_CALL, 1, call), 0);
	assert_true(fcntl(call, F_GETFL) & O_NONBLOCK);
	assert_int_equal(fe_signals(call), 1);
	assert_int_equal(f->n_ring_calls, 6);
	close(call);
}

static void vhost_dev_address_of_a_running_ring_may_change(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg m = fe_addr_msg(1);

	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	/* To the place of ring 3, which it finds as it left its own. */
	memcpy(f->fe.mem + FE_RING(3), f->fe.mem + FE_RING(1), FE_DATA);
	m.addr.desc += FE_RING(2);
	m.addr.avail += FE_RING(2);
	m.addr.used += FE_RING(2);
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_int_equal(fe_received(f->dev, 1), -1);
	fe_transmit(&f->fe, 3, 5, 60);
	assert_int_equal(fe_received(f->dev, 1), 5);
	assert_int_equal(fe_used(&f->fe, 3)->idx, 2);
	assert_int_equal(fe_used(&f->fe, 1)->idx, 1);
}

/* --- memory --- */

static void vhost_dev_rings_go_on_in_new_memory(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg m = fe_memory_msg();
	int fd = fe_memfd(2 * FE_MEM);
	__u8 *mem = mmap(NULL, FE_MEM, PROT_READ | PROT_WRITE, MAP_SHARED, fd, FE_MEM);

	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	memcpy(mem, f->fe.mem, FE_MEM);
	m.memory.region[0].offset = FE_MEM;
	assert_int_equal(fe_tell(&f->fe, &m, &fd, 1), 0);
	close(fd);
	assert_true(f->ready[0] && f->ready[1]);
	assert_int_equal(f->n_ring_calls, 2);
	/* Nothing is found or done in the old one. */
	fe_transmit(&f->fe, 1, 1, 60);
	assert_int_equal(fe_received(f->dev, 1), -1);
	munmap(f->fe.mem, FE_MEM);
	f->fe.mem = mem;
	check_traffic(f, 1);
}

static void vhost_dev_ring_without_memory_stops(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg none = {.h = {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8}};
	struct vhost_msg low = fe_memory_msg();

	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	assert_int_equal(fe_tell(&f->fe, &none, NULL, 0), 0);
	assert_false(f->ready[0] || f->ready[1] || f->state.running);
	assert_int_equal(fe_memory(&f->fe), 0);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 1);
	/* Ring 1 alone. */
	low.memory.region[0].size = FE_RING(1);
	assert_int_equal(fe_tell(&f->fe, &low, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && !f->ready[1]);
	assert_non_null(strstr(reason(f), "ring 1: "));
	assert_int_equal(fe_memory(&f->fe), 0);
	assert_string_equal(reason(f), "");
	check_traffic(f, 2);
}

static void vhost_dev_memory_comes_in_slots(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg none = {.h = {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8}};
	struct vhost_msg add = fe_slot_msg(VHOST_REQ_ADD_MEM_REG, 0, FE_RING(1));
	struct vhost_msg more = fe_slot_msg(VHOST_REQ_ADD_MEM_REG, FE_RING(1), FE_MEM - FE_RING(1));
	struct vhost_msg rem = fe_slot_msg(VHOST_REQ_REM_MEM_REG, FE_RING(1), FE_MEM - FE_RING(1));

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(fe_get(&f->fe, VHOST_REQ_GET_MAX_MEM_SLOTS), GUEST_MEM_REGIONS);
	assert_int_equal(fe_tell(&f->fe, &none, NULL, 0), 0);
	assert_int_equal(fe_tell(&f->fe, &add, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && !f->ready[1]);
	assert_int_equal(fe_tell(&f->fe, &more, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 0);
	/* Some front ends send a descriptor with this. */
	assert_int_equal(fe_tell(&f->fe, &rem, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && !f->ready[1]);
	assert_int_equal(fe_tell(&f->fe, &more, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[1]);
	assert_int_equal(fe_tell(&f->fe, &rem, NULL, 0), 0);
	assert_false(f->ready[1]);
}

/* As QEMU before 8.2 does. */
static void vhost_dev_memory_is_told_once_a_queue_pair(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg none = {.h = {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8}};
	struct vhost_msg add = fe_slot_msg(VHOST_REQ_ADD_MEM_REG, 0, FE_MEM);
	struct vhost_msg rem = fe_slot_msg(VHOST_REQ_REM_MEM_REG, 0, FE_MEM);

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(fe_tell(&f->fe, &none, NULL, 0), 0);
	assert_int_equal(fe_tell(&f->fe, &add, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && f->ready[1]);
	assert_int_equal(fe_tell(&f->fe, &add, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 0);
	assert_int_equal(fe_tell(&f->fe, &rem, NULL, 0), 0);
	assert_false(f->ready[0] || f->ready[1]);
	assert_int_equal(fe_tell(&f->fe, &rem, NULL, 0), 0);
	assert_int_equal(fe_tell(&f->fe, &add, &f->fe.mem_fd, 1), 0);
	assert_true(f->ready[0] && f->ready[1]);
}

/* A thread that forwards, as far as memory is concerned. */
struct forwarder {
	struct fixture *f;
	bool stop;
	unsigned long n;
};

static void *forward(void *aux)
{
	struct forwarder *w = aux;

	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		if (fe_received(w->f->dev, 1) >= 0)
			__atomic_fetch_add(&w->n, 1, __ATOMIC_RELAXED);
		send_frame(w->f, 0, 1, 1500);
	}
	return NULL;
}

static void vhost_dev_memory_changes_under_traffic(void **state)
{
	struct fixture *f = *state;
	struct forwarder w = {.f = f};
	struct vhost_msg none = {.h = {VHOST_REQ_SET_MEM_TABLE, VHOST_MSG_VERSION, 8}};
	unsigned long sent = 0;
	pthread_t thread;

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(pthread_create(&thread, NULL, forward, &w), 0);
	for (int i = 0; i < 400; i++) {
		for (; (__u16)(sent - fe_used(&f->fe, 1)->idx) < FE_SIZE / 2; sent++)
			fe_transmit(&f->fe, 1, 1, 1000);
		while ((__u16)(fe_avail(&f->fe, 0)->idx - fe_used(&f->fe, 0)->idx) < FE_SIZE / 2)
			fe_put(&f->fe, 0, 0);
		switch (i % 4) {
		case 0:
			assert_int_equal(fe_tell(&f->fe, &none, NULL, 0), 0);
			break;
		case 1:
			assert_int_equal(fe_memory(&f->fe), 0);
			break;
		case 2:
			assert_int_equal(fe_addr(&f->fe, 1), 0);
			break;
		case 3:
			assert_int_equal(fe_fd(&f->fe, VHOST_REQ_SET_VRING_KICK, 1, f->fe.kick[1]),
					 0);
			break;
		}
		assert_string_equal(reason(f), "");
	}
	/* Each of them arrives, once. */
	for (int i = 0; i < 20000 && __atomic_load_n(&w.n, __ATOMIC_RELAXED) < sent; i++)
		usleep(1000);
	__atomic_store_n(&w.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(w.n, sent);
	assert_int_equal(fe_used(&f->fe, 1)->idx, (__u16)sent);
}

static void vhost_dev_logs_what_it_writes(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg log = {.h = {VHOST_REQ_SET_LOG_BASE, VHOST_MSG_VERSION, 16}};
	struct vhost_msg addr = fe_addr_msg(0);
	size_t size = (FE_GPA + FE_MEM) / 4096 / 8, first = FE_GPA / 4096 / 8;
	int fd = fe_memfd(size + 4096);
	const __u8 *bits = mmap(NULL, size + 4096, PROT_READ, MAP_SHARED, fd, 0);
	int log_fd = eventfd(0, EFD_CLOEXEC);
	struct vhost_msg set_fd = {.h = {VHOST_REQ_SET_LOG_FD, VHOST_MSG_VERSION, 0}};

	bits += 4096;
	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	log.log = (struct vhost_msg_log){size, 4096};
	assert_int_equal(fe_tell(&f->fe, &log, &fd, 1), 0);
	assert_int_equal(f->fe.reply.u64, 0);
	assert_int_equal(f->fe.reply_len, VHOST_MSG_HEADER + 8);
	assert_int_equal(fe_tell(&f->fe, &set_fd, &log_fd, 1), 0);
	assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_FEATURES,
				FE_FEATURES | BIT(VHOST_FEATURE_LOG_ALL)),
			 0);
	addr.addr.flags = VHOST_MSG_ADDR_LOG;
	addr.addr.log_gpa = FE_GPA + FE_USED;
	assert_int_equal(fe_tell(&f->fe, &addr, NULL, 0), 0);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 1);
	/* Buffer 1 of ring 0 is in page 4, its used ring in page 2. */
	assert_int_equal(bits[first], 1 << 4 | 1 << 2);
	/* It stays over a change of memory, and ends with the migration. */
	assert_int_equal(fe_memory(&f->fe), 0);
	check_traffic(f, 2);
	assert_int_equal(bits[first], 1 << 5 | 1 << 4 | 1 << 2);
	assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_FEATURES, FE_FEATURES), 0);
	assert_int_equal(fe_addr(&f->fe, 0), 0);
	check_traffic(f, 3);
	check_traffic(f, 4);
	assert_int_equal(bits[first], 1 << 5 | 1 << 4 | 1 << 2);
	munmap((void *)(bits - 4096), size + 4096);
	close(fd);
	close(log_fd);
}

/* --- crashes --- */

static void vhost_dev_inflight_packets_come_again(void **state)
{
	static const struct vhost_config config = {.n_queue_pairs = 2};
	struct fixture *f = *state;
	struct vhost_msg m = {.h = {VHOST_REQ_GET_INFLIGHT_FD, VHOST_MSG_VERSION, 24},
			      .inflight = {.n_queues = 2, .queue_size = FE_SIZE}};
	struct vring *vr = vhost_dev_ring(f->dev, 1);
	struct vring_packet p[4];
	int fd, n;

	fe_agree(&f->fe, FE_FEATURES);
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_int_equal(f->fe.reply.h.size, 24);
	assert_int_equal(f->fe.reply.inflight.n_queues, 2);
	assert_int_equal(f->fe.reply.inflight.queue_size, FE_SIZE);
	assert_true(f->fe.reply_fd >= 0);
	fd = dup(f->fe.reply_fd);
	m.inflight = f->fe.reply.inflight;
	fe_ring(&f->fe, 1, 0);
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 1), 0);
	for (__u8 i = 0; i < 6; i++)
		fe_transmit(&f->fe, 1, i, 60);
	vring_lock(vr);
	n = vring_tx_receive(vr, p, 4);
	vring_tx_release(vr, p, 1);
	vring_flush(vr);
	vring_unlock(vr);
	assert_int_equal(n, 4);
	vhost_dev_destroy(f->dev);

	/* Another process would find the rings and the memory so. */
	create(f, &config);
	fe_agree(&f->fe, FE_FEATURES);
	m.h = (struct vhost_msg_header){VHOST_REQ_SET_INFLIGHT_FD, VHOST_MSG_VERSION, 20};
	assert_int_equal(fe_tell(&f->fe, &m, &fd, 1), 0);
	fe_ring(&f->fe, 1, 1);
	assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, 1, 1), 0);
	for (int i = 1; i < 6; i++)
		assert_int_equal(fe_received(f->dev, 1), i);
	assert_int_equal(fe_received(f->dev, 1), -1);
	assert_int_equal(fe_used(&f->fe, 1)->idx, 6);
	close(fd);
}

/* The front end of DPDK says base 0 to whoever comes after a crash. */
static void vhost_dev_next_connection_goes_on_where_the_ring_was_used(void **state)
{
	struct fixture *f = *state;

	for (__u16 i = 0; i < 6; i += 2) {
		fe_start(&f->fe, FE_FEATURES, 2);
		check_traffic(f, i);
		check_traffic(f, i + 1);
		vhost_dev_connected(f->dev);
	}
}

static void vhost_dev_fault_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	struct vring *vr = vhost_dev_ring(f->dev, 1);
	struct vring_packet p;
	int n;

	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	fe_avail(&f->fe, 1)->ring[1] = FE_SIZE; /* no such descriptor */
	__atomic_fetch_add(&fe_avail(&f->fe, 1)->idx, 1, __ATOMIC_RELEASE);
	vring_lock(vr);
	n = vring_tx_receive(vr, &p, 1);
	vring_unlock(vr);
	assert_int_equal(n, -EPROTO);
	assert_non_null(strstr(reason(f), "ring 1: "));
	vhost_dev_fault(f->dev, f->state.reason);
	assert_int_equal(fe_signals(f->fe.err[1]), 1);
	assert_int_equal(fe_signals(f->fe.err[0]), 0);
	assert_int_equal(f->n_faults, 1);
	assert_false(f->state.connected || f->ready[0] || f->ready[1]);
	assert_non_null(strstr(f->state.reason, "ring 1: "));
	/* Nobody is there any more. */
	assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_FEATURES, 0), -EPROTO);
	vhost_dev_fault(f->dev, "again");
	assert_int_equal(f->n_faults, 1);
	/* The next one is a new beginning. */
	fe_fini(&f->fe);
	fe_init(&f->fe, f->dev);
	vhost_dev_connected(f->dev);
	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
}

static void vhost_dev_survives_memory_that_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct vring *vr = vhost_dev_ring(f->dev, 1);

	/* Here, as the test runner has a handler of its own for each test. */
	assert_int_equal(guest_mem_guard(), 0);
	fe_start(&f->fe, FE_FEATURES, 2);
	check_traffic(f, 0);
	assert_int_equal(ftruncate(f->fe.mem_fd, 0), 0);
	assert_int_equal(fe_received(f->dev, 1), -1);
	assert_int_equal(send_frame(f, 0, 1, 60), -EPROTO);
	assert_true(guest_mem_is_broken(vr->mem));
	vhost_dev_fault(f->dev, "its memory was cut off");
	assert_int_equal(ftruncate(f->fe.mem_fd, FE_MEM), 0);
	vhost_dev_connected(f->dev);
	fe_start(&f->fe, FE_FEATURES, 2);
	assert_true(f->ready[0] && f->ready[1]);
	check_traffic(f, 0);
}

/* --- the rest of the protocol --- */

static void vhost_dev_reset_forgets_rings_and_keeps_memory(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg reset = {.h = {VHOST_REQ_RESET_DEVICE, VHOST_MSG_VERSION, 0}};

	for (__u16 i = 0; i < 2; i++) {
		if (!i)
			fe_start(&f->fe, FE_FEATURES, 2);
		assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_STATUS, 0xf), 0);
		assert_int_equal(fe_get(&f->fe, VHOST_REQ_GET_STATUS), 0xf);
		check_traffic(f, i);
		if (i)
			assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_STATUS, 0), 0);
		else
			assert_int_equal(fe_tell(&f->fe, &reset, NULL, 0), 0);
		assert_false(f->ready[0] || f->ready[1] || f->state.running);
		assert_true(f->state.connected);
		assert_int_equal(f->state.features, 0);
		assert_int_equal(fe_get(&f->fe, VHOST_REQ_GET_STATUS), 0);
		/* No new memory, protocol features or call descriptors. */
		assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SET_FEATURES, FE_FEATURES), 0);
		for (unsigned int r = 0; r < 2; r++) {
			fe_ring(&f->fe, r, i + 1u);
			assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, r, 1), 0);
		}
		assert_true(f->ready[0] && f->ready[1]);
	}
	check_traffic(f, 2);
}

static void vhost_dev_reset_owner_disables_rings(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg m = {.h = {VHOST_REQ_RESET_OWNER, VHOST_MSG_VERSION, 0}};

	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_false(f->ready[0] || f->ready[1]);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(fe_state(&f->fe, VHOST_REQ_SET_VRING_ENABLE, i, 1), 0);
	check_traffic(f, 0);
}

static void vhost_dev_hands_the_rarp_on(void **state)
{
	static const __u8 mac[8] = {2, 0, 0, 0, 0, 9, 0xee, 0xee};
	struct fixture *f = *state;
	__u64 value;

	memcpy(&value, mac, sizeof(value));
	fe_start(&f->fe, FE_FEATURES, 2);
	assert_int_equal(fe_u64(&f->fe, VHOST_REQ_SEND_RARP, value), 0);
	assert_memory_equal(f->rarp, mac, 6);
}

static void vhost_dev_answers_when_it_is_asked(void **state)
{
	struct fixture *f = *state;
	struct vhost_msg m = {
		.h = {VHOST_REQ_NET_SET_MTU, VHOST_MSG_VERSION | VHOST_MSG_NEED_REPLY, 8},
		.u64 = 1500,
	};

	fe_agree(&f->fe, FE_FEATURES | BIT(VIRTIO_NET_F_MTU));
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_int_equal(f->fe.reply_len, VHOST_MSG_HEADER + 8);
	assert_int_equal(f->fe.reply.h.request, VHOST_REQ_NET_SET_MTU);
	assert_int_equal(f->fe.reply.h.flags, VHOST_MSG_VERSION | VHOST_MSG_REPLY);
	assert_int_equal(f->fe.reply.u64, 0);
	/* What has an answer of its own has no other. */
	m = (struct vhost_msg){
		.h = {VHOST_REQ_GET_QUEUE_NUM, VHOST_MSG_VERSION | VHOST_MSG_NEED_REPLY, 0}};
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_int_equal(f->fe.reply.u64, 2);
	/* Nobody answers before that was agreed on, or when nobody asks. */
	vhost_dev_connected(f->dev);
	m = (struct vhost_msg){
		.h = {VHOST_REQ_SET_FEATURES, VHOST_MSG_VERSION | VHOST_MSG_NEED_REPLY, 8}};
	assert_int_equal(fe_tell(&f->fe, &m, NULL, 0), 0);
	assert_int_equal(f->fe.reply_len, 0);
}

/* --- refusals --- */

#define V VHOST_MSG_VERSION
enum file { NONE, EVENT, PLAIN, MEMORY };

/* Sent after a whole negotiation, with rings 0 and 1 running. */
static const struct refusal {
	const char *name;
	struct vhost_msg m;
	enum file fd;
	int nack; /* what is answered if the front end asks; 0: it is sent away */
	const char *reason;
} refusals[] = {
	{"a wrong size",
	 {.h = {VHOST_REQ_SET_FEATURES, V, 4}},
	 NONE,
	 0,
	 "SET_FEATURES: payload of 4 bytes"},
	{"a descriptor too many",
	 {.h = {VHOST_REQ_SET_FEATURES, V, 8}},
	 EVENT,
	 0,
	 "SET_FEATURES: 1 descriptors"},
	{"an unknown request",
	 {.h = {24, V, 12}},
	 NONE,
	 EOPNOTSUPP,
	 "request 24: not known, or not offered"},
	{"features",
	 {.h = {VHOST_REQ_SET_FEATURES, V, 8}, .u64 = FE_FEATURES | BIT(33)},
	 NONE,
	 0,
	 "SET_FEATURES: 0x200000000 has not been offered"},
	{"features of running rings",
	 {.h = {VHOST_REQ_SET_FEATURES, V, 8}, .u64 = FE_FEATURES | BIT(VIRTIO_NET_F_MRG_RXBUF)},
	 NONE,
	 0,
	 "SET_FEATURES: 0x8000 changed while rings run"},
	{"protocol features",
	 {.h = {VHOST_REQ_SET_PROTOCOL_FEATURES, V, 8}, .u64 = BIT(5)},
	 NONE,
	 0,
	 "SET_PROTOCOL_FEATURES: 0x20 has not been offered"},
	{"no such ring",
	 {.h = {VHOST_REQ_SET_VRING_NUM, V, 8}, .state = {4, FE_SIZE}},
	 NONE,
	 0,
	 "SET_VRING_NUM: ring 4, there are 4"},
	{"no such ring, addr",
	 {.h = {VHOST_REQ_SET_VRING_ADDR, V, 40}, .addr = {.index = 5}},
	 NONE,
	 0,
	 "SET_VRING_ADDR: ring 5, there are 4"},
	{"no such ring, base",
	 {.h = {VHOST_REQ_SET_VRING_BASE, V, 8}, .state = {~0u, 0}},
	 NONE,
	 0,
	 "SET_VRING_BASE: ring 4294967295, there are 4"},
	{"no such ring, stop",
	 {.h = {VHOST_REQ_GET_VRING_BASE, V, 8}, .state = {32, 0}},
	 NONE,
	 0,
	 "GET_VRING_BASE: ring 32, there are 4"},
	{"no such ring, enable",
	 {.h = {VHOST_REQ_SET_VRING_ENABLE, V, 8}, .state = {4, 1}},
	 NONE,
	 0,
	 "SET_VRING_ENABLE: ring 4, there are 4"},
	{"no such ring, kick",
	 {.h = {VHOST_REQ_SET_VRING_KICK, V, 8}, .u64 = 255},
	 EVENT,
	 0,
	 "SET_VRING_KICK: ring 255, there are 4"},
	{"no such ring, no call",
	 {.h = {VHOST_REQ_SET_VRING_CALL, V, 8}, .u64 = 0x1ff},
	 NONE,
	 0,
	 "SET_VRING_CALL: ring 255, there are 4"},
	{"no such ring, err",
	 {.h = {VHOST_REQ_SET_VRING_ERR, V, 8}, .u64 = 4},
	 EVENT,
	 0,
	 "SET_VRING_ERR: ring 4, there are 4"},
	{"a kick that blocks",
	 {.h = {VHOST_REQ_SET_VRING_KICK, V, 8}, .u64 = 0},
	 PLAIN,
	 0,
	 "SET_VRING_KICK: ring 0: the descriptor is no eventfd"},
	{"a call that blocks",
	 {.h = {VHOST_REQ_SET_VRING_CALL, V, 8}, .u64 = 1},
	 PLAIN,
	 0,
	 "SET_VRING_CALL: ring 1: the descriptor is no eventfd"},
	{"an err that blocks",
	 {.h = {VHOST_REQ_SET_VRING_ERR, V, 8}, .u64 = 1},
	 MEMORY,
	 0,
	 "SET_VRING_ERR: ring 1: the descriptor is no eventfd"},
	{"the size of a running ring",
	 {.h = {VHOST_REQ_SET_VRING_NUM, V, 8}, .state = {1, FE_SIZE}},
	 NONE,
	 0,
	 "SET_VRING_NUM: ring 1 is running"},
	{"the base of a running ring",
	 {.h = {VHOST_REQ_SET_VRING_BASE, V, 8}, .state = {0, 1}},
	 NONE,
	 0,
	 "SET_VRING_BASE: ring 0 is running"},
	{"an empty ring",
	 {.h = {VHOST_REQ_SET_VRING_NUM, V, 8}, .state = {2, 0}},
	 NONE,
	 EINVAL,
	 "SET_VRING_NUM: ring 2: 0 descriptors, 1 to 4096 are possible"},
	{"too large a ring",
	 {.h = {VHOST_REQ_SET_VRING_NUM, V, 8}, .state = {2, 4097}},
	 NONE,
	 EINVAL,
	 "SET_VRING_NUM: ring 2: 4097 descriptors, 1 to 4096 are possible"},
	{"unknown flags",
	 {.h = {VHOST_REQ_SET_VRING_ADDR, V, 40}, .addr = {.flags = 2}},
	 NONE,
	 0,
	 "SET_VRING_ADDR: ring 0: unknown flags 0x2"},
	{"a ring that is nowhere",
	 {.h = {VHOST_REQ_SET_VRING_ADDR, V, 40}, .addr = {.index = 1}},
	 NONE,
	 EINVAL,
	 "SET_VRING_ADDR: ring 1: "},
	{"neither on nor off",
	 {.h = {VHOST_REQ_SET_VRING_ENABLE, V, 8}, .state = {0, 2}},
	 NONE,
	 0,
	 "SET_VRING_ENABLE: ring 0: 2 is neither 0 nor 1"},
	{"memory beyond the file",
	 {.h = {VHOST_REQ_SET_MEM_TABLE, V, 40},
	  .memory = {1, 0, {{FE_GPA, FE_MEM + 4096, FE_UVA, 0}}}},
	 MEMORY,
	 EINVAL,
	 "SET_MEM_TABLE: 0x201000 bytes at 0x40000000, 0x0 in the file: Invalid argument"},
	{"memory of no file",
	 {.h = {VHOST_REQ_SET_MEM_TABLE, V, 40}, .memory = {1, 0, {{FE_GPA, FE_MEM, FE_UVA, 0}}}},
	 EVENT,
	 EOPNOTSUPP,
	 "SET_MEM_TABLE: 0x200000 bytes at 0x40000000, 0x0 in the file: "},
	{"a slot on another",
	 {.h = {VHOST_REQ_ADD_MEM_REG, V, 40},
	  .slot.region = {FE_GPA + 4096, 4096, FE_UVA + FE_MEM, 0}},
	 MEMORY,
	 EINVAL,
	 "ADD_MEM_REG: 0x1000 bytes at 0x40001000, 0x0 in the file: "},
	{"no such slot",
	 {.h = {VHOST_REQ_REM_MEM_REG, V, 40}, .slot.region = {FE_GPA, 4096, FE_UVA, 0}},
	 NONE,
	 ENOENT,
	 "REM_MEM_REG: there is no region of 0x1000 bytes at 0x40000000"},
	{"a log beyond the file",
	 {.h = {VHOST_REQ_SET_LOG_BASE, V, 16}, .log = {FE_MEM, 8}},
	 MEMORY,
	 0,
	 "SET_LOG_BASE: 0x200000 bytes at 0x8: Invalid argument"},
	{"an MTU that is none",
	 {.h = {VHOST_REQ_NET_SET_MTU, V, 8}, .u64 = 67},
	 NONE,
	 EINVAL,
	 "NET_SET_MTU: 67, the port's MTU is 1500"},
	{"too large an MTU",
	 {.h = {VHOST_REQ_NET_SET_MTU, V, 8}, .u64 = 1501},
	 NONE,
	 EINVAL,
	 "NET_SET_MTU: 1501, the port's MTU is 1500"},
	{"no status",
	 {.h = {VHOST_REQ_SET_STATUS, V, 8}, .u64 = 0x100},
	 NONE,
	 0,
	 "SET_STATUS: 0x100 is no status"},
	{"inflight of no ring",
	 {.h = {VHOST_REQ_GET_INFLIGHT_FD, V, 24}, .inflight = {.queue_size = 16}},
	 NONE,
	 0,
	 "GET_INFLIGHT_FD: 0 rings, there are 4"},
	{"inflight of more rings",
	 {.h = {VHOST_REQ_GET_INFLIGHT_FD, V, 24}, .inflight = {0, 0, 5, 16, 0}},
	 NONE,
	 0,
	 "GET_INFLIGHT_FD: 5 rings, there are 4"},
	{"inflight of long rings",
	 {.h = {VHOST_REQ_GET_INFLIGHT_FD, V, 24}, .inflight = {0, 0, 4, 4097, 0}},
	 NONE,
	 0,
	 "GET_INFLIGHT_FD: 4097 descriptors, 1 to 4096 are possible"},
	{"inflight without room",
	 {.h = {VHOST_REQ_SET_INFLIGHT_FD, V, 24}, .inflight = {64, 0, 2, 16, 0}},
	 MEMORY,
	 EINVAL,
	 "SET_INFLIGHT_FD: 0x40 bytes at 0x0 for 2 rings of 16: Invalid argument"},
	{"inflight beyond the file",
	 {.h = {VHOST_REQ_SET_INFLIGHT_FD, V, 24}, .inflight = {FE_MEM, 4096, 2, 16, 0}},
	 MEMORY,
	 EINVAL,
	 "SET_INFLIGHT_FD: 0x200000 bytes at 0x1000 for 2 rings of 16: Invalid argument"},
	{"inflight of no file",
	 {.h = {VHOST_REQ_SET_INFLIGHT_FD, V, 24}, .inflight = {4096, 0, 2, 16, 0}},
	 EVENT,
	 EOPNOTSUPP,
	 "SET_INFLIGHT_FD: 0x1000 bytes at 0x0 for 2 rings of 16: "},
};

static int tell_refused(struct fixture *f, const struct refusal *r, __u32 flags)
{
	struct vhost_msg m = r->m;
	int pipe_fds[2], fd = -1, rc;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	if (r->fd)
		fd = r->fd == EVENT ? f->fe.kick[0] : r->fd == PLAIN ? pipe_fds[1] : f->fe.mem_fd;
	m.h.flags |= flags;
	rc = fe_tell(&f->fe, &m, &fd, fd >= 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	return rc;
}

static void vhost_dev_refusal_ends_the_connection_with_a_reason(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];

		vhost_dev_connected(f->dev);
		fe_start(&f->fe, FE_FEATURES, 2);
		ROW_CHECK(r->name, tell_refused(f, r, 0) == -EPROTO, "it was taken");
		ROW_CHECK(r->name, !strncmp(reason(f), r->reason, strlen(r->reason)),
			  "'%s', not '%s'", f->state.reason, r->reason);
		ROW_CHECK(r->name, !f->state.connected && !f->ready[0] && !f->ready[1],
			  "something runs");
	}
}

static void vhost_dev_refusal_is_answered_if_asked(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		int rc;

		vhost_dev_connected(f->dev);
		fe_start(&f->fe, FE_FEATURES, 2);
		rc = tell_refused(f, r, VHOST_MSG_NEED_REPLY);
		ROW_CHECK(r->name, rc == (r->nack ? 0 : -EPROTO), "%d", rc);
		vhost_dev_state(f->dev, &f->state);
		ROW_CHECK(r->name, f->state.connected == !!r->nack, "connected");
		if (!r->nack)
			continue;
		ROW_CHECK(r->name,
			  f->fe.reply_len == VHOST_MSG_HEADER + 8 &&
				  f->fe.reply.u64 == (__u64)r->nack,
			  "answer of %zu bytes, %llu", f->fe.reply_len,
			  (unsigned long long)f->fe.reply.u64);
	}
}

/* Requests that belong to a protocol feature, before it was agreed on. */
static void vhost_dev_refuses_what_was_not_agreed_on(void **state)
{
	static const struct {
		__u32 request, size;
		bool fd;
		const char *reason;
	} rows[] = {
		{VHOST_REQ_SET_LOG_BASE, 16, true, "SET_LOG_BASE"},
		{VHOST_REQ_GET_INFLIGHT_FD, 24, false, "GET_INFLIGHT_FD"},
		{VHOST_REQ_SET_INFLIGHT_FD, 24, true, "SET_INFLIGHT_FD"},
		{VHOST_REQ_RESET_DEVICE, 0, false, "RESET_DEVICE"},
		{VHOST_REQ_GET_MAX_MEM_SLOTS, 0, false, "GET_MAX_MEM_SLOTS"},
		{VHOST_REQ_ADD_MEM_REG, 40, true, "ADD_MEM_REG"},
		{VHOST_REQ_REM_MEM_REG, 40, false, "REM_MEM_REG"},
		{VHOST_REQ_SET_STATUS, 8, false, "SET_STATUS"},
		{VHOST_REQ_GET_STATUS, 0, false, "GET_STATUS"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vhost_msg m = {.h = {rows[i].request, V, rows[i].size}};
		char want[80];

		vhost_dev_connected(f->dev);
		assert_int_equal(fe_tell(&f->fe, &m, &f->fe.mem_fd, rows[i].fd), -EPROTO);
		snprintf(want, sizeof(want), "%s: the feature for it was not agreed on",
			 rows[i].reason);
		assert_string_equal(reason(f), want);
	}
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(vhost_dev_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(offers_what_its_config_says),
		ROW(needs_one_to_sixteen_pairs),
		ROW(ring_format_is_what_was_agreed_on),
		ROW(carries_packets_after_a_negotiation),
		ROW(takes_settings_in_any_order),
		ROW(without_protocol_features_enables_rings),
		ROW(disabled_ring_keeps_its_packets),
		ROW(get_base_stops_and_the_ring_goes_on_there),
		ROW(replaces_descriptors_of_running_rings),
		ROW(address_of_a_running_ring_may_change),
		ROW(rings_go_on_in_new_memory),
		ROW(ring_without_memory_stops),
		ROW(memory_comes_in_slots),
		ROW(memory_is_told_once_a_queue_pair),
		ROW(memory_changes_under_traffic),
		ROW(logs_what_it_writes),
		ROW(inflight_packets_come_again),
		ROW(next_connection_goes_on_where_the_ring_was_used),
		ROW(fault_ends_the_connection),
		ROW(survives_memory_that_is_cut_off),
		ROW(reset_forgets_rings_and_keeps_memory),
		ROW(reset_owner_disables_rings),
		ROW(hands_the_rarp_on),
		ROW(answers_when_it_is_asked),
		ROW(refusal_ends_the_connection_with_a_reason),
		ROW(refusal_is_answered_if_asked),
		ROW(refuses_what_was_not_agreed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
