// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The operations that the frame alone does not show: meters, and copies for a
 * controller. Further passes are in passes.c.
 */
#include <bpf/bpf.h>
#include <string.h>

#include "clock.h"
#include "dp_private.h"
#include "expect.h"
#include "ops.h"
#include "rows.h"

#define LSE_TTL64 0x00064140u /* label 100, bottom of stack */

static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};
static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(58),     {0}};
static struct expect expected;
static union upcall_copy up;

/* --- meters --- */

static __u32 meter_of(struct harness *t, const struct dp_meter_config *config)
{
	__u32 slot = 0;

	if (dp_meter_alloc(t->dp, &slot))
		test_fail(t, "no meter is free");
	dp_meter_set(t->dp, slot, config);
	return slot;
}

static void put_metered(struct harness *t, __u32 slot)
{
	const struct xvs_op ops[] = {OP_METER(slot), OP_OUT_LAST(2), {0}};

	harness_port_flow(t, PORT_IN, ops);
}

static void check_meter(struct harness *t, __u32 slot, __u64 packets, __u64 dropped)
{
	struct xvs_meter_stats s;

	dp_meter_stats(t->dp, slot, &s);
	CHECK_EQ(t, s.packets, packets);
	CHECK_EQ(t, s.bytes, packets * t->pkt.len);
	CHECK_EQ(t, s.dropped_packets, dropped);
	CHECK_EQ(t, s.dropped_bytes, dropped * t->pkt.len);
}

/* So slow that nothing comes back during the test: the burst, then drops. */
static void test_meter_burst(struct harness *t, enum xvs_hook hook, bool bytes)
{
	/* 1,000 bytes are ten frames of 100 */
	const struct dp_meter_config config = {.bytes = bytes, .rate = 1, .burst = bytes ? 8 : 10};
	struct totals d;
	__u32 slot;

	if (!test_start(t, "effects/%s/meter/burst-of-%s", hook_name(hook),
			bytes ? "bytes" : "packets"))
		return;
	slot = meter_of(t, &config);
	CHECK_EQ(t, t->dp->t.meters[slot].flags & XVS_METER_F_FINE, 0);
	put_metered(t, slot);
	for (int i = 0; i < 13; i++) {
		run_layers(t, hook, udp4);
		CHECK_EQ(t, t->run.retval, code_of(hook, i < 10));
	}
	CHECK_EQ(t, t->pkt.len, 100);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 13);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 10);
	CHECK_EQ(t, d.drops[PORT_IN][XVS_DROP_METER], 3);
	check_meter(t, slot, 13, 3);
	dp_meter_free(t->dp, slot);
	test_end_flush(t);
}

/* Each clock against a state that is well ahead of it, and well behind. */
static void test_meter_clock(struct harness *t, enum xvs_hook hook, bool fine)
{
	const struct dp_meter_config config = {.rate = fine ? 1000 : 10, .burst = 1};
	struct xvs_meter *m;
	__u32 slot;

	if (!test_start(t, "effects/%s/meter/%s-clock", hook_name(hook), fine ? "fine" : "coarse"))
		return;
	slot = meter_of(t, &config);
	m = &t->dp->t.meters[slot];
	CHECK_EQ(t, !!(m->flags & XVS_METER_F_FINE), fine);
	put_metered(t, slot);
	m->arrival = (clock_ns() + 10000000000) * XVS_METER_UNITS_PER_NS;
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, false));
	m->arrival = (clock_ns() - 1000000000) * XVS_METER_UNITS_PER_NS;
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, true));
	/* From when it came, not from when the meter became idle. */
	if (m->arrival < (clock_ns() - 900000000) * XVS_METER_UNITS_PER_NS)
		test_fail(t, "the rest was saved up");
	dp_meter_free(t->dp, slot);
	test_end_flush(t);
}

/* The daemon's packets and the programs' are of one meter; the labels that were
 * pushed count. */
static void test_meter_shared(struct harness *t, enum xvs_hook hook)
{
	const struct dp_meter_config config = {.bytes = true, .rate = 1, .burst = 8};
	struct xvs_op ops[] = {OP_PUSH_MPLS(0x8847, LSE_TTL64), OP_METER(0), OP_OUT_LAST(2), {0}};
	struct xvs_meter_stats s;
	__u32 slot;

	if (!test_start(t, "effects/%s/meter/shared-with-the-daemon", hook_name(hook)))
		return;
	slot = meter_of(t, &config);
	ops[1].arg = slot;
	harness_port_flow(t, PORT_IN, ops);
	CHECK_EQ(t, dp_meter_take(t->dp, slot, 890), true);
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, true));
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, false));
	CHECK_EQ(t, dp_meter_take(t->dp, slot, 100), false);
	dp_meter_stats(t->dp, slot, &s);
	CHECK_EQ(t, s.bytes, 890 + 104 + 104 + 100);
	CHECK_EQ(t, s.dropped_packets, 2);
	dp_meter_free(t->dp, slot);
	test_end_flush(t);
}

/* A copy that was made before stays made; what goes to the TC stage is not taken
 * from the meter by XDP. */
static void test_meter_behind_copy(struct harness *t)
{
	const struct dp_meter_config config = {.rate = 1, .burst = 1};
	struct xvs_op ops[] = {OP_OUT(2), OP_METER(0), OP_OUT_LAST(3), {0}};
	struct totals d;
	__u32 slot;

	if (!test_start(t, "effects/tc/meter/copies-stay"))
		return;
	slot = meter_of(t, &config);
	ops[1].arg = slot;
	harness_port_flow(t, PORT_IN, ops);
	run_layers(t, XVS_HOOK_XDP, udp4);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	check_meter(t, slot, 0, 0);
	expect_program(&expected, t->pkt.data, t->pkt.len, ops);
	for (int i = 0; i < 2; i++) {
		run_layers(t, XVS_HOOK_TC, udp4);
		CHECK_EQ(t, t->run.retval, code_of(XVS_HOOK_TC, i == 0));
		expect_captured(t, &expected, 1);
	}
	check_meter(t, slot, 2, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 2);
	CHECK_EQ(t, d.port[2].tx_packets, 2);
	CHECK_EQ(t, d.port[3].tx_packets, 1);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 0);
	dp_meter_free(t->dp, slot);
	test_end_flush(t);
}

/* --- copies for a controller --- */

static void test_copy_goes_on(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op ops[] = {SET_DST,        OP_PUSH(0x8100, 5),
					    OP_POP,         OP_CONTROLLER(0xabcd1234),
					    SET_TP_DST(53), OP_CONTROLLER(2),
					    OP_OUT_LAST(2), {0}};
	struct xvs_flow_key want = {K_IP4(PROTO_UDP), K_PORTS, .in_port = PORT_IN};
	struct totals d;

	if (!test_start(t, "effects/%s/controller/copies-and-goes-on", hook_name(hook)))
		return;
	harness_port_flow(t, PORT_IN, ops);
	run_layers(t, hook, udp4);
	expect_sent(t, &expected, ops);
	expect_copies(t, &expected);
	run_layers(t, hook, udp4);
	CHECK_EQ(t, harness_upcalls(t, &up, 1, false), 1);
	CHECK_EQ(t, up.head.arg, 0xabcd1234);
	CHECK_EQ(t, up.head.port_no, PORT_IN);
	CHECK_EQ(t, up.head.hook, hook);
	check_key(t, &up.head.key, &want);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 2);
	CHECK_EQ(t, d.port[PORT_IN].upcalls, 0);
	CHECK_EQ(t, d.counters.upcalls_received, 4);
	test_end_flush(t);
}

static void test_copy_last(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op ops[] = {OP_TTL, OP_CONTROLLER_LAST(1), {0}};
	struct totals d;

	if (!test_start(t, "effects/%s/controller/consumes", hook_name(hook)))
		return;
	harness_port_flow(t, PORT_IN, ops);
	/* More than the allowance of misses: no packet waits for an answer. */
	for (int i = 0; i < 3 * XVS_INFLIGHT_ALLOWANCE; i++) {
		run_layers(t, hook, udp4);
		CHECK_EQ(t, t->run.retval, code_of(hook, false));
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].consumed, 3 * XVS_INFLIGHT_ALLOWANCE);
	CHECK_EQ(t, d.counters.handed_to_tc, 0);
	CHECK_EQ(t, d.counters.follow_upcalls, 0);
	CHECK_EQ(t, harness_upcalls(t, &up, 100, false), 3 * XVS_INFLIGHT_ALLOWANCE);
	CHECK_EQ(t, up.head.reason, XVS_UPCALL_ACTION);
	expect_program(&expected, t->pkt.data, t->pkt.len, ops);
	check_frame(t, "copy", up.head.frame, up.head.len, expected.copy[0].data,
		    expected.copy[0].len);
	test_end_flush(t);
}

/* One token: the first packet has it. */
static void one_token(struct harness *t)
{
	harness_admission(t, 1, 1, 0, 0);
	harness_rest_buckets(t);
}

/* Without a token: the packet goes on, or is dropped for it when that was all. */
static void test_copy_refused(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op on[] = {OP_CONTROLLER(1), OP_OUT_LAST(2), {0}};
	static const struct xvs_op last[] = {OP_CONTROLLER_LAST(1), {0}};
	static const struct xvs_op twice[] = {OP_CONTROLLER(1), OP_CONTROLLER_LAST(2), {0}};
	struct totals d;

	if (!test_start(t, "effects/%s/controller/refused", hook_name(hook)))
		return;
	one_token(t);
	harness_port_flow(t, PORT_IN, on);
	run_layers(t, hook, udp4);
	run_layers(t, hook, udp4);
	expect_sent(t, &expected, on);
	harness_flush(t);
	harness_port_flow(t, PORT_IN, last);
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, false));
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 2);
	CHECK_EQ(t, d.counters.upcalls_received, 1);
	CHECK_EQ(t, d.counters.upcalls_refused, 2);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_UPCALL_ADMISSION);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 1);
	harness_flush(t);
	/* One copy was made before: the packet is the controller's. */
	one_token(t);
	harness_port_flow(t, PORT_IN, twice);
	run_layers(t, hook, udp4);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].consumed, 1);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 2);
	harness_admission(t, 0, 0, 0, 0);
	test_end_flush(t);
}

/* A note tells of a packet, and is none of its fates. */
static void test_note(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op last[] = {OP_NOTE_LAST(7, XVS_DROP_POLICY), {0}};
	static const struct xvs_op on[] = {OP_NOTE(8, XVS_DROP_POLICY), OP_OUT_LAST(2), {0}};
	struct totals d;

	if (!test_start(t, "effects/%s/controller/note", hook_name(hook)))
		return;
	one_token(t);
	harness_port_flow(t, PORT_IN, last);
	/* The second one is refused: the same reason. */
	run_layers(t, hook, udp4);
	run_layers(t, hook, udp4);
	CHECK_EQ(t, t->run.retval, code_of(hook, false));
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.upcalls_received, 1);
	CHECK_EQ(t, d.counters.upcalls_refused, 1);
	CHECK_EQ(t, d.port[PORT_IN].consumed, 0);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_POLICY);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 2);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	CHECK_EQ(t, up.head.arg, 7);
	harness_flush(t);
	harness_admission(t, 0, 0, 0, 0);
	harness_port_flow(t, PORT_IN, on);
	run_layers(t, hook, udp4);
	expect_sent(t, &expected, on);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	test_end_flush(t);
}

static void test_copy_ring_full(struct harness *t)
{
	static const struct xvs_op last[] = {OP_CONTROLLER_LAST(1), {0}};
	static const struct layer large[] = {ETH, TYPE(0x88b5), DATA(60000), {0}};
	struct totals d;
	int n;

	if (!test_start(t, "effects/xdp/controller/ring-full"))
		return;
	harness_port_flow(t, PORT_IN, last);
	for (n = 0; n < 400; n++) {
		run_layers(t, XVS_HOOK_XDP, large);
		harness_delta(t, &d);
		if (totals_drops(&d, PORT_IN))
			break;
	}
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_UPCALL_RING_FULL);
	CHECK_EQ(t, d.port[PORT_IN].consumed, n);
	CHECK_EQ(t, harness_upcalls(t, NULL, 1000, false), n);
	test_end_flush(t);
}

void suite_effects(struct harness *t)
{
	for (int i = 0; i < 2; i++) {
		test_meter_burst(t, hooks[i], false);
		test_meter_burst(t, hooks[i], true);
		test_meter_clock(t, hooks[i], false);
		test_meter_clock(t, hooks[i], true);
		test_meter_shared(t, hooks[i]);
		test_copy_goes_on(t, hooks[i]);
		test_copy_last(t, hooks[i]);
		test_copy_refused(t, hooks[i]);
		test_note(t, hooks[i]);
	}
	test_meter_behind_copy(t);
	test_copy_ring_full(t);
}
