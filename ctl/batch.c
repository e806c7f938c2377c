// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sending a file of commands; see batch.h. It is read twice: all lines are
 * checked before anything is sent, and what is kept of a large file is its text.
 */
#include "batch.h"

#include <errno.h>
#include <string.h>

#include "batch_file.h"
#include "parts.h"
#include "request.h"

/* A line's object beside the words that it has. */
#define CALL_BYTES 64

/* The request of a line; NULL with 'err' filled. */
static json_t *call_of(const char *line, unsigned int number, struct err *err)
{
	struct batch_command b;
	struct request r;
	json_t *call = NULL;
	int rc = batch_command_parse(&b, line, err);

	if (!rc)
		rc = request_build(&b.cmdline, &r, err);
	if (!rc)
		call = json_pack("{s:s, s:{s:o, s:o}, s:i}", "method", r.method, "params", "args",
				 r.args, "options", r.options, "line", (int)number);
	if (!rc && !call)
		err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	batch_command_fini(&b);
	return call;
}

static int begin(void *aux, struct client_request *request, struct err *err)
{
	request->calls = json_array();
	return request->calls ? 0 : err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
}

static long add(void *aux, size_t i, struct client_request *request, struct err *err)
{
	const struct line_file *f = aux;
	/* Lines are counted as they were kept, to be found again. */
	json_t *call = call_of(f->lines[i], (unsigned int)i + 1, err);

	if (!call)
		return -EINVAL;
	if (json_array_append_new(request->calls, call))
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
	return (long)strlen(f->lines[i]) + CALL_BYTES;
}

static int check_lines(const struct line_file *f, struct err *err)
{
	for (size_t i = 0; i < f->n; i++) {
		json_t *call = call_of(f->lines[i], 1, err);

		if (!call) {
			batch_file_locate(f, i, err);
			return -EINVAL;
		}
		json_decref(call);
	}
	return 0;
}

int batch_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct line_file file;
	struct parts p = {
		.stage = "batch.stage",
		.last = "batch",
		.what = "lines",
		.begin = begin,
		.add = add,
		.aux = &file,
	};
	int rc = line_file_open(&file, c->args[0], batch_file_clean, err);

	if (!rc)
		rc = check_lines(&file, err);
	if (!rc) {
		p.n = file.n;
		rc = parts_send(c, &p, result, err);
		if (rc && err->line && err->line <= file.n)
			batch_file_locate(&file, err->line - 1, err);
	}
	line_file_fini(&file);
	return rc;
}
