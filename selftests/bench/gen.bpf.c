// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs of the benchmarks: what makes the frames, what xvs is compared with,
 * and what counts at the far end. bench_lookup.c and bench_live.c load them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define KEY_LEN 40
#define SRC4_OFF 26 /* of an untagged frame: IPv4 source address */
#define SRC6_OFF 34 /* ... the last word of an IPv6 source address */
#define MAX_LOOKUPS 16

struct hash_key {
	__u64 word[KEY_LEN / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} bench_next SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 16);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} bench_devmap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct hash_key);
	__type(value, __u64);
} bench_hash_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} bench_counted SEC(".maps");

/* Set by the benchmark between runs; one CPU runs them. */
volatile __u32 bench_n_flows = 1;
volatile __u32 bench_ipv6;
volatile __u32 bench_base; /* first source address, host order */
volatile __u32 bench_target; /* where the generator sends: index of bench_devmap */
volatile __u32 bench_out; /* where bench_redirect sends */
volatile __u32 bench_lookups;
volatile __u32 bench_n_keys = 1;
__u32 bench_counter;

/* Another flow for each packet, then the program under test. The frame of a
 * test run is the same memory in every repetition, so it must vary in here. */
SEC("xdp.frags")
int bench_vary(struct xdp_md *ctx)
{
	__u8 *data = (void *)(unsigned long)ctx->data;
	__u32 n = bench_n_flows;
	__u32 flow = bench_counter;
	__u8 *p;

	bench_counter = flow + 1 >= n ? 0 : flow + 1;
	p = data + (bench_ipv6 ? SRC6_OFF : SRC4_OFF);
	if (p + 4 > (__u8 *)(unsigned long)ctx->data_end)
		return XDP_ABORTED;
	*(__u32 *)p = __builtin_bswap32(bench_base + flow);
	bpf_tail_call(ctx, &bench_next, 0);
	return XDP_ABORTED;
}

/* The floor: one redirect. */
SEC("xdp.frags")
int bench_redirect(struct xdp_md *ctx)
{
	return bpf_redirect_map(&bench_devmap, bench_out, 0);
}

/* bench_lookups lookups of 40-byte keys in a BPF hash map, all different. */
SEC("xdp.frags")
int bench_hash(struct xdp_md *ctx)
{
	struct hash_key key = {};
	__u32 n = bench_lookups;
	__u64 found = 0;
	__u32 i;

	for (i = 0; i < MAX_LOOKUPS; i++) {
		__u64 *value;

		if (i >= n)
			break;
		key.word[0] = bench_counter;
		key.word[2] = 0x1234567;
		bench_counter = bench_counter + 1 >= bench_n_keys ? 0 : bench_counter + 1;
		value = bpf_map_lookup_elem(&bench_hash_map, &key);
		if (value)
			found += *value;
	}
	return found == ~0ULL ? XDP_ABORTED : XDP_DROP;
}

/* Live frames: out of a device, into its peer. (Programs that share a devmap
 * all take multi-buffer frames or none does.) */
SEC("xdp.frags")
int bench_gen(struct xdp_md *ctx)
{
	return bpf_redirect_map(&bench_devmap, bench_target, 0);
}

/* The far end. */
SEC("xdp.frags")
int bench_count(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&bench_counted, &zero);

	if (n)
		*n += 1;
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
