/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writers: the same JSON value as a table, as named values, or as JSON; and
 * errors. Pure: into strings. Text that came from devices or users is escaped
 * for the terminal.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"
#include "strbuf.h"

#define COLUMN_RIGHT 0x01 /* numbers */
#define COLUMN_STATS 0x02 /* only with -s */
#define COLUMN_IF_ANY 0x04 /* left out if no row has a value there */

struct column {
	const char *header; /* NULL ends a list */
	const char *member; /* of the row's object */
	unsigned int flags;
};

/* A header and one line an object of the array 'rows'. An empty value is "-". */
void output_table(struct strbuf *out, const struct column *columns, const json_t *rows, bool stats);
/* One value as a cell: text escaped, a list joined by commas, yes or no. */
void output_cell(struct strbuf *out, const json_t *value);
/* Adds text with control characters as \xNN. */
void output_escaped(struct strbuf *out, const char *text);
/* One line: the name, padded, and the value. */
void output_pair(struct strbuf *out, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void output_json(struct strbuf *out, const json_t *value, bool pretty);

/* "xvsctl: message", the text with its caret, the hint. */
void output_error(struct strbuf *out, const struct err *err);
/* {"code": ..., "message": ..., "object": ...}; a new reference. */
json_t *output_error_object(const struct err *err);

#endif /* CTL_OUTPUT_H */
