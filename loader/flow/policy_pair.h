/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rules of a policy let a connection in: one number for one rule or two.
 *
 * A connection of two guests is judged twice, at the vNIC that it leaves and at the one
 * that it enters, perhaps by different rules. An entry of the connection table has one
 * number for that (xvs_ct_entry.rule): the rule's own, if one rule decided, or both did
 * by the same; else POLICY_PAIR_FIRST and above, of a pair. Pairs are made by
 * translations, equal ones once, and never go; beyond POLICY_PAIRS_MAX of them the number
 * is that of the rule at the receiver.
 *
 * Thread rule: the datapath thread.
 */
#ifndef FLOW_POLICY_PAIR_H
#define FLOW_POLICY_PAIR_H

#include "policy.h"

#define POLICY_PAIR_FIRST 0x80000000U
#define POLICY_PAIRS_MAX 65536

struct policy_pair {
	__u32 out, in; /* rules, or 0: not judged there */
};

struct policy_pairs {
	struct policy_pair *v;
	__u32 n;
	__u32 allocated;
	__u32 *index; /* hash table of places in 'v', from 1; 0: free */
	__u32 n_index; /* a power of two */
};

void policy_pairs_init(struct policy_pairs *t);
void policy_pairs_fini(struct policy_pairs *t);
/* The number of what was decided; 0 for {0, 0}. */
__u32 policy_pair_number(struct policy_pairs *t, struct policy_pair pair);
/* What a number stands for; a rule's own is 'in'. */
struct policy_pair policy_pair_of(const struct policy_pairs *t, __u32 number);

#endif /* FLOW_POLICY_PAIR_H */
