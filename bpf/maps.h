/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of the maps, and how a BPF step reaches an element of one.
 *
 * maps.bpf.c defines them. The steps call the table_*() functions only, which
 * ctx_user.h has as well, over the same memory mapped in user space. Sizes
 * that are chosen at load time stand here as small defaults.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <bpf/bpf_helpers.h>
#include "xvs/action.h"
#include "xvs/config.h"
#include "xvs/drop_reason.h"
#include "xvs/fixed.h"
#include "xvs/flow_entry.h"
#include "xvs/port.h"
#include "xvs/stats.h"
#include "compat.h"
#include "pkt.h"

/* Written by the daemon only: the verifier proves the programs' half of [I1]. */
#define MAPS_READ_ONLY (BPF_F_MMAPABLE | BPF_F_RDONLY_PROG)

#define MAPS_ARRAY(name, n, flags, val)           \
	struct name##_map {                       \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, n);           \
		__uint(map_flags, flags);         \
		__type(key, __u32);               \
		__type(value, val);               \
	}

MAPS_ARRAY(xvs_subtables, XVS_MAX_SUBTABLES, MAPS_READ_ONLY, struct xvs_subtable);
MAPS_ARRAY(xvs_probe, 2 * XVS_MAX_PORTS, MAPS_READ_ONLY, struct xvs_probe_list);
MAPS_ARRAY(xvs_buckets, 64, MAPS_READ_ONLY, struct xvs_bucket);
MAPS_ARRAY(xvs_flows, 64, MAPS_READ_ONLY, struct xvs_flow);
MAPS_ARRAY(xvs_flow_stats, 128, BPF_F_MMAPABLE, struct xvs_flow_stats);
MAPS_ARRAY(xvs_actions, XVS_MAX_BLOCKS, MAPS_READ_ONLY, struct xvs_action_block);
MAPS_ARRAY(xvs_drops, 2 * XVS_MAX_PORTS * XVS_DROP_N, BPF_F_MMAPABLE, __u64);
MAPS_ARRAY(xvs_admission, XVS_MAX_PORTS, BPF_F_MMAPABLE, struct xvs_admission);
MAPS_ARRAY(xvs_inflight, XVS_INFLIGHT_SLOTS, BPF_F_MMAPABLE, __u64);
MAPS_ARRAY(xvs_ct_buckets, 64, BPF_F_MMAPABLE, struct xvs_ct_bucket);
MAPS_ARRAY(xvs_ct_entries, 64 * XVS_CT_WAYS, BPF_F_MMAPABLE, struct xvs_ct_entry);
MAPS_ARRAY(xvs_ct_zones, XVS_CT_ZONES, BPF_F_MMAPABLE, struct xvs_ct_zone);
MAPS_ARRAY(xvs_ct_actions, XVS_MAX_CT_ACTIONS, MAPS_READ_ONLY, struct xvs_ct_action);
MAPS_ARRAY(xvs_ct_frags, XVS_CT_FRAGS, BPF_F_MMAPABLE, struct xvs_ct_frag);

struct xvs_microflow_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XVS_MICROFLOW_ELEMS);
	__type(key, __u32);
	__type(value, struct xvs_microflow_elem);
};

struct xvs_scratch_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xvs_scratch);
};

struct xvs_devmap_map {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, XVS_MAX_PORTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
};

struct xvs_xsks_map {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, XVS_MAX_PORTS *XVS_XSK_QUEUES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
};

struct xvs_upcalls_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, XVS_UPCALL_RING_BYTES);
};

extern const volatile struct xvs_config xvs_config;
extern struct xvs_fixed xvs_fixed;

extern struct xvs_subtables_map xvs_subtables SEC(".maps");
extern struct xvs_probe_map xvs_probe SEC(".maps");
extern struct xvs_buckets_map xvs_buckets SEC(".maps");
extern struct xvs_flows_map xvs_flows SEC(".maps");
extern struct xvs_flow_stats_map xvs_flow_stats SEC(".maps");
extern struct xvs_actions_map xvs_actions SEC(".maps");
extern struct xvs_drops_map xvs_drops SEC(".maps");
extern struct xvs_admission_map xvs_admission SEC(".maps");
extern struct xvs_inflight_map xvs_inflight SEC(".maps");
extern struct xvs_ct_buckets_map xvs_ct_buckets SEC(".maps");
extern struct xvs_ct_entries_map xvs_ct_entries SEC(".maps");
extern struct xvs_ct_zones_map xvs_ct_zones SEC(".maps");
extern struct xvs_ct_actions_map xvs_ct_actions SEC(".maps");
extern struct xvs_ct_frags_map xvs_ct_frags SEC(".maps");
extern struct xvs_microflow_map xvs_microflow SEC(".maps");
extern struct xvs_scratch_map xvs_scratch SEC(".maps");
extern struct xvs_devmap_map xvs_devmap SEC(".maps");
extern struct xvs_xsks_map xvs_xsks SEC(".maps");
extern struct xvs_upcalls_map xvs_upcalls SEC(".maps");

static __always_inline const volatile struct xvs_config *config(void)
{
	return &xvs_config;
}

#define MAPS_ACCESSOR(fn, map, type)                      \
	static __always_inline type *fn(__u32 index)      \
	{                                                 \
		return bpf_map_lookup_elem(&map, &index); \
	}

MAPS_ACCESSOR(table_subtable, xvs_subtables, const struct xvs_subtable)
MAPS_ACCESSOR(table_probe, xvs_probe, const struct xvs_probe_list)
MAPS_ACCESSOR(table_bucket, xvs_buckets, const struct xvs_bucket)
MAPS_ACCESSOR(table_flow, xvs_flows, const struct xvs_flow)
MAPS_ACCESSOR(table_flow_stats, xvs_flow_stats, struct xvs_flow_stats)
MAPS_ACCESSOR(table_block, xvs_actions, const struct xvs_action_block)
MAPS_ACCESSOR(table_drop, xvs_drops, __u64)
MAPS_ACCESSOR(table_admission, xvs_admission, struct xvs_admission)
MAPS_ACCESSOR(table_inflight, xvs_inflight, __u64)
MAPS_ACCESSOR(table_ct_bucket, xvs_ct_buckets, struct xvs_ct_bucket)
MAPS_ACCESSOR(table_ct_entry, xvs_ct_entries, struct xvs_ct_entry)
MAPS_ACCESSOR(table_ct_zone, xvs_ct_zones, struct xvs_ct_zone)
MAPS_ACCESSOR(table_ct_action, xvs_ct_actions, const struct xvs_ct_action)
MAPS_ACCESSOR(table_ct_frag, xvs_ct_frags, struct xvs_ct_frag)
MAPS_ACCESSOR(table_microflow, xvs_microflow, struct xvs_microflow_elem)

/* Parts of the global variable. Where the number is a power of two an index is
 * masked, which costs less than a branch; all indexes come from the daemon's own
 * tables. VERIFIER: the bound holds for the register behind the barrier only;
 * the compiler would compute the address before the comparison. */
#define MAPS_MASKED(fn, part, n, type)                                           \
	static __always_inline type *fn(__u32 index)                             \
	{                                                                        \
		XVS_STATIC_ASSERT(((n) & ((n)-1)) == 0, #part " can be masked"); \
		return (type *)&xvs_fixed.part[index & ((n)-1)];                 \
	}

#define MAPS_PART(fn, part, n, type)                   \
	static __always_inline type *fn(__u32 index)   \
	{                                              \
		if (index >= (n))                      \
			return NULL;                   \
		compat_opaque(index);                  \
		return (type *)&xvs_fixed.part[index]; \
	}

MAPS_MASKED(table_ifindex, ifindex, XVS_IFINDEX_SLOTS, const struct xvs_ifindex_entry)
MAPS_MASKED(table_port, ports, XVS_MAX_PORTS, const struct xvs_port_entry)
MAPS_MASKED(table_meter, meters, XVS_MAX_METERS, struct xvs_meter)
MAPS_MASKED(table_ct_timeouts, ct_timeouts, XVS_CT_TIMEOUT_POLICIES, const struct xvs_ct_timeouts)
MAPS_PART(table_meter_stats, meter_stats, XVS_MAX_LANES *XVS_MAX_METERS, struct xvs_meter_stats)
MAPS_PART(table_port_stats, port_stats, XVS_MAX_LANES *XVS_MAX_PORTS, struct xvs_port_stats)
MAPS_PART(table_counters, counters, XVS_MAX_LANES, struct xvs_counters)

/* Open addressing; the daemon keeps every entry within the probes. */
static __always_inline __u32 port_of_ifindex(__u32 ifindex)
{
	const struct xvs_ifindex_entry *entry;
	int i;

	for (i = 0; i < XVS_IFINDEX_PROBES; i++) {
		entry = table_ifindex((ifindex + i) & (XVS_IFINDEX_SLOTS - 1));
		if (!entry || !entry->ifindex)
			return 0;
		if (entry->ifindex == ifindex)
			return entry->port_no;
	}
	return 0;
}

static __always_inline const struct xvs_control *table_control(void)
{
	return &xvs_fixed.control;
}

static __always_inline struct xvs_scratch *table_scratch(void)
{
	__u32 index = 0;

	return bpf_map_lookup_elem(&xvs_scratch, &index);
}

#endif /* BPF_MAPS_H */
