/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Decisions about one kernel device, from facts alone: which hook, and which
 * XVS_PORT_F_* hold. Pure; port_netdev.c collects the facts.
 */
#ifndef PORT_NETDEV_HOOK_H
#define PORT_NETDEV_HOOK_H

#include "netlink.h"
#include "port.h"

struct netdev_facts {
	struct link_info link;
	bool xdp_known; /* the kernel tells 'xdp_features' (6.3) */
	__u64 xdp_features; /* NETLINK_XDP_* */
	bool xdp_taken; /* by somebody else's program */
	bool gro;
	bool lro;
	bool rx_vlan; /* the device takes tags off before XDP sees the frame */
	bool rx_vlan_fixed; /* ... and that cannot be turned off */
	bool tx_segments; /* takes large TCP segments whole */
	bool host_address;
	bool peer_known;
	__u8 peer_mac[6]; /* of a veth's other end, if peer_known */
	bool egress_free; /* known to have neither a qdisc nor an egress program */
};

bool netdev_is_veth(const struct link_info *link);
bool netdev_is_tap(const struct link_info *link);
/* Drops what is not for its own address unless it is promiscuous. */
bool netdev_filters(const struct link_info *link);
/* Up and with carrier: frames that go out arrive somewhere. */
bool netdev_is_up(const struct link_info *link);

/* 'wanted' is PORT_HOOK_AUTO or a hook. 'reason' says why it is not the first
 * choice, "" if it is. -EOPNOTSUPP: XDP was asked for and cannot be; 'reason'
 * says why. */
int netdev_choose_hook(const struct netdev_facts *f, int wanted, enum xvs_hook *hook, char *reason,
		       size_t size);
/* XVS_PORT_F_*, USED included. */
__u16 netdev_flags(const struct netdev_facts *f, enum xvs_hook hook, bool blocked);
enum port_state netdev_state(const struct netdev_facts *f, bool blocked);

#endif /* PORT_NETDEV_HOOK_H */
