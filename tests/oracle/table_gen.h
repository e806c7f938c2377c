/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random matches for tables of one shape each, so that every part of the
 * classifier has tables that are made of it: nested prefixes for its tries,
 * many masks of one stage for its nodes, few matches for its buckets.
 *
 * The masks of a table come from a small pool, and its values are a few centers
 * with some bits flipped: rules share subtables, nest, overlap, and differ in
 * any bit of what they match on. Words are any bits at all, not only what a
 * parser makes; for the parser's keys there is flow_gen.h.
 */
#ifndef TESTS_TABLE_GEN_H
#define TESTS_TABLE_GEN_H

#include "flow_gen.h"

enum table_shape {
	TABLE_UNIVERSE, /* gen_match: fields with their prerequisites */
	TABLE_ACL, /* five fields, prefixes of addresses and ports */
	TABLE_PREFIX4,
	TABLE_PREFIX6,
	TABLE_PORTS,
	TABLE_CHAIN, /* all prefixes of one or two values of one field */
	TABLE_ONE_STAGE, /* matches differ in one stage, the others are alike */
	TABLE_ANY_BITS, /* masks that are no prefix of anything */
	TABLE_METADATA, /* registers, tunnel, connection, port */
	TABLE_EXACT, /* one mask */
	TABLE_MIXED, /* each mask of another shape */
	TABLE_SHAPE_N,
};

#define TABLE_GEN_MASKS 200 /* more than the bits of three words */
#define TABLE_GEN_CENTERS 4

struct table_gen {
	enum table_shape shape;
	unsigned int n_masks, n_centers;
	unsigned int max_flips; /* bits in which a rule differs from its center */
	struct flow_key mask[TABLE_GEN_MASKS];
	struct flow_key center[TABLE_GEN_CENTERS];
};

const char *table_shape_name(enum table_shape shape);

void table_gen_init(struct table_gen *g, uint64_t *seed, enum table_shape shape);
void table_gen_match(const struct table_gen *g, uint64_t *seed, struct match *match);

/* Flips a random one of the bits of 'among'; false: there is none. */
bool gen_flip(uint64_t *seed, struct flow_key *key, const struct flow_key *among);
void gen_any_words(uint64_t *seed, struct flow_key *key);

#endif /* TESTS_TABLE_GEN_H */
