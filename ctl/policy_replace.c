// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sending a file of policy commands, in one request; see policy_replace.h.
 */
#include "policy_replace.h"

#include <errno.h>
#include <string.h>

#include "batch_file.h"
#include "client.h"
#include "flow_file.h"
#include "line_file.h"
#include "request.h"

static int add_lines(const struct line_file *f, json_t *args, struct err *err)
{
	for (size_t i = 0; i < f->n; i++)
		if (json_array_append_new(args, json_string(f->lines[i])))
			return err_set(err, -EINVAL, XVS_RPC_SYNTAX, f->name, "%s:%u: is not UTF-8",
				       f->name, f->numbers[i]);
	return 0;
}

int policy_replace_run(const struct cmdline *c, json_t **result, struct err *err)
{
	struct client_request request = {.method = "policy.replace", .args = json_array()};
	struct line_file file;
	int rc = line_file_open(&file, c->args[1], batch_file_clean, err);

	if (!rc && json_array_append_new(request.args, json_string(c->args[0])))
		rc = err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "'%s': is not UTF-8", c->args[0]);
	if (!rc)
		rc = add_lines(&file, request.args, err);
	if (rc) {
		client_request_fini(&request);
	} else {
		rc = request_send(c, &request, result, err);
		if (rc)
			flow_file_locate(&file, err);
	}
	line_file_fini(&file);
	return rc;
}
