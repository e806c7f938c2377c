// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The stage: datapath, ports, flows, one run of a program; see harness.h.
 * Results and accounts are in results.c.
 */
#include "harness.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dp_private.h"

#ifndef BPF_F_TEST_SKB_CHECKSUM_COMPLETE
#define BPF_F_TEST_SKB_CHECKSUM_COMPLETE (1U << 2)
#endif

#define PORT_FLAGS (XVS_PORT_F_USED | XVS_PORT_F_UP)
#define MAX_TEST_SLOTS 70000

/* Looks through our own descriptors: other daemons on the host have programs
 * and maps of the same names. */
static int own_bpf_fd(const char *kind, int (*name_is)(int fd, const char *name), const char *name)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	int found = -ENOENT;

	while (dir && found < 0 && (e = readdir(dir))) {
		char path[300], target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%s", e->d_name);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, kind) &&
		    name_is(atoi(e->d_name), name))
			found = atoi(e->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static int prog_name_is(int fd, const char *name)
{
	struct bpf_prog_info info = {0};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && !strncmp(info.name, name, 15);
}

static int map_name_is(int fd, const char *name)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && !strncmp(info.name, name, 15);
}

int harness_prog_fd(const char *name)
{
	return own_bpf_fd("bpf-prog", prog_name_is, name);
}

void harness_admission(struct harness *t, __u32 pkts_per_s, __u32 burst_pkts, __u32 kbytes_per_s,
		       __u32 burst_kbytes)
{
	const struct dp_admission limits = {pkts_per_s, burst_pkts, kbytes_per_s, burst_kbytes};

	for (__u16 i = 0; i < XVS_MAX_PORTS; i++)
		dp_set_admission(t->dp, i, &limits);
}

void harness_rest_buckets(struct harness *t)
{
	for (__u16 i = 0; i < XVS_MAX_PORTS; i++) {
		t->dp->t.admission[i].pkts = 0;
		t->dp->t.admission[i].bytes = 0;
	}
}

int harness_map_fd(const char *name)
{
	return own_bpf_fd("bpf-map", map_name_is, name);
}

bool harness_subtable(struct harness *t, __u32 index, struct xvs_subtable *subtable)
{
	*subtable = t->dp->t.subtables[index];
	return true;
}

void harness_port_flags(struct harness *t, __u16 port_no, __u16 flags)
{
	struct test_port *p = &t->port[port_no];
	struct xvs_port_entry entry = {.ifindex = (__u32)p->ifindex,
				       .flags = flags,
				       .hook = XVS_HOOK_XDP,
				       .mac = {2, 0, 0, 0, 1, (__u8)port_no}};
	int ret = dp_port_set(t->dp, port_no, &entry);

	p->flags = flags;
	if (ret)
		test_fail(t, "dp_port_set(%d, 0x%x): %s", port_no, flags, strerror(-ret));
}

void harness_ports_default(struct harness *t)
{
	for (__u16 i = 1; i <= N_TEST_PORTS; i++)
		harness_port_flags(t, i,
				   i == PORT_NEEDS_SKB
					   ? PORT_FLAGS
					   : PORT_FLAGS | XVS_PORT_F_XDP_TX | XVS_PORT_F_XDP_TX_SG);
}

void harness_attach(struct harness *t, __u16 port_no, enum xvs_hook hook)
{
	struct err err;
	int ret;

	err_init(&err);
	ret = dp_attach(t->dp, port_no, t->port[port_no].ifindex, hook, &err);
	if (ret)
		test_fail(t, "dp_attach(%u, %s): %s: %s", port_no, hook_name(hook), strerror(-ret),
			  err.message);
	err_fini(&err);
}

static int open_ports(struct harness *t)
{
	for (int i = 1; i <= N_TEST_PORTS; i++) {
		struct test_port *p = &t->port[i];
		int ret;

		snprintf(p->name, sizeof(p->name), "xv%d", i);
		snprintf(p->peer, sizeof(p->peer), "xp%d", i);
		ret = netdev_veth(p->name, p->peer);
		if (ret)
			return ret;
		p->ifindex = (int)if_nametoindex(p->name);
		p->peer_ifindex = (int)if_nametoindex(p->peer);
		p->sock = netdev_socket(p->peer_ifindex, false);
		p->vnet_sock = netdev_socket(p->peer_ifindex, true);
		if (p->sock < 0 || p->vnet_sock < 0)
			return p->sock < 0 ? p->sock : p->vnet_sock;
	}
	return 0;
}

/* Whether the kernel sets CHECKSUM_COMPLETE, and verifies it behind the program. */
static bool probe_complete(const struct harness *t)
{
	__u8 frame[64] = {[12] = 0x88, 0xb5};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = 1, .flags = BPF_F_TEST_SKB_CHECKSUM_COMPLETE);

	return !bpf_prog_test_run_opts(t->tc_fd, &opts);
}

int harness_open(struct harness *t, char *err_text, size_t size)
{
	struct dp_options opt = {.bpffs = NULL, .flow_limit = XVS_FLOW_LIMIT_DEFAULT};
	struct err err;
	int ret;

	err_init(&err);
	ret = netdev_unshare();
	if (ret) {
		snprintf(err_text, size, "own network name space: %s", strerror(-ret));
		return ret;
	}
	ret = dp_open_bpf(&opt, &t->dp, &err);
	if (ret) {
		snprintf(err_text, size, "dp_open_bpf: %s: %s", strerror(-ret), err.message);
		err_fini(&err);
		return ret;
	}
	t->xdp_fd = harness_prog_fd("xvs_xdp_rx");
	t->tc_fd = harness_prog_fd("xvs_tc_ingress");
	t->egress_fd = harness_prog_fd("xvs_tc_egress");
	t->slots = calloc(MAX_TEST_SLOTS, sizeof(*t->slots));
	ret = t->xdp_fd < 0 || t->tc_fd < 0 || t->egress_fd < 0 || !t->slots ? -ENOENT
									     : open_ports(t);
	if (ret) {
		snprintf(err_text, size, "programs and ports: %s", strerror(-ret));
		return ret;
	}
	t->can_complete = probe_complete(t);
	harness_admission(t, 0, 0, 0, 0);
	harness_ports_default(t);
	harness_attach(t, PORT_IN, XVS_HOOK_TC);
	return t->failures ? -EIO : 0;
}

void harness_close(struct harness *t)
{
	for (int i = 1; i <= N_TEST_PORTS; i++) {
		if (t->port[i].sock > 0)
			close(t->port[i].sock);
		if (t->port[i].vnet_sock > 0)
			close(t->port[i].vnet_sock);
	}
	dp_close(t->dp);
	free(t->slots);
}

size_t ops_count(const struct xvs_op *ops)
{
	size_t n = 0;

	while (ops && ops[n].kind)
		n++;
	return n;
}

size_t ops_count_kind(const struct xvs_op *ops, enum xvs_op_kind kind)
{
	size_t n = 0;

	for (; ops->kind; ops++)
		n += ops->kind == kind;
	return n;
}

__u32 harness_flow(struct harness *t, const struct flow_arg *arg)
{
	struct xvs_flow_key mask = {0};
	struct dp_flow_spec spec = {
		.key = arg->key,
		.mask = arg->mask ? arg->mask : &mask,
		.verdict = arg->verdict,
		.drop_reason = arg->reason,
		.out_port = arg->out_port,
		.ops = arg->ops,
		.n_ops = ops_count(arg->ops),
		.version_from = arg->version_from ? arg->version_from : dp_version(t->dp),
	};
	__u32 slot = 0;
	int ret;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		mask.w[i] = arg->key->w[i] ? ~0ULL : 0;
	ret = dp_flow_put(t->dp, &spec, &slot);
	if (ret) {
		test_fail(t, "dp_flow_put: %s", strerror(-ret));
		return 0;
	}
	if (t->n_slots < MAX_TEST_SLOTS)
		t->slots[t->n_slots++] = slot;
	return slot;
}

/* The shortest mask that a datapath may be given: metadata alone. */
__u32 harness_port_flow(struct harness *t, __u16 port_no, const struct xvs_op *ops)
{
	struct xvs_flow_key key = {.in_port = port_no};
	struct flow_arg arg = {.key = &key, .ops = ops, .verdict = XVS_VERDICT_PROGRAM};
	struct xvs_flow_key mask = {.in_port = 0xffff, .recirc_id = ~0u};

	arg.mask = &mask;
	if (ops_count(ops) == 1 && ops->kind == XVS_OP_OUTPUT) {
		arg.verdict = XVS_VERDICT_OUTPUT;
		arg.out_port = (__u16)ops->port_no;
		arg.ops = NULL;
	}
	return harness_flow(t, &arg);
}

void harness_grace(struct harness *t)
{
	struct pollfd p = {.fd = dp_grace_fd(t->dp), .events = POLLIN};

	dp_grace_begin(t->dp);
	if (poll(&p, 1, 2000) <= 0)
		test_fail(t, "no end of the grace period");
	dp_grace_end(t->dp, NULL, NULL);
}

void harness_flush(struct harness *t)
{
	if (!t->n_slots)
		return;
	for (size_t i = 0; i < t->n_slots; i++)
		dp_flow_remove(t->dp, t->slots[i]);
	t->n_slots = 0;
	harness_grace(t);
}

static void run_xdp(struct harness *t, struct run *r)
{
	struct xdp_md in = {.data_end = r->linear ? r->linear : (__u32)r->in_len,
			    .ingress_ifindex = (__u32)t->port[r->port_no].ifindex};
	struct xdp_md out = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = r->in, .data_size_in = (__u32)r->in_len,
		    .data_out = r->out, .data_size_out = sizeof(r->out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .ctx_out = &out, .ctx_size_out = sizeof(out),
		    .repeat = 1);

	r->err = bpf_prog_test_run_opts(t->xdp_fd, &opts) ? -errno : 0;
	r->retval = opts.retval;
	r->out_len = opts.data_size_out;
	r->meta_len = out.data - out.data_meta;
	if (r->meta_len > sizeof(r->meta) || r->meta_len > r->out_len)
		return;
	memcpy(r->meta, r->out, r->meta_len);
	memmove(r->out, r->out + r->meta_len, r->out_len - r->meta_len);
	r->out_len -= r->meta_len;
}

static void run_tc(struct harness *t, struct run *r)
{
	struct __sk_buff in = {.ifindex = (__u32)t->port[r->port_no].ifindex,
			       .ingress_ifindex = (__u32)t->port[r->port_no].ifindex,
			       .mark = r->mark,
			       .gso_size = r->gso_size,
			       .gso_segs = r->gso_segs};
	struct __sk_buff out = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = r->in, .data_size_in = (__u32)r->in_len,
		    .data_out = r->out, .data_size_out = sizeof(r->out), .ctx_in = &in,
		    .ctx_size_in = sizeof(in), .ctx_out = &out, .ctx_size_out = sizeof(out),
		    .repeat = 1, .flags = r->complete ? BPF_F_TEST_SKB_CHECKSUM_COMPLETE : 0);

	r->err = bpf_prog_test_run_opts(r->hook == XVS_HOOK_EGRESS ? t->egress_fd : t->tc_fd, &opts)
			 ? -errno
			 : 0;
	r->retval = opts.retval;
	r->out_mark = out.mark;
	r->out_len = opts.data_size_out;
	r->meta_len = 0;
}

void harness_run(struct harness *t, struct run *r)
{
	if (r->hook == XVS_HOOK_XDP)
		run_xdp(t, r);
	else
		run_tc(t, r);
	if (r->err && !r->may_refuse)
		test_fail(t, "BPF_PROG_RUN on %s, %zu bytes: %s", hook_name(r->hook), r->in_len,
			  strerror(-r->err));
}

void run_layers(struct harness *t, enum xvs_hook hook, const struct layer *layers)
{
	packet_build(&t->pkt, layers, MAX_LAYERS);
	t->run = (struct run){
		.hook = hook, .port_no = PORT_IN, .in = t->pkt.data, .in_len = t->pkt.len};
	harness_run(t, &t->run);
}

__u32 code_of(enum xvs_hook hook, bool sent)
{
	if (hook == XVS_HOOK_XDP)
		return sent ? XDP_REDIRECT_CODE : XDP_DROP_CODE;
	return sent ? TC_REDIRECT_CODE : TC_SHOT_CODE;
}

bool harness_tc_runs(const __u8 *data, size_t len)
{
	size_t l3_len = data[12] == 0x08 && !data[13] ? 20 : data[12] == 0x86 ? 40 : 0;

	return len >= 14 + l3_len;
}

void harness_deliver(struct harness *t, const struct run *r)
{
	static struct netdev_frame frame;
	struct timespec pause = {.tv_nsec = 100000};
	struct totals d;
	int ret;

	frame.len = r->in_len;
	memcpy(frame.data, r->in, r->in_len);
	ret = netdev_send(t->port[r->port_no].sock, &frame, false);
	if (ret)
		test_fail(t, "send: %s", strerror(-ret));
	for (int i = 0; i < 20000 && !ret; i++) {
		harness_delta(t, &d);
		if (d.port[r->port_no].rx_packets)
			return;
		nanosleep(&pause, NULL);
	}
	test_fail(t, "the frame was not received");
}

struct take {
	struct harness *t;
	union upcall_copy *up;
	bool keep;
};

static void take_upcall(void *aux, const struct xvs_upcall *upcall, size_t size)
{
	struct take *take = aux;

	if (size < sizeof(*upcall) + upcall->len || upcall->len > XVS_UPCALL_CLASS3) {
		test_fail(take->t, "upcall: record of %zu bytes, frame of %u", size, upcall->len);
		return;
	}
	if (take->up)
		memcpy(take->up->bytes, upcall, sizeof(*upcall) + upcall->len);
	if (!take->keep)
		dp_upcall_done(take->t->dp, upcall);
}

int harness_upcalls(struct harness *t, union upcall_copy *up, int max, bool keep)
{
	struct take take = {t, up, keep};

	return dp_upcall_consume(t->dp, max, take_upcall, &take);
}
