// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pairs of veth devices; see port_pair.h.
 */
#include "port_pair.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* Numbers that no kernel gives by itself soon. Together with port_no they are
 * in the upper half of the table from devices to ports, far from the devices
 * of a host that was started not long ago. */
#define PAIR_IFINDEX ((1 << 20) + XVS_IFINDEX_SLOTS / 2)
#define NUMBER_TRIES XVS_IFINDEX_SLOTS
#define NAME_TRIES 100

/* Programs find the port in one probe, see XVS_IFINDEX_PROBES. */
static bool slot_is_free(const struct port_table *t, int ifindex)
{
	const int mask = XVS_IFINDEX_SLOTS - 1;

	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (t->ports[i] && (t->ports[i]->ifindex & mask) == (ifindex & mask))
			return false;
	return true;
}

/* 0: there is such a device (by number, or by name when that is 0); -ENODEV. */
static int look_up(struct port_table *t, int ifindex, const char *name)
{
	struct link_info link;

	return netlink_get_link(t->env.nl, ifindex, name, &link);
}

/* A number that is free. */
static int choose_ifindex(struct port_table *t, __u16 port_no, int *ifindex)
{
	int rc;

	for (int i = 0; i < NUMBER_TRIES; i++) {
		*ifindex = PAIR_IFINDEX + port_no + i;
		rc = slot_is_free(t, *ifindex) ? look_up(t, *ifindex, "") : 0;
		if (rc)
			return rc == -ENODEV ? 0 : rc;
	}
	return -EEXIST;
}

/* "xvs12" for port 12, or, if somebody has that, "xvs12_1" and so on. */
static int choose_name(struct port_table *t, __u16 port_no, char name[IFNAMSIZ])
{
	int rc;

	for (__u8 i = 0; i < NAME_TRIES; i++) {
		if (i)
			snprintf(name, IFNAMSIZ, "xvs%u_%u", port_no, i);
		else
			snprintf(name, IFNAMSIZ, "xvs%u", port_no);
		rc = look_up(t, 0, name);
		if (rc)
			return rc == -ENODEV ? 0 : rc;
	}
	return -EEXIST;
}

void port_pair_keep_ipv6_off(const char *device)
{
	char path[64 + IFNAMSIZ];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", device);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		log_debug("port", "%s: IPv6 stays on: %s", device, strerror(errno));
	close(fd);
}

static int refuse_name(const struct port *port, struct err *err)
{
	err_set(err, -EEXIST, XVS_RPC_EXISTS, port->name,
		"port %s: a device of that name exists already", port->name);
	err_hint(err, "an %s port makes its own; type=netdev takes the one that is there",
		 port_type_name(port->type));
	return -EEXIST;
}

void port_pair_remove(struct port_table *t, struct port *port)
{
	int rc;

	if (!port->priv->pair_ifindex)
		return;
	rc = netdev_remove_pair(&t->env, port->priv->pair_ifindex);
	if (rc)
		log_warn("port", "port %s: %s cannot be removed: %s", port->name, port->device,
			 strerror(-rc));
	port->priv->pair_ifindex = 0;
}

int port_pair_make(struct port_table *t, struct port *port, struct netlink_veth veth,
		   struct err *err)
{
	int rc = look_up(t, 0, port->name);

	if (!rc)
		return refuse_name(port, err);
	memcpy(veth.peer_name, port->device, sizeof(veth.peer_name));
	rc = choose_name(t, port->port_no, veth.name);
	if (!rc)
		rc = choose_ifindex(t, port->port_no, &veth.ifindex);
	if (!rc)
		rc = netdev_make_pair(&t->env, &veth);
	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, port->name,
			       "port %s: its veth pair cannot be made: %s", port->name,
			       strerror(-rc));
	port->priv->pair_ifindex = veth.ifindex;
	memcpy(port->device, veth.name, sizeof(port->device));
	port_pair_keep_ipv6_off(port->device);
	rc = netlink_set_flags(t->env.nl, veth.ifindex, IFF_UP, IFF_UP);
	if (!rc)
		return 0;
	port_pair_remove(t, port);
	return err_set(err, rc, XVS_RPC_FAILED, port->name, "port %s: %s cannot be set up: %s",
		       port->name, port->device, strerror(-rc));
}

bool port_pair_refresh(struct port_table *t, struct port *port)
{
	if (!port->priv->pair_ifindex)
		return false;
	port_netdev_ops.refresh(t, port);
	if (port->priv->attached)
		return true;
	port_pair_remove(t, port);
	snprintf(port->reason, sizeof(port->reason),
		 "its device was deleted; port del and port add make a new one");
	return false;
}
