// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which hook a device gets and what the fast path may do with it. Where a fact
 * is not known the answer is the safe one: a flag that is not set costs time, a
 * flag that is wrongly set loses frames.
 */
#include "netdev_hook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bool netdev_is_veth(const struct link_info *link)
{
	return !strcmp(link->kind, "veth");
}

bool netdev_is_tap(const struct link_info *link)
{
	return !strcmp(link->kind, "tun");
}

static bool is_physical(const struct link_info *link)
{
	return !link->kind[0];
}

bool netdev_filters(const struct link_info *link)
{
	return !netdev_is_veth(link) && !netdev_is_tap(link);
}

bool netdev_is_up(const struct link_info *link)
{
	return (link->flags & IFF_UP) && link->carrier;
}

/* Why XDP cannot be on this device; NULL: it may be tried. */
static const char *no_xdp(const struct netdev_facts *f)
{
	if (f->xdp_known && !(f->xdp_features & NETLINK_XDP_BASIC))
		return "the driver has no native XDP";
	if (f->xdp_taken)
		return "another XDP program is attached";
	if (netdev_filters(&f->link) && f->rx_vlan && f->rx_vlan_fixed)
		return "the device's rx-vlan-offload cannot be turned off";
	return NULL;
}

int netdev_choose_hook(const struct netdev_facts *f, int wanted, enum xvs_hook *hook, char *reason,
		       size_t size)
{
	const char *why = no_xdp(f);

	reason[0] = '\0';
	*hook = XVS_HOOK_TC;
	if (wanted == XVS_HOOK_TC || (wanted == PORT_HOOK_AUTO && !is_physical(&f->link)))
		return 0;
	if (!why) {
		*hook = XVS_HOOK_XDP;
		return 0;
	}
	snprintf(reason, size, "%s", why);
	return wanted == XVS_HOOK_XDP ? -EOPNOTSUPP : 0;
}

/* Native redirects to the device arrive. A veth hands them to its peer's NAPI,
 * which runs only for GRO or a program there; a tap queues them for its reader;
 * drivers of NICs often need a program of their own attached. */
static __u16 redirect_flags(const struct netdev_facts *f, enum xvs_hook hook)
{
	__u16 flags = 0;

	if (!netdev_is_up(&f->link))
		return 0;
	if (!f->xdp_known) {
		if (netdev_is_tap(&f->link) || (is_physical(&f->link) && hook == XVS_HOOK_XDP))
			return XVS_PORT_F_XDP_TX;
		return 0;
	}
	if (f->xdp_features & NETLINK_XDP_NDO_XMIT)
		flags |= XVS_PORT_F_XDP_TX;
	if (flags && (f->xdp_features & NETLINK_XDP_NDO_XMIT_SG))
		flags |= XVS_PORT_F_XDP_TX_SG;
	return flags;
}

/* The frame goes straight into the peer, past qdisc, egress programs and the
 * peer's own native XDP program: only where there are none of them. The device
 * takes native redirects when its peer has a program (or GRO), so that feature
 * rules the peer out. */
static bool may_redirect_peer(const struct netdev_facts *f)
{
	return netdev_is_veth(&f->link) && f->link.link_nsid != NETLINK_NO_NSID &&
	       netdev_is_up(&f->link) && f->egress_free && f->peer_known && f->xdp_known &&
	       !(f->xdp_features & NETLINK_XDP_NDO_XMIT);
}

__u16 netdev_flags(const struct netdev_facts *f, enum xvs_hook hook, bool blocked)
{
	bool guest = netdev_is_veth(&f->link) || netdev_is_tap(&f->link);
	__u16 flags = XVS_PORT_F_USED | redirect_flags(f, hook);

	if (netdev_is_up(&f->link))
		flags |= XVS_PORT_F_UP;
	if (blocked)
		flags |= XVS_PORT_F_BLOCKED;
	if (guest || f->tx_segments)
		flags |= XVS_PORT_F_GSO;
	if (hook == XVS_HOOK_XDP && f->gro)
		flags |= XVS_PORT_F_GRO;
	if (hook == XVS_HOOK_XDP && guest)
		flags |= XVS_PORT_F_CSUM_CHECK;
	if (f->host_address)
		flags |= XVS_PORT_F_HOST;
	if (may_redirect_peer(f))
		flags |= XVS_PORT_F_PEER;
	return flags;
}

enum port_state netdev_state(const struct netdev_facts *f, bool blocked)
{
	if (blocked)
		return PORT_BLOCKED;
	if (!(f->link.flags & IFF_UP))
		return PORT_DOWN;
	return f->link.carrier ? PORT_UP : PORT_NO_CARRIER;
}
