/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules of Open vSwitch's own benchmark (`ovstest test-classifier benchmark
 * RULES 1000 10 1 LOOKUPS`), in our classifier.
 */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include <stddef.h>

/* Prints one line; an exit status. */
int bench_shape(size_t n_rules, size_t n_lookups);

#endif /* BENCH_SHAPE_H */
