// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The examples of xvs-flows(7): every flow in a literal block of the page's source
 * is read as the page says, and prints as a flow that reads as itself.
 * selftests/docs/man_examples.sh gives the same lines to a running switch.
 */
#include "flow_rows.h"

#define PAGE "docs/man/xvs-flows.7.rst"

static int page_port_number(void *aux, const char *name, __u16 *port_no)
{
	static const char *const names[] = {"eth1", "vm0", "vm1"};

	for (__u16 i = 0; i < 3; i++) {
		if (!strcmp(names[i], name)) {
			*port_no = (__u16)(i + 1);
			return 0;
		}
	}
	return -ENOENT;
}

static const struct port_names page_names = {.number = page_port_number};

static void expect_flow(const char *line, const char *flow, enum flow_parse_kind kind)
{
	bool wrong = strstr(line, "(exit 2)");
	struct parse_error err = {0};
	struct flow_spec spec, again;
	struct strbuf out;
	int rc = flow_parse(flow, kind, &page_names, &spec, &err);

	ROW_CHECK(line, !rc == !wrong, "'%s' at %zu", err.message, err.column);
	if (rc)
		return;
	if (kind == FLOW_PARSE_ADD) {
		flow_print(&spec, &out);
		rc = flow_parse(strbuf_str(&out), kind, &test_names, &again, &err);
		ROW_CHECK(line, !rc, "'%s' of '%s'", err.message, strbuf_str(&out));
		ROW_CHECK(line,
			  match_equal(&spec.match, &again.match) &&
				  ofacts_equal(&spec.actions, &again.actions),
			  "'%s' is another flow", strbuf_str(&out));
		flow_spec_fini(&again);
		strbuf_fini(&out);
	}
	flow_spec_fini(&spec);
}

/* The flow is what stands in quotes. 1: it was one; 0: a command of another kind. */
static int expect_command(char *line)
{
	static const struct {
		const char *words;
		enum flow_parse_kind kind;
	} kinds[] = {
		{"xvsctl flow add ", FLOW_PARSE_ADD}, {"xvsctl flow mod ", FLOW_PARSE_MOD},
		{"xvsctl flow del ", FLOW_PARSE_DEL}, {"xvsctl flow show ", FLOW_PARSE_SHOW},
		{"xvsctl trace ", FLOW_PARSE_PACKET},
	};
	char *open = strchr(line, '\''), *close = open ? strchr(open + 1, '\'') : NULL;
	char flow[400];

	for (size_t i = 0; close && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(line, kinds[i].words, strlen(kinds[i].words)))
			continue;
		assert_true((size_t)(close - open) < sizeof(flow));
		memcpy(flow, open + 1, (size_t)(close - open - 1));
		flow[close - open - 1] = '\0';
		expect_flow(line, flow, kinds[i].kind);
		return 1;
	}
	return 0;
}

TEST(man_flows, every_example_of_the_page_is_read)
{
	bool block = false, begins = false;
	FILE *page = fopen(PAGE, "r");
	char *line = NULL;
	size_t room = 0;
	int n = 0;

	if (!page)
		fail_msg("%s: %s", PAGE, strerror(errno));
	while (getline(&line, &room, page) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (begins && !strncmp(line, "    ", 4))
			block = true;
		else if (*line && *line != ' ')
			block = false;
		if (*line)
			begins = strlen(line) >= 2 && !strcmp(line + strlen(line) - 2, "::") &&
				 strncmp(line, "..", 2);
		if (!block || !*line)
			continue;
		if (!strncmp(line + 4, "xvsctl ", 7)) {
			n += expect_command(line + 4);
		} else {
			expect_flow(line, line + 4, FLOW_PARSE_ADD);
			n++;
		}
	}
	free(line);
	fclose(page);
	if (n < 25)
		fail_msg("only %d examples", n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(man_flows, every_example_of_the_page_is_read),
	};

	return cmocka_run_group_tests_name("man_flows", tests, NULL, NULL);
}
