// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The counts of coverage.h, from words of text.
 */
#include "coverage.h"

#include <string.h>

#include "flow_parse.h"

static size_t word_len(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static void count_action(struct coverage *c, const char *word, size_t n)
{
	struct action_doc doc;

	for (size_t i = 0; i < COVERAGE_ACTIONS && action_doc(i, &doc); i++)
		if (word_len(doc.syntax) == n && !strncasecmp(doc.syntax, word, n))
			c->acted[i]++;
}

static void count_field(struct coverage *c, const char *word, size_t n)
{
	static const struct {
		const char *word;
		enum field_id field[2];
	} protocols[] = {
		{"ip", {FIELD_DL_TYPE, FIELD_DL_TYPE}},    {"ipv6", {FIELD_DL_TYPE, FIELD_DL_TYPE}},
		{"arp", {FIELD_DL_TYPE, FIELD_DL_TYPE}},   {"mpls", {FIELD_DL_TYPE, FIELD_DL_TYPE}},
		{"tcp", {FIELD_DL_TYPE, FIELD_NW_PROTO}},  {"udp", {FIELD_DL_TYPE, FIELD_NW_PROTO}},
		{"icmp", {FIELD_DL_TYPE, FIELD_NW_PROTO}},
	};
	const struct field *f = field_by_name(word, n);

	if (f)
		c->matched[f->id]++;
	/* Clauses decide by what is done about them. */
	if (f && f->id == FIELD_CONJ_ID)
		count_action(c, "conjunction", strlen("conjunction"));
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]) && !f; i++)
		if (strlen(protocols[i].word) == n && !strncmp(word, protocols[i].word, n)) {
			c->matched[protocols[i].field[0]]++;
			c->matched[protocols[i].field[1]]++;
		}
}

void coverage_add(struct coverage *c, const char *text)
{
	bool actions = false;

	while (*text) {
		size_t n = word_len(text);

		if (!strncmp(text, "actions=", 8) || !strncmp(text, "bucket=", 7))
			actions = true;
		if (actions)
			count_action(c, text, n);
		else
			count_field(c, text, n);
		text += n ? n : 1;
	}
}

unsigned int coverage_missing(const struct coverage *c, bool (*wanted)(const struct field *f),
			      FILE *f)
{
	struct action_doc doc;
	unsigned int n = 0;

	for (int id = 0; id < FIELD_N; id++)
		if (wanted(&fields[id]) && !c->matched[id]) {
			fprintf(f, "# never matched on: %s\n", fields[id].name);
			n++;
		}
	for (size_t i = 0; i < COVERAGE_ACTIONS && action_doc(i, &doc); i++)
		if (!c->acted[i]) {
			fprintf(f, "# never carried out: %s\n", doc.syntax);
			n++;
		}
	return n;
}
