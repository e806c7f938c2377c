/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What rtnetlink and the generic netlink family `netdev` tell of devices:
 * requests (one link, its addresses, its egress filters, its XDP features; a
 * veth pair made and removed) and events. port_netdev.c asks, port.c follows the
 * events.
 *
 * A struct netlink belongs to the name space in which it was opened and to one
 * thread. Requests wait for the kernel's answer, which comes at once.
 */
#ifndef PORT_NETLINK_H
#define PORT_NETLINK_H

#include <net/if.h>

#include "xvs/types.h"

struct netlink;

#define NETLINK_NO_NSID (-1)

/* One device, as RTM_GETLINK describes it. */
struct link_info {
	char name[IFNAMSIZ];
	int ifindex;
	__u32 flags; /* IFF_* */
	__u16 arphrd; /* ARPHRD_* */
	__u8 mac[6];
	__u32 mtu;
	char kind[16]; /* "veth", "tun"; "" when the device has no kind */
	bool has_parent; /* hangs on a bus: PCI, virtio */
	bool carrier;
	int master; /* ifindex of its bridge or bond; 0: none */
	int link; /* veth: the peer's ifindex, in the name space 'link_nsid' */
	int link_nsid; /* NETLINK_NO_NSID: this name space */
	__u32 xdp_prog_id; /* 0: none */
	char qdisc[16];
	__u64 tx_lost; /* frames that the device did not send: tx_dropped and tx_errors */
};

/* Bits of the xdp-features that the family `netdev` tells. */
#define NETLINK_XDP_BASIC 0x01
#define NETLINK_XDP_REDIRECT 0x02
#define NETLINK_XDP_NDO_XMIT 0x04
#define NETLINK_XDP_RX_SG 0x20
#define NETLINK_XDP_NDO_XMIT_SG 0x40

int netlink_open(struct netlink **out); /* requests only; 0 or -errno */
void netlink_close(struct netlink *nl); /* NULL is a no-op */

/* By 'ifindex', or by 'name' when 'ifindex' is 0. -ENODEV: no such device. */
int netlink_get_link(struct netlink *nl, int ifindex, const char *name, struct link_info *info);
/* The other end of a veth, wherever it is. */
int netlink_get_peer(struct netlink *nl, const struct link_info *link, struct link_info *peer);
/* Sets the bits 'mask' of the device's IFF_* flags to those of 'flags'. */
int netlink_set_flags(struct netlink *nl, int ifindex, __u32 flags, __u32 mask);
/* A veth pair whose ends are down. */
struct netlink_veth {
	char name[IFNAMSIZ]; /* of this end */
	int ifindex; /* its number, the caller's choice */
	__u32 mtu;
	__u32 n_queues; /* of each end, to send and to receive; 0: the kernel's choice */
	char peer_name[IFNAMSIZ]; /* of the other one; its number is the kernel's choice */
	__u32 peer_mtu; /* 0: the kernel's choice */
};
/* -EEXIST, -EBUSY: a name or the number is taken. */
int netlink_add_veth(struct netlink *nl, const struct netlink_veth *veth);
/* Deletes a device that was made by software; a veth goes with its peer. */
int netlink_del_link(struct netlink *nl, int ifindex);
/* 1: the device has an IPv4 address or an IPv6 one of more than link scope. */
int netlink_has_host_address(struct netlink *nl, int ifindex);
/* 1: a filter hangs on the device's clsact egress. */
int netlink_has_egress_filter(struct netlink *nl, int ifindex);
/* The id that the name space of 'netns_fd' has here; -ENOENT: none. */
int netlink_nsid_of(struct netlink *nl, int netns_fd, int *nsid);
/* NETLINK_XDP_* bits. -EOPNOTSUPP: the kernel does not tell (before 6.3). */
int netlink_xdp_features(struct netlink *nl, int ifindex, __u64 *features);

/* --- events --- */

/* 'ifindex' 0: events were lost, look at every device. 'name' is the device's
 * present name where the event tells it, else "". */
typedef void (*netlink_event_fn)(void *aux, int ifindex, const char *name);

/* Subscribes to links, addresses, traffic control and XDP features. */
int netlink_subscribe(struct netlink *nl);
int netlink_event_fd(const struct netlink *nl); /* readable: netlink_run */
int netlink_xdp_event_fd(const struct netlink *nl); /* the same; -1: none */
/* Calls 'fn' for each event that waits; does not block. */
void netlink_run(struct netlink *nl, netlink_event_fn fn, void *aux);

#endif /* PORT_NETLINK_H */
