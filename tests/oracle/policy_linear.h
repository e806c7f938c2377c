/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The obviously correct policy: all rules in order, each operand item by item, from the
 * text that the policy prints of it.
 */
#ifndef ORACLE_POLICY_LINEAR_H
#define ORACLE_POLICY_LINEAR_H

#include "policy_compile.h"
#include "policy_text.h"

struct linear_learned {
	const char *name; /* in DNS */
	struct policy_address address;
};

/* What a policy knows besides its text. */
struct linear_world {
	const struct policy_port *ports;
	size_t n_ports;
	const struct linear_learned *learned;
	size_t n_learned;
};

/* The id of the rule that decides. */
__u32 policy_linear_decide(const struct policy *p, const struct linear_world *world,
			   const struct policy_query *q);

#endif /* ORACLE_POLICY_LINEAR_H */
