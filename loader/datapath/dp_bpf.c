// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's datapath: puts the pieces together (dp_probe.c, dp_pin.c,
 * dp_load.c, dp_maps.c, dp_attach.c, dp_xsk.c, dp_grace_wait.c, dp_ring.c) and takes them
 * down in reverse order. The tables themselves are dp_tables.c's and its
 * neighbours'.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dp_attach.h"
#include "dp_grace_wait.h"
#include "dp_load.h"
#include "dp_maps.h"
#include "dp_pin.h"
#include "dp_private.h"
#include "dp_probe.h"
#include "dp_prog_run.h"
#include "dp_ring.h"
#include "dp_upcall.h"
#include "dp_xsk.h"
#include "log.h"

struct dp_bpf {
	struct dp dp; /* first: the interface's pointer is ours */
	struct dp_hooks hooks;
	struct dp_xsk xsk[XVS_MAX_PORTS]; /* by port_no */
	struct dp_objects objects;
	struct dp_mapping mapping[DP_MAP_N];
	struct dp_ring ring;
	struct dp_grace_wait *grace;
};

static struct dp_bpf *bpf_of(const struct dp *dp)
{
	return (struct dp_bpf *)(uintptr_t)dp;
}

/* Also of a datapath that was opened in part. */
static void bpf_close(struct dp *dp)
{
	struct dp_bpf *b = bpf_of(dp);

	for (__u16 i = 1; i < XVS_MAX_PORTS; i++) {
		dp_hooks_detach(&b->hooks, i);
		dp_xsk_unload(&b->xsk[i], &b->hooks.pins, i);
	}
	dp_pins_close(&b->hooks.pins);
	dp_grace_wait_close(b->grace);
	dp_ring_close(&b->ring);
	dp_fini(dp);
	dp_maps_close(b->mapping);
	dp_objects_close(&b->objects);
	free(b);
}

static int bpf_attach(struct dp *dp, __u16 port_no, int ifindex, enum xvs_hook hook,
		      struct err *err)
{
	return dp_hooks_attach(&bpf_of(dp)->hooks, port_no, ifindex, hook, err);
}

static void bpf_detach(struct dp *dp, __u16 port_no)
{
	dp_hooks_detach(&bpf_of(dp)->hooks, port_no);
}

static int bpf_devmap_set(struct dp *dp, __u16 port_no, __u32 ifindex)
{
	int fd = bpf_map__fd(bpf_of(dp)->objects.map[DP_MAP_xvs_devmap]);
	__u32 key = port_no;

	if (ifindex)
		return bpf_map_update_elem(fd, &key, &ifindex, BPF_ANY) ? -errno : 0;
	return bpf_map_delete_elem(fd, &key) ? -errno : 0;
}

static int bpf_rx_socket_set(struct dp *dp, __u32 key, int fd)
{
	int map = bpf_map__fd(bpf_of(dp)->objects.map[DP_MAP_xvs_xsks]);

	if (fd >= 0)
		return bpf_map_update_elem(map, &key, &fd, BPF_ANY) ? -errno : 0;
	return bpf_map_delete_elem(map, &key) ? -errno : 0;
}

static void bpf_memory(const struct dp *dp, struct dp_memory *out)
{
	dp_maps_memory(&bpf_of(dp)->objects, out);
}

static void bpf_grace_start(struct dp *dp)
{
	dp_grace_wait_start(bpf_of(dp)->grace);
}

static bool bpf_grace_over(struct dp *dp)
{
	return dp_grace_wait_over(bpf_of(dp)->grace);
}

static int bpf_grace_fd(const struct dp *dp)
{
	return dp_grace_wait_fd(bpf_of(dp)->grace);
}

static int bpf_upcall_fd(const struct dp *dp)
{
	return bpf_of(dp)->ring.fd;
}

struct consume {
	struct dp *dp;
	dp_upcall_fn fn;
	void *aux;
};

static void consume_record(void *aux, const void *record, size_t size)
{
	const struct consume *c = aux;

	if (dp_upcall_check(c->dp, record, size))
		c->fn(c->aux, record, size);
	else
		log_warn_rl("upcall", "upcall: malformed record of %zu bytes", size);
}

static int bpf_upcall_consume(struct dp *dp, int max, dp_upcall_fn fn, void *aux)
{
	struct consume c = {.dp = dp, .fn = fn, .aux = aux};

	return dp_ring_consume(&bpf_of(dp)->ring, max, consume_record, &c);
}

static int bpf_test_run(struct dp *dp, const struct dp_test_run *in, enum xvs_hook hook,
			const struct xvs_dry_run *hint)
{
	const struct dp_objects *o = &bpf_of(dp)->objects;
	__u64 cookie = dp->t.control->dry_run_cookie;
	__u32 ifindex = dp->t.ports[in->port_no].ifindex;

	if (hook == XVS_HOOK_XDP)
		return dp_prog_run_xdp(o->xdp_prog_fd, cookie, ifindex, in);
	return dp_prog_run_tc(hook == XVS_HOOK_EGRESS ? o->egress_prog_fd : o->tc_prog_fd, cookie,
			      ifindex, in, hint);
}

static int bpf_xsk_attach(struct dp *dp, const struct dp_xsk_far *far, struct err *err)
{
	struct dp_bpf *b = bpf_of(dp);

	dp_xsk_unload(&b->xsk[far->port_no], &b->hooks.pins, far->port_no);
	return dp_xsk_load(&b->xsk[far->port_no], &b->hooks.pins, far, err);
}

static void bpf_xsk_detach(struct dp *dp, __u16 port_no)
{
	struct dp_bpf *b = bpf_of(dp);

	dp_xsk_unload(&b->xsk[port_no], &b->hooks.pins, port_no);
}

static int bpf_xsk_set(struct dp *dp, __u16 port_no, __u32 queue, int fd)
{
	return dp_xsk_put(&bpf_of(dp)->xsk[port_no], queue, fd);
}

static void bpf_xsk_pin_path(const struct dp *dp, __u16 port_no, char *buf, size_t size)
{
	const struct dp_bpf *b = bpf_of(dp);

	dp_xsk_path(&b->xsk[port_no], &b->hooks.pins, port_no, buf, size);
}

static const struct dp_ops bpf_ops = {
	.close = bpf_close,
	.attach = bpf_attach,
	.detach = bpf_detach,
	.devmap_set = bpf_devmap_set,
	.rx_socket_set = bpf_rx_socket_set,
	.memory = bpf_memory,
	.grace_start = bpf_grace_start,
	.grace_over = bpf_grace_over,
	.grace_fd = bpf_grace_fd,
	.upcall_fd = bpf_upcall_fd,
	.upcall_consume = bpf_upcall_consume,
	.test_run = bpf_test_run,
	.xsk_attach = bpf_xsk_attach,
	.xsk_detach = bpf_xsk_detach,
	.xsk_set = bpf_xsk_set,
	.xsk_pin_path = bpf_xsk_pin_path,
};

static int pin_maps(struct dp_bpf *b)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		const struct bpf_map *map = b->objects.map[i];
		/* Not the kernel's name: a dot, as in that of a global variable's map, is
		 * refused in a pin. */
		int err = dp_pin(&b->hooks.pins, bpf_map__fd(map),
				 dp_map_size(&b->dp.config, (enum dp_map)i).name);

		if (err)
			return err;
	}
	return 0;
}

/* From the loaded objects to a datapath that works. */
static int bpf_start(struct dp_bpf *b, const struct dp_options *opt)
{
	struct dp_features *features = &b->dp.features;
	int err = dp_maps_open(b->mapping, &b->objects, &b->dp.t);

	err = err ? err : dp_init(&b->dp);
	err = err ? err
		  : dp_ring_open(&b->ring, bpf_map__fd(b->objects.map[DP_MAP_xvs_upcalls]),
				 XVS_UPCALL_RING_BYTES);
	if (opt->force_map_grace)
		features->membarrier = false;
	err = err ? err : dp_grace_wait_open(features->membarrier, &b->grace);
	err = err ? err : pin_maps(b);
	if (err)
		return err;

	b->hooks.xdp_prog_fd = b->objects.xdp_prog_fd;
	b->hooks.tc_prog_fd = b->objects.tc_prog_fd;
	b->hooks.egress_prog_fd = b->objects.egress_prog_fd;
	features->tcx = dp_probe_tcx(b->hooks.tc_prog_fd);
	b->hooks.tcx = features->tcx;
	err = dp_objects_trace(&b->objects, &b->dp.config);
	features->redirect_trace = !err;
	if (err)
		log_info("datapath", "redirect losses are not counted here: tracepoints: %s",
			 strerror(-err));
	return 0;
}

int dp_open_bpf(const struct dp_options *opt, struct dp **out, struct err *err)
{
	struct dp_bpf *b;
	int ret = dp_probe_host(err);

	if (ret)
		return ret;
	b = calloc(1, sizeof(*b));
	if (!b)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, "", "datapath: out of memory");
	b->dp.ops = &bpf_ops;
	b->ring.fd = -1;
	dp_hooks_init(&b->hooks);

	ret = dp_probe_features(&b->dp.features);
	if (!ret)
		ret = dp_shape_config(&b->dp.config, opt, b->dp.features.possible_cpus);
	if (ret) {
		err_set(err, ret, XVS_RPC_FAILED, "", "datapath: flow limit %u: %s",
			opt->flow_limit, strerror(-ret));
		goto err_close;
	}
	/* What a dead daemon left goes on forwarding until ours is loaded. */
	ret = dp_objects_load(&b->objects, &b->dp.config, err);
	if (ret)
		goto err_close;
	ret = dp_pins_open(&b->hooks.pins, opt->bpffs, err);
	if (ret)
		goto err_close;
	ret = bpf_start(b, opt);
	if (ret) {
		err_set(err, ret, XVS_RPC_FAILED, "", "datapath: cannot start: %s", strerror(-ret));
		goto err_close;
	}
	*out = &b->dp;
	return 0;

err_close:
	bpf_close(&b->dp);
	return ret;
}
