/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The policy side of a pipeline row: a switch with the harness's ports, from lines
 * of text; and the slow path in small, which translates what missed and publishes
 * the megaflow in the datapath under test.
 */
#ifndef PROG_TESTS_SW_TEXT_H
#define PROG_TESTS_SW_TEXT_H

#include "flow_parse.h"
#include "harness.h"
#include "xlate.h"

#define MAX_ROW_METERS 4

/* What rows have been seen to do, for the completeness of the tables. */
struct coverage {
	bool action[OFACT_N]; /* carried out */
	bool set[FIELD_N]; /* written by set_field and its like */
	bool group[GROUP_TYPE_N]; /* a bucket of such a group was carried out */
	bool matched[FIELD_N]; /* decided between two packets, or explained why not */
};

struct sw_text {
	struct harness *t;
	struct sw *sw;
	struct port_names names;
	struct xlate_env env;
	struct controller_points points;
	struct xlate_out out; /* of the last translation */
	__u32 meter_slot[MAX_ROW_METERS];
	size_t n_meters;
	struct coverage *coverage;
};

/* In place: 'names' and 'env' point back. Lines that are wrong fail the test. */
void sw_text_init(struct sw_text *s, struct harness *t, struct coverage *coverage);
void sw_text_fini(struct sw_text *s);
void sw_text_lines(struct sw_text *s, const char *lines);

/* A packet that missed: its megaflow is published, and what was used is noted. */
void sw_text_serve(struct sw_text *s, const struct xvs_upcall *up);

/* Removes all flows. Their slots wait for sw_text_flush(), which takes as long as a
 * grace period does: once a row is enough. */
void sw_text_forget(struct harness *t);
void sw_text_flush(struct harness *t);

/* The match of "tcp,tcp_dst=80", for looking at what it matches on. */
bool sw_text_match(struct sw_text *s, const char *text, struct match *match);

#endif /* PROG_TESTS_SW_TEXT_H */
