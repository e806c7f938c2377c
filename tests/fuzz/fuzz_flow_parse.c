// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fuzzes flow text. Any input gives a flow or an error with a place inside the
 * text; a flow that was read prints as text that reads as the same flow.
 *
 * Input: one byte for the kind of text (a flow of some kind, or the actions of a
 * bucket), then the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "flow_format.h"
#include "flow_names.h"
#include "fuzz_text.h"

#define KIND_BUCKET (FLOW_PARSE_PACKET + 1)
#define KINDS (FLOW_PARSE_PACKET + 2)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void format_spec(const struct flow_spec *spec, struct strbuf *out)
{
	struct flow_spec copy = *spec;
	struct rule *rule;

	strbuf_init(out);
	if (ofacts_copy(&copy.actions, &spec->actions))
		abort();
	rule = flow_spec_rule(&copy, 0);
	if (!rule)
		abort();
	rule_format(out, rule, &test_names);
	rule_put(rule);
}

static void check_rule(const char *text, const struct flow_spec *spec)
{
	struct ofacts_owner owner = {.match = &spec->match, .table_id = spec->table_id};
	struct flow_spec again;
	struct parse_error err;
	struct strbuf out;
	size_t which;

	format_spec(spec, &out);
	if (flow_parse(strbuf_str(&out), FLOW_PARSE_ADD, &test_names, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	if (ofacts_check(&spec->actions, &owner, &which, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(match_equal(&again.match, &spec->match), "another match", strbuf_str(&out));
	expect(ofacts_equal(&again.actions, &spec->actions), "other actions", strbuf_str(&out));
	expect(again.priority == spec->priority && again.table_id == spec->table_id &&
		       again.cookie == spec->cookie &&
		       again.idle_timeout_s == spec->idle_timeout_s &&
		       again.hard_timeout_s == spec->hard_timeout_s,
	       "other attributes", text);
	flow_spec_fini(&again);
	strbuf_fini(&out);
}

/* A bucket's actions know no match, and print without one. */
static void check_bucket(const char *text)
{
	struct ofacts list, again;
	struct parse_error err = {.column = (size_t)-1};
	struct strbuf out;

	if (ofacts_parse(text, 0, NULL, &test_names, &list, &err)) {
		check_error(text, &err);
		return;
	}
	strbuf_init(&out);
	ofacts_format(&out, &list, &test_names);
	if (ofacts_parse(strbuf_str(&out), 0, NULL, &test_names, &again, &err))
		expect(false, err.message, strbuf_str(&out));
	expect(ofacts_equal(&again, &list), "other actions", strbuf_str(&out));
	ofacts_fini(&again);
	ofacts_fini(&list);
	strbuf_fini(&out);
}

static void check_match(const char *text, const struct flow_spec *spec)
{
	struct flow_spec again;
	struct parse_error err;
	struct strbuf out;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
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
	kind = (enum flow_parse_kind)(data[0] % KINDS);
	text = text_of(data, size);
	if (!text)
		return 0;
	if (kind == KIND_BUCKET) {
		check_bucket(text);
	} else if (flow_parse(text, kind, &test_names, &spec, &err)) {
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
