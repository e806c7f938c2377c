// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A policy as JSON: all of it, or its sections, rules, groups or services.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "model_policy.h"
#include "rpc_policy_private.h"

static void append_item(void *aux, const char *item)
{
	json_array_append_new(aux, json_string(item));
}

/* What a part of a rule names; null: any. */
static json_t *part_value(const struct policy *p, const struct policy_rule *r,
			  enum policy_part part)
{
	json_t *list = json_array();

	policy_rule_items(p, r, part, append_item, list);
	if (json_array_size(list))
		return list;
	json_decref(list);
	return json_null();
}

static void add_hits(json_t *o, const struct policy_rule *r, __u64 now_ms)
{
	const struct policy_hits *h = r->hits;

	json_object_set_new(o, "packets", rpc_count(h->n_packets));
	json_object_set_new(o, "bytes", rpc_count(h->n_bytes));
	json_object_set_new(o, "idle_s",
			    h->used_ms ? rpc_count((now_ms - h->used_ms) / 1000) : json_null());
}

static json_t *rule_text(const struct policy *p, const struct policy_rule *r)
{
	struct strbuf text;

	strbuf_init(&text);
	policy_format_rule(&text, p, r);
	return rpc_take_text(&text);
}

static json_t *rule_object(const struct policy *p, const struct policy_rule *r, __u64 now_ms)
{
	const struct policy_section *s = policy_section_of(p, r->id);
	json_t *o = json_pack("{s:o, s:s, s:s, s:s, s:s, s:b, s:b}", "id", rpc_count(r->id), "name",
			      r->name, "section", s->name, "action", policy_action_name(r->action),
			      "direction", policy_direction_name(r->direction), "log", r->log,
			      "enabled", r->enabled);

	if (!o)
		return NULL;
	json_object_set_new(o, "from", part_value(p, r, POLICY_FROM));
	json_object_set_new(o, "to", part_value(p, r, POLICY_TO));
	json_object_set_new(o, "service", part_value(p, r, POLICY_SERVICES));
	json_object_set_new(o, "applied_to", part_value(p, r, POLICY_APPLIED_TO));
	add_hits(o, r, now_ms);
	json_object_set_new(o, "text", rule_text(p, r));
	return o;
}

static json_t *section_object(const struct policy_section *s)
{
	struct strbuf text;

	strbuf_init(&text);
	policy_format_section(&text, s);
	return json_pack("{s:s, s:b, s:b, s:s, s:o}", "name", s->name, "stateful", s->stateful,
			 "tcp_strict", s->tcp_strict, "on_remove",
			 s->on_remove == POLICY_END ? "end" : "finish", "text",
			 rpc_take_text(&text));
}

static json_t *default_object(const struct policy *p, __u64 now_ms)
{
	const struct policy_rule *r = policy_find_rule(p, POLICY_RULE_DEFAULT);
	json_t *o = json_pack("{s:s, s:b}", "action", policy_action_name(r->action), "log", r->log);

	if (o)
		add_hits(o, r, now_ms);
	return o;
}

static json_t *rules_of_section(const struct policy *p, size_t i, __u64 now_ms)
{
	json_t *list = json_array();
	size_t n;
	struct policy_rule *const *rules = policy_section_rules(p, i, &n);

	for (size_t k = 0; k < n; k++)
		json_array_append_new(list, rule_object(p, rules[k], now_ms));
	return list;
}

static json_t *group_object(const struct policy *p, const char *name)
{
	static const char *const keys[] = {"ports", "tags", "addresses", "macs", "groups", "fqdns"};
	json_t *o = json_pack("{s:s}", "name", name);

	for (size_t i = 0; o && i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *list = json_array();

		policy_group_items(p, name, keys[i], append_item, list);
		json_object_set_new(o, keys[i], list);
	}
	return o;
}

static json_t *groups_value(const struct policy *p)
{
	json_t *list = json_array();
	const char *name;

	for (size_t i = 0; (name = policy_group_name(p, i)); i++)
		json_array_append_new(list, group_object(p, name));
	return list;
}

static json_t *services_value(const struct policy *p)
{
	json_t *list = json_array();
	const char *name;
	bool builtin;

	for (size_t i = 0; (name = policy_service_name(p, i, &builtin)); i++) {
		json_t *terms = json_array();

		policy_service_items(p, name, append_item, terms);
		json_array_append_new(list, json_pack("{s:s, s:b, s:o}", "name", name, "builtin",
						      builtin, "terms", terms));
	}
	return list;
}

static json_t *excluded_value(const struct policy *p)
{
	json_t *list = json_array();

	policy_excluded(p, append_item, list);
	return list;
}

static json_t *text_value(const struct policy *p)
{
	struct strbuf text;

	strbuf_init(&text);
	strbuf_add(&text, "");
	policy_format(&text, p);
	return rpc_take_text(&text);
}

static json_t *sections_value(const struct policy *p, bool with_rules, __u64 now_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy_n_sections(p); i++) {
		json_t *o = section_object(policy_section_at(p, i));

		if (with_rules && o)
			json_object_set_new(o, "rules", rules_of_section(p, i, now_ms));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *rules_value(const struct policy *p, __u64 now_ms)
{
	json_t *list = json_array();

	for (size_t i = 0; i < policy_n_sections(p); i++) {
		json_t *more = rules_of_section(p, i, now_ms);

		json_array_extend(list, more);
		json_decref(more);
	}
	return list;
}

int rpc_policy_show(struct model *m, const struct rpc_params *p, json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 0), err);
	__u64 now_ms = model_now_ms(m);
	struct policy *policy;

	if (!sw)
		return -ENOENT;
	policy = model_policy_get(m, sw);
	if (!policy)
		return rpc_no_memory(err);
	*result = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "switch", sw->name, "zone",
			    sw->policy_zone ? rpc_count(sw->policy_zone) : json_null(), "sections",
			    sections_value(policy, true, now_ms), "default",
			    default_object(policy, now_ms), "excluded", excluded_value(policy),
			    "groups", groups_value(policy), "text", text_value(policy));
	policy_put(policy);
	return *result ? 0 : rpc_no_memory(err);
}

/* Only the one of that name, or number. */
static int select_one(json_t *list, const char *object, const char *name, struct err *err)
{
	for (size_t i = json_array_size(list); i--;) {
		const json_t *o = json_array_get(list, i);
		const char *its = json_string_value(json_object_get(o, "name"));
		json_int_t id = json_integer_value(json_object_get(o, "id"));

		if (strcmp(its ? its : "", name) != 0 && (!id || id != strtoll(name, NULL, 10)))
			json_array_remove(list, i);
	}
	if (json_array_size(list))
		return 0;
	return err_set(err, -ENOENT, XVS_RPC_NOT_FOUND, name, "policy: no %s '%s'", object, name);
}

static json_t *list_of(const struct policy *p, const char *object, __u64 now_ms)
{
	if (!strcmp(object, "section"))
		return sections_value(p, false, now_ms);
	if (!strcmp(object, "rule"))
		return rules_value(p, now_ms);
	return !strcmp(object, "group") ? groups_value(p) : services_value(p);
}

int rpc_policy_show_object(struct model *m, const char *object, const struct rpc_params *p,
			   json_t **result, struct err *err)
{
	struct sw *sw = model_switch(m, rpc_arg(p, 1), err);
	struct policy *policy;
	json_t *list;
	int rc = 0;

	if (!sw)
		return -ENOENT;
	policy = model_policy_get(m, sw);
	if (!policy)
		return rpc_no_memory(err);
	list = list_of(policy, object, model_now_ms(m));
	policy_put(policy);
	if (rpc_arg(p, 2))
		rc = select_one(list, object, rpc_arg(p, 2), err);
	if (rc)
		json_decref(list);
	else
		*result = list;
	return rc;
}
