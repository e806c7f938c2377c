// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A failing pipeline becomes a small one: lines are left out as long as the packet
 * fares as before, then actions of the lines that are left.
 */
#include <stdlib.h>
#include <string.h>

#include "pipeline_run.h"

struct shrink {
	struct pipeline_run *r;
	struct pipeline *p;
	const struct pipeline_packet *packet;
	enum run_verdict verdict;
};

static bool still(const struct shrink *s)
{
	return !pipeline_run_load(s->r, s->p, s->r->scenario) &&
	       !pipeline_run_packet(s->r, s->packet) && s->r->verdict == s->verdict;
}

static void leave_out(struct shrink *s, size_t from, size_t n)
{
	size_t end = from + n < s->p->n_lines ? from + n : s->p->n_lines;
	bool was[PIPELINE_MAX_LINES], any = false;

	for (size_t i = from; i < end; i++) {
		was[i] = s->p->line[i].off;
		any |= !was[i];
		s->p->line[i].off = true;
	}
	if (!any || still(s))
		return;
	for (size_t i = from; i < end; i++)
		s->p->line[i].off = was[i];
}

/* The end of the action that begins at 'at': a comma outside of parentheses. */
static char *action_end(char *at)
{
	int depth = 0;

	for (; *at && (depth || *at != ','); at++)
		depth += (*at == '(') - (*at == ')');
	return at;
}

/* Every action of a rule or bucket; a list that becomes empty is refused. */
static void leave_out_actions(struct shrink *s, struct pipeline_line *line)
{
	char *at = strstr(line->text, "actions=");

	at = at ? at + strlen("actions=") : NULL;
	while (at && *at) {
		char *end = action_end(at), *whole = strdup(line->text);

		if (!whole)
			return;
		end += *end == ',';
		memmove(at, end, strlen(end) + 1);
		if (still(s)) {
			free(whole);
			continue;
		}
		strcpy(line->text, whole);
		free(whole);
		at = action_end(at);
		at += *at == ',';
	}
}

static bool reproduces(struct shrink *s)
{
	s->verdict = s->r->verdict;
	if (still(s))
		return true;
	/* Alone it is no hit. */
	s->verdict = RUN_OTHER_EFFECT;
	return still(s);
}

bool pipeline_shrink(struct pipeline_run *r, struct pipeline *p,
		     const struct pipeline_packet *packet)
{
	struct shrink s = {.r = r, .p = p, .packet = packet};
	bool ok;

	r->ovs.quiet = true;
	ok = reproduces(&s);
	for (size_t n = 64; n && ok; n /= 4)
		for (size_t i = 0; i < p->n_lines; i += n)
			leave_out(&s, i, n);
	for (size_t i = 0; i < p->n_lines && ok; i++)
		if (!p->line[i].off)
			leave_out_actions(&s, &p->line[i]);
	if (ok)
		still(&s);
	r->ovs.quiet = false;
	return ok;
}
