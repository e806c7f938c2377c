// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests and replies as text. What comes in is hostile: any line gives a
 * reply. Fuzzed by tests/fuzz/fuzz_jsonrpc.c.
 */
#include "rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How the reply of a method begins that writes its result as text. */
#define RESULT_BEGIN "{\"result\":"

/* The fields of the error object; absent where there is nothing to say. */
static json_t *error_object(const struct err *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "code", json_string(err_code_name(e->code)));
	/* json_string refuses text that is not UTF-8 (a cut message may be). */
	if (json_object_set_new(o, "message", json_string(e->message)))
		json_object_set_new(o, "message", json_string("failed"));
	if (e->object[0])
		json_object_set_new(o, "object", json_string(e->object));
	if (e->hint[0])
		json_object_set_new(o, "hint", json_string(e->hint));
	if (e->text) {
		json_object_set_new(o, "text", json_string(e->text));
		json_object_set_new(o, "column", json_integer((json_int_t)e->column + 1));
		json_object_set_new(o, "length", json_integer((json_int_t)e->len));
	}
	if (e->line)
		json_object_set_new(o, "line", json_integer(e->line));
	return o;
}

/* Takes over 'value'. */
static char *make_reply(const char *member, json_t *value, size_t *len)
{
	json_t *reply = json_object();
	char *text = NULL;
	size_t n;

	if (json_object_set_new(reply, member, value))
		goto out;
	text = json_dumps(reply, JSON_COMPACT);
	if (!text)
		goto out;
	/* The terminator's place becomes the newline's. */
	n = strlen(text);
	text[n] = '\n';
	*len = n + 1;
out:
	json_decref(reply);
	return text;
}

char *rpc_error_reply(enum xvs_rpc_error code, const char *message, size_t *reply_len)
{
	struct err e;
	char *reply;

	err_init(&e);
	err_set(&e, 0, code, NULL, "%s", message);
	reply = make_reply("error", error_object(&e), reply_len);
	err_fini(&e);
	return reply;
}

static int bad_request(struct err *err, const char *what)
{
	return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "request: %s", what);
}

static int check_args(const json_t *args, struct err *err)
{
	size_t i;
	json_t *v;

	if (args && !json_is_array(args))
		return bad_request(err, "'args' is no array");
	json_array_foreach (args, i, v) {
		if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
			return bad_request(err, "an argument is no string");
	}
	return 0;
}

/* 'known' is " a b c ", so that a name is found with blanks around it. */
static bool is_known_option(const char *known, const char *name)
{
	size_t len = strlen(name);
	const char *p = known;

	if (!known || !len || strchr(name, ' '))
		return false;
	while ((p = strstr(p, name))) {
		if (p > known && p[-1] == ' ' && p[len] == ' ')
			return true;
		p++;
	}
	return false;
}

static int check_options(const struct rpc_method *method, json_t *options, struct err *err)
{
	const char *name;
	json_t *v;

	if (options && !json_is_object(options))
		return bad_request(err, "'options' is no object");
	json_object_foreach (options, name, v) {
		if (!is_known_option(method->options, name))
			return err_set(err, -EINVAL, XVS_RPC_USAGE, name, "%s: unknown option '%s'",
				       method->name, name);
		if (!json_is_true(v) &&
		    (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v)))
			return bad_request(err, "an option is neither a string nor true");
	}
	return 0;
}

int rpc_prepare(const struct rpc_method *(*find)(const char *name), const json_t *request,
		struct rpc_call *call)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	json_t *params = json_object_get(request, "params");
	struct err *err = &call->err;
	int rc;

	if (!json_is_object(request))
		return bad_request(err, "not a JSON object");
	if (!name)
		return bad_request(err, "'method' is missing");
	call->method = find(name);
	if (!call->method) {
		err_set(err, -EINVAL, XVS_RPC_USAGE, name, "unknown method '%s'", name);
		err_hint(err, "is xvsctl of another version than xvsd?");
		return -EINVAL;
	}
	if (params && !json_is_object(params))
		return bad_request(err, "'params' is no object");
	call->params = rpc_params_of(params);
	rc = check_args(call->params.args, err);
	if (!rc)
		rc = check_options(call->method, json_object_get(params, "options"), err);
	if (rc)
		return rc;
	if (call->params.n_args < call->method->min_args)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "%s: an argument is missing",
			       name);
	if (call->params.n_args > call->method->max_args)
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "%s: too many arguments", name);
	return 0;
}

/* The reply of a method that has written text: takes it over. */
static char *finish_text(struct strbuf *text, size_t *len)
{
	char *reply;

	strbuf_add(text, "}\n");
	if (text->failed)
		return NULL;
	reply = text->s;
	*len = text->len;
	strbuf_init(text);
	return reply;
}

static char *reply_of(struct rpc_call *call, size_t *len)
{
	if (call->rc) {
		json_decref(call->result);
		if (call->err.code == XVS_RPC_OK)
			err_set(&call->err, call->rc, XVS_RPC_FAILED, NULL, "%s",
				strerror(-call->rc));
		return make_reply("error", error_object(&call->err), len);
	}
	if (call->text.len > strlen(RESULT_BEGIN))
		return finish_text(&call->text, len);
	return make_reply("result", call->result ? call->result : json_object(), len);
}

char *rpc_handle(const struct rpc_dispatch *d, const char *line, size_t len, size_t *reply_len)
{
	struct rpc_call call = {0};
	json_error_t where;
	json_t *request;
	char *reply;

	err_init(&call.err);
	strbuf_init(&call.text);
	strbuf_add(&call.text, RESULT_BEGIN);
	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
	if (request)
		call.rc = rpc_prepare(d->find, request, &call);
	else
		call.rc = err_set(&call.err, -EINVAL, XVS_RPC_USAGE, NULL,
				  "request: not JSON: %s (column %d)", where.text, where.column);
	if (!call.rc)
		d->run(d->aux, &call);
	reply = reply_of(&call, reply_len);
	strbuf_fini(&call.text);
	err_fini(&call.err);
	json_decref(request);
	return reply;
}
