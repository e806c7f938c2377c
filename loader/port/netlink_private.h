/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by netlink.c (rtnetlink), netlink_veth.c, netlink_xdp.c (the family
 * `netdev`) and netlink_event.c.
 */
#ifndef PORT_NETLINK_PRIVATE_H
#define PORT_NETLINK_PRIVATE_H

#include <libmnl/libmnl.h>

#include "netlink.h"

/* Holds any message that the kernel sends for one object of a dump. */
#define NETLINK_BUFFER 32768

struct netlink {
	struct mnl_socket *route;
	struct mnl_socket *genl; /* NULL: no family `netdev` */
	struct mnl_socket *route_event; /* NULL until netlink_subscribe */
	struct mnl_socket *genl_event;
	__u32 seq;
	__u16 family; /* id of `netdev`; 0: none */
	__u32 mgmt_group; /* its notifications; 0: none */
	char buf[NETLINK_BUFFER];
};

/* Holds any request of ours. */
#define NETLINK_REQUEST_BYTES 256

int netlink_socket(int bus, struct mnl_socket **out);
/* Begins a request in 'buf' of NETLINK_REQUEST_BYTES, aligned to 8; 'header' is
 * the family's own, of 'extra' zero bytes. */
struct nlmsghdr *netlink_request(char *buf, int type, int flags, size_t extra, void **header);
/* Sends 'nlh' and hands each answer to 'cb'. 0 or -errno. */
int netlink_talk(struct netlink *nl, struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb,
		 void *aux);
/* Finds the family `netdev`; its absence is no error. */
int netlink_xdp_open(struct netlink *nl);
/* The ifindex of a notification of that family; 0: another message. */
int netlink_xdp_event_ifindex(const struct netlink *nl, const struct nlmsghdr *nlh);

#endif /* PORT_NETLINK_PRIVATE_H */
