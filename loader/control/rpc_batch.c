// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * batch.stage and batch: many changes as one transaction.
 *
 * The changes are requests in their usual form. Rules are read here, on the main
 * thread, as the datapath thread is to be held for as short as can be: what it
 * does in one turn is all changes, one judgement of the cache, one version step
 * (slowpath/model_txn.h). A batch that only adds rules to one switch needs no such
 * turn: it goes the way of flow.replace, in pieces, and is committed at once.
 *
 * A name may be of a port or switch that an earlier line makes, so once there
 * is such a line flow text is read where it is carried out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "model_policy.h"
#include "model_txn.h"
#include "rpc_flow_private.h"

#define MODULE "batch"

#define MAX_LINES XVS_MAX_RULES

struct line {
	unsigned int number; /* the client's */
	const struct rpc_method *method;
	struct target *target; /* of what was read; NULL: 'params' it is */
	struct rule *rule; /* flow.add: made; NULL: not one, or taken over */
	bool check_overlap;
	struct rpc_flow *flow; /* flow.mod, flow.del: read */
	json_t *params; /* a reference */
};

/* A switch that lines are read for. */
struct target {
	struct target *next;
	char sw_name[XVS_NAME_LEN];
	struct model_names *names;
};

struct batch {
	struct line *v;
	size_t n;
	size_t allocated;
	struct target *targets;
	bool renames; /* a line has made a switch or a port */
	/* A part was refused: nothing of what follows may come into force, even if
	 * the client did not wait for the error. */
	bool refused;
};

static void line_free(struct line *l)
{
	rule_put(l->rule);
	if (l->flow)
		rpc_flow_fini(l->flow);
	free(l->flow);
	json_decref(l->params);
}

static void batch_clear(struct batch *b)
{
	struct target *t;

	for (size_t i = 0; i < b->n; i++)
		line_free(&b->v[i]);
	free(b->v);
	while ((t = b->targets)) {
		b->targets = t->next;
		model_names_destroy(t->names);
		free(t);
	}
	*b = (struct batch){.refused = true};
}

static void batch_free(void *data)
{
	batch_clear(data);
	free(data);
}

static struct batch *batch_get(const struct rpc_env *env, struct err *err)
{
	struct batch *b = env->keep->free == batch_free ? env->keep->data : NULL;

	if (b)
		return b;
	/* A connection does one thing at a time. */
	rpc_keep_drop(env->keep);
	b = calloc(1, sizeof(*b));
	if (b)
		*env->keep = (struct rpc_keep){.data = b, .free = batch_free};
	else
		rpc_no_memory(err);
	return b;
}

/* NULL: there is no such switch (yet), or no memory. */
static struct target *target_get(const struct rpc_env *env, struct batch *b, const char *sw_name)
{
	struct model_names *names;
	struct target *t = b->targets;
	struct err ignored;

	while (t && strncmp(t->sw_name, sw_name, sizeof(t->sw_name)))
		t = t->next;
	if (t)
		return t;
	err_init(&ignored);
	if (rpc_flow_names(env, sw_name, &names, &ignored))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t) {
		model_names_destroy(names);
		return NULL;
	}
	strncpy(t->sw_name, sw_name, sizeof(t->sw_name) - 1);
	t->names = names;
	t->next = b->targets;
	b->targets = t;
	return t;
}

/* --- what may be in a batch --- */

struct verb {
	const char *method;
	enum { CALL, RENAMES, FLOW } kind;
	enum rpc_flow_verb flow_verb;
	const char *refused[2]; /* options that cannot be taken back */
};

static const struct verb verbs[] = {
	{"flow.add", FLOW, RPC_FLOW_ADD, {0}},
	{"flow.mod", FLOW, RPC_FLOW_MOD, {0}},
	{"flow.del", FLOW, RPC_FLOW_DEL, {0}},
	{"group.add", CALL, 0, {0}},
	{"group.mod", CALL, 0, {0}},
	{"group.del", CALL, 0, {0}},
	{"meter.add", CALL, 0, {0}},
	{"meter.mod", CALL, 0, {0}},
	{"meter.del", CALL, 0, {0}},
	{"mirror.add", CALL, 0, {0}},
	{"mirror.set", CALL, 0, {0}},
	{"mirror.del", CALL, 0, {0}},
	{"fdb.add", CALL, 0, {0}},
	{"fdb.del", CALL, 0, {0}},
	{"fdb.flush", CALL, 0, {0}},
	{"policy.section", CALL, 0, {0}},
	{"policy.rule", CALL, 0, {0}},
	{"policy.group", CALL, 0, {0}},
	{"policy.service", CALL, 0, {0}},
	{"policy.exclude", CALL, 0, {0}},
	{"policy.default", CALL, 0, {0}},
	{"port.set", CALL, 0, {"hook", "peer"}},
	{"port.add", RENAMES, 0, {0}},
	{"switch.add", RENAMES, 0, {0}},
};

/* Words of a method's name: "port set" of "port.set". */
static void spell(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s", name);
	for (; *out; out++)
		if (*out == '.')
			*out = ' ';
}

static int check_options(const struct rpc_call *call, const struct verb *v, struct err *err)
{
	char name[64];

	for (size_t i = 0; i < 2 && v->refused[i]; i++) {
		if (!rpc_option(&call->params, v->refused[i]))
			continue;
		spell(v->method, name, sizeof(name));
		err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, v->refused[i],
			"%s: %s= cannot be part of a batch", name, v->refused[i]);
		err_hint(err, "it is in force at once: give it as a command of its own");
		return -EOPNOTSUPP;
	}
	return 0;
}

static const struct verb *verb_of(const struct rpc_call *call, struct err *err)
{
	char name[64];

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(verbs[i].method, call->method->name))
			return check_options(call, &verbs[i], err) ? NULL : &verbs[i];
	spell(call->method->name, name, sizeof(name));
	err_set(err, -EOPNOTSUPP, XVS_RPC_UNSUPPORTED, name, "%s: cannot be part of a batch", name);
	err_hint(err, "changes of flows, groups, meters, mirrors, addresses and ports can, and "
		      "'switch add'");
	return NULL;
}

/* --- reading --- */

static int read_flow(struct line *l, const struct rpc_params *p, const struct verb *v,
		     struct err *err)
{
	struct rpc_flow *flow = calloc(1, sizeof(*flow));
	struct port_names names;
	int rc;

	if (!flow)
		return rpc_no_memory(err);
	model_names_use(l->target->names, &names);
	rc = rpc_flow_read(p, v->flow_verb, &names, flow, err);
	if (rc) {
		free(flow);
		return rc;
	}
	l->flow = flow;
	if (v->flow_verb != RPC_FLOW_ADD)
		return 0;
	/* A rule takes less than what was read. */
	l->check_overlap = flow->spec.check_overlap;
	l->rule = flow_spec_rule(&flow->spec, clock_ms());
	rpc_flow_fini(flow);
	free(flow);
	l->flow = NULL;
	return l->rule ? 0 : rpc_no_memory(err);
}

static int read_line(const struct rpc_env *env, struct batch *b, const json_t *request,
		     struct line *l, struct err *err)
{
	struct rpc_call call = {0};
	const struct verb *v;
	int rc;

	err_init(&call.err);
	rc = rpc_prepare(rpc_method_find, request, &call);
	if (rc) {
		*err = call.err;
		return rc;
	}
	l->method = call.method;
	v = verb_of(&call, err);
	if (!v)
		return -EOPNOTSUPP;
	b->renames |= v->kind == RENAMES;
	if (v->kind == FLOW && !b->renames)
		l->target = target_get(env, b, rpc_arg(&call.params, 0));
	if (l->target)
		return read_flow(l, &call.params, v, err);
	l->params = json_incref(json_object_get(request, "params"));
	return 0;
}

static int reserve(struct batch *b, struct err *err)
{
	size_t n = b->allocated ? 2 * b->allocated : 64;
	struct line *v;

	if (b->n >= MAX_LINES)
		return err_set(err, -ENOSPC, XVS_RPC_FULL, NULL, "a batch has at most %d lines",
			       MAX_LINES);
	if (b->n < b->allocated)
		return 0;
	v = reallocarray(b->v, n, sizeof(*v));
	if (!v)
		return rpc_no_memory(err);
	b->v = v;
	b->allocated = n;
	return 0;
}

static int read_lines(const struct rpc_env *env, struct batch *b, const json_t *calls,
		      struct err *err)
{
	json_t *request;
	size_t i;
	int rc;

	if (!json_is_array(calls))
		return err_set(err, -EINVAL, XVS_RPC_USAGE, NULL, "request: 'calls' is no array");
	json_array_foreach (calls, i, request) {
		json_int_t number = json_integer_value(json_object_get(request, "line"));
		struct line l = {.number = number > 0 && number < INT32_MAX ? (unsigned int)number
									    : (unsigned int)i + 1};

		rc = reserve(b, err);
		if (!rc)
			rc = read_line(env, b, request, &l, err);
		if (rc) {
			line_free(&l);
			err->line = l.number;
			return rc;
		}
		b->v[b->n++] = l;
	}
	return 0;
}

static int batch_add(const struct rpc_env *env, struct rpc_call *call, struct batch **out)
{
	struct batch *b = batch_get(env, &call->err);
	int rc;

	*out = b;
	if (!b)
		return -ENOMEM;
	if (b->refused)
		return err_set(&call->err, -EINVAL, XVS_RPC_USAGE, NULL,
			       "request: an earlier part of this batch was refused");
	rc = read_lines(env, b, call->params.calls, &call->err);
	if (rc)
		batch_clear(b);
	return rc;
}

static int count_result(size_t n, struct rpc_call *call)
{
	call->result = json_pack("{s:o}", "changes", rpc_count(n));
	return call->result ? 0 : rpc_no_memory(&call->err);
}

static int batch_stage(const struct rpc_env *env, struct rpc_call *call)
{
	struct batch *b;
	int rc = batch_add(env, call, &b);

	return rc ? rc : count_result(b->n, call);
}

/* --- carrying out --- */

struct commit {
	struct model *m;
	struct batch *batch;
	struct err *err;
	int rc;
};

static int run_call(struct model *m, const struct line *l, struct err *err)
{
	const struct rpc_params p = rpc_params_of(l->params);
	json_t *result = NULL;
	int rc = l->method->fn(m, &p, &result, err);

	json_decref(result);
	return rc;
}

static int run_line(struct model *m, struct line *l, struct err *err)
{
	struct rule *rule = l->rule;
	struct sw *sw;

	if (!l->target)
		return run_call(m, l, err);
	sw = model_switch(m, l->target->sw_name, err);
	if (!sw)
		return -ENOENT;
	if (l->flow)
		return rpc_flow_apply(m, sw, l->flow, err);
	l->rule = NULL;
	return model_flow_add_rule(m, sw, rule, l->check_overlap, err);
}

/* Other clients may have come between the parts: what was read names ports by their
 * numbers, and of rules only the numbers are left. */
static int check_names(struct commit *c)
{
	for (const struct target *t = c->batch->targets; t; t = t->next) {
		struct sw *sw = model_switch(c->m, t->sw_name, c->err);

		if (!sw)
			return -ENOENT;
		if (!model_names_are_of(t->names, sw))
			return err_set(
				c->err, -EBUSY, XVS_RPC_BUSY, sw->name,
				"switch %s: its ports have changed while the batch was read: "
				"try again",
				sw->name);
	}
	return 0;
}

/* On the datapath thread, in one turn. */
static void run_lines(void *aux)
{
	struct commit *c = aux;
	struct batch *b = c->batch;
	__u64 start = clock_ms();

	c->rc = check_names(c);
	if (c->rc)
		return;
	c->rc = model_txn_begin(c->m);
	if (c->rc) {
		rpc_no_memory(c->err);
		return;
	}
	for (size_t i = 0; i < b->n; i++) {
		c->rc = run_line(c->m, &b->v[i], c->err);
		if (c->rc < 0) {
			model_txn_rollback(c->m);
			c->err->line = b->v[i].number;
			return;
		}
	}
	c->rc = model_policy_prepare(c->m, c->err);
	if (c->rc) {
		model_txn_rollback(c->m);
		return;
	}
	model_txn_commit(c->m);
	log_debug(MODULE, "a batch of %zu lines held the datapath thread for %llu ms", b->n,
		  (unsigned long long)(clock_ms() - start));
}

/* It only adds rules to one switch. */
static bool only_adds(const struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].rule || b->v[i].check_overlap || b->v[i].target != b->v[0].target)
			return false;
	return b->n;
}

static void check_names_now(void *aux)
{
	struct commit *c = aux;

	c->rc = check_names(c);
}

static int add_rules(const struct rpc_env *env, struct batch *b, struct err *err)
{
	struct commit c = {.m = env->model, .batch = b, .err = err};
	struct model_rules rules = {0};
	struct model_replace r = {.rules = &rules, .keep = true};
	int rc = rpc_on_datapath(env, check_names_now, &c, err);

	if (rc || c.rc)
		return rc ? rc : c.rc;
	rules.v = calloc(b->n, sizeof(struct rule *));
	if (!rules.v)
		return rpc_no_memory(err);
	rules.allocated = b->n;
	for (; rules.n < b->n; rules.n++) {
		rules.v[rules.n] = b->v[rules.n].rule;
		b->v[rules.n].rule = NULL;
	}
	rc = rpc_flow_run_replace(env, &r, b->v[0].target->sw_name, err);
	if (rc)
		err->line = b->v[r.refused].number;
	model_rules_fini(&rules);
	return rc;
}

static int batch_commit(const struct rpc_env *env, struct batch *b, struct err *err)
{
	struct commit c = {.m = env->model, .batch = b, .err = err};
	int rc;

	if (only_adds(b))
		return add_rules(env, b, err);
	rc = rpc_on_datapath(env, run_lines, &c, err);
	return rc ? rc : c.rc;
}

static int batch_run(const struct rpc_env *env, struct rpc_call *call)
{
	struct batch *b;
	size_t n = 0;
	int rc = batch_add(env, call, &b);

	if (!rc) {
		n = b->n;
		rc = batch_commit(env, b, &call->err);
	}
	rpc_keep_drop(env->keep);
	return rc ? rc : count_result(n, call);
}

const struct rpc_method rpc_batch_methods[] = {
	{.name = "batch.stage", .main_fn = batch_stage},
	{.name = "batch", .main_fn = batch_run},
	{0},
};
