// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/slowpath/model_monitor.c: a real writer and a real reader on two
 * threads. Every packet is taken, in order, or counted as lost.
 */
#include "test.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "model_monitor.h"
#include "model_private.h"

#define N_PACKETS 200000

struct fixture {
	struct model m;
	struct sw *switches[1];
	struct model_monitor *mon;
};

static void init(struct fixture *f)
{
	struct sw_port *port;

	memset(f, 0, sizeof(*f));
	f->switches[0] = sw_create("sw0", 1);
	assert_non_null(f->switches[0]);
	assert_int_equal(sw_add_port(f->switches[0], "vm0", 7, &port), 0);
	f->m.switches = f->switches;
	f->m.n_switches = 1;
	assert_int_equal(model_monitor_open(&f->m, "sw0", &f->mon), 0);
}

static void fini(struct fixture *f)
{
	model_monitor_close(&f->m, f->mon);
	assert_null(f->m.monitors);
	sw_destroy(f->switches[0]);
}

/* The n-th packet: its number is the cookie and its first bytes. */
static void send_packet(struct fixture *f, __u64 n, __u32 len, __u16 max_len)
{
	static __u8 frame[65536];
	struct xvs_flow_key key = {.in_port = 7};
	const struct model_packet_in in = {
		.sw_name = "sw0",
		.cookie = n,
		.key = &key,
		.frame = frame,
		.len = len,
		.in_port = 7,
		.max_len = max_len,
		.table_id = 3,
		.reason = MODEL_PACKET_IN_ACTION,
	};

	memcpy(frame, &n, sizeof(n));
	model_monitor_packet(&f->m, &in);
}

static bool is_readable(const struct model_monitor *mon, int ms)
{
	struct pollfd p = {.fd = model_monitor_fd(mon), .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

TEST(model_monitor, packet_arrives_as_it_was)
{
	struct model_monitored *p;
	struct fixture f;

	init(&f);
	assert_false(is_readable(f.mon, 0));
	assert_null(model_monitor_take(f.mon));
	send_packet(&f, 42, 100, 0xffff);
	assert_true(is_readable(f.mon, 0));
	p = model_monitor_take(f.mon);
	assert_non_null(p);
	assert_string_equal(p->port_name, "vm0");
	assert_int_equal(p->in_port, 7);
	assert_int_equal(p->key.in_port, 7);
	assert_int_equal(p->cookie, 42);
	assert_int_equal(p->table_id, 3);
	assert_int_equal(p->len, 100);
	assert_int_equal(p->n_bytes, 100);
	assert_int_equal(p->bytes[0], 42);
	assert_int_equal(p->lost, 0);
	free(p);
	assert_null(model_monitor_take(f.mon));
	assert_false(is_readable(f.mon, 0));
	fini(&f);
}

TEST(model_monitor, packet_is_cut)
{
	static const struct {
		__u32 len;
		__u16 max_len;
		__u32 want;
	} rows[] = {{100, 20, 20}, {100, 0, 0}, {10, 20, 10}, {65535, 0xffff, 65535}};
	struct fixture f;

	init(&f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct model_monitored *p;

		send_packet(&f, i, rows[i].len, rows[i].max_len);
		p = model_monitor_take(f.mon);
		assert_non_null(p);
		assert_int_equal(p->len, rows[i].len);
		assert_int_equal(p->n_bytes, rows[i].want);
		free(p);
	}
	fini(&f);
}

/* [MON2] by number and by bytes; and losses are told, also when nothing follows. */
TEST(model_monitor, queue_is_bounded)
{
	static const __u32 sizes[] = {60, 60000};

	for (size_t i = 0; i < 2; i++) {
		size_t n = 0, room = i ? MODEL_MONITOR_BYTES / sizes[i] : MODEL_MONITOR_PACKETS;
		struct model_monitored *p;
		struct fixture f;

		init(&f);
		for (size_t k = 0; k < room + 5; k++)
			send_packet(&f, k, sizes[i], 0xffff);
		assert_true(is_readable(f.mon, 0));
		/* There is room for one more, which tells what was lost before it. */
		free(model_monitor_take(f.mon));
		send_packet(&f, 99, sizes[i], 0xffff);
		send_packet(&f, 100, sizes[i], 0xffff);
		while ((p = model_monitor_take(f.mon))) {
			n++;
			assert_int_equal(p->lost, n == room ? 5 : 0);
			free(p);
		}
		assert_int_equal(n, room);
		assert_int_equal(model_monitor_lost(f.mon), 1);
		assert_int_equal(model_monitor_lost(f.mon), 0);
		fini(&f);
	}
}

TEST(model_monitor, each_has_its_own)
{
	struct model_monitor *other, *elsewhere;
	struct model_monitored *p;
	struct fixture f;

	init(&f);
	assert_int_equal(model_monitor_open(&f.m, "sw0", &other), 0);
	assert_int_equal(model_monitor_open(&f.m, "sw1", &elsewhere), 0);
	send_packet(&f, 1, 60, 0xffff);
	p = model_monitor_take(f.mon);
	assert_non_null(p);
	free(p);
	p = model_monitor_take(other);
	assert_non_null(p);
	free(p);
	assert_null(model_monitor_take(elsewhere));
	/* One goes with packets in it. */
	send_packet(&f, 2, 60, 0xffff);
	model_monitor_close(&f.m, other);
	model_monitor_close(&f.m, elsewhere);
	model_monitor_close(&f.m, NULL);
	fini(&f);
}

static void *write_packets(void *aux)
{
	for (__u64 n = 1; n <= N_PACKETS; n++)
		send_packet(aux, n, 60 + (n & 255), 0xffff);
	return NULL;
}

/* The reader sleeps on the descriptor when there is nothing, as the server does. */
TEST(model_monitor, all_are_taken_in_order_or_lost)
{
	__u64 last = 0, lost = 0, taken = 0;
	struct fixture f;
	pthread_t writer;

	init(&f);
	assert_int_equal(pthread_create(&writer, NULL, write_packets, &f), 0);
	while (taken + lost < N_PACKETS) {
		struct model_monitored *p = model_monitor_take(f.mon);
		__u64 first;

		if (!p) {
			lost += model_monitor_lost(f.mon);
			if (taken + lost < N_PACKETS)
				assert_true(is_readable(f.mon, 10000));
			continue;
		}
		memcpy(&first, p->bytes, sizeof(first));
		assert_int_equal(first, p->cookie);
		assert_true(p->cookie > last);
		assert_int_equal(p->n_bytes, 60 + (p->cookie & 255));
		last = p->cookie;
		lost += p->lost;
		taken++;
		free(p);
	}
	pthread_join(writer, NULL);
	assert_int_equal(taken + lost, N_PACKETS);
	assert_null(model_monitor_take(f.mon));
	print_message("%llu taken, %llu lost\n", (unsigned long long)taken,
		      (unsigned long long)lost);
	fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(model_monitor, packet_arrives_as_it_was),
		TEST_ROW(model_monitor, packet_is_cut),
		TEST_ROW(model_monitor, queue_is_bounded),
		TEST_ROW(model_monitor, each_has_its_own),
		TEST_ROW(model_monitor, all_are_taken_in_order_or_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
