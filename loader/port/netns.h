/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reaching into another name space: a veth's peer is often in its guest's, and
 * one of its features may have to change (netdev_change.c).
 */
#ifndef PORT_NETNS_H
#define PORT_NETNS_H

struct netlink;

/* A datagram socket that lives in the name space which is called 'nsid' here;
 * its ioctls see that name space's devices. -ENOENT: no process and no name in
 * /run/netns leads there. */
int netns_socket(struct netlink *nl, int nsid);

#endif /* PORT_NETNS_H */
