// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every map of the datapath and its configuration, and nothing else; the types
 * are in maps.h. The two tail maps are with their programs (xdp.bpf.c,
 * tc.bpf.c), as they begin filled.
 */
#include "vmlinux.h"
#include "maps.h"

const volatile struct xvs_config xvs_config = {};

struct xvs_fixed xvs_fixed;

struct xvs_subtables_map xvs_subtables SEC(".maps");
struct xvs_probe_map xvs_probe SEC(".maps");
struct xvs_buckets_map xvs_buckets SEC(".maps");
struct xvs_flows_map xvs_flows SEC(".maps");
struct xvs_flow_stats_map xvs_flow_stats SEC(".maps");
struct xvs_actions_map xvs_actions SEC(".maps");
struct xvs_drops_map xvs_drops SEC(".maps");
struct xvs_admission_map xvs_admission SEC(".maps");
struct xvs_inflight_map xvs_inflight SEC(".maps");
struct xvs_ct_buckets_map xvs_ct_buckets SEC(".maps");
struct xvs_ct_entries_map xvs_ct_entries SEC(".maps");
struct xvs_ct_zones_map xvs_ct_zones SEC(".maps");
struct xvs_ct_actions_map xvs_ct_actions SEC(".maps");
struct xvs_ct_frags_map xvs_ct_frags SEC(".maps");
struct xvs_microflow_map xvs_microflow SEC(".maps");
struct xvs_scratch_map xvs_scratch SEC(".maps");
struct xvs_devmap_map xvs_devmap SEC(".maps");
struct xvs_xsks_map xvs_xsks SEC(".maps");
struct xvs_upcalls_map xvs_upcalls SEC(".maps");

char _license[] SEC("license") = "GPL";
