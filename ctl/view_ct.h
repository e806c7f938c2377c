/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections for people.
 */
#ifndef CTL_VIEW_CT_H
#define CTL_VIEW_CT_H

#include <jansson.h>
#include <stdbool.h>

#include "strbuf.h"

/* The result of ct show: a table, and how many it leaves out. */
void view_connections(struct strbuf *out, const json_t *result, bool stats);
void view_ct_stats(struct strbuf *out, const json_t *result);
void view_ct_timeouts(struct strbuf *out, const json_t *list);

#endif /* CTL_VIEW_CT_H */
