// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ctl/flow_file.c: lines of a rule file and the place of errors in it; and
 * ctl/spawn.c's search for the reason in a daemon's log.
 */
#include "test.h"

#include "ctl/flow_file.h"
#include "ctl/spawn.h"

static int read_text(struct line_file *f, const char *text, size_t len, struct err *err)
{
	FILE *in = fmemopen((char *)text, len, "r");
	int rc;

	assert_non_null(in);
	rc = line_file_read(f, in, "rules.txt", flow_file_clean, err);
	fclose(in);
	return rc;
}

static const struct {
	const char *line;
	const char *want; /* NULL: not a rule */
} rows[] = {
	{"priority=1,actions=drop", "priority=1,actions=drop"},
	{"  priority=1 actions=drop \t\r", "priority=1 actions=drop"},
	{"# a comment", NULL},
	{"   ", NULL},
	{"actions=drop # because", "actions=drop"},
	{"cookie=0x5, duration=3s, table=0, n_packets=9, n_bytes=99, idle_age=1, priority=2,ip "
	 "actions=output:vm1",
	 "cookie=0x5, table=0, priority=2,ip actions=output:vm1"},
	{"duration=3s, table=0, actions=drop", "table=0, actions=drop"},
	{"n_packets=1,n_bytes=2,actions=drop", "actions=drop"},
	{"n_packets=1", NULL},
	{"in_port=duration=1,actions=drop", "in_port=duration=1,actions=drop"},
	{"table=0 actions=n_packets=1", "table=0 actions=n_packets=1"},
};

TEST(flow_file, lines_become_rules)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct line_file f;
		struct err err;

		err_init(&err);
		assert_int_equal(read_text(&f, rows[i].line, strlen(rows[i].line), &err), 0);
		ROW_CHECK(rows[i].line, f.n == !!rows[i].want, "%zu lines", f.n);
		if (f.n)
			ROW_CHECK(rows[i].line, !strcmp(f.lines[0], rows[i].want), "got %s",
				  f.lines[0]);
		line_file_fini(&f);
	}
}

TEST(flow_file, many_lines_keep_their_numbers)
{
	struct line_file f;
	struct err err;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < 1000; i++)
		fprintf(out, "# %d\npriority=%d,actions=drop\n", i, i);
	fclose(out);
	err_init(&err);
	assert_int_equal(read_text(&f, text, size, &err), 0);
	assert_int_equal(f.n, 1000);
	assert_int_equal(f.numbers[999], 2000);
	assert_string_equal(f.lines[999], "priority=999,actions=drop");
	line_file_fini(&f);
	free(text);
}

TEST(flow_file, null_characters_are_refused)
{
	static const char text[] = "priority=1\nactions=\0drop\n";
	struct line_file f;
	struct err err;

	err_init(&err);
	assert_int_not_equal(read_text(&f, text, sizeof(text) - 1, &err), 0);
	assert_string_equal(err.message, "rules.txt:2: the line has a null character");
	assert_int_equal(err_exit_status(err.code), 2);
	line_file_fini(&f);
	err_fini(&err);
}

TEST(flow_file, error_is_located)
{
	static const char text[] = "# first\nactions=drop\n\n  ipp,actions=drop\n";
	struct line_file f;
	struct err err;

	err_init(&err);
	assert_int_equal(read_text(&f, text, sizeof(text) - 1, &err), 0);
	err_set(&err, 0, XVS_RPC_SYNTAX, NULL, "flow: unknown field 'ipp'");
	err_hint(&err, "do so");
	err_place(&err, "ipp,actions=drop", 0, 3);
	flow_file_locate(&f, &err);
	assert_string_equal(err.message, "rules.txt:4: flow: unknown field 'ipp'");
	assert_string_equal(err.hint, "do so");
	assert_string_equal(err.text, "ipp,actions=drop");
	assert_int_equal(err.len, 3);
	line_file_fini(&f);
	err_fini(&err);
}

TEST(flow_file, other_errors_are_left_alone)
{
	struct line_file f;
	struct err err;

	err_init(&err);
	assert_int_equal(read_text(&f, "actions=drop\n", 13, &err), 0);
	err_set(&err, 0, XVS_RPC_FULL, NULL, "too many rules");
	flow_file_locate(&f, &err);
	assert_string_equal(err.message, "too many rules");
	err_place(&err, "another line", 0, 1);
	flow_file_locate(&f, &err);
	assert_string_equal(err.message, "too many rules");
	line_file_fini(&f);
	err_fini(&err);
}

TEST(spawn, last_error_of_the_log_is_found_with_its_hint)
{
	struct err err;

	err_init(&err);
	assert_true(spawn_find_error("2026-01-01T00:00:00.000 info xvsd: starting\n"
				     "2026-01-01T00:00:00.001 err port: eth1: first\n"
				     "xvsd: kernel 5.10: too old\n"
				     "hint: xvs needs 6.1 or newer\n"
				     "2026-01-01T00:00:00.002 info xvsd: bye\n",
				     &err));
	assert_string_equal(err.message, "kernel 5.10: too old");
	assert_string_equal(err.hint, "xvs needs 6.1 or newer");
	err_fini(&err);
	err_init(&err);
	assert_true(spawn_find_error("2026-01-01T00:00:00.001 err port: eth1: it broke", &err));
	assert_string_equal(err.message, "eth1: it broke");
	err_fini(&err);
	err_init(&err);
	assert_false(spawn_find_error("hint: x\n2026-01-01T00:00:00.001 warn m: y\n", &err));
	assert_false(spawn_find_error("", &err));
	assert_int_equal(err.code, XVS_RPC_OK);
	err_fini(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_file, lines_become_rules),
		TEST_ROW(flow_file, many_lines_keep_their_numbers),
		TEST_ROW(flow_file, null_characters_are_refused),
		TEST_ROW(flow_file, error_is_located),
		TEST_ROW(flow_file, other_errors_are_left_alone),
		TEST_ROW(spawn, last_error_of_the_log_is_found_with_its_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
