// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A test for every drop reason that the fast path gives by itself, and for every
 * one that a flow can carry. parse.c has parse-truncated and ext-header-limit,
 * actions.c ttl-expired and rewrite-failed, upcall.c the refusals of upcalls,
 * effects.c meter, passes.c recirc-limit.
 *
 * Not here: ct-invalid and policy as the program's own (nothing in it gives them
 * yet), no-scratch (an array lookup that cannot fail).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/tail.h"
#include "ct_stage.h"
#include "datapath_ct.h"
#include "expect.h"
#include "ops.h"
#include "rows.h"

static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(30),     {0}};
static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC};

/* The one packet of the test was dropped for this. */
static void check_dropped(struct harness *t, enum xvs_hook hook, enum xvs_drop_reason reason)
{
	struct totals d;

	harness_delta(t, &d);
	CHECK_EQ(t, t->run.retval, code_of(hook, false));
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 1);
	if (totals_reason(&d, PORT_IN) != (int)reason)
		test_fail(t, "got %s, want %s", drop_name(totals_reason(&d, PORT_IN)),
			  drop_name((int)reason));
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
}

/* Every reason that a flow may give, by the daemon's decision. */
static void test_flow_reasons(struct harness *t, enum xvs_hook hook)
{
	for (int r = 1; r < XVS_DROP_LAST; r++) {
		struct xvs_flow_key key = {.in_port = PORT_IN};
		struct flow_arg arg = {.key = &key,
				       .verdict = XVS_VERDICT_DROP,
				       .reason = (enum xvs_drop_reason)r};
		struct totals d;
		__u32 slot;

		/* That one is a port's, never a flow's. */
		if (r == XVS_DROP_EGRESS_FAILED ||
		    !test_start(t, "drop/%s/flow/%s", hook_name(hook), drop_name(r)))
			continue;
		slot = harness_flow(t, &arg);
		run_layers(t, hook, udp4);
		check_dropped(t, hook, (enum xvs_drop_reason)r);
		harness_delta(t, &d);
		CHECK_EQ(t, d.counters.megaflow_hits, 1);
		if (slot) {
			struct xvs_flow_stats stats;

			dp_flow_stats(t->dp, slot, &stats);
			CHECK_EQ(t, stats.packets, 1);
		}
		test_end_flush(t);
	}
}

static void test_port_states(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	static const struct {
		const char *name;
		__u16 port_no, set, clear;
	} cases[] = {
		{"input-blocked", PORT_IN, XVS_PORT_F_BLOCKED, 0},
		{"output-blocked", 2, XVS_PORT_F_BLOCKED, 0},
		{"output-down", 2, 0, XVS_PORT_F_UP},
		{"output-gone", 2, 0, XVS_PORT_F_USED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		__u16 flags = t->port[cases[i].port_no].flags;

		if (!test_start(t, "drop/%s/port-blocked/%s", hook_name(hook), cases[i].name))
			continue;
		harness_port_flow(t, PORT_IN, out2);
		flags = (__u16)((flags | cases[i].set) & ~cases[i].clear);
		harness_port_flags(t, cases[i].port_no, flags);
		run_layers(t, hook, udp4);
		check_dropped(t, hook, XVS_DROP_PORT_BLOCKED);
		harness_ports_default(t);
		test_end_flush(t);
	}
}

/* One of two outputs is blocked: the packet is forwarded, the copy is a drop of
 * the port that did not get it. */
static void test_copy_blocked(struct harness *t)
{
	static const struct xvs_op out23[] = {OP_OUT(2), OP_OUT_LAST(3), {0}};
	struct totals d;

	if (!test_start(t, "drop/tc/egress-failed/first-of-two-blocked"))
		return;
	harness_port_flow(t, PORT_IN, out23);
	harness_port_flags(t, 2, t->port[2].flags | XVS_PORT_F_BLOCKED);
	run_layers(t, XVS_HOOK_TC, udp4);
	harness_delta(t, &d);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	CHECK_EQ(t, d.drops[2][XVS_DROP_EGRESS_FAILED], 1);
	CHECK_EQ(t, totals_drops(&d, PORT_IN), 0);
	harness_ports_default(t);
	test_end_flush(t);
}

/* The device refuses the copy: it is down, and nobody has told the datapath. */
static void test_egress_failed(struct harness *t)
{
	static const struct xvs_op out23[] = {OP_OUT(2), OP_OUT_LAST(3), {0}};
	struct totals d;

	if (!test_start(t, "drop/tc/egress-failed/device-down"))
		return;
	harness_port_flow(t, PORT_IN, out23);
	netdev_set_up(t->port[2].name, false);
	run_layers(t, XVS_HOOK_TC, udp4);
	netdev_set_up(t->port[2].name, true);
	netdev_wait_up(t->port[2].name);
	harness_delta(t, &d);
	CHECK_EQ(t, d.drops[2][XVS_DROP_EGRESS_FAILED], 1);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	CHECK_EQ(t, d.port[3].tx_packets, 1);
	test_end_flush(t);
}

static void test_unknown_device(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	struct totals d;

	if (!test_start(t, "drop/%s/not-a-port-passes", hook_name(hook)))
		return;
	harness_port_flow(t, PORT_IN, out2);
	dp_port_clear(t->dp, PORT_IN);
	run_layers(t, hook, udp4);
	harness_delta(t, &d);
	harness_ports_default(t);
	CHECK_EQ(t, t->run.retval, hook == XVS_HOOK_XDP ? XDP_PASS_CODE : TC_OK_CODE);
	CHECK_EQ(t, t->run.out_len, t->pkt.len);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	CHECK_EQ(t, d.counters.megaflow_hits + d.counters.megaflow_misses, 0);
	test_end_flush(t);
}

/* Writes the nesting level of every CPU, the first word of the scratch. */
static int set_nesting(int fd, __u32 level)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info), key = 0;
	int cpus = libbpf_num_possible_cpus();
	size_t stride;
	__u8 *values;
	int ret;

	if (cpus < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -1;
	stride = (info.value_size + 7) & ~7u;
	values = calloc((size_t)cpus, stride);
	ret = values ? bpf_map_lookup_elem(fd, &key, values) : -1;
	for (int i = 0; i < cpus && !ret; i++)
		memcpy(values + (size_t)i * stride, &level, sizeof(level));
	if (!ret)
		ret = bpf_map_update_elem(fd, &key, values, 0);
	free(values);
	return ret;
}

static void test_nested(struct harness *t, enum xvs_hook hook)
{
	int fd = harness_map_fd("xvs_scratch");

	if (!test_start(t, "drop/%s/nested", hook_name(hook)))
		return;
	if (set_nesting(fd, XVS_MAX_NESTING)) {
		test_fail(t, "xvs_scratch cannot be written");
	} else {
		run_layers(t, hook, udp4);
		check_dropped(t, hook, XVS_DROP_NESTED);
	}
	/* One level less still runs. */
	if (!set_nesting(fd, XVS_MAX_NESTING - 1)) {
		run_layers(t, hook, udp4);
		CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 1);
	}
	set_nesting(fd, 0);
	test_end_flush(t);
}

/* Takes one tail out of its map, runs 'frame', puts it back. */
static void test_tail_missing(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op change[] = {SET_DST, OP_OUT_LAST(2), {0}};
	static const struct xvs_op again[] = {OP_RECIRC(1), {0}};
	static const struct xvs_op ct[] = {OP_CT_LAST(CT_SLOT), {0}};
	static const struct xvs_op ct_behind[] = {SET_DST, OP_CT_LAST(CT_SLOT), {0}};
	static const struct xvs_op nat[] = {OP_CT_LAST(CT_SLOT_2), {0}};
	static const struct xvs_ct_action snat = {.recirc_id = CT_RECIRC,
						  .zone = CT_ZONE,
						  .flags = XVS_CT_A_COMMIT | XVS_CT_A_NAT |
							   XVS_CT_A_SNAT,
						  .nat_family = 4,
						  .nat_min.ip4 = XVS_BE32(IP4_GW),
						  .nat_max.ip4 = XVS_BE32(IP4_GW)};
	static const struct xvs_op *const ops[TAIL_N] = {[TAIL_RECIRC] = again,
							 [TAIL_CT] = ct,
							 [TAIL_CT_PARSE] = ct_behind,
							 [TAIL_CT_NAT] = nat,
							 [TAIL_CT_REWRITE] = nat};
	int fd = harness_map_fd(hook == XVS_HOOK_XDP ? "xvs_xdp_tails" : "xvs_tc_tails");
	__u32 n = 0, id;

	dp_ct_action_set(t->dp, CT_SLOT_2, &snat);
	for (__u32 i = 0; i < 32; i++) {
		int prog;

		if (bpf_map_lookup_elem(fd, &i, &id))
			continue;
		n++;
		/* Programs with further passes are handed up. */
		if (i < TAIL_N && ops[i] && hook == XVS_HOOK_XDP)
			continue;
		if (!test_start(t, "drop/%s/tail-missing/%u", hook_name(hook), i))
			continue;
		prog = bpf_prog_get_fd_by_id(id);
		bpf_map_delete_elem(fd, &i);
		/* With a program to run, or without, each tail is on some way. */
		harness_port_flow(t, PORT_IN, i < TAIL_N && ops[i] ? ops[i] : change);
		run_layers(t, hook, udp4);
		if (t->run.retval != code_of(hook, false)) {
			harness_flush(t);
			harness_totals(t, &t->before);
			run_layers(t, hook, udp4);
		}
		if (t->run.retval == code_of(hook, false) && !harness_upcalls(t, NULL, 8, false))
			check_dropped(t, hook, XVS_DROP_TAIL_MISSING);
		else if (i != TAIL_HIT)
			test_fail(t, "nothing needed the tail");
		if (prog < 0 || bpf_map_update_elem(fd, &i, &prog, 0))
			test_fail(t, "the tail could not be put back");
		if (prog >= 0)
			close(prog);
		test_end_flush(t);
	}
	if (!t->list && !t->only && test_start(t, "drop/%s/tails-there", hook_name(hook))) {
		if (!n)
			test_fail(t, "no tails were found");
		test_end(t);
	}
}

static void test_bad_program(struct harness *t, enum xvs_hook hook)
{
	static const struct xvs_op change[] = {SET_DST, OP_OUT_LAST(2), {0}};
	int blocks = harness_map_fd("xvs_actions"), flows = harness_map_fd("xvs_flows");
	struct xvs_action_block block, saved;
	struct xvs_flow flow;
	__u32 slot, index;

	if (!test_start(t, "drop/%s/bad-program", hook_name(hook)))
		return;
	slot = harness_port_flow(t, PORT_IN, change);
	if (bpf_map_lookup_elem(flows, &slot, &flow)) {
		test_fail(t, "xvs_flows cannot be read");
	} else {
		index = flow.action[0].target;
		bpf_map_lookup_elem(blocks, &index, &saved);
		block = saved;
		block.op[0].kind = 200;
		bpf_map_update_elem(blocks, &index, &block, 0);
		run_layers(t, hook, udp4);
		check_dropped(t, hook, XVS_DROP_BAD_PROGRAM);
		bpf_map_update_elem(blocks, &index, &saved, 0);
	}
	test_end_flush(t);
}

void suite_drops(struct harness *t)
{
	for (int i = 0; i < 2; i++) {
		test_flow_reasons(t, hooks[i]);
		test_port_states(t, hooks[i]);
		test_unknown_device(t, hooks[i]);
		test_nested(t, hooks[i]);
		test_tail_missing(t, hooks[i]);
		test_bad_program(t, hooks[i]);
	}
	test_copy_blocked(t);
	test_egress_failed(t);
}
