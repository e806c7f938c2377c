/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The maps by number: how large each is for a configuration, and which pointer
 * of struct dp_tables it is mapped to. One list for the kernel's maps, the
 * heap's, and the account of memory.
 */
#ifndef DATAPATH_DP_SIZES_H
#define DATAPATH_DP_SIZES_H

#include "dp_private.h"
#include "xvs/abi.h"

enum dp_map {
#define DP_MAP_ENUM(name) DP_MAP_##name,
	XVS_MAPS(DP_MAP_ENUM)
#undef DP_MAP_ENUM
		DP_MAP_N,
};

struct dp_map_size {
	const char *name;
	__u32 value_size;
	__u32 max_entries;
	bool per_cpu; /* so much per possible CPU */
};

struct dp_map_size dp_map_size(const struct xvs_config *config, enum dp_map map);
/* Notes where 'map' is; nothing for maps that are not mapped. */
void dp_tables_set(struct dp_tables *t, enum dp_map map, void *memory);
bool dp_map_is_mapped(enum dp_map map);
/* fixed_bytes and per_cpu_bytes of all maps. */
/* What the maps of connections take. */
__u64 dp_sizes_ct(const struct xvs_config *config);
void dp_sizes_sum(const struct xvs_config *config, struct dp_memory *out);

#endif /* DATAPATH_DP_SIZES_H */
