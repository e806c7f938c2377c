// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests of rtnetlink that make a veth pair and delete a device.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "netlink_private.h"

static void put_queues(struct nlmsghdr *nlh, __u32 n)
{
	if (!n)
		return;
	mnl_attr_put_u32(nlh, IFLA_NUM_TX_QUEUES, n);
	mnl_attr_put_u32(nlh, IFLA_NUM_RX_QUEUES, n);
}

/* The other end's description: a link message's body inside the attribute. */
static void put_peer(struct nlmsghdr *nlh, const struct netlink_veth *veth)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	struct ifinfomsg *ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));

	ifm->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, veth->peer_name);
	if (veth->peer_mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, veth->peer_mtu);
	put_queues(nlh, veth->n_queues);
	mnl_attr_nest_end(nlh, nest);
}

int netlink_add_veth(struct netlink *nl, const struct netlink_veth *veth)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct nlattr *info, *data;
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	void *header;

	nlh = netlink_request(buf, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifm),
			      &header);
	ifm = header;
	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = veth->ifindex;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, veth->name);
	mnl_attr_put_u32(nlh, IFLA_MTU, veth->mtu);
	put_queues(nlh, veth->n_queues);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	put_peer(nlh, veth);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return netlink_talk(nl, nl->route, nlh, NULL, NULL);
}

int netlink_del_link(struct netlink *nl, int ifindex)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	void *header;

	nlh = netlink_request(buf, RTM_DELLINK, NLM_F_ACK, sizeof(*ifm), &header);
	ifm = header;
	ifm->ifi_family = AF_UNSPEC;
	ifm->ifi_index = ifindex;
	return netlink_talk(nl, nl->route, nlh, NULL, NULL);
}
