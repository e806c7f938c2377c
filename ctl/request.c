// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests of command lines; see request.h.
 */
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"

static int not_utf8(struct err *err, const char *word)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "'%s': is not UTF-8", word);
}

static int build_args(const struct cmdline *c, json_t *args, struct err *err)
{
	for (size_t i = 0; i < c->n_args; i++)
		if (json_array_append_new(args, json_string(c->args[i])))
			return not_utf8(err, c->args[i]);
	return 0;
}

/* "--strict" is the option "strict". */
static int build_options(const struct cmdline *c, json_t *options, struct err *err)
{
	for (size_t i = 0; i < c->n_options; i++) {
		const char *name = c->options[i].option->name;
		const char *value = c->options[i].value;

		name += strspn(name, "-");
		if (json_object_set_new(options, name, value ? json_string(value) : json_true()))
			return not_utf8(err, value);
	}
	return 0;
}

int request_build(const struct cmdline *c, struct request *r, struct err *err)
{
	int rc;

	snprintf(r->method, sizeof(r->method), "%s%s%s", c->cmd->object, c->cmd->verb ? "." : "",
		 c->cmd->verb ? c->cmd->verb : "");
	r->args = json_array();
	r->options = json_object();
	rc = build_args(c, r->args, err);
	if (!rc)
		rc = build_options(c, r->options, err);
	if (rc) {
		json_decref(r->args);
		json_decref(r->options);
	}
	return rc;
}

int request_send(const struct cmdline *c, const struct client_request *r, json_t **result,
		 struct err *err)
{
	struct client *client;
	int rc = daemon_connect(c->socket, c->timeout_ms, &client, err);

	if (rc) {
		client_request_fini(r);
		return rc;
	}
	rc = client_call(client, r, result, err);
	client_close(client);
	return rc;
}
