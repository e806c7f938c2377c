// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random frames and programs, the executors against execute_ref, byte for byte:
 * the XDP program and the TC program (with CHECKSUM_COMPLETE) by BPF_PROG_RUN,
 * and the TC program on a device. The user-space binding has the same in
 * tests/unit/test_parse_user.c.
 *
 * A batch of pairs is one test; a failure prints the seed and the pair.
 */
#include <errno.h>
#include <string.h>

#include "expect.h"
#include "random.h"
#include "rows.h"

#define PAIRS 2500
#define BATCH 250

static struct packet pkt;
static struct expect expected;
static struct random_case rc;
static struct run run;

/* The pair's own megaflow: its input port and its source address. */
static void put_pair(struct harness *t, __u32 index)
{
	struct xvs_flow_key key = {.in_port = PORT_IN}, mask = {.in_port = 0xffff};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .verdict = XVS_VERDICT_PROGRAM, .ops = rc.ops};

	memcpy(key.dl_src, rc.layers[0].eth.src, 6);
	memset(mask.dl_src, 0xff, 6);
	if (ops_count(rc.ops) == 1) {
		arg.verdict = XVS_VERDICT_OUTPUT;
		arg.out_port = (__u16)rc.ops[0].port_no;
		arg.ops = NULL;
	}
	harness_flow(t, &arg);
	packet_build(&pkt, rc.layers, MAX_LAYERS);
	packet_trim(&pkt, 0, rc.pad);
	expect_program(&expected, pkt.data, pkt.len, rc.ops);
}

static void check_xdp(struct harness *t)
{
	run.hook = XVS_HOOK_XDP;
	harness_run(t, &run);
	if (expected.drop && !expected.n) {
		CHECK_EQ(t, run.retval, XDP_DROP_CODE);
		return;
	}
	CHECK_EQ(t, run.retval, XDP_REDIRECT_CODE);
	check_frame(t, "redirected", run.out, run.out_len, expected.out[0].data,
		    expected.out[0].len);
}

/* The kernel fails the run when the packet's sum is not what it says. */
static void check_tc_sum(struct harness *t)
{
	run.hook = XVS_HOOK_TC;
	run.complete = true;
	harness_run(t, &run);
	run.complete = false;
	CHECK_EQ(t, run.retval, expected.drop ? TC_SHOT_CODE : TC_REDIRECT_CODE);
	expect_captured(t, &expected, expected.drop ? expected.n : expected.n - 1);
	if (!expected.drop && !ops_have(rc.ops, XVS_OP_PUSH_VLAN, XVS_OP_SET_VLAN))
		check_frame(t, "redirected", run.out, run.out_len,
			    expected.out[expected.n - 1].data, expected.out[expected.n - 1].len);
}

static void check_device(struct harness *t, __u64 nth)
{
	static struct netdev_frame frame;

	frame.len = pkt.len;
	memcpy(frame.data, pkt.data, pkt.len);
	if (netdev_send(t->port[PORT_IN].sock, &frame, false))
		test_fail(t, "send: %s", strerror(errno));
	wait_received(t, PORT_IN, nth);
	expect_captured(t, &expected, expected.n);
}

enum way { WAY_XDP, WAY_TC_SUM, WAY_DEVICE };

static const struct {
	const char *name;
	__u32 max_outputs;
} ways[] = {
	[WAY_XDP] = {"xdp", 1},
	[WAY_TC_SUM] = {"tc-complete", 3},
	[WAY_DEVICE] = {"tc-device", 4},
};

static void run_batch(struct harness *t, enum way way, struct rng *rng, __u32 first)
{
	__u64 nth = 0;

	for (__u32 i = first; i < first + BATCH && !t->failures; i++) {
		random_frame(rng, &rc, i);
		random_program(rng, &rc, ways[way].max_outputs, 2, 3);
		/* A test run does not take the tag out of the frame. */
		if (way == WAY_TC_SUM && (rc.tagged || !ops_keep_sum(rc.ops)))
			continue;
		put_pair(t, i);
		run.port_no = PORT_IN;
		run.in = pkt.data;
		run.in_len = pkt.len;
		nth++;
		if (way == WAY_XDP)
			check_xdp(t);
		else if (way == WAY_TC_SUM)
			check_tc_sum(t);
		else
			check_device(t, nth);
		expect_copies(t, &expected);
		if (t->failures) {
			printf("#   seed %u, pair %u\n", t->seed, i);
			random_describe(stdout, &rc);
			packet_dump(stdout, "frame", pkt.data, pkt.len);
		}
	}
}

void suite_differential(struct harness *t)
{
	for (int way = WAY_XDP; way <= WAY_DEVICE; way++) {
		struct rng rng = {.state = t->seed + (__u64)way};

		for (__u32 first = 0; first < PAIRS; first += BATCH) {
			if (!test_start(t, "differential/%s/%u", ways[way].name, first))
				continue;
			if (way == WAY_TC_SUM && !t->can_complete) {
				test_skip(t, "this kernel's test run has no CHECKSUM_COMPLETE");
				continue;
			}
			harness_totals(t, &t->before);
			run_batch(t, (enum way)way, &rng, first);
			test_end_flush(t);
		}
	}
}
