/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The methods of connections in their pieces: rpc_ct.c (table of methods, zones,
 * statistics), rpc_ct_filter.c (reading conditions), rpc_ct_show.c (the list),
 * rpc_ct_text.c (a connection).
 */
#ifndef CONTROL_RPC_CT_PRIVATE_H
#define CONTROL_RPC_CT_PRIVATE_H

#include "model_ct.h"
#include "rpc.h"

/* The options of a filter, as rpc_method.options has them. */
#define RPC_CT_FILTER_OPTIONS " zone proto src dst sport dport state mark rule "

/* Connections that are shown if nobody says how many. */
#define RPC_CT_COUNT 100000

/* rpc_ct_filter.c: 0, or -EINVAL with 'err' filled. */
int rpc_ct_filter(const struct rpc_params *p, struct ct_filter *f, struct err *err);
/* The name of a protocol, or its number as text. */
const char *rpc_ct_proto_name(__u8 proto, char buf[8]);
const char *rpc_ct_state_name(__u8 state);

/* rpc_ct_show.c: on the main thread. */
int rpc_ct_show(const struct rpc_env *env, struct rpc_call *call);
/* rpc_ct_text.c: one connection as a JSON object. 'now' and 'hz' as of model_ct.h. */
/* 'rule' is what its rule is called, or NULL. */
void rpc_ct_conn_text(struct strbuf *out, const struct dp_ct_conn *conn, __u32 now, __u32 hz,
		      const char *rule);

/* rpc_ct.c: -ENOENT with 'err' filled if the first argument is no switch. */
int rpc_ct_check_switch(const struct rpc_env *env, struct rpc_call *call);

#endif /* CONTROL_RPC_CT_PRIVATE_H */
