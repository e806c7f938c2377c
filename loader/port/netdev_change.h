/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few settings of a device that a port needs, changed with a note in the
 * undo journal first, and put back from it.
 *
 *   every hook  promiscuous, where the device filters by address; LRO off, as
 *               what it merged cannot be forwarded
 *   xdp         rx-vlan-offload off; on a veth the peer's tx-vlan-offload off:
 *               a tag beside the frame is invisible to the program
 *
 * Nothing else is touched: guests keep their offloads.
 *
 * The veth pair of an internal port is such a change too: a device that was not
 * there before.
 */
#ifndef PORT_NETDEV_CHANGE_H
#define PORT_NETDEV_CHANGE_H

#include "netdev_hook.h"
#include "undo.h"

struct netdev_env {
	struct netlink *nl;
	int ethtool_fd; /* any socket of the daemon's name space */
	struct undo *undo;
	/* The journal is another process's: a device must agree in number and
	 * name. Our own is followed by number, whatever it is called by now. */
	bool check_names;
};

/* Makes the device itself fit for 'hook'; what fits already is left alone.
 * -EOPNOTSUPP: it cannot be; 'why' says it. */
int netdev_change(const struct netdev_env *env, const struct netdev_facts *f, enum xvs_hook hook,
		  char *why, size_t size);
/* The same for a veth's peer under XDP. */
int netdev_change_peer(const struct netdev_env *env, const struct link_info *link, char *why,
		       size_t size);
/* A veth pair whose both ends are down, its number and names the caller's choice. Nothing is left behind on error; -EEXIST, -EBUSY: a
 * name or the number is taken. */
int netdev_make_pair(const struct netdev_env *env, const struct netlink_veth *veth);
/* Removes the pair that has this end; a no-op if it is gone or was not made here. */
int netdev_remove_pair(const struct netdev_env *env, int ifindex);
/* Puts back all settings that were changed on the device, or what only XDP needs. */
int netdev_restore(const struct netdev_env *env, int ifindex);
int netdev_restore_xdp(const struct netdev_env *env, int ifindex);
/* undo_apply_fn; 'env' is a struct netdev_env. */
int netdev_undo_apply(void *env, const struct undo_change *c);

#endif /* PORT_NETDEV_CHANGE_H */
