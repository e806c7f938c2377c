/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Devices for tests: veth pairs in a name space of our own, raw sockets on
 * them. Talks netlink itself: the same binary runs in a bare initramfs.
 */
#ifndef PROG_TESTS_NETDEV_H
#define PROG_TESTS_NETDEV_H

#include "xvs/types.h"

/* Leaves the caller in a new network name space with lo up and IPv6 quiet. */
int netdev_unshare(void);
/* Makes the pair, both ends up. */
int netdev_veth(const char *name, const char *peer);
int netdev_set_up(const char *name, bool up);
int netdev_set_mtu(const char *name, __u32 mtu);
/* Until it has a carrier and a queue: what it is given before is lost. */
int netdev_wait_up(const char *name);
/* GRO on a veth end means NAPI there: its peer takes native redirects. */
int netdev_set_gro(const char *name, bool on);
int netdev_bridge(const char *name, const char *const *ports, size_t n);

/* A raw socket that sends from, and sees what arrives at, 'ifindex'. With
 * 'vnet' frames carry their offload state, see struct netdev_frame. */
int netdev_socket(int ifindex, bool vnet);

#define NETDEV_FRAME_MAX 70000
struct netdev_frame {
	size_t len;
	/* Only with 'vnet': */
	bool partial; /* the sum from csum_start goes to csum_start + csum_off */
	__u16 csum_start, csum_off;
	__u16 gso_size; /* 0: not a large segment */
	__u8 gso_type; /* VIRTIO_NET_HDR_GSO_* */
	__u16 gso_hdr_len;
	__u8 data[NETDEV_FRAME_MAX];
};
int netdev_send(int sock, const struct netdev_frame *f, bool vnet);
/* Tags that lay beside the frame are put back. 0, -ETIMEDOUT or -errno. */
int netdev_recv(int sock, struct netdev_frame *f, bool vnet, int timeout_ms);
/* Throws away what has arrived. */
void netdev_drain(int sock);

#endif /* PROG_TESTS_NETDEV_H */
