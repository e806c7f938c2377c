// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What connection tracking costs a packet of an established TCP connection, by
 * BPF_PROG_RUN: one that is looked up, goes through ct(table=...) and is sent by the
 * flow behind it, against one that is sent by its first flow. Figures are the
 * kernel's own 'duration'; the two are interleaved.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "selftests/prog_tests/ct_stage.h"

#define ROUNDS 31
#define REPEAT 200000
#define CLIENT_PLAIN 2000
#define CLIENT_TRACKED 3000

static struct harness stage;

static const struct ct_packet ack = {
	.flags = F_ACK, .seq = 1001, .ack = 5001, .window = 1000, .payload = 18};

/* ns of the frame that was sent last. */
static double run_ns(enum xvs_hook hook)
{
	struct xdp_md xdp = {.data_end = (__u32)stage.pkt.len,
			     .ingress_ifindex = (__u32)stage.port[PORT_IN].ifindex};
	struct __sk_buff skb = {.ifindex = (__u32)stage.port[PORT_IN].ifindex};
	bool is_xdp = hook == XVS_HOOK_XDP;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = stage.pkt.data,
		    .data_size_in = (__u32)stage.pkt.len, .repeat = REPEAT,
		    .ctx_in = is_xdp ? (void *)&xdp : (void *)&skb,
		    .ctx_size_in = is_xdp ? sizeof(xdp) : sizeof(skb));

	if (bpf_prog_test_run_opts(is_xdp ? stage.xdp_fd : stage.tc_fd, &opts)) {
		perror("BPF_PROG_RUN");
		exit(1);
	}
	if (opts.retval != code_of(hook, true)) {
		fprintf(stderr, "bench_ct: the frame was not sent on\n");
		exit(1);
	}
	return opts.duration;
}

/* Packets with this client's port: exact flows, as those of a microflow are. */
static void put_flow(__u16 client, enum xvs_verdict verdict)
{
	static const struct xvs_op ops[] = {OP_CT_LAST(CT_SLOT), {0}};
	struct xvs_flow_key key = {.in_port = PORT_IN, .tp_src = XVS_BE16(client)};
	struct xvs_flow_key mask = {
		.in_port = 0xffff, .recirc_id = ~0u, .dl_type = 0xffff, .tp_src = 0xffff};
	struct flow_arg arg = {
		.key = &key, .mask = &mask, .verdict = verdict, .out_port = 2, .ops = ops};

	key.dl_type = XVS_BE16(0x0800);
	if (verdict == XVS_VERDICT_OUTPUT)
		arg.ops = NULL;
	harness_flow(&stage, &arg);
}

static void establish(void)
{
	static const struct xvs_ct_action commit = {
		.recirc_id = CT_RECIRC, .zone = CT_ZONE, .flags = XVS_CT_A_COMMIT};
	struct ct_packet p = {
		.client = CLIENT_TRACKED, .flags = F_SYN, .seq = 1000, .window = 1000};

	ct_track(&stage, &commit);
	ct_ask(&stage, &p);
	p = (struct ct_packet){.client = CLIENT_TRACKED,
			       .dir = 1,
			       .flags = F_SYN | F_ACK,
			       .seq = 5000,
			       .ack = 1001,
			       .window = 1000};
	ct_ask(&stage, &p);
	p = ack;
	p.client = CLIENT_TRACKED;
	ct_ask(&stage, &p);
	harness_flush(&stage);
	put_flow(CLIENT_PLAIN, XVS_VERDICT_OUTPUT);
	put_flow(CLIENT_TRACKED, XVS_VERDICT_CT);
	ct_behind(&stage, XVS_CT_TRK | XVS_CT_EST, 0xff, XVS_VERDICT_OUTPUT, 2);
}

static double run_client(enum xvs_hook hook, __u16 client)
{
	struct ct_packet p = ack;

	p.client = client;
	ct_send(&stage, hook, &p); /* builds the frame, and leaves the hints */
	return run_ns(hook);
}

static void bench_hook(enum xvs_hook hook, double goal)
{
	struct samples plain = {0}, added = {0};
	char label[64];

	for (int i = 0; i < ROUNDS; i++) {
		double without = run_client(hook, CLIENT_PLAIN);

		samples_add(&plain, without);
		samples_add(&added, run_client(hook, CLIENT_TRACKED) - without);
	}
	snprintf(label, sizeof(label), "%s: without ct", hook_name(hook));
	samples_print(&plain, label, "ns", 0);
	snprintf(label, sizeof(label), "%s: established TCP with ct", hook_name(hook));
	samples_print(&added, label, "ns added", goal);
}

int main(void)
{
	char error[600];

	bench_circumstances("an established connection by BPF_PROG_RUN");
	bench_pin(0);
	if (harness_open(&stage, error, sizeof(error))) {
		fprintf(stderr, "bench_ct: %s\n", error);
		return 1;
	}
	/* A test run of a program that is attached nowhere costs 20 ms. */
	if (bpf_xdp_attach((int)if_nametoindex("lo"), stage.xdp_fd, 1U << 1 /* generic */, NULL))
		perror("# attaching to lo");
	establish();
	bench_hook(XVS_HOOK_XDP, 25);
	bench_hook(XVS_HOOK_TC, 25);
	harness_close(&stage);
	return stage.failures ? 1 : 0;
}
