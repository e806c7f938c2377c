// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Clocks and sums of the classifier benchmarks; see measure.h.
 */
#include "measure.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK_PACKETS 20000
#define WARM_SHARE 0.3 /* of the measured time, before it */

static double clock_cost; /* seconds that looking at the clock takes, of what it measures */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static double since(double start)
{
	return now() - start - clock_cost;
}

static void find_clock_cost(void)
{
	double least = 1;

	clock_cost = 0;
	for (int i = 0; i < 1000; i++) {
		double cost = since(now());

		least = cost < least ? cost : least;
	}
	clock_cost = least;
}

/* The keys of a batch of packets from place 'at' of a trace. */
static void make_keys(const struct measure_ops *ops, const struct ruleset *rs,
		      enum ruleset_trace trace, size_t at)
{
	for (size_t i = 0; i < MEASURE_BATCH; i++)
		ops->key(&rs->flows[rs->trace[trace][(at + i) % rs->n_packets]], i);
}

double measure_lookups(const struct measure_ops *ops, const struct ruleset *rs,
		       enum ruleset_trace trace, bool mask, double seconds)
{
	double warm = WARM_SHARE * seconds, spent = 0;
	uint32_t priority[MEASURE_BATCH];
	size_t n = 0;

	if (clock_cost <= 0)
		find_clock_cost();
	for (size_t at = 0; spent < seconds; at += MEASURE_BATCH) {
		double start;

		make_keys(ops, rs, trace, at);
		start = now();
		ops->lookup(MEASURE_BATCH, mask, priority);
		if (warm > 0) {
			warm -= since(start);
			continue;
		}
		spent += since(start);
		n += MEASURE_BATCH;
	}
	return (double)n / spent;
}

/* A random order of all rules, so that none comes twice in a batch. */
static uint32_t *shuffled(size_t n)
{
	uint32_t *order = calloc(n, sizeof(*order));
	uint64_t state = 88172645463325252ULL;

	if (!order)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other;

		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		other = state % (i + 1);
		order[i] = order[other];
		order[other] = (uint32_t)i;
	}
	return order;
}

static double measure_updates(const struct measure_ops *ops, const struct ruleset *rs,
			      double seconds)
{
	size_t size = rs->n_rules < MEASURE_BATCH ? rs->n_rules : MEASURE_BATCH;
	uint32_t *order = shuffled(rs->n_rules);
	double spent = 0;
	size_t n = 0;

	for (size_t at = 0; order && spent < seconds; at += size) {
		double start;

		if (at + size > rs->n_rules)
			at = 0;
		if (ops->copy(&order[at], size))
			break;
		start = now();
		ops->swap(size);
		spent += since(start);
		n += 2 * size;
		ops->drop(size);
	}
	free(order);
	return spent > 0 ? (double)n / spent : 0;
}

/* A sum of what the first packets of the uniform trace find, in order. */
static uint64_t check(const struct measure_ops *ops, const struct ruleset *rs, bool mask,
		      size_t *hits, size_t *n)
{
	uint64_t sum = 0;

	*hits = *n = 0;
	for (size_t at = 0; at + MEASURE_BATCH <= rs->n_packets && at < CHECK_PACKETS;
	     at += MEASURE_BATCH) {
		uint32_t priority[MEASURE_BATCH];

		make_keys(ops, rs, TRACE_UNIFORM, at);
		ops->lookup(MEASURE_BATCH, mask, priority);
		for (size_t i = 0; i < MEASURE_BATCH; i++) {
			sum = sum * 1000003 + priority[i];
			*hits += priority[i] != 0;
		}
		*n += MEASURE_BATCH;
	}
	return sum;
}

static size_t bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

uint64_t measure_hash(const void *words, const void *masks, size_t n)
{
	const uint64_t *w = words, *m = masks;
	uint64_t h = 0x9e3779b97f4a7c15ULL;

	for (size_t i = 0; i < n; i++) {
		h = (h ^ (w[i] & m[i])) * 0xff51afd7ed558ccdULL;
		h ^= h >> 32;
	}
	return h;
}

/* Adds to a set: open addressing, 0 is an empty slot. */
static bool set_add(uint64_t *slots, size_t n_slots, uint64_t value)
{
	size_t slot;

	value += !value;
	for (slot = value % n_slots; slots[slot]; slot = (slot + 1) % n_slots)
		if (slots[slot] == value)
			return false;
	slots[slot] = value;
	return true;
}

int measure_megaflows(const struct measure_ops *ops, const struct ruleset *rs, size_t *entries,
		      size_t *masks)
{
	size_t n_slots = 2 * rs->n_flows + 1;
	uint64_t *seen = calloc(n_slots, sizeof(*seen));
	uint64_t *seen_masks = calloc(n_slots, sizeof(*seen_masks));

	*entries = *masks = 0;
	for (size_t i = 0; seen && seen_masks && i < rs->n_flows; i++) {
		uint64_t entry, mask;
		uint32_t priority;

		ops->key(&rs->flows[i], 0);
		ops->lookup(1, true, &priority);
		ops->megaflow(0, &entry, &mask);
		*entries += set_add(seen, n_slots, entry);
		*masks += set_add(seen_masks, n_slots, mask);
	}
	free(seen);
	free(seen_masks);
	return seen && seen_masks ? 0 : -ENOMEM;
}

static int print_closely(const struct measure_ops *ops, const struct ruleset *rs)
{
	size_t entries, masks;
	int err = measure_megaflows(ops, rs, &entries, &masks);

	if (!err)
		printf(" megaflows=%zu masks=%zu", entries, masks);
	return err;
}

static int measure_all(const struct measure_ops *ops, const struct ruleset *rs, double seconds)
{
	uint64_t sum, with_mask, after;
	size_t hits, n;

	sum = check(ops, rs, false, &hits, &n);
	with_mask = check(ops, rs, true, &hits, &n);
	for (int t = 0; t < TRACE_N; t++)
		for (int mask = 0; mask < 2; mask++)
			printf(" %s_%s=%.0f", t == TRACE_ZIPF ? "zipf" : "uniform",
			       mask ? "mask" : "plain",
			       measure_lookups(ops, rs, (enum ruleset_trace)t, mask, seconds));
	printf(" updates=%.0f", measure_updates(ops, rs, seconds));
	after = check(ops, rs, false, &hits, &n);
	printf(" hits=%.1f check=%016llx", n ? 100.0 * (double)hits / (double)n : 0,
	       (unsigned long long)sum);
	if (sum == with_mask && sum == after)
		return 0;
	fprintf(stderr, "lookups differ: plain %llx, with mask %llx, after updates %llx\n",
		(unsigned long long)sum, (unsigned long long)with_mask, (unsigned long long)after);
	return -EIO;
}

static int load(const struct measure_ops *ops, const struct ruleset *rs)
{
	double n = (double)rs->n_rules, start;
	size_t before = bytes_in_use(), made;
	int err = ops->make(rs);

	made = bytes_in_use();
	start = now();
	err = err ? err : ops->insert(rs);
	if (!err)
		printf("rules=%zu insert_ms=%.1f rule_bytes=%.0f bytes=%.0f", rs->n_rules,
		       1e3 * since(start), (double)(made - before) / n,
		       (double)(bytes_in_use() - made) / n);
	return err;
}

static int load_and_measure(const struct measure_ops *ops, const struct ruleset *rs, double seconds,
			    bool closely)
{
	int err = load(ops, rs);

	err = err ? err : measure_all(ops, rs, seconds);
	if (!err && closely)
		err = print_closely(ops, rs);
	printf("\n");
	return err;
}

int measure_main(const struct measure_ops *ops, int argc, char **argv)
{
	bool closely = argc == 4 && !strcmp(argv[3], "closely");
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 0;
	struct ruleset rs;
	int err;

	if (seconds <= 0 || argc > 3 + closely) {
		fprintf(stderr, "usage: %s FILE SECONDS [closely]\n", argv[0]);
		return 2;
	}
	err = ruleset_read(&rs, argv[1]);
	if (!err)
		err = rs.n_rules && rs.n_flows && rs.n_packets
			      ? load_and_measure(ops, &rs, seconds, closely)
			      : -EINVAL;
	if (err)
		fprintf(stderr, "%s: %s: %s\n", argv[0], argv[1], strerror(-err));
	ruleset_fini(&rs);
	return err ? 1 : 0;
}
