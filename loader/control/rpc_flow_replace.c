// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * flow.stage and flow.replace: all rules of a switch at once.
 *
 * A file of rules may be larger than a request, so it comes in parts: flow.stage
 * adds to what this connection has brought already, flow.replace adds the last
 * part and puts all of it in force. A mistake in any part, or the end of the
 * connection, throws away what was staged; after a mistake flow.replace is
 * refused. Parts are read here, on the main thread, while the datapath thread
 * serves upcalls; it is needed for the last step only, which is done in pieces.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rpc_flow_private.h"
#include "rpc_flow_text.h"

struct stage {
	char sw_name[XVS_NAME_LEN];
	struct model_rules rules;
	/* A part was refused: nothing of what follows may come into force, even if
	 * the client did not wait for the error. */
	bool refused;
};

static void stage_free(void *aux)
{
	struct stage *s = aux;

	model_rules_fini(&s->rules);
	free(s);
}

/* What the connection has staged; it is made when there is nothing. */
static struct stage *stage_get(const struct rpc_env *env, struct rpc_call *call)
{
	struct stage *s = env->keep->free == stage_free ? env->keep->data : NULL;

	if (s)
		return s;
	/* A connection does one thing at a time. */
	rpc_keep_drop(env->keep);
	s = calloc(1, sizeof(*s));
	if (!s) {
		rpc_no_memory(&call->err);
		return NULL;
	}
	strncpy(s->sw_name, rpc_arg(&call->params, 0), sizeof(s->sw_name) - 1);
	env->keep->data = s;
	env->keep->free = stage_free;
	return s;
}

static int stage_check(const struct stage *s, struct rpc_call *call)
{
	if (s->refused)
		return err_set(&call->err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "request: an earlier part of these rules was refused");
	if (strncmp(s->sw_name, rpc_arg(&call->params, 0), sizeof(s->sw_name)))
		return err_set(&call->err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "request: earlier parts of these rules are for switch %s",
			       s->sw_name);
	return 0;
}

/* Rules that come together are not compared with one another. */
static int refuse_check(const char *text, struct err *err)
{
	err_set(err, -EINVAL, XVS_RPC_SYNTAX, NULL,
		"flow: 'check_overlap' has no meaning where all rules are replaced");
	rpc_place_word(err, text, "check_overlap");
	return -EINVAL;
}

static int parse_rule(struct stage *s, const struct port_names *names, const char *text,
		      struct err *err)
{
	struct flow_spec spec;
	int rc = rpc_parse_flow(names, text, FLOW_PARSE_ADD, &spec, err);

	if (rc)
		return rc;
	if (spec.check_overlap)
		rc = refuse_check(text, err);
	else
		rc = model_rules_add(&s->rules, s->sw_name, &spec, err);
	flow_spec_fini(&spec);
	return rc;
}

static int parse_rules(struct stage *s, const struct port_names *names, struct rpc_call *call)
{
	int rc = 0;

	for (size_t i = 1; !rc && i < call->params.n_args; i++)
		rc = parse_rule(s, names, rpc_arg(&call->params, i), &call->err);
	return rc;
}

static int stage_add(const struct rpc_env *env, struct rpc_call *call, struct stage **out)
{
	struct stage *s = stage_get(env, call);
	struct model_names *copy = NULL;
	struct port_names names;
	int rc = s ? rpc_flow_names(env, rpc_arg(&call->params, 0), &copy, &call->err) : -ENOMEM;

	*out = s;
	if (rc)
		return rc;
	model_names_use(copy, &names);
	rc = stage_check(s, call);
	if (!rc)
		rc = parse_rules(s, &names, call);
	model_names_destroy(copy);
	return rc;
}

static int count_result(size_t n, struct rpc_call *call)
{
	call->result = json_pack("{s:o}", "rules", rpc_count(n));
	return call->result ? 0 : rpc_no_memory(&call->err);
}

int rpc_flow_stage(const struct rpc_env *env, struct rpc_call *call)
{
	struct stage *s;
	int rc = stage_add(env, call, &s);

	if (!rc)
		return count_result(s->rules.n, call);
	if (s) {
		model_rules_fini(&s->rules);
		s->refused = true;
	}
	return rc;
}

struct commit {
	const struct rpc_env *env;
	const char *sw_name;
	struct model_replace *replace;
	struct err *err;
	int rc; /* 1: there is more to do */
};

/* On the datapath thread: one piece. */
static void commit_step(void *aux)
{
	struct commit *c = aux;
	struct model_replace *r = c->replace;

	if (!r->sw) {
		r->m = c->env->model;
		r->sw = model_switch(r->m, c->sw_name, c->err);
	}
	c->rc = r->sw ? model_flow_replace_step(r, c->err) : -ENOENT;
}

int rpc_flow_run_replace(const struct rpc_env *env, struct model_replace *r, const char *sw_name,
			 struct err *err)
{
	struct commit c = {.env = env, .sw_name = sw_name, .replace = r, .err = err, .rc = 1};
	int rc = 0;

	while (!rc && c.rc > 0)
		rc = rpc_on_datapath(env, commit_step, &c, err);
	return rc ? rc : c.rc;
}

int rpc_flow_replace(const struct rpc_env *env, struct rpc_call *call)
{
	struct model_replace r = {0};
	struct stage *s;
	int rc = stage_add(env, call, &s);

	if (!rc) {
		r.rules = &s->rules;
		rc = rpc_flow_run_replace(env, &r, s->sw_name, &call->err);
	}
	rpc_keep_drop(env->keep);
	return rc ? rc : count_result(r.n_after, call);
}
