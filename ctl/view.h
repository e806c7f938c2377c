/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Results for people: which columns or lines a result of each kind has. The
 * writers are output.c's.
 */
#ifndef CTL_VIEW_H
#define CTL_VIEW_H

#include <jansson.h>

#include "command.h"

void view_result(struct strbuf *out, enum command_view view, const json_t *result, bool stats);

#endif /* CTL_VIEW_H */
