/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rows of flow text for tests: text that is read, with the same flow as it is
 * printed, and text that is refused, with the place and the words of the error.
 */
#ifndef TESTS_FLOW_ROWS_H
#define TESTS_FLOW_ROWS_H

#include "flow_format.h"
#include "flow_names.h"
#include "test.h"

/* The flow as a rule prints it. */
static inline void flow_print(const struct flow_spec *spec, struct strbuf *out)
{
	struct flow_spec copy = *spec;
	struct rule *rule;

	assert_int_equal(ofacts_copy(&copy.actions, &spec->actions), 0);
	rule = flow_spec_rule(&copy, 0);
	assert_non_null(rule);
	strbuf_init(out);
	rule_format(out, rule, &test_names);
	rule_put(rule);
}

struct flow_good_row {
	const char *text;
	const char *want; /* NULL: as written */
};

static inline void flow_good_check(const struct flow_good_row *r)
{
	struct flow_spec spec, again;
	struct parse_error err = {0};
	struct strbuf out;
	int rc = flow_parse(r->text, FLOW_PARSE_ADD, &test_names, &spec, &err);

	ROW_CHECK(r->text, !rc, "'%s' at column %zu", err.message, err.column);
	flow_print(&spec, &out);
	ROW_CHECK(r->text, !strcmp(strbuf_str(&out), r->want ? r->want : r->text), "printed '%s'",
		  strbuf_str(&out));
	rc = flow_parse(strbuf_str(&out), FLOW_PARSE_ADD, &test_names, &again, &err);
	ROW_CHECK(r->text, !rc, "'%s': '%s'", strbuf_str(&out), err.message);
	ROW_CHECK(r->text,
		  match_equal(&spec.match, &again.match) &&
			  ofacts_equal(&spec.actions, &again.actions),
		  "'%s' is another flow", strbuf_str(&out));
	flow_spec_fini(&again);
	strbuf_fini(&out);
	flow_spec_fini(&spec);
}

/* The wrong word stands between braces, the message holds 'words'. Braces at the
 * end of the text stand for what is missing. */
struct flow_bad_row {
	enum flow_parse_kind kind;
	const char *text;
	const char *words;
};
#define BAD(kind, text, words)                 \
	{                                      \
		FLOW_PARSE_##kind, text, words \
	}

static inline void flow_bad_check(const struct flow_bad_row *r)
{
	const char *open = strchr(r->text, '{'), *close = strchr(r->text, '}');
	size_t column = (size_t)(open - r->text), len = (size_t)(close - open - 1), n = 0;
	struct flow_spec spec;
	struct parse_error err = {0};
	char text[400];

	for (const char *p = r->text; *p; p++)
		if (*p != '{' && *p != '}')
			text[n++] = *p;
	text[n] = '\0';
	ROW_CHECK(r->text, flow_parse(text, r->kind, &test_names, &spec, &err) == -EINVAL,
		  "was accepted");
	ROW_CHECK(r->text, strstr(err.message, r->words), "'%s'", err.message);
	ROW_CHECK(r->text, err.column == column, "column %zu, '%s'", err.column, err.message);
	ROW_CHECK(r->text, err.len == (len ? len : 1), "len %zu, '%s'", err.len, err.message);
}

#endif /* TESTS_FLOW_ROWS_H */
