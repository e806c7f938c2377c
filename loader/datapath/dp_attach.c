// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Attaches the programs to devices and says in words why one refused. The links
 * are pinned (dp_pin.c), so that they stay when the daemon is killed. Native XDP
 * or none: the generic one would copy each packet and lose offloads.
 */
#include "dp_attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dp_clsact.h"
#include "dp_probe.h"

void dp_hooks_init(struct dp_hooks *hooks)
{
	memset(hooks, 0, sizeof(*hooks));
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		hooks->port[i] = (struct dp_hook){.xdp_link_fd = -1, .tc_link_fd = -1};
}

struct pin_name {
	char text[64];
};

static struct pin_name link_name(const char *hook, __u16 port_no)
{
	struct pin_name name;

	snprintf(name.text, sizeof(name.text), "link-%s-%u", hook, port_no);
	return name;
}

static struct pin_name filter_name(const struct dp_hook *h, __u16 port_no)
{
	struct pin_name name;

	snprintf(name.text, sizeof(name.text), "%s-%u-%d-%d",
		 h->egress ? DP_PIN_EGRESS_FILTER : DP_PIN_FILTER, port_no, h->ifindex,
		 h->own_qdisc);
	return name;
}

static const char *device_name(int ifindex, char name[IF_NAMESIZE])
{
	if (!if_indextoname((unsigned int)ifindex, name))
		snprintf(name, IF_NAMESIZE, "%d", ifindex);
	return name;
}

/* --- XDP --- */

static __u32 xdp_on_device(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);

	if (bpf_xdp_query(ifindex, 0, &q))
		return 0;
	if (q.drv_prog_id)
		return q.drv_prog_id;
	return q.skb_prog_id ? q.skb_prog_id : q.hw_prog_id;
}

static void prog_name(__u32 id, char name[BPF_OBJ_NAME_LEN])
{
	int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	snprintf(name, BPF_OBJ_NAME_LEN, "?");
	if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(name, BPF_OBJ_NAME_LEN, "%s", info.name);
	if (fd >= 0)
		close(fd);
}

static int xdp_refused(int ifindex, int errnum, struct err *err)
{
	char dev[IF_NAMESIZE], name[BPF_OBJ_NAME_LEN];
	__u32 id = xdp_on_device(ifindex);

	device_name(ifindex, dev);
	if (id) {
		prog_name(id, name);
		err_set(err, -EBUSY, XVS_RPC_BUSY, dev,
			"port %s: another XDP program '%s' (id %u) is attached", dev, name, id);
		err_hint(err, "detach it first (ip link set dev %s xdp off)", dev);
		return -EBUSY;
	}
	switch (errnum) {
	case -ENODEV:
		return err_set(err, errnum, XVS_RPC_NOT_FOUND, dev, "port %s: no such device", dev);
	case -EPERM:
	case -ENOMEM:
		return err_set(err, errnum, XVS_RPC_FAILED, dev,
			       "port %s: native XDP attach failed: %s", dev, strerror(-errnum));
	default:
		/* The driver's reasons are many (no XDP, MTU, queues, LRO). */
		err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, dev,
			"port %s: native XDP attach failed: %s", dev, strerror(-errnum));
		err_hint(err, "the driver refuses it; try hook=tc");
		return -EOPNOTSUPP;
	}
}

static int xdp_attach(struct dp_hooks *hooks, __u16 port_no, int ifindex, struct err *err)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	struct dp_hook *h = &hooks->port[port_no];
	int fd = bpf_link_create(hooks->xdp_prog_fd, ifindex, BPF_XDP, &opts);
	int ret;

	if (fd < 0)
		return xdp_refused(ifindex, fd, err);
	h->xdp_link_fd = fd;
	ret = dp_pin(&hooks->pins, fd, link_name("xdp", port_no).text);
	if (ret)
		err_set(err, ret, XVS_RPC_FAILED, "", "port %u: the XDP link cannot be pinned: %s",
			port_no, strerror(-ret));
	return ret;
}

/* --- TC --- */

static int tc_prog_fd(const struct dp_hooks *hooks, const struct dp_hook *h)
{
	return h->egress ? hooks->egress_prog_fd : hooks->tc_prog_fd;
}

static const char *tc_hook_name(const struct dp_hook *h)
{
	return h->egress ? "egress" : "tc";
}

static int tc_attach_link(struct dp_hooks *hooks, __u16 port_no, int ifindex)
{
	struct dp_hook *h = &hooks->port[port_no];
	int fd = bpf_link_create(tc_prog_fd(hooks, h), ifindex,
				 h->egress ? DP_TCX_EGRESS : DP_TCX_INGRESS, NULL);

	if (fd < 0)
		return fd;
	h->tc_link_fd = fd;
	return dp_pin(&hooks->pins, fd, link_name(tc_hook_name(h), port_no).text);
}

/* Another port with a filter on the device: a device's and its host port share the
 * qdisc, and of the two the one whose filter goes last takes it away. */
static const struct dp_hook *other_filter(const struct dp_hooks *hooks, const struct dp_hook *h)
{
	for (int i = 0; i < XVS_MAX_PORTS; i++)
		if (&hooks->port[i] != h && hooks->port[i].ifindex == h->ifindex &&
		    hooks->port[i].tc_filter)
			return &hooks->port[i];
	return NULL;
}

static int tc_attach_filter(struct dp_hooks *hooks, __u16 port_no, int ifindex)
{
	struct dp_hook *h = &hooks->port[port_no];
	const struct dp_hook *other = other_filter(hooks, h);
	int ret = 0;

	if (other)
		h->own_qdisc = other->own_qdisc;
	else
		ret = dp_clsact_create(ifindex, &h->own_qdisc);
	if (ret)
		return ret;
	/* The record before the filter: a daemon killed in between leaves none
	 * that the next one does not know of. */
	h->tc_filter = true;
	ret = dp_pin(&hooks->pins, tc_prog_fd(hooks, h), filter_name(h, port_no).text);
	return ret ? ret : dp_clsact_add(ifindex, h->egress, tc_prog_fd(hooks, h));
}

static int tc_attach(struct dp_hooks *hooks, __u16 port_no, int ifindex, struct err *err)
{
	char dev[IF_NAMESIZE];
	int ret = hooks->tcx ? tc_attach_link(hooks, port_no, ifindex)
			     : tc_attach_filter(hooks, port_no, ifindex);

	if (!ret)
		return 0;
	device_name(ifindex, dev);
	if (ret == -ENODEV)
		return err_set(err, ret, XVS_RPC_NOT_FOUND, dev, "port %s: no such device", dev);
	return err_set(err, ret, XVS_RPC_FAILED, dev, "port %s: TC attach failed: %s", dev,
		       strerror(-ret));
}

/* --- both --- */

static void link_detach(struct dp_hooks *hooks, int *fd, const char *hook, __u16 port_no)
{
	if (*fd < 0)
		return;
	/* Now, not when the kernel gets to freeing it. The device may be gone. */
	bpf_link_detach(*fd);
	dp_unpin(&hooks->pins, link_name(hook, port_no).text);
	close(*fd);
	*fd = -1;
}

void dp_hooks_detach(struct dp_hooks *hooks, __u16 port_no)
{
	struct dp_hook *h = &hooks->port[port_no];

	/* XDP first: what it has handed up still finds the TC stage. */
	link_detach(hooks, &h->xdp_link_fd, "xdp", port_no);
	link_detach(hooks, &h->tc_link_fd, tc_hook_name(h), port_no);
	if (h->tc_filter) {
		dp_clsact_remove(h->ifindex, h->egress, tc_prog_fd(hooks, h), h->own_qdisc);
		dp_unpin(&hooks->pins, filter_name(h, port_no).text);
	}
	*h = (struct dp_hook){.xdp_link_fd = -1, .tc_link_fd = -1};
}

int dp_hooks_attach(struct dp_hooks *hooks, __u16 port_no, int ifindex, enum xvs_hook hook,
		    struct err *err)
{
	int ret;

	dp_hooks_detach(hooks, port_no);
	hooks->port[port_no].ifindex = ifindex;
	hooks->port[port_no].egress = hook == XVS_HOOK_EGRESS;
	ret = tc_attach(hooks, port_no, ifindex, err);
	if (!ret && hook == XVS_HOOK_XDP)
		ret = xdp_attach(hooks, port_no, ifindex, err);
	if (ret)
		dp_hooks_detach(hooks, port_no);
	return ret;
}
