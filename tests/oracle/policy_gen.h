/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random policies and packets for property tests: of few names, addresses and ports, so
 * that they meet.
 */
#ifndef ORACLE_POLICY_GEN_H
#define ORACLE_POLICY_GEN_H

#include <stdint.h>

#include "policy_linear.h"

#define POLICY_GEN_PORTS 6
#define POLICY_GEN_LEARNED 4

struct policy_gen {
	uint64_t seed;
	struct policy_port ports[POLICY_GEN_PORTS];
	const char *tags[POLICY_GEN_PORTS][2];
	struct policy_address addresses[POLICY_GEN_PORTS][2];
	struct linear_learned learned[POLICY_GEN_LEARNED];
	struct linear_world world;
};

/* Ports with tags and addresses, and what DNS says. */
void policy_gen_world(struct policy_gen *g, __u64 seed);
/* The draft knows the ports. 0 or -ENOMEM. */
int policy_gen_set_ports(const struct policy_gen *g, struct policy *draft);
/* What DNS says is learned. */
int policy_gen_learn(const struct policy_gen *g, struct policy *p);
/* A command, right more often than not. */
void policy_gen_line(struct policy_gen *g, char *line, size_t room);
/* 'key' is the query's. */
void policy_gen_packet(struct policy_gen *g, struct flow_key *key, struct policy_query *q);

#endif /* ORACLE_POLICY_GEN_H */
