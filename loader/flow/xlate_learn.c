// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * learn() in a translation: the rule that it asks for is refreshed if it is there,
 * else made when the translation ends. One that explains or judges again changes
 * nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "learn.h"
#include "xlate_private.h"

/* A rule that is there keeps its timeouts, whatever is learned: as with flow mod. */
static bool is_as_wanted(const struct rule *rule, const struct flow_spec *spec)
{
	return rule->cookie == spec->cookie && ofacts_equal(&rule->actions, &spec->actions);
}

/* 'old' is of the same match, or NULL: the new one goes on counting for it. */
static struct rule *add_rule(struct xlate_ctx *ctx, struct flow_spec *spec, const struct rule *old)
{
	struct rule *rule = flow_spec_rule(spec, ctx->in->now_ms);
	int rc = -ENOMEM;

	if (rule && old)
		rule_succeed(rule, old);
	if (rule)
		rc = flow_table_insert(ctx->sw->tables, rule, false);
	if (!rc) {
		ctx->out->learned = true;
		return rule;
	}
	rule_put(rule);
	xlate_trace_add(ctx->trace, "not learned: %s", strerror(-rc));
	return NULL;
}

static void note(struct xlate_ctx *ctx, struct rule *rule)
{
	struct xlate_ref ref = {.kind = XLATE_REF_LEARNED, .learned.rule = rule};

	xlate_refs_add(&ctx->out->refs, &ref);
}

static struct rule *find(const struct sw *sw, const struct flow_spec *spec)
{
	return flow_table_find(sw->tables, (__u8)spec->table_id, &spec->match, spec->priority);
}

static void keep(struct xlate_ctx *ctx, const struct flow_spec *spec)
{
	struct learned *v = reallocarray(ctx->learned, ctx->n_learned + 1, sizeof(*v));

	if (!v) {
		ctx->out->refs.failed = true;
		return;
	}
	ctx->learned = v;
	v[ctx->n_learned++] = (struct learned){.sw = ctx->sw, .spec = *spec};
}

static bool may_refresh(struct xlate_ctx *ctx, const struct flow_spec *spec)
{
	struct rule *rule = find(ctx->sw, spec);

	if (!rule || !is_as_wanted(rule, spec))
		return false;
	xlate_trace_add(ctx->trace, "learn: the rule is in table %d", spec->table_id);
	if (xlate_may_learn(ctx))
		rule->modified_ms = ctx->in->now_ms;
	note(ctx, rule);
	return true;
}

void xlate_learn(struct xlate_ctx *ctx, const struct ofact_learn *learn)
{
	struct flow_key key, bits = {0};
	struct flow_spec spec;
	int rc;

	learn_read(learn, &bits);
	xlate_unwildcard(ctx, &bits);
	xlate_key(ctx, &key);
	rc = learn_make(learn, &key, &spec);
	if (rc) {
		xlate_trace_add(ctx->trace, "learn: %s", strerror(-rc));
		return;
	}
	xlate_depends(ctx, XLATE_DEP_LEARN, (__u64)spec.table_id);
	if (may_refresh(ctx, &spec)) {
		flow_spec_fini(&spec);
	} else if (xlate_may_learn(ctx)) {
		keep(ctx, &spec);
	} else {
		xlate_trace_add(ctx->trace, "learn: a packet would add a rule to table %d",
				spec.table_id);
		ctx->out->unlearned = true;
		flow_spec_fini(&spec);
	}
}

void xlate_learn_finish(struct xlate_ctx *ctx)
{
	for (size_t i = 0; i < ctx->n_learned; i++) {
		struct learned *l = &ctx->learned[i];
		struct rule *rule;

		ctx->sw = l->sw;
		rule = find(l->sw, &l->spec);
		if (!rule || !is_as_wanted(rule, &l->spec))
			rule = add_rule(ctx, &l->spec, rule);
		if (rule)
			note(ctx, rule);
		flow_spec_fini(&l->spec);
	}
	free(ctx->learned);
}
