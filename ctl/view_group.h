/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Groups and meters for people: the text that `add` reads, one a line, with
 * counters below if they are asked for.
 */
#ifndef CTL_VIEW_GROUP_H
#define CTL_VIEW_GROUP_H

#include <jansson.h>
#include <stdbool.h>

#include "strbuf.h"

void view_groups(struct strbuf *out, const json_t *list, bool stats);
void view_meters(struct strbuf *out, const json_t *list, bool stats);

#endif /* CTL_VIEW_GROUP_H */
