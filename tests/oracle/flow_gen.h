/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random packets, matches and actions over a small universe of values, so that
 * rules overlap and packets hit them. For property tests.
 */
#ifndef TESTS_FLOW_GEN_H
#define TESTS_FLOW_GEN_H

#include "rules.h"
#include "test.h"

/* One of the numbers. */
#define GEN_PICK(seed, ...)                                                                     \
	((const __u32[]){__VA_ARGS__}[test_below((seed), sizeof((const __u32[]){__VA_ARGS__}) / \
								 sizeof(__u32))])

#define GEN_PORTS 5 /* in_port is 1..5; NORMAL's switch has these ports */

/* A key as the parser makes it. */
void gen_packet(uint64_t *seed, struct flow_key *key);

/* Takes the bits out of 'key' that a packet of its protocols does not have.
 * False: no parser makes such a key. */
bool gen_canonical(struct flow_key *key);

/* A match that some packet of the universe meets, prerequisites included. */
void gen_match(uint64_t *seed, struct match *match);

/* A list of one to five actions; fields may be set that a packet does not have. */
void gen_actions(uint64_t *seed, struct ofacts *list);

#endif /* TESTS_FLOW_GEN_H */
