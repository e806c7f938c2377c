// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Golden explanations: each file of tests/golden/trace holds a switch, packets,
 * and, indented below each packet, the steps, megaflow and actions that are
 * expected. `make golden-update` writes what comes out now; the change is then
 * for the reviewer to read.
 */
#include "golden_file.h"
#include "sw_fixture.h"

/* It refers to what the switch has. */
static struct xlate_out xout;

/* Translates as `xvsctl trace` does: nothing is learned. */
static void explain(struct sw_fixture *f, const char *packet, struct strbuf *out)
{
	struct xlate_trace trace = {.names = &f->names};
	struct flow_key key;
	struct xlate_in in = {
		.env = &f->env,
		.sw = f->sw,
		.key = &key,
		.now_ms = 5000,
		.trace = &trace,
	};
	char *result, *line, *rest;

	sw_fixture_packet(f, packet, &key);
	assert_int_equal(xlate(&in, &xout), 0);
	for (size_t i = 0; i < trace.n; i++)
		strbuf_printf(out, "  %s\n", trace.steps[i]);
	result = sw_fixture_result(f, &key, &xout);
	for (line = strtok_r(result, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		strbuf_printf(out, "  %s\n", line);
	free(result);
	xlate_trace_fini(&trace);
}

/* The file as it should be: lines that are not indented stay, what is below a
 * packet is made anew. */
static char *regenerate(const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;
	struct sw_fixture f;
	struct strbuf b;

	assert_non_null(copy);
	sw_fixture_init(&f);
	strbuf_init(&b);
	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "  ", 2))
			continue;
		if (*line || rest)
			strbuf_printf(&b, "%s\n", line);
		if (!strncmp(line, "packet ", 7))
			explain(&f, line + 7, &b);
		else if (*line && *line != '#')
			sw_fixture_line(&f, line);
	}
	assert_false(b.failed);
	xlate_out_fini(&xout);
	sw_fixture_fini(&f);
	free(copy);
	return b.s;
}

TEST(golden, traces_are_as_recorded)
{
	golden_check_dir("tests/golden/trace", regenerate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(golden, traces_are_as_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
