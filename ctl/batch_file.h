/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A file of commands for `batch`: one a line, in words as a shell would take
 * them, '#' comments; and the places of errors in it.
 */
#ifndef CTL_BATCH_FILE_H
#define CTL_BATCH_FILE_H

#include "cmdline.h"
#include "line_file.h"
#include "words.h"

/* A line_file_fn: the line as it is, or nothing if it has no command. */
char *batch_file_clean(char *line);

struct batch_command {
	struct words words;
	char **argv;
	struct cmdline cmdline; /* borrows words */
};

/* The command of a line that may be part of a batch, as far as the command table
 * tells: 0, or -errno with 'err' filled. batch_command_fini always. */
int batch_command_parse(struct batch_command *b, const char *line, struct err *err);
void batch_command_fini(struct batch_command *b);

/* Puts FILE:LINE:COLUMN in front of an error about line 'i' of the file, and shows
 * the line. A failed line has an exit status of its own, whatever the error. */
void batch_file_locate(const struct line_file *f, size_t i, struct err *err);

#endif /* CTL_BATCH_FILE_H */
