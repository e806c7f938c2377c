/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The lines of a text file, with their numbers, so that an error in one of them
 * can be placed.
 */
#ifndef CTL_LINE_FILE_H
#define CTL_LINE_FILE_H

#include <stdio.h>

#include "err.h"

struct line_file {
	const char *name; /* for errors */
	char **lines;
	unsigned int *numbers; /* of the lines, from 1 */
	size_t n;
	size_t allocated;
};

/* Makes, in place, of a line what is kept of it; an empty one is left out. */
typedef char *(*line_file_fn)(char *line);

/* Reads all; 0 or -errno with 'err' filled. line_file_fini always. */
int line_file_read(struct line_file *f, FILE *in, const char *name, line_file_fn clean,
		   struct err *err);
/* The same of a file; "-" is standard input. */
int line_file_open(struct line_file *f, const char *path, line_file_fn clean, struct err *err);
void line_file_fini(struct line_file *f);

/* The message anew, with the place in the file; all else of the error stays. As with
 * err_set, arguments may point into 'err'. */
void line_file_reword(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* CTL_LINE_FILE_H */
