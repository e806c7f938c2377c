// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files of rules; see flow_file.h. Only lines are split here: what a rule may
 * be, the daemon knows.
 */
#include "flow_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"

/* What a listing has and a rule has not. */
static const char *const statistics[] = {
	"duration=", "n_packets=", "n_bytes=", "idle_age=", "hard_age="};

static bool is_statistic(const char *word)
{
	for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++)
		if (!strncmp(word, statistics[i], strlen(statistics[i])))
			return true;
	return false;
}

/* Cuts the statistics out of a line, each with the separators behind it. */
static void cut_statistics(char *line)
{
	char *p = line;

	while (*p) {
		size_t n = strcspn(p, ", \t");

		/* In the actions nothing is a statistic. */
		if (!strncmp(p, "actions=", 8))
			return;
		if (is_statistic(p)) {
			n += strspn(p + n, ", \t");
			memmove(p, p + n, strlen(p + n) + 1);
			continue;
		}
		p += n;
		p += strspn(p, ", \t");
	}
}

/* In place: the line without comment and blanks around it. */
static char *strip(char *line)
{
	size_t n;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	n = strlen(line);
	while (n && strchr(BLANKS, line[n - 1]))
		n--;
	line[n] = '\0';
	cut_statistics(line);
	return line;
}

static int grow(struct flow_file *f)
{
	size_t n = f->allocated ? f->allocated * 2 : 64;
	unsigned int *numbers;
	char **lines;

	if (f->n < f->allocated)
		return 0;
	lines = realloc(f->lines, n * sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	f->lines = lines;
	numbers = realloc(f->numbers, n * sizeof(*numbers));
	if (!numbers)
		return -ENOMEM;
	f->numbers = numbers;
	f->allocated = n;
	return 0;
}

static int add_line(struct flow_file *f, char *line, unsigned int number)
{
	char *text = strip(line);
	int rc;

	if (!*text)
		return 0;
	rc = grow(f);
	if (rc)
		return rc;
	f->lines[f->n] = strdup(text);
	if (!f->lines[f->n])
		return -ENOMEM;
	f->numbers[f->n++] = number;
	return 0;
}

int flow_file_read(struct flow_file *f, FILE *in, const char *name, struct err *err)
{
	unsigned int number = 0;
	size_t size = 0;
	char *line = NULL;
	ssize_t len;
	int rc = 0;

	memset(f, 0, sizeof(*f));
	f->name = name;
	while (!rc && (len = getline(&line, &size, in)) >= 0) {
		number++;
		if (strlen(line) != (size_t)len)
			rc = err_set(err, -EINVAL, XVS_RPC_SYNTAX, name,
				     "%s:%u: the line has a null character", name, number);
		else if (add_line(f, line, number))
			rc = err_set(err, -ENOMEM, XVS_RPC_FAILED, name, "%s: out of memory", name);
	}
	if (!rc && ferror(in))
		rc = err_set(err, -errno, XVS_RPC_FAILED, name, "%s: %m", name);
	free(line);
	return rc;
}

void flow_file_fini(struct flow_file *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->lines[i]);
	free(f->lines);
	free(f->numbers);
	memset(f, 0, sizeof(*f));
}

void flow_file_locate(const struct flow_file *f, struct err *err)
{
	struct err copy = *err;

	if (!err->text)
		return;
	/* The first of equal lines is the one that was found wrong: lines are
	 * checked in order. */
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->lines[i], copy.text))
			continue;
		err->text = NULL;
		err_set(err, 0, copy.code, copy.object, "%s:%u: %s", f->name, f->numbers[i],
			copy.message);
		err_hint(err, "%s", copy.hint);
		err_place(err, copy.text, copy.column, copy.len);
		free(copy.text);
		return;
	}
}
