// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upcalls: the record, its size classes, the in-flight filter, admission, a full
 * ring. The keys in the records are parse.c's business.
 *
 * Not here: upcall-too-big, which takes a packet above 66 KB; the kernel's test
 * run makes none. tests/unit/test_parse_user.c runs that path.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"

static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};
static union upcall_copy up;

/* A UDP frame of 'len' bytes; 'flow' tells microflows apart. */
static void run_udp(struct harness *t, enum xvs_hook hook, __u32 flow, size_t len)
{
	const struct layer layers[] = {
		ETH,   TYPE(0x0800),          IP4(.proto = PROTO_UDP, .src = IP4_VM1 + flow),
		UDP(), DATA((__u32)len - 42), {0}};

	run_layers(t, hook, layers);
}

static void test_classes(struct harness *t, enum xvs_hook hook)
{
	static const size_t lens[] = {42,   60,   255,  256,   257,   1514,  2047,  2048,
				      2049, 3000, 9014, 10240, 10241, 32768, 32769, 60000};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		bool multi = lens[i] > 4096;

		/* The kernel's test run makes no skb above a page. */
		if (hook == XVS_HOOK_TC && lens[i] > 3000)
			break;
		if (!test_start(t, "upcall/%s/length/%zu", hook_name(hook), lens[i]))
			continue;
		run_udp(t, hook, 0, lens[i]);
		CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
		check_frame(t, "upcall", up.head.frame, up.head.len, t->pkt.data, t->pkt.len);
		CHECK_EQ(t, !!(up.head.flags & XVS_UPCALL_F_MULTI_BUFFER), multi);
		CHECK_EQ(t, t->run.retval, hook == XVS_HOOK_XDP ? XDP_DROP_CODE : t->run.retval);
		test_end(t);
	}
}

static void test_record(struct harness *t)
{
	struct pollfd p = {.fd = dp_upcall_fd(t->dp), .events = POLLIN};

	if (!test_start(t, "upcall/tc/record"))
		return;
	run_udp(t, XVS_HOOK_TC, 0, 100);
	t->run.mark = 0x1234;
	t->run.gso_size = 8;
	t->run.gso_segs = 4;
	harness_upcalls(t, NULL, 8, false);
	harness_run(t, &t->run);
	CHECK_EQ(t, poll(&p, 1, 1000), 1);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	CHECK_EQ(t, up.head.mark, 0x1234);
	CHECK_EQ(t, up.head.key.pkt_mark, 0x1234);
	CHECK_EQ(t, up.head.gso_size, 8);
	CHECK_EQ(t, up.head.gso_segs, 4);
	CHECK_EQ(t, up.head.version, dp_version(t->dp));
	CHECK_EQ(t, up.head.jiffies != 0, 1);
	CHECK_EQ(t, up.head.hash != 0, 1);
	test_end(t);
}

/* Misses of one flow while none is answered: the allowance, then refusals. */
static void test_allowance(struct harness *t, enum xvs_hook hook)
{
	struct totals d;

	if (!test_start(t, "upcall/%s/allowance", hook_name(hook)))
		return;
	for (int i = 0; i < XVS_INFLIGHT_ALLOWANCE + 3; i++)
		run_udp(t, hook, 0, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.upcalls_received, XVS_INFLIGHT_ALLOWANCE);
	CHECK_EQ(t, d.counters.upcalls_refused, 3);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_UPCALL_ADMISSION], 3);
	/* Others are not held up by it. */
	run_udp(t, hook, 1, 60);
	CHECK_EQ(t, harness_upcalls(t, NULL, 16, false), XVS_INFLIGHT_ALLOWANCE + 1);
	/* Answered: the next miss goes up again. */
	run_udp(t, hook, 0, 60);
	CHECK_EQ(t, harness_upcalls(t, NULL, 16, false), 1);
	test_end(t);
}

/* Hits behind packets in the ring follow them, up to the allowance; then they
 * overtake; with the ring empty they are hits like any other. */
static void test_follow(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	struct totals d;

	if (!test_start(t, "upcall/%s/follow-and-overtake", hook_name(hook)))
		return;
	run_udp(t, hook, 7, 60); /* sent = 1, and stays in the ring */
	harness_port_flow(t, PORT_IN, out2);
	for (int i = 1; i < XVS_INFLIGHT_ALLOWANCE; i++)
		run_udp(t, hook, 7, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.follow_upcalls, XVS_INFLIGHT_ALLOWANCE - 1);
	CHECK_EQ(t, d.counters.overtakes, 0);
	CHECK_EQ(t, d.port[2].tx_packets, 0);
	run_udp(t, hook, 7, 60);
	run_udp(t, hook, 7, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.overtakes, 2);
	CHECK_EQ(t, d.port[2].tx_packets, 2);
	/* An overtaker leaves no hint, or later ones would not be held either. */
	CHECK_EQ(t, d.counters.microflow_hits, 0);
	CHECK_EQ(t, harness_upcalls(t, &up, 16, false), XVS_INFLIGHT_ALLOWANCE);
	CHECK_EQ(t, up.head.reason, XVS_UPCALL_FOLLOW);
	run_udp(t, hook, 7, 60);
	run_udp(t, hook, 7, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[2].tx_packets, 4);
	CHECK_EQ(t, d.counters.overtakes, 2);
	CHECK_EQ(t, d.counters.microflow_hits, 1);
	test_end_flush(t);
}

/* A daemon that died left packets in flight: after a second they count no more. */
static void test_stale(struct harness *t, enum xvs_hook hook)
{
	int fd = harness_map_fd("xvs_inflight");
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	union xvs_inflight word = {0};
	struct totals d;
	__u32 i;

	if (!test_start(t, "upcall/%s/in-flight-of-a-dead-daemon", hook_name(hook)))
		return;
	run_udp(t, hook, 8, 60);
	CHECK_EQ(t, harness_upcalls(t, &up, 16, true), 1);
	harness_port_flow(t, PORT_IN, out2);
	i = (__u32)(up.head.hash % XVS_INFLIGHT_SLOTS);
	CHECK_EQ(t, bpf_map_lookup_elem(fd, &i, &word), 0);
	CHECK_EQ(t, word.sent - word.done, 1);
	word.stamp = (__u16)(word.stamp - (__u16)(2 * dp_config(t->dp)->hz / 64 + 2));
	bpf_map_update_elem(fd, &i, &word, 0);
	run_udp(t, hook, 8, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.follow_upcalls, 0);
	CHECK_EQ(t, d.port[2].tx_packets, 1);
	word.word = 0;
	bpf_map_update_elem(fd, &i, &word, 0);
	test_end_flush(t);
}

static void nap_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* The bucket is full after a rest, lets its burst pass, then refuses; and its
 * refusals are the port's own: another port is not touched. */
static void test_admission(struct harness *t, enum xvs_hook hook, bool bytes)
{
	const int n = 40, burst = 10;
	struct totals d;

	if (!test_start(t, "upcall/%s/admission-%s", hook_name(hook), bytes ? "bytes" : "packets"))
		return;
	/* So slow that no token comes back during the test. */
	if (bytes)
		harness_admission(t, 0, 0, 1, 10);
	else
		harness_admission(t, 1, (__u32)burst, 0, 0);
	harness_rest_buckets(t);
	for (int i = 0; i < n; i++)
		run_udp(t, hook, 1000 + (__u32)i, 1024);
	harness_delta(t, &d);
	/* A token or two may come in when the machine is slow. */
	if (d.counters.upcalls_received < (__u64)burst - 1 ||
	    d.counters.upcalls_received > (__u64)burst + 5)
		test_fail(t, "%llu of %d got through a burst of %d", d.counters.upcalls_received, n,
			  burst);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_UPCALL_ADMISSION],
		 (__u64)n - d.counters.upcalls_received);
	t->run.port_no = PORT_SPARE;
	harness_run(t, &t->run);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_SPARE].upcalls, 1);
	harness_upcalls(t, NULL, 100, false);
	harness_admission(t, 0, 0, 0, 0);
	test_end(t);
}

static void test_refill(struct harness *t)
{
	struct totals d;

	if (!test_start(t, "upcall/xdp/admission-refill"))
		return;
	harness_admission(t, 1000, 5, 0, 0);
	for (__u32 i = 0; i < 30; i++)
		run_udp(t, XVS_HOOK_XDP, 2000 + i, 60);
	nap_ms(100);
	harness_totals(t, &t->before);
	run_udp(t, XVS_HOOK_XDP, 2100, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.upcalls_received, 1);
	harness_upcalls(t, NULL, 100, false);
	harness_admission(t, 0, 0, 0, 0);
	test_end(t);
}

/* A port's limits are its own. */
static void test_port_limit(struct harness *t, enum xvs_hook hook)
{
	const struct dp_admission slow = {.pkts_per_s = 1, .burst_pkts = 3};
	struct totals d;

	if (!test_start(t, "upcall/%s/admission-of-one-port", hook_name(hook)))
		return;
	dp_set_admission(t->dp, PORT_SPARE, &slow);
	harness_rest_buckets(t);
	for (__u32 i = 0; i < 20; i++)
		run_udp(t, hook, 4000 + i, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].upcalls, 20);
	t->run.port_no = PORT_SPARE;
	for (__u32 i = 0; i < 20; i++) {
		t->pkt.data[29] = (__u8)i; /* another source: another flow */
		harness_run(t, &t->run);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].upcalls, 20);
	if (d.port[PORT_SPARE].upcalls < 2 || d.port[PORT_SPARE].upcalls > 5)
		test_fail(t, "%llu got through a burst of 3", d.port[PORT_SPARE].upcalls);
	CHECK_EQ(t, d.drops[PORT_SPARE][XVS_DROP_UPCALL_ADMISSION],
		 20 - d.port[PORT_SPARE].upcalls);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_UPCALL_ADMISSION], 0);
	harness_upcalls(t, NULL, 100, false);
	harness_admission(t, 0, 0, 0, 0);
	test_end(t);
}

/* As many misses of a flow go up as the daemon has said. */
static void test_allowance_set(struct harness *t, enum xvs_hook hook, __u32 allowance)
{
	struct totals d;

	if (!test_start(t, "upcall/%s/allowance-of-%u", hook_name(hook), allowance))
		return;
	dp_set_allowance(t->dp, allowance);
	for (__u32 i = 0; i < allowance + 5; i++)
		run_udp(t, hook, 0, 60);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.upcalls_received, allowance);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_UPCALL_ADMISSION], 5);
	CHECK_EQ(t, harness_upcalls(t, NULL, 300, false), allowance);
	dp_set_allowance(t->dp, XVS_INFLIGHT_ALLOWANCE);
	test_end(t);
}

static void test_ring_full(struct harness *t)
{
	struct totals d;
	__u64 want = 0;
	__u32 i;

	if (!test_start(t, "upcall/xdp/ring-full"))
		return;
	for (i = 0; i < 400; i++) {
		run_udp(t, XVS_HOOK_XDP, 3000 + i, 60000);
		harness_delta(t, &d);
		if (d.drops[PORT_IN][XVS_DROP_UPCALL_RING_FULL])
			break;
	}
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_UPCALL_RING_FULL], 1);
	CHECK_EQ(t, d.counters.upcalls_refused, 1);
	want = d.counters.upcalls_received;
	if (want < XVS_UPCALL_RING_BYTES / 2 / XVS_UPCALL_CLASS3)
		test_fail(t, "full after %llu records", want);
	/* The packet that found no room is not counted as in flight. */
	CHECK_EQ(t, harness_upcalls(t, NULL, 1000, false), want);
	run_udp(t, XVS_HOOK_XDP, 3000 + i, 60);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	test_end(t);
}

void suite_upcall(struct harness *t)
{
	for (int i = 0; i < 2; i++) {
		test_classes(t, hooks[i]);
		test_allowance(t, hooks[i]);
		test_follow(t, hooks[i]);
		test_stale(t, hooks[i]);
		test_admission(t, hooks[i], false);
		test_admission(t, hooks[i], true);
		test_port_limit(t, hooks[i]);
		test_allowance_set(t, hooks[i], 1);
		test_allowance_set(t, hooks[i], XVS_INFLIGHT_ALLOWANCE_MAX);
	}
	test_record(t);
	test_refill(t);
	test_ring_full(t);
}
