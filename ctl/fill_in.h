/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words with {names} that stand for values: "af-xdp,sock-fds={fds}".
 */
#ifndef CTL_FILL_IN_H
#define CTL_FILL_IN_H

#include <stddef.h>

struct fill_in {
	const char *name; /* "fds" */
	const char *value;
};

/* 'word' with every {name} of the list replaced, once: values are not looked at.
 * Other braces stay as they are. malloc'ed; NULL: out of memory. */
char *fill_in(const char *word, const struct fill_in *list, size_t n);

#endif /* CTL_FILL_IN_H */
