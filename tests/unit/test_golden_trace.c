// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Golden explanations: each file of tests/golden/trace holds a switch, packets,
 * and, indented below each packet, the steps, megaflow and actions that are
 * expected. `make golden-update` writes what comes out now; the change is then
 * for the reviewer to read.
 */
#include <dirent.h>

#include "strbuf.h"
#include "sw_fixture.h"
#include "test.h"

#define GOLDEN_DIR "tests/golden/trace"

static char *read_whole(const char *path)
{
	FILE *file = fopen(path, "r");
	struct strbuf b;
	char buf[4096];
	size_t n;

	if (!file) {
		print_error("%s: cannot open\n", path);
		fail();
	}
	strbuf_init(&b);
	strbuf_add(&b, "");
	while ((n = fread(buf, 1, sizeof(buf), file)) > 0)
		strbuf_addn(&b, buf, n);
	fclose(file);
	assert_false(b.failed);
	return b.s;
}

static void write_whole(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

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

static void show_difference(const char *path, char *want, char *got)
{
	char *want_line, *got_line;
	int n = 0;

	do {
		want_line = strsep(&want, "\n");
		got_line = strsep(&got, "\n");
		n++;
	} while (want_line && got_line && !strcmp(want_line, got_line));
	print_error("%s:%d:\n-%s\n+%s\n(if that is right: make golden-update)\n", path, n,
		    want_line ? want_line : "", got_line ? got_line : "");
}

static bool check_file(const char *path, bool update)
{
	char *want = read_whole(path), *got = regenerate(want);
	bool same = !strcmp(want, got);

	if (!same && update) {
		write_whole(path, got);
		print_message("%s: updated\n", path);
		same = true;
	} else if (!same) {
		show_difference(path, want, got);
	}
	free(want);
	free(got);
	return same;
}

TEST(golden, traces_are_as_recorded)
{
	bool update = getenv("XVS_GOLDEN_UPDATE") != NULL;
	DIR *dir = opendir(GOLDEN_DIR);
	int n_files = 0, n_bad = 0;
	struct dirent *e;

	if (!dir)
		fail_msg("run from the top of the tree: no %s", GOLDEN_DIR);
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		char path[512];

		if (len < 4 || strcmp(e->d_name + len - 4, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", GOLDEN_DIR, e->d_name);
		n_files++;
		n_bad += !check_file(path, update);
	}
	closedir(dir);
	print_message("%d files\n", n_files);
	assert_int_equal(n_bad, 0);
	assert_true(n_files > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(golden, traces_are_as_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
