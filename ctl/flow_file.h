/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A file of rules for `flow replace`: one a line, '#' comments, and what `flow
 * show -s` prints.
 */
#ifndef CTL_FLOW_FILE_H
#define CTL_FLOW_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "err.h"

struct flow_file {
	const char *name; /* for errors */
	char **lines; /* without blanks around, comments and statistics */
	unsigned int *numbers; /* their line numbers */
	size_t n;
	size_t allocated;
};

/* Reads all; 0 or -errno with 'err' filled. flow_file_fini always. */
int flow_file_read(struct flow_file *f, FILE *in, const char *name, struct err *err);
void flow_file_fini(struct flow_file *f);
/* Puts FILE:LINE in front of an error whose text is one of the lines. */
void flow_file_locate(const struct flow_file *f, struct err *err);

#endif /* CTL_FLOW_FILE_H */
