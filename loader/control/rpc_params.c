// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the methods of all nouns share: reading parameters, making values, the
 * way to the datapath thread.
 */
#include "rpc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct rpc_params rpc_params_of(const json_t *params)
{
	const json_t *args = json_object_get(params, "args");

	return (struct rpc_params){
		.n_args = json_array_size(args),
		.args = args,
		.options = json_object_get(params, "options"),
		.calls = json_object_get(params, "calls"),
	};
}

const char *rpc_arg(const struct rpc_params *p, size_t i)
{
	return json_string_value(json_array_get(p->args, i));
}

const char *rpc_option(const struct rpc_params *p, const char *name)
{
	const json_t *v = json_object_get(p->options, name);

	return json_is_true(v) ? "" : json_string_value(v);
}

int rpc_option_bool(const struct rpc_params *p, const char *name, bool *value, struct err *err)
{
	const char *text = rpc_option(p, name);

	if (!text)
		return 0;
	if (strcmp(text, "on") && strcmp(text, "off"))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name, "%s=%s: must be on or off", name,
			       text);
	*value = text[1] == 'n';
	return 1;
}

int rpc_option_number(const struct rpc_params *p, const char *name, const long range[2],
		      long *value, struct err *err)
{
	const char *text = rpc_option(p, name);
	char *end;
	long n;

	if (!text)
		return 0;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < range[0] || n > range[1])
		return err_set(err, -EINVAL, XVS_RPC_USAGE, name,
			       "%s=%s: must be a number from %ld to %ld", name, text, range[0],
			       range[1]);
	*value = n;
	return 1;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int rpc_parse_mac(const char *text, unsigned char mac[6], struct err *err)
{
	bool ok = strlen(text) == 17;

	for (int i = 0; ok && i < 6; i++) {
		int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

		ok = high >= 0 && low >= 0 && (i == 5 || text[3 * i + 2] == ':');
		mac[i] = ok ? (unsigned char)(high << 4 | low) : 0;
	}
	if (ok)
		return 0;
	return err_set(err, -EINVAL, XVS_RPC_USAGE, text,
		       "'%s': must be an address such as 00:11:22:33:44:55", text);
}

int rpc_no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, XVS_RPC_FAILED, NULL, "out of memory");
}

json_t *rpc_count(unsigned long long n)
{
	return json_integer(n > LLONG_MAX ? LLONG_MAX : (json_int_t)n);
}

json_t *rpc_take_text(struct strbuf *text)
{
	json_t *value = text->failed ? NULL : json_string(strbuf_str(text));

	strbuf_fini(text);
	return value;
}

json_t *rpc_hex(const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = malloc(2 * n + 1);
	json_t *value;

	if (!text)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	value = json_stringn(text, 2 * n);
	free(text);
	return value;
}

/* Printable ASCII that JSON has no escape for. */
static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~' || *s == '"' || *s == '\\')
			return false;
	return true;
}

void rpc_text_string(struct strbuf *out, const char *s)
{
	json_t *value;
	char *text;

	if (is_plain(s)) {
		strbuf_addc(out, '"');
		strbuf_add(out, s);
		strbuf_addc(out, '"');
		return;
	}
	value = json_string(s);
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text)
		strbuf_add(out, text);
	else
		out->failed = true;
	free(text);
	json_decref(value);
}

int rpc_on_datapath(const struct rpc_env *env, void (*fn)(void *arg), void *arg, struct err *err)
{
	int rc = env->on_datapath(env->aux, fn, arg);

	if (!rc)
		return 0;
	return err_set(err, rc, XVS_RPC_UNREACHABLE, NULL, "daemon: is about to end");
}

void rpc_keep_drop(struct rpc_keep *keep)
{
	if (keep->data)
		keep->free(keep->data);
	*keep = (struct rpc_keep){0};
}
