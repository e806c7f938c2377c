// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of learned addresses: show, add, del, flush.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

static const long vlan_range[2] = {0, 4094};

static int parse_vlan(const struct rpc_params *p, __u16 *vlan, struct err *err)
{
	long n = 0;
	int rc = rpc_option_number(p, "vlan", vlan_range, &n, err);

	*vlan = (__u16)n;
	return rc < 0 ? rc : 0;
}

static json_t *fdb_object(const struct sw *sw, const struct fdb_entry *e, __u64 now_ms)
{
	const struct sw_port *port = sw_port_by_no(sw, e->port_no);
	__u64 age_ms = now_ms > e->used_ms ? now_ms - e->used_ms : 0;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", e->mac[0], e->mac[1], e->mac[2],
		 e->mac[3], e->mac[4], e->mac[5]);
	return json_pack("{s:s, s:i, s:s, s:o, s:b}", "mac", mac, "vlan", (int)e->vlan, "port",
			 port ? port->name : "", "age_s", rpc_count(age_ms / 1000), "static",
			 (int)e->is_static);
}

static int fdb_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct fdb_entry *entries = NULL;
	__u64 now_ms = model_now_ms(m);
	json_t *list;
	size_t n = 0;

	if (!sw)
		return -ENOENT;
	if (fdb_list(sw->fdb, &entries, &n))
		return rpc_no_memory(err);
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		if (!json_array_append_new(list, fdb_object(sw, &entries[i], now_ms)))
			continue;
		json_decref(list);
		free(entries);
		return rpc_no_memory(err);
	}
	free(entries);
	*result = list;
	return 0;
}

static int fdb_method_add(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	__u8 mac[6];
	__u16 vlan;
	int rc;

	if (!sw)
		return -ENOENT;
	rc = rpc_parse_mac(rpc_arg(p, 1), mac, err);
	if (!rc)
		rc = parse_vlan(p, &vlan, err);
	return rc ? rc : model_fdb_add(m, sw, mac, vlan, rpc_arg(p, 2), err);
}

static int fdb_method_del(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	__u8 mac[6];
	__u16 vlan;
	int rc;

	if (!sw)
		return -ENOENT;
	rc = rpc_parse_mac(rpc_arg(p, 1), mac, err);
	if (!rc)
		rc = parse_vlan(p, &vlan, err);
	return rc ? rc : model_fdb_del(m, sw, mac, vlan, err);
}

static int fdb_method_flush(struct model *m, const struct rpc_params *p, json_t **result,
			    struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	int n;

	if (!sw)
		return -ENOENT;
	n = model_fdb_flush(m, sw, rpc_arg(p, 1), err);
	if (n < 0)
		return n;
	*result = json_pack("{s:i}", "flushed", n);
	return *result ? 0 : rpc_no_memory(err);
}

const struct rpc_method rpc_fdb_methods[] = {
	{.name = "fdb.show", .fn = fdb_show, .min_args = 1, .max_args = 1},
	{.name = "fdb.add", .fn = fdb_method_add, .min_args = 3, .max_args = 3, .options = " vlan "},
	{.name = "fdb.del", .fn = fdb_method_del, .min_args = 2, .max_args = 2, .options = " vlan "},
	{.name = "fdb.flush", .fn = fdb_method_flush, .min_args = 1, .max_args = 2},
	{0},
};
