// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * veth pairs and raw sockets; see netdev.h.
 */
#include "netdev.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#define OPER_UP 6 /* IF_OPER_UP of linux/if.h, which does not go with net/if.h */

struct request {
	struct nlmsghdr nlh;
	struct ifinfomsg ifi;
	char attrs[512];
};

static struct rtattr *attr_put(struct request *r, int type, const void *data, size_t len)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->nlh.nlmsg_len));

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->nlh.nlmsg_len = NLMSG_ALIGN(r->nlh.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void attr_end(struct request *r, struct rtattr *a)
{
	a->rta_len = (unsigned short)((char *)r + r->nlh.nlmsg_len - (char *)a);
}

static void request_init(struct request *r, int type, int flags)
{
	memset(r, 0, sizeof(*r));
	r->nlh.nlmsg_len = NLMSG_LENGTH(sizeof(r->ifi));
	r->nlh.nlmsg_type = (__u16)type;
	r->nlh.nlmsg_flags = (__u16)(NLM_F_REQUEST | NLM_F_ACK | flags);
}

static int request_send(struct request *r)
{
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[4096];
	} reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int ret = -EIO;

	if (fd < 0)
		return -errno;
	if (send(fd, r, r->nlh.nlmsg_len, 0) < 0)
		ret = -errno;
	else if (recv(fd, &reply, sizeof(reply), 0) >= (ssize_t)NLMSG_LENGTH(sizeof(reply.err)) &&
		 reply.nlh.nlmsg_type == NLMSG_ERROR)
		ret = reply.err.error;
	close(fd);
	return ret;
}

int netdev_set_up(const char *name, bool up)
{
	struct request r;

	request_init(&r, RTM_NEWLINK, 0);
	r.ifi.ifi_index = (int)if_nametoindex(name);
	r.ifi.ifi_flags = up ? IFF_UP : 0;
	r.ifi.ifi_change = IFF_UP;
	return r.ifi.ifi_index ? request_send(&r) : -ENODEV;
}

int netdev_set_mtu(const char *name, __u32 mtu)
{
	struct request r;

	request_init(&r, RTM_NEWLINK, 0);
	r.ifi.ifi_index = (int)if_nametoindex(name);
	attr_put(&r, IFLA_MTU, &mtu, sizeof(mtu));
	return r.ifi.ifi_index ? request_send(&r) : -ENODEV;
}

static void sysctl_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* A kernel without IPv6 is as quiet as can be. */
	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "# %s: %s\n", path, strerror(errno));
	close(fd);
}

int netdev_unshare(void)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	sysctl_write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	sysctl_write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return netdev_set_up("lo", true);
}

/* Of RFC 2863, or -errno. */
static int oper_state(const char *name)
{
	union {
		struct nlmsghdr nlh;
		char bytes[4096];
	} reply;
	struct request r;
	int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int state = -EIO;
	ssize_t n;

	if (sock < 0)
		return -errno;
	request_init(&r, RTM_GETLINK, 0);
	r.nlh.nlmsg_flags = NLM_F_REQUEST;
	r.ifi.ifi_index = (int)if_nametoindex(name);
	n = send(sock, &r, r.nlh.nlmsg_len, 0) < 0 ? -1 : recv(sock, &reply, sizeof(reply), 0);
	if (n > 0 && reply.nlh.nlmsg_type == RTM_NEWLINK) {
		struct rtattr *attr = IFLA_RTA(NLMSG_DATA(&reply.nlh));
		int left = (int)IFLA_PAYLOAD(&reply.nlh);

		for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
			if (attr->rta_type == IFLA_OPERSTATE)
				state = *(__u8 *)RTA_DATA(attr);
	}
	close(sock);
	return state;
}

int netdev_wait_up(const char *name)
{
	struct timespec pause = {.tv_nsec = 1000000};
	int state = 0;

	for (int i = 0; i < 5000; i++) {
		state = oper_state(name);
		if (state == OPER_UP || state < 0)
			break;
		nanosleep(&pause, NULL);
	}
	return state == OPER_UP ? 0 : state < 0 ? state : -ETIMEDOUT;
}

int netdev_veth(const char *name, const char *peer)
{
	struct rtattr *info, *data, *other;
	struct ifinfomsg ifi = {0};
	struct request r;
	int ret;

	request_init(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	attr_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = attr_put(&r, IFLA_LINKINFO, NULL, 0);
	attr_put(&r, IFLA_INFO_KIND, "veth", 5);
	data = attr_put(&r, IFLA_INFO_DATA, NULL, 0);
	other = attr_put(&r, VETH_INFO_PEER, &ifi, sizeof(ifi));
	attr_put(&r, IFLA_IFNAME, peer, strlen(peer) + 1);
	attr_end(&r, other);
	attr_end(&r, data);
	attr_end(&r, info);
	ret = request_send(&r);
	if (ret)
		return ret;
	ret = netdev_set_up(name, true);
	if (!ret)
		ret = netdev_set_up(peer, true);
	if (!ret)
		ret = netdev_wait_up(name);
	return ret ? ret : netdev_wait_up(peer);
}

int netdev_bridge(const char *name, const char *const *ports, size_t n)
{
	struct rtattr *info;
	struct request r;
	int ret;
	__u32 master;

	request_init(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	attr_put(&r, IFLA_IFNAME, name, strlen(name) + 1);
	info = attr_put(&r, IFLA_LINKINFO, NULL, 0);
	attr_put(&r, IFLA_INFO_KIND, "bridge", 7);
	attr_end(&r, info);
	ret = request_send(&r);
	master = if_nametoindex(name);
	for (size_t i = 0; i < n && !ret; i++) {
		request_init(&r, RTM_NEWLINK, 0);
		r.ifi.ifi_index = (int)if_nametoindex(ports[i]);
		attr_put(&r, IFLA_MASTER, &master, sizeof(master));
		ret = request_send(&r);
	}
	return ret ? ret : netdev_set_up(name, true);
}

int netdev_set_gro(const char *name, bool on)
{
	struct ethtool_value value = {.cmd = ETHTOOL_SGRO, .data = on};
	struct ifreq ifr = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ret = ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
	close(fd);
	return ret;
}

int netdev_socket(int ifindex, bool vnet)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int one = 1, bytes = 8 << 20;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    (vnet && setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one))) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int netdev_send(int sock, const struct netdev_frame *f, bool vnet)
{
	struct virtio_net_hdr hdr = {0};
	struct iovec iov[2] = {{&hdr, sizeof(hdr)}, {(void *)f->data, f->len}};
	struct msghdr msg = {.msg_iov = vnet ? iov : iov + 1, .msg_iovlen = vnet ? 2 : 1};

	if (f->partial) {
		hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		hdr.csum_start = f->csum_start;
		hdr.csum_offset = f->csum_off;
	}
	if (f->gso_size) {
		hdr.gso_type = f->gso_type;
		hdr.gso_size = f->gso_size;
		hdr.hdr_len = f->gso_hdr_len;
	}
	return sendmsg(sock, &msg, 0) < 0 ? -errno : 0;
}

static void put_tag_back(struct netdev_frame *f, const struct tpacket_auxdata *aux)
{
	__u16 tag[2];

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || f->len < 12)
		return;
	tag[0] = htons(aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : 0x8100);
	tag[1] = htons(aux->tp_vlan_tci);
	memmove(f->data + 16, f->data + 12, f->len - 12);
	memcpy(f->data + 12, tag, 4);
	f->len += 4;
	f->csum_start = (__u16)(f->csum_start + (f->partial ? 4 : 0));
}

int netdev_recv(int sock, struct netdev_frame *f, bool vnet, int timeout_ms)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct virtio_net_hdr hdr = {0};
	struct iovec iov[2] = {{&hdr, sizeof(hdr)}, {f->data, sizeof(f->data) - 4}};
	struct msghdr msg = {.msg_iov = vnet ? iov : iov + 1,
			     .msg_iovlen = vnet ? 2 : 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct pollfd p = {.fd = sock, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, timeout_ms) <= 0)
		return -ETIMEDOUT;
	n = recvmsg(sock, &msg, MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	f->len = (size_t)n - (vnet ? sizeof(hdr) : 0);
	f->partial = hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->csum_start = f->partial ? hdr.csum_start : 0;
	f->csum_off = hdr.csum_offset;
	f->gso_size = hdr.gso_type ? hdr.gso_size : 0;
	f->gso_type = hdr.gso_type;
	f->gso_hdr_len = hdr.hdr_len;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			put_tag_back(f, (const struct tpacket_auxdata *)CMSG_DATA(c));
	return 0;
}

void netdev_drain(int sock)
{
	char some[256]; /* at least a virtio header */

	while (recv(sock, some, sizeof(some), MSG_DONTWAIT | MSG_TRUNC) >= 0)
		;
}
