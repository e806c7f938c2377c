// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vhost-user ports: a guest's rings (loader/vhost), forwarding threads that work on
 * them (loader/forward), and a tap device as the port's presence in the kernel,
 * which port_netdev.c takes as any other device.
 *
 * The tap has a carrier while the guest's driver runs, so that state and events are
 * a device's, and its offloads are the guest's.
 */
#include "port_vhost.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest_mem.h"
#include "log.h"
#include "port_pair.h"
#include "tap.h"
#include "vhost_notify.h"

#define MODULE "port"

/* --- what the guest's driver does --- */

static void on_ring(void *aux, unsigned int i, bool ready)
{
	struct port_vhost *v = aux;

	if (v->guest)
		forward_guest_ring(v->guest, i, ready);
}

static void log_change(const struct port_vhost *v, const struct vhost_state *now)
{
	struct log_limit *limit = &v->port->log_limit;
	const char *name = v->port->name;

	if (now->connected != v->state.connected && now->connected)
		log_limited(limit, LOG_LVL_INFO, MODULE, "port %s: the guest is connected", name);
	if (now->running != v->state.running && now->running)
		log_limited(limit, LOG_LVL_INFO, MODULE, "port %s: the guest's driver runs", name);
	if (now->connected != v->state.connected && !now->connected)
		log_limited(limit, LOG_LVL_INFO, MODULE, "port %s: the guest is gone%s%s", name,
			    now->reason[0] ? ": " : "", now->reason);
}

/* Why there is no guest; told at once, as a connection that ends before its driver
 * ran changes no carrier that netlink would tell of. */
static void set_reason(struct port_vhost *v)
{
	const char *why = v->state.reason;

	snprintf(v->no_guest, sizeof(v->no_guest), "no guest runs%s%s",
		 why[0] ? "; the last one: " : "", why);
	if (v->port->state == PORT_NO_CARRIER)
		snprintf(v->port->reason, sizeof(v->port->reason), "%s", v->no_guest);
}

/* The carrier last: then frames come, and the rest has to be right. Netlink tells
 * of it, which refreshes the port. */
static void on_changed(void *aux)
{
	struct port_vhost *v = aux;
	struct vhost_state now;
	int rc = 0;

	vhost_dev_state(v->dev, &now);
	log_change(v, &now);
	if (now.running && !v->state.running) {
		rc = tap_set_header(v->tap_fds[0], now.hdr_len);
		if (!rc)
			rc = tap_set_offloads(v->tap_fds[0], now.features);
	}
	if (v->guest)
		forward_guest_features(v->guest, now.features);
	if (!rc && now.running != v->state.running)
		rc = tap_set_carrier(v->tap_fds[0], now.running);
	if (rc)
		log_limited(&v->port->log_limit, LOG_LVL_WARN, MODULE,
			    "port %s: %s cannot be set: %s", v->port->name, v->port->device,
			    strerror(-rc));
	v->state = now;
	set_reason(v);
	v->port->priv->dirty = true;
}

static const struct vhost_dev_ops dev_ops = {.ring = on_ring, .changed = on_changed};

/* A forwarding thread found the rings or the memory broken. */
static void on_fault(void *aux, const char *why)
{
	struct port_vhost *v = aux;

	vhost_dev_fault(v->dev, why);
}

/* --- life --- */

static struct port_vhost *vhost_of(const struct port *port)
{
	return port->priv->vhost;
}

static int refuse(const struct port *port, int rc, const char *what, struct err *err)
{
	return err_set(err, rc, XVS_RPC_FAILED, port->name, "port %s: %s: %s", port->name, what,
		       strerror(-rc));
}

static int make_tap(struct port_table *t, struct port *port, struct err *err)
{
	struct port_vhost *v = vhost_of(port);
	struct link_info link;
	int rc;

	snprintf(port->device, sizeof(port->device), "xvs%%d");
	rc = tap_open(port->device, v->n_pairs, v->tap_fds);
	if (rc) {
		port->device[0] = '\0';
		return refuse(port, rc, "its tap device cannot be made", err);
	}
	port_pair_keep_ipv6_off(port->device);
	rc = netlink_get_link(t->env.nl, 0, port->device, &link);
	if (!rc)
		rc = netlink_set_flags(t->env.nl, link.ifindex, IFF_UP, IFF_UP);
	if (!rc)
		return 0;
	tap_close(v->n_pairs, v->tap_fds);
	return refuse(port, rc, "its tap device cannot be set up", err);
}

static int make_guest(struct port_table *t, struct port *port, struct err *err)
{
	struct port_vhost *v = vhost_of(port);
	struct vhost_config config = {.n_queue_pairs = (__u8)v->n_pairs, .offloads = true};
	struct forward_guest_config guest = {.port_no = port->port_no,
					     .tap_fds = v->tap_fds,
					     .n_pairs = v->n_pairs,
					     .fault = on_fault,
					     .aux = v};
	int rc;

	rc = vhost_notify_setup();
	if (rc)
		log_warn_rl(MODULE,
			    "port %s: no asynchronous I/O: %s: a hostile guest can hold up others",
			    port->name, strerror(-rc));
	/* Its memory's file may become shorter while we are in it. */
	rc = guest_mem_guard();
	if (!rc)
		rc = vhost_dev_create(&config, &dev_ops, v, &v->dev);
	guest.dev = v->dev;
	if (!rc)
		rc = forward_start(t->forward);
	if (!rc)
		rc = forward_guest_add(t->forward, &guest, &v->guest);
	return rc ? refuse(port, rc, "its forwarding thread cannot be made", err) : 0;
}

static int open_socket(struct port_table *t, struct port *port, struct err *err)
{
	struct port_vhost *v = vhost_of(port);
	struct vhost_socket_config config = {
		.path = v->path, .client = v->client, .owner = v->owner[0] ? v->owner : NULL};

	return vhost_socket_open(t->loop, &config, v->dev, port->name, &v->socket, err);
}

/* Rings before the device that they belong to. */
static void remove_guest(struct port *port)
{
	struct port_vhost *v = vhost_of(port);

	vhost_socket_close(v->socket);
	v->socket = NULL;
	forward_guest_remove(v->guest);
	v->guest = NULL;
	vhost_dev_destroy(v->dev);
	v->dev = NULL;
}

static int vhost_attach(struct port_table *t, struct port *port, struct err *err)
{
	int rc = make_tap(t, port, err);

	if (rc)
		return rc;
	port->hook_wanted = XVS_HOOK_TC;
	rc = port_netdev_ops.attach(t, port, err);
	if (rc)
		goto err_close;
	rc = make_guest(t, port, err);
	if (!rc)
		rc = open_socket(t, port, err);
	if (!rc) {
		port_sockets_want(t, +1);
		return 0;
	}
	remove_guest(port);
	port_netdev_ops.detach(t, port);
err_close:
	tap_close(vhost_of(port)->n_pairs, vhost_of(port)->tap_fds);
	return rc;
}

static void vhost_detach(struct port_table *t, struct port *port)
{
	struct port_vhost *v = vhost_of(port);

	port_mode_end(v);
	remove_guest(port);
	port_netdev_ops.detach(t, port);
	tap_close(v->n_pairs, v->tap_fds);
	port_sockets_want(t, -1);
}

static void vhost_fini(struct port *port)
{
	free(port->priv->vhost);
	port->priv->vhost = NULL;
}

/* A tap that was deleted cannot come back: its descriptors are of the one that was. */
static void vhost_refresh(struct port_table *t, struct port *port)
{
	struct port_vhost *v = vhost_of(port);

	if (!port->priv->attached)
		return;
	port->priv->extra_flags = v->state.running ? XVS_PORT_F_SOCKET : 0;
	port_netdev_ops.refresh(t, port);
	if (!port->priv->attached)
		snprintf(port->reason, sizeof(port->reason),
			 "its tap device was deleted; port del and port add make a new one");
}

static int check_path(const struct port_config *cfg, struct err *err)
{
	struct port_vhost *v;

	if (cfg->path && cfg->path[0] == '/' && strlen(cfg->path) < sizeof(v->path))
		return 0;
	if (!cfg->path)
		err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			"port %s: a vhost-user port needs the path of its socket", cfg->name);
	else
		err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			"port %s: path=%s: must begin with '/' and be shorter than %zu bytes",
			cfg->name, cfg->path, sizeof(v->path));
	err_hint(err, "for example path=/run/xvs/%s.sock", cfg->name);
	return -EINVAL;
}

static int vhost_init(struct port_table *t, struct port *port, const struct port_config *cfg,
		      struct err *err)
{
	struct port_vhost *v;
	int rc = check_path(cfg, err);

	if (rc)
		return rc;
	if (cfg->queues > VHOST_MAX_QUEUE_PAIRS)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: queues=%u: a vhost-user port has 1 to %d", cfg->name,
			       cfg->queues, VHOST_MAX_QUEUE_PAIRS);
	if (cfg->client && cfg->owner)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, cfg->name,
			       "port %s: owner= is for the socket that xvsd makes, and with "
			       "client=on the guest makes it",
			       cfg->name);
	v = calloc(1, sizeof(*v));
	if (!v)
		return refuse(port, -ENOMEM, "cannot be made", err);
	v->table = t;
	v->port = port;
	v->client = cfg->client;
	v->n_pairs = cfg->queues ? cfg->queues : 1;
	snprintf(v->path, sizeof(v->path), "%s", cfg->path);
	snprintf(v->owner, sizeof(v->owner), "%s", cfg->owner ? cfg->owner : "");
	v->mode.mode = PORT_MODE_MUX;
	v->steer_rule = -1;
	port->mode = PORT_MODE_MUX;
	port->priv->no_carrier = v->no_guest;
	port->priv->vhost = v;
	set_reason(v);
	return 0;
}

const struct port_ops port_vhost_ops = {
	.name = "vhost-user",
	.init = vhost_init,
	.fini = vhost_fini,
	.attach = vhost_attach,
	.detach = vhost_detach,
	.refresh = vhost_refresh,
};
