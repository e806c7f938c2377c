// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs rows: those written by hand (pipeline_row_table.c) and those made of fields
 * (field_rows.c).
 */
#include "pipeline_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "coverage.h"
#include "field_rows.h"

struct rows_run {
	struct pipeline_run *r;
	struct coverage *cov;
	const char *only;
	struct row_sum *sum;
};

static int add_line(struct pipeline *p, const char *line)
{
	unsigned int bridge = !strncmp(line, "br1:", 4);

	line += bridge ? 4 : 0;
	if (!strncmp(line, "group_id=", 9))
		return pipeline_add_group(p, bridge, line);
	return pipeline_add(p, bridge, line);
}

static int add_lines(struct pipeline *p, const char *lines)
{
	int rc = 0;

	while (*lines && !rc) {
		size_t n = strcspn(lines, "\n");
		char *line = strndup(lines, n);

		rc = line ? add_line(p, line) : -ENOMEM;
		free(line);
		lines += n + (lines[n] == '\n');
	}
	return rc;
}

/* Ports in order of output, for people: "3 4 controller". */
static void outputs_text(const struct effect *e, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < e->n && len + 16 < size; i++) {
		const char *space = len ? " " : "";

		if (e->out[i].port == EFFECT_CONTROLLER)
			len += (size_t)sprintf(text + len, "%scontroller", space);
		else if (e->out[i].port == EFFECT_CT)
			len += (size_t)sprintf(text + len, "%sk", space);
		else
			len += (size_t)sprintf(text + len, "%s%u", space, e->out[i].port);
	}
}

static int compare_numbers(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The same ports, in whatever order: floods have none. */
static bool same_ports(const char *got, const char *want)
{
	int numbers[2][EFFECT_MAX];
	int n[2] = {0, 0};
	const char *text[2] = {got, want};

	for (int i = 0; i < 2; i++) {
		const char *at = text[i];

		while (*at && n[i] < EFFECT_MAX) {
			numbers[i][n[i]++] = *at == 'c'   ? EFFECT_CONTROLLER
					     : *at == 'k' ? EFFECT_CT
							  : atoi(at);
			at += strcspn(at, " ");
			at += *at == ' ';
		}
		qsort(numbers[i], (size_t)n[i], sizeof(int), compare_numbers);
	}
	return n[0] == n[1] && !memcmp(numbers[0], numbers[1], (size_t)n[0] * sizeof(int));
}

static void fail(struct rows_run *run, const struct pipeline_row *row, const struct pipeline *p,
		 struct pipeline_packet *packet, const char *why)
{
	const struct packet_list packets = {.v = &packet, .n = 1};

	run->sum->failed++;
	printf("# row '%s': %s\n", row->name, why);
	pipeline_run_print(run->r, p, &packets);
}

/* What a packet teaches has the next one go elsewhere: 'want' is of the first. */
static int run_sample(struct rows_run *run, const struct pipeline_row *row,
		      const struct pipeline *p, int i, bool first)
{
	static struct pipeline_packet packet;
	bool back = i >= SAMPLES;
	char got[2048], why[4096];
	int rc;

	sample_packet((enum sample)(i % SAMPLES), back, &packet);
	rc = pipeline_run_packet(run->r, &packet);
	if (rc)
		return rc;
	run->sum->packets++;
	run->sum->two_tags += run->r->two_tags;
	pipeline_run_cover(run->r, p, run->cov);
	if (run->r->verdict != RUN_SAME) {
		snprintf(why, sizeof(why), "%s from port %u differs",
			 sample_name((enum sample)(i % SAMPLES)), packet.in_port);
		fail(run, row, p, &packet, why);
		return 1;
	}
	if (!first || !row->want || run->r->scenario != &scenarios[0])
		return 0;
	outputs_text(&run->r->ovs.effect, got, sizeof(got));
	if (same_ports(got, row->want))
		return 0;
	snprintf(why, sizeof(why), "%s goes to '%s', not to '%s'", sample_name(row->sample), got,
		 row->want);
	fail(run, row, p, &packet, why);
	return 1;
}

/* Each sample once as the first packet of the row would be too much: their order
 * is part of the row. The one that is looked at comes first. */
static int run_samples(struct rows_run *run, const struct pipeline_row *row,
		       const struct pipeline *p)
{
	int rc = run_sample(run, row, p, row->sample, true);

	for (int i = 0; i < 2 * SAMPLES && !rc; i++)
		rc = run_sample(run, row, p, i, false);
	return rc < 0 ? rc : 0;
}

static int run_row(struct rows_run *run, const struct pipeline_row *row)
{
	struct pipeline *p;
	int rc;

	if (run->only && !strstr(row->name, run->only))
		return 0;
	rc = pipeline_create_empty(&p);
	if (!rc)
		rc = add_lines(p, row->lines);
	for (int s = 0; s < (row->scenarios ? SCENARIOS : 1) && !rc; s++) {
		rc = pipeline_run_load(run->r, p, &scenarios[s]);
		if (rc == -EINVAL) {
			printf("# row '%s' is refused:\n%s\n", row->name, row->lines);
			run->sum->failed++;
			rc = 0;
			break;
		}
		if (!rc)
			rc = run_samples(run, row, p);
	}
	run->sum->rows++;
	pipeline_destroy(p);
	return rc;
}

struct field_row {
	struct strbuf lines;
	char name[128];
	char want[512];
};

static int run_field_row(struct rows_run *run, struct field_row *fr, enum sample sample)
{
	struct pipeline_row row = {
		.name = fr->name,
		.lines = strbuf_str(&fr->lines),
		.sample = sample,
		.want = fr->want,
	};
	int rc = run_row(run, &row);

	strbuf_fini(&fr->lines);
	return rc;
}

static int run_match(struct rows_run *run, const struct field *f, enum sample sample, bool masked)
{
	struct field_row fr = {.want = "4"};

	snprintf(fr.name, sizeof(fr.name), "match on %s%s, %s", f->name, masked ? ", masked" : "",
		 sample_name(sample));
	strbuf_init(&fr.lines);
	field_row_match(f, sample, masked, &fr.lines);
	return run_field_row(run, &fr, sample);
}

static int run_named(struct rows_run *run, const struct field *f, enum sample sample,
		     const char *name)
{
	struct field_row fr = {.want = "4"};

	snprintf(fr.name, sizeof(fr.name), "match on %s, %s", name, sample_name(sample));
	strbuf_init(&fr.lines);
	field_row_named(f, sample, name, &fr.lines);
	return run_field_row(run, &fr, sample);
}

static int run_actions(struct rows_run *run, const struct field *f, enum sample sample)
{
	struct field_row fr;
	unsigned int n;

	snprintf(fr.name, sizeof(fr.name), "actions on %s, %s", f->name, sample_name(sample));
	strbuf_init(&fr.lines);
	n = field_row_actions(f, sample, &fr.lines);
	fr.want[0] = '\0';
	while (n--)
		strcat(fr.want, "4 ");
	strcat(fr.want, "3");
	return run_field_row(run, &fr, sample);
}

static int run_field(struct rows_run *run, const struct field *f, enum sample sample)
{
	int rc = run_match(run, f, sample, false);
	const char *name;

	if (!rc && f->mask_rule == FIELD_MASK_ANY && strncmp(f->name, "icmp", 4))
		rc = run_match(run, f, sample, true);
	for (unsigned int i = 0; !rc && (name = field_row_name(f, i)); i++)
		rc = run_named(run, f, sample, name);
	return rc ? rc : run_actions(run, f, sample);
}

/* Fields of either version of IP with a packet of each. */
static int run_fields(struct rows_run *run)
{
	int rc = 0;

	for (int id = 0; id < FIELD_N && !rc; id++) {
		const struct field *f = &fields[id];
		enum sample sample;

		if (!field_row_has(f))
			continue;
		sample = field_row_sample(f, (enum sample)0);
		if (sample != SAMPLES)
			rc = run_field(run, f, sample);
		sample = field_row_sample(f, SAMPLE_TCP6);
		if (!rc && sample <= SAMPLE_FIRST6 && f->pre_dl_type == 0xffff)
			rc = run_field(run, f, sample);
	}
	return rc;
}

int pipeline_rows_run(struct pipeline_run *r, struct coverage *cov, const char *only,
		      struct row_sum *sum)
{
	struct rows_run run = {.r = r, .cov = cov, .only = only, .sum = sum};
	int rc = 0;

	for (size_t i = 0; i < n_pipeline_rows && !rc; i++)
		rc = run_row(&run, &pipeline_rows[i]);
	return rc ? rc : run_fields(&run);
}
