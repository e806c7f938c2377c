// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A growing string; the contract is in strbuf.h. Everything that makes text
 * for people (flow_format, action_format, traces, messages) appends to one.
 */
#include "strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_init(struct strbuf *b)
{
	memset(b, 0, sizeof(*b));
}

void strbuf_fini(struct strbuf *b)
{
	free(b->s);
	memset(b, 0, sizeof(*b));
}

/* Makes room for 'n' more characters and the terminator. */
static bool reserve(struct strbuf *b, size_t n)
{
	size_t want;
	char *s;

	if (b->failed)
		return false;
	if (n >= (size_t)-1 / 2 - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + n + 1 <= b->allocated)
		return true;
	want = b->allocated ? b->allocated : 64;
	while (want < b->len + n + 1)
		want *= 2;
	s = realloc(b->s, want);
	if (!s) {
		b->failed = true;
		return false;
	}
	b->s = s;
	b->allocated = want;
	return true;
}

void strbuf_addn(struct strbuf *b, const char *text, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->s + b->len, text, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void strbuf_add(struct strbuf *b, const char *text)
{
	strbuf_addn(b, text, strlen(text));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_addn(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list args, again;
	int n;

	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0) {
		b->failed = true;
	} else if (reserve(b, (size_t)n)) {
		vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

const char *strbuf_str(const struct strbuf *b)
{
	return b->failed || !b->s ? "" : b->s;
}
