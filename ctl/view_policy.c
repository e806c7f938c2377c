// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The firewall policy for people; see view_policy.h.
 */
#include "view_policy.h"

#include <string.h>
#include <time.h>

#include "view_private.h"

static const struct column rule_columns[] = {
	{"ID", "id", COLUMN_RIGHT},
	{"NAME", "name", COLUMN_IF_ANY},
	{"SECTION", "section", 0},
	{"ACTION", "action", 0},
	{"DIRECTION", "direction", 0},
	{"FROM", "from", 0},
	{"TO", "to", 0},
	{"SERVICE", "service", 0},
	{"APPLIED_TO", "applied_to", COLUMN_IF_ANY},
	{"LOG", "log", 0},
	{"ENABLED", "enabled", 0},
	{"PACKETS", "packets", COLUMN_RIGHT},
	{"BYTES", "bytes", COLUMN_RIGHT},
	{"IDLE_S", "idle_s", COLUMN_RIGHT},
	{0},
};

static const struct column section_columns[] = {
	{"SECTION", "name", 0},
	{"STATEFUL", "stateful", 0},
	{"TCP_STRICT", "tcp_strict", 0},
	{"ON_REMOVE", "on_remove", 0},
	{0},
};

static const struct column group_columns[] = {
	{"GROUP", "name", 0},
	{"PORTS", "ports", COLUMN_IF_ANY},
	{"TAGS", "tags", COLUMN_IF_ANY},
	{"ADDRESSES", "addresses", COLUMN_IF_ANY},
	{"MACS", "macs", COLUMN_IF_ANY},
	{"GROUPS", "groups", COLUMN_IF_ANY},
	{"FQDNS", "fqdns", COLUMN_IF_ANY},
	{0},
};

static const struct column service_columns[] = {
	{"SERVICE", "name", 0},
	{"TERMS", "terms", 0},
	{"BUILTIN", "builtin", 0},
	{0},
};

/* What every line of a policy ends with is kept; control characters are not. */
static void view_text(struct strbuf *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		struct strbuf line;

		strbuf_init(&line);
		strbuf_addn(&line, text, n);
		output_escaped(out, strbuf_str(&line));
		strbuf_fini(&line);
		strbuf_addc(out, '\n');
		text += n + (text[n] == '\n');
	}
}

static void view_rules(struct strbuf *out, const json_t *list, bool stats)
{
	json_t *rule;
	size_t i;

	if (stats) {
		output_table(out, rule_columns, list, stats);
		return;
	}
	json_array_foreach (list, i, rule)
		view_text(out, text_of(rule, "text"));
}

void view_policy(struct strbuf *out, const json_t *policy, bool stats)
{
	const json_t *last = json_object_get(policy, "default");
	const json_t *section;
	json_t *rules;
	size_t i;

	if (!stats) {
		view_text(out, text_of(policy, "text"));
		return;
	}
	rules = json_array();
	json_array_foreach (json_object_get(policy, "sections"), i, section)
		json_array_extend(rules, json_object_get(section, "rules"));
	output_table(out, rule_columns, rules, stats);
	json_decref(rules);
	output_pair(out, "default", "%s, log %s, %lld packets, %lld bytes", text_of(last, "action"),
		    json_is_true(json_object_get(last, "log")) ? "on" : "off",
		    number_of(last, "packets"), number_of(last, "bytes"));
}

void view_policy_objects(struct strbuf *out, const json_t *result, bool stats)
{
	const json_t *first = json_array_get(result, 0);

	if (!json_is_array(result)) {
		if (number_of(result, "rule"))
			strbuf_printf(out, "rule %lld\n", number_of(result, "rule"));
		return;
	}
	if (json_object_get(first, "section"))
		view_rules(out, result, stats);
	else if (json_object_get(first, "terms"))
		output_table(out, service_columns, result, stats);
	else if (json_object_get(first, "fqdns"))
		output_table(out, group_columns, result, stats);
	else if (first)
		output_table(out, section_columns, result, stats);
}

static void view_time(struct strbuf *out, long long time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[32] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%F %T", &tm);
	strbuf_printf(out, "%s.%03lld", text, time_us / 1000 % 1000);
}

void view_policy_log(struct strbuf *out, const json_t *list)
{
	const json_t *record;
	size_t i;

	json_array_foreach (list, i, record) {
		view_time(out, number_of(record, "time_us"));
		strbuf_printf(out, " %s port=", text_of(record, "action"));
		output_escaped(out, text_of(record, "port"));
		strbuf_add(out, " rule=");
		output_escaped(out, text_of(record, "name"));
		strbuf_addc(out, ' ');
		output_escaped(out, text_of(record, "packet"));
		strbuf_addc(out, '\n');
	}
}
