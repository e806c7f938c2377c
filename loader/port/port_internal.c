// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Internal ports: a veth pair around port_netdev.c. The host has the end with
 * the port's name; the other end is the device that the programs are on.
 */
#include "port_pair.h"

static int internal_attach(struct port_table *t, struct port *port, struct err *err)
{
	int rc = port_pair_make(t, port, (struct netlink_veth){.mtu = PAIR_MTU}, err);

	if (rc)
		return rc;
	port->priv->no_carrier = "the host has not set its device up";
	rc = port_netdev_ops.attach(t, port, err);
	if (rc)
		port_pair_remove(t, port);
	return rc;
}

static int internal_set_hook(struct port_table *t, struct port *port, int wanted, struct err *err)
{
	return port_netdev_ops.set_hook(t, port, wanted, err);
}

static void internal_detach(struct port_table *t, struct port *port)
{
	port_netdev_ops.detach(t, port);
	port_pair_remove(t, port);
}

static void internal_refresh(struct port_table *t, struct port *port)
{
	port_pair_refresh(t, port);
}

const struct port_ops port_internal_ops = {
	.name = "internal",
	.attach = internal_attach,
	.set_hook = internal_set_hook,
	.detach = internal_detach,
	.refresh = internal_refresh,
};
