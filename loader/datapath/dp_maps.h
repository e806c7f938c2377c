/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's maps as memory of this process.
 */
#ifndef DATAPATH_DP_MAPS_H
#define DATAPATH_DP_MAPS_H

#include "dp_load.h"

struct dp_mapping {
	void *memory; /* NULL: not mapped */
	size_t size;
};

/* Maps all that the daemon reads or writes and notes them in 't'. */
int dp_maps_open(struct dp_mapping m[DP_MAP_N], const struct dp_objects *o, struct dp_tables *t);
void dp_maps_close(struct dp_mapping m[DP_MAP_N]);
/* What the loaded maps take: fixed_bytes, per_cpu_bytes. */
void dp_maps_memory(const struct dp_objects *o, struct dp_memory *out);

#endif /* DATAPATH_DP_MAPS_H */
