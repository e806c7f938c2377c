// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files of rules; see flow_file.h. Only lines are split here: what a rule may
 * be, the daemon knows.
 */
#include "flow_file.h"

#include <stdbool.h>
#include <string.h>

#define BLANKS " \t\r\n\v\f"

/* What a listing has and a rule has not. */
static const char *const statistics[] = {
	"duration=", "n_packets=", "n_bytes=", "idle_age=", "hard_age="};

static bool is_statistic(const char *word)
{
	for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++)
		if (!strncmp(word, statistics[i], strlen(statistics[i])))
			return true;
	return false;
}

/* Cuts the statistics out of a line, each with the separators behind it. */
static void cut_statistics(char *line)
{
	char *p = line;

	while (*p) {
		size_t n = strcspn(p, ", \t");

		/* In the actions nothing is a statistic. */
		if (!strncmp(p, "actions=", 8))
			return;
		if (is_statistic(p)) {
			n += strspn(p + n, ", \t");
			memmove(p, p + n, strlen(p + n) + 1);
			continue;
		}
		p += n;
		p += strspn(p, ", \t");
	}
}

char *flow_file_clean(char *line)
{
	size_t n;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	n = strlen(line);
	while (n && strchr(BLANKS, line[n - 1]))
		n--;
	line[n] = '\0';
	cut_statistics(line);
	return line;
}

void flow_file_locate(const struct line_file *f, struct err *err)
{
	if (!err->text)
		return;
	/* The first of equal lines is the one that was found wrong: lines are
	 * checked in order. */
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->lines[i], err->text))
			continue;
		line_file_reword(err, "%s:%u: %s", f->name, f->numbers[i], err->message);
		return;
	}
}
