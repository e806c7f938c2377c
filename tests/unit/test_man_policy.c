// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The examples of xvs-policy(7): each literal block of the page's source, applied to an
 * empty policy, is done as it stands there; and the page has a word on each thing that
 * commands may say.
 */
#include <errno.h>

#include "policy_compile.h"
#include "policy_text.h"
#include "test.h"

#define PAGE "docs/man/xvs-policy.7.rst"

static const char *const said[] = {
	"stateful=",    "tcp-strict=",    "on-remove=",    "before=",         "after=",
	"position=",    "section=",       "id=",           "name=",           "from=",
	"to=",          "service=",       "direction=",    "applied-to=",     "action=",
	"log=",         "enabled=",       "ports=",        "tags=",           "addresses=",
	"macs=",        "groups=",        "fqdns=",        "terms=",          "exclude add",
	"default set",  "port:NAME",      "tag:TAG",       "fqdn:NAME",       "``icmp:3/4``",
	"32,768 rules", "1,024 sections", "65,536 groups", "4,096 addresses",
};

static struct policy *end_block(struct policy *p)
{
	assert_int_equal(policy_compile(p), 0);
	policy_put(p);
	assert_int_equal(policy_create(1, &p), 0);
	return p;
}

TEST(man_policy, every_example_of_the_page_is_done)
{
	bool block = false, begins = false;
	FILE *page = fopen(PAGE, "r");
	char *line = NULL;
	struct policy *p;
	size_t room = 0;
	int n = 0;

	if (!page)
		fail_msg("%s: %s", PAGE, strerror(errno));
	assert_int_equal(policy_create(1, &p), 0);
	while (getline(&line, &room, page) > 0) {
		struct parse_error err = {0};

		line[strcspn(line, "\n")] = '\0';
		if (begins && !strncmp(line, "    ", 4))
			block = true;
		else if (*line && *line != ' ' && block) {
			p = end_block(p);
			block = false;
		}
		if (*line)
			begins = strlen(line) >= 2 && !strcmp(line + strlen(line) - 2, "::") &&
				 strncmp(line, ".. ", 3);
		if (!block || !*line)
			continue;
		ROW_CHECK(line, !policy_apply(p, line + 4, NULL, &err), "%s", err.message);
		n++;
	}
	free(line);
	fclose(page);
	policy_put(p);
	if (n < 30)
		fail_msg("only %d examples", n);
}

TEST(man_policy, the_page_has_a_word_on_everything)
{
	FILE *page = fopen(PAGE, "r");
	struct strbuf text;
	char buf[4096];
	size_t n;

	if (!page)
		fail_msg("%s: %s", PAGE, strerror(errno));
	strbuf_init(&text);
	while ((n = fread(buf, 1, sizeof(buf), page)) > 0)
		strbuf_addn(&text, buf, n);
	fclose(page);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		ROW_CHECK(said[i], strstr(strbuf_str(&text), said[i]), "not in %s", PAGE);
	/* The numbers of the page. */
	assert_int_equal(POLICY_MAX_RULES, 32768);
	assert_int_equal(POLICY_MAX_SECTIONS, 1024);
	assert_int_equal(POLICY_MAX_GROUPS, 65536);
	assert_int_equal(POLICY_MAX_SERVICES, 65536);
	assert_int_equal(POLICY_MAX_LEARNED, 4096);
	strbuf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(man_policy, every_example_of_the_page_is_done),
		TEST_ROW(man_policy, the_page_has_a_word_on_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
