// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets for a rule set: flows that are drawn from its rules, and traces in
 * which they come again. rulegen.h has the essay.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "rulegen.h"

#define ZIPF_EXPONENT 0.99
#define ICMP 1
#define TCP 6
#define UDP 17

static uint16_t ephemeral(uint64_t *state)
{
	return (uint16_t)(1024 + rulegen_below(state, 65536 - 1024));
}

static uint16_t port_within(uint16_t value, uint16_t mask, uint64_t *state)
{
	if (!mask)
		return ephemeral(state);
	return (uint16_t)(value | (rulegen_random(state) & (uint16_t)~mask));
}

static uint8_t any_proto(uint64_t *state)
{
	static const uint8_t protos[] = {TCP, TCP, TCP, UDP, UDP, ICMP};

	return protos[rulegen_below(state, sizeof(protos))];
}

/* An ICMP packet's type and code stand where others have ports. */
static void finish(struct tuple_packet *p)
{
	if (p->proto == ICMP) {
		p->sport = 8;
		p->dport = 0;
	}
}

static void flow_of_rule(const struct tuple_rule *r, struct tuple_packet *p, uint64_t *state)
{
	p->src = r->src | ((uint32_t)rulegen_random(state) & ~r->src_mask);
	p->dst = r->dst | ((uint32_t)rulegen_random(state) & ~r->dst_mask);
	p->proto = r->proto_mask ? r->proto : any_proto(state);
	p->sport = port_within(r->sport, r->sport_mask, state);
	p->dport = port_within(r->dport, r->dport_mask, state);
}

/* Nobody's: from the same networks, or from anywhere. */
static void flow_of_nothing(enum rulegen_kind kind, uint64_t seed, struct tuple_packet *p,
			    uint64_t *state)
{
	p->proto = any_proto(state);
	p->sport = ephemeral(state);
	p->dport = ephemeral(state);
	if (rulegen_below(state, 2)) {
		p->src = rulegen_src(kind, seed, state);
		p->dst = rulegen_dst(kind, seed, p->src, state);
	} else {
		p->src = (uint32_t)rulegen_random(state);
		p->dst = (uint32_t)rulegen_random(state);
	}
}

static void fill_flows(struct ruleset *rs, enum rulegen_kind kind, uint64_t seed, uint64_t *state)
{
	for (size_t i = 0; i < rs->n_flows; i++) {
		struct tuple_packet *p = &rs->flows[i];

		if (!rs->n_rules || rulegen_below(state, 10) == 0)
			flow_of_nothing(kind, seed, p, state);
		else
			flow_of_rule(&rs->rules[rulegen_below(state, (uint32_t)rs->n_rules)], p,
				     state);
		finish(p);
	}
}

/* The first rank whose share, with those of all before it, reaches 'at'. */
static uint32_t rank_of(const double *sum, size_t n, double at)
{
	size_t low = 0, high = n - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sum[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)low;
}

static int fill_traces(struct ruleset *rs, uint64_t *state)
{
	double *sum = calloc(rs->n_flows, sizeof(*sum));

	if (!sum)
		return -ENOMEM;
	for (size_t i = 0; i < rs->n_flows; i++)
		sum[i] = (i ? sum[i - 1] : 0) + pow((double)(i + 1), -ZIPF_EXPONENT);
	for (size_t i = 0; i < rs->n_packets; i++) {
		double at = (double)(rulegen_random(state) >> 11) * 0x1p-53;

		rs->trace[TRACE_ZIPF][i] = rank_of(sum, rs->n_flows, at * sum[rs->n_flows - 1]);
		rs->trace[TRACE_UNIFORM][i] = rulegen_below(state, (uint32_t)rs->n_flows);
	}
	free(sum);
	return 0;
}

int rulegen_traces(struct ruleset *rs, enum rulegen_kind kind, size_t n_flows, size_t n_packets,
		   uint64_t seed)
{
	uint64_t state = seed ^ 0x7472616365ULL;

	rs->flows = calloc(n_flows, sizeof(*rs->flows));
	for (int t = 0; t < TRACE_N; t++)
		rs->trace[t] = calloc(n_packets, sizeof(uint32_t));
	if (!n_flows || !rs->flows || !rs->trace[TRACE_ZIPF] || !rs->trace[TRACE_UNIFORM])
		return -ENOMEM;
	rs->n_flows = n_flows;
	rs->n_packets = n_packets;
	fill_flows(rs, kind, seed, &state);
	return fill_traces(rs, &state);
}
