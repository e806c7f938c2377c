/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a classifier is measured: the same code for ours (bench_classifier.c) and
 * for that of Open vSwitch (ovs_classifier.c), which say how to load a rule set
 * and how to look up in it, and nothing of clocks.
 *
 * Lookups come in batches whose keys are made outside of the measured time:
 * a switch looks up a key that it has just made, which is in the cache.
 * Times are those of the thread: what else runs on the machine costs it a part
 * of the caches, but no time.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>

#include "ruleset.h"

#define MEASURE_BATCH 64

struct measure_ops {
	/* Makes rules of all, then puts them in. 0 or -errno. */
	int (*make)(const struct ruleset *rs);
	int (*insert)(const struct ruleset *rs);
	void (*key)(const struct tuple_packet *p, size_t slot); /* below MEASURE_BATCH */
	/* Looks up the keys of slots 0 to n - 1, with an empty mask each to be
	 * filled if 'mask'; priorities of what was found, 0 for nothing. */
	void (*lookup)(size_t n, bool mask, uint32_t *priority);
	/* What a cache entry made by the last lookup with mask would be: a hash of
	 * its mask and masked key, and of the mask alone. */
	void (*megaflow)(size_t slot, uint64_t *entry, uint64_t *mask);
	/* New copies of rules (numbers in the set, all different), then each takes
	 * the place of the old one, then what is left is freed. */
	int (*copy)(const uint32_t *rules, size_t n);
	void (*swap)(size_t n);
	void (*drop)(size_t n);
};

/* Of 'n' 64-bit words, under masks of as many. */
uint64_t measure_hash(const void *words, const void *masks, size_t n);

/* Lookups a second. */
double measure_lookups(const struct measure_ops *ops, const struct ruleset *rs,
		       enum ruleset_trace trace, bool mask, double seconds);

/* Different masked entries, and masks, that a cache holds after one packet of
 * each flow. 0 or -ENOMEM. */
int measure_megaflows(const struct measure_ops *ops, const struct ruleset *rs, size_t *entries,
		      size_t *masks);

/*
 * The program of a driver: FILE SECONDS [closely]. Loads the file, measures for
 * so long each, and prints one line of "name=number":
 *
 *   rules
 *   insert_ms           of all rules
 *   rule_bytes, bytes   of memory a rule: the rule's own, the classifier's
 *   zipf_plain, zipf_mask, uniform_plain, uniform_mask     lookups a second
 *   updates             a second; each removal, each insertion is one
 *   hits                percent of uniform packets
 *   check               of the priorities found, to compare
 *   megaflows, masks    with "closely"
 *
 * An exit status: 1 too if lookups with and without mask, or after the updates,
 * find different rules.
 */
int measure_main(const struct measure_ops *ops, int argc, char **argv);

#endif /* BENCH_MEASURE_H */
