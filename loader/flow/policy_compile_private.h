/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the two halves of the compiler share: policy_owners.c finds what leads to which
 * rules, policy_compile.c numbers the rules and makes tables of it.
 */
#ifndef FLOW_POLICY_COMPILE_PRIVATE_H
#define FLOW_POLICY_COMPILE_PRIVATE_H

#include "policy_compiled.h"

/* Pairs on their way to a multimap. */
struct policy_pairing {
	__u32 (*v)[2]; /* key, value */
	size_t n, allocated;
};

struct policy_tagged {
	const char *tag;
	const struct policy_port_info *port;
};

struct policy_compiler {
	const struct policy *p;
	struct policy_compiled *c;
	const struct policy_port_info **by_name; /* ports */
	struct policy_tagged *tagged; /* by tag */
	size_t n_tagged;
	__u8 *needs; /* by group id: bits of enum policy_need, and KNOWN */
	__u8 *used; /* by group id: bits of enum policy_role */
	struct policy_pairing by_slot[POLICY_ROLE_N], by_port[POLICY_ROLE_N], rules[POLICY_ROLE_N];
};

/* 0 or -ENOMEM. */
int policy_pairing_add(struct policy_pairing *p, __u32 key, __u32 value);

/* Before rules are added. 0 or -ENOMEM. */
int policy_owners_sort_ports(struct policy_compiler *cc);
/* All that leads to the rule of this position. 0 or -ENOMEM. */
int policy_owners_add_rule(struct policy_compiler *cc, __u32 position);
/* When all rules are added: the services that they name. 0 or -ENOMEM. */
int policy_owners_add_services(struct policy_compiler *cc);

#endif /* FLOW_POLICY_COMPILE_PRIVATE_H */
