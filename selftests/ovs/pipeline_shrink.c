// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A failing pipeline becomes a small one: packets are left out as long as the last
 * one fares as before, then lines, then actions of the lines that are left.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_run.h"

int packet_list_add(struct packet_list *list, const struct pipeline_packet *packet)
{
	size_t size = offsetof(struct pipeline_packet, frame.data) + packet->frame.len;
	struct pipeline_packet **v = list->v;

	if (list->n == list->allocated) {
		size_t n = list->allocated ? 2 * list->allocated : 64;

		v = reallocarray(v, n, sizeof(*v));
		if (!v)
			return -ENOMEM;
		list->v = v;
		list->allocated = n;
	}
	v[list->n] = malloc(size);
	if (!v[list->n])
		return -ENOMEM;
	memcpy(v[list->n++], packet, size);
	return 0;
}

void packet_list_clear(struct packet_list *list)
{
	while (list->n)
		free(list->v[--list->n]);
	free(list->v);
	*list = (struct packet_list){0};
}

struct shrink {
	struct pipeline_run *r;
	struct pipeline *p;
	struct packet_list *packets;
	enum run_verdict verdict;
};

static bool still(const struct shrink *s)
{
	if (pipeline_run_load(s->r, s->p, s->r->scenario))
		return false;
	for (size_t i = 0; i < s->packets->n; i++)
		if (pipeline_run_packet(s->r, s->packets->v[i]))
			return false;
	return s->r->verdict == s->verdict;
}

/* Packets [from, from + n) are behind all others, beyond the list's end, while it
 * is tried without them. */
static void leave_out_packets(struct shrink *s, size_t from, size_t n)
{
	struct packet_list *list = s->packets;
	struct pipeline_packet *out[64];
	size_t before = list->n;

	if (n > 64 || from + n >= list->n)
		return;
	memcpy(out, list->v + from, n * sizeof(*out));
	memmove(list->v + from, list->v + from + n, (before - from - n) * sizeof(*out));
	list->n -= n;
	if (still(s)) {
		for (size_t i = 0; i < n; i++)
			free(out[i]);
		return;
	}
	memmove(list->v + from + n, list->v + from, (before - from - n) * sizeof(*out));
	memcpy(list->v + from, out, n * sizeof(*out));
	list->n = before;
}

static void shrink_packets(struct shrink *s)
{
	leave_out_packets(s, 0, s->packets->n - 1);
	for (size_t n = 16; n; n /= 4)
		for (size_t i = s->packets->n; i >= n; i -= n)
			leave_out_packets(s, i - n, n);
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

void pipeline_shrink(struct pipeline_run *r, struct pipeline *p, struct packet_list *packets)
{
	struct shrink s = {.r = r, .p = p, .packets = packets, .verdict = r->verdict};

	r->ovs.quiet = true;
	shrink_packets(&s);
	for (size_t n = 64; n; n /= 4)
		for (size_t i = 0; i < p->n_lines; i += n)
			leave_out(&s, i, n);
	for (size_t i = 0; i < p->n_lines; i++)
		if (!p->line[i].off)
			leave_out_actions(&s, &p->line[i]);
	shrink_packets(&s);
	still(&s);
	r->ovs.quiet = false;
}
