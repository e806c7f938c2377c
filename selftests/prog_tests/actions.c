// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs the action rows: the frame that leaves is compared byte for byte with
 * execute_ref's, with the row's own expectation, and its checksums are computed
 * from scratch.
 *
 *   ref/   execute_ref alone, against the row
 *   xdp/   BPF_PROG_RUN of the XDP program
 *   tc/    BPF_PROG_RUN of the TC program; copies are captured at the devices
 *   sum/   the same with CHECKSUM_COMPLETE, which the kernel verifies behind us
 *   live/  through the TC program attached to a device, all outputs captured
 */
#include <errno.h>
#include <string.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"

static struct packet pkt, want;
static struct expect expected;
static struct run run;

static bool begin(struct harness *t, const char *how, const struct action_row *row)
{
	if (!test_start(t, "actions/%s/%s", how, row->name))
		return false;
	packet_build(&pkt, row->in, MAX_LAYERS);
	packet_trim(&pkt, row->cut, row->pad);
	expect_program(&expected, pkt.data, pkt.len, row->ops);
	return true;
}

static void check_ref(struct harness *t, const struct action_row *row)
{
	const struct expect_out *last = expected.n ? &expected.out[expected.n - 1] : NULL;
	const char *error;

	CHECK_EQ(t, expected.drop, row->want_drop);
	if (!last || row->want_drop)
		return;
	error = packet_csum_error(last->data, last->len);
	if (error && !(row->flags & ROW_CSUM_BAD))
		test_fail(t, "%s is wrong", error);
	if (!row->want[0].kind)
		return;
	packet_build(&want, row->want, MAX_LAYERS);
	packet_trim(&want, 0, row->pad);
	check_frame(t, "row", last->data, last->len, want.data, want.len);
}

static void check_handover(struct harness *t, __u32 slot)
{
	struct xvs_handover h = {0};
	struct totals d;

	CHECK_EQ(t, run.retval, XDP_PASS_CODE);
	CHECK_EQ(t, run.meta_len, sizeof(h));
	if (run.meta_len == sizeof(h))
		memcpy(&h, run.meta, sizeof(h));
	CHECK_EQ(t, h.magic, XVS_HANDOVER_MAGIC);
	CHECK_EQ(t, h.slot, slot);
	check_frame(t, "handed to TC", run.out, run.out_len, pkt.data, pkt.len);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
}

/* The fate of the one packet of the test, on the hook that disposed of it. */
static void check_fate(struct harness *t, const struct expect *e)
{
	struct totals d;
	__u64 tx = 0;

	harness_delta(t, &d);
	for (int i = 1; i <= N_TEST_PORTS; i++)
		tx += d.port[i].tx_packets;
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	CHECK_EQ(t, tx, e->n);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, e->n != 0);
	CHECK_EQ(t, totals_reason(&d, PORT_IN), e->n ? 0 : (int)e->drop);
}

static void run_row_xdp(struct harness *t, const struct action_row *row, __u32 slot)
{
	run.hook = XVS_HOOK_XDP;
	harness_run(t, &run);
	if (row->flags & ROW_TO_TC) {
		check_handover(t, slot);
		return;
	}
	check_fate(t, &expected);
	if (expected.drop) {
		CHECK_EQ(t, run.retval, XDP_DROP_CODE);
		return;
	}
	CHECK_EQ(t, run.retval, XDP_REDIRECT_CODE);
	if (expected.n)
		check_frame(t, "redirected", run.out, run.out_len, expected.out[0].data,
			    expected.out[0].len);
}

static void run_row_tc(struct harness *t, const struct action_row *row)
{
	const struct expect_out *last = &expected.out[expected.n - 1];

	run.hook = XVS_HOOK_TC;
	harness_run(t, &run);
	check_fate(t, &expected);
	if (expected.drop) {
		CHECK_EQ(t, run.retval, TC_SHOT_CODE);
		expect_captured(t, &expected, expected.n);
		return;
	}
	CHECK_EQ(t, run.retval, TC_REDIRECT_CODE);
	expect_captured(t, &expected, expected.n - 1);
	/* A tag may lie beside the frame, where the test run does not show it. */
	if (!ops_have(row->ops, XVS_OP_PUSH_VLAN, XVS_OP_SET_VLAN))
		check_frame(t, "redirected", run.out, run.out_len, last->data, last->len);
}

static void run_row_live(struct harness *t, const struct action_row *row)
{
	static struct netdev_frame frame;

	frame.len = pkt.len;
	memcpy(frame.data, pkt.data, pkt.len);
	if (netdev_send(t->port[PORT_IN].sock, &frame, false)) {
		test_fail(t, "send: %s", strerror(errno));
		return;
	}
	if (!wait_received(t, PORT_IN, 1))
		return;
	check_fate(t, &expected);
	expect_captured(t, &expected, expected.n);
}

static void run_row(struct harness *t, const struct action_row *row)
{
	/* The kernel takes the outer tag out of a frame before any TC program; a
	 * test run does not, so tagged rows are for the device. */
	bool tc_run = !(row->flags & ROW_TAGGED);
	__u32 slot;

	if (begin(t, "ref", row)) {
		check_ref(t, row);
		test_end(t);
	}
	slot = harness_port_flow(t, PORT_IN, row->ops);
	run.port_no = PORT_IN;
	run.in = pkt.data;
	if (begin(t, "xdp", row)) {
		run.in_len = pkt.len;
		run_row_xdp(t, row, slot);
		test_end(t);
	}
	if (tc_run && begin(t, "tc", row)) {
		run.in_len = pkt.len;
		run_row_tc(t, row);
		test_end(t);
	}
	if (tc_run && ops_keep_sum(row->ops) && begin(t, "sum", row)) {
		run.in_len = pkt.len;
		run.complete = true;
		if (t->can_complete) {
			run_row_tc(t, row);
			test_end(t);
		} else {
			test_skip(t, "this kernel's test run has no CHECKSUM_COMPLETE");
		}
		run.complete = false;
	}
	if (begin(t, "live", row)) {
		run_row_live(t, row);
		test_end(t);
	}
	harness_flush(t);
}

/* A UDP checksum that becomes 0 is written as 0xffff, as 0 would say that there
 * is none. The port that does it: the old checksum and the old port, added in
 * one's complement. */
static void run_wrap(struct harness *t, bool ipv6)
{
	static const struct action_row rows[] = {
		{"tp-dst/udp4-sum-becomes-0",
		 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP()},
		 .cut = 0},
		{"tp-dst/udp6-sum-becomes-0",
		 {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP()},
		 .cut = 0},
	};
	struct action_row row = rows[ipv6];
	__u32 sum;

	packet_build(&pkt, row.in, MAX_LAYERS);
	sum = (__u32)(pkt.data[pkt.l4 + 6] << 8 | pkt.data[pkt.l4 + 7]) + PORT_DST;
	sum = (sum & 0xffff) + (sum >> 16);
	row.ops[0] = (struct xvs_op)SET_TP_DST(sum);
	row.ops[1] = (struct xvs_op)OP_OUT_LAST(2);
	memcpy(row.want, row.in, sizeof(row.in));
	row.want[3].l4.dst = sum;
	packet_build(&want, row.want, MAX_LAYERS);
	if (want.data[want.l4 + 6] != 0xff || want.data[want.l4 + 7] != 0xff)
		test_fail(t, "%s: the row does not do what it is for", row.name);
	run_row(t, &row);
}

void suite_actions(struct harness *t)
{
	run_wrap(t, false);
	run_wrap(t, true);
	for (size_t i = 0; i < n_rows_actions; i++)
		run_row(t, &rows_actions[i]);
	for (size_t i = 0; i < n_rows_actions_vlan; i++)
		run_row(t, &rows_actions_vlan[i]);
	for (size_t i = 0; i < n_rows_actions_mpls; i++)
		run_row(t, &rows_actions_mpls[i]);
}
