// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections: ct.show (rpc_ct_show.c), ct.flush, ct.stats, ct.set; and the policies of
 * timeouts, ct-timeouts.*.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_ct_private.h"

struct checking {
	const struct rpc_env *env;
	struct rpc_call *call;
	int rc;
};

/* On the datapath thread. */
static void check_switch(void *aux)
{
	struct checking *c = aux;
	struct rpc_call *call = c->call;

	c->rc = model_switch(c->env->model, rpc_arg(&call->params, 0), &call->err) ? 0 : -ENOENT;
}

int rpc_ct_check_switch(const struct rpc_env *env, struct rpc_call *call)
{
	struct checking c = {.env = env, .call = call};
	int rc = rpc_on_datapath(env, check_switch, &c, &call->err);

	return rc ? rc : c.rc;
}

static int ct_flush(const struct rpc_env *env, struct rpc_call *call)
{
	struct ct_filter f;
	int rc = rpc_ct_check_switch(env, call);

	if (!rc)
		rc = rpc_ct_filter(&call->params, &f, &call->err);
	if (rc)
		return rc;
	call->result = json_pack("{s:o}", "flushed", rpc_count(model_ct_flush(env->model, &f)));
	return call->result ? 0 : rpc_no_memory(&call->err);
}

static json_t *states_object(const struct dp_ct_stats *s)
{
	json_t *o = json_object();

	for (int i = XVS_CT_S_EXPECT + 1; i < XVS_CT_S_N; i++)
		if (s->n_states[i])
			json_object_set_new(o, rpc_ct_state_name((__u8)i),
					    rpc_count(s->n_states[i]));
	return o;
}

static json_t *protos_object(const struct dp_ct_stats *s)
{
	json_t *o = json_object();
	char buf[8];

	for (int i = 0; i < 256; i++)
		if (s->n_protos[i])
			json_object_set_new(o, rpc_ct_proto_name((__u8)i, buf),
					    rpc_count(s->n_protos[i]));
	return o;
}

static json_t *zone_object(const struct model *m, __u16 number, const struct xvs_ct_zone *z)
{
	const char *timeouts = model_ct_timeouts_name(m, z->timeouts);

	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:b}", "zone", (int)number,
			 "connections", rpc_count(z->n_conns), "half_open", rpc_count(z->n_half),
			 "expectations", rpc_count(z->n_expect), "max", rpc_count(z->max_conns),
			 "max_half_open", rpc_count(z->max_half), "timeouts",
			 timeouts ? timeouts : "", "window_check", !(z->flags & XVS_CT_Z_LIBERAL),
			 "pick_up", !(z->flags & XVS_CT_Z_NO_PICKUP));
}

static json_t *zones_array(const struct model *m)
{
	json_t *list = json_array();
	struct xvs_ct_zone zone;

	for (__u32 i = 0; i < XVS_CT_ZONES; i++)
		if (model_ct_zone(m, (__u16)i, &zone))
			json_array_append_new(list, zone_object(m, (__u16)i, &zone));
	return list;
}

static __u32 connections(const struct dp_ct_stats *s)
{
	__u32 n = 0;

	for (int i = XVS_CT_S_EXPECT + 1; i < XVS_CT_S_N; i++)
		n += s->n_states[i];
	return n;
}

struct naming {
	struct checking checking;
	json_t *zones;
};

/* On the datapath thread: policies have their names there. */
static void list_zones(void *aux)
{
	struct naming *n = aux;

	check_switch(&n->checking);
	if (!n->checking.rc)
		n->zones = zones_array(n->checking.env->model);
}

static int ct_stats(const struct rpc_env *env, struct rpc_call *call)
{
	struct naming n = {.checking = {.env = env, .call = call}};
	struct model_ct_stats s;
	int rc = rpc_on_datapath(env, list_zones, &n, &call->err);

	if (rc || n.checking.rc)
		return rc ? rc : n.checking.rc;
	model_ct_stats(env->model, &s);
	call->result = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "switch",
				 rpc_arg(&call->params, 0), "connections",
				 rpc_count(connections(&s.table)), "limit", rpc_count(s.limit),
				 "half_open", rpc_count(s.n_half), "expectations",
				 rpc_count(s.table.n_states[XVS_CT_S_EXPECT]), "slots",
				 rpc_count(s.table.n_slots), "slots_used",
				 rpc_count(s.table.n_slots - s.table.n_states[XVS_CT_S_FREE]),
				 "states", states_object(&s.table), "protocols",
				 protos_object(&s.table), "zones", n.zones);
	return call->result ? 0 : rpc_no_memory(&call->err);
}

static int parse_limits(const struct rpc_params *p, struct model_ct_zone_config *cfg,
			struct err *err)
{
	static const long zones[2] = {0, XVS_CT_ZONES - 1}, most[2] = {0, 0xffffffffL};
	const struct {
		const char *name;
		bool *given;
		__u32 *value;
	} limits[] = {{"max", &cfg->has_max, &cfg->max},
		      {"max-half-open", &cfg->has_max_half, &cfg->max_half}};
	long n = 0;
	int rc = rpc_option_number(p, "zone", zones, &n, err);

	cfg->zone = (__u16)n;
	for (size_t i = 0; rc >= 0 && i < sizeof(limits) / sizeof(limits[0]); i++) {
		rc = rpc_option_number(p, limits[i].name, most, &n, err);
		*limits[i].given = rc > 0;
		*limits[i].value = (__u32)n;
	}
	return rc < 0 ? rc : 0;
}

static int parse_zone_config(const struct rpc_params *p, struct model_ct_zone_config *cfg,
			     struct err *err)
{
	int rc = parse_limits(p, cfg, err);

	if (rc)
		return rc;
	rc = rpc_option_bool(p, "window-check", &cfg->window_check, err);
	if (rc < 0)
		return rc;
	cfg->has_window_check = rc;
	rc = rpc_option_bool(p, "pick-up", &cfg->pick_up, err);
	if (rc < 0)
		return rc;
	cfg->has_pick_up = rc;
	cfg->timeouts = rpc_option(p, "timeouts");
	if (cfg->has_max || cfg->has_max_half || cfg->has_window_check || cfg->has_pick_up ||
	    cfg->timeouts)
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
		       "ct set: nothing to set: give max=, max-half-open=, window-check=, "
		       "pick-up= or timeouts=");
}

static int ct_set(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct model_ct_zone_config cfg = {0};
	int rc = model_switch(m, rpc_arg(p, 0), err) ? 0 : -ENOENT;

	if (!rc)
		rc = parse_zone_config(p, &cfg, err);
	return rc ? rc : model_ct_zone_set(m, &cfg, err);
}

const struct rpc_method rpc_ct_methods[] = {
	{.name = "ct.show",
	 .main_fn = rpc_ct_show,
	 .min_args = 1,
	 .max_args = 1,
	 .options = RPC_CT_FILTER_OPTIONS "count "},
	{.name = "ct.flush",
	 .main_fn = ct_flush,
	 .min_args = 1,
	 .max_args = 1,
	 .options = RPC_CT_FILTER_OPTIONS},
	{.name = "ct.stats", .main_fn = ct_stats, .min_args = 1, .max_args = 1},
	{.name = "ct.set",
	 .fn = ct_set,
	 .min_args = 1,
	 .max_args = 1,
	 .options = " zone max max-half-open window-check pick-up timeouts "},
	{0},
};
