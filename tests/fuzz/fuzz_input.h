/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fuzz targets of bytes share: what stops them, and the input, behind whose
 * end there are zeros.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <linux/types.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(cond)                                                              \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

/* The order of a longer number's bytes is the target's, as its corpus has them. */
struct input {
	const __u8 *at;
	size_t left;
};

static inline __u8 take8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

#endif /* TESTS_FUZZ_INPUT_H */
