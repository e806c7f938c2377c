/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is shown of a policy; for rpc_policy.c only.
 */
#ifndef CONTROL_RPC_POLICY_PRIVATE_H
#define CONTROL_RPC_POLICY_PRIVATE_H

#include "rpc.h"

int rpc_policy_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err);
/* `policy rule show SW [RULE]`, and the same of "section", "group", "service": a list. */
int rpc_policy_show_object(struct model *m, const char *object, const struct rpc_params *p,
			   json_t **result, struct err *err);

#endif /* CONTROL_RPC_POLICY_PRIVATE_H */
