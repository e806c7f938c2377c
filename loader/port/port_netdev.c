// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ports on kernel devices: collects the facts, lets netdev_hook.c decide and
 * netdev_change.c prepare, then attaches and publishes; and does so again in
 * part when netlink says that the device has changed.
 */
#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

#include "bpf_query.h"
#include "ethtool.h"
#include "log.h"
#include "port_provider.h"

/* Features that cannot be read are taken as off: each only adds a possibility,
 * but for those that XDP needs off, and turning them off reads them again. */
static void read_ethtool(const struct netdev_env *env, struct netdev_facts *f)
{
	struct ethtool_features *e = NULL;
	bool ctag, stag;

	if (ethtool_features_read(env->ethtool_fd, f->link.name, &e))
		return;
	ctag = ethtool_feature_on(e, ETHTOOL_RX_VLAN);
	stag = ethtool_feature_on(e, ETHTOOL_RX_VLAN_STAG);
	f->gro = ethtool_feature_on(e, ETHTOOL_GRO);
	f->lro = ethtool_feature_on(e, ETHTOOL_LRO) && ethtool_feature_changeable(e, ETHTOOL_LRO);
	f->rx_vlan = ctag || stag;
	f->rx_vlan_fixed = (ctag && !ethtool_feature_changeable(e, ETHTOOL_RX_VLAN)) ||
			   (stag && !ethtool_feature_changeable(e, ETHTOOL_RX_VLAN_STAG));
	f->tx_segments = ethtool_feature_on(e, ETHTOOL_TX_SG) &&
			 ethtool_feature_on(e, ETHTOOL_TX_TSO);
	ethtool_features_free(e);
}

static bool egress_is_free(const struct netdev_env *env, const struct link_info *link)
{
	return !strcmp(link->qdisc, "noqueue") &&
	       netlink_has_egress_filter(env->nl, link->ifindex) == 0 &&
	       bpf_query_tcx_egress(link->ifindex) == 0;
}

/* By 'ifindex', or by 'name' when it is 0. */
static int read_facts(const struct netdev_env *env, int ifindex, const char *name,
		      struct netdev_facts *f)
{
	struct link_info peer;
	int err;

	memset(f, 0, sizeof(*f));
	err = netlink_get_link(env->nl, ifindex, name, &f->link);
	if (err)
		return err;
	f->xdp_known = !netlink_xdp_features(env->nl, f->link.ifindex, &f->xdp_features);
	read_ethtool(env, f);
	f->host_address = netlink_has_host_address(env->nl, f->link.ifindex) > 0;
	if (!netdev_is_veth(&f->link) || f->link.link_nsid == NETLINK_NO_NSID)
		return 0;
	f->egress_free = egress_is_free(env, &f->link);
	f->peer_known = !netlink_get_peer(env->nl, &f->link, &peer);
	if (f->peer_known)
		memcpy(f->peer_mac, peer.mac, sizeof(f->peer_mac));
	return 0;
}

static int check_master(const struct netdev_env *env, const struct link_info *link, struct err *err)
{
	struct link_info master;

	if (!link->master)
		return 0;
	if (netlink_get_link(env->nl, link->master, NULL, &master))
		snprintf(master.name, sizeof(master.name), "%d", link->master);
	err_set(err, -EBUSY, XVS_RPC_BUSY, link->name, "port %s: the device is a member of %s",
		link->name, master.name);
	err_hint(err, "ip link set dev %s nomaster", link->name);
	return -EBUSY;
}

/* Our own program is on a device whose port is attached at XDP, no other fits. */
static bool is_foreign(const struct port *port, const struct link_info *link)
{
	return link->xdp_prog_id && !(port->priv->attached && port->hook == XVS_HOOK_XDP);
}

static int refuse_foreign_xdp(const struct link_info *link, struct err *err)
{
	char name[16];

	bpf_query_prog_name(link->xdp_prog_id, name);
	err_set(err, -EBUSY, XVS_RPC_BUSY, link->name,
		"port %s: another XDP program is attached: %s (id %u)", link->name,
		name[0] ? name : "without a name", link->xdp_prog_id);
	err_hint(err, "if nothing needs it: ip link set dev %s xdp off", link->name);
	return -EBUSY;
}

/* What no hook can cure. */
static int check_device(const struct netdev_env *env, const char *name,
			const struct link_info *link, struct err *err)
{
	/* A port is followed by the device's own name. */
	if (strcmp(link->name, name)) {
		err_set(err, -ENODEV, XVS_RPC_NOT_FOUND, name,
			"port %s: this is another name of device %s", name, link->name);
		err_hint(err, "use the name %s", link->name);
		return -ENODEV;
	}
	if (link->flags & IFF_LOOPBACK)
		return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, link->name,
			       "port %s: the loopback device cannot be a port", link->name);
	if (link->arphrd != ARPHRD_ETHER)
		return err_set(err, -EINVAL, XVS_RPC_UNSUPPORTED, link->name,
			       "port %s: not an Ethernet device", link->name);
	return check_master(env, link, err);
}

static int look(struct port_table *t, const struct port *port, struct netdev_facts *f,
		struct err *err)
{
	int rc = read_facts(&t->env, 0, port->device, f);

	if (rc == -ENODEV)
		return err_set(err, rc, XVS_RPC_NOT_FOUND, port->name, "port %s: no such device",
			       port->name);
	if (rc)
		return err_set(err, rc, XVS_RPC_FAILED, port->name,
			       "port %s: the device cannot be read: %s", port->name, strerror(-rc));
	f->xdp_taken = is_foreign(port, &f->link);
	return 0;
}

/* Looks only: nothing is changed yet. A device with a foreign program is not
 * made a port; one that is a port already stays one, without XDP. */
static int look_and_check(struct port_table *t, const struct port *port, int wanted,
			  struct netdev_facts *f, struct err *err)
{
	int rc = look(t, port, f, err);

	if (!rc)
		rc = check_device(&t->env, port->device, &f->link, err);
	if (rc)
		return rc;
	if (f->xdp_taken && (!port->priv->accepted || wanted == XVS_HOOK_XDP))
		return refuse_foreign_xdp(&f->link, err);
	return 0;
}

static int refuse_xdp(const struct port *port, int rc, const char *why, struct err *err)
{
	err_set(err, rc, XVS_RPC_UNSUPPORTED, port->name, "port %s: hook=xdp is not possible: %s",
		port->name, why);
	err_hint(err, "use hook=tc or hook=auto");
	return rc;
}

/* The host has its own port: no short cut to its stack, and none past its egress. */
static void share_entry(const struct port *host, struct xvs_port_entry *entry)
{
	entry->flags &= (__u16) ~(XVS_PORT_F_HOST | XVS_PORT_F_PEER);
	entry->flags |= XVS_PORT_F_SHARED;
	entry->host_port = host->port_no;
	entry->fail_open = host->fail_open;
}

static void fill_entry(const struct netdev_facts *f, const struct port *port, enum xvs_hook hook,
		       struct xvs_port_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->ifindex = (__u32)f->link.ifindex;
	entry->flags = netdev_flags(f, hook, port->blocked) | port->priv->extra_flags;
	/* Behind an xsk port nobody segments or leaves checksums to a device. */
	if (port->type == PORT_XSK)
		entry->flags &= (__u16) ~(XVS_PORT_F_GSO | XVS_PORT_F_CSUM_CHECK);
	entry->hook = (__u8)hook;
	memcpy(entry->mac, f->link.mac, sizeof(entry->mac));
	memcpy(entry->peer_mac, f->peer_mac, sizeof(entry->peer_mac));
	if (port->priv->host)
		share_entry(port->priv->host, entry);
}

/* A device that cannot be a devmap entry takes no native redirects; the rest of
 * the entry still holds. */
int port_publish(struct port_table *t, struct port *port, const struct xvs_port_entry *entry)
{
	struct xvs_port_entry e = *entry;
	int rc = dp_port_set(t->dp, port->port_no, &e);

	if (rc && (e.flags & XVS_PORT_F_XDP_TX)) {
		e.flags &= (__u16) ~(XVS_PORT_F_XDP_TX | XVS_PORT_F_XDP_TX_SG);
		rc = dp_port_set(t->dp, port->port_no, &e);
	}
	if (!rc)
		port->priv->entry = e;
	return rc;
}

/* Prepares, publishes and attaches for one hook. On error the device is back as
 * it was, but for what every hook needs; 'why' says what was in the way. */
static int try_hook(struct port_table *t, struct port *port, const struct netdev_facts *f,
		    enum xvs_hook hook, char *why, size_t size)
{
	struct xvs_port_entry entry;
	struct err sub;
	int rc;

	rc = netdev_change(&t->env, f, hook, why, size);
	if (!rc && hook == XVS_HOOK_XDP && netdev_is_veth(&f->link))
		rc = netdev_change_peer(&t->env, &f->link, why, size);
	if (rc)
		goto err_restore;
	fill_entry(f, port, hook, &entry);
	rc = port_publish(t, port, &entry);
	if (rc) {
		snprintf(why, size, "the port table does not take it: %s", strerror(-rc));
		goto err_restore;
	}
	err_init(&sub);
	rc = dp_attach(t->dp, port->port_no, f->link.ifindex, hook, &sub);
	if (rc)
		snprintf(why, size, "%.*s", (int)size - 1,
			 sub.message[0] ? sub.message : strerror(-rc));
	err_fini(&sub);
	if (!rc)
		return 0;
	dp_port_clear(t->dp, port->port_no);
err_restore:
	netdev_restore_xdp(&t->env, f->link.ifindex);
	return rc;
}

/* The hook that was asked for; with `auto`, TC where XDP turns out not to go. */
static int attach_hook(struct port_table *t, struct port *port, const struct netdev_facts *f,
		       struct err *err)
{
	char *reason = port->priv->hook_reason;
	size_t size = sizeof(port->priv->hook_reason);
	char why[sizeof(port->priv->hook_reason)] = "";
	enum xvs_hook hook;
	int rc;

	rc = netdev_choose_hook(f, port->hook_wanted, &hook, reason, size);
	if (rc)
		return refuse_xdp(port, rc, reason, err);
	rc = try_hook(t, port, f, hook, why, sizeof(why));
	if (rc && rc != -EBUSY && hook == XVS_HOOK_XDP) {
		if (port->hook_wanted == XVS_HOOK_XDP)
			return refuse_xdp(port, rc, why, err);
		snprintf(reason, size, "%s", why);
		hook = XVS_HOOK_TC;
		rc = try_hook(t, port, f, hook, why, sizeof(why));
	}
	if (rc)
		return err_set(err, rc, rc == -EBUSY ? XVS_RPC_BUSY : XVS_RPC_FAILED, port->name,
			       "port %s: %s", port->name, why);
	port->hook = hook;
	return 0;
}

static void describe(struct port_table *t, struct port *port, const struct netdev_facts *f)
{
	const char *carrier = "";

	if (!f->link.carrier && port->priv->no_carrier)
		carrier = port->priv->no_carrier;
	else if (!f->link.carrier && netdev_is_tap(&f->link))
		carrier = "no program has opened the tap";
	snprintf(port->reason, sizeof(port->reason), "%s%s%s", port->priv->hook_reason,
		 port->priv->hook_reason[0] && carrier[0] ? "; " : "", carrier);
	if (port->priv->mode_reason[0] && !carrier[0])
		snprintf(port->reason, sizeof(port->reason), "%s", port->priv->mode_reason);
	undo_describe(t->env.undo, port->ifindex, port->changed, sizeof(port->changed));
}

/* The public picture of the port, and the entry that goes with it. */
static void update(struct port_table *t, struct port *port, const struct netdev_facts *f)
{
	struct xvs_port_entry entry;

	port->ifindex = f->link.ifindex;
	port->mtu = f->link.mtu;
	memcpy(port->mac, f->link.mac, sizeof(port->mac));
	snprintf(port->kind, sizeof(port->kind), "%s", f->link.kind);
	port->state = netdev_state(f, port->blocked);
	port->priv->peer_link = f->link.link;
	port->priv->peer_nsid = f->link.link_nsid;
	fill_entry(f, port, port->hook, &entry);
	if (memcmp(&entry, &port->priv->entry, sizeof(entry)) && port_publish(t, port, &entry))
		log_warn("port", "port %s: its entry could not be published", port->name);
	port->flags = port->priv->entry.flags;
	describe(t, port, f);
	port_sockets_update(t, port);
}

/* From facts that have been checked. */
static int attach_device(struct port_table *t, struct port *port, struct netdev_facts *f,
			 struct err *err)
{
	int rc;

	/* Before the first frame can be lost. */
	port_drops_begin(t, port, f->link.tx_lost);
	rc = attach_hook(t, port, f, err);
	if (rc) {
		netdev_restore(&t->env, f->link.ifindex);
		return rc;
	}
	port->priv->attached = true;
	port->priv->accepted = true;
	/* Attaching itself changes features: GRO of a veth, redirect targets. */
	if (read_facts(&t->env, f->link.ifindex, NULL, f))
		port->priv->dirty = true;
	update(t, port, f);
	return 0;
}

static int netdev_attach(struct port_table *t, struct port *port, struct err *err)
{
	struct netdev_facts f;
	int rc = look_and_check(t, port, port->hook_wanted, &f, err);

	return rc ? rc : attach_device(t, port, &f, err);
}

/* Flags first: nothing is redirected natively to a device whose driver stops
 * taking redirects with its program [PORT2]. */
static void take_off(struct port_table *t, struct port *port)
{
	struct xvs_port_entry entry;

	port_sockets_drop(t, port);
	entry = port->priv->entry;
	entry.flags &= XVS_PORT_F_USED | XVS_PORT_F_BLOCKED;
	port_publish(t, port, &entry);
	dp_detach(t->dp, port->port_no);
	dp_port_clear(t->dp, port->port_no);
	port->priv->attached = false;
	port->hook = XVS_HOOK_NONE;
	port->flags = 0;
}

static void netdev_detach(struct port_table *t, struct port *port)
{
	int rc;

	if (!port->priv->attached)
		return;
	take_off(t, port);
	port_count_device_drops(t, port);
	rc = netdev_restore(&t->env, port->ifindex);
	if (rc)
		log_warn("port", "port %s: the undo journal cannot be written: %s", port->name,
			 strerror(-rc));
}

/* The device was deleted, renamed or moved to another name space. The first
 * and last have nothing left to put back, a renamed one has. */
static void go_missing(struct port_table *t, struct port *port)
{
	netdev_detach(t, port);
	port->state = PORT_MISSING;
	port->ifindex = 0;
	port->mtu = 0;
	port->changed[0] = '\0';
	port->kind[0] = '\0';
	snprintf(port->reason, sizeof(port->reason), "no such device");
	log_info("port", "port %s: its device is gone", port->name);
}

/* What was beside the port when it was detached is no reason to refuse it. */
static int attach_again(struct port_table *t, struct port *port, struct err *err)
{
	struct netdev_facts f;
	int rc = look(t, port, &f, err);

	return rc ? rc : attach_device(t, port, &f, err);
}

static void roll_back(struct port_table *t, struct port *port)
{
	struct err err;

	err_init(&err);
	if (attach_again(t, port, &err)) {
		log_err("port", "port %s: lost: %s", port->name, err.message);
		port->state = PORT_MISSING;
		port->ifindex = 0;
		snprintf(port->reason, sizeof(port->reason), "%.*s", (int)sizeof(port->reason) - 1,
			 err.message);
	}
	err_fini(&err);
}

static int netdev_set_hook(struct port_table *t, struct port *port, int wanted, struct err *err)
{
	char reason[sizeof(port->priv->hook_reason)];
	int before = port->hook_wanted;
	struct netdev_facts f;
	enum xvs_hook hook;
	int rc;

	rc = look_and_check(t, port, wanted, &f, err);
	if (rc)
		return rc;
	rc = netdev_choose_hook(&f, wanted, &hook, reason, sizeof(reason));
	if (rc)
		return refuse_xdp(port, rc, reason, err);
	port->hook_wanted = wanted;
	if (hook == port->hook) {
		memcpy(port->priv->hook_reason, reason, sizeof(reason));
		update(t, port, &f);
		return 0;
	}
	netdev_detach(t, port);
	rc = attach_again(t, port, err);
	if (rc) {
		port->hook_wanted = before;
		roll_back(t, port);
	}
	return rc;
}

static void try_return(struct port_table *t, struct port *port)
{
	struct err err;

	err_init(&err);
	if (!netdev_attach(t, port, &err))
		log_info("port", "port %s: its device is back", port->name);
	else
		snprintf(port->reason, sizeof(port->reason), "%.*s", (int)sizeof(port->reason) - 1,
			 err.message);
	err_fini(&err);
}

/* Someone may have turned back what the port needs. */
static void keep_fit(struct port_table *t, struct port *port, struct netdev_facts *f)
{
	char why[200] = "";
	int rc;

	rc = netdev_change(&t->env, f, port->hook, why, sizeof(why));
	if (!rc && port->hook == XVS_HOOK_XDP && netdev_is_veth(&f->link) &&
	    (f->link.link != port->priv->peer_link || f->link.link_nsid != port->priv->peer_nsid))
		rc = netdev_change_peer(&t->env, &f->link, why, sizeof(why));
	if (rc)
		log_warn_rl("port", "port %s: %s", port->name, why);
}

static void netdev_refresh(struct port_table *t, struct port *port)
{
	struct netdev_facts f;
	int rc;

	if (port->priv->attached) {
		rc = read_facts(&t->env, port->ifindex, NULL, &f);
		if (!rc && !strcmp(f.link.name, port->device)) {
			keep_fit(t, port, &f);
			update(t, port, &f);
			return;
		}
		if (rc && rc != -ENODEV)
			return;
		go_missing(t, port);
	}
	try_return(t, port);
}

const struct port_ops port_netdev_ops = {
	.name = "netdev",
	.attach = netdev_attach,
	.set_hook = netdev_set_hook,
	.detach = netdev_detach,
	.refresh = netdev_refresh,
};
