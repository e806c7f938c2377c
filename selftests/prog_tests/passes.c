// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Further passes (RECIRC): what is looked up again, with which key, and what
 * bounds them. Only the TC program makes them.
 */
#include <string.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"

#define RECIRC_ID 7

static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(58),     {0}};
static const struct layer mpls_udp4[] = {
	ETH, TYPE(0x8847), RAW(4, 0, 6, 0x41, 64), IP4(.proto = PROTO_UDP), UDP(), DATA(30), {0}};
static struct expect expected;
static union upcall_copy up;

static __u32 put_pass(struct harness *t, __u32 recirc_id, const struct xvs_op *ops,
		      enum xvs_verdict verdict)
{
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = recirc_id};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u};
	struct flow_arg arg = {.key = &key,
			       .mask = &mask,
			       .ops = ops,
			       .verdict = verdict,
			       .reason = XVS_DROP_POLICY};

	return harness_flow(t, &arg);
}

static __u64 hits_of(struct harness *t, __u32 slot)
{
	struct xvs_flow_stats stats;

	dp_flow_stats(t->dp, slot, &stats);
	CHECK_EQ(t, stats.bytes, stats.packets * t->pkt.len);
	return stats.packets;
}

static void test_pass_hit(struct harness *t)
{
	static const struct xvs_op first[] = {SET_DST, OP_RECIRC(RECIRC_ID), {0}};
	static const struct xvs_op second[] = {SET4_DST(IP4_GW), OP_OUT_LAST(2), {0}};
	static const struct xvs_op both[] = {SET_DST, SET4_DST(IP4_GW), OP_OUT_LAST(2), {0}};
	struct totals d;
	__u32 a, b;

	if (!test_start(t, "passes/tc/hit"))
		return;
	a = put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	b = put_pass(t, RECIRC_ID, second, XVS_VERDICT_PROGRAM);
	for (int i = 0; i < 3; i++) {
		run_layers(t, XVS_HOOK_TC, udp4);
		expect_sent(t, &expected, both);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 3);
	CHECK_EQ(t, d.port[PORT_IN].rx_bytes, 3 * t->pkt.len);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 3);
	/* Each pass is a lookup, with hints of its own. */
	CHECK_EQ(t, d.counters.megaflow_hits, 2);
	CHECK_EQ(t, d.counters.microflow_hits, 4);
	CHECK_EQ(t, hits_of(t, a), 3);
	CHECK_EQ(t, hits_of(t, b), 3);
	test_end_flush(t);
}

/* XDP leaves such a program to the TC stage, before it has done any of it. */
static void test_pass_handed_up(struct harness *t)
{
	static const struct xvs_op first[] = {SET_DST, OP_CONTROLLER(1), OP_RECIRC(RECIRC_ID), {0}};
	struct totals d;

	if (!test_start(t, "passes/xdp/handed-to-tc"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	run_layers(t, XVS_HOOK_XDP, udp4);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	CHECK_EQ(t, t->run.meta_len, sizeof(struct xvs_handover));
	check_frame(t, "handed to TC", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	test_end_flush(t);
}

/* The frame, its key and the pass that missed go up. */
static void test_pass_missed(struct harness *t)
{
	static const struct xvs_op first[] = {OP_POP_MPLS(0x0800), OP_RECIRC(RECIRC_ID), {0}};
	static const struct xvs_op pop[] = {OP_POP_MPLS(0x0800), OP_OUT_LAST(2), {0}};
	struct xvs_flow_key want = {K_IP4(PROTO_UDP), K_PORTS, .in_port = PORT_IN,
				    .recirc_id = RECIRC_ID};
	struct totals d;

	if (!test_start(t, "passes/tc/miss"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	run_layers(t, XVS_HOOK_TC, mpls_udp4);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	expect_program(&expected, t->pkt.data, t->pkt.len, pop);
	CHECK_EQ(t, up.head.reason, XVS_UPCALL_MISS);
	CHECK_EQ(t, up.head.l3_off, 14);
	CHECK_EQ(t, up.head.version, dp_version(t->dp));
	check_key(t, &up.head.key, &want);
	check_frame(t, "upcall", up.head.frame, up.head.len, expected.out[0].data,
		    expected.out[0].len);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].upcalls, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_bytes, t->pkt.len);
	CHECK_EQ(t, d.counters.megaflow_misses, 1);
	test_end_flush(t);
}

/* Headers that the first pass did not see are written to in the second. */
static void test_pass_parses(struct harness *t)
{
	static const struct xvs_op first[] = {OP_POP_MPLS(0x0800), OP_RECIRC(RECIRC_ID), {0}};
	static const struct xvs_op second[] = {
		SET4_DST(IP4_GW), SET_TP_DST(53), OP_TTL, OP_OUT_LAST(2), {0}};
	static const struct layer cut[] = {
		ETH, TYPE(0x8847), RAW(4, 0, 6, 0x41, 64), DATA(19), {0}};
	static const struct layer want[] = {ETH,
					    TYPE(0x0800),
					    IP4(.proto = PROTO_UDP, .dst = IP4_GW, .ttl = 63),
					    UDP(.dst = 53),
					    DATA(30),
					    {0}};
	struct totals d;

	if (!test_start(t, "passes/tc/parses-again"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	put_pass(t, RECIRC_ID, second, XVS_VERDICT_PROGRAM);
	run_layers(t, XVS_HOOK_TC, mpls_udp4);
	packet_build(&t->pkt, want, MAX_LAYERS);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	check_frame(t, "redirected", t->run.out, t->run.out_len, t->pkt.data, t->pkt.len);
	/* No IP header behind the label: that ends the packet, once. */
	run_layers(t, XVS_HOOK_TC, cut);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 2);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_PARSE_TRUNCATED);
	test_end_flush(t);
}

/* What the second pass decides does not undo a copy that the first one made. */
static void test_pass_copies(struct harness *t)
{
	static const struct xvs_op first[] = {OP_OUT(2), OP_RECIRC(RECIRC_ID), {0}};
	struct totals d;

	if (!test_start(t, "passes/tc/copy-then-drop"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	put_pass(t, RECIRC_ID, NULL, XVS_VERDICT_DROP);
	run_layers(t, XVS_HOOK_TC, udp4);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	expect_program(&expected, t->pkt.data, t->pkt.len, first);
	expect_captured(t, &expected, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	CHECK_EQ(t, d.port[2].tx_packets, 1);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 0);
	test_end_flush(t);
}

/* [I8]: the version of the start, also for what is looked up later. */
static void test_pass_version(struct harness *t)
{
	static const struct xvs_op first[] = {OP_RECIRC(RECIRC_ID), {0}};
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = RECIRC_ID};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = 2};

	if (!test_start(t, "passes/tc/version"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	arg.version_from = dp_version(t->dp) + 1;
	harness_flow(t, &arg);
	run_layers(t, XVS_HOOK_TC, udp4);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 1);
	dp_version_commit(t->dp);
	run_layers(t, XVS_HOOK_TC, udp4);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	test_end_flush(t);
}

/* A frame in a tag, on the device: the tag lies beside it in every pass. */
static void test_pass_tagged(struct harness *t)
{
	static const struct layer in[] = {ETH,
					  TAG(0x8100, 9),
					  TYPE(0x8847),
					  RAW(4, 0, 6, 0x41, 64),
					  IP4(.proto = PROTO_UDP),
					  UDP(),
					  DATA(30),
					  {0}};
	static const struct xvs_op first[] = {OP_POP_MPLS(0x0800), OP_RECIRC(RECIRC_ID), {0}};
	static const struct xvs_op second[] = {OP_OUT_LAST(2), {0}};
	static const struct xvs_op both[] = {OP_POP_MPLS(0x0800), OP_OUT_LAST(2), {0}};
	struct xvs_flow_key key = {.in_port = PORT_IN,
				   .recirc_id = RECIRC_ID,
				   .dl_type = XVS_BE16(0x0800),
				   .vlan_tci = XVS_BE16(XVS_VLAN_PRESENT | 9),
				   .nw_proto = PROTO_UDP};
	struct xvs_flow_key mask = {.in_port = 0xffff,
				    .recirc_id = ~0u,
				    .dl_type = 0xffff,
				    .vlan_tci = 0xffff,
				    .nw_proto = 0xff};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .verdict = XVS_VERDICT_PROGRAM, .ops = second};

	if (!test_start(t, "passes/live/tagged"))
		return;
	put_pass(t, 0, first, XVS_VERDICT_PROGRAM);
	harness_flow(t, &arg);
	packet_build(&t->pkt, in, MAX_LAYERS);
	expect_program(&expected, t->pkt.data, t->pkt.len, both);
	t->run = (struct run){
		.hook = XVS_HOOK_TC, .port_no = PORT_IN, .in = t->pkt.data, .in_len = t->pkt.len};
	harness_deliver(t, &t->run);
	expect_captured(t, &expected, expected.n);
	test_end_flush(t);
}

/* A loop ends, after as many passes as there may be. */
static void test_loop(struct harness *t)
{
	static const struct xvs_op again[] = {OP_TTL, OP_RECIRC(RECIRC_ID), {0}};
	struct totals d;
	__u32 a, b;

	if (!test_start(t, "passes/tc/loop"))
		return;
	a = put_pass(t, 0, again, XVS_VERDICT_PROGRAM);
	b = put_pass(t, RECIRC_ID, again, XVS_VERDICT_PROGRAM);
	for (__u64 i = 1; i <= 2; i++) {
		run_layers(t, XVS_HOOK_TC, udp4);
		CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
		CHECK_EQ(t, hits_of(t, a), i);
		CHECK_EQ(t, hits_of(t, b), i * (XVS_MAX_PASSES - 1));
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 2);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_RECIRC_LIMIT);
	test_end_flush(t);
}

/* Masks that do not match make each search several tail calls: the kernel's bound
 * is reached first, and ends the packet in the same way. */
static void test_loop_of_searches(struct harness *t)
{
	static const struct xvs_op again[] = {OP_RECIRC(RECIRC_ID), {0}};
	struct totals d;

	if (!test_start(t, "passes/tc/bound-of-tail-calls"))
		return;
	for (__u32 i = 0; i < 60; i++) {
		struct xvs_flow_key key = {.in_port = PORT_IN, .dl_type = XVS_BE16(0x0806)};
		struct xvs_flow_key mask = {
			.in_port = 0xffff, .dl_type = 0xffff, .nw_src = ~0u << i % 32};
		struct flow_arg arg = {
			.key = &key, .mask = &mask, .verdict = XVS_VERDICT_OUTPUT, .out_port = 2};

		mask.nw_tos = (__u8)(i / 32);
		harness_flow(t, &arg);
	}
	put_pass(t, 0, again, XVS_VERDICT_PROGRAM);
	put_pass(t, RECIRC_ID, again, XVS_VERDICT_PROGRAM);
	dp_set_flags(t->dp, dp_flags(t->dp) & ~(__u32)XVS_CONTROL_MICROFLOW);
	run_layers(t, XVS_HOOK_TC, udp4);
	dp_set_flags(t->dp, dp_flags(t->dp) | XVS_CONTROL_MICROFLOW);
	harness_delta(t, &d);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), XVS_DROP_RECIRC_LIMIT);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	if (d.counters.megaflow_hits >= XVS_MAX_PASSES)
		test_fail(t, "all passes were made");
	test_end_flush(t);
}

void suite_passes(struct harness *t)
{
	test_pass_hit(t);
	test_pass_handed_up(t);
	test_pass_missed(t);
	test_pass_parses(t);
	test_pass_copies(t);
	test_pass_version(t);
	test_pass_tagged(t);
	test_loop(t);
	test_loop_of_searches(t);
}
