/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A policy as lookups read it: made by policy_compile.c, read by policy_decide.c and
 * policy_diff.c; private to them.
 *
 * Enabled rules have positions in their order. A set of rules is a bit vector over them,
 * or, where it is small, a list. What a packet is found to be (a slot of the index, a
 * port) leads to owners: a group or service by its id, or a rule whose operand has it
 * inline; the groups and services lead to the rules that name them.
 */
#ifndef FLOW_POLICY_COMPILED_H
#define FLOW_POLICY_COMPILED_H

#include "policy_private.h"

#define POLICY_MAX_WORDS (POLICY_MAX_RULES / 64)

/* An owner that is a rule, by its position; else it is a group or a service. */
#define POLICY_OWNER_RULE 0x80000000U
#define POLICY_NO_POSITION 0xffffffffU

/* Of each key some values: those of key k are value[first[k]] up to, not including,
 * value[first[k + 1]]. */
struct policy_multimap {
	__u32 n_keys;
	__u32 *first; /* n_keys + 1; NULL: no keys */
	__u32 *value;
	/* By key: where the values are rules, and many, they are bits too; else NULL.
	 * NULL: of no key. */
	__u64 **dense;
	__u64 *dense_bits;
};

/* What a rule has to be told of a packet to know whether its operand holds. */
enum policy_need {
	POLICY_NEED_IPV4 = POLICY_IPV4,
	POLICY_NEED_IPV6 = POLICY_IPV6,
	POLICY_NEED_MAC = POLICY_MAC,
	POLICY_NEED_PORT,
	/* No address tells: a MAC, or a port that has no addresses. */
	POLICY_NEED_MORE,
	POLICY_NEED_N,
};

struct policy_role_table {
	__u64 *any; /* rules whose operand is any */
	__u64 *needs[POLICY_NEED_N]; /* of addresses and ports */
	struct policy_multimap by_slot, by_port; /* owners */
	struct policy_multimap rules; /* the same by group or service: rules only */
};

struct policy_compiled {
	__u32 n; /* rules */
	__u32 n_words;
	struct policy_rule **rule; /* by position; borrowed */
	__u32 *section; /* by position: index of its section */
	__u32 *position; /* by place in policy.rules; or POLICY_NO_POSITION */
	__u64 *bits; /* the memory of all vectors but the dense ones */
	__u64 *direction[2]; /* rules for packets that go out, that come in */
	__u64 *allow; /* rules of this action */
	/* Rules that surely match, if nothing is known of the packet, if the source
	 * is known to match, if the destination is too. */
	__u64 *sure[3];
	struct policy_role_table role[POLICY_ROLE_N];
	struct policy_multimap up; /* groups that have a group in them, at any depth */
	__u64 known[XVS_MAX_PORTS / 64]; /* ports that are there and not excluded */
};

/* Where the rule of this id is, in a compiled policy; or POLICY_NO_POSITION. */
__u32 policy_position_of(const struct policy *p, __u32 id);

static inline void policy_bit_set(__u64 *bits, __u32 i)
{
	bits[i / 64] |= 1ULL << (i % 64);
}

static inline bool policy_bit(const __u64 *bits, __u32 i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

#endif /* FLOW_POLICY_COMPILED_H */
