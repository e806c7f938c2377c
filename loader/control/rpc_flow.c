// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of rules: the table of all, and those for one rule or filter (add,
 * mod, del). Text becomes flow_specs here (loader/flow/flow_parse.h), errors in
 * it keep their place. For many rules: rpc_flow_show.c, rpc_flow_replace.c.
 */
#include "rpc.h"

#include <errno.h>
#include <limits.h>

#include "model.h"
#include "rpc_flow_private.h"
#include "rpc_flow_text.h"

int rpc_flow_read(const struct rpc_params *p, enum rpc_flow_verb verb,
		  const struct port_names *names, struct rpc_flow *flow, struct err *err)
{
	static const enum flow_parse_kind kinds[] = {
		[RPC_FLOW_ADD] = FLOW_PARSE_ADD,
		[RPC_FLOW_MOD] = FLOW_PARSE_MOD,
		[RPC_FLOW_DEL] = FLOW_PARSE_DEL,
	};
	const char *text = rpc_arg(p, 1);
	enum flow_parse_kind kind = kinds[verb];
	int rc;

	flow->verb = verb;
	flow->strict = rpc_option(p, "strict");
	if (kind == FLOW_PARSE_DEL && flow->strict)
		kind = FLOW_PARSE_DEL_STRICT;
	if (!text && flow->strict)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "flow del: --strict needs a flow");
	rc = rpc_parse_flow(names, text ? text : "", kind, &flow->spec, err);
	if (!rc && rpc_option(p, "check_overlap"))
		flow->spec.check_overlap = true;
	return rc;
}

void rpc_flow_fini(struct rpc_flow *flow)
{
	flow_spec_fini(&flow->spec);
}

int rpc_flow_apply(struct model *m, struct sw *sw, struct rpc_flow *flow, struct err *err)
{
	int rc;

	switch (flow->verb) {
	case RPC_FLOW_ADD:
		rc = model_flow_add(m, sw, &flow->spec, err);
		return rc ? rc : 1;
	case RPC_FLOW_MOD:
		rc = model_flow_mod(m, sw, &flow->spec, flow->strict, err);
		break;
	default:
		rc = model_flow_del(m, sw, &flow->spec, flow->strict, err);
		break;
	}
	/* It named one rule; a loose one is a filter, which may find nothing. */
	if (!rc && flow->strict)
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such rule",
			       sw->name);
	return rc;
}

/* Reads and carries out: as rpc_flow_apply. */
static int run(struct model *m, const struct rpc_params *p, enum rpc_flow_verb verb,
	       struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct port_names names;
	struct rpc_flow flow;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	rc = rpc_flow_read(p, verb, &names, &flow, err);
	if (rc)
		return rc;
	rc = rpc_flow_apply(m, sw, &flow, err);
	if (rc == -ENOENT)
		rpc_place_reference(err, rpc_arg(p, 1));
	rpc_flow_fini(&flow);
	return rc;
}

static int flow_add(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	int rc = run(m, p, RPC_FLOW_ADD, err);

	return rc < 0 ? rc : 0;
}

static int changed_result(int n, json_t **result, struct err *err)
{
	if (n < 0)
		return n;
	*result = json_pack("{s:i}", "changed", n);
	return *result ? 0 : rpc_no_memory(err);
}

static int flow_mod(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	return changed_result(run(m, p, RPC_FLOW_MOD, err), result, err);
}

static int flow_del(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	return changed_result(run(m, p, RPC_FLOW_DEL, err), result, err);
}

const struct rpc_method rpc_flow_methods[] = {
	{.name = "flow.add",
	 .fn = flow_add,
	 .min_args = 2,
	 .max_args = 2,
	 .options = " check_overlap "},
	{.name = "flow.mod", .fn = flow_mod, .min_args = 2, .max_args = 2, .options = " strict "},
	{.name = "flow.del", .fn = flow_del, .min_args = 1, .max_args = 2, .options = " strict "},
	{.name = "flow.show", .main_fn = rpc_flow_show, .min_args = 1, .max_args = 2},
	{.name = "flow.stage", .main_fn = rpc_flow_stage, .min_args = 1, .max_args = UINT_MAX},
	{.name = "flow.replace", .main_fn = rpc_flow_replace, .min_args = 1, .max_args = UINT_MAX},
	{0},
};
