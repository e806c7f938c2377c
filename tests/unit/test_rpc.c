// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/control/rpc.c and rpc_params.c: request lines, good and hostile, and
 * what comes back.
 */
#include "test.h"

#include <errno.h>

#include "rpc.h"

static int echo(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	*result = json_pack("{s:O?, s:O?}", "args", p->args, "options", p->options);
	return 0;
}

static int nothing(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	return 0;
}

static int refuse(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	*result = json_string("must not be seen");
	err_set(err, -EINVAL, XVS_RPC_SYNTAX, "sw0", "flow: bad");
	err_hint(err, "do better");
	err_place(err, rpc_arg(p, 0), 2, 3);
	return -EINVAL;
}

static int refuse_silently(struct model *m, const struct rpc_params *p, json_t **result,
			   struct err *err)
{
	return -ENOSPC;
}

static int settings(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	static const long range[2] = {1, 4094};
	bool on = false;
	long n = 0;
	unsigned char mac[6] = {0};
	int rc = rpc_option_bool(p, "on", &on, err);

	if (rc >= 0)
		rc = rpc_option_number(p, "n", range, &n, err);
	if (rc >= 0 && rpc_option(p, "mac"))
		rc = rpc_parse_mac(rpc_option(p, "mac"), mac, err);
	if (rc < 0)
		return rc;
	*result = json_pack("[b, i, i, i]", (int)on, (int)n, (int)mac[0], (int)mac[5]);
	return 0;
}

/* On the main thread: each argument as a string of a list, written as text. */
static int text(const struct rpc_env *env, struct rpc_call *call)
{
	strbuf_addc(&call->text, '[');
	for (size_t i = 0; i < call->params.n_args; i++) {
		if (i)
			strbuf_addc(&call->text, ',');
		rpc_text_string(&call->text, rpc_arg(&call->params, i));
	}
	strbuf_addc(&call->text, ']');
	return 0;
}

static int text_refused(const struct rpc_env *env, struct rpc_call *call)
{
	strbuf_add(&call->text, "[\"must not be seen\"");
	return err_set(&call->err, -ENOENT, XVS_RPC_NOT_FOUND, "sw9", "no sw9");
}

static int text_nothing(const struct rpc_env *env, struct rpc_call *call)
{
	return 0;
}

static const struct rpc_method methods[] = {
	{.name = "text", .main_fn = text, .max_args = 9},
	{.name = "text_refused", .main_fn = text_refused},
	{.name = "text_nothing", .main_fn = text_nothing},
	{.name = "echo", .fn = echo, .max_args = 3, .options = " tag strict "},
	{.name = "nothing", .fn = nothing},
	{.name = "refuse", .fn = refuse, .min_args = 1, .max_args = 1},
	{.name = "silent", .fn = refuse_silently},
	{.name = "set", .fn = settings, .options = " on n mac "},
};

static const struct rpc_method *find(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (!strcmp(methods[i].name, name))
			return &methods[i];
	return NULL;
}

static void run(void *aux, struct rpc_call *call)
{
	const struct rpc_env env = {0};

	if (call->method->main_fn)
		call->rc = call->method->main_fn(&env, call);
	else
		call->rc = call->method->fn(NULL, &call->params, &call->result, &call->err);
}

static char *handle(const char *line, size_t len, size_t *reply_len)
{
	const struct rpc_dispatch d = {.find = find, .run = run};

	return rpc_handle(&d, line, len, reply_len);
}

static const struct {
	const char *request;
	const char *reply; /* the whole line, or how it begins when it ends with '~' */
} rows[] = {
	{"{\"method\":\"nothing\"}", "{\"result\":{}}"},
	{"{\"method\":\"nothing\",\"params\":{}}", "{\"result\":{}}"},
	{"{\"method\":\"echo\",\"params\":{\"args\":[\"a\",\"b\"],\"options\":{\"tag\":\"5\","
	 "\"strict\":true}}}",
	 "{\"result\":{\"args\":[\"a\",\"b\"],\"options\":{\"tag\":\"5\",\"strict\":true}}}"},
	{"{\"method\":\"refuse\",\"params\":{\"args\":[\"ipp,x\"]}}",
	 "{\"error\":{\"code\":\"syntax\",\"message\":\"flow: bad\",\"object\":\"sw0\",\"hint\":"
	 "\"do better\",\"text\":\"ipp,x\",\"column\":3,\"length\":3}}"},
	{"{\"method\":\"silent\"}",
	 "{\"error\":{\"code\":\"failed\",\"message\":\"No space left on device\"}}"},
	{"{\"method\":\"text\"}", "{\"result\":[]}"},
	{"{\"method\":\"text\",\"params\":{\"args\":[\"a,b\",\"\",\"q\\\"\\\\\\n\\u0001\\u007f\","
	 "\"\xc3\xa4\"]}}",
	 "{\"result\":[\"a,b\",\"\",\"q\\\"\\\\\\n\\u0001\x7f\",\"\xc3\xa4\"]}"},
	{"{\"method\":\"text_refused\"}",
	 "{\"error\":{\"code\":\"not-found\",\"message\":\"no sw9\",\"object\":\"sw9\"}}"},
	{"{\"method\":\"text_nothing\"}", "{\"result\":{}}"},
	{"", "{\"error\":{\"code\":\"usage\",\"message\":\"request: not JSON: ~"},
	{"[", "{\"error\":{\"code\":\"usage\",\"message\":\"request: not JSON: ~"},
	{"[]", "{\"error\":{\"code\":\"usage\",\"message\":\"request: not a JSON object\"}}"},
	{"{}", "{\"error\":{\"code\":\"usage\",\"message\":\"request: 'method' is missing\"}}"},
	{"{\"method\":7}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: 'method' is missing\"}}"},
	{"{\"method\":\"x\",\"method\":\"y\"}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: not JSON: duplicate ~"},
	{"{\"method\":\"gone\"}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"unknown method 'gone'\",~"},
	{"{\"method\":\"echo\",\"params\":[]}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: 'params' is no object\"}}"},
	{"{\"method\":\"echo\",\"params\":{\"args\":\"a\"}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: 'args' is no array\"}}"},
	{"{\"method\":\"echo\",\"params\":{\"args\":[1]}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: an argument is no string\"}}"},
	{"{\"method\":\"echo\",\"params\":{\"args\":[\"a\\u0000b\"]}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: not JSON: ~"},
	{"{\"method\":\"echo\",\"params\":{\"args\":[\"\xff\"]}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: not JSON: ~"},
	{"{\"method\":\"echo\",\"params\":{\"args\":[\"a\",\"b\",\"c\",\"d\"]}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"echo: too many arguments\"}}"},
	{"{\"method\":\"refuse\"}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"refuse: an argument is missing\"}}"},
	{"{\"method\":\"echo\",\"params\":{\"options\":{\"ta\":\"5\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"echo: unknown option 'ta'\",\"object\":"
	 "\"ta\"}}"},
	{"{\"method\":\"echo\",\"params\":{\"options\":{\"tag strict\":\"5\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"echo: unknown option 'tag strict'\",~"},
	{"{\"method\":\"nothing\",\"params\":{\"options\":{\"tag\":\"5\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"nothing: unknown option 'tag'\",~"},
	{"{\"method\":\"echo\",\"params\":{\"options\":{\"tag\":5}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: an option is neither ~"},
	{"{\"method\":\"echo\",\"params\":{\"options\":{\"strict\":false}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"request: an option is neither ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"on\":\"on\",\"n\":\"4094\",\"mac\":"
	 "\"02:00:00:00:00:ff\"}}}",
	 "{\"result\":[true,4094,2,255]}"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"on\":\"off\",\"n\":\"1\"}}}",
	 "{\"result\":[false,1,0,0]}"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"on\":\"yes\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"on=yes: must be on or off\",~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"n\":\"4095\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"n=4095: must be a number from 1 to ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"n\":\"99999999999999999999\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"n=99999999999999999999: must be ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"n\":\"7 \"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"n=7 : must be a number ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"n\":\"\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"n=: must be a number ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"mac\":\"02:00:00:00:00:f\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"'02:00:00:00:00:f': must be ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"mac\":\"02:00:00:00:00:0g\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"'02:00:00:00:00:0g': must be ~"},
	{"{\"method\":\"set\",\"params\":{\"options\":{\"mac\":\" 2: 0: 0: 0: 0: 1\"}}}",
	 "{\"error\":{\"code\":\"usage\",\"message\":\"' 2: 0: 0: 0: 0: 1': must be ~"},
};

TEST(rpc, every_line_has_its_reply)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *want = rows[i].reply;
		size_t n = strlen(want), len = 0;
		char *reply = handle(rows[i].request, strlen(rows[i].request), &len);

		assert_non_null(reply);
		ROW_CHECK(rows[i].request, len && reply[len - 1] == '\n', "no end of line");
		if (want[n - 1] == '~')
			ROW_CHECK(rows[i].request, !strncmp(reply, want, n - 1), "%.*s", (int)len,
				  reply);
		else
			ROW_CHECK(rows[i].request, len == n + 1 && !memcmp(reply, want, n), "%.*s",
				  (int)len, reply);
		free(reply);
	}
}

TEST(rpc, deep_nesting_is_refused)
{
	size_t n = 1 << 20, len;
	char *line = malloc(n), *reply;

	assert_non_null(line);
	memset(line, '[', n);
	reply = handle(line, n, &len);
	assert_non_null(reply);
	assert_memory_equal(reply, "{\"error\":{\"code\":\"usage\"", 23);
	free(reply);
	free(line);
}

TEST(rpc, counters_beyond_json_are_capped)
{
	json_t *v = rpc_count(~0ULL);

	assert_true(json_integer_value(v) == INT64_MAX);
	json_decref(v);
}

TEST(rpc, text_that_is_not_utf8_fails)
{
	struct strbuf b;

	strbuf_init(&b);
	rpc_text_string(&b, "port\xff");
	assert_true(b.failed);
	strbuf_fini(&b);
}

TEST(rpc, error_without_a_request)
{
	size_t len;
	char *reply = rpc_error_reply(XVS_RPC_USAGE, "too long", &len);

	assert_memory_equal(reply, "{\"error\":{\"code\":\"usage\",\"message\":\"too long\"}}\n",
			    len);
	free(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(rpc, every_line_has_its_reply),
		TEST_ROW(rpc, deep_nesting_is_refused),
		TEST_ROW(rpc, counters_beyond_json_are_capped),
		TEST_ROW(rpc, text_that_is_not_utf8_fails),
		TEST_ROW(rpc, error_without_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
