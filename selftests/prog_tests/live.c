// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a test run cannot show: programs attached to devices, XDP's hand-over
 * to TC, tags beside the frame, the host's own address. Checksums and
 * segmentation are in offload.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"

#define UDP4(n) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(n)

static struct packet pkt;
static struct expect expected;
static union upcall_copy up;
static struct netdev_frame frame;
static struct run run;

static void send_packet(struct harness *t, __u16 port_no)
{
	frame = (struct netdev_frame){.len = pkt.len};
	memcpy(frame.data, pkt.data, pkt.len);
	if (netdev_send(t->port[port_no].sock, &frame, false))
		test_fail(t, "send: %s", strerror(errno));
}

/* --- tags beside the frame --- */

/* Parse rows with a tag, through the device: the kernel has taken the outer tag
 * out of the frame, and the key is the same. */
static void test_tagged_rows(struct harness *t, const struct parse_table *table)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct parse_row *row = &table->rows[i];
		struct xvs_flow_key want = row->want_key;

		if (!(row->flags & ROW_TAGGED) || !test_start(t, "live/tag/%s", row->name))
			continue;
		packet_build(&pkt, row->in, MAX_LAYERS);
		packet_trim(&pkt, row->cut, row->pad);
		send_packet(t, PORT_IN);
		wait_received(t, PORT_IN, 1);
		if (harness_upcalls(t, &up, 8, false) != 1) {
			test_fail(t, "no upcall");
		} else {
			struct totals d;

			want.in_port = PORT_IN;
			check_key(t, &up.head.key, &want);
			CHECK_EQ(t, up.head.flags & XVS_UPCALL_F_VLAN_META, XVS_UPCALL_F_VLAN_META);
			check_frame(t, "addresses", up.head.frame, 12, pkt.data, 12);
			check_frame(t, "behind the tag", up.head.frame + 12, up.head.len - 12,
				    pkt.data + 16, pkt.len - 16);
			harness_delta(t, &d);
			CHECK_EQ(t, d.port[PORT_IN].rx_bytes, pkt.len);
		}
		test_end(t);
	}
}

/* --- hand-over --- */

/* Two outputs: XDP looks up and leaves it to TC, which counts it, once. */
static void test_handed_up(struct harness *t)
{
	static const struct xvs_op ops[] = {OP_OUT(2), SET_DST, OP_OUT_LAST(3), {0}};
	static const struct layer layers[] = {UDP4(30), {0}};
	struct totals d;

	if (!test_start(t, "live/xdp/handed-to-tc"))
		return;
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	for (__u64 i = 1; i <= 3; i++) {
		send_packet(t, PORT_IN);
		wait_received(t, PORT_IN, i);
		expect_captured(t, &expected, expected.n);
	}
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 3);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 3);
	CHECK_EQ(t, d.counters.microflow_hits + d.counters.megaflow_hits, 3);
	CHECK_EQ(t, d.counters.megaflow_misses, 0);
	test_end_flush(t);
}

/* One output that takes a native redirect leaves at XDP. */
static void test_native_redirect(struct harness *t)
{
	static const struct xvs_op ops[] = {SET_DST, OP_PUSH(0x8100, 5), OP_OUT_LAST(2), {0}};
	static const struct layer layers[] = {UDP4(30), {0}};
	struct totals d;

	if (!test_start(t, "live/xdp/native-redirect"))
		return;
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	send_packet(t, PORT_IN);
	wait_received(t, PORT_IN, 1);
	expect_captured(t, &expected, 1);
	harness_delta(t, &d);
	CHECK_EQ(t, d.counters.handed_to_tc, 0);
	CHECK_EQ(t, d.port[2].tx_packets, 1);
	test_end_flush(t);
}

/* Without NAPI at the peer a native redirect is lost behind the program's back;
 * a tracepoint tells, and it is a drop of the output port. */
static void test_lost_redirect(struct harness *t)
{
	static const struct xvs_op ops[] = {OP_OUT_LAST(2), {0}};
	static const struct layer layers[] = {UDP4(30), {0}};
	struct totals d;

	if (!test_start(t, "live/xdp/lost-redirect-is-counted"))
		return;
	if (!dp_features(t->dp)->redirect_trace) {
		test_skip(t, "this kernel lets no program see the redirect tracepoints");
		return;
	}
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, layers, MAX_LAYERS);
	send_packet(t, PORT_IN);
	wait_received(t, PORT_IN, 1);
	for (int i = 0; i < 200; i++) {
		harness_delta(t, &d);
		if (d.drops[2][XVS_DROP_EGRESS_FAILED])
			break;
		usleep(5000);
	}
	CHECK_EQ(t, d.drops[2][XVS_DROP_EGRESS_FAILED], 1);
	CHECK_EQ(t, d.port[2].tx_packets, 1);
	CHECK_EQ(t, d.port[PORT_IN].forwarded, 1);
	test_end_flush(t);
}

/* An XDP program that claims whatever it likes in the metadata. */
static int forge_handover(const struct xvs_handover *h)
{
	const __u32 *words = (const __u32 *)h;
	struct bpf_insn insns[20] = {
		{.code = 0xbf, .dst_reg = 6, .src_reg = 1}, /* r6 = ctx */
		{.code = 0xb7, .dst_reg = 2, .imm = -(int)sizeof(*h)}, /* r2 = -16 */
		{.code = 0x85, .imm = BPF_FUNC_xdp_adjust_meta},
		{.code = 0x61, .dst_reg = 2, .src_reg = 6, .off = 8}, /* data_meta */
		{.code = 0x61, .dst_reg = 3, .src_reg = 6, .off = 0}, /* data */
		{.code = 0xbf, .dst_reg = 4, .src_reg = 2},
		{.code = 0x07, .dst_reg = 4, .imm = sizeof(*h)},
		{.code = 0x2d, .dst_reg = 4, .src_reg = 3, .off = 4}, /* r4 > r3: out */
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_XDP);
	size_t n = 8;

	for (__s16 i = 0; i < 4; i++)
		insns[n++] = (struct bpf_insn){
			.code = 0x62, .dst_reg = 2, .off = (__s16)(4 * i), .imm = (__s32)words[i]};
	insns[n++] = (struct bpf_insn){.code = 0xb7, .dst_reg = 0, .imm = XDP_PASS_CODE};
	insns[n++] = (struct bpf_insn){.code = 0x95};
	return bpf_prog_load(BPF_PROG_TYPE_XDP, "forge", "GPL", insns, n, &opts);
}

/* Sends one packet to the spare port (TC only) with a forged hand-over. */
static void send_forged(struct harness *t, const struct xvs_handover *h)
{
	int ifindex = t->port[PORT_SPARE].ifindex, fd = forge_handover(h);

	if (fd < 0 || bpf_xdp_attach(ifindex, fd, 1U << 2 /* native */, NULL)) {
		test_fail(t, "forger: %s", strerror(errno));
	} else {
		send_packet(t, PORT_SPARE);
		wait_received(t, PORT_SPARE, 1);
		bpf_xdp_detach(ifindex, 1U << 2, NULL);
	}
	if (fd >= 0)
		close(fd);
}

/* [I4]: metadata is a hint, and anybody's word. */
static void test_forged_handover(struct harness *t)
{
	static const struct layer layers[] = {UDP4(30), {0}};
	static const char *const names[] = {"true", "old-generation", "other-flow", "no-such-slot",
					    "no-magic"};
	struct xvs_flow_key key = {.in_port = PORT_SPARE}, other = {.in_port = 2};
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = 3};

	for (int i = 0; i < 5; i++) {
		struct xvs_handover h = {.magic = XVS_HANDOVER_MAGIC};
		struct xvs_flow flow = {0};
		struct totals d;
		__u32 slot, wrong;

		if (!test_start(t, "live/tc/handover-%s", names[i]))
			continue;
		arg.key = &key;
		slot = harness_flow(t, &arg);
		arg.key = &other;
		wrong = harness_flow(t, &arg);
		h.slot = i == 2 ? wrong : i == 3 ? 0x7fffffff : slot;
		bpf_map_lookup_elem(harness_map_fd("xvs_flows"), i == 3 ? &slot : &h.slot, &flow);
		h.generation = flow.generation - (i == 1);
		if (i == 4)
			h.magic ^= 1;
		packet_build(&pkt, layers, MAX_LAYERS);
		expect_program(&expected, pkt.data, pkt.len,
			       (const struct xvs_op[]){OP_OUT_LAST(3), {0}});
		send_forged(t, &h);
		expect_captured(t, &expected, 1);
		harness_delta(t, &d);
		/* A hint that holds saves the lookup; any other costs it. */
		CHECK_EQ(t, d.counters.microflow_hits, i == 0);
		CHECK_EQ(t, d.counters.megaflow_hits, i != 0);
		CHECK_EQ(t, d.port[PORT_SPARE].forwarded, 1);
		test_end_flush(t);
	}
}

/* --- the host's own address --- */

static void test_host(struct harness *t, enum xvs_hook hook, bool group)
{
	static const struct xvs_op out2[] = {OP_OUT_LAST(2), {0}};
	const struct layer to_host[] = {ETH_TO(.dst = {2, 0, 0, 0, 1, PORT_IN}, .src = MAC_VM1),
					TYPE(0x0800),
					IP4(.proto = PROTO_UDP),
					UDP(),
					DATA(9),
					{0}};
	const struct layer to_all[] = {ETH_TO(.dst = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					      .src = MAC_VM1),
				       TYPE(0x0800),
				       IP4(.proto = PROTO_UDP),
				       UDP(),
				       DATA(9),
				       {0}};
	struct totals d;

	if (!test_start(t, "host/%s/%s", hook_name(hook), group ? "broadcast" : "own-address"))
		return;
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | XVS_PORT_F_HOST);
	harness_port_flow(t, PORT_IN, out2);
	packet_build(&pkt, group ? to_all : to_host, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, out2);
	run = (struct run){.hook = hook, .port_no = PORT_IN, .in = pkt.data, .in_len = pkt.len};
	harness_run(t, &run);
	harness_delta(t, &d);
	CHECK_EQ(t, run.retval, hook == XVS_HOOK_XDP ? XDP_PASS_CODE : TC_OK_CODE);
	check_frame(t, "for the stack", run.out, run.out_len, pkt.data, pkt.len);
	if (hook == XVS_HOOK_XDP) {
		CHECK_EQ(t, d.port[PORT_IN].rx_packets, 0);
	} else {
		CHECK_EQ(t, d.port[PORT_IN].rx_packets, 1);
		CHECK_EQ(t, d.port[PORT_IN].consumed, !group);
		CHECK_EQ(t, d.port[PORT_IN].forwarded, group);
		expect_captured(t, &expected, group);
	}
	test_end(t);
	harness_ports_default(t);
	harness_flush(t);
}

void suite_live(struct harness *t)
{
	for (int group = 0; group < 2; group++) {
		test_host(t, XVS_HOOK_XDP, group);
		test_host(t, XVS_HOOK_TC, group);
	}
	test_tagged_rows(t, &rows_parse_eth);
	test_tagged_rows(t, &rows_parse_ip4);
	test_tagged_rows(t, &rows_parse_l4);

	harness_attach(t, PORT_SPARE, XVS_HOOK_TC);
	test_forged_handover(t);
	dp_detach(t->dp, PORT_SPARE);

	dp_detach(t->dp, PORT_IN);
	harness_attach(t, PORT_IN, XVS_HOOK_XDP);
	netdev_set_gro(t->port[2].peer, false);
	test_lost_redirect(t);
	netdev_set_gro(t->port[2].peer, true);
	test_handed_up(t);
	test_native_redirect(t);
	dp_detach(t->dp, PORT_IN);
	netdev_set_gro(t->port[2].peer, false);
	harness_attach(t, PORT_IN, XVS_HOOK_TC);
}
