// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Dry runs: what a marked packet records is what a packet of a device would do,
 * for every row of actions and every other end, and it leaves nothing behind: no
 * count, no copy at a device, no upcall, no hint, no token or meter that is less
 * [DRY1] [DRY2].
 *
 *   dry/xdp/   a port with the XDP program; handed up, then the TC program too
 *   dry/tc/    a port with the TC program alone
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "dp_private.h"
#include "expect.h"
#include "ops.h"
#include "rows.h"

static const struct layer udp4[] = {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), {0}};
static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};

static struct packet pkt;
static struct expect expected;
static struct dp_test_result result;
static union xvs_inflight *words; /* before the run */

/* --- a run, and that it had no effect --- */

static void check_silence(struct harness *t)
{
	static const struct expect nothing;
	struct xvs_flow_stats stats;
	struct totals d;
	const __u64 *counter = (const __u64 *)&d;

	harness_delta(t, &d);
	for (size_t i = 0; i < sizeof(d) / 8; i++)
		if (counter[i])
			test_fail(t, "counter %zu has risen by %llu", i, counter[i]);
	for (size_t i = 0; i < t->n_slots; i++) {
		dp_flow_stats(t->dp, t->slots[i], &stats);
		CHECK_EQ(t, stats.packets, 0);
		CHECK_EQ(t, stats.used_jiffies, 0);
	}
	expect_captured(t, &nothing, 0);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	if (memcmp(words, t->dp->t.inflight, XVS_INFLIGHT_SLOTS * sizeof(*words)))
		test_fail(t, "an in-flight word has changed");
	CHECK_EQ(t, t->dp->t.control->dry_run_cookie, 0);
}

/* The frame in 'pkt' into port 1, by the programs of 'hook'. */
static void run_quietly(struct harness *t, enum xvs_hook hook)
{
	const struct dp_test_run in = {.port_no = PORT_IN, .frame = pkt.data, .len = pkt.len};
	int ret;

	memcpy(words, t->dp->t.inflight, XVS_INFLIGHT_SLOTS * sizeof(*words));
	memset(&result, 0xff, sizeof(result));
	t->dp->t.ports[PORT_IN].hook = (__u8)hook;
	ret = dp_test_run(t->dp, &in, &result);
	t->dp->t.ports[PORT_IN].hook = XVS_HOOK_XDP;
	CHECK_EQ(t, ret, 0);
}

static void run_dry(struct harness *t, enum xvs_hook hook)
{
	run_quietly(t, hook);
	check_silence(t);
}

static void build(const struct layer *layers)
{
	packet_build(&pkt, layers, MAX_LAYERS);
	packet_trim(&pkt, 0, 0);
}

static const struct xvs_dry_run_output *output(__u32 i)
{
	return &result.run.output[i];
}

/* One lookup, which hit 'slot'. */
static void check_hit(struct harness *t, __u32 slot)
{
	CHECK_EQ(t, result.run.n_lookups, 1);
	CHECK_EQ(t, result.run.lookup[0].slot, slot);
	CHECK_EQ(t, result.run.lookup[0].key.in_port, PORT_IN);
}

static void check_end(struct harness *t, enum xvs_dry_run_end end, enum xvs_drop_reason reason)
{
	CHECK_EQ(t, result.run.end, end);
	if (result.run.reason != (__u32)reason)
		test_fail(t, "reason %s, want %s", drop_name((int)result.run.reason),
			  drop_name((int)reason));
}

/* --- the rows --- */

static void check_outputs(struct harness *t)
{
	CHECK_EQ(t, result.run.n_outputs, expected.n);
	for (__u32 i = 0; i < expected.n && i < result.run.n_outputs; i++) {
		const struct xvs_dry_run_output *o = output(i);
		char what[32];

		if (i == XVS_DRY_RUN_OUTPUTS)
			break;
		snprintf(what, sizeof(what), "output %u", i);
		CHECK_EQ(t, o->kind, XVS_DRY_RUN_DEVICE);
		CHECK_EQ(t, o->port_no, expected.out[i].port_no);
		check_frame(t, what, o->frame, o->len, expected.out[i].data, expected.out[i].len);
	}
}

static void run_row(struct harness *t, const struct action_row *row, enum xvs_hook hook)
{
	bool to_tc = hook == XVS_HOOK_XDP && row->flags & ROW_TO_TC;
	__u32 slot;

	packet_build(&pkt, row->in, MAX_LAYERS);
	packet_trim(&pkt, row->cut, row->pad);
	if (pkt.len > DP_TEST_RUN_MAX_LEN ||
	    (hook == XVS_HOOK_TC && !harness_tc_runs(pkt.data, pkt.len)) ||
	    !test_start(t, "dry/%s/%s", hook_name(hook), row->name))
		return;
	expect_program(&expected, pkt.data, pkt.len, row->ops);
	slot = harness_port_flow(t, PORT_IN, row->ops);
	run_dry(t, hook);
	CHECK_EQ(t, result.handed_up, to_tc);
	CHECK_EQ(t, result.hook, to_tc ? XVS_HOOK_TC : hook);
	check_hit(t, slot);
	CHECK_EQ(t, result.run.lookup[0].n_probed, !to_tc); /* or by the hand-over */
	check_outputs(t);
	check_end(t, expected.drop ? XVS_DRY_RUN_DROPPED : XVS_DRY_RUN_SENT, expected.drop);
	test_end(t);
	harness_flush(t);
}

/* --- what is no program of outputs --- */

static void test_miss(struct harness *t, enum xvs_hook hook)
{
	if (!test_start(t, "dry/%s/miss", hook_name(hook)))
		return;
	build(udp4);
	harness_admission(t, 1, 1, 0, 0);
	/* No packet waits for tokens, and none takes one: a packet of a device goes
	 * up after them. */
	for (int i = 0; i < 5; i++)
		run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_MISS, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.n_lookups, 1);
	CHECK_EQ(t, result.run.lookup[0].slot, 0);
	CHECK_EQ(t, result.run.lookup[0].key.nw_proto, PROTO_UDP);
	CHECK_EQ(t, result.run.n_outputs, 0);
	harness_admission(t, 0, 0, 0, 0);
	test_end(t);
}

static void test_drop(struct harness *t, enum xvs_hook hook)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct flow_arg arg = {
		.key = &key, .verdict = XVS_VERDICT_DROP, .reason = XVS_DROP_NO_MATCH};
	__u32 slot;

	if (!test_start(t, "dry/%s/drop", hook_name(hook)))
		return;
	build(udp4);
	slot = harness_flow(t, &arg);
	run_dry(t, hook);
	check_hit(t, slot);
	check_end(t, XVS_DRY_RUN_DROPPED, XVS_DROP_NO_MATCH);
	test_end(t);
	harness_flush(t);
}

static void test_ports(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};

	if (!test_start(t, "dry/%s/blocked-ports", hook_name(hook)))
		return;
	build(udp4);
	harness_port_flow(t, PORT_IN, out2);
	harness_port_flags(t, 2, t->port[2].flags | XVS_PORT_F_BLOCKED);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_DROPPED, XVS_DROP_PORT_BLOCKED);
	CHECK_EQ(t, result.run.n_lookups, 1);
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | XVS_PORT_F_BLOCKED);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_DROPPED, XVS_DROP_PORT_BLOCKED);
	CHECK_EQ(t, result.run.n_lookups, 0);
	harness_ports_default(t);
	test_end(t);
	harness_flush(t);
}

/* A port with the host's address: what is for the host, and what is for all. */
static void test_host(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op change[] = {SET_DST, OP_OUT_LAST(2), {0}};

	if (!test_start(t, "dry/%s/host", hook_name(hook)))
		return;
	build(udp4);
	harness_port_flow(t, PORT_IN, change);
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | XVS_PORT_F_HOST);
	memcpy(pkt.data, (const __u8[]){2, 0, 0, 0, 1, PORT_IN}, 6);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_HOST, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.n_lookups, 0);
	CHECK_EQ(t, result.hook, XVS_HOOK_TC);

	memset(pkt.data, 0xff, 6);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.n_outputs, 2);
	CHECK_EQ(t, output(0)->kind, XVS_DRY_RUN_STACK);
	check_frame(t, "for the stack", output(0)->frame, output(0)->len, pkt.data, pkt.len);
	CHECK_EQ(t, output(1)->kind, XVS_DRY_RUN_DEVICE);
	CHECK_EQ(t, output(1)->port_no, 2);
	harness_ports_default(t);
	test_end(t);
	harness_flush(t);
}

/* A packet of a device, by a test run; what it counted is left to the caller. */
static void run_real(struct harness *t, enum xvs_hook hook)
{
	static struct run run;

	run = (struct run){.hook = hook, .port_no = PORT_IN, .in = pkt.data, .in_len = pkt.len};
	harness_run(t, &run);
}

/* A hint that is there is followed, and none is made. */
static void test_hints(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	__u32 flags = dp_flags(t->dp);
	struct totals d;
	__u32 slot;

	if (!test_start(t, "dry/%s/hints", hook_name(hook)))
		return;
	build(udp4);
	slot = harness_port_flow(t, PORT_IN, out2);
	dp_set_flags(t->dp, flags | XVS_CONTROL_MICROFLOW);
	run_dry(t, hook);
	run_dry(t, hook);
	check_hit(t, slot);
	CHECK_EQ(t, result.run.lookup[0].n_probed, 1);
	run_real(t, hook);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.megaflow_hits, 1);
	CHECK_EQ(t, d.counters.microflow_hits, 0);
	run_quietly(t, hook);
	check_hit(t, slot);
	CHECK_EQ(t, result.run.lookup[0].n_probed, 0);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.microflow_hits, 0);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	test_end(t);
	dp_set_flags(t->dp, flags);
	harness_flush(t);
}

/* Packets of its microflow are on their way up: a packet of a device would follow
 * them, a marked one neither waits nor is counted. */
static void test_inflight(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	struct totals d;
	__u32 slot;

	if (!test_start(t, "dry/%s/in-flight", hook_name(hook)))
		return;
	build(udp4);
	run_real(t, hook);
	slot = harness_port_flow(t, PORT_IN, out2);
	run_quietly(t, hook);
	check_hit(t, slot);
	check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
	if (memcmp(words, t->dp->t.inflight, XVS_INFLIGHT_SLOTS * sizeof(*words)))
		test_fail(t, "an in-flight word has changed");
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	CHECK_EQ(t, d.counters.overtakes + d.counters.follow_upcalls, 0);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 1);
	test_end(t);
	harness_flush(t);
}

/* More outputs than the record has room for are counted all the same. */
static void test_many_outputs(struct harness *t, enum xvs_hook hook)
{
	struct xvs_op ops[XVS_DRY_RUN_OUTPUTS + 7] = {{0}};
	size_t n = sizeof(ops) / sizeof(ops[0]) - 1;

	if (!test_start(t, "dry/%s/many-outputs", hook_name(hook)))
		return;
	build(udp4);
	for (size_t i = 0; i < n; i++)
		ops[i] = (struct xvs_op){.kind = XVS_OP_OUTPUT, .port_no = 2 + (__u32)i % 3};
	ops[n - 1].flags = XVS_OP_F_LAST;
	expect_program(&expected, pkt.data, pkt.len, ops);
	harness_port_flow(t, PORT_IN, ops);
	run_dry(t, hook);
	check_outputs(t);
	check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
	test_end(t);
	harness_flush(t);
}

/* --- meters, controllers, passes --- */

/* A meter is asked, and has what it had. 'oversized': the packet costs more than
 * the burst, so that it passes when the meter is idle only. */
static void test_meter(struct harness *t, enum xvs_hook hook, bool oversized)
{
	const struct dp_meter_config config = {.bytes = oversized, .rate = 1, .burst = 1};
	struct xvs_meter_stats stats;
	struct xvs_op ops[3] = {{0}};
	__u64 arrival;
	__u32 slot;

	if (!test_start(t, "dry/%s/meter%s", hook_name(hook), oversized ? "-oversized" : ""))
		return;
	build(udp4);
	if (oversized) /* 128 bytes; the burst, of 1 kbit, is 125 */
		packet_trim(&pkt, 0, DP_TEST_RUN_MAX_LEN - pkt.len);
	CHECK_EQ(t, dp_meter_alloc(t->dp, &slot), 0);
	dp_meter_set(t->dp, slot, &config);
	ops[0] = (struct xvs_op)OP_METER(slot);
	ops[1] = (struct xvs_op)OP_OUT_LAST(2);
	harness_port_flow(t, PORT_IN, ops);
	for (int i = 0; i < 3; i++) {
		run_dry(t, hook);
		check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
		CHECK_EQ(t, result.run.n_meters, 1);
		CHECK_EQ(t, result.run.meter[0].slot, slot);
		CHECK_EQ(t, result.run.meter[0].exceeded, 0);
	}
	CHECK_EQ(t, dp_meter_take(t->dp, slot, (__u32)pkt.len), true);
	arrival = t->dp->t.meters[slot].arrival;
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_DROPPED, XVS_DROP_METER);
	CHECK_EQ(t, result.run.n_outputs, 0);
	CHECK_EQ(t, result.run.meter[0].exceeded, 1);
	CHECK_EQ(t, t->dp->t.meters[slot].arrival == arrival, true);
	dp_meter_stats(t->dp, slot, &stats);
	CHECK_EQ(t, stats.packets, 1);
	CHECK_EQ(t, stats.dropped_packets, 0);
	test_end(t);
	harness_flush(t);
	dp_meter_free(t->dp, slot);
}

/* Copies that would go up, in their order with outputs; no tokens are needed. */
static void test_controller(struct harness *t, enum xvs_hook hook, bool last)
{
	static const struct xvs_op on[] = {OP_CONTROLLER(7), SET_DST, OP_OUT_LAST(2), {0}},
				   end[] = {SET_DST, OP_CONTROLLER_LAST(7), {0}};
	const struct xvs_dry_run_output *copy = output(0);

	if (!test_start(t, "dry/%s/controller%s", hook_name(hook), last ? "-last" : ""))
		return;
	build(udp4);
	harness_admission(t, 1, 1, 0, 0);
	harness_port_flow(t, PORT_IN, last ? end : on);
	for (int i = 0; i < 3; i++)
		run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.n_outputs, last ? 1 : 2);
	CHECK_EQ(t, copy->kind, XVS_DRY_RUN_CONTROLLER);
	CHECK_EQ(t, copy->arg, 7);
	if (last)
		memcpy(pkt.data, (const __u8[]){0x02, 0xfe, 0x12, 0x34, 0x56, 0x78}, 6);
	check_frame(t, "copy", copy->frame, copy->len, pkt.data, pkt.len);
	if (!last)
		CHECK_EQ(t, output(1)->port_no, 2);
	harness_admission(t, 0, 0, 0, 0);
	test_end(t);
	harness_flush(t);
}

static __u32 pass_flow(struct harness *t, __u32 recirc_id, const struct xvs_op *ops)
{
	struct xvs_flow_key key = {.in_port = PORT_IN, .recirc_id = recirc_id};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .ops = ops, .verdict = XVS_VERDICT_PROGRAM};

	return harness_flow(t, &arg);
}

/* Each pass is recorded with the key that it parsed; the second one misses first. */
static void test_passes(struct harness *t, enum xvs_hook hook)
{
	static const struct layer in[] = {ETH,   TYPE(0x8847), DATA(4), IP4(.proto = PROTO_UDP),
					  UDP(), {0}};
	static const struct xvs_op pop[] = {OP_POP_MPLS(0x0800), OP_RECIRC(9), {0}},
				   out[] = {SET4_TTL(3), OP_OUT_LAST(2), {0}};
	__u32 first, second;

	if (!test_start(t, "dry/%s/passes", hook_name(hook)))
		return;
	build(in);
	first = pass_flow(t, 0, pop);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_MISS, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.n_lookups, 2);
	CHECK_EQ(t, result.run.lookup[0].slot, first);
	CHECK_EQ(t, result.run.lookup[1].slot, 0);
	CHECK_EQ(t, result.run.lookup[1].key.recirc_id, 9);
	CHECK_EQ(t, result.run.lookup[1].key.nw_proto, PROTO_UDP);
	second = pass_flow(t, 9, out);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_SENT, XVS_DROP_UNSPEC);
	CHECK_EQ(t, result.run.lookup[1].slot, second);
	CHECK_EQ(t, result.run.n_outputs, 1);
	CHECK_EQ(t, output(0)->len, pkt.len - 4);
	CHECK_EQ(t, output(0)->frame[14 + 8], 3);
	test_end(t);
	harness_flush(t);
}

static void test_pass_limit(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op again[] = {OP_RECIRC(9), {0}};

	if (!test_start(t, "dry/%s/pass-limit", hook_name(hook)))
		return;
	build(udp4);
	pass_flow(t, 0, again);
	pass_flow(t, 9, again);
	run_dry(t, hook);
	check_end(t, XVS_DRY_RUN_DROPPED, XVS_DROP_RECIRC_LIMIT);
	CHECK_EQ(t, result.run.n_lookups, XVS_MAX_PASSES);
	test_end(t);
	harness_flush(t);
}

/* --- the mark --- */

/* One run with the mark 'cookie' while 'in_force' is the one in force. */
static int run_marked(struct harness *t, enum xvs_hook hook, __u64 cookie, __u64 in_force)
{
	const struct xvs_dry_run_mark mark = {.magic = XVS_DRY_RUN_MAGIC, .cookie = cookie};
	__u32 ifindex = (__u32)t->port[PORT_IN].ifindex;
	__u8 data[sizeof(mark) + DP_TEST_RUN_MAX_LEN];
	struct xdp_md xdp = {.data = sizeof(mark),
			     .data_end = (__u32)(sizeof(mark) + pkt.len),
			     .ingress_ifindex = ifindex};
	struct __sk_buff skb = {.ifindex = ifindex, .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .repeat = 1);
	int ret;

	memcpy(data, &mark, sizeof(mark));
	memcpy(data + sizeof(mark), pkt.data, pkt.len);
	skb.cb[XVS_DRY_RUN_CB_LOW] = (__u32)cookie;
	skb.cb[XVS_DRY_RUN_CB_HIGH] = (__u32)(cookie >> 32);
	opts.ctx_in = hook == XVS_HOOK_XDP ? (void *)&xdp : (void *)&skb;
	opts.ctx_size_in = hook == XVS_HOOK_XDP ? sizeof(xdp) : sizeof(skb);
	opts.data_in = hook == XVS_HOOK_XDP ? data : data + sizeof(mark);
	opts.data_size_in = (__u32)(hook == XVS_HOOK_XDP ? sizeof(mark) + pkt.len : pkt.len);
	t->dp->t.control->dry_run_cookie = in_force;
	t->dp->t.ports[PORT_IN].flags |= XVS_PORT_F_DRY_RUN;
	ret = bpf_prog_test_run_opts(hook == XVS_HOOK_XDP ? t->xdp_fd : t->tc_fd, &opts);
	t->dp->t.control->dry_run_cookie = 0;
	t->dp->t.ports[PORT_IN].flags &= (__u16)~XVS_PORT_F_DRY_RUN;
	return ret ? -errno : 0;
}

/* Only the whole cookie makes a packet a marked one, and only while there is one. */
static void test_marks(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	static const __u64 cookie = 0x123456789abcdef0;
	const struct {
		__u64 cookie, in_force;
		int counted;
	} cases[] = {
		{cookie, cookie, 0},
		{cookie ^ 1, cookie, 1},
		{cookie ^ 1ULL << 63, cookie, 1},
		{cookie ^ 1ULL << 32, cookie, 1},
		{cookie, 0, 1},
		{0, 0, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct totals d;

		if (!test_start(t, "dry/%s/mark/%zu", hook_name(hook), i))
			continue;
		build(udp4);
		harness_port_flow(t, PORT_IN, out2);
		CHECK_EQ(t, run_marked(t, hook, cases[i].cookie, cases[i].in_force), 0);
		harness_delta(t, &d);
		CHECK_EQ(t, d.port[PORT_IN].rx_packets, cases[i].counted);
		CHECK_EQ(t, d.port[2].tx_packets, cases[i].counted);
		test_end(t);
		harness_flush(t);
	}
}

/* Hints are a CPU's own: those of one are as good as those of another. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void run_hook(struct harness *t, enum xvs_hook hook)
{
	for (size_t i = 0; i < n_rows_actions; i++)
		run_row(t, &rows_actions[i], hook);
	for (size_t i = 0; i < n_rows_actions_vlan; i++)
		run_row(t, &rows_actions_vlan[i], hook);
	for (size_t i = 0; i < n_rows_actions_mpls; i++)
		run_row(t, &rows_actions_mpls[i], hook);
	test_miss(t, hook);
	test_drop(t, hook);
	test_ports(t, hook);
	test_host(t, hook);
	test_hints(t, hook);
	test_inflight(t, hook);
	test_many_outputs(t, hook);
	test_meter(t, hook, false);
	test_meter(t, hook, true);
	test_controller(t, hook, false);
	test_controller(t, hook, true);
	test_passes(t, hook);
	test_pass_limit(t, hook);
	test_marks(t, hook);
}

void suite_dryrun(struct harness *t)
{
	cpu_set_t all;

	words = calloc(XVS_INFLIGHT_SLOTS, sizeof(*words));
	if (!words || sched_getaffinity(0, sizeof(all), &all))
		return;
	stay_on_one_cpu();
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		run_hook(t, hooks[i]);
	sched_setaffinity(0, sizeof(all), &all);
	free(words);
}
