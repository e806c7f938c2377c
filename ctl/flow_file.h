/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A file of rules for `flow replace`: one a line, '#' comments, and what `flow
 * show -s` prints.
 */
#ifndef CTL_FLOW_FILE_H
#define CTL_FLOW_FILE_H

#include "line_file.h"

/* A line_file_fn: the rule without blanks around it, comment and statistics. */
char *flow_file_clean(char *line);
/* Puts FILE:LINE in front of an error whose text is one of the lines. */
void flow_file_locate(const struct line_file *f, struct err *err);

#endif /* CTL_FLOW_FILE_H */
