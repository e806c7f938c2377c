// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces {names} in a word.
 */
#include "fill_in.h"

#include <stdlib.h>
#include <string.h>

#include "strbuf.h"

/* The one whose {name} 'text' begins with; NULL: none. */
static const struct fill_in *find(const char *text, const struct fill_in *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i].name);

		if (!strncmp(text + 1, list[i].name, len) && text[1 + len] == '}')
			return &list[i];
	}
	return NULL;
}

char *fill_in(const char *word, const struct fill_in *list, size_t n)
{
	struct strbuf b;
	char *result;

	strbuf_init(&b);
	while (*word) {
		const struct fill_in *f = *word == '{' ? find(word, list, n) : NULL;

		if (f) {
			strbuf_add(&b, f->value);
			word += strlen(f->name) + 2;
		} else {
			strbuf_addc(&b, *word++);
		}
	}
	result = b.failed ? NULL : strdup(strbuf_str(&b));
	strbuf_fini(&b);
	return result;
}
