// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Notifications of rtnetlink and of the family `netdev`, boiled down to "look
 * at this device again": what changed is read by a request (netlink.c), so that
 * a lost or late event never leaves a wrong picture behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink_private.h"

/* A thousand guests that start at once; what overflows is a full resync. */
#define EVENT_SOCKET_BYTES (1 << 20)

static const int route_groups[] = {
	RTNLGRP_LINK,
	RTNLGRP_IPV4_IFADDR,
	RTNLGRP_IPV6_IFADDR,
	RTNLGRP_TC,
};

static int join(struct mnl_socket *s, int group)
{
	if (mnl_socket_setsockopt(s, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

static int event_socket(int bus, struct mnl_socket **out)
{
	int size = EVENT_SOCKET_BYTES;
	int err = netlink_socket(bus, out);
	int flags;

	if (err)
		return err;
	setsockopt(mnl_socket_get_fd(*out), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	flags = fcntl(mnl_socket_get_fd(*out), F_GETFL);
	if (flags < 0 || fcntl(mnl_socket_get_fd(*out), F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int netlink_subscribe(struct netlink *nl)
{
	int err = event_socket(NETLINK_ROUTE, &nl->route_event);

	for (size_t i = 0; !err && i < sizeof(route_groups) / sizeof(route_groups[0]); i++)
		err = join(nl->route_event, route_groups[i]);
	if (err || !nl->mgmt_group)
		return err;
	err = event_socket(NETLINK_GENERIC, &nl->genl_event);
	if (!err)
		err = join(nl->genl_event, (int)nl->mgmt_group);
	return err;
}

int netlink_event_fd(const struct netlink *nl)
{
	return mnl_socket_get_fd(nl->route_event);
}

int netlink_xdp_event_fd(const struct netlink *nl)
{
	return nl->genl_event ? mnl_socket_get_fd(nl->genl_event) : -1;
}

struct dispatch {
	struct netlink *nl;
	netlink_event_fn fn;
	void *aux;
};

static void link_event(const struct dispatch *d, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	char name[IFNAMSIZ] = "";

	mnl_attr_for_each(attr, nlh, sizeof(*ifm))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME &&
		    mnl_attr_get_payload_len(attr) <= sizeof(name))
			strncpy(name, mnl_attr_get_str(attr), sizeof(name) - 1);
	}
	d->fn(d->aux, ifm->ifi_index, name);
}

static int on_route_event(const struct nlmsghdr *nlh, void *aux)
{
	const struct dispatch *d = aux;
	int ifindex;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		link_event(d, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		ifindex = (int)((const struct ifaddrmsg *)mnl_nlmsg_get_payload(nlh))->ifa_index;
		d->fn(d->aux, ifindex, "");
		break;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		ifindex = ((const struct tcmsg *)mnl_nlmsg_get_payload(nlh))->tcm_ifindex;
		/* 0xffffffff: a block shared by devices */
		d->fn(d->aux, ifindex > 0 ? ifindex : 0, "");
		break;
	default:
		break;
	}
	return MNL_CB_OK;
}

/* Family ids and rtnetlink's types are numbers of one range: a callback each. */
static int on_xdp_event(const struct nlmsghdr *nlh, void *aux)
{
	const struct dispatch *d = aux;
	int ifindex = netlink_xdp_event_ifindex(d->nl, nlh);

	if (ifindex)
		d->fn(d->aux, ifindex, "");
	return MNL_CB_OK;
}

static void drain(struct dispatch *d, struct mnl_socket *s, mnl_cb_t cb)
{
	ssize_t n;

	for (;;) {
		n = mnl_socket_recvfrom(s, d->nl->buf, sizeof(d->nl->buf));
		if (n > 0)
			mnl_cb_run(d->nl->buf, (size_t)n, 0, 0, cb, d);
		else if (n < 0 && errno == ENOBUFS)
			d->fn(d->aux, 0, "");
		else if (n < 0 && errno != EINTR)
			return;
	}
}

void netlink_run(struct netlink *nl, netlink_event_fn fn, void *aux)
{
	struct dispatch d = {.nl = nl, .fn = fn, .aux = aux};

	if (nl->route_event)
		drain(&d, nl->route_event, on_route_event);
	if (nl->genl_event)
		drain(&d, nl->genl_event, on_xdp_event);
}
