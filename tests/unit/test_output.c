// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ctl/output.c and ctl/view.c against the files of tests/golden/cli: each has
 * blocks of
 *
 *   ## WORDS         "port show -s": the command whose view it is, or "error"
 *   JSON             its result; or the error object
 *   ---
 *   expected output
 *
 * and `make golden-update` writes the output anew, for review as a diff.
 */
#include "test.h"

#include <glob.h>

#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/view.h"

#define GOLDEN "tests/golden/cli/*.txt"

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	assert_non_null(f);
	n = getdelim(&text, &size, '\0', f);
	assert_true(n > 0);
	fclose(f);
	return text;
}

static void show_error(struct strbuf *out, const json_t *o)
{
	const char *hint = json_string_value(json_object_get(o, "hint"));
	const char *text = json_string_value(json_object_get(o, "text"));
	struct err e;

	err_init(&e);
	err_set(&e, 0, XVS_RPC_FAILED, NULL, "%s",
		json_string_value(json_object_get(o, "message")));
	if (hint)
		err_hint(&e, "%s", hint);
	if (text)
		err_place(&e, text, (size_t)json_integer_value(json_object_get(o, "column")) - 1,
			  (size_t)json_integer_value(json_object_get(o, "length")));
	output_error(out, &e);
	err_fini(&e);
}

/* "port show -s" -> the view of port show, with statistics. */
static void show(struct strbuf *out, const char *words, const json_t *value)
{
	char object[32] = "", verb[32] = "";
	bool stats = strstr(words, " -s"), json = strstr(words, " -j");
	const struct command *cmd;

	sscanf(words, "%31s %31s", object, verb);
	if (!strcmp(object, "error")) {
		show_error(out, value);
		return;
	}
	cmd = command_find(object, verb);
	assert_non_null(cmd);
	if (json)
		output_json(out, value, strstr(words, " -p"));
	else
		view_result(out, cmd->view, value, stats);
}

/* One block, from behind its "## "; adds it to 'now' with the output of now. */
static void run_block(struct strbuf *now, char *block)
{
	size_t words = strcspn(block, "\n");
	char *json = block + words + 1;
	char *end = strstr(json, "\n---\n");
	json_error_t where;
	json_t *value;

	assert_non_null(end);
	block[words] = '\0';
	*end = '\0';
	value = json_loads(json, JSON_DECODE_ANY, &where);
	ROW_CHECK(block, value, "%s, line %d", where.text, where.line);
	strbuf_printf(now, "## %s\n%s\n---\n", block, json);
	show(now, block, value);
	json_decref(value);
}

static void run_file(const char *path)
{
	char *text = read_file(path), *copy = strdup(text);
	struct strbuf now;
	char *next;
	FILE *f;

	strbuf_init(&now);
	for (char *block = copy; block && *block; block = next) {
		assert_memory_equal(block, "## ", 3);
		next = strstr(block, "\n## ");
		if (next)
			*++next = '\0';
		run_block(&now, block + 3);
		if (next)
			*next = '#';
	}
	if (getenv("XVS_GOLDEN_UPDATE")) {
		f = fopen(path, "we");
		assert_non_null(f);
		fputs(strbuf_str(&now), f);
		fclose(f);
	} else if (strcmp(text, strbuf_str(&now))) {
		print_error("%s: the output is now\n%s", path, strbuf_str(&now));
		fail();
	}
	strbuf_fini(&now);
	free(copy);
	free(text);
}

TEST(output, is_as_in_the_golden_files)
{
	glob_t g;

	assert_int_equal(glob(GOLDEN, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		run_file(g.gl_pathv[i]);
	assert_true(g.gl_pathc >= 4);
	globfree(&g);
}

TEST(output, error_object_has_code_message_and_object)
{
	struct err e;
	json_t *o;

	err_init(&e);
	err_set(&e, 0, XVS_RPC_NOT_FOUND, "eth9", "port eth9: no such device");
	o = output_error_object(&e);
	assert_string_equal(json_string_value(json_object_get(o, "code")), "not-found");
	assert_string_equal(json_string_value(json_object_get(o, "message")),
			    "port eth9: no such device");
	assert_string_equal(json_string_value(json_object_get(o, "object")), "eth9");
	assert_int_equal(json_object_size(o), 3);
	json_decref(o);
	err_set(&e, 0, XVS_RPC_SYNTAX, NULL, "flow: bad");
	err_place(&e, "ipp", 0, 3);
	o = output_error_object(&e);
	assert_true(json_is_null(json_object_get(o, "object")));
	assert_int_equal(json_integer_value(json_object_get(o, "column")), 1);
	json_decref(o);
	err_fini(&e);
}

/* No control character of a device's name or of a flow reaches a terminal. */
TEST(output, every_view_escapes)
{
	static const char *const members[] = {"name",    "match",  "actions", "mac",
					      "port",    "reason", "cookie",  "directory",
					      "version", "switch", "release", "megaflow",
					      "changed"};

	for (const struct command *c = commands; c->object; c++) {
		json_t *row = json_object(), *list;
		struct strbuf out;

		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
			json_object_set_new(row, members[i], json_string("a\033[2J\x7f\n\xc2\x9b"));
		json_object_set_new(row, "steps", json_pack("[s]", "a\033b"));
		list = json_pack("[O]", row);
		strbuf_init(&out);
		view_result(&out, c->view, list, true);
		view_result(&out, c->view, row, true);
		for (const char *p = strbuf_str(&out); *p; p++)
			ROW_CHECK(c->object, (unsigned char)*p >= ' ' || *p == '\n', "0x%02x", *p);
		assert_null(strstr(strbuf_str(&out), "\x7f"));
		assert_null(strstr(strbuf_str(&out), "\xc2\x9b"));
		strbuf_fini(&out);
		json_decref(list);
		json_decref(row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(output, is_as_in_the_golden_files),
		TEST_ROW(output, error_object_has_code_message_and_object),
		TEST_ROW(output, every_view_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
