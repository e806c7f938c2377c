// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ctl/words.c and ctl/batch_file.c: lines in words, commands of a batch, and the
 * places of errors in its file.
 */
#include "test.h"

#include "ctl/batch_file.h"

/* Words with '|' between them. */
static void join(const struct words *w, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "|" : "", w->v[i]);
}

static const struct {
	const char *line;
	const char *want;
} word_rows[] = {
	{"", ""},
	{"  \t ", ""},
	{"flow add sw0", "flow|add|sw0"},
	{" flow\tadd  sw0 \r", "flow|add|sw0"},
	{"a # b c", "a"},
	{"a#b c", "a#b|c"},
	{"# a", ""},
	{"'a b' c", "a b|c"},
	{"'a # b'", "a # b"},
	{"x'a b'y", "xa by"},
	{"'' a \"\"", "|a|"},
	{"\"a \\\" \\\\ \\$ \\` \\n '\"", "a \" \\ $ ` \\n '"},
	{"'a\\'", "a\\"},
	{"a\\ b\\'c \\#d", "a b'c|#d"},
	{"a\\", "a\\"},
	{"$HOME `id` *", "$HOME|`id`|*"},
};

TEST(words, are_those_of_a_shell)
{
	for (size_t i = 0; i < sizeof(word_rows) / sizeof(word_rows[0]); i++) {
		struct words w;
		struct err err;
		char got[128];

		err_init(&err);
		assert_int_equal(words_split(&w, word_rows[i].line, &err), 0);
		join(&w, got, sizeof(got));
		ROW_CHECK(word_rows[i].line, !strcmp(got, word_rows[i].want), "got %s", got);
		assert_null(w.v[w.n]);
		words_fini(&w);
	}
}

TEST(words, quote_without_end_is_placed)
{
	static const char *const lines[] = {"ab 'c d", "ab \"c d\\\"", "ab c'"};
	static const size_t columns[] = {3, 3, 4};

	for (size_t i = 0; i < 3; i++) {
		struct words w;
		struct err err;

		err_init(&err);
		assert_int_not_equal(words_split(&w, lines[i], &err), 0);
		ROW_CHECK(lines[i], err.text && err.column == columns[i], "column %zu", err.column);
		words_fini(&w);
		err_fini(&err);
	}
}

/* Every byte of a word is found in the line, whatever quotes are before it. */
TEST(words, places_are_the_lines)
{
	static const char line[] = "x 'ab'\"c\\\"d\"e\\ f g";
	struct words w;
	struct err err;

	err_init(&err);
	assert_int_equal(words_split(&w, line, &err), 0);
	assert_int_equal(w.n, 3);
	assert_string_equal(w.v[1], "abc\"de f");
	for (size_t i = 0; i < w.n; i++)
		for (size_t at = 0; w.v[i][at]; at++)
			assert_int_equal(line[words_place(&w, i, at)], w.v[i][at]);
	/* Behind the last. */
	assert_int_equal(words_place(&w, 2, 99), strlen(line));
	words_fini(&w);
}

TEST(batch_file, commands_that_may_be_in_one)
{
	static const char *const lines[] = {
		"flow add sw0 'priority=1,actions=drop'",
		"flow add sw0 priority=1,actions=drop check_overlap # why",
		"flow del sw0 --strict \"priority=1,ip\"",
		"port set sw0 vm0 tag=10 blocked=on",
		"switch add sw1",
		"fdb add sw0 02:00:00:00:00:01 vm0 vlan=3",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct batch_command b;
		struct err err;

		err_init(&err);
		ROW_CHECK(lines[i], !batch_command_parse(&b, lines[i], &err), "%s", err.message);
		batch_command_fini(&b);
		err_fini(&err);
	}
}

static const struct {
	const char *line;
	const char *message;
	size_t column, len;
} bad_rows[] = {
	{"flwo add sw0 x", "f:7:1: unknown object 'flwo'", 0, 4},
	{"  flow addd sw0 x", "f:7:8: flow: unknown verb 'addd'", 7, 4},
	{"flow add sw0", "f:7:1: flow add: FLOW is missing", 0, 4},
	{"switch add sw1 sw2", "f:7:16: switch add: unexpected argument 'sw2'", 15, 3},
	{"port set sw0 vm0 hok=xdp", "f:7:18: port set: unknown option 'hok'", 17, 7},
	{"port set sw0 vm0 'flood=maybe'", "f:7:19: flood=maybe: unknown value", 18, 11},
	{"attach vm0", "f:7:1: attach: cannot be part of a batch", 0, 6},
	{"batch file", "f:7:1: batch: cannot be part of a batch", 0, 5},
	{"help", "f:7:1: help: cannot be part of a batch", 0, 4},
	{"switch -j add sw1", "f:7:8: -j: is an option of the whole batch", 7, 2},
	{"switch add sw1 -t 3", "f:7:16: -t: is an option of the whole batch", 15, 2},
	{"switch add 'sw1", "f:7:12: the quote that begins here has no end", 11, 1},
};

static struct line_file one_line(const char *line)
{
	static char *lines[1];
	static unsigned int numbers[1] = {7};

	lines[0] = (char *)line;
	return (struct line_file){.name = "f", .lines = lines, .numbers = numbers, .n = 1};
}

TEST(batch_file, mistakes_are_placed)
{
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		const char *line = bad_rows[i].line;
		struct line_file f = one_line(line);
		struct batch_command b;
		struct err err;

		err_init(&err);
		ROW_CHECK(line, batch_command_parse(&b, line, &err), "is accepted");
		batch_command_fini(&b);
		batch_file_locate(&f, 0, &err);
		ROW_CHECK(line, !strcmp(err.message, bad_rows[i].message), "got %s", err.message);
		ROW_CHECK(line, err.text && !strcmp(err.text, line), "no line");
		ROW_CHECK(line, err.column == bad_rows[i].column && err.len == bad_rows[i].len,
			  "at %zu, %zu bytes", err.column, err.len);
		ROW_CHECK(line, err_exit_status(err.code) == 1, "status %d",
			  err_exit_status(err.code));
		err_fini(&err);
	}
}

/* What the daemon says of a flow is about the text that it got. */
TEST(batch_file, error_within_a_quoted_flow_is_placed_in_the_line)
{
	static const char line[] = "flow add sw0 'table=0, ipp actions=drop'";
	struct line_file f = one_line(line);
	struct err err;

	err_init(&err);
	err_set(&err, 0, XVS_RPC_SYNTAX, NULL, "flow: unknown field 'ipp'");
	err_hint(&err, "do so");
	err_place(&err, "table=0, ipp actions=drop", 9, 3);
	batch_file_locate(&f, 0, &err);
	assert_string_equal(err.message, "f:7:24: flow: unknown field 'ipp'");
	assert_string_equal(err.hint, "do so");
	assert_int_equal(err.column, 23);
	assert_int_equal(err.len, 3);
	assert_memory_equal(line + err.column, "ipp", 3);
	assert_int_equal(err.line, 7);
	err_fini(&err);
}

TEST(batch_file, error_about_a_name_points_at_it)
{
	static const char line[] = "port set sw0 eth9 tag=3";
	struct line_file f = one_line(line);
	struct err err;

	err_init(&err);
	err_set(&err, 0, XVS_RPC_NOT_FOUND, "eth9", "port eth9: not a port of switch sw0");
	batch_file_locate(&f, 0, &err);
	assert_string_equal(err.message, "f:7:14: port eth9: not a port of switch sw0");
	assert_int_equal(err.len, 4);
	assert_int_equal(err_exit_status(err.code), 1);
	err_fini(&err);
}

TEST(batch_file, error_about_a_reference_points_at_it)
{
	static const char line[] = "flow add sw0 'ip actions=clone(group:7),drop'";
	struct line_file f = one_line(line);
	struct err err;

	err_init(&err);
	err_set(&err, 0, XVS_RPC_NOT_FOUND, "group 7", "switch sw0: group 7: no such group");
	batch_file_locate(&f, 0, &err);
	assert_string_equal(err.message, "f:7:32: switch sw0: group 7: no such group");
	assert_memory_equal(line + err.column, "group:7", err.len);
	assert_int_equal(err.len, 7);
	err_fini(&err);
}

TEST(batch_file, lines_without_a_command_are_left_out)
{
	static const char text[] = "# head\n\n  switch add sw1  \n   # x\n\t\r\nswitch add sw2";
	FILE *in = fmemopen((char *)text, strlen(text), "r");
	struct line_file f;
	struct err err;

	err_init(&err);
	assert_int_equal(line_file_read(&f, in, "f", batch_file_clean, &err), 0);
	fclose(in);
	assert_int_equal(f.n, 2);
	/* As it is, so that columns are those of the file. */
	assert_string_equal(f.lines[0], "  switch add sw1  ");
	assert_int_equal(f.numbers[0], 3);
	assert_int_equal(f.numbers[1], 6);
	line_file_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(words, are_those_of_a_shell),
		TEST_ROW(words, quote_without_end_is_placed),
		TEST_ROW(words, places_are_the_lines),
		TEST_ROW(batch_file, commands_that_may_be_in_one),
		TEST_ROW(batch_file, mistakes_are_placed),
		TEST_ROW(batch_file, error_within_a_quoted_flow_is_placed_in_the_line),
		TEST_ROW(batch_file, error_about_a_name_points_at_it),
		TEST_ROW(batch_file, error_about_a_reference_points_at_it),
		TEST_ROW(batch_file, lines_without_a_command_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
