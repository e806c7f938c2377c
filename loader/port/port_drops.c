// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Losses that only a port's device has seen: reads the device's counters and
 * the ledger, and adds to the ledger what losses.c says is missing there.
 */
#include "port_provider.h"

/* Each costs a request; with a thousand ports a sweep must not hold up upcalls. */
#define PORTS_PER_SWEEP 64

static __u64 in_ledger(const struct port_table *t, const struct port *port)
{
	return dp_drops(t->dp, port->port_no, XVS_DROP_EGRESS_FAILED);
}

void port_drops_begin(struct port_table *t, struct port *port, __u64 tx_lost)
{
	struct losses_reading now = {
		.ledger_before = in_ledger(t, port),
		.device = tx_lost,
		.unseen = port->priv->tx_unseen,
	};

	now.ledger_after = now.ledger_before;
	losses_begin(&port->priv->losses, &now);
}

void port_count_device_drops(struct port_table *t, struct port *port)
{
	struct losses_reading now;
	struct link_info link;
	__u64 n;

	/* The device of a host port is another port's. */
	if (!port || !port->ifindex || port->type == PORT_HOST)
		return;
	if (port->priv->ops->lost_behind) {
		n = port->priv->ops->lost_behind(t, port);
		dp_count_drop(t->dp, port->port_no, XVS_DROP_EGRESS_FAILED, n);
		port->priv->tx_unseen += n;
	}
	now.ledger_before = in_ledger(t, port);
	/* A renamed device is on its way to be detached; its number is enough. */
	if (netlink_get_link(t->env.nl, port->ifindex, NULL, &link))
		return;
	now.device = link.tx_lost;
	now.ledger_after = in_ledger(t, port);
	now.unseen = port->priv->tx_unseen;
	n = losses_count(&port->priv->losses, &now);
	if (n)
		dp_count_drop(t->dp, port->port_no, XVS_DROP_EGRESS_FAILED, n);
}

void port_sweep_device_drops(struct port_table *t)
{
	int left = PORTS_PER_SWEEP;

	for (int i = 0; i < XVS_MAX_PORTS && left; i++) {
		struct port *port = t->ports[t->drops_no];

		t->drops_no = (__u16)((t->drops_no + 1) % XVS_MAX_PORTS);
		if (!port)
			continue;
		port_count_device_drops(t, port);
		left--;
	}
}
