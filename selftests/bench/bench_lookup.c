// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a lookup costs, by BPF_PROG_RUN: a microflow hit against a program that
 * only redirects (G2), a mask that misses against a lookup in a BPF hash map
 * (G3), and the memory of the tables. Figures are the kernel's own 'duration';
 * what is compared is interleaved.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "gen.skel.h"
#include "selftests/prog_tests/harness.h"
#include "selftests/prog_tests/rows.h"

#define BASE4 0x0b000000u
#define ROUNDS 15
#define REPEAT 200000
#define MAX_LOOKUPS 16
#define HASH_KEYS 32768

static struct harness stage;
static struct gen_bpf *gen;
static struct packet pkt;
static union upcall_copy up;

/* ns per repetition; 'prog_fd' or what the variator goes on to. */
static double run_ns(int prog_fd, int repeat)
{
	struct xdp_md ctx = {.data_end = (__u32)pkt.len,
			     .ingress_ifindex = (__u32)stage.port[PORT_IN].ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = pkt.data, .data_size_in = (__u32)pkt.len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = repeat);

	if (bpf_prog_test_run_opts(prog_fd, &opts)) {
		perror("BPF_PROG_RUN");
		exit(1);
	}
	return opts.duration;
}

static double run_next(int next_fd, int repeat)
{
	__u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(gen->maps.bench_next), &zero, &next_fd, 0)) {
		perror("bench_next");
		exit(1);
	}
	return run_ns(bpf_program__fd(gen->progs.bench_vary), repeat);
}

static void build_frame(bool ipv6)
{
	const struct layer v4[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP, .src = BASE4),
				   UDP(), DATA(18),     {0}};
	const struct layer v6[] = {ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP(), DATA(18), {0}};

	packet_build(&pkt, ipv6 ? v6 : v4, MAX_LAYERS);
	gen->bss->bench_ipv6 = ipv6;
	gen->bss->bench_base = BASE4;
}

/* Puts the varied word into the frame's key. */
static void vary_key(struct xvs_flow_key *key, bool ipv6, __u32 i)
{
	__be32 word = XVS_BE32(BASE4 + i);

	if (ipv6)
		memcpy(key->ipv6_src + 12, &word, 4);
	else
		key->nw_src = word;
}

static struct xvs_flow_key learn(bool ipv6)
{
	struct run run = {.hook = XVS_HOOK_XDP, .port_no = PORT_IN, .in_len = 0};

	build_frame(ipv6);
	run.in = pkt.data;
	run.in_len = pkt.len;
	harness_run(&stage, &run);
	if (harness_upcalls(&stage, &up, 8, false) != 1) {
		fprintf(stderr, "bench: the frame did not miss\n");
		exit(1);
	}
	return up.head.key;
}

static void put_exact_flows(bool ipv6, __u32 n)
{
	struct xvs_flow_key key = learn(ipv6);
	struct flow_arg arg = {.key = &key, .verdict = XVS_VERDICT_OUTPUT, .out_port = 2};

	for (__u32 i = 0; i < n; i++) {
		vary_key(&key, ipv6, i);
		harness_flow(&stage, &arg);
	}
	gen->data->bench_n_flows = n;
	gen->bss->bench_counter = 0;
}

static void bench_hit(bool ipv6, __u32 n)
{
	struct samples added = {0}, floor = {0};
	struct totals d;
	char label[64];

	put_exact_flows(ipv6, n);
	run_next(stage.xdp_fd, (int)n * 2); /* hints are written */
	harness_totals(&stage, &stage.before);
	for (int i = 0; i < ROUNDS; i++) {
		double bare = run_next(bpf_program__fd(gen->progs.bench_redirect), REPEAT);

		samples_add(&floor, bare);
		samples_add(&added, run_next(stage.xdp_fd, REPEAT) - bare);
	}
	harness_delta(&stage, &d);
	snprintf(label, sizeof(label), "%s, %u flows (%.0f %% by hints)", ipv6 ? "IPv6" : "IPv4", n,
		 100.0 * (double)d.counters.microflow_hits / ((double)ROUNDS * REPEAT));
	samples_print(&added, label, "ns added", n == 1 ? 25 : 0);
	if (d.port[2].tx_packets != (__u64)ROUNDS * REPEAT)
		printf("#   only %llu of %d packets were forwarded\n", d.port[2].tx_packets,
		       ROUNDS * REPEAT);
	if (n == 1)
		samples_print(&floor, "  (redirect only, the frame varied)", "ns", 0);
	harness_flush(&stage);
}

/*
 * ns of one lookup in a BPF hash map of 40-byte keys, 'n_keys' of them in use
 * and looked up in turn: by itself, or (per_run > 1) one of several that do not
 * wait for each other, as the masks of a classifier do not either.
 */
static double hash_lookup_ns(__u32 n_keys, __u32 per_run)
{
	int fd = bpf_program__fd(gen->progs.bench_hash);
	struct samples s = {0};

	gen->data->bench_n_keys = n_keys;
	for (int i = 0; i < ROUNDS; i++) {
		double none, all;

		gen->bss->bench_lookups = 0;
		none = run_ns(fd, REPEAT);
		gen->bss->bench_lookups = per_run;
		all = run_ns(fd, REPEAT);
		samples_add(&s, (all - none) / per_run);
	}
	return samples_median(&s);
}

/* 'n' masks of three words that the packet does not match, then its own. */
static void put_masks(int n)
{
	struct xvs_flow_key base = learn(false);
	struct flow_arg hit = {.key = &base, .verdict = XVS_VERDICT_OUTPUT, .out_port = 2};

	for (int i = 0; i < n; i++) {
		struct xvs_flow_key key, mask = {.in_port = 0xffff, .dl_type = 0xffff};
		struct flow_arg arg = {
			.key = &key, .mask = &mask, .verdict = XVS_VERDICT_OUTPUT, .out_port = 3};

		mask.w[XVS_KEY_W_IPV4] = ~0ULL >> i % 64;
		for (int k = 0; k < XVS_KEY_WORDS; k++)
			key.w[k] = base.w[k] & mask.w[k];
		key.w[XVS_KEY_W_IPV4] = ~base.w[XVS_KEY_W_IPV4] & mask.w[XVS_KEY_W_IPV4];
		harness_flow(&stage, &arg);
	}
	harness_flow(&stage, &hit);
	gen->data->bench_n_flows = 1;
	gen->bss->bench_counter = 0;
}

static void print_hash_ratios(double slope)
{
	static const __u32 keys[] = {1, 1024, HASH_KEYS};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		double one = hash_lookup_ns(keys[i], 1),
		       many = hash_lookup_ns(keys[i], MAX_LOOKUPS);

		printf("  BPF hash lookup, %5u keys: %5.1f ns alone, %5.1f ns of %d; G3 ratio %.2f, "
		       "%.2f   goal <= 0.20\n",
		       keys[i], one, many, MAX_LOOKUPS, slope / one, slope / many);
	}
}

static void bench_masks(void)
{
	static const int counts[] = {0, 1, 2, 4, 8, 16, 32, 64};
	enum { N = sizeof(counts) / sizeof(counts[0]) };
	double at[N], sx = 0, sy = 0, sxx = 0, sxy = 0, slope;
	__u32 flags = dp_flags(stage.dp);

	printf("A mask that misses (hints off), against a BPF hash lookup (40-byte key)\n");
	dp_set_flags(stage.dp, flags & ~(__u32)XVS_CONTROL_MICROFLOW);
	for (int i = 0; i < N; i++) {
		struct samples s = {0};
		char label[64];

		put_masks(counts[i]);
		for (int k = 0; k < ROUNDS; k++) {
			double bare = run_next(bpf_program__fd(gen->progs.bench_redirect), REPEAT);

			samples_add(&s, run_next(stage.xdp_fd, REPEAT / 2) - bare);
		}
		snprintf(label, sizeof(label), "megaflow hit behind %d masks", counts[i]);
		samples_print(&s, label, "ns added", 0);
		at[i] = samples_median(&s);
		harness_flush(&stage);
	}
	dp_set_flags(stage.dp, flags);
	for (int i = 1; i < N; i++) {
		sx += counts[i];
		sy += at[i];
		sxx += (double)counts[i] * counts[i];
		sxy += counts[i] * at[i];
	}
	slope = ((N - 1) * sxy - sx * sy) / ((N - 1) * sxx - sx * sx);
	printf("  slope %.2f ns a mask\n", slope);
	print_hash_ratios(slope);
}

static void fill_hash(void)
{
	for (__u64 i = 0; i < HASH_KEYS; i++) {
		__u64 key[5] = {i, 0, 0x1234567}, value = i;

		bpf_map_update_elem(bpf_map__fd(gen->maps.bench_hash_map), key, &value, 0);
	}
}

static void print_memory(void)
{
	struct dp_memory m;

	dp_memory(stage.dp, &m);
	printf("Memory, %d flows\n", XVS_FLOW_LIMIT_DEFAULT);
	printf("  fixed %.2f MiB, each possible CPU %.2f MiB, all maps on this machine %.2f MiB"
	       "   goal <= 48 on 2 CPUs\n",
	       (double)m.fixed_bytes / 1048576, (double)m.per_cpu_bytes / 1048576,
	       (double)m.total_bytes / 1048576);
}

int main(void)
{
	static const __u32 flows[] = {1, 1024, 32768};
	char error[600];
	__u32 zero = 0;

	bench_circumstances("lookup by BPF_PROG_RUN");
	bench_pin(0);
	if (harness_open(&stage, error, sizeof(error))) {
		fprintf(stderr, "bench_lookup: %s\n", error);
		return 1;
	}
	gen = gen_bpf__open_and_load();
	if (!gen) {
		fprintf(stderr, "bench_lookup: gen.bpf.o: %s\n", strerror(errno));
		return 1;
	}
	bpf_map_update_elem(bpf_map__fd(gen->maps.bench_devmap), &zero, &stage.port[2].ifindex, 0);
	fill_hash();
	/* A test run of a program that is attached nowhere costs 20 ms. */
	if (bpf_xdp_attach((int)if_nametoindex("lo"), bpf_program__fd(gen->progs.bench_vary),
			   1U << 1 /* generic */, NULL))
		perror("# attaching to lo");
	printf("Microflow hit, over a program that only redirects\n");
	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++)
			bench_hit(ipv6, flows[i]);
	bench_masks();
	print_memory();
	gen_bpf__destroy(gen);
	harness_close(&stage);
	return stage.failures ? 1 : 0;
}
