// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The daemon itself: status, daemon.stop.
 */
#include "rpc.h"

#include <errno.h>
#include <unistd.h>

#include "model.h"
#include "xvs/abi.h"

/* Counts the ports of all switches by the hook in force. */
static json_t *hooks_object(struct model *m)
{
	unsigned int n[XVS_HOOK_USER + 1] = {0};
	json_t *o = json_object();
	struct model_port mp;

	for (size_t i = 0; i < model_n_switches(m); i++) {
		const struct sw *sw = model_switch_at(m, i);

		for (size_t k = 0; model_port_at(m, sw, k, &mp); k++)
			if ((unsigned int)mp.port->hook <= XVS_HOOK_USER)
				n[mp.port->hook]++;
			else if (mp.port->hook == XVS_HOOK_EGRESS)
				n[XVS_HOOK_TC]++;
	}
	for (int h = XVS_HOOK_NONE; h <= XVS_HOOK_USER; h++)
		json_object_set_new(o, port_hook_name(h), rpc_count(n[h]));
	return o;
}

static json_t *switches_array(struct model *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model_n_switches(m); i++) {
		const struct sw *sw = model_switch_at(m, i);

		json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "name", sw->name, "ports",
						      rpc_count(sw->n_ports), "rules",
						      rpc_count(flow_table_count(sw->tables))));
	}
	return list;
}

static json_t *limits_object(const struct model_status *st)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "flow_limit", rpc_count(st->flow_limit),
			 "connections", rpc_count(st->ct_limit), "subtables",
			 rpc_count(XVS_MAX_SUBTABLES), "ports", rpc_count(XVS_MAX_PORTS - 1),
			 "rules", rpc_count(XVS_MAX_RULES), "fdb", rpc_count(XVS_MAX_FDB));
}

static json_t *memory_object(const struct model_status *st)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "fixed_bytes",
			 rpc_count(st->memory.fixed_bytes), "per_cpu_bytes",
			 rpc_count(st->memory.per_cpu_bytes), "total_bytes",
			 rpc_count(st->memory.total_bytes), "ct_bytes",
			 rpc_count(st->memory.ct_bytes), "cpus",
			 rpc_count(st->features->possible_cpus), "cpu_lanes",
			 rpc_count(st->cpu_lanes));
}

static int status(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct model_status st = {0};
	const struct dp_features *f;
	json_t *o = json_object();

	model_status(m, &st);
	f = st.features;
	json_object_set_new(o, "daemon",
			    json_pack("{s:s, s:i, s:o, s:b}", "version", XVS_VERSION, "pid",
				      (int)getpid(), "uptime_s", rpc_count(st.uptime_ms / 1000),
				      "running", 1));
	json_object_set_new(o, "kernel",
			    json_pack("{s:s, s:b, s:b, s:b, s:b}", "release", f->kernel, "tcx",
				      (int)f->tcx, "membarrier", (int)f->membarrier,
				      "redirect_trace", (int)f->redirect_trace, "jit",
				      (int)f->jit));
	json_object_set_new(o, "switches", switches_array(m));
	json_object_set_new(o, "hooks", hooks_object(m));
	json_object_set_new(o, "connections", rpc_count(st.n_conns));
	json_object_set_new(o, "limits", limits_object(&st));
	json_object_set_new(o, "memory", memory_object(&st));
	json_object_set_new(o, "admission", rpc_admission_object(m));
	*result = o;
	return o ? 0 : rpc_no_memory(err);
}

static int daemon_stop(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	model_request_stop(m);
	return 0;
}

const struct rpc_method rpc_status_methods[] = {
	{.name = "status", .fn = status},
	{.name = "daemon.stop", .fn = daemon_stop},
	{0},
};
