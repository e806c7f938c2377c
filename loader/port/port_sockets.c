// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sockets on the queues of devices at XDP, by which frames for vhost-user guests
 * come to the forwarding threads: there while the table has such guests.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "forward.h"
#include "log.h"
#include "port_provider.h"

static bool is_wanted(const struct port_table *t, const struct port *port)
{
	return t->n_guests && port->priv->attached && port->hook == XVS_HOOK_XDP;
}

/* Flag away before the sockets are, and set after [PORT2]. */
void port_sockets_drop(struct port_table *t, struct port *port)
{
	struct xvs_port_entry entry = port->priv->entry;

	if (!port->priv->sockets)
		return;
	port->priv->extra_flags &= (__u16)~XVS_PORT_F_RX_SOCKETS;
	entry.flags &= (__u16)~XVS_PORT_F_RX_SOCKETS;
	port_publish(t, port, &entry);
	forward_device_remove(port->priv->sockets);
	port->priv->sockets = NULL;
	port_modes_update(t);
}

static void make(struct port_table *t, struct port *port)
{
	struct xvs_port_entry entry = port->priv->entry;
	struct err err;
	int rc;

	err_init(&err);
	rc = forward_device_add(t->forward, port->port_no, port->device, &port->priv->sockets,
				&err);
	snprintf(port->priv->sockets_reason, sizeof(port->priv->sockets_reason), "%.*s",
		 (int)sizeof(port->priv->sockets_reason) - 1, rc ? err.message : "");
	port->priv->sockets_tried = true;
	err_fini(&err);
	if (rc) {
		log_info("port", "port %s: frames for guests go by their taps: %s", port->name,
			 port->priv->sockets_reason);
		return;
	}
	port->priv->extra_flags |= XVS_PORT_F_RX_SOCKETS;
	entry.flags |= XVS_PORT_F_RX_SOCKETS;
	port_publish(t, port, &entry);
	port_modes_update(t);
}

void port_sockets_update(struct port_table *t, struct port *port)
{
	if (port->priv->sockets && !is_wanted(t, port))
		port_sockets_drop(t, port);
	else if (!port->priv->sockets && !port->priv->sockets_tried && is_wanted(t, port))
		make(t, port);
}

void port_sockets_want(struct port_table *t, int guests)
{
	bool had = t->n_guests;

	t->n_guests += (unsigned int)guests;
	if (had == (t->n_guests > 0))
		return;
	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		if (!t->ports[i])
			continue;
		t->ports[i]->priv->sockets_tried = false;
		port_sockets_update(t, t->ports[i]);
	}
}

const char *port_copy_mode(const struct port *port)
{
	struct forward_device_info info;

	if (!port->priv->sockets)
		return NULL;
	forward_device_info(port->priv->sockets, &info);
	return info.zero_copy ? "zero-copy" : "copy";
}
