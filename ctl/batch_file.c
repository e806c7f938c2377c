// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files of commands; see batch_file.h. Pure: what a command does, and whether it
 * can be taken back, the daemon knows.
 */
#include "batch_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *batch_file_clean(char *line)
{
	char *begin = line + strspn(line, " \t\r\n\v\f");

	line[strcspn(line, "\r\n")] = '\0';
	return *begin && *begin != '#' ? line : begin + strlen(begin);
}

/* Of the whole run, not of a line. */
static bool has_globals(const struct cmdline *c)
{
	return c->json || c->stats || c->quiet || c->timeout_ms || c->socket;
}

static int refuse(const struct cmdline *c, struct err *err)
{
	struct strbuf name;

	strbuf_init(&name);
	command_name(c->cmd, &name);
	err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, c->cmd->object,
		"%s: cannot be part of a batch", strbuf_str(&name));
	strbuf_fini(&name);
	return -EOPNOTSUPP;
}

static int check(const struct batch_command *b, struct err *err)
{
	const char *option = NULL;

	if (b->cmdline.cmd->action != COMMAND_RPC)
		return refuse(&b->cmdline, err);
	if (!has_globals(&b->cmdline))
		return 0;
	for (size_t i = 0; !option && i < b->words.n; i++)
		if (b->words.v[i][0] == '-' && b->words.v[i][1] != '-')
			option = b->words.v[i];
	err_set(err, -EINVAL, XVS_RPC_USAGE, option, "%s: is an option of the whole batch",
		option ? option : "-");
	err_hint(err, "xvsctl %s batch FILE", option ? option : "");
	return -EINVAL;
}

int batch_command_parse(struct batch_command *b, const char *line, struct err *err)
{
	static char name[] = "xvsctl";
	int rc;

	memset(b, 0, sizeof(*b));
	rc = words_split(&b->words, line, err);
	if (rc)
		return rc;
	b->argv = calloc(b->words.n + 2, sizeof(*b->argv));
	if (!b->argv)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	b->argv[0] = name;
	memcpy(b->argv + 1, b->words.v, b->words.n * sizeof(*b->argv));
	rc = cmdline_parse(&b->cmdline, (int)b->words.n + 1, b->argv, err);
	return rc ? rc : check(b, err);
}

void batch_command_fini(struct batch_command *b)
{
	cmdline_fini(&b->cmdline);
	free(b->argv);
	words_fini(&b->words);
}

/* "eth9", "hook" of "hook=xdp". */
static bool is_named(const char *word, const char *name)
{
	size_t len = strlen(name);

	return len && !strncmp(word, name, len) && (!word[len] || word[len] == '=');
}

/* "group 7" stands in flow text as "group:7". */
static bool has_reference(const char *word, const char *object, size_t *at)
{
	char text[sizeof(((struct err *)NULL)->object)];
	const char *found;

	snprintf(text, sizeof(text), "%s", object);
	if (!strchr(text, ' '))
		return false;
	*strchr(text, ' ') = ':';
	found = strstr(word, text);
	*at = found ? (size_t)(found - word) : 0;
	return found;
}

/* Whether the error is about this word; and where in it. */
static bool is_about(const struct err *err, const char *word, size_t *at, size_t *end)
{
	if (err->text) {
		*at = err->column;
		*end = *at + err->len;
		return !strcmp(word, err->text);
	}
	if (has_reference(word, err->object, at)) {
		*end = *at + strlen(err->object);
		return true;
	}
	*at = 0;
	*end = strlen(word);
	return is_named(word, err->object);
}

/* The place of the error in the line: within the word that is its text, or that
 * word that it is about, or the first. */
static void place(struct err *err, const char *line, const struct words *w)
{
	size_t i = 0, at = 0, end = 0;

	if (!w->n)
		return;
	while (i < w->n && !is_about(err, w->v[i], &at, &end))
		i++;
	if (i == w->n) {
		i = 0;
		at = 0;
		end = strlen(w->v[0]);
	}
	/* Behind the last byte of the word, not behind a quote that follows it. */
	end = end > at ? words_place(w, i, end - 1) + 1 : 0;
	at = words_place(w, i, at);
	err_place(err, line, at, end > at ? end - at : 1);
}

void batch_file_locate(const struct line_file *f, size_t i, struct err *err)
{
	bool in_line = err->text && !strcmp(err->text, f->lines[i]);
	struct words words;

	if (!in_line && !words_split(&words, f->lines[i], NULL))
		place(err, f->lines[i], &words);
	if (!in_line)
		words_fini(&words);
	line_file_reword(err, "%s:%u:%zu: %s", f->name, f->numbers[i], err->column + 1,
			 err->message);
	err->code = XVS_RPC_FAILED;
	err->line = f->numbers[i];
}
