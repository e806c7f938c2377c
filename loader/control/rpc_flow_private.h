/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The methods of rules that run on the main thread, for the table in
 * rpc_flow.c, and what they share.
 */
#ifndef CONTROL_RPC_FLOW_PRIVATE_H
#define CONTROL_RPC_FLOW_PRIVATE_H

#include "model.h"
#include "rpc.h"

/* rpc_flow_show.c */
int rpc_flow_show(const struct rpc_env *env, struct rpc_call *call);

/* rpc_flow_replace.c */
int rpc_flow_stage(const struct rpc_env *env, struct rpc_call *call);
int rpc_flow_replace(const struct rpc_env *env, struct rpc_call *call);

/* The port names of the switch that the first argument names, as a copy: 0 or
 * -errno with call->err filled. */
int rpc_flow_names(const struct rpc_env *env, struct rpc_call *call, struct model_names **out);

#endif /* CONTROL_RPC_FLOW_PRIVATE_H */
