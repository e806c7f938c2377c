// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * UDP frames out of a device as fast as one CPU makes them: live frames of
 * BPF_PROG_RUN, which cost a tenth of a socket's, so that the switch behind the
 * device is what is measured. In the name space of the device.
 *
 *   live_gen DEV FLOWS SECONDS SOURCE-MAC DESTINATION-MAC
 *
 * Flows are source addresses, from 10.64.0.0 on. It prints the packets that were
 * made; how many arrived is for the receiver to say.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

#include "gen.skel.h"
#include "selftests/tools/raw_frame.h"

#define FIRST_SOURCE 0x0a400000
#define DESTINATION 0x0a000009
#define PACKETS_EACH 65536 /* between two looks at the clock */
#define PROTO_UDP 17

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif

static int fail(const char *what)
{
	fprintf(stderr, "live_gen: %s: %m\n", what);
	return 1;
}

/* Without a checksum: addresses change. */
static void build(unsigned char *f)
{
	raw_put_ip4(f, PROTO_UDP, FIRST_SOURCE, DESTINATION);
	put16(f + RAW_L4, 7000);
	put16(f + RAW_L4 + 2, 5000);
	put16(f + RAW_L4 + 4, RAW_FRAME_LEN - RAW_L4);
}

static int run(struct gen_bpf *gen, unsigned char *frame, double seconds)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = RAW_FRAME_LEN,
		    .repeat = PACKETS_EACH, .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	int64_t start = clock_ns(CLOCK_MONOTONIC), end = start + (int64_t)(seconds * 1e9), now;
	uint64_t sent = 0;

	do {
		if (bpf_prog_test_run_opts(bpf_program__fd(gen->progs.bench_vary), &opts))
			return fail("live frames");
		sent += PACKETS_EACH;
		now = clock_ns(CLOCK_MONOTONIC);
	} while (now < end);
	printf("{\"sent\": %llu, \"per_s\": %.0f}\n", (unsigned long long)sent,
	       (double)sent * 1e9 / (double)(now - start));
	return 0;
}

int main(int argc, char **argv)
{
	unsigned char frame[RAW_FRAME_LEN] = {0};
	__u32 zero = 0, ifindex = argc == 6 ? if_nametoindex(argv[1]) : 0, flows;
	struct gen_bpf *gen;
	int next;

	if (!ifindex || parse_mac(argv[4], frame + 6) || parse_mac(argv[5], frame)) {
		fprintf(stderr, "usage: live_gen DEV FLOWS SECONDS SOURCE-MAC DESTINATION-MAC\n");
		return 2;
	}
	flows = (__u32)strtoul(argv[2], NULL, 0);
	gen = gen_bpf__open_and_load();
	if (!gen)
		return fail("gen.bpf.o");
	next = bpf_program__fd(gen->progs.bench_gen);
	if (bpf_map_update_elem(bpf_map__fd(gen->maps.bench_devmap), &zero, &ifindex, 0) ||
	    bpf_map_update_elem(bpf_map__fd(gen->maps.bench_next), &zero, &next, 0))
		return fail(argv[1]);
	gen->bss->bench_base = FIRST_SOURCE;
	gen->data->bench_n_flows = flows ? flows : 1;
	build(frame);
	return run(gen, frame, strtod(argv[3], NULL));
}
