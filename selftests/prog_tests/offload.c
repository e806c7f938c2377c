// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checksums and segmentation that a sender left to the device: what XDP must
 * not redirect, and that TC keeps them right through every rewrite.
 */
#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "expect.h"
#include "ops.h"
#include "rows.h"

#define TCP4(n) ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP(.flags = F_ACK), DATA(n)
#define UDP4(n) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(n)
#define TCP6(n) ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP(.flags = F_ACK), DATA(n)
#define UDP6(n) ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP(), DATA(n)

static struct packet pkt;
static struct expect expected;
static union upcall_copy up;
static struct netdev_frame frame;
static struct run run;

/* --- what a native redirect would lose --- */

struct hook_case {
	const char *name;
	struct layer in[MAX_LAYERS];
	__u16 in_flags, out_flags; /* added to those of the ports */
	bool to_tc;
};

static const struct hook_case hook_cases[] = {
	{"tcp/whole-checksum", {TCP4(9)}, .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"udp6/whole-checksum", {UDP6(9)}, .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"icmp/no-offload-exists",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP), ICMP(8, 0), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"arp/no-checksum", {ETH, TYPE(0x0806), ARP()}, .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"tcp/partial",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp/partial",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_PARTIAL), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"tcp6/partial",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp6/partial",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP_CSUM(CSUM_PARTIAL), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"tcp-vlan/partial",
	 {ETH, TAG(0x8100, 3), TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"tcp/partial-padded",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL), DATA(1)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp/no-checksum",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_NONE), DATA(28)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp/no-checksum-no-room",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_NONE), DATA(27)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"udp/no-checksum-empty",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_NONE)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"udp6/no-checksum",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP_CSUM(CSUM_NONE), DATA(28)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp6/no-checksum-no-room",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP_CSUM(CSUM_NONE), DATA(27)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"udp/tunnel",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(.dst = 4789), DATA(28)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp/tunnel-no-room",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(.dst = 4789), DATA(27)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK},
	{"sctp/no-checksum",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_SCTP), SCTP_CSUM(CSUM_NONE), DATA(9)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"gre/inner-unknown",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_GRE), DATA(60)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"udp/fragment",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, .frag = 0x2000), UDP(), DATA(24)},
	 .in_flags = XVS_PORT_F_CSUM_CHECK,
	 .to_tc = true},
	{"tcp/partial-of-a-wire",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL), DATA(9)},
	 .to_tc = false},
	{"tcp/gro-to-gso",
	 {TCP4(9)},
	 .in_flags = XVS_PORT_F_GRO,
	 .out_flags = XVS_PORT_F_GSO,
	 .to_tc = true},
	{"tcp/gro-only", {TCP4(9)}, .in_flags = XVS_PORT_F_GRO},
	{"tcp/gso-only", {TCP4(9)}, .out_flags = XVS_PORT_F_GSO},
	{"udp/gro-to-gso", {UDP4(9)}, .in_flags = XVS_PORT_F_GRO, .out_flags = XVS_PORT_F_GSO},
};

static void test_hook_choice(struct harness *t, const struct hook_case *c, bool program)
{
	static const struct xvs_op out[] = {OP_OUT_LAST(2), {0}},
				   change[] = {SET_DST, OP_OUT_LAST(2), {0}};
	const struct xvs_op *ops = program ? change : out;

	if (!test_start(t, "hook/%s/%s", program ? "program" : "output", c->name))
		return;
	harness_port_flags(t, PORT_IN, t->port[PORT_IN].flags | c->in_flags);
	harness_port_flags(t, 2, t->port[2].flags | c->out_flags);
	harness_port_flow(t, PORT_IN, ops);
	packet_build(&pkt, c->in, MAX_LAYERS);
	expect_program(&expected, pkt.data, pkt.len, ops);
	run = (struct run){
		.hook = XVS_HOOK_XDP, .port_no = PORT_IN, .in = pkt.data, .in_len = pkt.len};
	harness_run(t, &run);
	CHECK_EQ(t, run.retval, c->to_tc ? XDP_PASS_CODE : XDP_REDIRECT_CODE);
	if (c->to_tc)
		check_frame(t, "handed up", run.out, run.out_len, pkt.data, pkt.len);
	else
		check_frame(t, "redirected", run.out, run.out_len, expected.out[0].data,
			    expected.out[0].len);
	test_end(t);
	harness_ports_default(t);
	harness_flush(t);
}

static void test_multi_buffer(struct harness *t, bool sg)
{
	static const struct xvs_op out[] = {OP_OUT_LAST(2), {0}};
	static const struct layer layers[] = {UDP4(8900), {0}};

	if (!test_start(t, "hook/multi-buffer/%s", sg ? "taken" : "not-taken"))
		return;
	if (!sg)
		harness_port_flags(t, 2, t->port[2].flags & (__u16)~XVS_PORT_F_XDP_TX_SG);
	harness_port_flow(t, PORT_IN, out);
	packet_build(&pkt, layers, MAX_LAYERS);
	run = (struct run){
		.hook = XVS_HOOK_XDP, .port_no = PORT_IN, .in = pkt.data, .in_len = pkt.len};
	harness_run(t, &run);
	CHECK_EQ(t, run.retval, sg ? XDP_REDIRECT_CODE : XDP_PASS_CODE);
	check_frame(t, "frame", run.out, run.out_len, pkt.data, pkt.len);
	test_end(t);
	harness_ports_default(t);
	harness_flush(t);
}

/* Headers that end behind the first buffer are TC's business. */
static void test_short_first_buffer(struct harness *t)
{
	static const struct layer layers[] = {TCP6(2000), {0}};

	if (!test_start(t, "hook/headers-behind-first-buffer"))
		return;
	packet_build(&pkt, layers, MAX_LAYERS);
	run = (struct run){.hook = XVS_HOOK_XDP,
			   .port_no = PORT_IN,
			   .in = pkt.data,
			   .in_len = pkt.len,
			   .linear = 40,
			   .may_refuse = true};
	harness_run(t, &run);
	if (run.err) { /* kernels before 6.18 choose the first buffer themselves */
		test_skip(t, "this kernel's test run has no short first buffer");
		return;
	}
	CHECK_EQ(t, run.retval, XDP_PASS_CODE);
	check_frame(t, "frame", run.out, run.out_len, pkt.data, pkt.len);
	test_end(t);
}

/* --- checksums and segmentation left to the device --- */

struct offload_case {
	const char *name;
	struct xvs_op ops[12];
};

static const struct offload_case offload4[] = {
	{"output", {OP_OUT_LAST(2)}},
	{"ipv4-dst", {SET4_DST(IP4_GW), OP_OUT_LAST(2)}},
	{"ports", {SET_TP_SRC(1), SET_TP_DST(2), OP_OUT_LAST(2)}},
	{"nat", {SET_DST, SET4_SRC(IP4_GW), SET_TP_SRC(7), OP_TTL, OP_OUT_LAST(2)}},
	{"tos-ttl", {SET4_TOS(0xb8), OP_TTL, OP_OUT_LAST(2)}},
	{"push", {OP_PUSH(0x8100, 10), OP_OUT_LAST(2)}},
	{"push-two-nat",
	 {OP_PUSH(0x8100, 1), OP_PUSH(0x88a8, 2), SET4_DST(IP4_GW), OP_OUT_LAST(2)}},
	{"push-mpls", {OP_PUSH_MPLS(0x8847, 0x00064140), OP_OUT_LAST(2)}},
	{"nat-push-mpls", {SET4_DST(IP4_GW), OP_PUSH_MPLS(0x8847, 0x00064140), OP_OUT_LAST(2)}},
	{"push-mpls-push",
	 {OP_PUSH_MPLS(0x8847, 1), OP_PUSH_MPLS(0x8847, 2), OP_PUSH(0x8100, 3), OP_OUT_LAST(2)}},
	{"push-mpls-pop",
	 {OP_PUSH(0x88a8, 3), OP_PUSH_MPLS(0x8847, 1), OP_OUT(3), OP_POP_MPLS(0x0800),
	  OP_OUT_LAST(2)}},
	{"copies", {OP_OUT(3), SET4_DST(IP4_GW), OP_OUT(4), SET_TP_DST(5), OP_OUT_LAST(2)}},
};
static const struct offload_case offload6[] = {
	{"output", {OP_OUT_LAST(2)}},
	{"ipv6-dst", {SET6_DST, OP_OUT_LAST(2)}},
	{"ports", {SET_TP_SRC(1), SET_TP_DST(2), OP_OUT_LAST(2)}},
	{"route", {SET_DST, OP_TTL, SET6_TC(4), SET6_LABEL(9), OP_OUT_LAST(2)}},
	{"push-nat", {OP_PUSH(0x8100, 1), SET6_SRC, SET_TP_SRC(5), OP_OUT_LAST(2)}},
	{"nat-push-mpls", {SET6_SRC, SET_TP_SRC(5), OP_PUSH_MPLS(0x8847, 9), OP_OUT_LAST(2)}},
	{"push-mpls-pop",
	 {OP_PUSH_MPLS(0x8847, 1), OP_OUT(3), OP_POP_MPLS(0x86dd), OP_OUT_LAST(2)}},
};

struct offload_frame {
	const char *name;
	struct layer in[MAX_LAYERS]; /* its checksum is left partial */
	bool ipv6;
	__u16 csum_off;
	__u8 gso_type;
	__u16 gso_size;
};

static const struct offload_frame offload_frames[] = {
	{"tcp4",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	  DATA(1200)},
	 .csum_off = 16},
	{"udp4",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP_CSUM(CSUM_PARTIAL), DATA(333)},
	 .csum_off = 6},
	{"tcp6",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	  DATA(1200)},
	 .ipv6 = true,
	 .csum_off = 16},
	{"udp6",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP_CSUM(CSUM_PARTIAL), DATA(333)},
	 .ipv6 = true,
	 .csum_off = 6},
	{"gso-tcp4",
	 {ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	  DATA(30000)},
	 .csum_off = 16,
	 .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	 .gso_size = 1400},
	{"gso-tcp6",
	 {ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP), TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
	  DATA(30000)},
	 .ipv6 = true,
	 .csum_off = 16,
	 .gso_type = VIRTIO_NET_HDR_GSO_TCPV6,
	 .gso_size = 1400},
};

/* Completes what the device would, in place. */
static void finish(struct netdev_frame *f)
{
	if (f->partial)
		packet_csum_finish(f->data, f->len, f->csum_start, f->csum_off);
}

static void check_offloaded(struct harness *t, const struct offload_frame *of,
			    const struct expect_out *out, size_t i)
{
	static struct netdev_frame got;
	const char *error;
	char what[64];

	snprintf(what, sizeof(what), "output %zu, port %u", i, out->port_no);
	if (netdev_recv(t->port[out->port_no].vnet_sock, &got, true, 2000)) {
		test_fail(t, "%s: nothing arrived", what);
		return;
	}
	CHECK_EQ(t, got.partial, true);
	CHECK_EQ(t, got.gso_size, of->gso_size);
	finish(&got);
	check_frame(t, what, got.data, got.len, out->data, out->len);
	error = packet_csum_error(got.data, got.len);
	if (error)
		test_fail(t, "%s: %s is wrong once the device has completed it", what, error);
}

static void test_offload(struct harness *t, const struct offload_frame *of,
			 const struct offload_case *c)
{
	static struct netdev_frame whole;

	if (!test_start(t, "live/offload/%s/%s", of->name, c->name))
		return;
	packet_build(&pkt, of->in, MAX_LAYERS);
	frame = (struct netdev_frame){.len = pkt.len,
				      .partial = true,
				      .csum_start = (__u16)pkt.l4,
				      .csum_off = of->csum_off,
				      .gso_type = of->gso_type,
				      .gso_size = of->gso_size,
				      .gso_hdr_len = (__u16)pkt.headers};
	memcpy(frame.data, pkt.data, pkt.len);
	whole = frame;
	finish(&whole);
	expect_program(&expected, whole.data, whole.len, c->ops);
	harness_port_flow(t, PORT_IN, c->ops);
	for (int i = 1; i <= N_TEST_PORTS; i++)
		netdev_drain(t->port[i].vnet_sock);
	if (netdev_send(t->port[PORT_IN].vnet_sock, &frame, true))
		test_fail(t, "send: %s", strerror(errno));
	wait_received(t, PORT_IN, 1);
	for (size_t i = 0; i < expected.n; i++)
		check_offloaded(t, of, &expected.out[i], i);
	test_end(t);
	for (int i = 1; i <= N_TEST_PORTS; i++)
		netdev_drain(t->port[i].sock);
	harness_flush(t);
}

/* A large segment whose headers are not in the skb's head: the program pulls
 * them in, and the upcall carries the packet whole. */
static void test_headers_in_frags(struct harness *t)
{
	static const struct layer layers[] = {ETH,
					      TYPE(0x86dd),
					      IP6(.next = 0),
					      EXT6(PROTO_TCP, 9),
					      TCP_CSUM(CSUM_PARTIAL, .flags = F_ACK),
					      DATA(20000),
					      {0}};

	if (!test_start(t, "live/tc/headers-in-fragments"))
		return;
	packet_build(&pkt, layers, MAX_LAYERS);
	frame = (struct netdev_frame){.len = pkt.len, .gso_hdr_len = 14};
	memcpy(frame.data, pkt.data, pkt.len);
	/* A header length without segmentation is the linear part's length. */
	frame.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	frame.gso_size = 1400;
	frame.partial = true;
	frame.csum_start = (__u16)pkt.l4;
	frame.csum_off = 16;
	if (netdev_send(t->port[PORT_IN].vnet_sock, &frame, true))
		test_fail(t, "send: %s", strerror(errno));
	wait_received(t, PORT_IN, 1);
	CHECK_EQ(t, harness_upcalls(t, &up, 8, false), 1);
	check_frame(t, "upcall", up.head.frame, up.head.len, pkt.data, pkt.len);
	CHECK_EQ(t, up.head.key.nw_proto, PROTO_TCP);
	CHECK_EQ(t, up.head.key.tp_dst, XVS_BE16(PORT_DST));
	CHECK_EQ(t, up.head.gso_size, 1400);
	CHECK_EQ(t, up.head.l4_off, pkt.l4);
	test_end(t);
}

static void run_hook_cases(struct harness *t)
{
	for (size_t i = 0; i < sizeof(hook_cases) / sizeof(hook_cases[0]); i++) {
		test_hook_choice(t, &hook_cases[i], false);
		test_hook_choice(t, &hook_cases[i], true);
	}
	test_multi_buffer(t, true);
	test_multi_buffer(t, false);
	test_short_first_buffer(t);
}

static void run_offloads(struct harness *t)
{
	for (size_t i = 0; i < sizeof(offload_frames) / sizeof(offload_frames[0]); i++) {
		const struct offload_frame *of = &offload_frames[i];
		const struct offload_case *cases = of->ipv6 ? offload6 : offload4;
		size_t n = of->ipv6 ? sizeof(offload6) / sizeof(offload6[0])
				    : sizeof(offload4) / sizeof(offload4[0]);

		for (size_t k = 0; k < n; k++)
			test_offload(t, of, &cases[k]);
	}
	test_headers_in_frags(t);
}

void suite_offload(struct harness *t)
{
	run_hook_cases(t);
	run_offloads(t);
}
