/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A growing string. Out of memory sets 'failed' and further calls do nothing,
 * so that only the last step has to look.
 */
#ifndef UTIL_STRBUF_H
#define UTIL_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *s; /* never NULL after the first append; always terminated */
	size_t len;
	size_t allocated;
	bool failed;
};

void strbuf_init(struct strbuf *b);
void strbuf_fini(struct strbuf *b);
void strbuf_add(struct strbuf *b, const char *text);
void strbuf_addn(struct strbuf *b, const char *text, size_t n);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "" when empty or failed. Valid until the next change. */
const char *strbuf_str(const struct strbuf *b);

#endif /* UTIL_STRBUF_H */
