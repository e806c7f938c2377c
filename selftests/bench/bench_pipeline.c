// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What pipelines cost, by BPF_PROG_RUN (the kernel's own 'duration', ways
 * interleaved in one run):
 *
 *   a hit of a flow whose translation crossed 1 table, and 40
 *   a hit through a select group, and through meters of both clocks
 *   a hit in a learning switch, and with one more rule that drops STP's frames
 *
 * and, in user space, the translation of a miss through 40 tables of 100,000
 * rules together.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "gen.skel.h"
#include "selftests/prog_tests/harness.h"
#include "selftests/prog_tests/rows.h"
#include "selftests/prog_tests/sw_text.h"

#define BASE4 0x0b000000u
#define ROUNDS 21
#define REPEAT 200000
#define N_TABLES 40
#define RULES_PER_TABLE 2500
#define MISSES 20000

/* The frame's destination says which rules it meets. */
enum way { WAY_ONE, WAY_FORTY, WAY_SELECT, WAY_METER, WAY_METER_FINE, N_WAYS };

static const char *const way_names[N_WAYS] = {
	[WAY_ONE] = "1 table",
	[WAY_FORTY] = "40 tables",
	[WAY_SELECT] = "a select group",
	[WAY_METER] = "a meter, jiffies",
	[WAY_METER_FINE] = "a meter, the finer clock",
};

static struct harness stage;
static struct gen_bpf *gen;
static struct packet pkt;
static union upcall_copy up;
static struct coverage coverage;
static struct sw_text text;

static void die(const char *what)
{
	fprintf(stderr, "bench_pipeline: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double run_ns(int repeat)
{
	struct xdp_md ctx = {.data_end = (__u32)pkt.len,
			     .ingress_ifindex = (__u32)stage.port[PORT_IN].ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = pkt.data, .data_size_in = (__u32)pkt.len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = repeat);
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(gen->maps.bench_next), &zero, &stage.xdp_fd, 0) ||
	    bpf_prog_test_run_opts(bpf_program__fd(gen->progs.bench_vary), &opts))
		die("BPF_PROG_RUN");
	return opts.duration;
}

static void build_frame(__u32 dst)
{
	const struct layer v4[] = {
		ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP, .src = BASE4, .dst = dst),
		UDP(), DATA(18),     {0}};

	packet_build(&pkt, v4, MAX_LAYERS);
	gen->bss->bench_base = BASE4;
	gen->data->bench_n_flows = 1;
}

/* The frame's flow comes into the cache as a miss would bring it there. */
static void serve_miss(void)
{
	struct run run = {.hook = XVS_HOOK_XDP, .port_no = PORT_IN};

	run.in = pkt.data;
	run.in_len = pkt.len;
	harness_run(&stage, &run);
	if (harness_upcalls(&stage, &up, 8, false) != 1) {
		fprintf(stderr, "bench_pipeline: the frame did not miss\n");
		exit(1);
	}
	sw_text_serve(&text, &up.head);
}

static void add_tables(void)
{
	char line[300];

	for (int t = 1; t < N_TABLES; t++) {
		if (t < N_TABLES - 1)
			snprintf(line, sizeof(line),
				 "table=%d,reg0=%d,actions=set_field:%d->reg0,goto_table:%d", t, t,
				 t + 1, t + 1);
		else
			snprintf(line, sizeof(line), "table=%d,reg0=%d,actions=output:2", t, t);
		sw_text_lines(&text, line);
	}
}

static void setup_ways(void)
{
	sw_text_init(&text, &stage, &coverage);
	sw_text_lines(
		&text,
		"meter meter=1,pktps,burst,bands=type=drop,rate=1000000000,burst_size=1000000000\n"
		"meter meter=2,pktps,burst,bands=type=drop,rate=1000000000,burst_size=1000\n"
		"group group_id=1,type=select,bucket=weight=1,actions=output:2\n"
		"ip,nw_dst=10.9.0.0,actions=output:2\n"
		"ip,nw_dst=10.9.0.1,actions=set_field:1->reg0,goto_table:1\n"
		"ip,nw_dst=10.9.0.2,actions=group:1\n"
		"ip,nw_dst=10.9.0.3,actions=meter:1,output:2\n"
		"ip,nw_dst=10.9.0.4,actions=meter:2,output:2");
	add_tables();
	for (int w = 0; w < N_WAYS; w++) {
		build_frame(0x0a090000u + (__u32)w);
		serve_miss();
	}
}

static void bench_hits(void)
{
	struct samples ns[N_WAYS] = {0}, ratio = {0}, added[N_WAYS] = {0};
	static const double goals[N_WAYS] = {
		[WAY_SELECT] = 10, [WAY_METER] = 20, [WAY_METER_FINE] = 50};
	struct totals d;

	harness_totals(&stage, &stage.before);
	for (int i = 0; i <= ROUNDS; i++) {
		double t[N_WAYS];

		for (int w = 0; w < N_WAYS; w++) {
			build_frame(0x0a090000u + (__u32)w);
			t[w] = run_ns(i ? REPEAT : REPEAT / 10);
		}
		for (int w = 0; i && w < N_WAYS; w++) {
			samples_add(&ns[w], t[w]);
			samples_add(&added[w], t[w] - t[WAY_ONE]);
		}
		if (i)
			samples_add(&ratio, t[WAY_FORTY] / t[WAY_ONE]);
	}
	harness_delta(&stage, &d);
	printf("A hit of a flow whose translation crossed\n");
	for (int w = 0; w < N_WAYS; w++)
		samples_print(&ns[w], way_names[w], "ns", 0);
	samples_print(&ratio, "40 tables / 1 table", "", 1.05);
	for (int w = WAY_SELECT; w < N_WAYS; w++)
		samples_print(&added[w], way_names[w], "ns added", goals[w]);
	if (d.port[2].tx_packets != (__u64)N_WAYS * (ROUNDS * REPEAT + REPEAT / 10))
		printf("#   only %llu packets were forwarded\n", d.port[2].tx_packets);
	harness_flush(&stage);
	sw_text_fini(&text);
}

/* NORMAL with and without the rule: two switches, each measured in turn. */
static void bench_stp(void)
{
	static const char *const rules[2] = {
		"priority=0,actions=normal",
		"priority=0,actions=normal\n"
		"priority=9,dl_dst=01:80:c2:00:00:00/ff:ff:ff:ff:ff:f0,actions=drop",
	};
	struct samples ns[2] = {0}, ratio = {0};

	for (int i = 0; i < ROUNDS; i++) {
		double t[2];

		for (int with = 0; with < 2; with++) {
			__u8 dst[6] = MAC_VM2;

			sw_text_init(&text, &stage, &coverage);
			sw_text_lines(&text, rules[with]);
			fdb_add_static(text.sw->fdb, dst, 0, 2, 1);
			build_frame(0x0a090000u);
			memcpy(pkt.data, dst, 6);
			serve_miss();
			run_ns(REPEAT / 10);
			t[with] = run_ns(REPEAT);
			samples_add(&ns[with], t[with]);
			harness_flush(&stage);
			sw_text_fini(&text);
		}
		samples_add(&ratio, t[1] / t[0]);
	}
	printf("A hit in a learning switch\n");
	samples_print(&ns[0], "one rule", "ns", 0);
	samples_print(&ns[1], "and one that drops STP frames", "ns", 0);
	samples_print(&ratio, "with / without", "", 0);
}

static double thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* In each table 2,499 rules that the packet does not meet and one that it does:
 * destinations, sources and ports of different lengths, as an access list has. */
static void fill_tables(void)
{
	char line[300];

	for (int t = 0; t < N_TABLES; t++) {
		for (int i = 1; i < RULES_PER_TABLE; i++) {
			snprintf(
				line, sizeof(line),
				"table=%d,priority=%d,udp,nw_dst=10.%d.%d.0/%d,nw_src=11.%d.0.0/16,"
				"tp_dst=%d,actions=drop",
				t, 100 + i % 50, i % 200 + 10, i / 200, 20 + i % 5, i % 250,
				i % 500 + 1);
			sw_text_lines(&text, line);
		}
		if (t < N_TABLES - 1)
			snprintf(line, sizeof(line), "table=%d,priority=1,actions=goto_table:%d", t,
				 t + 1);
		else
			snprintf(line, sizeof(line), "table=%d,priority=1,actions=output:2", t);
		sw_text_lines(&text, line);
	}
}

static void bench_misses(void)
{
	struct samples us = {0};
	double begin;

	sw_text_init(&text, &stage, &coverage);
	fill_tables();
	for (int r = 0; r < 11; r++) {
		begin = thread_ns();
		for (__u32 i = 0; i < MISSES; i++) {
			struct flow_key key = {.in_port = PORT_IN,
					       .dl_type = XVS_BE16(0x0800),
					       .nw_proto = PROTO_UDP,
					       .nw_src = XVS_BE32(0x0b000000u + i * 65521u),
					       .nw_dst = XVS_BE32(0x0a0a0000u + i * 257u),
					       .tp_dst = XVS_BE16(60000)};
			struct xlate_in in = {
				.env = &text.env, .sw = text.sw, .key = &key, .now_ms = 1};

			if (xlate(&in, &text.out) || text.out.verdict != XVS_VERDICT_OUTPUT)
				die("a packet did not come through");
		}
		samples_add(&us, (thread_ns() - begin) / MISSES / 1000);
	}
	printf("A miss through %d tables of %zu rules together\n", N_TABLES,
	       flow_table_count(text.sw->tables));
	samples_print(&us, "translation", "us", 0);
	sw_text_fini(&text);
}

int main(void)
{
	char error[600];
	__u32 zero = 0;

	bench_circumstances("pipelines");
	bench_pin(0);
	if (harness_open(&stage, error, sizeof(error))) {
		fprintf(stderr, "bench_pipeline: %s\n", error);
		return 1;
	}
	gen = gen_bpf__open_and_load();
	if (!gen)
		die("gen.bpf.o");
	bpf_map_update_elem(bpf_map__fd(gen->maps.bench_devmap), &zero, &stage.port[2].ifindex, 0);
	/* A test run of a program that is attached nowhere costs 20 ms. */
	if (bpf_xdp_attach((int)if_nametoindex("lo"), bpf_program__fd(gen->progs.bench_vary),
			   1U << 1 /* generic */, NULL))
		perror("# attaching to lo");
	setup_ways();
	bench_hits();
	bench_stp();
	bench_misses();
	gen_bpf__destroy(gen);
	harness_close(&stage);
	return stage.failures ? 1 : 0;
}
