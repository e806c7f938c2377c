// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of switches: add, del, show.
 */
#include "rpc.h"

#include <errno.h>

#include "model.h"

static int switch_add(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	return model_switch_add(m, rpc_arg(p, 0), err);
}

static int switch_del(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	return model_switch_del(m, rpc_arg(p, 0), err);
}

static json_t *switch_object(const struct sw *sw)
{
	json_t *ports = json_array();

	for (size_t i = 0; i < sw->n_ports; i++)
		json_array_append_new(ports, json_string(sw->ports[i]->name));
	return json_pack("{s:s, s:o, s:o, s:o}", "name", sw->name, "ports", ports, "rules",
			 rpc_count(flow_table_count(sw->tables)), "fdb_entries",
			 rpc_count(fdb_count(sw->fdb)));
}

static int switch_show(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	const char *name = rpc_arg(p, 0);
	struct sw *only = NULL;
	json_t *list;

	if (name) {
		only = model_switch(m, name, err);
		if (!only)
			return -ENOENT;
	}
	list = json_array();
	for (size_t i = 0; i < model_n_switches(m); i++) {
		const struct sw *sw = model_switch_at(m, i);

		if ((!only || sw == only) && json_array_append_new(list, switch_object(sw))) {
			json_decref(list);
			return rpc_no_memory(err);
		}
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_switch_methods[] = {
	{.name = "switch.add", .fn = switch_add, .min_args = 1, .max_args = 1},
	{.name = "switch.del", .fn = switch_del, .min_args = 1, .max_args = 1},
	{.name = "switch.show", .fn = switch_show, .max_args = 1},
	{0},
};
