// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of meters: add, mod, del, show. Their text is that of ovs-ofctl
 * (meter_text.h).
 */
#include "rpc.h"

#include <errno.h>

#include "meter_text.h"
#include "model.h"
#include "model_meter.h"
#include "rpc_flow_text.h"

typedef int (*change_fn)(struct model *m, struct sw *sw, __u32 id,
			 const struct meter_config *config, struct err *err);

static int change(struct model *m, const struct rpc_params *p, change_fn fn, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *text = rpc_arg(p, 1);
	struct parse_error where = {0};
	struct meter_config config;
	__u32 id;
	int rc;

	if (!sw)
		return -ENOENT;
	rc = meter_parse(text, &id, &config, &where);
	if (rc)
		return rpc_parse_error(err, "meter", text, &where, rc);
	return fn(m, sw, id, &config, err);
}

static int meter_method_add(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	return change(m, p, model_meter_add, err);
}

static int meter_method_mod(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	return change(m, p, model_meter_mod, err);
}

static int meter_method_del(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	__u32 id; /* 0: all */
	int rc = sw ? rpc_parse_id(p, "meter", meter_id_parse, &id, err) : -ENOENT;

	if (rc)
		return rc;
	rc = model_meter_del(m, sw, id, err);
	if (rc < 0)
		return rc;
	*result = json_pack("{s:i}", "removed", rc);
	return *result ? 0 : rpc_no_memory(err);
}

static json_t *text_value(const struct meter *meter)
{
	struct strbuf text;

	strbuf_init(&text);
	meter_format(&text, meter->id, &meter->config);
	return rpc_take_text(&text);
}

static json_t *meter_object(struct model *m, const struct meter *meter)
{
	const struct meter_config *c = &meter->config;
	struct xvs_meter_stats stats;

	model_meter_stats(m, meter, &stats);
	return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "meter",
			 (json_int_t)meter->id, "unit", c->bytes ? "kbps" : "pktps", "rate",
			 (json_int_t)c->rate, "burst_size",
			 c->burst ? json_integer((json_int_t)c->burst) : json_null(), "packets",
			 rpc_count(stats.packets), "bytes", rpc_count(stats.bytes),
			 "dropped_packets", rpc_count(stats.dropped_packets), "dropped_bytes",
			 rpc_count(stats.dropped_bytes), "age_s",
			 rpc_count((model_now_ms(m) - meter->created_ms) / 1000), "text",
			 text_value(meter));
}

static int meter_method_show(struct model *m, const struct rpc_params *p, json_t **result,
			     struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	json_t *list;
	__u32 id; /* 0: all */
	int rc = sw ? rpc_parse_id(p, "meter", meter_id_parse, &id, err) : -ENOENT;

	if (rc)
		return rc;
	if (id && !meter_find(sw->meters, id))
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, rpc_arg(p, 1),
			       "switch %s: meter %u: no such meter", sw->name, id);
	list = json_array();
	for (size_t i = 0; i < sw->meters->ids.n; i++) {
		const struct meter *meter = meter_at(sw->meters, i);

		if (id && meter->id != id)
			continue;
		if (!json_array_append_new(list, meter_object(m, meter)))
			continue;
		json_decref(list);
		return rpc_no_memory(err);
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_meter_methods[] = {
	{.name = "meter.add", .fn = meter_method_add, .min_args = 2, .max_args = 2},
	{.name = "meter.mod", .fn = meter_method_mod, .min_args = 2, .max_args = 2},
	{.name = "meter.del", .fn = meter_method_del, .min_args = 1, .max_args = 2},
	{.name = "meter.show", .fn = meter_method_show, .min_args = 1, .max_args = 2},
	{0},
};
