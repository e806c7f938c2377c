// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of ports: add, set, del, show. Options become a model_port_config;
 * what a port is and may be is the model's and loader/port's to say.
 */
#include "rpc.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "rpc_flow_text.h"
#include "rpc_vlans.h"
#include "strbuf.h"

static int parse_type(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "type");

	cfg->type = PORT_NETDEV;
	if (!text)
		return 0;
	for (int i = 0; i < PORT_TYPE_N; i++) {
		if (strcmp(text, port_type_name((enum port_type)i)))
			continue;
		cfg->type = (enum port_type)i;
		return 0;
	}
	err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name, "port %s: unknown type '%s'", cfg->name,
		text);
	err_hint(err, "types of this version: netdev, internal, patch, xsk, vhost-user, host");
	return -EINVAL;
}

static int parse_mode(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	static const long range[2] = {0, 1023};
	const char *text = rpc_option(p, "mode"), *mac = rpc_option(p, "mac");
	bool steered = false;
	long queue = 0;
	int rc;

	cfg->mode.uplink = rpc_option(p, "uplink");
	if (!text)
		return 0;
	cfg->has_mode = true;
	if (!strcmp(text, "upt"))
		cfg->mode.mode = PORT_MODE_UPT;
	else if (!strcmp(text, "auto"))
		cfg->mode.mode = PORT_MODE_AUTO;
	else if (!strcmp(text, "mux"))
		cfg->mode.mode = PORT_MODE_MUX;
	else
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: mode=%s: must be mux, upt or auto", cfg->name, text);
	rc = rpc_option_number(p, "queue", range, &queue, err);
	if (rc >= 0)
		rc = rpc_option_bool(p, "steered", &steered, err);
	if (rc >= 0 && mac)
		rc = rpc_parse_mac(mac, cfg->mode.mac, err);
	cfg->mode.queue = (unsigned int)queue;
	cfg->mode.steered = steered;
	cfg->mode.has_mac = mac;
	return rc < 0 ? rc : 0;
}

static int parse_hook(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "hook");

	cfg->hook = PORT_HOOK_AUTO;
	if (!text)
		return 0;
	cfg->has_hook = true;
	if (!strcmp(text, "xdp"))
		cfg->hook = XVS_HOOK_XDP;
	else if (!strcmp(text, "tc"))
		cfg->hook = XVS_HOOK_TC;
	else if (strcmp(text, "auto"))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: hook=%s: must be auto, xdp or tc", cfg->name, text);
	return 0;
}

static int parse_tag(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	static const long range[2] = {1, RPC_VLAN_MAX};
	const char *text = rpc_option(p, "tag");
	long tag = -1;
	int rc = 0;

	if (!text)
		return 0;
	if (strcmp(text, "none"))
		rc = rpc_option_number(p, "tag", range, &tag, err);
	cfg->has_tag = true;
	cfg->tag = (int)tag;
	return rc < 0 ? rc : 0;
}

static int parse_trunks(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "trunks");

	if (!text)
		return 0;
	cfg->has_trunks = true;
	if (!strcmp(text, "all") || rpc_vlans_parse(text, cfg->trunks))
		return 0;
	err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
		"port %s: trunks=%s: must be VLANs from 0 to %d", cfg->name, text, RPC_VLAN_MAX);
	err_hint(err, "for example trunks=10,20-29, or trunks=all; 0 is untagged");
	return -EINVAL;
}

static int parse_queues(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	static const long range[2] = {1, XVS_MAX_XSK_QUEUES};
	long queues = 0;
	int rc = rpc_option_number(p, "queues", range, &queues, err);

	cfg->queues = (__u32)queues;
	return rc < 0 ? rc : 0;
}

/* A number, or "default" for that of all ports. */
static int parse_limit(const struct rpc_params *p, const char *name, long most, bool *has,
		       struct sw_limit *limit, struct err *err)
{
	const long range[2] = {0, most};
	const char *text = rpc_option(p, name);
	long n = 0;
	int rc = 0;

	if (!text)
		return 0;
	*has = true;
	limit->own = strcmp(text, "default") != 0;
	if (limit->own)
		rc = rpc_option_number(p, name, range, &n, err);
	limit->value = (__u32)n;
	if (rc < 0)
		err_hint(err, "%s=default is what admission show tells", name);
	return rc < 0 ? rc : 0;
}

static int parse_upcalls(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	int rc = parse_limit(p, "upcall-rate", XVS_ADMISSION_RATE_MAX, &cfg->has_upcall_rate,
			     &cfg->upcall_rate, err);

	return rc ? rc
		  : parse_limit(p, "upcall-burst", XVS_ADMISSION_BURST_MAX, &cfg->has_upcall_burst,
				&cfg->upcall_burst, err);
}

/* The addresses of who is behind the port; an error has its place in the text. */
static int parse_guard(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "addresses");
	struct parse_error where;
	int rc = text ? spoof_guard_parse(&cfg->guard, text, &where) : 0;

	if (rc)
		return rpc_parse_error(err, "addresses", text, &where, rc);
	cfg->has_addresses = text;
	rc = rpc_option_bool(p, "spoof-guard", &cfg->guard.on, err);
	cfg->has_guard = rc > 0;
	return rc < 0 ? rc : 0;
}

static bool is_word(const char *text)
{
	size_t n =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n && !text[n] && n < XVS_NAME_LEN;
}

/* "web,production": what groups of the policy may call the port. */
static int parse_tags(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "policy-tags");
	char *copy, *rest, *word;
	int rc = 0;

	cfg->has_tags = text;
	if (!text || !strcmp(text, "none"))
		return 0;
	copy = rest = strdup(text);
	if (!copy)
		return rpc_no_memory(err);
	while (!rc && (word = strsep(&rest, ","))) {
		if (cfg->tags.n == SW_PORT_TAGS || !is_word(word)) {
			rc = err_set(
				err, -EINVAL, XVS_RPC_USAGE, cfg->name,
				"port %s: policy-tags=%s: must be at most %d words of letters, "
				"digits, '.', '_' and '-'",
				cfg->name, text, SW_PORT_TAGS);
			break;
		}
		strcpy(cfg->tags.v[cfg->tags.n++], word);
	}
	free(copy);
	return rc;
}

static int parse_fail(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	const char *text = rpc_option(p, "fail");

	cfg->device = rpc_option(p, "device");
	if (!text)
		return 0;
	cfg->has_fail = true;
	cfg->fail_closed = !strcmp(text, "closed");
	if (cfg->fail_closed || !strcmp(text, "open"))
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
		       "port %s: fail=%s: must be open or closed", cfg->name, text);
}

static int parse_config(const struct rpc_params *p, struct model_port_config *cfg, struct err *err)
{
	int rc;

	memset(cfg, 0, sizeof(*cfg));
	cfg->name = rpc_arg(p, 1);
	cfg->peer = rpc_option(p, "peer");
	cfg->owner = rpc_option(p, "owner");
	cfg->path = rpc_option(p, "path");
	rc = parse_type(p, cfg, err);
	if (!rc)
		rc = parse_queues(p, cfg, err);
	if (!rc)
		rc = parse_hook(p, cfg, err);
	if (!rc)
		rc = parse_mode(p, cfg, err);
	if (!rc)
		rc = parse_fail(p, cfg, err);
	if (!rc)
		rc = parse_tag(p, cfg, err);
	if (!rc)
		rc = parse_trunks(p, cfg, err);
	if (!rc)
		rc = parse_upcalls(p, cfg, err);
	if (!rc)
		rc = parse_guard(p, cfg, err);
	if (!rc)
		rc = parse_tags(p, cfg, err);
	if (rc)
		return rc;
	rc = rpc_option_bool(p, "client", &cfg->client, err);
	if (rc < 0)
		return rc;
	rc = rpc_option_bool(p, "blocked", &cfg->blocked, err);
	if (rc < 0)
		return rc;
	cfg->has_blocked = rc;
	rc = rpc_option_bool(p, "flood", &cfg->flood, err);
	if (rc < 0)
		return rc;
	cfg->has_flood = rc;
	if (cfg->has_tag && cfg->tag >= 0 && cfg->has_trunks)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: either tag= or trunks=, not both", cfg->name);
	return 0;
}

static int port_add(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct model_port_config cfg;
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	int rc;

	if (!sw)
		return -ENOENT;
	rc = parse_config(p, &cfg, err);
	return rc ? rc : model_port_add(m, sw, &cfg, err);
}

static int port_set(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct model_port_config cfg;
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	int rc;

	if (!sw)
		return -ENOENT;
	rc = parse_config(p, &cfg, err);
	return rc ? rc : model_port_set(m, sw, &cfg, err);
}

static int port_del(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);

	return sw ? model_port_del(m, sw, rpc_arg(p, 1), err) : -ENOENT;
}

/* "10,20-29", "all"; null for an access port. */
static json_t *trunks_value(const struct sw_port *port)
{
	struct strbuf b;

	if (port->vlan_mode == VLAN_ACCESS)
		return json_null();
	strbuf_init(&b);
	rpc_vlans_format(&b, port->trunks);
	if (!b.len)
		strbuf_add(&b, "all");
	return rpc_take_text(&b);
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static void add_counters(json_t *o, const struct model_port *mp)
{
	json_object_set_new(o, "rx_packets", rpc_count(mp->stats.rx_packets));
	json_object_set_new(o, "tx_packets", rpc_count(mp->stats.tx_packets));
	json_object_set_new(o, "rx_bytes", rpc_count(mp->stats.rx_bytes));
	json_object_set_new(o, "tx_bytes", rpc_count(mp->stats.tx_bytes));
	json_object_set_new(o, "drops", rpc_count(mp->drops));
	json_object_set_new(o, "forwarded", rpc_count(mp->stats.forwarded));
	json_object_set_new(o, "consumed", rpc_count(mp->stats.consumed));
	json_object_set_new(o, "upcalls", rpc_count(mp->stats.upcalls));
	json_object_set_new(o, "upcalls_done", rpc_count(mp->stats.upcalls_done));
}

/* Of what carries the port's programs; a patch port has nothing of the kind. */
static void add_device(json_t *o, const struct port *port)
{
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", port->mac[0], port->mac[1],
		 port->mac[2], port->mac[3], port->mac[4], port->mac[5]);
	json_object_set_new(o, "device", text_or_null(port->device));
	json_object_set_new(o, "ifindex", json_integer(port->ifindex));
	json_object_set_new(o, "mac", text_or_null(port->device[0] ? mac : ""));
	json_object_set_new(o, "mtu", json_integer(port->mtu));
	json_object_set_new(o, "kind", text_or_null(port->kind));
}

static const char *copy_of(const struct port *port, const struct port_xsk_info *xsk)
{
	if (!xsk->bound)
		return port_copy_mode(port);
	return xsk->zero_copy == xsk->bound ? "zero-copy" : "copy";
}

/* Of an xsk port's sockets; others have none. */
static void add_xsk(json_t *o, const struct port *port)
{
	struct port_xsk_info xsk = {.socket = "", .pin = ""};
	bool is = port_xsk_look(port, &xsk);
	const char *copy = copy_of(port, &xsk);

	json_object_set_new(o, "copy", text_or_null(copy ? copy : ""));
	json_object_set_new(o, "queues", is ? json_integer(xsk.queues) : json_null());
	json_object_set_new(o, "queues_bound", is ? json_integer(xsk.bound) : json_null());
	json_object_set_new(o, "socket", text_or_null(xsk.socket));
	json_object_set_new(o, "pin", text_or_null(xsk.pin));
	json_object_set_new(o, "consumer", xsk.consumer ? json_integer(xsk.consumer) : json_null());
}

/* A guest's frames meet the steps in user space first. */
static const char *hook_name(const struct port *port)
{
	return port->type == PORT_VHOST_USER ? "user" : port_hook_name((int)port->hook);
}

static void add_guest(json_t *o, const struct port *port)
{
	struct port_guest g;
	char features[20];
	json_t *guest;

	if (!port_guest(port, &g))
		return;
	snprintf(features, sizeof(features), "0x%llx", (unsigned long long)g.features);
	guest = json_pack("{s:s, s:b, s:i, s:b, s:b, s:s, s:s?, s:o, s:i}", "path", g.path,
			  "client", g.client, "queues", (int)g.n_queues, "connected", g.connected,
			  "running", g.running, "features", features, "mode_wanted",
			  port_mode_name(g.mode_wanted), "uplink", text_or_null(g.uplink), "queue",
			  (int)g.queue);
	json_object_set_new(guest, "sent", rpc_count(g.sent));
	json_object_set_new(guest, "handed_up", rpc_count(g.handed_up));
	json_object_set_new(guest, "no_room", rpc_count(g.no_room));
	json_object_set_new(guest, "cpu_ns", rpc_count(g.cpu_ns));
	json_object_set_new(o, "guest", guest);
}

/* "52:54:00:00:00:01,10.0.0.5"; null: none. */
static json_t *addresses_value(const struct sw_port *port)
{
	struct strbuf b;

	strbuf_init(&b);
	spoof_guard_format(&port->guard, &b);
	if (b.len)
		return rpc_take_text(&b);
	strbuf_fini(&b);
	return json_null();
}

static json_t *tags_value(const struct sw_port *port)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < port->tags.n; i++)
		json_array_append_new(list, json_string(port->tags.v[i]));
	return list;
}

static json_t *port_object(const struct model_port *mp)
{
	const struct port *port = mp->port;
	const struct sw_port *sp = mp->sw_port;
	json_t *o;

	o = json_pack("{s:s, s:i, s:s, s:s, s:s?, s:s, s:s?}", "name", port->name, "port_no",
		      (int)port->port_no, "type", port_type_name(port->type), "hook",
		      hook_name(port), "mode", port_mode_name(port->mode), "state",
		      port_state_name(port->state), "copy", port_copy_mode(port));
	if (!o)
		return NULL;
	add_counters(o, mp);
	json_object_set_new(o, "reason", json_string(port->reason));
	json_object_set_new(o, "changed", json_string(port->changed));
	json_object_set_new(o, "hook_wanted", json_string(port_hook_name(port->hook_wanted)));
	json_object_set_new(o, "peer", text_or_null(port->peer_name));
	json_object_set_new(o, "tag",
			    sp->vlan_mode == VLAN_ACCESS ? json_integer(sp->tag) : json_null());
	json_object_set_new(o, "trunks", trunks_value(sp));
	json_object_set_new(o, "flood", json_boolean(!sp->no_flood));
	json_object_set_new(o, "blocked", json_boolean(port->blocked));
	json_object_set_new(o, "fail",
			    port->type != PORT_HOST
				    ? json_null()
				    : json_string(port->fail_open ? "open" : "closed"));
	json_object_set_new(o, "upcall_rate", rpc_count(mp->admission.pkts_per_s));
	json_object_set_new(o, "upcall_burst", rpc_count(mp->admission.burst_pkts));
	json_object_set_new(o, "upcall_limits_own",
			    json_boolean(sp->upcall_rate.own || sp->upcall_burst.own));
	json_object_set_new(o, "addresses", addresses_value(sp));
	json_object_set_new(o, "spoof_guard", json_boolean(sp->guard.on));
	json_object_set_new(o, "policy_tags", tags_value(sp));
	add_device(o, port);
	add_xsk(o, port);
	add_guest(o, port);
	return o;
}

static int port_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	const char *name = rpc_arg(p, 1);
	struct model_port mp;
	json_t *list;

	if (!sw)
		return -ENOENT;
	if (name && !sw_port_by_name(sw, name))
		return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name,
			       "port %s: not a port of switch %s", name, sw->name);
	list = json_array();
	for (size_t i = 0; model_port_at(m, sw, i, &mp); i++) {
		if (name && strcmp(name, mp.port->name))
			continue;
		if (json_array_append_new(list, port_object(&mp))) {
			json_decref(list);
			return rpc_no_memory(err);
		}
	}
	*result = list;
	return 0;
}

const struct rpc_method rpc_port_methods[] = {
	{.name = "port.add",
	 .fn = port_add,
	 .min_args = 2,
	 .max_args = 2,
	 .options = " type queues owner path client device fail peer hook tag trunks blocked flood "
		    "mode uplink queue steered mac upcall-rate upcall-burst addresses spoof-guard "
		    "policy-tags "},
	{.name = "port.set",
	 .fn = port_set,
	 .min_args = 2,
	 .max_args = 2,
	 .options = " peer hook fail tag trunks blocked flood mode uplink queue steered mac "
		    "upcall-rate upcall-burst addresses spoof-guard policy-tags "},
	{.name = "port.del", .fn = port_del, .min_args = 2, .max_args = 2},
	{.name = "port.show", .fn = port_show, .min_args = 1, .max_args = 2},
	{0},
};
