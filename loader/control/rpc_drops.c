// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The drop ledger: port x reason, rows that have counted something.
 */
#include "rpc_drops.h"

#include <errno.h>

#include "model.h"
#include "rpc.h"

const char *drop_reason_name(enum xvs_drop_reason reason)
{
	static const char *const names[] = {[XVS_DROP_UNSPEC] = "unknown",
#define DROP_NAME(sym, name, text) [XVS_DROP_##sym] = name,
					    XVS_DROP_REASONS(DROP_NAME)
#undef DROP_NAME
	};

	return names[(unsigned int)reason < XVS_DROP_LAST ? reason : XVS_DROP_UNSPEC];
}

/* 'name' is NULL for drops that belong to no port. */
static int list_drops(struct model *m, json_t *list, __u16 port_no, const char *name)
{
	for (int r = XVS_DROP_UNSPEC; r < XVS_DROP_LAST; r++) {
		enum xvs_drop_reason reason = (enum xvs_drop_reason)r;
		__u64 n = model_drops(m, port_no, reason);
		json_t *row;

		if (!n)
			continue;
		row = json_pack("{s:s?, s:s, s:o}", "port", name, "reason",
				drop_reason_name(reason), "packets", rpc_count(n));
		if (json_array_append_new(list, row))
			return -ENOMEM;
	}
	return 0;
}

static int drops_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	json_t *list;
	int rc;

	if (!sw)
		return -ENOENT;
	list = json_array();
	rc = list_drops(m, list, 0, NULL);
	for (size_t i = 0; !rc && i < sw->n_ports; i++)
		rc = list_drops(m, list, sw->ports[i]->port_no, sw->ports[i]->name);
	if (rc) {
		json_decref(list);
		return rpc_no_memory(err);
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_drops_methods[] = {
	{.name = "drops.show", .fn = drops_show, .min_args = 1, .max_args = 1},
	{0},
};
