/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads the BPF objects.
 */
#ifndef DATAPATH_DP_LOAD_H
#define DATAPATH_DP_LOAD_H

#include <bpf/libbpf.h>

#include "dp_sizes.h"

struct xvs_bpf;
struct xvs_trace_bpf;

struct dp_objects {
	struct xvs_bpf *skel;
	struct xvs_trace_bpf *trace; /* NULL: this kernel does not allow it */
	struct bpf_map *map[DP_MAP_N];
	int xdp_prog_fd, tc_prog_fd, egress_prog_fd;
};

/* Sets the maps' sizes and the programs' configuration, and loads them. */
int dp_objects_load(struct dp_objects *o, const struct xvs_config *config, struct err *err);
/* Tracepoints that count what a redirect loses. 0 or -errno; optional. They are
 * not pinned: nobody could read the ledger while there is no daemon. */
int dp_objects_trace(struct dp_objects *o, const struct xvs_config *config);
void dp_objects_close(struct dp_objects *o);

#endif /* DATAPATH_DP_LOAD_H */
