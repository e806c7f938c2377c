// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many rules at a time: collected on any thread, in force at once.
 *
 * A hundred thousand rules are seconds of work where a packet that misses has
 * milliseconds. Making them touches nothing that the datapath thread has, so it
 * is done by whoever reads them; what is left for that thread is to put them
 * into the tables.
 */
#include <errno.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "model_check.h"
#include "model_private.h"

#define MODULE "model"

/* Rules for each piece of a replacement: one or two milliseconds. */
#define STEP_RULES 2000

static int reserve(struct model_rules *rules)
{
	size_t n = rules->allocated ? 2 * rules->allocated : 64;
	struct rule **v;

	if (rules->n < rules->allocated)
		return 0;
	v = reallocarray(rules->v, n, sizeof(struct rule *));
	if (!v)
		return -ENOMEM;
	rules->v = v;
	rules->allocated = n;
	return 0;
}

int model_rules_add(struct model_rules *rules, const char *sw_name, struct flow_spec *spec,
		    struct err *err)
{
	struct rule *rule;
	int rc;

	if (rules->n >= XVS_MAX_RULES)
		return err_set(err, -ENOSPC, XVS_RPC_FULL, sw_name,
			       "switch %s: more rules than its tables take: %d at most", sw_name,
			       XVS_MAX_RULES);
	rc = reserve(rules);
	rule = rc ? NULL : flow_spec_rule(spec, clock_ms());
	if (!rule)
		return err_set(err, -ENOMEM, XVS_RPC_FAILED, sw_name, "out of memory");
	rules->v[rules->n++] = rule;
	return 0;
}

void model_rules_fini(struct model_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rule_put(rules->v[i]);
	free(rules->v);
	*rules = (struct model_rules){0};
}

/* What the rules name has to be there; nothing is changed before that is so. */
static int check(struct model_replace *r, struct err *err)
{
	size_t n = r->rules->n - r->n_checked, which;
	int rc;

	if (n > STEP_RULES)
		n = STEP_RULES;
	rc = model_check_rules(r->sw, r->rules->v + r->n_checked, n, &which, err);
	if (rc)
		r->refused = r->n_checked + which;
	r->n_checked += n;
	return rc ? rc : 1;
}

static int begin(struct model_replace *r)
{
	r->preparing = true;
	r->rc = (r->keep ? flow_table_add_begin : flow_table_replace_begin)(
		r->sw->tables, r->rules->v, r->rules->n, &r->change);
	return r->rc ? r->rc : 1;
}

/* The new rules are ready: every packet from the commit on sees them. */
static void commit(struct model_replace *r)
{
	__u64 start = clock_ms();

	flow_table_replace_commit(r->change);
	change_set_add_all(&r->m->changes);
	revalidator_run(r->m);
	log_debug(MODULE, "%s: %zu rules; the cache in %llu ms", r->sw->name, r->rules->n,
		  (unsigned long long)(clock_ms() - start));
}

static int prepare(struct model_replace *r)
{
	r->rc = flow_table_replace_prepare(r->change, STEP_RULES);
	if (r->rc > 0)
		return 1;
	r->preparing = false;
	if (!r->rc)
		commit(r);
	else
		r->refused = flow_table_replace_refused(r->change);
	return 1;
}

/* What was translated meanwhile has bits of both sets of rules in its mask, the
 * cached flows that the commit has judged among it: once more, without the old. */
static int finish(struct model_replace *r)
{
	if (flow_table_replace_finish(r->change, STEP_RULES))
		return 1;
	change_set_add_all(&r->m->changes);
	revalidator_request(r->m);
	sweep_wake(r->m);
	r->n_after = flow_table_count(r->sw->tables);
	return r->rc;
}

int model_flow_replace_step(struct model_replace *r, struct err *err)
{
	int rc;

	if (r->n_checked < r->rules->n)
		return check(r, err);
	if (!r->change)
		rc = begin(r);
	else if (r->preparing)
		rc = prepare(r);
	else
		rc = finish(r);
	if (rc < 0)
		model_table_error(err, r->sw, rc);
	else if (!rc)
		r->rules->n = 0;
	return rc;
}
