// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines of a file; see line_file.h. What stands in them is for the caller.
 */
#include "line_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct line_file *f)
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

static int add_line(struct line_file *f, const char *text, unsigned int number)
{
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

int line_file_read(struct line_file *f, FILE *in, const char *name, line_file_fn clean,
		   struct err *err)
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
		else if (add_line(f, clean(line), number))
			rc = err_set(err, -ENOMEM, XVS_RPC_FAILED, name, "%s: out of memory", name);
	}
	if (!rc && ferror(in))
		rc = err_set(err, -errno, XVS_RPC_FAILED, name, "%s: %m", name);
	free(line);
	return rc;
}

int line_file_open(struct line_file *f, const char *path, line_file_fn clean, struct err *err)
{
	FILE *in;
	int rc;

	if (!strcmp(path, "-"))
		return line_file_read(f, stdin, "standard input", clean, err);
	in = fopen(path, "re");
	if (!in) {
		memset(f, 0, sizeof(*f));
		return err_set(err, -errno, errno == ENOENT ? XVS_RPC_NOT_FOUND : XVS_RPC_FAILED,
			       path, "%s: %m", path);
	}
	rc = line_file_read(f, in, path, clean, err);
	fclose(in);
	return rc;
}

void line_file_fini(struct line_file *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->lines[i]);
	free(f->lines);
	free(f->numbers);
	memset(f, 0, sizeof(*f));
}

void line_file_reword(struct err *err, const char *fmt, ...)
{
	char message[sizeof(err->message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	memcpy(err->message, message, sizeof(message));
}
