// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flow.show. The datapath thread lists the rules, with references and the
 * counters of that moment; the text is made here, on the main thread, as it
 * takes ten times as long. A rule that expires meanwhile is held by its reference,
 * and none is changed: only requests do that, and this is the one that runs.
 */
#include <errno.h>
#include <limits.h>

#include "rpc_flow_private.h"
#include "rpc_flow_text.h"

/* What crosses the threads. */
struct naming {
	struct model *model;
	const char *sw_name;
	struct model_names *names;
	struct err *err;
	int rc;
};

/* On the datapath thread. */
static void copy_names(void *aux)
{
	struct naming *n = aux;
	struct sw *sw = model_switch(n->model, n->sw_name, n->err);

	n->names = sw ? model_names_create(sw) : NULL;
	n->rc = sw ? 0 : -ENOENT;
	if (sw && !n->names)
		n->rc = rpc_no_memory(n->err);
}

int rpc_flow_names(const struct rpc_env *env, const char *sw_name, struct model_names **out,
		   struct err *err)
{
	struct naming n = {.model = env->model, .sw_name = sw_name, .err = err};
	int rc = rpc_on_datapath(env, copy_names, &n, err);

	*out = n.names;
	return rc ? rc : n.rc;
}

struct listing {
	const struct rpc_env *env;
	struct rpc_call *call;
	const struct flow_select *filter; /* NULL: all */
	struct model_names *names;
	struct model_rule *rules;
	size_t n;
	int rc;
};

/* On the datapath thread. */
static void list_rules(void *aux)
{
	struct listing *l = aux;
	struct sw *sw = model_switch(l->env->model, rpc_arg(&l->call->params, 0), &l->call->err);

	l->rc = sw ? model_flow_list(l->env->model, sw, l->filter, &l->rules, &l->n, &l->call->err)
		   : -ENOENT;
}

/* On the datapath thread: references are counted there. */
static void free_rules(void *aux)
{
	struct listing *l = aux;

	model_flow_list_free(l->rules, l->n);
}

static int parse_filter(const struct port_names *names, const char *text, struct flow_select *sel,
			struct err *err)
{
	struct flow_spec spec;
	int rc = rpc_parse_flow(names, text, FLOW_PARSE_SHOW, &spec, err);

	if (rc)
		return rc;
	*sel = (struct flow_select){
		.match = spec.match,
		.table_id = spec.table_id,
		.cookie = spec.cookie,
		.cookie_mask = spec.cookie_mask,
		.out_port = spec.out_port,
		.out_group = spec.out_group,
	};
	flow_spec_fini(&spec);
	return 0;
}

/* As rpc_count. */
static unsigned long long shown(__u64 n)
{
	return n > LLONG_MAX ? LLONG_MAX : n;
}

/* 'word' is scratch. */
static void rule_text(struct strbuf *out, struct strbuf *word, const struct model_rule *mr,
		      const struct port_names *names)
{
	const struct rule *rule = mr->rule;
	struct match match;

	strbuf_printf(out, "{\"table\":%u,\"priority\":%u,\"match\":", rule->table_id,
		      rule->priority);
	word->len = 0;
	strbuf_add(word, "");
	rule_match(rule, &match);
	match_format(word, &match, names);
	rpc_text_string(out, strbuf_str(word));
	strbuf_add(out, ",\"actions\":");
	word->len = 0;
	ofacts_format(word, &rule->actions, names);
	rpc_text_string(out, strbuf_str(word));
	/* Text: a cookie has 64 bits, JSON numbers have fewer. */
	strbuf_printf(out,
		      ",\"cookie\":\"0x%llx\",\"idle_timeout\":%u,\"hard_timeout\":%u,"
		      "\"packets\":%llu,\"bytes\":%llu,\"age_s\":%llu,\"idle_s\":%llu}",
		      (unsigned long long)rule->cookie, rule->idle_timeout_s, rule->hard_timeout_s,
		      shown(mr->packets), shown(mr->bytes), shown(mr->age_ms / 1000),
		      shown(mr->idle_ms / 1000));
}

static int list_text(const struct listing *l, const struct port_names *names)
{
	struct strbuf *out = &l->call->text, word;

	strbuf_init(&word);
	strbuf_addc(out, '[');
	for (size_t i = 0; i < l->n && !out->failed; i++) {
		if (i)
			strbuf_addc(out, ',');
		rule_text(out, &word, &l->rules[i], names);
	}
	strbuf_addc(out, ']');
	out->failed |= word.failed;
	strbuf_fini(&word);
	return out->failed ? rpc_no_memory(&l->call->err) : 0;
}

int rpc_flow_show(const struct rpc_env *env, struct rpc_call *call)
{
	struct listing l = {.env = env, .call = call};
	const char *text = rpc_arg(&call->params, 1);
	struct port_names names;
	struct flow_select sel;
	int rc = rpc_flow_names(env, rpc_arg(&call->params, 0), &l.names, &call->err);

	if (rc)
		return rc;
	model_names_use(l.names, &names);
	if (text) {
		rc = parse_filter(&names, text, &sel, &call->err);
		l.filter = &sel;
	}
	if (!rc)
		rc = rpc_on_datapath(env, list_rules, &l, &call->err);
	if (!rc)
		rc = l.rc;
	if (!rc) {
		rc = list_text(&l, &names);
		rpc_on_datapath(env, free_rules, &l, NULL);
	}
	model_names_destroy(l.names);
	return rc;
}
