// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Methods of the firewall policy that change it, and its log. A command is text of
 * loader/flow/policy_text.h without the switch: `policy rule add sw0 web action=allow` has
 * the words "add", "sw0", "web", "action=allow". What is shown is made in
 * rpc_policy_show.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "model_policy.h"
#include "policy_note.h"
#include "rpc.h"
#include "rpc_policy_private.h"

/* "rule add web action=allow": words with blanks in them in quotes. */
static int join(const char *object, const struct rpc_params *p, struct strbuf *line)
{
	strbuf_init(line);
	strbuf_printf(line, "%s %s", object, rpc_arg(p, 0));
	for (size_t i = 2; i < p->n_args; i++)
		strbuf_printf(line, " %s", rpc_arg(p, i));
	return line->failed ? -ENOMEM : 0;
}

static int unknown_verb(const char *object, const char *verb, const char *verbs, struct err *err)
{
	err_set(err, -EINVAL, XVS_RPC_USAGE, verb, "policy %s: unknown verb '%s'", object, verb);
	err_hint(err, "verbs of policy %s: %s", object, verbs);
	return -EINVAL;
}

/* One of "add set del", blanks around them. */
static bool is_verb(const char *verb, const char *verbs)
{
	size_t n = strlen(verb);

	for (const char *at = verbs; n && (at = strstr(at, verb)); at++)
		if ((at == verbs || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

static int change(struct model *m, const char *object, const char *verbs,
		  const struct rpc_params *p, json_t **result, struct err *err)
{
	struct policy_applied applied = {0};
	struct sw *sw = model_switch(m, rpc_arg(p, 1), err);
	struct strbuf line;
	int rc;

	if (!sw)
		return -ENOENT;
	if (!is_verb(rpc_arg(p, 0), verbs))
		return unknown_verb(object, rpc_arg(p, 0), verbs, err);
	rc = join(object, p, &line);
	if (rc)
		rpc_no_memory(err);
	else
		rc = model_policy_apply(m, sw, strbuf_str(&line), &applied, err);
	strbuf_fini(&line);
	if (!rc && applied.rule_id)
		*result = json_pack("{s:o}", "rule", rpc_count(applied.rule_id));
	return rc;
}

static int change_or_show(struct model *m, const char *object, const struct rpc_params *p,
			  json_t **result, struct err *err)
{
	if (strcmp(rpc_arg(p, 0), "show") != 0)
		return change(m, object, "add set del show", p, result, err);
	return rpc_policy_show_object(m, object, p, result, err);
}

static int policy_section(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	return change_or_show(m, "section", p, result, err);
}

static int policy_rule(struct model *m, const struct rpc_params *p, json_t **result,
		       struct err *err)
{
	return change_or_show(m, "rule", p, result, err);
}

static int policy_group(struct model *m, const struct rpc_params *p, json_t **result,
			struct err *err)
{
	return change_or_show(m, "group", p, result, err);
}

static int policy_service(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	return change_or_show(m, "service", p, result, err);
}

static int policy_exclude(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	return change(m, "exclude", "add del", p, result, err);
}

static int policy_default(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	return change(m, "default", "set", p, result, err);
}

static int policy_replace(struct model *m, const struct rpc_params *p, json_t **result,
			  struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	struct model_policy_lines lines = {.n = p->n_args - 1};
	struct policy *policy;
	const char **v;
	int rc;

	if (!sw)
		return -ENOENT;
	v = calloc(lines.n + 1, sizeof(*v));
	if (!v)
		return rpc_no_memory(err);
	for (size_t i = 0; i < lines.n; i++)
		v[i] = rpc_arg(p, i + 1);
	lines.line = v;
	rc = model_policy_replace(m, sw, &lines, err);
	free(v);
	if (rc)
		return rc;
	policy = sw->policy;
	*result = json_pack("{s:o}", "rules", rpc_count(policy_n_rules(policy)));
	return *result ? 0 : rpc_no_memory(err);
}

/* --- the log --- */

/* The rule's name, else its number. */
static json_t *rule_name(const struct sw *sw, __u32 id)
{
	const struct policy_rule *r = sw->policy ? policy_find_rule(sw->policy, id) : NULL;
	struct strbuf text;

	if (id == POLICY_RULE_DEFAULT)
		return json_string("default");
	if (r && r->name[0])
		return json_string(r->name);
	strbuf_init(&text);
	strbuf_printf(&text, "%u", id);
	return rpc_take_text(&text);
}

static json_t *record_object(const struct sw *sw, const struct policy_record *rec)
{
	struct strbuf packet;

	strbuf_init(&packet);
	policy_record_packet(rec, &packet);
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o}", "time_us", rpc_count(rec->time_us),
			 "port", rec->port_name, "rule", rpc_count(rec->rule), "name",
			 rule_name(sw, rec->rule), "action", policy_fate(rec->flags), "packet",
			 rpc_take_text(&packet), "bytes", rpc_count(rec->len));
}

/* The oldest first. */
static int policy_log(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	static const long range[2] = {1, POLICY_LOG_RECORDS};
	const struct policy_log *log = model_policy_log(m);
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	long count = POLICY_LOG_RECORDS;
	__u64 n = policy_log_n(log), from;

	if (!sw)
		return -ENOENT;
	if (rpc_option_number(p, "count", range, &count, err) < 0)
		return -EINVAL;
	for (from = n; count && policy_log_at(log, from - 1); from--)
		count -= !strcmp(policy_log_at(log, from - 1)->sw_name, sw->name);
	*result = json_array();
	for (; from < n; from++) {
		const struct policy_record *rec = policy_log_at(log, from);

		if (!strcmp(rec->sw_name, sw->name) &&
		    json_array_append_new(*result, record_object(sw, rec))) {
			json_decref(*result);
			*result = NULL;
			return rpc_no_memory(err);
		}
	}
	return 0;
}

#define ANY_ARGS (1U << 24)

const struct rpc_method rpc_policy_methods[] = {
	{.name = "policy.show", .fn = rpc_policy_show, .min_args = 1, .max_args = 1},
	{.name = "policy.section", .fn = policy_section, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.rule", .fn = policy_rule, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.group", .fn = policy_group, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.service", .fn = policy_service, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.exclude", .fn = policy_exclude, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.default", .fn = policy_default, .min_args = 2, .max_args = ANY_ARGS},
	{.name = "policy.replace", .fn = policy_replace, .min_args = 1, .max_args = ANY_ARGS},
	{.name = "policy.log", .fn = policy_log, .min_args = 1, .max_args = 1, .options = " count "},
	{0},
};
