/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the benchmarks share: samples with median and range, the circumstances
 * that a figure is worth nothing without.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>

#define MAX_SAMPLES 101

struct samples {
	double v[MAX_SAMPLES];
	size_t n;
};

void samples_add(struct samples *s, double v);
double samples_median(struct samples *s); /* sorts */
double samples_min(struct samples *s);
double samples_max(struct samples *s);
/* "label   12.3 [11.9..14.0] unit", and the goal beside it if it is not 0. */
void samples_print(struct samples *s, const char *label, const char *unit, double goal);
/* Kernel, CPU, mitigations in force. */
void bench_circumstances(const char *title);
/* Stays on one CPU. */
void bench_pin(int cpu);

#endif /* BENCH_BENCH_H */
