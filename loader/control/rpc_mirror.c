// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of mirrors: add, set, del, show. Options become a struct mirror; what
 * it may be is the model's to say.
 */
#include "rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "model_mirror.h"
#include "rpc_vlans.h"

#define MIRROR_OPTIONS \
	" select_src_port select_dst_port select_vlan select_all output_port output_vlan "

/* A port by name, else by number; NULL with 'err' filled. */
static const struct sw_port *find_port(const struct sw *sw, const char *name, struct err *err)
{
	const struct sw_port *port = sw_port_by_name(sw, name);
	unsigned long n;
	char *end;

	if (port)
		return port;
	n = strtoul(name, &end, 10);
	if (*name >= '0' && *name <= '9' && !*end && n < XVS_MAX_PORTS)
		port = sw_port_by_no(sw, (__u16)n);
	if (!port)
		err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "port %s: not a port of switch %s",
			name, sw->name);
	return port;
}

/* "a,b": a set of ports; 0 also if the option is not given. */
static int parse_ports(const struct rpc_params *p, const char *option, const struct sw *sw,
		       __u64 *ports, struct err *err)
{
	const char *text = rpc_option(p, option);
	char *copy, *rest, *name;
	int rc = 0;

	if (!text)
		return 0;
	copy = rest = strdup(text);
	if (!copy)
		return rpc_no_memory(err);
	while (!rc && (name = strsep(&rest, ","))) {
		const struct sw_port *port = find_port(sw, name, err);

		if (port)
			mirror_set_bit(ports, port->port_no);
		else
			rc = -ENOENT;
	}
	free(copy);
	return rc;
}

static int parse_vlans(const struct rpc_params *p, struct mirror *mirror, struct err *err)
{
	const char *text = rpc_option(p, "select_vlan");

	if (!text)
		return 0;
	mirror->has_vlans = true;
	if (rpc_vlans_parse(text, mirror->vlans))
		return 0;
	err_set(err, -EINVAL, XVS_RPC_USAGE, mirror->name,
		"mirror %s: select_vlan=%s: must be VLANs from 0 to %d", mirror->name, text,
		RPC_VLAN_MAX);
	err_hint(err, "for example select_vlan=10,20-29; 0 is untagged");
	return -EINVAL;
}

static int parse_selection(const struct rpc_params *p, const struct sw *sw, struct mirror *mirror,
			   struct err *err)
{
	const char *all = rpc_option(p, "select_all");
	int rc;

	if (all && all[0])
		return err_set(err, -EINVAL, XVS_RPC_USAGE, mirror->name,
			       "mirror %s: select_all takes no value", mirror->name);
	mirror->select_all = all;
	rc = parse_ports(p, "select_src_port", sw, mirror->src_ports, err);
	if (!rc)
		rc = parse_ports(p, "select_dst_port", sw, mirror->dst_ports, err);
	return rc ? rc : parse_vlans(p, mirror, err);
}

static int parse_output(const struct rpc_params *p, const struct sw *sw, struct mirror *mirror,
			struct err *err)
{
	static const long range[2] = {1, RPC_VLAN_MAX};
	const char *name = rpc_option(p, "output_port");
	const struct sw_port *port = name ? find_port(sw, name, err) : NULL;
	long vlan = -1;
	int rc = rpc_option_number(p, "output_vlan", range, &vlan, err);

	if (name && !port)
		return -ENOENT;
	if (rc < 0)
		return rc;
	if (name && rc)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, mirror->name,
			       "mirror %s: either output_port= or output_vlan=, not both",
			       mirror->name);
	mirror->output_port = port ? port->port_no : 0;
	mirror->output_vlan = (int)vlan;
	return 0;
}

static bool any_option(const struct rpc_params *p, const char *prefix)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)p->options, name, v)
		if (!strncmp(name, prefix, strlen(prefix)))
			return true;
	return false;
}

/* As the options say; what they say nothing of is as in 'old' (NULL: nothing). */
static int parse_mirror(const struct rpc_params *p, const struct sw *sw, const struct mirror *old,
			struct mirror *mirror, struct err *err)
{
	int rc = 0;

	if (old && !any_option(p, "select_")) {
		mirror->select_all = old->select_all;
		mirror->has_vlans = old->has_vlans;
		memcpy(mirror->src_ports, old->src_ports, sizeof(old->src_ports));
		memcpy(mirror->dst_ports, old->dst_ports, sizeof(old->dst_ports));
		memcpy(mirror->vlans, old->vlans, sizeof(old->vlans));
	} else {
		rc = parse_selection(p, sw, mirror, err);
	}
	if (rc)
		return rc;
	if (!old || any_option(p, "output_"))
		return parse_output(p, sw, mirror, err);
	mirror->output_port = old->output_port;
	mirror->output_vlan = old->output_vlan;
	return 0;
}

typedef int (*change_fn)(struct model *m, struct sw *sw, struct mirror *mirror, struct err *err);

static int change(struct model *m, const struct rpc_params *p, change_fn fn, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *name = rpc_arg(p, 1);
	const struct mirror *old = NULL;
	struct mirror *mirror;
	int rc;

	if (!sw)
		return -ENOENT;
	if (fn == model_mirror_set) {
		old = model_mirror(sw, name, err);
		if (!old)
			return -ENOENT;
	}
	if (!name[0] || strlen(name) >= XVS_NAME_LEN)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "mirror '%s': a name has 1 to %d characters", name,
			       XVS_NAME_LEN - 1);
	mirror = mirror_create(name);
	if (!mirror)
		return rpc_no_memory(err);
	rc = parse_mirror(p, sw, old, mirror, err);
	if (!rc)
		return fn(m, sw, mirror, err);
	mirror_put(mirror);
	return rc;
}

static int mirror_method_add(struct model *m, const struct rpc_params *p, json_t **result,
			     struct err *err)
{
	return change(m, p, model_mirror_add, err);
}

static int mirror_method_set(struct model *m, const struct rpc_params *p, json_t **result,
			     struct err *err)
{
	return change(m, p, model_mirror_set, err);
}

static int mirror_method_del(struct model *m, const struct rpc_params *p, json_t **result,
			     struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);

	return sw ? model_mirror_del(m, sw, rpc_arg(p, 1), err) : -ENOENT;
}

static json_t *ports_value(const struct sw *sw, const __u64 *ports)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sw->n_ports; i++)
		if (mirror_has_bit(ports, sw->ports[i]->port_no))
			json_array_append_new(list, json_string(sw->ports[i]->name));
	return list;
}

static json_t *vlans_value(const struct mirror *mirror)
{
	struct strbuf text;

	if (!mirror->has_vlans)
		return json_null();
	strbuf_init(&text);
	rpc_vlans_format(&text, mirror->vlans);
	return rpc_take_text(&text);
}

static json_t *mirror_object(const struct sw *sw, const struct mirror *mirror)
{
	const struct sw_port *out = sw_port_by_no(sw, mirror->output_port);

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", mirror->name,
			 "select_all", (int)mirror->select_all, "select_src_port",
			 ports_value(sw, mirror->src_ports), "select_dst_port",
			 ports_value(sw, mirror->dst_ports), "select_vlan", vlans_value(mirror),
			 "output_port", out ? json_string(out->name) : json_null(), "output_vlan",
			 mirror->output_vlan >= 0 ? json_integer(mirror->output_vlan) : json_null(),
			 "tx_packets", rpc_count(mirror->n_packets), "tx_bytes",
			 rpc_count(mirror->n_bytes));
}

static int mirror_method_show(struct model *m, const struct rpc_params *p, json_t **result,
			      struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *name = rpc_arg(p, 1);
	json_t *list;

	if (!sw || (name && !model_mirror(sw, name, err)))
		return -ENOENT;
	model_mirror_count(m);
	list = json_array();
	for (size_t i = 0; i < sw->n_mirrors; i++) {
		if (name && strcmp(sw->mirrors[i]->name, name))
			continue;
		if (!json_array_append_new(list, mirror_object(sw, sw->mirrors[i])))
			continue;
		json_decref(list);
		return rpc_no_memory(err);
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_mirror_methods[] = {
	{.name = "mirror.add",
	 .fn = mirror_method_add,
	 .min_args = 2,
	 .max_args = 2,
	 .options = MIRROR_OPTIONS},
	{.name = "mirror.set",
	 .fn = mirror_method_set,
	 .min_args = 2,
	 .max_args = 2,
	 .options = MIRROR_OPTIONS},
	{.name = "mirror.del", .fn = mirror_method_del, .min_args = 2, .max_args = 2},
	{.name = "mirror.show", .fn = mirror_method_show, .min_args = 1, .max_args = 2},
	{0},
};
