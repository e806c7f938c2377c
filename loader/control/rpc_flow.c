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

static int flow_add(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct port_names names;
	struct flow_spec spec;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	rc = rpc_parse_flow(&names, rpc_arg(p, 1), FLOW_PARSE_ADD, &spec, err);
	if (rc)
		return rc;
	if (rpc_option(p, "check_overlap"))
		spec.check_overlap = true;
	rc = model_flow_add(m, sw, &spec, err);
	if (rc && err->code == XVS_RPC_UNSUPPORTED)
		rpc_place_word(err, rpc_arg(p, 1), "table=");
	flow_spec_fini(&spec);
	return rc;
}

static int changed_result(int n, json_t **result, struct err *err)
{
	*result = json_pack("{s:i}", "changed", n);
	return *result ? 0 : rpc_no_memory(err);
}

static int flow_mod(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct port_names names;
	struct flow_spec spec;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	rc = rpc_parse_flow(&names, rpc_arg(p, 1), FLOW_PARSE_MOD, &spec, err);
	if (rc)
		return rc;
	rc = model_flow_mod(m, sw, &spec, rpc_option(p, "strict"), err);
	flow_spec_fini(&spec);
	/* It named one rule; a loose one is a filter, which may find nothing. */
	if (!rc && rpc_option(p, "strict"))
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, sw->name, "switch %s: no such rule",
			       sw->name);
	return rc < 0 ? rc : changed_result(rc, result, err);
}

static int flow_del(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *text = rpc_arg(p, 1);
	struct port_names names;
	struct flow_spec spec;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	if (!text && rpc_option(p, "strict")) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "flow del: --strict needs a flow");
		return -EINVAL;
	}
	rc = rpc_parse_flow(&names, text ? text : "", FLOW_PARSE_DEL, &spec, err);
	if (rc)
		return rc;
	rc = model_flow_del(m, sw, &spec, rpc_option(p, "strict"), err);
	flow_spec_fini(&spec);
	return rc < 0 ? rc : changed_result(rc, result, err);
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
