/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The distributions that rulegen.c draws from, a profile for each kind of
 * rule set; rulegen.h says where they come from.
 */
#ifndef BENCH_RULEGEN_PROFILE_H
#define BENCH_RULEGEN_PROFILE_H

#include "rulegen.h"

enum port_class {
	PORT_WC,
	PORT_LO,
	PORT_HI,
	PORT_AR,
	PORT_EM,
};

/* Weights are relative to the sum of their table; 0 ends it. */
struct port_pair {
	unsigned int weight;
	uint8_t proto; /* 0: any */
	enum port_class src, dst;
};

struct prefix_pair {
	unsigned int weight;
	uint8_t src_min, src_max; /* lengths, each as likely */
	uint8_t dst_min, dst_max;
};

struct port_range {
	unsigned int weight;
	uint16_t low, high;
};

/* Levels of an address tree, up to the 'end'th bit. */
struct tree_level {
	uint8_t end;
	uint8_t two; /* percent: a node has two children */
	uint8_t light; /* percent: of what passes such a node takes the lighter one */
	uint8_t follow; /* percent: the destination takes the source's branch */
};

struct rulegen_profile {
	const char *name;
	const struct port_pair *ports;
	const struct prefix_pair *prefixes;
	const struct tree_level *src_tree, *dst_tree; /* the last one ends at 32 */
};

extern const struct rulegen_profile rulegen_profiles[RULEGEN_N];
extern const struct port_range rulegen_exact[], rulegen_ranges[];

#endif /* BENCH_RULEGEN_PROFILE_H */
