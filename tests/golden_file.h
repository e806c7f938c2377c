/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Golden files: what a test says of them is compared with what they hold, and written
 * into them when XVS_GOLDEN_UPDATE is set.
 */
#ifndef TESTS_GOLDEN_FILE_H
#define TESTS_GOLDEN_FILE_H

#include <dirent.h>

#include "strbuf.h"
#include "test.h"

/* The file as it should be, of its text; malloc'ed. */
typedef char *(*golden_fn)(const char *text);

static inline char *golden_read(const char *path)
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

static inline void golden_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
}

static inline void golden_show_difference(const char *path, char *want, char *got)
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

static inline bool golden_check_file(const char *path, golden_fn regenerate, bool update)
{
	char *want = golden_read(path), *got = regenerate(want);
	bool same = !strcmp(want, got);

	if (!same && update) {
		golden_write(path, got);
		print_message("%s: updated\n", path);
		same = true;
	} else if (!same) {
		golden_show_difference(path, want, got);
	}
	free(want);
	free(got);
	return same;
}

static inline void golden_check_dir(const char *where, golden_fn regenerate)
{
	bool update = getenv("XVS_GOLDEN_UPDATE") != NULL;
	DIR *dir = opendir(where);
	int n_files = 0, n_bad = 0;
	struct dirent *e;

	if (!dir)
		fail_msg("run from the top of the tree: no %s", where);
	while ((e = readdir(dir))) {
		size_t len = strlen(e->d_name);
		char path[512];

		if (len < 4 || strcmp(e->d_name + len - 4, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", where, e->d_name);
		n_files++;
		n_bad += !golden_check_file(path, regenerate, update);
	}
	closedir(dir);
	print_message("%d files\n", n_files);
	assert_int_equal(n_bad, 0);
	assert_true(n_files > 0);
}

#endif /* TESTS_GOLDEN_FILE_H */
