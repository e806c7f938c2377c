/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Words of flow text: splitting, numbers, port names and errors with a place.
 * Shared by flow_parse.c, action_parse.c and field_text.c; nobody else's.
 */
#ifndef FLOW_FLOW_LEX_H
#define FLOW_FLOW_LEX_H

#include "flow_parse.h"

/* A piece of the text, not terminated. */
struct word {
	const char *s; /* NULL: not there */
	size_t len;
	size_t column; /* 0-based, in the whole text */
	bool quoted; /* stood in double quotes, which are not part of it */
};

struct lexer {
	const char *text;
	const char *stop; /* the text ends there; NULL: where it is terminated */
	size_t pos;
	size_t base; /* column of text[0] within the whole */
};

/* Of a word: what is in parentheses. */
static inline struct lexer lexer_of_word(const struct word *w)
{
	return (struct lexer){.text = w->s, .stop = w->s + w->len, .base = w->column};
}

/* Reserved port numbers, OpenFlow 1.0's; xvs has no ports in that range. */
enum {
	PORT_RESERVED_MIN = 0xfff8,
	PORT_IN_PORT = 0xfff8,
	PORT_TABLE,
	PORT_NORMAL,
	PORT_FLOOD,
	PORT_ALL,
	PORT_CONTROLLER,
	PORT_LOCAL,
	PORT_NONE,
};

/* Fills 'err' (may be NULL) for the place 'at' and returns -EINVAL. */
int parse_fail(struct parse_error *err, const struct word *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A word for a message: cut when long, printable ASCII only. */
struct word_shown {
	char s[44];
};
struct word_shown word_shown(const struct word *w);

/* Asked for each of some sixty keywords a word: it ends at the first character
 * that differs. A word has no null character, as it is part of a string. */
static inline bool word_is(const struct word *w, const char *s)
{
	size_t i = 0;

	while (i < w->len && s[i] == w->s[i])
		i++;
	return i == w->len && !s[i] && !w->quoted;
}
bool word_is_nocase(const struct word *w, const char *s);
/* A part of 'w' from 'from' to its end or 'len'. */
struct word word_part(const struct word *w, size_t from, size_t len);
/* Index of the first 'c' in the word, or its length. */
size_t word_find(const struct word *w, char c);

/* Without blanks at its ends. */
struct word word_trim(const struct word *w);
/* Without the quotes around it, if there are any. */
struct word word_unquote(const struct word *w);
/* Takes what is in front of the first 'sep' outside of quotes off 'rest', quotes
 * and blanks around it as well. The last part leaves rest->s NULL. */
struct word word_take(struct word *rest, char sep);

/* Decimal, or hexadecimal behind 0x. */
bool word_to_uint(const struct word *w, __u64 *v);
/* The same, of 128 bits. */
bool word_to_value(const struct word *w, union field_value *v);
/* 0 or -EINVAL with the error; 'what' names the field in it. */
int word_to_number(const struct word *w, const char *what, __u64 max, __u64 *v,
		   struct parse_error *err);

/* The next "key" or "key=value" of a match; 'value->s' is NULL without '='.
 * 1: there is one, 0: end of the text, -EINVAL. */
int lex_field(struct lexer *lex, struct word *key, struct word *value, struct parse_error *err);
/* The next action: "name", "name:argument", "name=argument", "name(argument)". */
int lex_action(struct lexer *lex, struct word *name, struct word *arg, struct parse_error *err);

/* A port by number, name or reserved name. 0 or -EINVAL with the error. */
int port_parse(const struct word *w, const struct port_names *names, __u16 *port_no,
	       struct parse_error *err);
/* The reserved port of that name (any case), or 0. */
__u16 port_reserved(const struct word *w);

/* "'tcp' (or 'tcp6')": a field's prerequisite for a message. */
struct prereq_shown {
	char s[80];
};
struct prereq_shown prereq_shown(const struct field *f);

#endif /* FLOW_FLOW_LEX_H */
