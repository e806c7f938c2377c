// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * loader/control/session.c: lines out of bytes in pieces of any size, limits,
 * and replies to clients that read slowly.
 */
#include "test.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session.h"

static void feed(struct session *s, const char *text)
{
	assert_int_equal(session_feed(s, text, strlen(text)), 0);
}

static void expect_line(struct session *s, const char *want)
{
	char *line;
	size_t len;

	assert_true(session_next_line(s, &line, &len));
	assert_int_equal(len, strlen(want));
	assert_memory_equal(line, want, len);
}

static void expect_none(struct session *s)
{
	char *line;
	size_t len;

	assert_false(session_has_line(s));
	assert_false(session_next_line(s, &line, &len));
}

TEST(session, lines_come_out_whole)
{
	struct session s;

	session_init(&s, 1000);
	expect_none(&s);
	feed(&s, "ab");
	expect_none(&s);
	feed(&s, "c\nde\n\nf");
	expect_line(&s, "abc");
	expect_line(&s, "de");
	expect_line(&s, "");
	expect_none(&s);
	feed(&s, "\n");
	expect_line(&s, "f");
	expect_none(&s);
	session_fini(&s);
}

/* However the bytes are cut, the lines are the same. */
TEST(session, any_cut_gives_the_same_lines)
{
	uint64_t seed = test_seed(7);

	for (int round = 0; round < 200; round++) {
		char text[400];
		struct session s;
		size_t fed = 0, taken = 0;

		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = test_below(&seed, 6) ? (char)('a' + test_below(&seed, 26)) : '\n';
		session_init(&s, 1000);
		while (fed < sizeof(text)) {
			size_t n = 1 + test_below(&seed, 60);
			char *line;
			size_t len;

			if (n > sizeof(text) - fed)
				n = sizeof(text) - fed;
			assert_int_equal(session_feed(&s, text + fed, n), 0);
			fed += n;
			while (test_below(&seed, 3) && session_next_line(&s, &line, &len)) {
				assert_memory_equal(line, text + taken, len);
				assert_int_equal(text[taken + len], '\n');
				taken += len + 1;
			}
		}
		for (char *line; taken < sizeof(text);) {
			size_t len;

			if (!session_next_line(&s, &line, &len))
				break;
			assert_memory_equal(line, text + taken, len);
			taken += len + 1;
		}
		assert_null(memchr(text + taken, '\n', sizeof(text) - taken));
		session_fini(&s);
	}
}

TEST(session, line_without_an_end_is_refused)
{
	struct session s;
	int rc = 0;
	int n = 0;

	session_init(&s, 1000);
	feed(&s, "short\n");
	expect_line(&s, "short");
	for (; !rc && n < 1000; n++)
		rc = session_feed(&s, "0123456789", 10);
	assert_int_equal(rc, -EMSGSIZE);
	assert_int_equal(n, 101);
	session_fini(&s);
}

TEST(session, longest_line_passes)
{
	char line[1001];
	struct session s;

	session_init(&s, 1000);
	memset(line, 'x', 1000);
	line[1000] = '\0';
	feed(&s, line);
	feed(&s, "\n");
	expect_line(&s, line);
	session_fini(&s);
}

TEST(session, reply_waits_for_a_slow_reader)
{
	size_t size = 4 << 20, got = 0;
	char *reply = malloc(size);
	struct session s;
	int fds[2];
	int turns = 0;

	assert_non_null(reply);
	memset(reply, 'r', size);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	session_init(&s, 1000);
	session_reply(&s, reply, size);
	assert_int_equal(session_write(&s, fds[0]), 0);
	assert_true(session_has_reply(&s));
	while (got < size) {
		char data[65536];
		ssize_t n = recv(fds[1], data, sizeof(data), MSG_DONTWAIT);

		if (n > 0)
			got += (size_t)n;
		else
			turns++;
		assert_int_equal(session_write(&s, fds[0]), 0);
		assert_true(turns < 100000);
	}
	assert_false(session_has_reply(&s));
	session_fini(&s);
	close(fds[0]);
	close(fds[1]);
}

TEST(session, reader_that_is_gone_is_an_error_not_a_signal)
{
	struct session s;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	session_init(&s, 1000);
	session_reply(&s, strdup("reply\n"), 6);
	close(fds[1]);
	assert_int_equal(session_write(&s, fds[0]), -EPIPE);
	session_fini(&s);
	close(fds[0]);
}

TEST(session, end_of_input_is_noted)
{
	struct session s;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	session_init(&s, 1000);
	assert_int_equal(session_read(&s, fds[0]), 0);
	assert_false(s.at_end);
	assert_int_equal(write(fds[1], "x\ny", 3), 3);
	close(fds[1]);
	assert_int_equal(session_read(&s, fds[0]), 0);
	expect_line(&s, "x");
	assert_false(s.at_end);
	assert_int_equal(session_read(&s, fds[0]), 0);
	assert_true(s.at_end);
	expect_none(&s);
	session_fini(&s);
	close(fds[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(session, lines_come_out_whole),
		TEST_ROW(session, any_cut_gives_the_same_lines),
		TEST_ROW(session, line_without_an_end_is_refused),
		TEST_ROW(session, longest_line_passes),
		TEST_ROW(session, reply_waits_for_a_slow_reader),
		TEST_ROW(session, reader_that_is_gone_is_an_error_not_a_signal),
		TEST_ROW(session, end_of_input_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
