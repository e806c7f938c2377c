/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The result of trace for people; see view.h.
 */
#ifndef CTL_VIEW_TRACE_H
#define CTL_VIEW_TRACE_H

#include <jansson.h>

#include "strbuf.h"

void view_trace(struct strbuf *out, const json_t *result);

#endif /* CTL_VIEW_TRACE_H */
