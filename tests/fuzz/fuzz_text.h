/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fuzz targets of texts share: the input as a text, what stops them, and
 * what every error of a parser has to be.
 */
#ifndef TESTS_FUZZ_TEXT_H
#define TESTS_FUZZ_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_parse.h"

/* What is behind the input's first byte, which says what to do with it; NULL: no
 * memory. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size);

	if (!text)
		return NULL;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	return text;
}

static inline void expect(bool cond, const char *what, const char *text)
{
	if (cond)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

static inline void check_error(const char *text, const struct parse_error *err)
{
	size_t len = strlen(text);

	expect(*err->message, "an error without a message", text);
	expect(memchr(err->message, '\0', sizeof(err->message)), "unterminated message", text);
	expect(err->len >= 1 && err->column <= len, "an error outside of the text", text);
	expect(err->len == 1 || err->column + err->len <= len, "an error beyond the end", text);
	for (const char *p = err->message; *p; p++)
		expect(*p >= ' ' && *p < 0x7f, "a message that is not plain", text);
}

#endif /* TESTS_FUZZ_TEXT_H */
