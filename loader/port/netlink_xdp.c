// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The generic netlink family `netdev` (kernel 6.3): which XDP features a
 * device has. Its numbers stand here because the kernel headers of older
 * distributions do not have them.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "netlink_private.h"

#define FAMILY_NAME "netdev"
#define FAMILY_VERSION 1
#define MGMT_GROUP_NAME "mgmt"

enum { DEV_A_IFINDEX = 1, DEV_A_XDP_FEATURES = 3 };
enum { DEV_CMD_GET = 1, DEV_CMD_ADD_NTF, DEV_CMD_DEL_NTF, DEV_CMD_CHANGE_NTF };

static struct nlmsghdr *request(char *buf, __u16 type, __u8 cmd, __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static void read_group(struct netlink *nl, const struct nlattr *group)
{
	const struct nlattr *attr;
	const char *name = "";
	__u32 id = 0;

	mnl_attr_for_each_nested(attr, group)
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(attr);
	}
	if (!strcmp(name, MGMT_GROUP_NAME))
		nl->mgmt_group = id;
}

static int on_family(const struct nlmsghdr *nlh, void *aux)
{
	const struct nlattr *attr, *group;
	struct netlink *nl = aux;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, attr) read_group(nl, group);
	}
	return MNL_CB_OK;
}

int netlink_xdp_open(struct netlink *nl)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct nlmsghdr *nlh;
	int err;

	err = netlink_socket(NETLINK_GENERIC, &nl->genl);
	if (err)
		return err;
	nlh = request(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, FAMILY_NAME);
	err = netlink_talk(nl, nl->genl, nlh, on_family, nl);
	if (!err && nl->family)
		return 0;
	mnl_socket_close(nl->genl);
	nl->genl = NULL;
	nl->family = 0;
	return !err || err == -ENOENT ? 0 : err;
}

struct features_answer {
	bool found;
	__u64 features;
};

static int on_features(const struct nlmsghdr *nlh, void *aux)
{
	struct features_answer *answer = aux;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) != DEV_A_XDP_FEATURES)
			continue;
		answer->features = mnl_attr_get_u64(attr);
		answer->found = true;
	}
	return MNL_CB_OK;
}

int netlink_xdp_features(struct netlink *nl, int ifindex, __u64 *features)
{
	char buf[NETLINK_REQUEST_BYTES] XVS_ALIGN(8);
	struct features_answer answer = {0};
	struct nlmsghdr *nlh;
	int err;

	*features = 0;
	if (!nl->genl)
		return -EOPNOTSUPP;
	nlh = request(buf, nl->family, DEV_CMD_GET, FAMILY_VERSION);
	mnl_attr_put_u32(nlh, DEV_A_IFINDEX, (__u32)ifindex);
	err = netlink_talk(nl, nl->genl, nlh, on_features, &answer);
	if (err)
		return err;
	*features = answer.features;
	return answer.found ? 0 : -EOPNOTSUPP;
}

int netlink_xdp_event_ifindex(const struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	if (!nl->family || nlh->nlmsg_type != nl->family)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == DEV_A_IFINDEX)
			return (int)mnl_attr_get_u32(attr);
	}
	return 0;
}
