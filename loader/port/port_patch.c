// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Patch ports: two names that name each other. Nothing is attached and nothing
 * published; the slow path translates a packet from one end to the other.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "port_provider.h"

static int refuse_hook(const char *name, struct err *err)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
		       "port %s: a patch port has no device that a hook could be on", name);
}

int port_patch_check(const struct port_table *t, const struct port_config *cfg, struct err *err)
{
	const char *name = cfg->name, *peer = cfg->peer;
	const struct port *other;

	if (cfg->hook != PORT_HOOK_AUTO)
		return refuse_hook(name, err);
	if (!peer || !peer[0]) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			"port %s: a patch port needs peer=, the name of its other end", name);
		err_hint(err, "that one has type=patch and peer=%s", name);
		return -EINVAL;
	}
	if (!strcmp(peer, name))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "port %s: a patch port cannot be its own peer", name);
	if (strlen(peer) >= XVS_NAME_LEN)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "port %s: peer=%s: a name has at most %d characters", name, peer,
			       XVS_NAME_LEN - 1);
	other = port_by_name(t, peer);
	if (other && other->type != PORT_PATCH)
		return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, name,
			       "port %s: the peer has to be a patch port, and %s has type %s", name,
			       peer, port_type_name(other->type));
	return 0;
}

/* The other end, or NULL with the reason. */
static struct port *find_peer(const struct port_table *t, const struct port *port, char *reason,
			      size_t size)
{
	struct port *other = port_by_name(t, port->peer_name);

	reason[0] = '\0';
	if (!other)
		snprintf(reason, size, "peer %s is missing", port->peer_name);
	else if (other->type != PORT_PATCH)
		snprintf(reason, size, "peer %s is not a patch port", other->name);
	else if (strcmp(other->peer_name, port->name))
		snprintf(reason, size, "peer %s has another peer: %s", other->name,
			 other->peer_name);
	return reason[0] ? NULL : other;
}

static void patch_refresh(struct port_table *t, struct port *port)
{
	port->peer = find_peer(t, port, port->reason, sizeof(port->reason));
	if (port->blocked)
		port->state = PORT_BLOCKED;
	else
		port->state = port->peer ? PORT_UP : PORT_DOWN;
}

static int patch_attach(struct port_table *t, struct port *port, struct err *err)
{
	port->device[0] = '\0';
	port->priv->attached = true;
	patch_refresh(t, port);
	return 0;
}

static int patch_set_hook(struct port_table *t, struct port *port, int wanted, struct err *err)
{
	return refuse_hook(port->name, err);
}

static void patch_detach(struct port_table *t, struct port *port)
{
	port->priv->attached = false;
}

void port_patch_update(struct port_table *t, const char *name)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++) {
		struct port *port = t->ports[i];

		if (port && port->type == PORT_PATCH &&
		    (!strcmp(port->name, name) || !strcmp(port->peer_name, name)))
			patch_refresh(t, port);
	}
}

const struct port_ops port_patch_ops = {
	.name = "patch",
	.attach = patch_attach,
	.set_hook = patch_set_hook,
	.detach = patch_detach,
	.refresh = patch_refresh,
};
