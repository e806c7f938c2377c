/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rule sets like those of ClassBench, and traces of packets for them, from a
 * kind, a size and a seed: the same ones everywhere, every time.
 *
 * Problem. Classifiers live off the structure of real rule sets, which nobody
 * publishes. ClassBench (Taylor, Turner: IEEE/ACM ToN 15(3), 2007) found that
 * a few distributions carry that structure, and drew sets of any size from
 * them; the literature compares classifiers on its access control lists (acl),
 * firewalls (fw) and IP chains (ipc).
 *
 * What is done as there
 * - A rule's protocol and the pair of classes of its ports are drawn together.
 *   The classes are any (WC), 0-1023 (LO), 1024-65535 (HI), a range (AR) and
 *   one port (EM); ranges and ports come from lists of services.
 * - The lengths of its two prefixes are drawn as a pair, from a few that go
 *   with the pair of port classes.
 * - Addresses come from binary trees whose nodes have one child or two, of
 *   unequal weight, with probabilities that depend on the level; so prefixes
 *   nest and share branches. The destination follows the source for a while,
 *   with a probability for each level.
 * - Equal rules are dropped, narrower rules stand before wider ones.
 * - Packets are drawn from random rules and come again as a power law says.
 *
 * What is different
 * - The distributions (rulegen_profile.c) are rounded ones for each kind, in
 *   the spirit of the published parameter files; none of these is used. TCP
 *   flags and extra fields are left out.
 * - Port ranges become masks, so one rule drawn may be several here, of one
 *   priority; sizes count those that come out.
 * - Flows have Zipf or uniform shares, packets are mixed at random instead of
 *   coming in bursts, and one flow in ten is not made to match.
 */
#ifndef BENCH_RULEGEN_H
#define BENCH_RULEGEN_H

#include "ruleset.h"

enum rulegen_kind {
	RULEGEN_ACL,
	RULEGEN_FW,
	RULEGEN_IPC,
	RULEGEN_N,
};

const char *rulegen_kind_name(enum rulegen_kind kind);
int rulegen_kind_parse(const char *name); /* -1: none of them */

/* 'n' rules. 0, -ENOMEM, or -ERANGE: the kind does not have so many. */
int rulegen_rules(struct ruleset *rs, enum rulegen_kind kind, size_t n, uint64_t seed);
/* Flows for the rules that are there, and traces of them. 0 or -ENOMEM. */
int rulegen_traces(struct ruleset *rs, enum rulegen_kind kind, size_t n_flows, size_t n_packets,
		   uint64_t seed);

/* Random numbers; both parts draw from them. */
uint64_t rulegen_random(uint64_t *state);
uint32_t rulegen_below(uint64_t *state, uint32_t n); /* 0..n-1 */
/* An address of the kind's tree of sources, or of destinations near 'src'. */
uint32_t rulegen_src(enum rulegen_kind kind, uint64_t seed, uint64_t *state);
uint32_t rulegen_dst(enum rulegen_kind kind, uint64_t seed, uint32_t src, uint64_t *state);

#endif /* BENCH_RULEGEN_H */
