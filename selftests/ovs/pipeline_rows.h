/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Small pipelines on purpose, one for each action and for each field that can be
 * matched, set, loaded, moved: what random pipelines may or may not meet.
 *
 * A row's lines are rules and groups; those that begin with "br1:" are of br1.
 * Every sample packet goes through it, and both switches have to do the same. What
 * one of them does is written down, so that the row shows what its name says.
 */
#ifndef OVS_PIPELINE_ROWS_H
#define OVS_PIPELINE_ROWS_H

#include "pipeline_run.h"

/* Packets that every row gets, from port 1, and then the other way, from port 2. */
enum sample {
	SAMPLE_TCP,
	SAMPLE_TCP_TTL1, /* DSCP 10, ECN 2 */
	SAMPLE_UDP,
	SAMPLE_UDP_TTL2,
	SAMPLE_SCTP,
	SAMPLE_ICMP,
	SAMPLE_FIRST, /* fragment of a UDP packet */
	SAMPLE_LATER,
	SAMPLE_TCP6, /* behind a header of options */
	SAMPLE_UDP6,
	SAMPLE_PING6,
	SAMPLE_NS, /* neighbour solicitation, with the sender's address */
	SAMPLE_NA,
	SAMPLE_FIRST6,
	SAMPLE_ARP,
	SAMPLE_RARP,
	SAMPLE_TAGGED, /* VLAN 7, priority 3; TCP */
	SAMPLE_TWO_TAGS, /* 7, inside of it 99; UDP */
	SAMPLE_PRIORITY, /* VLAN 0, priority 5; TCP */
	SAMPLE_MPLS, /* the only label, 100; TTL 2 */
	SAMPLE_MPLS_TTL1, /* one of two; tagged */
	SAMPLE_LLDP,
	SAMPLE_LLC, /* no EtherType */
	SAMPLE_MULTICAST,
	SAMPLES,
};

struct pipeline_row {
	const char *name;
	const char *lines;
	enum sample sample;
	const char *want; /* where that sample from port 1 goes: "2 3 controller", k
				   * for ct(commit); "" drop; NULL: many */
	bool scenarios; /* in every scenario; 'want' is of the first */
};

extern const struct pipeline_row pipeline_rows[];
extern const size_t n_pipeline_rows;

/* sample.c */
void sample_key(enum sample sample, struct flow_key *key);
const char *sample_name(enum sample sample);
void sample_packet(enum sample sample, bool back, struct pipeline_packet *packet);

struct row_sum {
	unsigned long rows, packets, failed, two_tags;
};
/* All of them; 'only' NULL, or part of a name. Tells what failed. -errno: it could
 * not be asked. */
struct coverage;
int pipeline_rows_run(struct pipeline_run *r, struct coverage *cov, const char *only,
		      struct row_sum *sum);

#endif /* OVS_PIPELINE_ROWS_H */
