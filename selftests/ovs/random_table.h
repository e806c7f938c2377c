/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random flow tables that look like real ones, and packets drawn near their
 * rules, so that most hit one and many miss one by a bit.
 *
 * Both switches have to give the same answer, so a table has none that is left
 * open: rules of equal priority that share packets have the same action. All
 * that a match or a packet uses exists in Open vSwitch's syntax as well.
 */
#ifndef OVS_RANDOM_TABLE_H
#define OVS_RANDOM_TABLE_H

#include "field.h"
#include "flow.h"

#define TABLE_PORTS 4 /* 1 to 4, inputs and outputs */
#define TABLE_MAX_RULES 400
#define POOL_PREFIXES 64
#define POOL_PORTS 32
#define POOL_MACS 6
#define POOL_VLANS 4

struct table_rule {
	struct match match;
	__u16 priority;
	__u16 out_port; /* 0: drop */
};

/* What the rules and packets of one table take their values from. */
struct table_pools {
	struct pool_prefix {
		__u8 addr[16]; /* zero behind 'len' */
		unsigned int len;
	} ipv4[POOL_PREFIXES], ipv6[POOL_PREFIXES];
	unsigned int n_prefixes;
	struct pool_port {
		__u16 value, mask;
	} ports[POOL_PORTS];
	unsigned int n_ports;
	__u8 macs[POOL_MACS][6];
	__u16 vlans[POOL_VLANS];
};

struct random_table {
	__u64 state; /* of the generator */
	const struct table_kind *kind; /* table_kind.h */
	struct table_pools pools;
	struct table_rule rules[TABLE_MAX_RULES];
	size_t n_rules;
};

/* A seed gives the same table, and the same packets one after the other. */
void random_table(struct random_table *t, __u64 seed);

/* A match as rules of the table's kind have it. */
void random_match(struct random_table *t, struct match *match);

const char *random_table_kind(const struct random_table *t);

/* random_packet.c */
void random_packet(struct random_table *t, struct flow_key *key);
/* Makes a key one that a parser could have made. */
void random_canonical(struct random_table *t, struct flow_key *key);

#endif /* OVS_RANDOM_TABLE_H */
