// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes devices and puts them back. Each change is: note it in the journal,
 * make it, and on failure take the note back [PORT3].
 */
#include "netdev_change.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ethtool.h"
#include "log.h"
#include "netns.h"

/* Features that can be changed: on the device or on its veth peer. */
struct change {
	enum undo_what what;
	const char *feature;
	bool peer;
};

static const struct change changes[] = {
	{UNDO_LRO, ETHTOOL_LRO, false},
	{UNDO_RX_VLAN, ETHTOOL_RX_VLAN, false},
	{UNDO_RX_VLAN_STAG, ETHTOOL_RX_VLAN_STAG, false},
	{UNDO_PEER_TX_VLAN, ETHTOOL_TX_VLAN, true},
	{UNDO_PEER_TX_VLAN_STAG, ETHTOOL_TX_VLAN_STAG, true},
};

#define N_CHANGES (sizeof(changes) / sizeof(changes[0]))

static const struct change *change_of(enum undo_what what)
{
	for (size_t i = 0; i < N_CHANGES; i++)
		if (changes[i].what == what)
			return &changes[i];
	return NULL;
}

/* The device that a change is made on: the port's, or its peer elsewhere. */
struct target {
	int fd;
	bool owns_fd;
	char ifname[IFNAMSIZ];
};

static void target_close(struct target *target)
{
	if (target->owns_fd)
		close(target->fd);
}

static int target_open_peer(const struct netdev_env *env, const struct link_info *link,
			    struct target *target)
{
	struct ifreq ifr = {.ifr_ifindex = link->link};

	target->owns_fd = link->link_nsid != NETLINK_NO_NSID;
	target->fd = target->owns_fd ? netns_socket(env->nl, link->link_nsid) : env->ethtool_fd;
	if (target->fd < 0)
		return target->fd;
	if (ioctl(target->fd, SIOCGIFNAME, &ifr) < 0) {
		int err = -errno;

		target_close(target);
		return err;
	}
	memcpy(target->ifname, ifr.ifr_name, sizeof(target->ifname));
	return 0;
}

static int target_open(const struct netdev_env *env, const struct link_info *link, bool peer,
		       struct target *target)
{
	if (peer)
		return target_open_peer(env, link, target);
	target->fd = env->ethtool_fd;
	target->owns_fd = false;
	memcpy(target->ifname, link->name, sizeof(target->ifname));
	return 0;
}

static int set_promisc(const struct netdev_env *env, int ifindex, bool on)
{
	return netlink_set_flags(env->nl, ifindex, on ? IFF_PROMISC : 0, IFF_PROMISC);
}

/* A number that was given again belongs to a device of another kind or name. */
static int delete_device(const struct netdev_env *env, const struct link_info *link)
{
	int err = netdev_is_veth(link) ? netlink_del_link(env->nl, link->ifindex) : 0;

	return err == -ENODEV ? 0 : err;
}

int netdev_undo_apply(void *aux, const struct undo_change *c)
{
	const struct netdev_env *env = aux;
	const struct change *change = change_of(c->what);
	struct target target;
	struct link_info link;
	int err;

	err = netlink_get_link(env->nl, c->ifindex, NULL, &link);
	/* Gone, or its number belongs to another device now. */
	if (err == -ENODEV || (!err && env->check_names && strcmp(link.name, c->ifname)))
		return 0;
	if (err)
		return err;
	if (c->what == UNDO_DEVICE)
		return delete_device(env, &link);
	if (!change)
		return set_promisc(env, c->ifindex, c->old);
	err = target_open(env, &link, change->peer, &target);
	if (!err) {
		err = ethtool_feature_set(target.fd, target.ifname, change->feature, c->old);
		target_close(&target);
	}
	/* A feature that hangs on another one which has been changed since, or a
	 * peer that went out of reach: a note kept for ever would help nobody. */
	if (err)
		log_warn("port", "port %s: could not put %s back to %s: %s", c->ifname,
			 undo_what_name(c->what), c->old ? "on" : "off", strerror(-err));
	return 0;
}

static int note(const struct netdev_env *env, const struct link_info *link, enum undo_what what,
		bool old)
{
	struct undo_change c = {.ifindex = link->ifindex, .what = what, .old = old};

	memcpy(c.ifname, link->name, sizeof(c.ifname));
	return undo_record(env->undo, &c);
}

static int restore(const struct netdev_env *env, int ifindex, unsigned int whats)
{
	return undo_replay_of(env->undo, ifindex, whats, netdev_undo_apply, (void *)env);
}

static int take_back(const struct netdev_env *env, const struct link_info *link,
		     enum undo_what what)
{
	return restore(env, link->ifindex, UNDO_BIT(what));
}

/* Turns one feature off if it is on. */
static int turn_off(const struct netdev_env *env, const struct link_info *link,
		    const struct change *change, const struct target *target)
{
	struct ethtool_features *f;
	bool on;
	int err;

	err = ethtool_features_read(target->fd, target->ifname, &f);
	if (err)
		return err;
	on = ethtool_feature_on(f, change->feature);
	ethtool_features_free(f);
	if (!on)
		return 0;
	err = note(env, link, change->what, true);
	if (err)
		return err;
	err = ethtool_feature_set(target->fd, target->ifname, change->feature, false);
	if (err)
		take_back(env, link, change->what);
	return err;
}

static int turn_off_own(const struct netdev_env *env, const struct link_info *link,
			enum undo_what what)
{
	struct target target;

	target_open(env, link, false, &target);
	return turn_off(env, link, change_of(what), &target);
}

static int become_promiscuous(const struct netdev_env *env, const struct link_info *link)
{
	int err;

	if (!netdev_filters(link) || (link->flags & IFF_PROMISC))
		return 0;
	err = note(env, link, UNDO_PROMISC, false);
	if (err)
		return err;
	err = set_promisc(env, link->ifindex, true);
	if (err)
		take_back(env, link, UNDO_PROMISC);
	return err;
}

static int refuse(int err, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s", what, strerror(-err));
	return err;
}

int netdev_change(const struct netdev_env *env, const struct netdev_facts *f, enum xvs_hook hook,
		  char *why, size_t size)
{
	int err;

	err = become_promiscuous(env, &f->link);
	if (err)
		return refuse(err, "the device cannot be made promiscuous", why, size);
	if (f->lro) {
		err = turn_off_own(env, &f->link, UNDO_LRO);
		if (err)
			log_warn("port", "port %s: large-receive-offload stays on: %s",
				 f->link.name, strerror(-err));
	}
	if (hook != XVS_HOOK_XDP || !netdev_filters(&f->link))
		return 0;
	err = turn_off_own(env, &f->link, UNDO_RX_VLAN);
	if (!err)
		err = turn_off_own(env, &f->link, UNDO_RX_VLAN_STAG);
	if (err)
		return refuse(err, "the device's rx-vlan-offload cannot be turned off", why, size);
	return 0;
}

int netdev_change_peer(const struct netdev_env *env, const struct link_info *link, char *why,
		       size_t size)
{
	struct target target;
	int err;

	err = target_open(env, link, true, &target);
	if (err == -ENOENT) {
		snprintf(
			why, size,
			"the peer's tx-vlan-offload must be off and its name space is out of reach");
		return -EOPNOTSUPP;
	}
	if (err)
		return refuse(err, "the device's peer cannot be reached", why, size);
	for (size_t i = 0; !err && i < N_CHANGES; i++)
		if (changes[i].peer)
			err = turn_off(env, link, &changes[i], &target);
	target_close(&target);
	if (err)
		return refuse(err, "the peer's tx-vlan-offload cannot be turned off", why, size);
	return 0;
}

static int forget(void *aux, const struct undo_change *c)
{
	return 0;
}

int netdev_make_pair(const struct netdev_env *env, const struct netlink_veth *veth)
{
	struct link_info link = {.ifindex = veth->ifindex};
	int err;

	memcpy(link.name, veth->name, sizeof(link.name));
	err = note(env, &link, UNDO_DEVICE, false);
	if (err)
		return err;
	err = netlink_add_veth(env->nl, veth);
	/* Not by netdev_undo_apply: what has that number now is somebody else's. */
	if (err)
		undo_replay_of(env->undo, veth->ifindex, UNDO_BIT(UNDO_DEVICE), forget, NULL);
	return err;
}

int netdev_remove_pair(const struct netdev_env *env, int ifindex)
{
	return restore(env, ifindex, UNDO_BIT(UNDO_DEVICE));
}

int netdev_restore_xdp(const struct netdev_env *env, int ifindex)
{
	unsigned int whats = 0;

	for (size_t i = 0; i < N_CHANGES; i++)
		if (changes[i].what != UNDO_LRO)
			whats |= UNDO_BIT(changes[i].what);
	return restore(env, ifindex, whats);
}

int netdev_restore(const struct netdev_env *env, int ifindex)
{
	return restore(env, ifindex, UNDO_ALL & ~UNDO_BIT(UNDO_DEVICE));
}
