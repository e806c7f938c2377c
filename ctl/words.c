// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Splitting a line into words; see words.h.
 */
#include "words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"

struct splitter {
	struct words *w;
	const char *line;
	size_t at; /* in the line */
	size_t n; /* bytes of w->text */
};

static void put(struct splitter *s, char c)
{
	s->w->places[s->n] = s->at;
	s->w->text[s->n++] = c;
}

static int unfinished(const struct splitter *s, size_t begin, struct err *err)
{
	err_set(err, -EINVAL, XVS_RPC_SYNTAX, NULL, "the quote that begins here has no end");
	err_place(err, s->line, begin, 1);
	return -EINVAL;
}

/* From the quote to the one that ends it. */
static int take_quoted(struct splitter *s, struct err *err)
{
	size_t begin = s->at;
	char quote = s->line[s->at++];

	for (; s->line[s->at] != quote; s->at++) {
		char next = s->line[s->at] ? s->line[s->at + 1] : '\0';

		if (!s->line[s->at])
			return unfinished(s, begin, err);
		if (quote == '"' && s->line[s->at] == '\\' && next && strchr("\"\\$`", next))
			s->at++;
		put(s, s->line[s->at]);
	}
	s->at++;
	return 0;
}

static int take_word(struct splitter *s, struct err *err)
{
	int rc = 0;

	s->w->v[s->w->n++] = s->w->text + s->n;
	while (!rc && s->line[s->at] && !strchr(BLANKS, s->line[s->at])) {
		char c = s->line[s->at];

		if (c == '\'' || c == '"') {
			rc = take_quoted(s, err);
			continue;
		}
		if (c == '\\' && s->line[s->at + 1])
			s->at++;
		put(s, s->line[s->at]);
		s->at++;
	}
	put(s, '\0');
	return rc;
}

int words_split(struct words *w, const char *line, struct err *err)
{
	struct splitter s = {.w = w, .line = line};
	size_t len = strlen(line);
	int rc = 0;

	/* Each word has a byte of the line at least, and a terminator. */
	*w = (struct words){
		.v = calloc(len + 2, sizeof(*w->v)),
		.text = malloc(2 * len + 2),
		.places = calloc(2 * len + 2, sizeof(*w->places)),
	};
	if (!w->v || !w->text || !w->places)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	while (!rc) {
		s.at += strspn(line + s.at, BLANKS);
		if (!line[s.at] || line[s.at] == '#')
			break;
		rc = take_word(&s, err);
	}
	return rc;
}

void words_fini(struct words *w)
{
	free(w->v);
	free(w->text);
	free(w->places);
	*w = (struct words){0};
}

size_t words_place(const struct words *w, size_t i, size_t at)
{
	size_t len = strlen(w->v[i]);

	return w->places[(size_t)(w->v[i] - w->text) + (at < len ? at : len)];
}
