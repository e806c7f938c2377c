// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of rules: add, mod, del, show, replace. Text becomes flow_specs here
 * (loader/flow/flow_parse.h), errors in it keep their place.
 */
#include "rpc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "rpc_flow_text.h"
#include "strbuf.h"

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

static void free_specs(struct flow_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		flow_spec_fini(&specs[i]);
	free(specs);
}

static int flow_replace(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	size_t n = p->n_args - 1;
	struct port_names names;
	struct flow_spec *specs;
	int rc = 0;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	specs = calloc(n ? n : 1, sizeof(*specs));
	if (!specs)
		return rpc_no_memory(err);
	for (size_t i = 0; i < n; i++) {
		rc = rpc_parse_flow(&names, rpc_arg(p, i + 1), FLOW_PARSE_ADD, &specs[i], err);
		if (rc) {
			free_specs(specs, i);
			return rc;
		}
	}
	rc = model_flow_replace(m, sw, specs, n, err);
	free_specs(specs, n);
	if (rc < 0)
		return rc;
	*result = json_pack("{s:o}", "rules", rpc_count(flow_table_count(sw->tables)));
	return *result ? 0 : rpc_no_memory(err);
}

static json_t *rule_object(const struct model_rule *mr, const struct port_names *names)
{
	const struct rule *rule = mr->rule;
	struct strbuf match, actions, cookie;
	json_t *o = NULL;

	strbuf_init(&match);
	strbuf_init(&actions);
	strbuf_init(&cookie);
	match_format(&match, &rule->match, names);
	ofacts_format(&actions, &rule->actions, names);
	/* Text: a cookie has 64 bits, JSON numbers have fewer. */
	strbuf_printf(&cookie, "0x%llx", (unsigned long long)rule->cookie);
	if (!match.failed && !actions.failed && !cookie.failed)
		o = json_pack("{s:i, s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "table",
			      (int)rule->table_id, "priority", (int)rule->priority, "match",
			      strbuf_str(&match), "actions", strbuf_str(&actions), "cookie",
			      strbuf_str(&cookie), "packets", rpc_count(mr->packets), "bytes",
			      rpc_count(mr->bytes), "age_s", rpc_count(mr->age_ms / 1000), "idle_s",
			      rpc_count(mr->idle_ms / 1000));
	strbuf_fini(&match);
	strbuf_fini(&actions);
	strbuf_fini(&cookie);
	return o;
}

static int parse_filter(const struct port_names *names, const char *text, struct flow_select *sel,
			struct err *err)
{
	struct flow_spec spec;
	int rc = rpc_parse_flow(names, text, FLOW_PARSE_DEL, &spec, err);

	if (rc)
		return rc;
	*sel = (struct flow_select){
		.match = spec.match,
		.table_id = spec.table_id,
		.cookie = spec.cookie,
		.cookie_mask = spec.cookie_mask,
		.out_port = spec.out_port,
	};
	flow_spec_fini(&spec);
	return 0;
}

static int flow_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *text = rpc_arg(p, 1);
	struct model_rule *rules = NULL;
	struct flow_select sel;
	struct port_names names;
	json_t *list;
	size_t n = 0;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	if (text) {
		rc = parse_filter(&names, text, &sel, err);
		if (rc)
			return rc;
	}
	rc = model_flow_list(m, sw, text ? &sel : NULL, &rules, &n, err);
	if (rc < 0)
		return rc;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (!json_array_append_new(list, rule_object(&rules[i], &names)))
			continue;
		json_decref(list);
		free(rules);
		return rpc_no_memory(err);
	}
	free(rules);
	*result = list;
	return 0;
}

const struct rpc_method rpc_flow_methods[] = {
	{.name = "flow.add",
	 .fn = flow_add,
	 .min_args = 2,
	 .max_args = 2,
	 .options = " check_overlap "},
	{.name = "flow.mod", .fn = flow_mod, .min_args = 2, .max_args = 2, .options = " strict "},
	{.name = "flow.del", .fn = flow_del, .min_args = 1, .max_args = 2, .options = " strict "},
	{.name = "flow.show", .fn = flow_show, .min_args = 1, .max_args = 2},
	{.name = "flow.replace", .fn = flow_replace, .min_args = 1, .max_args = UINT_MAX},
	{0},
};
