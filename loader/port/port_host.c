// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Host ports: the host's own stack behind a device that is a port itself. There is
 * nothing to change on the device; the egress program is attached, and the device's
 * entry leads to the host port. What becomes of the device is told by its port, which
 * port.c refreshes first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "port_provider.h"

/* The port of the device; NULL: there is none, or its device is missing. */
static struct port *device_port(const struct port_table *t, const struct port *port)
{
	struct port *device = port_by_name(t, port->device);

	return device && device->type == PORT_NETDEV && device->priv->attached ? device : NULL;
}

struct port *port_host_on(const struct port_table *t, const char *device)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (t->ports[i] && t->ports[i]->type == PORT_HOST &&
		    !strcmp(t->ports[i]->device, device))
			return t->ports[i];
	return NULL;
}

static int refuse_device(const struct port_table *t, const struct port *port, struct err *err)
{
	const struct port *device = port_by_name(t, port->device);

	if (device && device->type != PORT_NETDEV)
		return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, port->name,
			       "port %s: device=%s has to be a netdev port, and its type is %s",
			       port->name, port->device, port_type_name(device->type));
	if (device)
		return err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, port->name,
			       "port %s: the device of port %s is missing", port->name,
			       port->device);
	err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, port->name,
		"port %s: device=%s is not a port of a switch", port->name, port->device);
	err_hint(err, "make it one first (port add), or both by xvsctl attach --host %s",
		 port->device);
	return -ENODEV;
}

static int host_init(struct port_table *t, struct port *port, const struct port_config *cfg,
		     struct err *err)
{
	const struct port *other;

	if (!cfg->device || !cfg->device[0]) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, port->name,
			"port %s: a host port needs device=, the NIC that the host uses",
			port->name);
		return -EINVAL;
	}
	if (strlen(cfg->device) >= sizeof(port->device))
		return err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, port->name,
			       "port %s: device=%s: no such device", port->name, cfg->device);
	snprintf(port->device, sizeof(port->device), "%s", cfg->device);
	port->fail_open = !cfg->fail_closed;
	if (!device_port(t, port))
		return refuse_device(t, port, err);
	other = port_host_on(t, port->device);
	if (other)
		return err_set(err, -EEXIST, XVS_RPC_EXISTS, port->name,
			       "port %s: device %s has a host port already: %s", port->name,
			       port->device, other->name);
	return 0;
}

static void fill_entry(const struct port *port, const struct port *device,
		       struct xvs_port_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->ifindex = (__u32)device->ifindex;
	entry->hook = XVS_HOOK_EGRESS;
	/* It takes large segments whole: the stack, and XDP is not asked to. */
	entry->flags = XVS_PORT_F_USED | XVS_PORT_F_STACK | XVS_PORT_F_GSO |
		       (device->flags & XVS_PORT_F_UP);
	if (port->blocked)
		entry->flags |= XVS_PORT_F_BLOCKED;
	entry->fail_open = port->fail_open;
	memcpy(entry->mac, device->mac, sizeof(entry->mac));
}

static enum port_state state_of(const struct port *port, const struct port *device)
{
	if (port->blocked)
		return PORT_BLOCKED;
	if (device->flags & XVS_PORT_F_UP)
		return PORT_UP;
	return device->state == PORT_DOWN ? PORT_DOWN : PORT_NO_CARRIER;
}

/* The public picture, and the entry that goes with it; 0 or -errno. */
static int update(struct port_table *t, struct port *port, const struct port *device)
{
	struct xvs_port_entry entry;
	int rc = 0;

	port->ifindex = device->ifindex;
	port->mtu = device->mtu;
	port->state = state_of(port, device);
	memcpy(port->mac, device->mac, sizeof(port->mac));
	snprintf(port->kind, sizeof(port->kind), "%s", device->kind);
	port->reason[0] = '\0';
	fill_entry(port, device, &entry);
	if (memcmp(&entry, &port->priv->entry, sizeof(entry)))
		rc = port_publish(t, port, &entry);
	port->flags = port->priv->entry.flags;
	return rc;
}

/* The device's entry leads to 'host' from now on, or (NULL) to none. */
static void tell_device(struct port_table *t, struct port *device, struct port *host)
{
	device->priv->host = host;
	device->priv->ops->refresh(t, device);
}

/* The port's own entry first: what the device's entry leads to is complete [PORT2]. */
static int host_attach(struct port_table *t, struct port *port, struct err *err)
{
	struct port *device = device_port(t, port);
	int rc;

	if (!device)
		return refuse_device(t, port, err);
	memset(&port->priv->entry, 0, sizeof(port->priv->entry));
	rc = update(t, port, device);
	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, port->name,
			       "port %s: the port table does not take it: %s", port->name,
			       strerror(-rc));
	rc = dp_attach(t->dp, port->port_no, port->ifindex, XVS_HOOK_EGRESS, err);
	if (rc) {
		dp_port_clear(t->dp, port->port_no);
		return rc;
	}
	port->hook = XVS_HOOK_EGRESS;
	port->priv->attached = true;
	tell_device(t, device, port);
	return 0;
}

static void host_detach(struct port_table *t, struct port *port)
{
	struct port *device = device_port(t, port);

	if (!port->priv->attached)
		return;
	port->priv->attached = false;
	if (device && device->priv->host == port)
		tell_device(t, device, NULL);
	dp_detach(t->dp, port->port_no);
	dp_port_clear(t->dp, port->port_no);
	port->hook = XVS_HOOK_NONE;
	port->flags = 0;
}

static void go_missing(struct port_table *t, struct port *port)
{
	host_detach(t, port);
	port->state = PORT_MISSING;
	port->ifindex = 0;
	port->mtu = 0;
	port->kind[0] = '\0';
	snprintf(port->reason, sizeof(port->reason), "%s is %s", port->device,
		 port_by_name(t, port->device) ? "missing" : "not a port any more");
}

/* Its device is another one than before, or there is one again. */
static void come_back(struct port_table *t, struct port *port)
{
	struct err err;

	err_init(&err);
	if (host_attach(t, port, &err)) {
		port->state = PORT_MISSING;
		snprintf(port->reason, sizeof(port->reason), "%.*s", (int)sizeof(port->reason) - 1,
			 err.message);
	}
	err_fini(&err);
}

static void host_refresh(struct port_table *t, struct port *port)
{
	struct port *device = device_port(t, port);

	if (port->priv->attached && (!device || device->ifindex != port->ifindex))
		go_missing(t, port);
	if (!device)
		return;
	if (!port->priv->attached)
		come_back(t, port);
	else if (update(t, port, device))
		log_warn("port", "port %s: its entry could not be published", port->name);
}

int port_set_fail_open(struct port_table *t, struct port *port, bool open, struct err *err)
{
	struct port *device = device_port(t, port);

	if (port->type != PORT_HOST)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, port->name,
			       "port %s: fail= is for host ports, and the type is %s", port->name,
			       port_type_name(port->type));
	port->fail_open = open;
	host_refresh(t, port);
	if (device)
		device->priv->ops->refresh(t, device);
	return 0;
}

const struct port_ops port_host_ops = {
	.name = "host",
	.init = host_init,
	.attach = host_attach,
	.detach = host_detach,
	.refresh = host_refresh,
};
