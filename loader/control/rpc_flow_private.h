/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The methods of rules in their pieces: reading, which any thread may do, and the
 * change, which is the datapath thread's. For the table in rpc_flow.c, and for
 * batches (rpc_batch.c), which read on the main thread.
 */
#ifndef CONTROL_RPC_FLOW_PRIVATE_H
#define CONTROL_RPC_FLOW_PRIVATE_H

#include "model.h"
#include "rpc.h"

/* rpc_flow.c */
enum rpc_flow_verb { RPC_FLOW_ADD, RPC_FLOW_MOD, RPC_FLOW_DEL };

/* A request for one change of rules, read but not carried out. */
struct rpc_flow {
	enum rpc_flow_verb verb;
	struct flow_spec spec;
	bool strict; /* MOD, DEL */
};
/* 0, or -errno with 'err' filled. rpc_flow_fini after success. */
int rpc_flow_read(const struct rpc_params *p, enum rpc_flow_verb verb,
		  const struct port_names *names, struct rpc_flow *flow, struct err *err);
void rpc_flow_fini(struct rpc_flow *flow);
/* On the datapath thread: the number of rules changed, or -errno with 'err'
 * filled. 'flow' may be emptied. */
int rpc_flow_apply(struct model *m, struct sw *sw, struct rpc_flow *flow, struct err *err);

/* rpc_flow_show.c: on the main thread */
int rpc_flow_show(const struct rpc_env *env, struct rpc_call *call);

/* rpc_flow_replace.c: on the main thread */
int rpc_flow_stage(const struct rpc_env *env, struct rpc_call *call);
int rpc_flow_replace(const struct rpc_env *env, struct rpc_call *call);
/* Carries a replacement out, piece by piece. */
int rpc_flow_run_replace(const struct rpc_env *env, struct model_replace *r, const char *sw_name,
			 struct err *err);

/* The port names of a switch, as a copy: 0, or -errno with 'err' filled. */
int rpc_flow_names(const struct rpc_env *env, const char *sw_name, struct model_names **out,
		   struct err *err);

#endif /* CONTROL_RPC_FLOW_PRIVATE_H */
