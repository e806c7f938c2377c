/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random pipelines as text that both switches take as it is, and the packets that
 * are sent through them. Two switches, br0 and br1, joined by a patch port, each
 * with tables, groups and meters; rules mostly lead on to a later table, so that
 * packets cross several.
 *
 * What either switch leaves open is not in it: rules of one table have different
 * priorities, but for the clauses of a conjunction and for learned rules, which
 * match on the same fields.
 */
#ifndef OVS_PIPELINE_H
#define OVS_PIPELINE_H

#include "packet.h"
#include "random_table.h"
#include "strbuf.h"

#define BRIDGES 2

/* Ports by number; numbers are of both switches. */
#define PORT_BR0_FIRST 1 /* to 4: packets come in here, and go out */
#define PORT_BR0_LAST 4
#define PORT_MIRROR 5 /* some mirrors' output; else a port as any */
#define PORT_MEMBER_FIRST 6 /* to 7: where select groups choose between live buckets */
#define PORT_MEMBER_LAST 7
#define PORT_DOWN 8
#define PORT_BR0_LOCAL 9
#define PORT_BR0_PATCH 10
#define PORT_BR1_FIRST 11
#define PORT_BR1_LAST 13
#define PORT_BR1_LOCAL 19
#define PORT_BR1_PATCH 20
#define PORT_NUMBERS 32

#define PIPELINE_METERS 2 /* of each switch: 1, 2 */
#define PIPELINE_MAX_TABLES 8
#define PIPELINE_LEARNED_TABLE 20 /* what learn() fills */
#define PIPELINE_MAX_LINES 512

/* A rule or a group, as text that both switches read. */
struct pipeline_line {
	char *text;
	__u8 bridge;
	bool group;
	bool off; /* left out, to see whether it matters */
};

/* A rule's cookie is the index of its line, plus 1. */
struct pipeline {
	__u64 seed;
	struct random_table t; /* draws, and the matches that packets are drawn near */
	unsigned int n_tables[BRIDGES];
	struct pipeline_line line[PIPELINE_MAX_LINES];
	size_t n_lines;
	bool inner_ipv6; /* what packets with labels have below them */
	bool returns; /* br1 may send packets back */
	bool pops; /* labels are popped; then there is neither clone nor exit */
	bool tracks; /* packets of IP go through ct(), in br0; then nothing is learned, as
		      * a trace of Open vSwitch goes on by itself with what it supposes */
};

/* A seed gives the same pipeline, and the same packets one after the other. */
int pipeline_create(__u64 seed, struct pipeline **out);
/* An empty one, for pipeline_add. */
int pipeline_create_empty(struct pipeline **out);
void pipeline_destroy(struct pipeline *p); /* NULL is a no-op */
/* "table=..,priority=..,MATCH actions=..", which gets a cookie, or "group_id=...".
 * -ENOSPC: PIPELINE_MAX_LINES; -ENOMEM. */
int pipeline_add(struct pipeline *p, unsigned int bridge, const char *flow);
int pipeline_add_group(struct pipeline *p, unsigned int bridge, const char *group);
/* Lines of "flow add ..." and "group add ...": what `ovs-ofctl bundle` takes. */
void pipeline_text(const struct pipeline *p, unsigned int bridge, struct strbuf *out);

struct pipeline_packet {
	__u16 in_port;
	struct packet frame;
};
void pipeline_packet(struct pipeline *p, struct pipeline_packet *packet);
/* One that differs from 'key' where 'mask' lets it, if anywhere. */
void pipeline_neighbour(struct pipeline *p, const struct flow_key *key, const struct flow_key *mask,
			struct pipeline_packet *packet);

#endif /* OVS_PIPELINE_H */
