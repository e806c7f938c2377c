// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/util/log.c, with standard error turned into a pipe.
 */
#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include "log.h"

static int saved_stderr;
static int reader;

static int redirect(void **state)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	reader = fds[0];
	return 0;
}

static int restore(void **state)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(reader);
	log_set_level(LOG_LVL_INFO);
	return 0;
}

static const char *lines(void)
{
	static char text[65536];
	ssize_t n = read(reader, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

TEST(log, line_has_time_level_and_module)
{
	int year, month, day, h, m, s, ms, end = 0;
	const char *text;

	log_warn("port", "eth%d: gone", 1);
	text = lines();
	assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d%n", &year, &month, &day, &h, &m,
				&s, &ms, &end),
			 7);
	assert_string_equal(text + end, " warn port: eth1: gone\n");
}

TEST(log, level_limits)
{
	log_debug("m", "not shown");
	assert_string_equal(lines(), "");
	log_set_level(LOG_LVL_DEBUG);
	log_debug("m", "shown");
	assert_non_null(strstr(lines(), " debug m: shown\n"));
	log_set_level(LOG_LVL_ERR);
	log_warn("m", "not shown");
	assert_string_equal(lines(), "");
	log_err("m", "shown");
	assert_non_null(strstr(lines(), " err m: shown\n"));
}

TEST(log, control_characters_cannot_make_lines)
{
	const char *text;

	log_err("m", "a\nb\033[2J");
	text = lines();
	assert_int_equal(count(text, '\n'), 1);
	assert_non_null(strstr(text, "m: a?b?[2J\n"));
}

TEST(log, long_line_is_cut_and_ended)
{
	static char longer[10000];
	const char *text;

	memset(longer, 'x', sizeof(longer) - 1);
	log_err("m", "%s", longer);
	text = lines();
	assert_true(strlen(text) < 2100 && strlen(text) > 1900);
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_int_equal(count(text, '\n'), 1);
}

TEST(log, burst_is_limited_and_the_rest_counted)
{
	struct log_limit limit = {0};
	int shown = 0;

	for (int i = 0; i < 1000; i++)
		shown += log_limit_ok(&limit, 5);
	/* A second may have ended meanwhile. */
	assert_in_range(shown, 5, 10);
	assert_int_equal(limit.n <= 5 && limit.suppressed > 0, 1);
	limit.second -= 2;
	limit.suppressed = 42;
	assert_true(log_limit_ok(&limit, 5));
	assert_int_equal(limit.suppressed, 0);
	assert_non_null(strstr(lines(), " warn log: 42 lines like the next one left out\n"));
}

#define ROW(name) cmocka_unit_test_setup_teardown(log_##name, redirect, restore)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(line_has_time_level_and_module),        ROW(level_limits),
		ROW(control_characters_cannot_make_lines),  ROW(long_line_is_cut_and_ended),
		ROW(burst_is_limited_and_the_rest_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
