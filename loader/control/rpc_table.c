// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The methods that the daemon has, put together from the tables of the nouns.
 */
#include "rpc.h"

#include <string.h>

static const struct rpc_method *const tables[] = {
	rpc_switch_methods,      rpc_port_methods,    rpc_flow_methods,      rpc_group_methods,
	rpc_meter_methods,       rpc_mirror_methods,  rpc_fdb_methods,       rpc_cache_methods,
	rpc_classifier_methods,  rpc_drops_methods,   rpc_trace_methods,     rpc_status_methods,
	rpc_batch_methods,       rpc_monitor_methods, rpc_admission_methods, rpc_ct_methods,
	rpc_ct_timeouts_methods, rpc_policy_methods,
};

const struct rpc_method *rpc_method_find(const char *name)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct rpc_method *m = tables[i]; m->name; m++)
			if (!strcmp(m->name, name))
				return m;
	return NULL;
}
