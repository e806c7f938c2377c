// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command line: global options first, wherever they stand, then object,
 * verb, arguments and options by the table of command.c.
 */
#include "cmdline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is left of argv without the global options. */
struct words {
	char **v;
	size_t n;
	size_t literal_from; /* words behind "--" */
	bool help;
	bool version;
};

static int usage(struct err *err, const char *object, const char *what)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, object, "%s", what);
}

static int set_timeout(struct cmdline *c, const char *text, struct err *err)
{
	char *end;
	double sec = strtod(text, &end);

	/* "nan" compares false with everything, so it is refused as well. */
	if (end == text || *end || !(sec >= 0.001 && sec <= 86400))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, text,
			       "-t %s: must be seconds, from 0.001 to 86400", text);
	c->timeout_ms = (int)(sec * 1000);
	return 0;
}

static int hint_globals(struct err *err)
{
	err_hint(err, "options are -j -p -s -q -t SEC -S SOCKET; see xvsctl help");
	return -EINVAL;
}

/* One letter of a word like "-js"; 1: it has used the rest as its value. */
static int set_letter(struct cmdline *c, const char *p, const char *next, struct err *err)
{
	const char *value = p[1] ? p + 1 : next;

	switch (*p) {
	case 'p':
		c->pretty = true;
		c->json = true;
		return 0;
	case 'j':
		c->json = true;
		return 0;
	case 's':
		c->stats = true;
		return 0;
	case 'q':
		c->quiet = true;
		return 0;
	case 't':
	case 'S':
		if (!value)
			return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL,
				       "-%c: its value is missing", *p);
		if (*p == 'S')
			c->socket = value;
		else if (set_timeout(c, value, err))
			return -EINVAL;
		return 1;
	default:
		err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "unknown option '-%c'", *p);
		return hint_globals(err);
	}
}

/* A word of letters; returns how many further words it has used, or -EINVAL. */
static int set_letters(struct cmdline *c, const char *word, const char *next, struct err *err)
{
	for (const char *p = word + 1; *p; p++) {
		int rc = set_letter(c, p, next, err);

		if (rc)
			return rc < 0 ? rc : !p[1];
	}
	return 0;
}

static int take_globals(struct cmdline *c, int argc, char **argv, struct words *w, struct err *err)
{
	int result = 0;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		int rc;

		if (!strcmp(word, "--")) {
			w->literal_from = w->n;
			while (++i < argc)
				w->v[w->n++] = argv[i];
			return result;
		}
		if (!strcmp(word, "--help") || !strcmp(word, "-h"))
			w->help = true;
		else if (!strcmp(word, "--version") || !strcmp(word, "-V"))
			w->version = true;
		else if (word[0] != '-' || !word[1] || word[1] == '-')
			w->v[w->n++] = word;
		else {
			/* The first mistake is told, but -j behind it still counts. */
			rc = set_letters(c, word, argv[i + 1], result ? NULL : err);
			if (rc > 0)
				i++;
			else if (rc && !result)
				result = rc;
		}
	}
	return result;
}

static void hint_verbs(const char *object, struct err *err)
{
	struct strbuf b;

	strbuf_init(&b);
	for (const struct command *c = commands; c->object; c++)
		if (c->verb && !strcmp(c->object, object))
			strbuf_printf(&b, " %s", c->verb);
	err_hint(err, "verbs of %s:%s", object, strbuf_str(&b));
	strbuf_fini(&b);
}

static void hint_usage(const struct command *cmd, struct err *err)
{
	struct strbuf b;

	strbuf_init(&b);
	command_usage(cmd, &b);
	err_hint(err, "usage: xvsctl %s", strbuf_str(&b));
	strbuf_fini(&b);
}

static int unknown_object(const char *word, struct err *err)
{
	const char *near = command_suggest(word, NULL);

	err_set(err, -EINVAL, XVS_RPC_USAGE, word, "unknown object '%s'", word);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "xvsctl help lists them");
	return -EINVAL;
}

static int unknown_verb(const char *object, const char *word, struct err *err)
{
	const char *near = command_suggest(word, object);

	err_set(err, -EINVAL, XVS_RPC_USAGE, word, "%s: unknown verb '%s'", object, word);
	if (near)
		err_hint(err, "did you mean '%s %s'?", object, near);
	else
		hint_verbs(object, err);
	return -EINVAL;
}

/* Names what is missing: the n-th word of the command's argument list. */
static int missing_argument(const struct cmdline *c, struct err *err)
{
	const char *p = c->cmd->args;
	struct strbuf name;
	size_t len;

	for (size_t i = 0; i < c->n_args && *p; i++) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	len = strcspn(p, " .");
	strbuf_init(&name);
	command_name(c->cmd, &name);
	err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "%s: %.*s is missing", strbuf_str(&name),
		(int)len, p);
	strbuf_fini(&name);
	hint_usage(c->cmd, err);
	return -EINVAL;
}

static int too_many(const struct cmdline *c, const char *word, struct err *err)
{
	struct strbuf name;

	strbuf_init(&name);
	command_name(c->cmd, &name);
	err_set(err, -EINVAL, XVS_RPC_USAGE, word, "%s: unexpected argument '%s'",
		strbuf_str(&name), word);
	strbuf_fini(&name);
	if (c->cmd->text_from < COMMAND_NO_TEXT && c->n_args > c->cmd->text_from)
		err_hint(err, "a flow is one argument: put it in quotes");
	else
		hint_usage(c->cmd, err);
	return -EINVAL;
}

static int unknown_option(const struct cmdline *c, const char *word, size_t len, struct err *err)
{
	struct strbuf b;
	char name[64];
	const char *near;

	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, word, len);
	name[len] = '\0';
	strbuf_init(&b);
	command_name(c->cmd, &b);
	err_set(err, -EINVAL, XVS_RPC_USAGE, name, "%s: unknown option '%s'", strbuf_str(&b), name);
	strbuf_fini(&b);
	strbuf_init(&b);
	for (const struct command_option *o = c->cmd->options; o && o->name; o++)
		strbuf_printf(&b, o->value ? " %s=%s" : " %s", o->name, o->value);
	near = command_suggest_option(name, c->cmd);
	if (near)
		err_hint(err, "did you mean '%s'? options:%s", near, strbuf_str(&b));
	else if (b.len)
		err_hint(err, "options:%s", strbuf_str(&b));
	else
		hint_usage(c->cmd, err);
	strbuf_fini(&b);
	return -EINVAL;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *p = choices; *p; p += strspn(p, "|")) {
		size_t n = strcspn(p, "|");

		if (n == len && !memcmp(p, value, n))
			return true;
		p += n;
	}
	return false;
}

static int add_option(struct cmdline *c, const struct command_option *o, const char *value,
		      struct err *err)
{
	for (size_t i = 0; i < c->n_options; i++)
		if (c->options[i].option == o)
			return err_set(err, -EINVAL, XVS_RPC_USAGE, o->name, "%s is given twice",
				       o->name);
	if (value && command_option_is_choice(o) && !is_choice(o->value, value)) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, o->name, "%s=%s: unknown value", o->name,
			value);
		err_hint(err, "values: %s", o->value);
		return -EINVAL;
	}
	if (value && !*value)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, o->name, "%s=: its value is missing",
			       o->name);
	if (c->n_options == CMDLINE_MAX_OPTIONS)
		return usage(err, o->name, "too many options");
	c->options[c->n_options].option = o;
	c->options[c->n_options++].value = value;
	return 0;
}

static bool is_key(const char *word, size_t len)
{
	return len && strspn(word, "abcdefghijklmnopqrstuvwxyz_-") >= len;
}

/* A word behind object and verb. */
static int take_word(struct cmdline *c, char *word, bool literal, struct err *err)
{
	const struct command_option *o = command_option_find(c->cmd, word, strlen(word));
	size_t len = strcspn(word, "=");

	if (!literal && o && !o->value)
		return add_option(c, o, NULL, err);
	if (!literal && word[0] == '-' && word[1] == '-')
		return unknown_option(c, word, strlen(word), err);
	if (!literal && c->n_args < c->cmd->text_from && word[len] == '=' && is_key(word, len)) {
		o = command_option_find(c->cmd, word, len);
		if (!o || !o->value)
			return unknown_option(c, word, len, err);
		return add_option(c, o, word + len + 1, err);
	}
	if (c->n_args >= c->cmd->max_args)
		return too_many(c, word, err);
	c->args[c->n_args++] = word;
	return 0;
}

static int set_help(struct cmdline *c, const char *object, struct err *err)
{
	c->cmd = command_find("help", NULL);
	if (object && !command_of_object(object))
		return unknown_object(object, err);
	c->help_object = object;
	return 0;
}

/* Object and verb; returns how many words they are. */
static int take_command(struct cmdline *c, const struct words *w, struct err *err)
{
	const char *object = w->v[0];
	const struct command *first = command_of_object(object);

	if (!first && object[0] == '-' && w->literal_from) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "unknown option '%s'", object);
		return hint_globals(err);
	}
	if (!first)
		return unknown_object(object, err);
	if (!first->verb) {
		c->cmd = first;
		return 1;
	}
	if (w->n < 2) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, object, "%s: a verb is missing", object);
		hint_verbs(object, err);
		return -EINVAL;
	}
	c->cmd = command_find(object, w->v[1]);
	return c->cmd ? 2 : unknown_verb(object, w->v[1], err);
}

static int parse_words(struct cmdline *c, const struct words *w, struct err *err)
{
	int n, rc;

	if (w->version) {
		c->cmd = command_find("version", NULL);
		return 0;
	}
	if (w->help)
		return set_help(c, w->n ? w->v[0] : NULL, err);
	if (!w->n) {
		usage(err, NULL, "a command is missing");
		err_hint(err, "xvsctl help lists the commands");
		return -EINVAL;
	}
	/* A device may be called help: `attach -- help`. */
	if (w->n > 1 && w->literal_from > 1 && !strcmp(w->v[1], "help") &&
	    command_of_object(w->v[0]))
		return set_help(c, w->v[0], err);
	n = take_command(c, w, err);
	if (n < 0)
		return n;
	for (size_t i = (size_t)n; i < w->n; i++) {
		rc = take_word(c, w->v[i], i >= w->literal_from, err);
		if (rc)
			return rc;
	}
	if (c->n_args < c->cmd->min_args)
		return missing_argument(c, err);
	if (c->cmd->action == COMMAND_HELP)
		return set_help(c, c->n_args ? c->args[0] : NULL, err);
	return 0;
}

int cmdline_parse(struct cmdline *c, int argc, char **argv, struct err *err)
{
	struct words w = {.literal_from = (size_t)-1};
	int rc;

	memset(c, 0, sizeof(*c));
	w.v = calloc((size_t)argc + 1, sizeof(*w.v));
	c->args = calloc((size_t)argc + 1, sizeof(*c->args));
	if (!w.v || !c->args) {
		free(w.v);
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	}
	rc = take_globals(c, argc, argv, &w, err);
	if (!rc)
		rc = parse_words(c, &w, err);
	free(w.v);
	return rc;
}

void cmdline_fini(struct cmdline *c)
{
	free(c->args);
	c->args = NULL;
}
