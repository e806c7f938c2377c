// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * MUX and UPT of a vhost-user port: whether the guest has a thread and a queue of an
 * uplink for itself, and why not.
 *
 * The way over is prepared first: the rule that steers its frames to the queue, then
 * the thread. Rings and socket change hands between two batches [FWD1]; the rule goes
 * last when the way back is taken. Frames that come by other queues reach the guest
 * all the while, by whichever thread serves those.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ethtool_steer.h"
#include "port_vhost.h"

/* The device whose queue would be the guest's; NULL with the reason. */
static struct forward_device *find_uplink(const struct port_vhost *v, char *why, size_t size)
{
	const struct port *up = v->uplink[0] ? port_by_name(v->table, v->uplink) : NULL;

	if (!v->uplink[0])
		snprintf(why, size, "no-uplink: uplink= names no port");
	else if (!up)
		snprintf(why, size, "no-uplink: %s is not a port", v->uplink);
	else if (!up->priv->sockets && up->hook != XVS_HOOK_XDP)
		snprintf(why, size, "no-uplink: %s is not at hook xdp", v->uplink);
	else if (!up->priv->sockets)
		snprintf(why, size, "no-uplink: %s has no sockets: %.100s", v->uplink,
			 up->priv->sockets_reason);
	else
		return up->priv->sockets;
	return NULL;
}

static void explain(int rc, const struct port_vhost *v, char *why, size_t size)
{
	switch (rc) {
	case -EBUSY:
		snprintf(why, size, "no-queue: queue %u of %s is another guest's", v->mode.queue,
			 v->uplink);
		break;
	case -ERANGE:
		snprintf(why, size, "no-queue: %s has no queue %u", v->uplink, v->mode.queue);
		break;
	case -ENOSPC:
		snprintf(why, size, "no-thread: %u guests have threads of their own already",
			 forward_n_own(v->table->forward));
		break;
	default:
		snprintf(why, size, "no-thread: %s", strerror(-rc));
	}
}

static void unsteer(struct port_vhost *v)
{
	if (v->steer_rule < 0)
		return;
	ethtool_unsteer(v->table->env.ethtool_fd, v->uplink, v->steer_rule);
	v->steer_rule = -1;
}

/* 0, or -errno with the reason. */
static int steer(struct port_vhost *v, char *why, size_t size)
{
	int rc;

	if (v->mode.steered || v->steer_rule >= 0)
		return 0;
	if (!v->mode.has_mac) {
		snprintf(why, size, "no-steering: mac= of the guest is not known");
		return -EINVAL;
	}
	rc = ethtool_steer(v->table->env.ethtool_fd, v->uplink, v->mode.mac, v->mode.queue);
	if (rc < 0) {
		snprintf(why, size, "no-steering: %s takes no rule for a queue: %s", v->uplink,
			 strerror(-rc));
		return rc;
	}
	v->steer_rule = rc;
	return 0;
}

static int try_own(struct port_vhost *v, char *why, size_t size)
{
	struct forward_device *d = find_uplink(v, why, size);
	int rc = d ? steer(v, why, size) : -ENODEV;

	if (rc)
		return rc;
	rc = forward_guest_own(v->guest, d, v->mode.queue);
	if (rc)
		explain(rc, v, why, size);
	return rc;
}

/* So that the guest's frames are in the queue already when it becomes its own. */
static void prefer(struct port_vhost *v)
{
	const struct port *up = v->uplink[0] ? port_by_name(v->table, v->uplink) : NULL;

	forward_guest_prefer(v->guest, up ? up->priv->sockets : NULL, v->mode.queue);
}

void port_mode_apply(struct port_vhost *v)
{
	char *why = v->port->priv->mode_reason;
	bool upt = v->mode.mode != PORT_MODE_MUX;

	why[0] = '\0';
	prefer(v);
	if (upt && !try_own(v, why, sizeof(v->port->priv->mode_reason))) {
		v->port->mode = PORT_MODE_UPT;
		return;
	}
	port_mode_end(v);
}

void port_mode_end(struct port_vhost *v)
{
	forward_guest_share(v->guest);
	unsteer(v);
	v->port->mode = PORT_MODE_MUX;
}

void port_modes_update(struct port_table *t)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		struct port_vhost *v = t->ports[i] ? t->ports[i]->priv->vhost : NULL;

		if (!v || !v->guest || !v->uplink[0])
			continue;
		port_mode_apply(v);
		t->ports[i]->priv->dirty = true;
	}
}

/* Another queue than before is taken from the beginning. */
static void set_queue(struct port_vhost *v, const struct port_mode_config *mode)
{
	if (mode->queue != v->mode.queue || strcmp(mode->uplink, v->uplink))
		port_mode_end(v);
	v->mode = *mode;
	snprintf(v->uplink, sizeof(v->uplink), "%s", mode->uplink);
	v->mode.uplink = v->uplink;
}

int port_set_mode(struct port_table *t, struct port *port, const struct port_mode_config *mode,
		  struct err *err)
{
	struct port_vhost *v = port->priv->vhost;

	if (!v)
		return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, port->name,
			       "port %s: mode= is for vhost-user ports, and the type is %s",
			       port->name, port_type_name(port->type));
	if (mode->uplink && strlen(mode->uplink) >= sizeof(v->uplink))
		return err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, port->name,
			       "port %s: uplink=%s: no such device", port->name, mode->uplink);
	if (mode->uplink)
		set_queue(v, mode);
	v->mode.mode = mode->mode;
	port_mode_apply(v);
	port->priv->ops->refresh(t, port);
	return 0;
}

bool port_guest(const struct port *port, struct port_guest *out)
{
	const struct port_vhost *v = port->priv->vhost;
	struct forward_guest_stats stats;
	struct vhost_state state;

	memset(out, 0, sizeof(*out));
	if (!v)
		return false;
	vhost_dev_state(v->dev, &state);
	out->path = v->path;
	out->client = v->client;
	out->n_queues = v->n_pairs;
	out->connected = state.connected;
	out->running = state.running;
	out->features = state.features;
	out->mode_wanted = v->mode.mode;
	out->uplink = v->uplink;
	out->queue = v->mode.queue;
	forward_guest_stats(v->guest, &stats);
	out->sent = stats.packets;
	out->handed_up = stats.handed_up;
	out->no_room = stats.no_room;
	out->cpu_ns = stats.cpu_ns;
	return true;
}
