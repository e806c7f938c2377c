// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A switch: its ports in order of number, its flow tables and its FDB. What is
 * done with a packet is decided in xlate.c.
 */
#include "sw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "flow_lex.h"
#include "policy.h"

static void rule_changed(void *aux, const struct rule *rule)
{
	struct sw *sw = aux;

	change_set_add_rule(sw->changes, sw->id, rule);
}

static void address_changed(void *aux, const __u8 mac[6], __u16 vlan)
{
	struct sw *sw = aux;

	change_set_add_tag(sw->changes, xlate_dep_fdb(sw->id, mac, vlan));
}

void sw_port_changed(struct sw *sw, const struct sw_port *port)
{
	change_set_add_tag(sw->changes, xlate_dep_port(port->port_no));
	change_set_add_tag(sw->changes, xlate_dep_tag(XLATE_DEP_PORTS, sw->id, 0));
	change_set_add_tag(sw->changes, xlate_dep_tag(XLATE_DEP_ALIVE, sw->id, 0));
}

/* Buckets of other groups may watch it. */
void sw_group_changed(struct sw *sw, __u32 id)
{
	change_set_add_tag(sw->changes, xlate_dep_tag(XLATE_DEP_GROUP, sw->id, id));
	change_set_add_tag(sw->changes, xlate_dep_tag(XLATE_DEP_ALIVE, sw->id, 0));
}

void sw_set_fdb(struct sw *sw, struct fdb *fdb)
{
	fdb_destroy(sw->fdb);
	sw->fdb = fdb;
	fdb_watch(fdb, address_changed, sw);
}

struct sw *sw_create(const char *name, __u64 seed)
{
	size_t len = strlen(name);
	struct sw *sw;

	if (!len || len >= XVS_NAME_LEN)
		return NULL;
	sw = calloc(1, sizeof(*sw));
	if (!sw)
		return NULL;
	memcpy(sw->name, name, len + 1);
	sw->id = XXH64(name, len, 0);
	sw->refs = 1;
	sw->tables = flow_table_create(seed);
	sw->fdb = fdb_create(seed);
	sw->groups = group_table_create();
	sw->meters = meter_table_create();
	if (!sw->tables || !sw->fdb || !sw->groups || !sw->meters) {
		sw_destroy(sw);
		return NULL;
	}
	flow_table_watch(sw->tables, rule_changed, sw);
	fdb_watch(sw->fdb, address_changed, sw);
	return sw;
}

struct sw *sw_get(struct sw *sw)
{
	sw->refs++;
	return sw;
}

void sw_put(struct sw *sw)
{
	if (sw && !--sw->refs)
		free(sw);
}

void sw_destroy(struct sw *sw)
{
	if (!sw)
		return;
	for (size_t i = 0; i < sw->n_ports; i++)
		free(sw->ports[i]);
	free(sw->ports);
	mirrors_fini(sw);
	meter_table_destroy(sw->meters);
	group_table_destroy(sw->groups);
	fdb_destroy(sw->fdb);
	flow_table_destroy(sw->tables);
	policy_put(sw->policy);
	sw->policy = NULL;
	sw->ports = NULL;
	sw->n_ports = sw->ports_allocated = 0;
	sw->meters = NULL;
	sw->groups = NULL;
	sw->fdb = NULL;
	sw->tables = NULL;
	sw_put(sw);
}

/* The first place whose port number is not below 'port_no'. */
static size_t port_place(const struct sw *sw, __u16 port_no)
{
	size_t lo = 0, hi = sw->n_ports;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (sw->ports[mid]->port_no < port_no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int ports_reserve(struct sw *sw)
{
	size_t n = sw->ports_allocated ? 2 * sw->ports_allocated : 8;
	struct sw_port **ports;

	if (sw->n_ports < sw->ports_allocated)
		return 0;
	ports = realloc(sw->ports, n * sizeof(struct sw_port *));
	if (!ports)
		return -ENOMEM;
	sw->ports = ports;
	sw->ports_allocated = n;
	return 0;
}

int sw_add_port(struct sw *sw, const char *name, __u16 port_no, struct sw_port **out)
{
	size_t len = strlen(name), i;
	struct sw_port *port;
	int err;

	if (!len || len >= XVS_NAME_LEN || !port_no || port_no >= XVS_MAX_PORTS)
		return -EINVAL;
	if (sw_port_by_name(sw, name) || sw_port_by_no(sw, port_no))
		return -EEXIST;
	err = ports_reserve(sw);
	if (err)
		return err;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	memcpy(port->name, name, len + 1);
	port->port_no = port_no;

	i = port_place(sw, port_no);
	memmove(&sw->ports[i + 1], &sw->ports[i], (sw->n_ports - i) * sizeof(struct sw_port *));
	sw->ports[i] = port;
	sw->n_ports++;
	sw_port_changed(sw, port);
	*out = port;
	return 0;
}

void sw_del_port(struct sw *sw, struct sw_port *port)
{
	size_t i = port_place(sw, port->port_no);

	sw_port_changed(sw, port);
	fdb_flush(sw->fdb, port->port_no, true);
	mirror_forget_port(sw, port->port_no);
	sw->n_ports--;
	memmove(&sw->ports[i], &sw->ports[i + 1], (sw->n_ports - i) * sizeof(struct sw_port *));
	free(port);
}

struct sw_port *sw_port_by_no(const struct sw *sw, __u16 port_no)
{
	size_t i = port_place(sw, port_no);

	return i < sw->n_ports && sw->ports[i]->port_no == port_no ? sw->ports[i] : NULL;
}

struct sw_port *sw_port_by_name(const struct sw *sw, const char *name)
{
	for (size_t i = 0; i < sw->n_ports; i++)
		if (!strcmp(sw->ports[i]->name, name))
			return sw->ports[i];
	return NULL;
}

static bool is_local(const struct sw *sw, const struct sw_port *p)
{
	return p->kind == SW_PORT_INTERNAL && !strcmp(p->name, sw->name);
}

struct sw_port *sw_local_port(const struct sw *sw)
{
	struct sw_port *p = sw_port_by_name(sw, sw->name);

	return p && is_local(sw, p) ? p : NULL;
}

struct sw_port *sw_port_by_number(const struct sw *sw, __u16 number)
{
	return number == PORT_LOCAL ? sw_local_port(sw) : sw_port_by_no(sw, number);
}

__u16 sw_port_number(const struct sw *sw, const struct sw_port *p)
{
	return is_local(sw, p) ? PORT_LOCAL : p->port_no;
}
