/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the model_policy*.c files, and by nobody else.
 */
#ifndef SLOWPATH_MODEL_POLICY_PRIVATE_H
#define SLOWPATH_MODEL_POLICY_PRIVATE_H

struct model;
struct policy;
struct sw;

/* model_policy_end.c: ends connections that 'older' had let in, and that the policy in
 * force does not. */
void model_policy_end_connections(struct model *m, struct sw *sw, const struct policy *older);

/* model_policy_dns.c: when the next address of a name is over, somebody looks. */
void model_policy_arm_expiry(struct model *m);

#endif /* SLOWPATH_MODEL_POLICY_PRIVATE_H */
