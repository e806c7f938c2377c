/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Inside of vhost-user ports: what port_vhost.c (life) and port_mode.c (MUX and
 * UPT) share.
 */
#ifndef PORT_PORT_VHOST_H
#define PORT_PORT_VHOST_H

#include "forward.h"
#include "port_provider.h"
#include "vhost_socket.h"

struct port_vhost {
	struct port_table *table;
	struct port *port;
	struct vhost_dev *dev;
	struct vhost_socket *socket;
	struct forward_guest *guest;
	struct vhost_state state; /* as it was told last */
	char no_guest[200]; /* what 'no_carrier' points to */
	char path[108]; /* as sun_path is */
	char owner[64];
	bool client;
	unsigned int n_pairs;
	int tap_fds[VHOST_MAX_QUEUE_PAIRS];
	struct port_mode_config mode; /* as asked for */
	char uplink[IFNAMSIZ]; /* what mode.uplink points to */
	int steer_rule; /* of the uplink, for that queue; -1: none */
};

/* Brings the mode in force up to what is wanted; where that cannot be it is MUX and
 * priv->mode_reason says why. */
void port_mode_apply(struct port_vhost *v);
/* Takes back what it did on the uplink. */
void port_mode_end(struct port_vhost *v);

#endif /* PORT_PORT_VHOST_H */
