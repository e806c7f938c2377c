// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How large each map is, and what all of them take (`xvsctl status`). The kernel's
 * maps are made to these sizes by dp_maps.c, the heap's by dp_fake.c.
 */
#include "dp_sizes.h"

#include <stddef.h>
#include <string.h>

#include "xvs/fixed.h"

/* The value of a map that the kernel keeps pointers in. */
#define POINTER_BYTES 8

struct dp_map_size dp_map_size(const struct xvs_config *c, enum dp_map map)
{
#define SIZE(map, value, entries) \
	[DP_MAP_##map] = {.name = #map, .value_size = (value), .max_entries = (entries) }
	const struct dp_map_size sizes[DP_MAP_N] = {
		SIZE(xvs_subtables, sizeof(struct xvs_subtable), XVS_MAX_SUBTABLES),
		SIZE(xvs_probe, sizeof(struct xvs_probe_list), 2 * XVS_MAX_PORTS),
		SIZE(xvs_buckets, sizeof(struct xvs_bucket), c->n_buckets + c->n_overflow),
		SIZE(xvs_flows, sizeof(struct xvs_flow), c->n_slots),
		SIZE(xvs_flow_stats, sizeof(struct xvs_flow_stats), c->n_lanes * c->n_slots),
		SIZE(xvs_microflow, sizeof(struct xvs_microflow_elem), XVS_MICROFLOW_ELEMS),
		SIZE(xvs_actions, sizeof(struct xvs_action_block), XVS_MAX_BLOCKS),
		SIZE(xvs_drops, sizeof(__u64), c->n_lanes * XVS_MAX_PORTS * XVS_DROP_N),
		SIZE(xvs_admission, sizeof(struct xvs_admission), XVS_MAX_PORTS),
		SIZE(xvs_inflight, sizeof(union xvs_inflight), XVS_INFLIGHT_SLOTS),
		SIZE(xvs_ct_buckets, sizeof(struct xvs_ct_bucket), c->n_ct_buckets),
		SIZE(xvs_ct_entries, sizeof(struct xvs_ct_entry), c->n_ct_buckets * XVS_CT_WAYS),
		SIZE(xvs_ct_zones, sizeof(struct xvs_ct_zone), XVS_CT_ZONES),
		SIZE(xvs_ct_actions, sizeof(struct xvs_ct_action), XVS_MAX_CT_ACTIONS),
		SIZE(xvs_ct_frags, sizeof(struct xvs_ct_frag), XVS_CT_FRAGS),
		SIZE(xvs_fixed, sizeof(struct xvs_fixed), 1),
		/* What the scratch holds is bpf/'s own; a page is more. */
		SIZE(xvs_scratch, 4096, 1),
		SIZE(xvs_devmap, POINTER_BYTES, XVS_MAX_PORTS),
		SIZE(xvs_xsks, POINTER_BYTES, XVS_MAX_PORTS * XVS_XSK_QUEUES),
		SIZE(xvs_upcalls, 1, XVS_UPCALL_RING_BYTES),
		SIZE(xvs_xdp_tails, POINTER_BYTES, 16),
		SIZE(xvs_tc_tails, POINTER_BYTES, 16),
	};
#undef SIZE
	struct dp_map_size size = sizes[map];

	size.per_cpu = map == DP_MAP_xvs_microflow || map == DP_MAP_xvs_scratch;
	return size;
}

/* Where the pointer to each mapped map lies in struct dp_tables, + 1. */
static const size_t table_at[DP_MAP_N] = {
#define AT(map, member) [DP_MAP_##map] = offsetof(struct dp_tables, member) + 1
	AT(xvs_subtables, subtables),   AT(xvs_probe, probe),
	AT(xvs_buckets, buckets),       AT(xvs_flows, flows),
	AT(xvs_flow_stats, flow_stats), AT(xvs_actions, blocks),
	AT(xvs_drops, drops),           AT(xvs_inflight, inflight),
	AT(xvs_admission, admission),   AT(xvs_ct_buckets, ct_buckets),
	AT(xvs_ct_entries, ct_entries), AT(xvs_ct_zones, ct_zones),
	AT(xvs_ct_actions, ct_actions), AT(xvs_ct_frags, ct_frags),
#undef AT
};

bool dp_map_is_mapped(enum dp_map map)
{
	return map == DP_MAP_xvs_fixed || table_at[map];
}

static void tables_set_fixed(struct dp_tables *t, struct xvs_fixed *fixed)
{
	t->control = &fixed->control;
	t->ifindex = fixed->ifindex;
	t->ports = fixed->ports;
	t->counters = fixed->counters;
	t->port_stats = fixed->port_stats;
	t->meters = fixed->meters;
	t->meter_stats = fixed->meter_stats;
	t->dry_run = &fixed->dry_run;
	t->ct_timeouts = fixed->ct_timeouts;
}

void dp_tables_set(struct dp_tables *t, enum dp_map map, void *memory)
{
	if (map == DP_MAP_xvs_fixed)
		tables_set_fixed(t, memory);
	else if (table_at[map])
		memcpy((char *)t + table_at[map] - 1, &memory, sizeof(memory));
}

static __u64 bytes_of(struct dp_map_size s)
{
	return (__u64)((s.value_size + 7) & ~7U) * s.max_entries;
}

__u64 dp_sizes_ct(const struct xvs_config *config)
{
	static const enum dp_map maps[] = {DP_MAP_xvs_ct_buckets, DP_MAP_xvs_ct_entries,
					   DP_MAP_xvs_ct_zones, DP_MAP_xvs_ct_actions,
					   DP_MAP_xvs_ct_frags};
	__u64 sum = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		sum += bytes_of(dp_map_size(config, maps[i]));
	return sum;
}

void dp_sizes_sum(const struct xvs_config *config, struct dp_memory *out)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		struct dp_map_size s = dp_map_size(config, (enum dp_map)i);
		__u64 bytes = bytes_of(s);

		if (i == DP_MAP_xvs_upcalls)
			bytes = s.max_entries;
		if (s.per_cpu)
			out->per_cpu_bytes += bytes;
		else
			out->fixed_bytes += bytes;
	}
}
