// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of groups: add, mod, del, show. Their text is that of ovs-ofctl
 * (group_text.h).
 */
#include "rpc.h"

#include <errno.h>

#include "flow_lex.h"
#include "group_text.h"
#include "model.h"
#include "model_group.h"
#include "rpc_flow_text.h"

typedef int (*change_fn)(struct model *m, struct sw *sw, struct group *g, struct err *err);

static int change(struct model *m, const struct rpc_params *p, change_fn fn, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *text = rpc_arg(p, 1);
	struct parse_error where = {0};
	struct port_names names;
	struct group *g;
	int rc;

	if (!sw)
		return -ENOENT;
	model_port_names(m, sw, &names);
	rc = group_parse(text, &names, &g, &where);
	if (rc)
		return rpc_parse_error(err, "group", text, &where, rc);
	return fn(m, sw, g, err);
}

static int group_method_add(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	return change(m, p, model_group_add, err);
}

static int group_method_mod(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	return change(m, p, model_group_mod, err);
}

static int group_method_del(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	__u32 id; /* GROUP_NONE: all */
	int rc = sw ? rpc_parse_id(p, "group", group_id_parse, &id, err) : -ENOENT;

	if (rc)
		return rc;
	rc = model_group_del(m, sw, id, err);
	if (rc < 0)
		return rc;
	*result = json_pack("{s:i}", "removed", rc);
	return *result ? 0 : rpc_no_memory(err);
}

static json_t *actions_value(const struct ofacts *actions, const struct port_names *names)
{
	struct strbuf text;

	strbuf_init(&text);
	ofacts_format(&text, actions, names);
	return rpc_take_text(&text);
}

static json_t *watched_port(const struct sw *sw, const struct group_bucket *b)
{
	const struct sw_port *port = sw_port_by_no(sw, b->watch_port);

	if (!b->watch_port)
		return json_null();
	if (b->watch_port == PORT_LOCAL)
		return json_string("LOCAL");
	return port ? json_string(port->name) : json_sprintf("%u", b->watch_port);
}

static json_t *bucket_object(const struct sw *sw, const struct group_bucket *b,
			     const struct port_names *names)
{
	return json_pack("{s:I, s:i, s:o, s:o, s:o, s:b, s:o, s:o}", "bucket_id", (json_int_t)b->id,
			 "weight", (int)b->weight, "watch_port", watched_port(sw, b), "watch_group",
			 b->watch_group == GROUP_NONE ? json_null()
						      : json_integer((json_int_t)b->watch_group),
			 "actions", actions_value(&b->actions, names), "alive",
			 (int)group_bucket_alive(sw, b), "packets", rpc_count(b->n_packets),
			 "bytes", rpc_count(b->n_bytes));
}

static json_t *buckets_value(const struct sw *sw, const struct group *g,
			     const struct port_names *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_buckets; i++) {
		if (!json_array_append_new(list, bucket_object(sw, &g->buckets[i], names)))
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *text_value(const struct group *g, const struct port_names *names)
{
	struct strbuf text;

	strbuf_init(&text);
	group_format(&text, g, names);
	return rpc_take_text(&text);
}

static json_t *fields_value(const struct group *g)
{
	struct strbuf text;

	strbuf_init(&text);
	group_fields_format(&text, g);
	return rpc_take_text(&text);
}

static json_t *group_object(struct model *m, struct sw *sw, const struct group *g)
{
	const char *selection = group_selection_name(g->selection);
	__u64 now_ms = model_now_ms(m);
	struct port_names names;

	model_port_names(m, sw, &names);
	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "group_id",
			 (json_int_t)g->id, "type", group_type_name(g->type), "selection_method",
			 selection ? json_string(selection) : json_null(), "fields",
			 fields_value(g), "buckets", buckets_value(sw, g, &names), "packets",
			 rpc_count(g->n_packets), "bytes", rpc_count(g->n_bytes), "age_s",
			 rpc_count((now_ms - g->created_ms) / 1000), "text", text_value(g, &names));
}

static int group_method_show(struct model *m, const struct rpc_params *p, json_t **result,
			     struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	json_t *list;
	__u32 id; /* GROUP_NONE: all */
	int rc = sw ? rpc_parse_id(p, "group", group_id_parse, &id, err) : -ENOENT;

	if (rc)
		return rc;
	if (id != GROUP_NONE && !group_find(sw->groups, id))
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, rpc_arg(p, 1),
			       "switch %s: group %u: no such group", sw->name, id);
	model_group_count(m);
	list = json_array();
	for (size_t i = 0; i < sw->groups->ids.n; i++) {
		const struct group *g = group_at(sw->groups, i);

		if (id != GROUP_NONE && g->id != id)
			continue;
		if (!json_array_append_new(list, group_object(m, sw, g)))
			continue;
		json_decref(list);
		return rpc_no_memory(err);
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_group_methods[] = {
	{.name = "group.add", .fn = group_method_add, .min_args = 2, .max_args = 2},
	{.name = "group.mod", .fn = group_method_mod, .min_args = 2, .max_args = 2},
	{.name = "group.del", .fn = group_method_del, .min_args = 1, .max_args = 2},
	{.name = "group.show", .fn = group_method_show, .min_args = 1, .max_args = 2},
	{0},
};
