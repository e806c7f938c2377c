/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows made from the table of fields: each field is matched, with and without a
 * mask and by each of its names, and is read and written by every action that can.
 */
#ifndef OVS_FIELD_ROWS_H
#define OVS_FIELD_ROWS_H

#include "field.h"
#include "pipeline_rows.h"
#include "strbuf.h"

/* Fields of a packet that can come in, or that actions write; in Open vSwitch too. */
bool field_row_has(const struct field *f);
/* The first sample from 'from' on that has the field; SAMPLES: none. */
enum sample field_row_sample(const struct field *f, enum sample from);

/* The lines of a row. The sample, from port 1, leaves by port 4; what the rule
 * does not match leaves by 3. */
void field_row_match(const struct field *f, enum sample sample, bool masked, struct strbuf *lines);
/* One name of it; NULL: there are no more. */
const char *field_row_name(const struct field *f, unsigned int i);
void field_row_named(const struct field *f, enum sample sample, const char *name,
		     struct strbuf *lines);
/* Copies that differ in what was done to the field leave by port 4, then the packet
 * as it came by 3. The number of copies. */
unsigned int field_row_actions(const struct field *f, enum sample sample, struct strbuf *lines);

#endif /* OVS_FIELD_ROWS_H */
