// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loads the program of an xsk port's far end, an instance of its own a port, and
 * changes its map of sockets.
 */
#include "dp_xsk.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#include "xvs_xsk.skel.h"

struct pin_name {
	char text[32];
};

static struct pin_name map_name(__u16 port_no)
{
	struct pin_name name;

	snprintf(name.text, sizeof(name.text), "xsk-%u", port_no);
	return name;
}

/* As those of hooks are called, so that a sweep detaches it. */
static struct pin_name link_name(__u16 port_no)
{
	struct pin_name name;

	snprintf(name.text, sizeof(name.text), "link-xsk-%u", port_no);
	return name;
}

/* What libbpf warns of; that it does not know the section for libxdp is no news. */
static int warn_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char text[512];
	int n;

	if (level != LIBBPF_WARN)
		return 0;
	n = vsnprintf(text, sizeof(text), fmt, args);
	text[strcspn(text, "\n")] = '\0';
	log_warn("libbpf", "%s", text);
	return n;
}

static int load(struct dp_xsk *x, __u32 n_queues)
{
	libbpf_print_fn_t old = libbpf_set_print(warn_print);
	int rc;

	x->skel = xvs_xsk_bpf__open();
	rc = x->skel ? 0 : -errno;
	if (!rc)
		rc = bpf_map__set_max_entries(x->skel->maps.xsks_map, n_queues);
	if (!rc)
		rc = xvs_xsk_bpf__load(x->skel);
	libbpf_set_print(old);
	return rc;
}

/* Native, as everywhere: a generic program would see copies, and no sockets of a
 * veth's queue. */
static int attach(struct dp_xsk *x, const struct dp_pins *pins, const struct dp_xsk_far *far)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_DRV_MODE);
	int rc;

	x->link_fd = bpf_link_create(bpf_program__fd(x->skel->progs.xsk_def_prog), far->ifindex,
				     BPF_XDP, &opts);
	if (x->link_fd < 0)
		return x->link_fd;
	rc = dp_pin(pins, bpf_map__fd(x->skel->maps.xsks_map), map_name(far->port_no).text);
	return rc ? rc : dp_pin(pins, x->link_fd, link_name(far->port_no).text);
}

int dp_xsk_load(struct dp_xsk *x, const struct dp_pins *pins, const struct dp_xsk_far *far,
		struct err *err)
{
	int rc;

	x->link_fd = -1;
	rc = load(x, far->n_queues);
	if (!rc)
		rc = attach(x, pins, far);
	if (!rc)
		return 0;
	dp_xsk_unload(x, pins, far->port_no);
	return err_set(err, rc, rc == -EPERM ? XVS_RPC_PERMISSION : XVS_RPC_FAILED, "",
		       "the program for its sockets cannot be attached: %s", strerror(-rc));
}

void dp_xsk_unload(struct dp_xsk *x, const struct dp_pins *pins, __u16 port_no)
{
	if (!x->skel)
		return;
	if (x->link_fd >= 0) {
		/* Now, not when the kernel gets to freeing it. The device may be gone. */
		bpf_link_detach(x->link_fd);
		close(x->link_fd);
		dp_unpin(pins, link_name(port_no).text);
		dp_unpin(pins, map_name(port_no).text);
	}
	xvs_xsk_bpf__destroy(x->skel);
	x->skel = NULL;
}

int dp_xsk_put(const struct dp_xsk *x, __u32 queue, int fd)
{
	int map, rc;

	if (!x->skel)
		return -ENODEV;
	map = bpf_map__fd(x->skel->maps.xsks_map);
	if (fd >= 0)
		return bpf_map_update_elem(map, &queue, &fd, BPF_ANY) ? -errno : 0;
	rc = bpf_map_delete_elem(map, &queue) ? -errno : 0;
	/* The kernel empties the entry of a socket that its last holder closed. */
	return rc == -ENOENT || rc == -EINVAL ? 0 : rc;
}

void dp_xsk_path(const struct dp_xsk *x, const struct dp_pins *pins, __u16 port_no, char *buf,
		 size_t size)
{
	buf[0] = '\0';
	if (x->skel && pins->dir[0] &&
	    (size_t)snprintf(buf, size, "%s/%s", pins->dir, map_name(port_no).text) >= size)
		buf[0] = '\0';
}
