// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A clsact filter with a handle and priority of our own, so that it is found
 * again, and never taken for somebody else's. dp_attach.c uses it where tcx is
 * missing; dp_pin.c removes those that a dead daemon left.
 */
#include "dp_clsact.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

/* COMPAT(6.6): all of this file. */
#define OUR_HANDLE 0x787673 /* "xvs" */
#define OUR_PRIORITY 0x7873

static int prog_id(int prog_fd, __u32 *id)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

int dp_clsact_create(int ifindex, bool *own)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS);
	int err = bpf_tc_hook_create(&hook);

	*own = !err;
	return err == -EEXIST ? 0 : err;
}

static enum bpf_tc_attach_point point(bool egress)
{
	return egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

int dp_clsact_add(int ifindex, bool egress, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = point(egress));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = OUR_HANDLE, .priority = OUR_PRIORITY,
		    .prog_fd = prog_fd, .flags = BPF_TC_F_REPLACE);

	return bpf_tc_attach(&hook, &opts);
}

static int count_filter(const struct nlmsghdr *h, void *aux)
{
	int *n = aux;

	/* The dump begins with chain templates on some kernels. */
	if (h->nlmsg_type == RTM_NEWTFILTER)
		(*n)++;
	return MNL_CB_OK;
}

/* Filters below one end of the device's clsact; -errno. */
static int count_filters(struct mnl_socket *nl, int ifindex, __u32 parent)
{
	char buf[MNL_SOCKET_BUFFER_SIZE];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct tcmsg *tc;
	ssize_t len;
	int n = 0, ret;

	h->nlmsg_type = RTM_GETTFILTER;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = parent;
	tc = mnl_nlmsg_put_extra_header(h, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)len, parent, mnl_socket_get_portid(nl), count_filter,
				 &n);
	} while (ret == MNL_CB_OK);
	return ret < 0 ? -errno : n;
}

static bool clsact_is_empty(int ifindex)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	int in = -1, out = -1;

	if (!nl)
		return false;
	if (!mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		in = count_filters(nl, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
		out = count_filters(nl, ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
	}
	mnl_socket_close(nl);
	return !in && !out;
}

static void destroy_if_empty(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (clsact_is_empty(ifindex))
		bpf_tc_hook_destroy(&hook);
}

void dp_clsact_remove(int ifindex, bool egress, int prog_fd, bool own_qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = point(egress));
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = OUR_HANDLE, .priority = OUR_PRIORITY);
	__u32 id = 0;

	if (bpf_tc_query(&hook, &opts) || prog_id(prog_fd, &id) || opts.prog_id != id)
		return; /* the device is another one now, or the filter is gone */
	opts.prog_id = 0;
	opts.prog_fd = 0;
	opts.flags = 0;
	if (!bpf_tc_detach(&hook, &opts) && own_qdisc)
		destroy_if_empty(ifindex);
}
