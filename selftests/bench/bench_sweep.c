// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a sweep of many cached flows costs (G13): their counters, of 16 lanes, are read
 * and given to the rules, over the datapath in plain memory. Slices and pauses are
 * left out: CPU time of the one thread.
 *
 *   bench_sweep [FLOWS]
 *
 * "block" is what the sweep does, "single" one flow after the other.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "clock.h"
#include "dp_fake.h"
#include "ukey.h"

#define ROUNDS 11
#define GOAL_MS 60

static struct dp *dp;
static struct ukey_table table;
static __u32 n_flows = 200000;

static void die(const char *what)
{
	fprintf(stderr, "bench_sweep: %s\n", what);
	exit(1);
}

static struct rule *any_rule(void)
{
	const struct match any = {0};
	struct rule *rule = rule_create(&(struct rule_spec){.match = &any});

	if (!rule)
		die("no memory for a rule");
	return rule;
}

static void put_flow(__u32 i, const struct xlate_out *out)
{
	const struct xvs_flow_key key = {
		.in_port = 1, .dl_type = htons(0x0800), .nw_dst = htonl(0x0a000000 + i)};
	const struct dp_flow_spec spec = {
		.key = &key,
		.mask = &out->mask.pkt,
		.verdict = out->verdict,
		.out_port = out->out_port,
		.version_from = dp_version(dp),
	};
	__u32 slot;

	if (dp_flow_put(dp, &spec, &slot))
		die("a flow has no place");
	if (!ukey_insert(&table, slot, NULL, &key, out, 1))
		die("no memory for a flow");
}

/* All flows are of one rule, as the rule itself is hardly ever what is cold. */
static void build(void)
{
	const struct dp_options opt = {.flow_limit = n_flows};
	struct xlate_ref ref = {.kind = XLATE_REF_RULE, .rule = any_rule()};
	static struct xlate_out out;

	if (dp_open_fake(&opt, XVS_MAX_CPU_LANES, &dp) || ukey_table_init(&table, dp))
		die("no memory for the tables");
	out.mask.in_port = 0xffff;
	out.mask.dl_type = 0xffff;
	out.mask.nw_dst = 0xffffffff;
	out.verdict = XVS_VERDICT_OUTPUT;
	out.out_port = 2;
	xlate_refs_add(&out.refs, &ref);
	for (__u32 i = 0; i < n_flows; i++)
		put_flow(i, &out);
	rule_put(ref.rule);
	xlate_out_fini(&out);
}

/* A packet of each flow, in one lane after the other of the first 'n_lanes'. */
static void traffic(__u32 n_lanes)
{
	const struct dp_shared *s = dp_shared(dp);

	for (__u32 lane = 0; lane < n_lanes; lane++) {
		struct xvs_flow_stats *stats = &s->flow_stats[(size_t)lane * table.n_slots];

		s->counters[lane].megaflow_hits++;
		for (__u32 slot = lane; slot < table.top; slot += n_lanes) {
			stats[slot].packets++;
			stats[slot].bytes += 64;
		}
	}
}

static __u64 count_blocks(void)
{
	__u64 fresh[UKEY_BLOCK], sum = 0;

	for (__u32 slot = 0; slot < table.top; slot += UKEY_BLOCK) {
		ukey_count_block(&table, slot, 1, fresh);
		for (int i = 0; i < UKEY_BLOCK; i++)
			sum += fresh[i];
	}
	return sum;
}

static __u64 count_singles(void)
{
	__u64 sum = 0;

	for (__u32 slot = 0; slot < table.top; slot++) {
		struct ukey *u = ukey_at(&table, slot, UKEY_PUBLISHED);

		if (u)
			sum += ukey_count(&table, u, 1);
	}
	return sum;
}

static void run(const char *label, __u64 (*count)(void), __u32 n_lanes, double goal)
{
	struct samples ms = {0};

	for (int i = 0; i < ROUNDS; i++) {
		__u64 begin, expected = n_lanes ? n_flows : 0;

		traffic(n_lanes);
		begin = clock_of(CLOCK_THREAD_CPUTIME_ID);
		if (count() != expected)
			die("packets were lost");
		samples_add(&ms, (double)(clock_of(CLOCK_THREAD_CPUTIME_ID) - begin) / 1e6);
	}
	samples_print(&ms, label, "ms", goal);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		n_flows = (__u32)strtoul(argv[1], NULL, 0);
	if (!n_flows || n_flows > XVS_FLOW_LIMIT_MAX)
		die("usage: bench_sweep [FLOWS]");
	bench_circumstances("A sweep of all cached flows");
	build();
	printf("%u flows, %u lanes\n", n_flows, XVS_MAX_CPU_LANES);
	run("1 lane used, packets of all flows: block", count_blocks, 1, GOAL_MS);
	run("16 lanes used, packets of all flows: block", count_blocks, 16, GOAL_MS);
	run("16 lanes used, packets of all flows: single", count_singles, 16, 0);
	run("16 lanes used, no packets: block", count_blocks, 0, GOAL_MS);
	run("16 lanes used, no packets: single", count_singles, 0, 0);
	ukey_table_fini(&table);
	dp_close(dp);
	return 0;
}
