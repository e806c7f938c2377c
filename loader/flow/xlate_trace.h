/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The explanation of one translation: an ordered list of steps, each a line of
 * text with an indent, filled by xlate.c and xlate_normal.c as they decide.
 */
#ifndef FLOW_XLATE_TRACE_H
#define FLOW_XLATE_TRACE_H

#include <stddef.h>

struct port_names;
struct flow_key;

struct xlate_trace {
	char **steps;
	size_t n;
	size_t allocated;
	int indent;
	const struct port_names *names; /* for formatting; may be NULL */
	const struct flow_key *key; /* the packet's; xlate sets it */
};

/* No-op when 't' is NULL. Two spaces an indent. */
void xlate_trace_add(struct xlate_trace *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void xlate_trace_fini(struct xlate_trace *t);

#endif /* FLOW_XLATE_TRACE_H */
