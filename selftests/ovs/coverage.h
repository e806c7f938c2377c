/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which fields have decided, and which actions were carried out, how often: so
 * that none is in the list of what was compared for nothing.
 */
#ifndef OVS_COVERAGE_H
#define OVS_COVERAGE_H

#include <stdio.h>

#include "field.h"

#define COVERAGE_ACTIONS 64

struct coverage {
	unsigned long matched[FIELD_N];
	unsigned long acted[COVERAGE_ACTIONS]; /* in the order of action_doc() */
};

/* A packet has crossed the rule, or a bucket of the group, of this text. */
void coverage_add(struct coverage *c, const char *text);
/* Names what was never seen; how many that is. 'wanted' is a field that could be. */
unsigned int coverage_missing(const struct coverage *c, bool (*wanted)(const struct field *f),
			      FILE *f);

#endif /* OVS_COVERAGE_H */
