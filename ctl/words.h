/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A line in words, as a shell would take it: blanks between words, 'quotes',
 * "quotes" with backslashes, backslashes, and '#' at the beginning of a word for
 * a comment. Nothing is expanded.
 */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

#include "err.h"

struct words {
	char **v; /* NULL behind the last */
	size_t n;
	char *text; /* what 'v' points into */
	size_t *places; /* of each byte of 'text' in the line, terminators included */
};

/* 0, or -EINVAL with 'err' filled and placed in the line, or -ENOMEM. words_fini
 * always. */
int words_split(struct words *w, const char *line, struct err *err);
void words_fini(struct words *w);
/* The place in the line of offset 'at' of word 'i'. */
size_t words_place(const struct words *w, size_t i, size_t at);

#endif /* CTL_WORDS_H */
