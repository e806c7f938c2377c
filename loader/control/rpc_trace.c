// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace: the way of one packet, told by the translation itself, and what the
 * fast path does with it.
 */
#include "rpc.h"

#include <errno.h>
#include <stdlib.h>

#include "flow_lex.h"
#include "model_trace.h"
#include "proto.h"
#include "rpc_drops.h"
#include "rpc_fast_path.h"
#include "rpc_flow_text.h"
#include "strbuf.h"

#define TCP_SYN 0x002

static json_t *steps_array(const struct xlate_trace *t)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(steps, json_string(t->steps[i]));
	return steps;
}

/* The megaflow that the packet would get, and what it does. */
static json_t *trace_object(struct model *m, const struct flow_key *key,
			    const struct xlate_out *out, const struct xlate_trace *trace)
{
	const struct program_names names = model_program_names(m, trace->names);
	struct strbuf megaflow, actions;
	struct match match;
	json_t *o = NULL;

	match.mask = out->mask;
	flow_mask_key(&match.key, key, &out->mask);
	strbuf_init(&megaflow);
	strbuf_init(&actions);
	match_format(&megaflow, &match, trace->names);
	if (out->verdict == XVS_VERDICT_DROP)
		strbuf_add(&actions, "drop");
	else
		program_format(&actions, out->ops, out->n_ops, &names);
	if (!megaflow.failed && !actions.failed)
		o = json_pack("{s:o, s:s, s:s}", "steps", steps_array(trace), "megaflow",
			      strbuf_str(&megaflow), "actions", strbuf_str(&actions));
	if (o && out->verdict == XVS_VERDICT_DROP)
		json_object_set_new(o, "reason", json_string(drop_reason_name(out->reason)));
	strbuf_fini(&megaflow);
	strbuf_fini(&actions);
	return o;
}

/* The packet through the programs; 'o' gets what came out. */
static int ask_fast_path(struct model *m, struct sw *sw, const struct flow_key *key,
			 const struct xlate_out *out, struct xlate_trace *trace, json_t **fast)
{
	struct model_fast_path *fp = malloc(sizeof(*fp));

	if (!fp)
		return -ENOMEM;
	model_fast_path(m, sw, key, out, trace, fp);
	*fast = rpc_fast_path(fp, key, trace->names);
	free(fp);
	return *fast ? 0 : -ENOMEM;
}

/* A packet's key has the number of a device; rules know LOCAL by its own. */
static int resolve_local(const struct sw *sw, struct flow_key *key, struct err *err)
{
	const struct sw_port *local = sw_local_port(sw);

	if (key->in_port != PORT_LOCAL)
		return 0;
	if (!local)
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, sw->name,
			       "switch %s: it has no internal port %s: LOCAL sends nothing",
			       sw->name, sw->name);
	key->in_port = local->port_no;
	return 0;
}

/* No segment has none: who does not say asks about the beginning of a connection. */
static void default_tcp_flags(struct match *match)
{
	bool is_ip = match->key.dl_type == XVS_BE16(DL_TYPE_IP) ||
		     match->key.dl_type == XVS_BE16(DL_TYPE_IPV6);

	if (is_ip && match->key.nw_proto == PROTO_TCP && !match->mask.tcp_flags)
		match->key.tcp_flags = XVS_BE16(TCP_SYN);
}

static int trace_packet(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct port_names names;
	struct xlate_trace trace = {.names = &names};
	struct xlate_out out = {0};
	struct flow_spec spec;
	json_t *fast = NULL;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	rc = rpc_parse_flow(&names, rpc_arg(p, 1), FLOW_PARSE_PACKET, &spec, err);
	if (rc)
		return rc;
	default_tcp_flags(&spec.match);
	rc = resolve_local(sw, &spec.match.key, err);
	if (!rc)
		rc = model_trace(m, sw, &spec.match.key, &trace, &out, err);
	if (!rc && ask_fast_path(m, sw, &spec.match.key, &out, &trace, &fast))
		rc = rpc_no_memory(err);
	if (!rc) {
		*result = trace_object(m, &spec.match.key, &out, &trace);
		if (json_object_set(*result, "fast_path", fast)) {
			json_decref(*result);
			*result = NULL;
			rc = rpc_no_memory(err);
		}
	}
	json_decref(fast);
	xlate_out_fini(&out);
	xlate_trace_fini(&trace);
	flow_spec_fini(&spec);
	return rc;
}

const struct rpc_method rpc_trace_methods[] = {
	{.name = "trace", .fn = trace_packet, .min_args = 2, .max_args = 2},
	{0},
};
