// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of admission to the slow path: show, set.
 */
#include "rpc.h"

#include <errno.h>

#include "model.h"
#include "upcall_queue.h"

json_t *rpc_admission_object(const struct model *m)
{
	struct model_admission a;

	model_admission(m, &a);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "pkts_per_s",
			 rpc_count(a.port.pkts_per_s), "burst_pkts", rpc_count(a.port.burst_pkts),
			 "kbytes_per_s", rpc_count(a.port.kbytes_per_s), "burst_kbytes",
			 rpc_count(a.port.burst_kbytes), "allowance", rpc_count(a.allowance),
			 "queue", rpc_count(a.queue));
}

/* The ports that have limits of their own. */
static json_t *ports_array(const struct model *m)
{
	json_t *list = json_array();

	for (size_t i = 0; i < model_n_switches(m); i++) {
		const struct sw *sw = model_switch_at(m, i);

		for (size_t k = 0; k < sw->n_ports; k++) {
			const struct sw_port *sp = sw->ports[k];
			struct dp_admission a;

			if (!sp->upcall_rate.own && !sp->upcall_burst.own)
				continue;
			model_port_admission(m, sp, &a);
			json_array_append_new(
				list, json_pack("{s:s, s:s, s:o, s:o}", "switch", sw->name, "port",
						sp->name, "pkts_per_s", rpc_count(a.pkts_per_s),
						"burst_pkts", rpc_count(a.burst_pkts)));
		}
	}
	return list;
}

static int admission_show(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	json_t *o = rpc_admission_object(m);
	struct model_waiting w;

	model_waiting(m, &w);
	json_object_set_new(o, "waiting",
			    json_pack("{s:o, s:o, s:o, s:o}", "packets", rpc_count(w.records),
				      "bytes", rpc_count(w.bytes), "bytes_limit",
				      rpc_count(w.bytes_limit), "refused", rpc_count(w.lost)));
	json_object_set_new(o, "ports", ports_array(m));
	*result = o;
	return o ? 0 : rpc_no_memory(err);
}

static int admission_set(struct model *m, const struct rpc_params *p, json_t **result,
			 struct err *err)
{
	struct model_admission a;
	const struct {
		const char *name;
		long range[2];
		__u32 *value;
	} options[] = {
		{"rate", {0, XVS_ADMISSION_RATE_MAX}, &a.port.pkts_per_s},
		{"burst", {0, XVS_ADMISSION_BURST_MAX}, &a.port.burst_pkts},
		{"byte-rate", {0, XVS_ADMISSION_RATE_MAX}, &a.port.kbytes_per_s},
		{"byte-burst", {0, XVS_ADMISSION_BURST_MAX}, &a.port.burst_kbytes},
		{"allowance", {1, XVS_INFLIGHT_ALLOWANCE_MAX}, &a.allowance},
		{"queue", {1, UPCALL_QUEUE_RECORDS_MAX}, &a.queue},
	};
	int given = 0;

	model_admission(m, &a);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		long value = *options[i].value;
		int rc = rpc_option_number(p, options[i].name, options[i].range, &value, err);

		if (rc < 0)
			return rc;
		*options[i].value = (__u32)value;
		given += rc;
	}
	if (!given)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "admission set: nothing to set: give rate=, burst=, byte-rate=, "
			       "byte-burst=, allowance= or queue=");
	model_admission_set(m, &a);
	return 0;
}

const struct rpc_method rpc_admission_methods[] = {
	{.name = "admission.show", .fn = admission_show},
	{.name = "admission.set",
	 .fn = admission_set,
	 .options = " rate burst byte-rate byte-burst allowance queue "},
	{0},
};
