// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests of rtnetlink: links, flags, addresses, filters, name space ids.
 * Events are in netlink_event.c, XDP features in netlink_xdp.c.
 */
#include "netlink.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink_private.h"

#define DUMP_RETRIES 8

int netlink_socket(int bus, struct mnl_socket **out)
{
	int one = 1;
	int err;

	*out = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!*out)
		return -errno;
	if (mnl_socket_bind(*out, 0, MNL_SOCKET_AUTOPID) < 0) {
		err = -errno;
		mnl_socket_close(*out);
		*out = NULL;
		return err;
	}
	/* A filter by ifindex in a dump; without it the reader filters. */
	mnl_socket_setsockopt(*out, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return 0;
}

int netlink_open(struct netlink **out)
{
	struct netlink *nl = calloc(1, sizeof(*nl));
	int err;

	if (!nl)
		return -ENOMEM;
	err = netlink_socket(NETLINK_ROUTE, &nl->route);
	if (!err)
		err = netlink_xdp_open(nl);
	if (err) {
		netlink_close(nl);
		return err;
	}
	*out = nl;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	if (nl->route)
		mnl_socket_close(nl->route);
	if (nl->genl)
		mnl_socket_close(nl->genl);
	if (nl->route_event)
		mnl_socket_close(nl->route_event);
	if (nl->genl_event)
		mnl_socket_close(nl->genl_event);
	free(nl);
}

static int talk_once(struct netlink *nl, struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb,
		     void *aux)
{
	int rc = MNL_CB_OK;
	ssize_t n;

	nlh->nlmsg_seq = ++nl->seq;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (rc > MNL_CB_STOP) {
		n = mnl_socket_recvfrom(s, nl->buf, sizeof(nl->buf));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		rc = mnl_cb_run(nl->buf, (size_t)n, nl->seq, mnl_socket_get_portid(s), cb, aux);
		/* The rest of an answer that was given up: skip it. */
		if (rc < 0 && errno == EPROTO)
			rc = MNL_CB_OK;
		else if (rc < 0)
			return -errno;
	}
	return 0;
}

int netlink_talk(struct netlink *nl, struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb,
		 void *aux)
{
	int err = -EINTR;

	/* A dump that the kernel marks as interrupted by a change starts again. */
	for (int i = 0; err == -EINTR && i < DUMP_RETRIES; i++)
		err = talk_once(nl, s, nlh, cb, aux);
	return err;
}

struct nlmsghdr *netlink_request(char *buf, int type, int flags, size_t extra, void **header)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = (__u16)type;
	nlh->nlmsg_flags = (__u16)(NLM_F_REQUEST | flags);
	*header = mnl_nlmsg_put_extra_header(nlh, extra);
	return nlh;
}

static void copy_text(char *dst, size_t size, const struct nlattr *attr)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(dst, mnl_attr_get_payload(attr), len);
	dst[len] = '\0';
}

static void read_nested(const struct nlattr *nest, struct link_info *info)
{
	bool xdp = mnl_attr_get_type(nest) == IFLA_XDP;
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (xdp && mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
			info->xdp_prog_id = mnl_attr_get_u32(attr);
		else if (xdp && !info->xdp_prog_id &&
			 (mnl_attr_get_type(attr) == IFLA_XDP_DRV_PROG_ID ||
			  mnl_attr_get_type(attr) == IFLA_XDP_SKB_PROG_ID ||
			  mnl_attr_get_type(attr) == IFLA_XDP_HW_PROG_ID))
			info->xdp_prog_id = mnl_attr_get_u32(attr);
		else if (!xdp && mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			copy_text(info->kind, sizeof(info->kind), attr);
	}
}

/* Older kernels end the struct earlier than this header does. */
static void read_stats(const struct nlattr *attr, struct link_info *info)
{
	struct rtnl_link_stats64 stats = {0};
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&stats, mnl_attr_get_payload(attr), len < sizeof(stats) ? len : sizeof(stats));
	info->tx_lost = stats.tx_dropped + stats.tx_errors;
}

static void read_link_attr(const struct nlattr *attr, struct link_info *info)
{
	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		copy_text(info->name, sizeof(info->name), attr);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(info->mac))
			memcpy(info->mac, mnl_attr_get_payload(attr), sizeof(info->mac));
		break;
	case IFLA_MTU:
		info->mtu = mnl_attr_get_u32(attr);
		break;
	case IFLA_CARRIER:
		info->carrier = mnl_attr_get_u8(attr) != 0;
		break;
	case IFLA_MASTER:
		info->master = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK:
		info->link = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_LINK_NETNSID:
		info->link_nsid = (int)mnl_attr_get_u32(attr);
		break;
	case IFLA_PARENT_DEV_NAME:
		info->has_parent = true;
		break;
	case IFLA_QDISC:
		copy_text(info->qdisc, sizeof(info->qdisc), attr);
		break;
	case IFLA_STATS64:
		read_stats(attr, info);
		break;
	case IFLA_LINKINFO:
	case IFLA_XDP:
		read_nested(attr, info);
		break;
	default:
		break;
	}
}

static int on_link(const struct nlmsghdr *nlh, void *aux)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	struct link_info *info = aux;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	memset(info, 0, sizeof(*info));
	info->link_nsid = NETLINK_NO_NSID;
	info->ifindex = ifm->ifi_index;
	info->flags = ifm->ifi_flags;
	info->arphrd = ifm->ifi_type;
	mnl_attr_for_each(attr, nlh, sizeof(*ifm)) read_link_attr(attr, info);
	return MNL_CB_OK;
}

static int get_link(struct netlink *nl, int nsid, int ifindex, const char *name,
		    struct link_info *info)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	void *header;
	int err;

	if (!ifindex && (!name[0] || strlen(name) >= IFNAMSIZ))
		return -ENODEV;
	nlh = netlink_request(buf, RTM_GETLINK, NLM_F_ACK, sizeof(*ifm), &header);
	ifm = header;
	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = ifindex;
	if (!ifindex)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (nsid != NETLINK_NO_NSID)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	memset(info, 0, sizeof(*info));
	err = netlink_talk(nl, nl->route, nlh, on_link, info);
	if (err)
		return err;
	return info->ifindex ? 0 : -ENODEV;
}

int netlink_get_link(struct netlink *nl, int ifindex, const char *name, struct link_info *info)
{
	return get_link(nl, NETLINK_NO_NSID, ifindex, name, info);
}

int netlink_get_peer(struct netlink *nl, const struct link_info *link, struct link_info *peer)
{
	if (!link->link)
		return -ENODEV;
	return get_link(nl, link->link_nsid, link->link, "", peer);
}

int netlink_set_flags(struct netlink *nl, int ifindex, __u32 flags, __u32 mask)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	void *header;

	nlh = netlink_request(buf, RTM_NEWLINK, NLM_F_ACK, sizeof(*ifm), &header);
	ifm = header;
	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = ifindex;
	ifm->ifi_flags = flags & mask;
	ifm->ifi_change = mask;
	return netlink_talk(nl, nl->route, nlh, NULL, NULL);
}

struct address_search {
	int ifindex;
	int found;
};

static int on_address(const struct nlmsghdr *nlh, void *aux)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct address_search *search = aux;

	if (nlh->nlmsg_type != RTM_NEWADDR || (int)ifa->ifa_index != search->ifindex)
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET)
		search->found = 1;
	else if (ifa->ifa_family == AF_INET6 && ifa->ifa_scope < RT_SCOPE_LINK)
		search->found = 1;
	return MNL_CB_OK;
}

int netlink_has_host_address(struct netlink *nl, int ifindex)
{
	struct address_search search = {.ifindex = ifindex};
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;
	void *header;
	int err;

	nlh = netlink_request(buf, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa), &header);
	ifa = header;
	ifa->ifa_family = AF_UNSPEC;
	ifa->ifa_index = (__u32)ifindex;
	err = netlink_talk(nl, nl->route, nlh, on_address, &search);
	return err ? err : search.found;
}

static int on_filter(const struct nlmsghdr *nlh, void *aux)
{
	if (nlh->nlmsg_type == RTM_NEWTFILTER)
		*(int *)aux = 1;
	return MNL_CB_OK;
}

int netlink_has_egress_filter(struct netlink *nl, int ifindex)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct nlmsghdr *nlh;
	struct tcmsg *tcm;
	void *header;
	int found = 0;
	int err;

	nlh = netlink_request(buf, RTM_GETTFILTER, NLM_F_DUMP, sizeof(*tcm), &header);
	tcm = header;
	tcm->tcm_family = AF_UNSPEC;
	tcm->tcm_ifindex = ifindex;
	tcm->tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS);
	err = netlink_talk(nl, nl->route, nlh, on_filter, &found);
	return err ? err : found;
}

static int on_nsid(const struct nlmsghdr *nlh, void *aux)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) == NETNSA_NSID)
			*(int *)aux = (int)mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

int netlink_nsid_of(struct netlink *nl, int netns_fd, int *nsid)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct rtgenmsg *gen;
	struct nlmsghdr *nlh;
	void *header;
	int err;

	nlh = netlink_request(buf, RTM_GETNSID, NLM_F_ACK, sizeof(*gen), &header);
	gen = header;
	gen->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(nlh, NETNSA_FD, (__u32)netns_fd);
	*nsid = NETNSA_NSID_NOT_ASSIGNED;
	err = netlink_talk(nl, nl->route, nlh, on_nsid, nsid);
	if (err)
		return err;
	return *nsid == NETNSA_NSID_NOT_ASSIGNED ? -ENOENT : 0;
}
