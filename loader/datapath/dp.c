// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What every provider begins with: the sizes and seeds of the tables, the
 * writer's notes beside them; and the calls that go straight to the provider.
 */
#include "dp_private.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "clock.h"
#include "dp_sizes.h"

__u64 dp_random(void)
{
	__u64 value = 0;

	/* 8 bytes never come in part; it only fails before the pool of the
	 * kernel is ready, and then the clock is better than a constant. */
	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		value = clock_ns() * 0x9e3779b97f4a7c15ULL;
	return value;
}

static __u32 pow2_at_least(__u32 n)
{
	__u32 p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

int dp_shape_config(struct xvs_config *config, const struct dp_options *opt,
		    unsigned int possible_cpus)
{
	__u32 flow_limit = opt->flow_limit ? opt->flow_limit : XVS_FLOW_LIMIT_DEFAULT;

	__u32 ct_limit = opt->ct_limit ? opt->ct_limit : XVS_CT_LIMIT_DEFAULT;

	if (flow_limit > XVS_FLOW_LIMIT_MAX || ct_limit > XVS_CT_LIMIT_MAX ||
	    opt->forward_lanes > XVS_MAX_FORWARD_LANES || !possible_cpus)
		return -EINVAL;

	*config = (struct xvs_config){0};
	/* Slot 0 is "no flow"; 64 slots are whole pages of the flow array. */
	config->n_slots = (flow_limit + XVS_FLOW_SLOTS_SPARE + 1 + 63) & ~63U;
	config->n_buckets = pow2_at_least((config->n_slots + 1) / 2);
	config->n_overflow = config->n_buckets / 8;
	config->cpu_lanes = possible_cpus < XVS_MAX_CPU_LANES ? possible_cpus : XVS_MAX_CPU_LANES;
	/* More threads than CPUs would only take turns, and each lane costs. */
	config->forward_lanes = opt->forward_lanes <= possible_cpus + 1 ? opt->forward_lanes
									: possible_cpus + 1;
	config->n_lanes = config->cpu_lanes + config->forward_lanes + 1;
	config->shared_lanes = possible_cpus > config->cpu_lanes;
	config->hz = clock_hz();
	/* Whole pages of both arrays. */
	config->n_ct_buckets = (2 * ct_limit / XVS_CT_WAYS + 63 + 1) & ~63U;
	for (size_t i = 0; i < sizeof(config->ct_seed) / sizeof(config->ct_seed[0]); i++)
		config->ct_seed[i] = dp_random();
	for (size_t i = 0; i < sizeof(config->seed) / sizeof(config->seed[0]); i++)
		config->seed[i] = dp_random();
	return 0;
}

static void share_tables(struct dp *dp)
{
	const struct dp_tables *t = &dp->t;

	dp->shared = (struct dp_shared){
		.config = &dp->config,
		.control = t->control,
		.subtables = t->subtables,
		.probe = t->probe,
		.buckets = t->buckets,
		.flows = t->flows,
		.blocks = t->blocks,
		.ports = t->ports,
		.flow_stats = t->flow_stats,
		.port_stats = t->port_stats,
		.drops = t->drops,
		.counters = t->counters,
		.meters = t->meters,
		.meter_stats = t->meter_stats,
		.inflight = &t->inflight->word,
		.ct_buckets = t->ct_buckets,
		.ct_entries = t->ct_entries,
		.ct_zones = t->ct_zones,
		.ct_frags = t->ct_frags,
		.ct_actions = t->ct_actions,
		.ct_timeouts = t->ct_timeouts,
		.n_blocks = XVS_MAX_BLOCKS,
	};
}

int dp_init(struct dp *dp)
{
	const struct xvs_config *c = &dp->config;
	int err = dp_pool_init(&dp->slots, 1, c->n_slots - 1);

	err = err ? err : dp_pool_init(&dp->blocks, 1, XVS_MAX_BLOCKS - 1);
	err = err ? err : dp_pool_init(&dp->overflow, c->n_buckets, c->n_overflow);
	err = err ? err : dp_pool_init(&dp->subtables, 0, XVS_MAX_SUBTABLES);
	err = err ? err : dp_pool_init(&dp->meters, 1, XVS_MAX_METERS - 1);
	dp->bucket_of = calloc(c->n_slots, sizeof(*dp->bucket_of));
	dp->overflow_owner = calloc(c->n_overflow, sizeof(*dp->overflow_owner));
	dp->programs = calloc(XVS_MAX_BLOCKS, sizeof(*dp->programs));
	dp->pairs = calloc((size_t)XVS_MAX_PORTS * XVS_MAX_SUBTABLES, sizeof(*dp->pairs));
	if (err || !dp->bucket_of || !dp->overflow_owner || !dp->programs || !dp->pairs) {
		dp_fini(dp);
		return -ENOMEM;
	}
	share_tables(dp);
	dp->t.control->version = dp->settled_version = 1;
	dp->t.control->flags = XVS_CONTROL_MICROFLOW;
	dp_set_allowance(dp, XVS_INFLIGHT_ALLOWANCE);
	dp_ct_init(dp);
	return 0;
}

void dp_fini(struct dp *dp)
{
	dp_pool_fini(&dp->slots);
	dp_pool_fini(&dp->blocks);
	dp_pool_fini(&dp->overflow);
	dp_pool_fini(&dp->subtables);
	dp_pool_fini(&dp->meters);
	free(dp->bucket_of);
	free(dp->overflow_owner);
	free(dp->programs);
	free(dp->pairs);
	dp->bucket_of = NULL;
	dp->overflow_owner = NULL;
	dp->programs = NULL;
	dp->pairs = NULL;
}

void dp_close(struct dp *dp)
{
	if (dp)
		dp->ops->close(dp);
}

const struct dp_features *dp_features(const struct dp *dp)
{
	return &dp->features;
}

const struct xvs_config *dp_config(const struct dp *dp)
{
	return &dp->config;
}

const struct dp_shared *dp_shared(const struct dp *dp)
{
	return &dp->shared;
}

void dp_memory(const struct dp *dp, struct dp_memory *out)
{
	*out = (struct dp_memory){0};
	dp->ops->memory(dp, out);
	out->ct_bytes = dp_sizes_ct(&dp->config);
	out->total_bytes = out->fixed_bytes + out->per_cpu_bytes * dp->features.possible_cpus;
}

int dp_attach(struct dp *dp, __u16 port_no, int ifindex, enum xvs_hook hook, struct err *err)
{
	bool known = hook == XVS_HOOK_XDP || hook == XVS_HOOK_TC || hook == XVS_HOOK_EGRESS;

	if (!port_no || port_no >= XVS_MAX_PORTS || !known)
		return err_set(err, -EINVAL, XVS_RPC_FAILED, "", "port %u: nothing to attach there",
			       port_no);
	return dp->ops->attach(dp, port_no, ifindex, hook, err);
}

void dp_detach(struct dp *dp, __u16 port_no)
{
	if (port_no && port_no < XVS_MAX_PORTS)
		dp->ops->detach(dp, port_no);
}

int dp_xsk_attach(struct dp *dp, const struct dp_xsk_far *far, struct err *err)
{
	if (!dp->ops->xsk_attach)
		return err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, "",
			       "this datapath has no programs");
	if (!far->port_no || far->port_no >= XVS_MAX_PORTS || !far->n_queues)
		return err_set(err, -EINVAL, XVS_RPC_FAILED, "", "port %u: nothing to attach there",
			       far->port_no);
	return dp->ops->xsk_attach(dp, far, err);
}

void dp_xsk_detach(struct dp *dp, __u16 port_no)
{
	if (dp->ops->xsk_detach && port_no < XVS_MAX_PORTS)
		dp->ops->xsk_detach(dp, port_no);
}

int dp_xsk_set(struct dp *dp, __u16 port_no, __u32 queue, int fd)
{
	if (!dp->ops->xsk_set || port_no >= XVS_MAX_PORTS)
		return -EOPNOTSUPP;
	return dp->ops->xsk_set(dp, port_no, queue, fd);
}

void dp_xsk_pin_path(const struct dp *dp, __u16 port_no, char *buf, size_t size)
{
	buf[0] = '\0';
	if (dp->ops->xsk_pin_path && port_no < XVS_MAX_PORTS)
		dp->ops->xsk_pin_path(dp, port_no, buf, size);
}

__u32 dp_flags(const struct dp *dp)
{
	return dp->t.control->flags;
}

void dp_set_flags(struct dp *dp, __u32 flags)
{
	XVS_WRITE_ONCE(dp->t.control->flags, flags);
}

void dp_set_admission(struct dp *dp, __u16 port_no, const struct dp_admission *limits)
{
	struct xvs_admission *a = &dp->t.admission[port_no];

	/* Not one store: between two of them a port may be admitted a burst of the
	 * old size at the new rate. */
	XVS_WRITE_ONCE(a->burst_pkts, limits->burst_pkts);
	XVS_WRITE_ONCE(a->burst_kbytes, limits->burst_kbytes);
	XVS_WRITE_ONCE(a->pkts_per_s, limits->pkts_per_s);
	XVS_WRITE_ONCE(a->kbytes_per_s, limits->kbytes_per_s);
}

void dp_set_allowance(struct dp *dp, __u32 packets)
{
	XVS_WRITE_ONCE(dp->t.control->inflight_allowance, packets);
}

int dp_upcall_fd(const struct dp *dp)
{
	return dp->ops->upcall_fd(dp);
}

int dp_upcall_consume(struct dp *dp, int max, dp_upcall_fn fn, void *aux)
{
	return dp->ops->upcall_consume(dp, max, fn, aux);
}
