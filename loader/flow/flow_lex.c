// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Words of flow text: the lowest layer of flow_parse.c and action_parse.c,
 * which give the words their meaning.
 */
#include "flow_lex.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "proto.h"
#include "xvs/limits.h"

int parse_fail(struct parse_error *err, const struct word *at, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	err->column = at->column;
	err->len = at->len ? at->len : 1;
	return -EINVAL;
}

struct word_shown word_shown(const struct word *w)
{
	struct word_shown shown;
	const size_t room = sizeof(shown.s) - 4;
	size_t n = w->len < room ? w->len : room;

	for (size_t i = 0; i < n; i++)
		shown.s[i] = w->s[i] >= ' ' && w->s[i] < 0x7f ? w->s[i] : '?';
	strcpy(shown.s + n, n < w->len ? "..." : "");
	return shown;
}

bool word_is_nocase(const struct word *w, const char *s)
{
	return !w->quoted && strlen(s) == w->len && !strncasecmp(w->s, s, w->len);
}

struct word word_part(const struct word *w, size_t from, size_t len)
{
	struct word part = *w;

	if (from > w->len)
		from = w->len;
	if (len > w->len - from)
		len = w->len - from;
	part.s += from;
	part.column += from;
	part.len = len;
	return part;
}

size_t word_find(const struct word *w, char c)
{
	const char *p = memchr(w->s, c, w->len);

	return p ? (size_t)(p - w->s) : w->len;
}

struct word word_trim(const struct word *w)
{
	struct word t = *w;

	while (t.len && strchr(" \t\r\n", t.s[0]))
		t = word_part(&t, 1, t.len);
	while (t.len && strchr(" \t\r\n", t.s[t.len - 1]))
		t.len--;
	return t;
}

struct word word_unquote(const struct word *w)
{
	struct word in;

	if (w->len < 2 || w->s[0] != '"' || w->s[w->len - 1] != '"')
		return *w;
	in = word_part(w, 1, w->len - 2);
	in.quoted = true;
	return in;
}

struct word word_take(struct word *rest, char sep)
{
	bool quoted = false;
	struct word part;
	size_t n = 0;

	while (n < rest->len && (quoted || rest->s[n] != sep))
		quoted ^= rest->s[n++] == '"';
	part = word_part(rest, 0, n);
	part = word_trim(&part);
	if (n < rest->len)
		*rest = word_part(rest, n + 1, rest->len);
	else
		rest->s = NULL;
	return word_unquote(&part);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* The base of a number and where its digits begin; 0: it is none. */
static unsigned int number_base(const struct word *w, size_t *from)
{
	bool hex = w->len > 2 && w->s[0] == '0' && (w->s[1] | 0x20) == 'x';

	*from = hex ? 2 : 0;
	/* 010 is octal to some, decimal to others: no number. */
	if (!w->len || (!hex && w->len > 1 && w->s[0] == '0'))
		return 0;
	return hex ? 16 : 10;
}

bool word_to_uint(const struct word *w, __u64 *v)
{
	size_t i;
	__u64 base = number_base(w, &i), n = 0;

	if (!base)
		return false;
	for (; i < w->len; i++) {
		__u64 digit = (__u64)digit_value(w->s[i]);

		if (digit >= base || n > (~0ULL - digit) / base)
			return false;
		n = n * base + digit;
	}
	*v = n;
	return true;
}

bool word_to_value(const struct word *w, union field_value *v)
{
	size_t i;
	unsigned int base = number_base(w, &i);
	unsigned __int128 n = 0, most = ~n;

	if (!base)
		return false;
	for (; i < w->len; i++) {
		unsigned int digit = (unsigned int)digit_value(w->s[i]);

		if (digit >= base || n > (most - digit) / base)
			return false;
		n = n * base + digit;
	}
	v->w[0] = XVS_BE64((__u64)(n >> 64));
	v->w[1] = XVS_BE64((__u64)n);
	return true;
}

/* It is written as a whole number, of any size and sign. */
static bool is_integer(const struct word *w)
{
	size_t i = w->len && w->s[0] == '-';
	bool hex = w->len - i > 2 && w->s[i] == '0' && (w->s[i + 1] | 0x20) == 'x';

	if (hex)
		i += 2;
	else if (w->len - i > 1 && w->s[i] == '0')
		return false; /* as word_to_uint */
	if (i == w->len)
		return false;
	while (i < w->len && digit_value(w->s[i]) < (hex ? 16 : 10))
		i++;
	return i == w->len;
}

int word_to_number(const struct word *w, const char *what, __u64 max, __u64 *v,
		   struct parse_error *err)
{
	if (!w->len)
		return parse_fail(err, w, "'%s' needs a value", what);
	if (word_to_uint(w, v) && *v <= max)
		return 0;
	if (is_integer(w))
		return parse_fail(err, w, "'%s': %s is out of range (0 to %llu)", what,
				  word_shown(w).s, (unsigned long long)max);
	return parse_fail(err, w, "'%s': '%s' is not a number", what, word_shown(w).s);
}

static bool is_separator(char c)
{
	return c == ' ' || c == ',' || c == '\t' || c == '\r' || c == '\n';
}

/* The character at 'pos', or 0 at the end. */
static char lex_at(const struct lexer *lex, size_t pos)
{
	return lex->text + pos == lex->stop ? '\0' : lex->text[pos];
}

static char lex_char(const struct lexer *lex)
{
	return lex_at(lex, lex->pos);
}

static void skip_separators(struct lexer *lex)
{
	while (is_separator(lex_char(lex)))
		lex->pos++;
}

static struct word word_between(const struct lexer *lex, size_t from, size_t to)
{
	return (struct word){
		.s = lex->text + from,
		.len = to - from,
		.column = lex->base + from,
	};
}

/* A word in double quotes, behind which must stand a separator or the end. */
static int lex_quoted(struct lexer *lex, struct word *w, struct parse_error *err)
{
	size_t from = lex->pos, to = from + 1;

	while (lex_at(lex, to) && lex_at(lex, to) != '"')
		to++;
	*w = word_between(lex, from, to);
	if (!lex_at(lex, to))
		return parse_fail(err, w, "the closing quote is missing");
	*w = word_between(lex, from + 1, to);
	w->quoted = true;
	lex->pos = to + 1;
	return 0;
}

static int expect_separator(const struct lexer *lex, struct parse_error *err)
{
	struct word at;

	if (!lex_char(lex) || is_separator(lex_char(lex)))
		return 0;
	at = word_between(lex, lex->pos, lex->pos + 1);
	return parse_fail(err, &at, "a comma or a space is missing before '%s'", word_shown(&at).s);
}

int lex_field(struct lexer *lex, struct word *key, struct word *value, struct parse_error *err)
{
	size_t from;
	int rc;

	skip_separators(lex);
	*value = (struct word){0};
	if (!lex_char(lex))
		return 0;
	from = lex->pos;
	while (lex_char(lex) && lex_char(lex) != '=' && !is_separator(lex_char(lex)))
		lex->pos++;
	*key = word_between(lex, from, lex->pos);
	if (lex_char(lex) != '=')
		return 1;
	from = ++lex->pos;
	if (lex_char(lex) == '"') {
		rc = lex_quoted(lex, value, err);
		if (!rc)
			rc = expect_separator(lex, err);
		return rc ? rc : 1;
	}
	while (lex_char(lex) && !is_separator(lex_char(lex)))
		lex->pos++;
	*value = word_between(lex, from, lex->pos);
	return 1;
}

/* The argument in parentheses, which may hold more of them and quoted words. */
static int lex_parenthesised(struct lexer *lex, struct word *arg, struct parse_error *err)
{
	size_t open = lex->pos, depth = 0;
	struct word skipped;
	int rc;

	while (lex_char(lex)) {
		char c = lex_char(lex);

		if (c == '"') {
			rc = lex_quoted(lex, &skipped, err);
			if (rc)
				return rc;
			continue;
		}
		lex->pos++;
		depth += c == '(';
		depth -= c == ')';
		if (depth)
			continue;
		*arg = word_between(lex, open + 1, lex->pos - 1);
		/* "(name in quotes)" is the quoted word itself. */
		if (arg->len >= 2 && arg->s[0] == '"' &&
		    word_find(&(struct word){.s = arg->s + 1, .len = arg->len - 1}, '"') ==
			    arg->len - 2) {
			*arg = word_part(arg, 1, arg->len - 2);
			arg->quoted = true;
		}
		return expect_separator(lex, err);
	}
	skipped = word_between(lex, open, open + 1);
	return parse_fail(err, &skipped, "the closing parenthesis is missing");
}

static int lex_argument(struct lexer *lex, struct word *arg, struct parse_error *err)
{
	size_t from = ++lex->pos;
	int rc;

	if (lex_char(lex) == '"') {
		rc = lex_quoted(lex, arg, err);
		if (rc)
			return rc;
		/* set_field:"a b"->in_port: the quotes are a part of it. */
		if (lex_char(lex) != '-')
			return expect_separator(lex, err);
	}
	while (lex_char(lex) && !is_separator(lex_char(lex)))
		lex->pos++;
	*arg = word_between(lex, from, lex->pos);
	return 0;
}

int lex_action(struct lexer *lex, struct word *name, struct word *arg, struct parse_error *err)
{
	size_t from;
	int rc;

	skip_separators(lex);
	*arg = (struct word){0};
	if (!lex_char(lex))
		return 0;
	if (lex_char(lex) == '"') {
		rc = lex_quoted(lex, name, err);
		if (!rc)
			rc = expect_separator(lex, err);
		return rc ? rc : 1;
	}
	from = lex->pos;
	while (lex_char(lex) && !strchr(":=(", lex_char(lex)) && !is_separator(lex_char(lex)))
		lex->pos++;
	*name = word_between(lex, from, lex->pos);
	if (lex_char(lex) == '(')
		rc = lex_parenthesised(lex, arg, err);
	else if (lex_char(lex) == ':' || lex_char(lex) == '=')
		rc = lex_argument(lex, arg, err);
	else
		rc = 0;
	return rc ? rc : 1;
}

__u16 port_reserved(const struct word *w)
{
	static const struct {
		const char *name;
		__u16 port_no;
	} reserved[] = {
		{"in_port", PORT_IN_PORT}, {"table", PORT_TABLE}, {"normal", PORT_NORMAL},
		{"flood", PORT_FLOOD},     {"all", PORT_ALL},     {"controller", PORT_CONTROLLER},
		{"local", PORT_LOCAL},     {"none", PORT_NONE},   {"any", PORT_NONE},
	};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (word_is_nocase(w, reserved[i].name))
			return reserved[i].port_no;
	return 0;
}

/* The local port has a number of its own in rules, by whichever it is called. */
static __u16 number_in_rules(const struct port_names *names, __u16 n)
{
	const char *name = names && names->name ? names->name(names->aux, n) : NULL;
	__u16 number;

	if (!name || !names->number || names->number(names->aux, name, &number))
		return n;
	return number;
}

int port_parse(const struct word *w, const struct port_names *names, __u16 *port_no,
	       struct parse_error *err)
{
	char name[XVS_NAME_LEN];
	__u64 n;

	if (!w->len)
		return parse_fail(err, w, "the port is missing");
	if (!w->quoted && word_to_uint(w, &n)) {
		if ((!n || n >= XVS_MAX_PORTS) && (n < PORT_RESERVED_MIN || n > 0xffff))
			return parse_fail(err, w, "port number %s is out of range (1 to %d)",
					  word_shown(w).s, XVS_MAX_PORTS - 1);
		*port_no = number_in_rules(names, (__u16)n);
		return 0;
	}
	*port_no = port_reserved(w);
	if (*port_no)
		return 0;
	if (w->len < sizeof(name) && !memchr(w->s, '\0', w->len)) {
		memcpy(name, w->s, w->len);
		name[w->len] = '\0';
		if (names && names->number && !names->number(names->aux, name, port_no))
			return 0;
	}
	return parse_fail(err, w, "unknown port '%s'", word_shown(w).s);
}

struct prereq_shown prereq_shown(const struct field *f)
{
	struct prereq_shown shown;
	const char *name = field_prereq_name(f), *more = strstr(name, " or ");

	if (f->pre_nw_proto == PROTO_PORTS)
		strcpy(shown.s, "'tcp', 'udp' or 'sctp' (or 'tcp6', ...)");
	else if (more)
		snprintf(shown.s, sizeof(shown.s), "'%.*s' (or '%s')", (int)(more - name), name,
			 more + 4);
	else
		snprintf(shown.s, sizeof(shown.s), "'%s'", name);
	return shown;
}
