// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a client may send: bytes in pieces through session.c, lines through
 * rpc.c. Every line has one reply, and that is one line of JSON with a result
 * or an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rpc.h"
#include "session.h"

/* Small, so that the limit is reached. */
#define MAX_LINE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Touches all that a method may touch. */
static int method_any(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	static const long range[2] = {0, 4095};
	unsigned char mac[6];
	bool on;
	long n;

	for (size_t i = 0; i < p->n_args; i++)
		if (!rpc_arg(p, i))
			abort();
	if (rpc_option_bool(p, "on", &on, err) < 0 || rpc_option_number(p, "n", range, &n, err) < 0)
		return -1;
	if (rpc_arg(p, 0) && rpc_parse_mac(rpc_arg(p, 0), mac, err)) {
		err_place(err, rpc_arg(p, 0), 0, 1);
		err_hint(err, "%s", rpc_arg(p, p->n_args - 1));
		return -1;
	}
	*result = json_incref((json_t *)p->args);
	return 0;
}

static const struct rpc_method any = {
	.name = "a", .fn = method_any, .max_args = 8, .options = " on n "};

static const struct rpc_method *find(const char *name)
{
	return name[0] == 'a' ? &any : NULL;
}

static void run(void *aux, struct rpc_call *call)
{
	call->rc = call->method->fn(NULL, &call->params, &call->result, &call->err);
}

static void check_reply(const char *reply, size_t len)
{
	json_t *o;

	if (!reply || len < 2 || memchr(reply, '\n', len) != reply + len - 1)
		abort();
	o = json_loadb(reply, len, 0, NULL);
	if (json_object_size(o) != 1 ||
	    (!json_object_get(o, "result") && !json_object_get(o, "error")))
		abort();
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rpc_dispatch dispatch = {.find = find, .run = run};
	struct session s;
	size_t at = 0;

	session_init(&s, MAX_LINE);
	while (at < size) {
		/* The first byte of each piece is its length. */
		size_t n = data[at++];
		char *line, *reply;
		size_t len, reply_len;

		if (n > size - at)
			n = size - at;
		if (session_feed(&s, (const char *)data + at, n))
			break;
		at += n;
		while (session_next_line(&s, &line, &len)) {
			reply = rpc_handle(&dispatch, line, len, &reply_len);
			check_reply(reply, reply_len);
			free(reply);
		}
	}
	session_fini(&s);
	return 0;
}
