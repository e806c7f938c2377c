// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ctl/fill_in.c: names in braces, and what only looks like them.
 */
#include "test.h"

#include "ctl/fill_in.h"

static const struct fill_in list[] = {
	{"fds", "5:6"}, {"ifname", "vm3"}, {"brace", "{fds}"}, {"empty", ""}};

static const struct {
	const char *word, *want;
} rows[] = {
	{"", ""},
	{"plain", "plain"},
	{"{fds}", "5:6"},
	{"af-xdp,ifname={ifname},sock-fds={fds}", "af-xdp,ifname=vm3,sock-fds=5:6"},
	{"{fds}{fds}", "5:65:6"},
	{"{brace}", "{fds}"},
	{"a{empty}b", "ab"},
	{"{other}", "{other}"},
	{"{fds", "{fds"},
	{"fds}", "fds}"},
	{"{fdsx}", "{fdsx}"},
	{"{fd}", "{fd}"},
	{"{}", "{}"},
	{"{", "{"},
	{"{{fds}}", "{5:6}"},
	{"${fds}", "$5:6"},
};

TEST(fill_in, replaces_known_names_in_braces_once)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *got = fill_in(rows[i].word, list, sizeof(list) / sizeof(list[0]));

		ROW_CHECK(rows[i].word, got && !strcmp(got, rows[i].want), "%s", got ? got : "-");
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(fill_in, replaces_known_names_in_braces_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
