// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of the flow cache: show, stats, set.
 */
#include "rpc.h"

#include <errno.h>

#include "model.h"
#include "rpc_drops.h"
#include "strbuf.h"

struct listing {
	json_t *list;
	struct port_names ports;
	struct program_names names;
	bool failed;
};

static json_t *megaflow_object(const struct model_megaflow *f, const struct program_names *names)
{
	struct strbuf match, actions;
	json_t *o = NULL;

	strbuf_init(&match);
	strbuf_init(&actions);
	match_format(&match, f->match, names->ports);
	if (f->verdict == XVS_VERDICT_DROP)
		strbuf_add(&actions, "drop");
	else
		program_format(&actions, f->ops, f->n_ops, names);
	if (!match.failed && !actions.failed)
		o = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o, s:b}", "id", (int)f->id, "match",
			      strbuf_str(&match), "actions", strbuf_str(&actions), "packets",
			      rpc_count(f->packets), "bytes", rpc_count(f->bytes), "used_ms",
			      f->used_ms == UINT64_MAX ? json_null() : rpc_count(f->used_ms),
			      "offloaded", 0);
	if (o && f->verdict == XVS_VERDICT_DROP)
		json_object_set_new(o, "reason", json_string(drop_reason_name(f->reason)));
	strbuf_fini(&match);
	strbuf_fini(&actions);
	return o;
}

static void list_megaflow(void *aux, const struct model_megaflow *f)
{
	struct listing *l = aux;

	if (!l->failed && json_array_append_new(l->list, megaflow_object(f, &l->names)))
		l->failed = true;
}

static int cache_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct listing l = {0};

	if (!sw)
		return -ENOENT;
	l.list = json_array();
	model_port_names(m, sw, &l.ports);
	l.names = model_program_names(m, &l.ports);
	model_cache_each(m, sw, list_megaflow, &l);
	if (l.failed) {
		json_decref(l.list);
		return rpc_no_memory(err);
	}
	*result = l.list;
	return 0;
}

static int cache_stats(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct model_cache_stats st = {0};
	const struct xvs_counters *c = &st.counters;
	json_t *o;

	if (!sw)
		return -ENOENT;
	model_cache_stats(m, sw, &st);
	o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:s}", "switch", sw->name, "megaflows",
		      rpc_count(st.megaflows), "megaflow_limit", rpc_count(st.megaflow_limit),
		      "subtables", rpc_count(st.subtables), "subtable_limit",
		      rpc_count(st.subtable_limit), "mask_level", mask_level_name(st.mask_level));
	json_object_set_new(o, "megaflow_limit_in_force", rpc_count(st.megaflow_limit_in_force));
	json_object_set_new(o, "sweep_us", rpc_count(st.sweep_us));
	json_object_set_new(o, "microflow",
			    json_pack("{s:o, s:o, s:b}", "hits", rpc_count(c->microflow_hits),
				      "misses", rpc_count(c->microflow_misses), "enabled",
				      (int)st.micro));
	json_object_set_new(o, "megaflow",
			    json_pack("{s:o, s:o, s:o, s:b}", "hits", rpc_count(c->megaflow_hits),
				      "misses", rpc_count(c->megaflow_misses), "subtables_probed",
				      rpc_count(c->subtables_probed), "enabled", (int)st.mega));
	json_object_set_new(o, "upcalls",
			    json_pack("{s:o, s:o, s:o}", "received", rpc_count(c->upcalls_received),
				      "handled", rpc_count(c->upcalls_handled), "refused",
				      rpc_count(c->upcalls_refused)));
	json_object_set_new(o, "installed_total", rpc_count(st.installed_total));
	json_object_set_new(o, "removed_total", rpc_count(st.removed_total));
	json_object_set_new(o, "revalidated_total", rpc_count(st.revalidated_total));
	json_object_set_new(o, "counters", json_object());
#define CACHE_COUNTER(sym, text) \
	json_object_set_new(json_object_get(o, "counters"), #sym, rpc_count(c->sym));
	XVS_COUNTERS(CACHE_COUNTER)
#undef CACHE_COUNTER
	*result = o;
	return o ? 0 : rpc_no_memory(err);
}

static int cache_set(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	static const long limit_range[2] = {1, XVS_FLOW_LIMIT_MAX};
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct model_cache_config cfg = {0};
	long limit = 0;
	int rc;

	if (!sw)
		return -ENOENT;
	rc = rpc_option_bool(p, "micro", &cfg.micro, err);
	if (rc < 0)
		return rc;
	cfg.has_micro = rc;
	rc = rpc_option_bool(p, "mega", &cfg.mega, err);
	if (rc < 0)
		return rc;
	cfg.has_mega = rc;
	rc = rpc_option_number(p, "limit", limit_range, &limit, err);
	if (rc < 0)
		return rc;
	cfg.has_limit = rc;
	cfg.limit = (__u32)limit;
	if (!cfg.has_micro && !cfg.has_mega && !cfg.has_limit)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "cache set: nothing to set: give micro=, mega= or limit=");
	return model_cache_set(m, sw, &cfg, err);
}

const struct rpc_method rpc_cache_methods[] = {
	{.name = "cache.show", .fn = cache_show, .min_args = 1, .max_args = 1},
	{.name = "cache.stats", .fn = cache_stats, .min_args = 1, .max_args = 1},
	{.name = "cache.set",
	 .fn = cache_set,
	 .min_args = 1,
	 .max_args = 1,
	 .options = " micro mega limit "},
	{0},
};
