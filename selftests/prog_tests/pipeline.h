/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One row of rows_pipeline.h, carried out for real in one way; the tables and
 * what they have to cover are pipeline.c's.
 */
#ifndef PROG_TESTS_PIPELINE_H
#define PROG_TESTS_PIPELINE_H

#include "rows_pipeline.h"
#include "sw_text.h"

enum pipeline_way {
	PIPELINE_XDP, /* BPF_PROG_RUN; what XDP hands up, at TC */
	PIPELINE_TC, /* BPF_PROG_RUN */
	PIPELINE_DEVICE, /* through the TC program of a device */
	PIPELINE_WAY_N,
};

/* The row's packets, in order, on a switch of their own. */
void pipeline_run_row(struct harness *t, enum pipeline_way way, const struct pipeline_row *row,
		      struct coverage *coverage);

#endif /* PROG_TESTS_PIPELINE_H */
