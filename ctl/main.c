// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xvsctl: parses the command line, has the command carried out, prints its
 * result or error, and ends with the exit status of xvs/rpc.h.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "batch.h"
#include "client.h"
#include "cmdline.h"
#include "flow_replace.h"
#include "help.h"
#include "monitor.h"
#include "output.h"
#include "policy_replace.h"
#include "port_exec.h"
#include "request.h"
#include "view.h"
#include "xvs/abi.h"

static int run_rpc(const struct cmdline *c, json_t **result, struct err *err)
{
	struct request r;
	int rc = request_build(c, &r, err);

	if (rc)
		return rc;
	return request_send(
		c,
		&(struct client_request){.method = r.method, .args = r.args, .options = r.options},
		result, err);
}

static int run_command(const struct cmdline *c, json_t **result, struct err *err)
{
	switch (c->cmd->action) {
	case COMMAND_ATTACH:
		return attach_run(c, result, err);
	case COMMAND_DETACH:
		return detach_run(c, result, err);
	case COMMAND_STATUS:
		return status_run(c, result, err);
	case COMMAND_FLOW_REPLACE:
		return flow_replace_run(c, result, err);
	case COMMAND_POLICY_REPLACE:
		return policy_replace_run(c, result, err);
	case COMMAND_BATCH:
		return batch_run(c, result, err);
	case COMMAND_MONITOR:
		return monitor_run(c, err);
	case COMMAND_PORT_EXEC:
		return port_exec_run(c, err);
	case COMMAND_HELP:
		*result = help_json(c->help_object);
		return 0;
	case COMMAND_VERSION:
		*result = json_pack("{s:s}", "version", XVS_VERSION);
		return 0;
	case COMMAND_COMPLETION:
		*result = json_null();
		return 0;
	case COMMAND_RPC:
		break;
	}
	return run_rpc(c, result, err);
}

static void show_result(struct strbuf *out, const struct cmdline *c, const json_t *result)
{
	const json_t *shown = result;

	switch (c->cmd->action) {
	case COMMAND_HELP:
		if (c->help_object)
			help_object(out, c->help_object);
		else
			help_all(out);
		return;
	case COMMAND_VERSION:
		strbuf_printf(out, "xvsctl %s\n", XVS_VERSION);
		return;
	case COMMAND_COMPLETION:
		help_completion(out);
		return;
	case COMMAND_ATTACH:
		shown = json_object_get(result, "ports");
		break;
	default:
		break;
	}
	if (!c->quiet)
		view_result(out, c->cmd->view, shown, c->stats);
}

/* Standard output may be a full disk or a closed pipe. */
static int put(const struct strbuf *b, FILE *to)
{
	if (b->failed || fputs(strbuf_str(b), to) < 0 || fflush(to)) {
		fprintf(stderr, "xvsctl: output: %s\n", strerror(b->failed ? ENOMEM : errno));
		return -EIO;
	}
	return 0;
}

/* An error, and for status what is known all the same. */
static int print_error(const struct cmdline *c, const struct err *err, json_t *result)
{
	struct strbuf out, text;

	strbuf_init(&out);
	strbuf_init(&text);
	if (c->json) {
		json_t *o = result ? json_incref(result) : json_object();

		json_object_set_new(o, "error", output_error_object(err));
		output_json(&out, o, c->pretty);
		json_decref(o);
	} else {
		if (result)
			show_result(&out, c, result);
		output_error(&text, err);
	}
	put(&out, stdout);
	put(&text, stderr);
	strbuf_fini(&out);
	strbuf_fini(&text);
	return err_exit_status(err->code == XVS_RPC_OK ? XVS_RPC_FAILED : err->code);
}

/* The list of ct show is the document; that it is not whole is said beside it. */
static const json_t *document(const struct cmdline *c, const json_t *result)
{
	json_int_t shown, matched;

	if (c->cmd->view != VIEW_CONNECTIONS)
		return result;
	shown = json_integer_value(json_object_get(result, "shown"));
	matched = json_integer_value(json_object_get(result, "matched"));
	if (shown < matched)
		fprintf(stderr, "xvsctl: ct show: %lld of %lld shown; count=N shows more\n",
			(long long)shown, (long long)matched);
	return json_object_get(result, "connections");
}

static int print_result(const struct cmdline *c, const json_t *result)
{
	struct strbuf out;
	int rc;

	strbuf_init(&out);
	if (c->json && c->cmd->action != COMMAND_COMPLETION)
		output_json(&out, document(c, result), c->pretty);
	else
		show_result(&out, c, result);
	rc = put(&out, stdout);
	strbuf_fini(&out);
	return rc ? err_exit_status(XVS_RPC_FAILED) : 0;
}

int main(int argc, char **argv)
{
	json_t *result = NULL;
	struct cmdline c;
	struct err err;
	int status;

	err_init(&err);
	if (cmdline_parse(&c, argc, argv, &err) || run_command(&c, &result, &err))
		status = print_error(&c, &err, result);
	else if (!result)
		status = 0; /* what there was to print has been printed */
	else
		status = print_result(&c, result);
	json_decref(result);
	err_fini(&err);
	cmdline_fini(&c);
	return status;
}
