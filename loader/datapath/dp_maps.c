// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps the BPF arrays (BPF_F_MMAPABLE), so that a flow is installed by plain
 * stores, and adds up what all maps take. dp_load.c made them.
 */
#include "dp_maps.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"

static __u64 round_up(__u64 n, __u64 to)
{
	return (n + to - 1) / to * to;
}

static int map_one(struct dp_mapping *m, const struct bpf_map *map)
{
	size_t size = round_up(round_up(bpf_map__value_size(map), 8) * bpf_map__max_entries(map),
			       (__u64)sysconf(_SC_PAGESIZE));
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (p == MAP_FAILED)
		return -errno;
	*m = (struct dp_mapping){.memory = p, .size = size};
	return 0;
}

int dp_maps_open(struct dp_mapping m[DP_MAP_N], const struct dp_objects *o, struct dp_tables *t)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		int err;

		if (!dp_map_is_mapped((enum dp_map)i))
			continue;
		err = map_one(&m[i], o->map[i]);
		if (err) {
			log_err("maps", "map %s: cannot be mapped (error %d)",
				bpf_map__name(o->map[i]), -err);
			dp_maps_close(m);
			return err;
		}
		dp_tables_set(t, (enum dp_map)i, m[i].memory);
	}
	return 0;
}

void dp_maps_close(struct dp_mapping m[DP_MAP_N])
{
	for (int i = 0; i < DP_MAP_N; i++) {
		if (m[i].memory)
			munmap(m[i].memory, m[i].size);
		m[i] = (struct dp_mapping){0};
	}
}

static bool is_per_cpu(enum bpf_map_type type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH;
}

/* The elements; what the kernel keeps beside them is a page or two a map. */
static __u64 map_bytes(const struct bpf_map *map)
{
	__u64 value = round_up(bpf_map__value_size(map), 8);

	if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		return bpf_map__max_entries(map);
	return value * bpf_map__max_entries(map);
}

void dp_maps_memory(const struct dp_objects *o, struct dp_memory *out)
{
	for (int i = 0; i < DP_MAP_N; i++) {
		if (is_per_cpu(bpf_map__type(o->map[i])))
			out->per_cpu_bytes += map_bytes(o->map[i]);
		else
			out->fixed_bytes += map_bytes(o->map[i]);
	}
}
