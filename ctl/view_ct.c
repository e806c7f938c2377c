// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections for people; see view_ct.h.
 */
#include "view_ct.h"

#include <string.h>

#include "view_private.h"

/* What a translated connection has beside the usual is in columns of its own. */
static const struct column conn_columns[] = {
	{"PROTO", "proto", 0},
	{"STATE", "state", 0},
	{"ZONE", "zone", COLUMN_RIGHT},
	{"SRC", "src", 0},
	{"DST", "dst", 0},
	{"REPLY_SRC", "reply_src", COLUMN_IF_ANY},
	{"REPLY_DST", "reply_dst", COLUMN_IF_ANY},
	{"MARK", "mark", COLUMN_RIGHT | COLUMN_IF_ANY},
	{"RULE", "rule_name", COLUMN_IF_ANY},
	{"ALG", "alg", COLUMN_IF_ANY},
	{"LABEL", "label", COLUMN_IF_ANY | COLUMN_STATS},
	{"FLAGS", "flags", COLUMN_STATS},
	{"AGE_S", "age_s", COLUMN_RIGHT | COLUMN_STATS},
	{"TIMEOUT_S", "timeout_s", COLUMN_RIGHT},
	{0},
};

static const struct column zone_columns[] = {
	{"ZONE", "zone", COLUMN_RIGHT},
	{"CONNECTIONS", "connections", COLUMN_RIGHT},
	{"HALF_OPEN", "half_open", COLUMN_RIGHT},
	{"EXPECTATIONS", "expectations", COLUMN_RIGHT},
	{"MAX", "max", COLUMN_RIGHT},
	{"MAX_HALF_OPEN", "max_half_open", COLUMN_RIGHT},
	{"TIMEOUTS", "timeouts", 0},
	{"WINDOW_CHECK", "window_check", 0},
	{"PICK_UP", "pick_up", 0},
	{0},
};

/* "10.0.0.1:80", "[fc00::1]:80"; ICMP: "10.0.0.1 id 7". */
static json_t *end_of(const json_t *tuple, const char *addr, const char *port)
{
	const char *text = text_of(tuple, addr);
	const json_t *id = json_object_get(tuple, "id");

	if (id)
		return json_sprintf("%s id %lld", text, number_of(tuple, "id"));
	return json_sprintf(strchr(text, ':') ? "[%s]:%lld" : "%s:%lld", text,
			    number_of(tuple, port));
}

/* A member that is not worth a column where it is nothing. */
static void copy_unless_none(json_t *row, const json_t *conn, const char *member)
{
	json_t *value = json_object_get(conn, member);

	if (json_is_integer(value) ? json_integer_value(value) != 0 : json_is_string(value))
		json_object_set(row, member, value);
}

static json_t *row_of(json_t *conn)
{
	const json_t *orig = json_object_get(conn, "orig"), *reply = json_object_get(conn, "reply");
	const char *label = text_of(conn, "label");
	json_t *row = json_pack(
		"{s:O, s:O, s:O, s:O, s:O, s:O}", "proto", json_object_get(conn, "proto"), "state",
		json_object_get(conn, "state"), "zone", json_object_get(conn, "zone"), "flags",
		json_object_get(conn, "flags"), "age_s", json_object_get(conn, "age_s"),
		"timeout_s", json_object_get(conn, "timeout_s"));

	json_object_set_new(row, "src", end_of(orig, "src", "sport"));
	json_object_set_new(row, "dst", end_of(orig, "dst", "dport"));
	if (json_is_string(json_object_get(conn, "nat"))) {
		json_object_set_new(row, "reply_src", end_of(reply, "src", "sport"));
		json_object_set_new(row, "reply_dst", end_of(reply, "dst", "dport"));
	}
	copy_unless_none(row, conn, "mark");
	copy_unless_none(row, conn, "rule_name");
	copy_unless_none(row, conn, "alg");
	if (strlen(label) > 2 && strspn(label + 2, "0") != strlen(label + 2))
		json_object_set_new(row, "label", json_string(label));
	return row;
}

void view_connections(struct strbuf *out, const json_t *result, bool stats)
{
	json_t *rows = json_array(), *conn;
	size_t i;

	json_array_foreach (json_object_get(result, "connections"), i, conn)
		json_array_append_new(rows, row_of(conn));
	output_table(out, conn_columns, rows, stats);
	json_decref(rows);
	if (number_of(result, "shown") < number_of(result, "matched"))
		strbuf_printf(out, "%lld of %lld shown; count=N shows more\n",
			      number_of(result, "shown"), number_of(result, "matched"));
}

static void put_counts(struct strbuf *out, const char *name, json_t *counts)
{
	const char *key, *comma = "";
	struct strbuf b;
	json_t *value;

	strbuf_init(&b);
	json_object_foreach (counts, key, value) {
		strbuf_printf(&b, "%s%s %lld", comma, key, json_integer_value(value));
		comma = ", ";
	}
	output_pair(out, name, "%s", b.len ? strbuf_str(&b) : "none");
	strbuf_fini(&b);
}

void view_ct_stats(struct strbuf *out, const json_t *r)
{
	output_pair(out, "connections", "%lld of %lld", number_of(r, "connections"),
		    number_of(r, "limit"));
	output_pair(out, "half open", "%lld", number_of(r, "half_open"));
	output_pair(out, "expectations", "%lld", number_of(r, "expectations"));
	output_pair(out, "slots", "%lld of %lld in use", number_of(r, "slots_used"),
		    number_of(r, "slots"));
	put_counts(out, "states", json_object_get(r, "states"));
	put_counts(out, "protocols", json_object_get(r, "protocols"));
	output_table(out, zone_columns, json_object_get(r, "zones"), false);
}

void view_ct_timeouts(struct strbuf *out, const json_t *list)
{
	const char *key;
	json_t *policy, *value;
	size_t i;

	json_array_foreach (list, i, policy) {
		output_pair(out, "timeouts", "%s", text_of(policy, "name"));
		json_object_foreach (policy, key, value)
			if (json_is_integer(value))
				output_pair(out, key, "%lld s", json_integer_value(value));
	}
}
