// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets a second of live frames, veth to veth, in one network name space:
 *
 *   generator --> xpN | xvN  ==(what is measured)==>  xvM | xpM --> count, drop
 *
 * The generator is one BPF_PROG_RUN with BPF_F_TEST_XDP_LIVE_FRAMES; everything
 * runs on its CPU, so that ns per packet are those of the whole way. Ways:
 *
 *   gen      dropped where it is made: the generator by itself
 *   sink     counted at the first device: the generator and its way there
 *   bare     a program that only redirects: the floor
 *   xdp      xvs, hook=xdp, microflow hit (G1, G6)
 *   tc       xvs, hook=tc (G7)
 *   bridge   the Linux bridge, address learned
 *
 * The ways are interleaved; a ratio is taken of each round.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "gen.skel.h"
#include "selftests/prog_tests/harness.h"
#include "selftests/prog_tests/rows.h"

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif
#define XDP_NATIVE (1U << 2)

enum way { WAY_GEN, WAY_SINK, WAY_BARE, WAY_XDP, WAY_TC, WAY_BRIDGE, N_WAYS };

static const struct way_devices {
	const char *name;
	const char *in, *in_peer, *out, *out_peer;
} ways[N_WAYS] = {
	[WAY_GEN] = {"gen", NULL, NULL, NULL, NULL},
	[WAY_SINK] = {"sink", "sv1", "sp1", NULL, NULL},
	[WAY_BARE] = {"bare", "bv1", "bp1", "bv2", "bp2"},
	[WAY_XDP] = {"xdp", "xv1", "xp1", "xv2", "xp2"},
	[WAY_TC] = {"tc", "xv3", "xp3", "xv4", "xp4"},
	[WAY_BRIDGE] = {"bridge", "hv1", "hp1", "hv2", "hp2"},
};

static struct harness stage;
static struct gen_bpf *gen;
static struct packet pkt;
static int n_packets = 1000000, n_rounds = 9;

static void die(const char *what, int err)
{
	fprintf(stderr, "bench_live: %s: %s\n", what, strerror(err < 0 ? -err : errno));
	exit(1);
}

static void attach_xdp(const char *dev, const struct bpf_program *prog)
{
	int ret = bpf_xdp_attach((int)if_nametoindex(dev), bpf_program__fd(prog), XDP_NATIVE, NULL);

	if (ret)
		die(dev, ret);
}

static void devmap_set(__u32 index, const char *dev)
{
	__u32 ifindex = if_nametoindex(dev);

	if (bpf_map_update_elem(bpf_map__fd(gen->maps.bench_devmap), &index, &ifindex, 0))
		die(dev, 0);
}

static __u64 counted(void)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc((size_t)cpus, sizeof(*values)), sum = 0;
	__u32 zero = 0;

	if (!values || bpf_map_lookup_elem(bpf_map__fd(gen->maps.bench_counted), &zero, values))
		die("bench_counted", 0);
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	free(values);
	return sum;
}

static void make_pairs(void)
{
	for (int w = 0; w < N_WAYS; w++) {
		/* The stage has its own already. */
		if (w == WAY_XDP || w == WAY_TC || !ways[w].in)
			continue;
		if (netdev_veth(ways[w].in, ways[w].in_peer) ||
		    (ways[w].out && netdev_veth(ways[w].out, ways[w].out_peer)))
			die(ways[w].in, 0);
	}
}

/* Lets the bridge know where the receiver is; its netfilter calls off. */
static void setup_bridge(void)
{
	const char *ports[] = {ways[WAY_BRIDGE].in, ways[WAY_BRIDGE].out};
	const struct layer hello[] = {
		ETH_TO(.dst = MAC_VM1, .src = MAC_VM2), TYPE(0x88b5), DATA(46), {0}};
	static struct netdev_frame frame;
	int fd = open("/proc/sys/net/bridge/bridge-nf-call-iptables", O_WRONLY | O_CLOEXEC);
	int sock;

	if (fd >= 0 && write(fd, "0", 1) != 1)
		perror("# bridge-nf-call-iptables");
	if (fd >= 0)
		close(fd);
	if (netdev_bridge("br0", ports, 2))
		die("br0", 0);
	/* Ports forward once the bridge's forward delay has been set to none; a
	 * bridge without STP forwards at once. */
	sock = netdev_socket((int)if_nametoindex(ways[WAY_BRIDGE].out_peer), false);
	packet_build(&pkt, hello, MAX_LAYERS);
	frame.len = pkt.len;
	memcpy(frame.data, pkt.data, pkt.len);
	if (sock < 0 || netdev_send(sock, &frame, false))
		die("hello", 0);
	close(sock);
}

static void setup_flows(void)
{
	for (__u16 port = 1; port <= 3; port += 2) {
		struct xvs_flow_key key = {.in_port = port,
					   .dl_dst = MAC_VM2,
					   .dl_src = MAC_VM1,
					   .dl_type = XVS_BE16(0x0800),
					   .nw_proto = PROTO_UDP};
		struct xvs_flow_key mask = {.in_port = 0xffff, .dl_type = 0xffff, .nw_proto = 0xff};
		struct flow_arg arg = {.key = &key,
				       .mask = &mask,
				       .verdict = XVS_VERDICT_OUTPUT,
				       .out_port = (__u16)(port + 1)};

		/* As NORMAL makes them: the addresses matter. */
		memset(mask.dl_dst, 0xff, 6);
		memset(mask.dl_src, 0xff, 6);
		harness_flow(&stage, &arg);
	}
}

static void setup(void)
{
	make_pairs();
	gen->bss->bench_out = 8;
	devmap_set(8, ways[WAY_BARE].out);
	for (__u32 w = 0; w < N_WAYS; w++) {
		if (!ways[w].in)
			continue;
		devmap_set(w, ways[w].in_peer);
		if (ways[w].out)
			attach_xdp(ways[w].out_peer, gen->progs.bench_count);
	}
	attach_xdp(ways[WAY_SINK].in, gen->progs.bench_count);
	attach_xdp(ways[WAY_BARE].in, gen->progs.bench_redirect);
	dp_detach(stage.dp, PORT_IN);
	harness_attach(&stage, 1, XVS_HOOK_XDP);
	harness_attach(&stage, 3, XVS_HOOK_TC);
	/* NAPI, which a redirected frame needs where no program is. */
	if (netdev_set_gro(ways[WAY_TC].in, true) || netdev_set_gro(ways[WAY_BRIDGE].in, true))
		die("gro", 0);
	setup_bridge();
	setup_flows();
}

/* ns per packet that arrived, by the kernel's own clock: a call costs some 12 ms
 * of set-up, which its 'duration' leaves out. */
static double run_way(enum way way, int n)
{
	int fd = bpf_program__fd(way == WAY_GEN ? gen->progs.bench_count : gen->progs.bench_gen);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = pkt.data, .data_size_in = (__u32)pkt.len,
		    .repeat = n, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	__u64 before = counted(), arrived;

	gen->bss->bench_target = way;
	if (bpf_prog_test_run_opts(fd, &opts))
		die("live frames", 0);
	arrived = counted() - before;
	if (arrived < (__u64)n * 999 / 1000)
		printf("#   %s: %llu of %d packets arrived\n", ways[way].name, arrived, n);
	return arrived ? (double)opts.duration * n / (double)arrived : 0;
}

/* What a rule that drops STP's frames costs every other frame on the bridge; what
 * it costs here is bench_pipeline's. */
static void measure_stp_rule(void)
{
	static const char *const change[2] = {
		"nft delete table bridge xvs_bench",
		"nft 'add table bridge xvs_bench; add chain bridge xvs_bench forward "
		"{ type filter hook forward priority 0; }; add rule bridge xvs_bench forward "
		"ether daddr and ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop'",
	};
	struct samples ns[2] = {0}, ratio = {0};

	if (system("command -v nft >/dev/null")) {
		printf("A rule that drops STP frames on the bridge: not measured, there is no nft\n");
		return;
	}
	for (int i = 0; i < n_rounds; i++) {
		double t[2];

		for (int with = 0; with < 2; with++) {
			if ((with || i) && system(change[with]))
				die("nft", 0);
			t[with] = run_way(WAY_BRIDGE, n_packets);
			samples_add(&ns[with], t[with]);
		}
		samples_add(&ratio, t[1] / t[0]);
	}
	printf("The Linux bridge, with an nftables rule that drops STP frames\n");
	samples_print(&ns[0], "without", "ns a packet", 0);
	samples_print(&ns[1], "with", "ns a packet", 0);
	samples_print(&ratio, "with / without", "", 0);
}

static void measure(void)
{
	const struct layer udp[] = {ETH,   TYPE(0x0800), IP4(.proto = PROTO_UDP),
				    UDP(), DATA(18),     {0}};
	struct samples ns[N_WAYS] = {0}, g1 = {0}, whole = {0}, raw = {0}, g6 = {0}, g7 = {0},
		       xb = {0};

	packet_build(&pkt, udp, MAX_LAYERS);
	for (int w = 0; w < N_WAYS; w++)
		run_way((enum way)w, n_packets / 10);
	for (int i = 0; i < n_rounds; i++) {
		double t[N_WAYS];

		for (int w = 0; w < N_WAYS; w++) {
			t[w] = run_way((enum way)w, n_packets);
			samples_add(&ns[w], t[w]);
		}
		samples_add(&g1, (t[WAY_XDP] - t[WAY_SINK]) / (t[WAY_BARE] - t[WAY_SINK]));
		samples_add(&whole, (t[WAY_XDP] - t[WAY_GEN]) / (t[WAY_BARE] - t[WAY_GEN]));
		samples_add(&raw, t[WAY_XDP] / t[WAY_BARE]);
		samples_add(&g6, t[WAY_BARE] / t[WAY_XDP]);
		samples_add(&xb, t[WAY_BRIDGE] / t[WAY_XDP]);
		samples_add(&g7, t[WAY_BRIDGE] / t[WAY_TC]);
	}
	printf("Live frames of %zu bytes, %d rounds of %d packets\n", pkt.len, n_rounds, n_packets);
	for (int w = 0; w < N_WAYS; w++)
		samples_print(&ns[w], ways[w].name, "ns a packet", 0);
	samples_print(&g1, "G1 xdp / bare, generator and its way taken off", "", 1.25);
	samples_print(&whole, "   xdp / bare, generator alone taken off", "", 0);
	samples_print(&raw, "   xdp / bare, raw", "", 0);
	samples_print(&g6, "G6 packets/s, xdp / bare", "", -0.85);
	samples_print(&xb, "   packets/s, xdp / bridge", "", 0);
	samples_print(&g7, "G7 packets/s, tc / bridge", "", -1.5);
}

int main(int argc, char **argv)
{
	char error[600];

	if (argc > 1)
		n_rounds = atoi(argv[1]);
	if (argc > 2)
		n_packets = atoi(argv[2]);
	if (argc > 3 || n_rounds < 1 || n_rounds > MAX_SAMPLES || n_packets < 1000) {
		fprintf(stderr, "usage: bench_live [ROUNDS [PACKETS]]\n");
		return 2;
	}
	bench_circumstances("live frames, veth to veth");
	bench_pin(0);
	if (harness_open(&stage, error, sizeof(error))) {
		fprintf(stderr, "bench_live: %s\n", error);
		return 1;
	}
	gen = gen_bpf__open_and_load();
	if (!gen)
		die("gen.bpf.o", 0);
	setup();
	measure();
	measure_stp_rule();
	gen_bpf__destroy(gen);
	harness_close(&stage);
	return stage.failures ? 1 : 0;
}
