// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A host port: two ports on one device, of which one is the host's stack. What the
 * stack sends is run by the egress program; what goes from one of the two to the other
 * goes on, and marks tell what is the switch's own.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/pkt.h"
#include "expect.h"
#include "ops.h"
#include "rows.h"

#define PORT_HOST PORT_SPARE /* on the device of port 1 */
#define HOST_MARK 0x1234 /* the host's own */
#define DEVICE_FLAGS (XVS_PORT_F_USED | XVS_PORT_F_UP | XVS_PORT_F_SHARED)
#define HOST_FLAGS (XVS_PORT_F_USED | XVS_PORT_F_UP | XVS_PORT_F_STACK)

static struct expect expected;

static const struct layer udp4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(30),     {0}};
static const struct layer tagged[] = {ETH,   TAG(0x8100, 5), TYPE(0x0800), IP4(.proto = PROTO_UDP),
				      UDP(), DATA(30),       {0}};

static void set_port(struct harness *t, __u16 port_no, const struct xvs_port_entry *entry)
{
	int ret = dp_port_set(t->dp, port_no, entry);

	if (ret)
		test_fail(t, "dp_port_set(%u): %s", port_no, strerror(-ret));
}

static void share_device(struct harness *t, bool fail_open)
{
	const struct xvs_port_entry device = {.ifindex = (__u32)t->port[PORT_IN].ifindex,
					      .flags = DEVICE_FLAGS,
					      .hook = XVS_HOOK_XDP,
					      .fail_open = fail_open,
					      .mac = {2, 0, 0, 0, 1, PORT_IN},
					      .host_port = PORT_HOST};
	const struct xvs_port_entry host = {.ifindex = device.ifindex,
					    .flags = HOST_FLAGS,
					    .hook = XVS_HOOK_EGRESS,
					    .fail_open = fail_open,
					    .mac = {2, 0, 0, 0, 1, PORT_IN}};

	set_port(t, PORT_HOST, &host);
	set_port(t, PORT_IN, &device);
}

static void run_at(struct harness *t, enum xvs_hook hook, __u16 port_no, __u32 mark,
		   const struct layer *layers)
{
	packet_build(&t->pkt, layers, MAX_LAYERS);
	t->run = (struct run){.hook = hook,
			      .port_no = port_no,
			      .mark = mark,
			      .in = t->pkt.data,
			      .in_len = t->pkt.len};
	harness_run(t, &t->run);
}

/* --- between the two, and from and to others --- */

struct way {
	const char *name;
	enum xvs_hook hook;
	__u16 device; /* whose program runs */
	__u16 in, out; /* ports */
	__u32 code;
};

static const struct way ways[] = {
	{"tc/device-to-host", XVS_HOOK_TC, PORT_IN, PORT_IN, PORT_HOST, TC_OK_CODE},
	{"egress/host-to-device", XVS_HOOK_EGRESS, PORT_IN, PORT_HOST, PORT_IN, TC_OK_CODE},
	{"egress/host-to-other", XVS_HOOK_EGRESS, PORT_IN, PORT_HOST, 2, TC_REDIRECT_CODE},
	{"tc/other-to-host", XVS_HOOK_TC, 2, 2, PORT_HOST, TC_REDIRECT_CODE},
	{"tc/other-to-device", XVS_HOOK_TC, 2, 2, PORT_IN, TC_REDIRECT_CODE},
	{"tc/device-to-itself", XVS_HOOK_TC, PORT_IN, PORT_IN, PORT_IN, TC_REDIRECT_CODE},
	{"egress/host-to-itself", XVS_HOOK_EGRESS, PORT_IN, PORT_HOST, PORT_HOST, TC_REDIRECT_CODE},
};

/* What the frame's mark has to be behind the program. */
static __u32 mark_behind(const struct way *w)
{
	if (w->code == TC_OK_CODE || w->out == 2)
		return HOST_MARK;
	return w->out == PORT_HOST ? XVS_MARK_STACK : XVS_MARK_SENT;
}

static void test_way(struct harness *t, const struct way *w, const struct xvs_op *first)
{
	const struct xvs_op ops[] = {*first, OP_OUT_LAST(w->out), {0}};
	struct xvs_flow_key key = {.in_port = w->in};
	struct flow_arg arg = {
		.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = w->out, .ops = NULL};
	struct totals d;

	if (!test_start(t, "hostport/%s/%s", w->name, first->kind ? "changed" : "as-it-is"))
		return;
	share_device(t, false);
	if (first->kind)
		harness_port_flow(t, w->in, ops);
	else
		harness_flow(t, &arg);
	run_at(t, w->hook, w->device, HOST_MARK, udp4);
	CHECK_EQ(t, t->run.retval, w->code);
	CHECK_EQ(t, t->run.out_mark, mark_behind(w));
	if (first->kind) {
		expect_program(&expected, t->pkt.data, t->pkt.len, ops);
		check_frame(t, "changed", t->run.out, t->run.out_len, expected.out[0].data,
			    expected.out[0].len);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[w->in].rx_packets, 1);
	CHECK_EQ(t, d.port[w->in].forwarded, 1);
	CHECK_EQ(t, d.port[w->out].tx_packets, 1);
	test_end_flush(t);
}

/* Copies: a mark for each, and the packet's own again behind them. */
static void test_copies(struct harness *t)
{
	static const struct xvs_op ops[] = {
		OP_OUT(PORT_HOST), OP_OUT(2), OP_OUT_LAST(PORT_IN), {0}};
	static const struct xvs_op copied[] = {OP_OUT_LAST(2), {0}};
	struct totals d;

	if (!test_start(t, "hostport/egress/copies"))
		return;
	share_device(t, false);
	harness_port_flow(t, PORT_HOST, ops);
	run_at(t, XVS_HOOK_EGRESS, PORT_IN, HOST_MARK, udp4);
	CHECK_EQ(t, t->run.retval, TC_OK_CODE);
	CHECK_EQ(t, t->run.out_mark, HOST_MARK);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_HOST].forwarded, 1);
	CHECK_EQ(t, d.counters.clones, 2);
	expect_program(&expected, t->pkt.data, t->pkt.len, copied);
	expect_captured(t, &expected, 1);
	test_end_flush(t);
}

/* XDP leaves to the TC stage what the stack is to have. */
static void test_xdp(struct harness *t)
{
	struct xvs_flow_key key = {.in_port = PORT_IN};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = PORT_HOST};
	struct totals d;

	if (!test_start(t, "hostport/xdp/device-to-host"))
		return;
	share_device(t, false);
	harness_flow(t, &arg);
	run_at(t, XVS_HOOK_XDP, PORT_IN, 0, udp4);
	CHECK_EQ(t, t->run.retval, XDP_PASS_CODE);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 1);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	test_end_flush(t);
}

/* --- what is the switch's own --- */

static void test_mark(struct harness *t, enum xvs_hook hook, __u32 mark, __u32 code,
		      __u32 mark_left)
{
	struct totals d;

	if (!test_start(t, "hostport/%s/mark-%s", hook_name(hook),
			mark == XVS_MARK_STACK ? "stack" : "sent"))
		return;
	share_device(t, false);
	run_at(t, hook, PORT_IN, mark, udp4);
	CHECK_EQ(t, t->run.retval, code);
	CHECK_EQ(t, t->run.out_mark, mark_left);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets + d.port[PORT_HOST].rx_packets, 0);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 0);
	test_end_flush(t);
}

/* --- what the sender is told --- */

static void test_miss(struct harness *t)
{
	static union upcall_copy up;

	if (!test_start(t, "hostport/egress/miss-is-no-error"))
		return;
	share_device(t, false);
	run_at(t, XVS_HOOK_EGRESS, PORT_IN, 0, udp4);
	CHECK_EQ(t, t->run.retval, TC_REDIRECT_CODE);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	CHECK_EQ(t, up.head.port_no, PORT_HOST);
	CHECK_EQ(t, up.head.key.in_port, PORT_HOST);
	test_end_flush(t);
}

static void test_drop(struct harness *t)
{
	struct xvs_flow_key key = {.in_port = PORT_HOST};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_DROP, .reason = XVS_DROP_POLICY};
	struct totals d;

	if (!test_start(t, "hostport/egress/drop-is-an-error"))
		return;
	share_device(t, false);
	harness_flow(t, &arg);
	run_at(t, XVS_HOOK_EGRESS, PORT_IN, 0, udp4);
	CHECK_EQ(t, t->run.retval, TC_SHOT_CODE);
	harness_delta(t, &d);
	CHECK_EQ(t, d.drops[PORT_HOST][XVS_DROP_POLICY], 1);
	test_end_flush(t);
}

/* A tag that the host has put into the frame is beside it for the steps. */
static void test_tag(struct harness *t)
{
	static const struct xvs_op ops[] = {OP_POP, OP_OUT_LAST(PORT_IN), {0}};

	if (!test_start(t, "hostport/egress/tag-in-the-frame"))
		return;
	share_device(t, false);
	harness_port_flow(t, PORT_HOST, ops);
	run_at(t, XVS_HOOK_EGRESS, PORT_IN, 0, tagged);
	CHECK_EQ(t, t->run.retval, TC_OK_CODE);
	CHECK_EQ(t, t->run.out_len, t->pkt.len - 4);
	test_end_flush(t);
}

/* No host port: nobody's business. */
static void test_not_shared(struct harness *t)
{
	struct totals d;

	if (!test_start(t, "hostport/egress/no-host-port"))
		return;
	run_at(t, XVS_HOOK_EGRESS, PORT_IN, HOST_MARK, udp4);
	CHECK_EQ(t, t->run.retval, TC_OK_CODE);
	CHECK_EQ(t, t->run.out_mark, HOST_MARK);
	harness_delta(t, &d);
	CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	test_end(t);
}

/* --- without a daemon --- */

/* As if every CPU had seen the ring as it is for so long. */
static void age_notes(struct harness *t, __u32 seconds)
{
	int n_cpus = libbpf_num_possible_cpus();
	size_t size = (sizeof(struct xvs_scratch) + 7) & ~7UL;
	__u8 *all = calloc((size_t)n_cpus, size);
	int fd = harness_map_fd("xvs_scratch");
	__u32 key = 0;

	if (!all || bpf_map_lookup_elem(fd, &key, all))
		test_fail(t, "xvs_scratch cannot be read");
	for (int i = 0; all && i < n_cpus; i++) {
		struct xvs_scratch *scratch =
			(struct xvs_scratch *)(void *)(all + size * (size_t)i);

		if (scratch->ring_jiffies)
			scratch->ring_jiffies -= (__u64)seconds * dp_shared(t->dp)->config->hz;
	}
	if (!all || bpf_map_update_elem(fd, &key, all, BPF_ANY))
		test_fail(t, "xvs_scratch cannot be written");
	free(all);
}

/* Of two misses the first waits in the ring; what becomes of the second, a while later? */
static void test_unserved(struct harness *t, enum xvs_hook hook, bool fail_open, __u32 seconds)
{
	__u16 in = hook == XVS_HOOK_EGRESS ? PORT_HOST : PORT_IN;
	bool passes = fail_open && seconds > XVS_UNSERVED_S;
	struct totals d;

	if (!test_start(t, "hostport/%s/fail-%s/%us", hook_name(hook),
			fail_open ? "open" : "closed", seconds))
		return;
	share_device(t, fail_open);
	for (int i = 0; i < 2; i++) /* the first finds an empty ring */
		run_at(t, hook, PORT_IN, 0, udp4);
	age_notes(t, seconds);
	run_at(t, hook, PORT_IN, 0, udp4);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.failed_open, passes && hook != XVS_HOOK_XDP);
	CHECK_EQ(t, d.counters.handed_to_tc, passes && hook == XVS_HOOK_XDP);
	CHECK_EQ(t, d.port[in].consumed, passes && hook != XVS_HOOK_XDP);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 3 - passes);
	if (passes)
		CHECK_EQ(t, t->run.retval, hook == XVS_HOOK_XDP ? XDP_PASS_CODE : TC_OK_CODE);
	run_at(t, hook, PORT_IN, 0, udp4);
	CHECK_EQ(t, harness_upcalls(t, NULL, 8, false), 1);
	test_end_flush(t);
}

void suite_host(struct harness *t)
{
	static const struct xvs_op as_it_is = {0},
				   changed = OP_SET(ETH, 0, 0, 0xffffffff, 0x02fe1234);
	static const enum xvs_hook hooks[] = {XVS_HOOK_XDP, XVS_HOOK_TC, XVS_HOOK_EGRESS};

	test_not_shared(t);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		test_way(t, &ways[i], &as_it_is);
		test_way(t, &ways[i], &changed);
	}
	test_copies(t);
	test_xdp(t);
	test_mark(t, XVS_HOOK_EGRESS, XVS_MARK_SENT, TC_OK_CODE, 0);
	test_mark(t, XVS_HOOK_EGRESS, XVS_MARK_STACK, TC_REDIRECT_CODE, XVS_MARK_STACK);
	test_mark(t, XVS_HOOK_TC, XVS_MARK_STACK, TC_OK_CODE, 0);
	test_miss(t);
	test_drop(t);
	test_tag(t);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		test_unserved(t, hooks[i], true, XVS_UNSERVED_S + 1);
		test_unserved(t, hooks[i], true, 1);
		test_unserved(t, hooks[i], false, XVS_UNSERVED_S + 1);
	}
	dp_port_clear(t->dp, PORT_IN);
	dp_port_clear(t->dp, PORT_HOST);
	harness_ports_default(t);
}
