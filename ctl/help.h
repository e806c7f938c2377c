/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Help and completion, printed from the command table.
 */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include <jansson.h>

#include "strbuf.h"

/* All commands, a line each. */
void help_all(struct strbuf *out);
/* The commands of one object with their options. */
void help_object(struct strbuf *out, const char *object);
/* [{"usage": ..., "summary": ...}]; 'object' NULL: all. A new reference. */
json_t *help_json(const char *object);
/* A completion script for bash. */
void help_completion(struct strbuf *out);

#endif /* CTL_HELP_H */
