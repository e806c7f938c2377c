// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Effects of effect.h.
 */
#include "effect.h"

#include <string.h>

void effect_add(struct effect *e, __u16 port, const struct effect_frame *frame)
{
	struct effect_output *o = &e->out[e->n];

	if (e->n == EFFECT_MAX || frame->len > EFFECT_FRAME_MAX) {
		e->overflow = true;
		return;
	}
	e->n++;
	o->port = port;
	o->len = (__u16)frame->len;
	memcpy(o->frame, frame->data, frame->len);
	memcpy(o->meters, frame->meters, EFFECT_METERS);
}

static bool in_set(__u16 port, __u64 set)
{
	return port < 64 && set >> port & 1;
}

void effect_merge_ports(struct effect *e, __u64 set)
{
	for (size_t i = 0; i < e->n; i++)
		if (in_set(e->out[i].port, set))
			e->out[i].port = (__u16)__builtin_ctzll(set);
}

void effect_remove_ports(struct effect *e, __u64 set)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		if (!in_set(e->out[i].port, set))
			e->out[n++] = e->out[i];
	e->n = n;
}

static bool is_tagged(const struct effect_output *o)
{
	unsigned int type = o->frame[12] << 8 | o->frame[13];

	return o->len > 13 && (type == 0x8100 || type == 0x88a8);
}

void effect_remove_tagged(struct effect *e, __u64 set)
{
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		if (!in_set(e->out[i].port, set) || !is_tagged(&e->out[i]))
			e->out[n++] = e->out[i];
	e->n = n;
}

static bool output_equal(const struct effect_output *a, const struct effect_output *b)
{
	return a->port == b->port && a->len == b->len && !memcmp(a->frame, b->frame, a->len) &&
	       !memcmp(a->meters, b->meters, EFFECT_METERS);
}

/* The place of the next output to 'port' from 'i' on, or e->n. */
static size_t next_to(const struct effect *e, size_t i, __u16 port)
{
	while (i < e->n && e->out[i].port != port)
		i++;
	return i;
}

static bool port_equal(const struct effect *a, const struct effect *b, __u16 port)
{
	size_t i = next_to(a, 0, port), k = next_to(b, 0, port);

	while (i < a->n && k < b->n) {
		if (!output_equal(&a->out[i], &b->out[k]))
			return false;
		i = next_to(a, i + 1, port);
		k = next_to(b, k + 1, port);
	}
	return i == a->n && k == b->n;
}

bool effect_equal(const struct effect *a, const struct effect *b)
{
	if (a->n != b->n || a->overflow || b->overflow)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!port_equal(a, b, a->out[i].port))
			return false;
	return true;
}

static bool take(const struct effect_output *o, const struct effect *from, bool *taken)
{
	for (size_t i = 0; i < from->n; i++)
		if (!taken[i] && output_equal(o, &from->out[i])) {
			taken[i] = true;
			return true;
		}
	return false;
}

bool effect_equal_unordered(const struct effect *a, const struct effect *b)
{
	bool taken[EFFECT_MAX] = {false};

	if (a->n != b->n || a->overflow || b->overflow)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!take(&a->out[i], b, taken))
			return false;
	return true;
}

static void print_output(FILE *f, const struct effect_output *o)
{
	if (o->port == EFFECT_CONTROLLER)
		fprintf(f, "#     controller");
	else if (o->port == EFFECT_CT)
		fprintf(f, "#     ct");
	else
		fprintf(f, "#     port %u", o->port);
	for (unsigned int m = 0; m < EFFECT_METERS; m++)
		for (unsigned int i = 0; i < o->meters[m]; i++)
			fprintf(f, " meter %u", m);
	fputs(": ", f);
	for (unsigned int i = 0; i < o->len; i++)
		fprintf(f, "%02x", o->frame[i]);
	fputc('\n', f);
}

void effect_print_diff(FILE *f, const char *title, const struct effect *e,
		       const struct effect *other)
{
	bool taken[EFFECT_MAX] = {false};
	unsigned int any = 0;

	fprintf(f, "#   %s: %zu outputs%s\n", title, e->n, e->overflow ? " and more" : "");
	for (size_t i = 0; i < e->n; i++) {
		if (take(&e->out[i], other, taken))
			continue;
		if (any++ < 4)
			print_output(f, &e->out[i]);
	}
	for (size_t i = 0; i < e->n && !any && e->n == other->n; i++)
		print_output(f, &e->out[i]);
}
