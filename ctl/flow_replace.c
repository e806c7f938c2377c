// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sending a file of rules; see flow_replace.h.
 */
#include "flow_replace.h"

#include <errno.h>
#include <string.h>

#include "flow_file.h"
#include "parts.h"

struct sending {
	const struct line_file *file;
	const char *sw_name;
};

static int begin(void *aux, struct client_request *request, struct err *err)
{
	struct sending *s = aux;

	request->args = json_array();
	if (!json_array_append_new(request->args, json_string(s->sw_name)))
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "'%s': is not UTF-8", s->sw_name);
}

static long add(void *aux, size_t i, struct client_request *request, struct err *err)
{
	const struct line_file *f = ((struct sending *)aux)->file;

	if (!json_array_append_new(request->args, json_string(f->lines[i])))
		return (long)strlen(f->lines[i]);
	return err_set(err, -EINVAL, XVS_RPC_SYNTAX, f->name, "%s:%u: is not UTF-8", f->name,
		       f->numbers[i]);
}

int flow_replace_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct line_file file;
	struct sending s = {.file = &file, .sw_name = c->args[0]};
	struct parts p = {
		.stage = "flow.stage",
		.last = "flow.replace",
		.what = "rules",
		.begin = begin,
		.add = add,
		.aux = &s,
	};
	int rc = line_file_open(&file, c->args[1], flow_file_clean, err);

	if (!rc) {
		p.n = file.n;
		rc = parts_send(c, &p, result, err);
		if (rc)
			flow_file_locate(&file, err);
	}
	line_file_fini(&file);
	return rc;
}
