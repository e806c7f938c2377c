/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A set of rules over the five fields of ClassBench, with the packets to look
 * up, and its file. rulegen.c makes one; bench_classifier.c loads it into our
 * classifier, ovs_classifier.c into that of Open vSwitch, zipf_send.c puts its
 * packets on a wire. Of plain types only, as it meets the headers of both.
 */
#ifndef BENCH_RULESET_H
#define BENCH_RULESET_H

#include <stddef.h>
#include <stdint.h>

/* All in host byte order; a mask of 0 is "any". */
struct tuple_rule {
	uint32_t src, src_mask;
	uint32_t dst, dst_mask;
	uint16_t sport, sport_mask; /* other than 0 with TCP and UDP only */
	uint16_t dport, dport_mask;
	uint8_t proto, proto_mask;
	uint16_t priority;
};

struct tuple_packet {
	uint32_t src, dst;
	uint16_t sport, dport;
	uint8_t proto;
	uint8_t pad[3];
};

enum ruleset_trace {
	TRACE_ZIPF, /* a flow's share falls with its rank to the power of 0.99 */
	TRACE_UNIFORM, /* each flow as often */
	TRACE_N,
};

struct ruleset {
	size_t n_rules, n_flows, n_packets;
	struct tuple_rule *rules; /* by falling priority */
	struct tuple_packet *flows;
	uint32_t *trace[TRACE_N]; /* n_packets numbers of flows each */
};

/* 0 or -errno. The file is for this machine only. */
int ruleset_write(const struct ruleset *rs, const char *path);
int ruleset_read(struct ruleset *rs, const char *path);
void ruleset_fini(struct ruleset *rs);

#endif /* BENCH_RULESET_H */
