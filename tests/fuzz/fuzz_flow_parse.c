// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes flow text. Any input gives a flow or an error with a place inside the
 * text; a flow that was read prints as text that reads as the same flow.
 *
 * Input: one byte for the kind of flow, then the text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "flow_format.h"
#include "flow_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool cond, const char *what, const char *text)
{
	if (cond)
		return;
	fprintf(stderr, "%s: %s\n", what, text);
	abort();
}

static void check_error(const char *text, const struct parse_error *err)
{
	size_t len = strlen(text);

	expect(*err->message, "an error without a message", text);
	expect(memchr(err->message, '\0', sizeof(err->message)), "unterminated message", text);
	expect(err->len >= 1 && err->column <= len, "an error outside of the text", text);
	expect(err->len == 1 || err->column + err->len <= len, "an error beyond the end", text);
	for (const char *p = err->message; *p; p++)
		expect(*p >= ' ' && *p < 0x7f, "a message that is not plain", text);
}

static void check_rule(const char *text, const struct flow_spec *spec)
{
	struct rule rule = {
		.match = spec->match,
		.priority = spec->priority,
		.table_id = (__u8)spec->table_id,
		.cookie = spec->cookie,
		.actions = spec->actions,
	};
	struct flow_spec again;
	struct parse_error err;
	struct strbuf out;

	strbuf_init(&out);
	rule_format(&out, &rule, &test_names);
	if (flow_parse(strbuf_str(&out), FLOW_PARSE_ADD, &test_names, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(match_equal(&again.match, &spec->match), "another match", strbuf_str(&out));
	expect(ofacts_equal(&again.actions, &spec->actions), "other actions", strbuf_str(&out));
	expect(again.priority == spec->priority && again.table_id == spec->table_id &&
		       again.cookie == spec->cookie,
	       "other attributes", text);
	flow_spec_fini(&again);
	strbuf_fini(&out);
}

static void check_match(const char *text, const struct flow_spec *spec)
{
	struct flow_spec again;
	struct parse_error err;
	struct strbuf out;

	for (int i = 0; i < XVS_KEY_WORDS; i++)
		expect(!(spec->match.key.w[i] & ~spec->match.mask.w[i]), "key beyond mask", text);
	strbuf_init(&out);
	match_format(&out, &spec->match, &test_names);
	if (flow_parse(strbuf_str(&out), FLOW_PARSE_DEL, &test_names, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(match_equal(&again.match, &spec->match), "another match", strbuf_str(&out));
	flow_spec_fini(&again);
	strbuf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parse_error err = {.column = (size_t)-1};
	enum flow_parse_kind kind;
	struct flow_spec spec;
	char *text;

	if (!size)
		return 0;
	kind = (enum flow_parse_kind)(data[0] % (FLOW_PARSE_PACKET + 1));
	text = malloc(size);
	if (!text)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (flow_parse(text, kind, &test_names, &spec, &err)) {
		check_error(text, &err);
	} else {
		check_match(text, &spec);
		if (kind == FLOW_PARSE_ADD)
			check_rule(text, &spec);
		flow_spec_fini(&spec);
	}
	free(text);
	return 0;
}
