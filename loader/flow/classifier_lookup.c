// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The classifier's lookup: the way of a search through the tree; see
 * classifier_search.h. Changes are in classifier.c.
 */
#include "classifier.h"

#include "classifier_search.h"

/* Tells what has been done, with the bits that it has added to the mask. */
void search_tell(struct search *s, struct classifier_step *step)
{
	struct flow_key added;

	for (int i = 0; i < FLOW_KEY_WORDS; i++)
		added.w[i] = s->wc->w[i] & ~s->told.w[i];
	s->told = *s->wc;
	s->probed = NULL;
	step->depth = s->depth;
	step->added = &added;
	step->wc = s->wc;
	s->fn(s->aux, step);
}

void search_tell_stop(struct search *s, size_t n, unsigned int priority, const struct rule *rule)
{
	if (s->fn)
		search_tell(s, &(struct classifier_step){.kind = CLASSIFIER_STOP,
							 .n = n,
							 .priority = priority,
							 .rule = rule});
}

void search_branch(struct search *s, struct branch b, unsigned int stage)
{
	/* Most nodes have one subtable: no recursion for those. */
	while (branch_kind(b) == BRANCH_NODE) {
		if (branch_node(b)->n > 1 || s->fn) {
			search_node(s, branch_node(b));
			return;
		}
		b = search_one(s, branch_node(b));
		stage++;
	}
	if (branch_kind(b) == BRANCH_BUCKET)
		search_bucket(s, branch_bucket(b), stage);
	else
		search_chain(s, branch_rule(b), stage);
}

/* No rule of a classifier whose rules have one mask: the way down its tree, as
 * far as it goes. Each node has one subtable. */
static struct rule *search_uniform(struct search *s, const struct uniform_hash *h)
{
	const struct classifier *cls = s->cls;
	struct branch b = cls->root;
	unsigned int stage = 0;

	while (cls->config.staged && branch_kind(b) == BRANCH_NODE) {
		const struct stage_node *n = branch_node(b);

		b = uniform_index_step(n->order[0], s->key, h, stage);
		if (branch_is_none(b)) {
			search_miss(s, n);
			return NULL;
		}
		subtable_unwildcard(n->order[0], s->wc);
		stage++;
	}
	search_branch(s, b, stage);
	return s->best;
}

struct rule *classifier_lookup(const struct classifier *cls, __u64 version,
			       const struct flow_key *key, struct flow_key *wc)
{
	struct uniform_hash h;
	struct rule *r = NULL;
	struct search s;

	if (cls->uniform.table) {
		uniform_index_hash(&cls->uniform, key, &cls->seeds, &h);
		r = rule_chain_visible(uniform_index_probe(&cls->uniform, key, &h), version);
		if (!wc)
			return r;
		if (r) {
			subtable_unwildcard(cls->uniform.table, wc);
			return r;
		}
	}
	/* Not the rest: 'told' is large. */
	s.cls = cls;
	s.key = key;
	s.wc = wc;
	s.best = NULL;
	s.version = version;
	s.visitor = NULL;
	s.fn = NULL;
	s.depth = 0;
	if (cls->uniform.table)
		return search_uniform(&s, &h);
	search_branch(&s, cls->root, 0);
	return s.best;
}

struct rule *classifier_explain(const struct classifier *cls, __u64 version,
				const struct flow_key *key, struct flow_key *wc,
				classifier_step_fn fn, void *aux)
{
	struct search s = {
		.cls = cls,
		.key = key,
		.wc = wc,
		.version = version,
		.fn = fn,
		.aux = aux,
		.told = *wc,
	};

	search_branch(&s, cls->root, 0);
	return s.best;
}

void classifier_visit(const struct classifier *cls, __u64 version, const struct flow_key *key,
		      struct flow_key *wc, const struct classifier_visitor *visitor)
{
	struct search s = {
		.cls = cls,
		.key = key,
		.wc = wc,
		.version = version,
		.visitor = visitor,
		.fn = visitor->step,
		.aux = visitor->step_aux,
	};

	if (s.fn)
		s.told = *wc;
	search_branch(&s, cls->root, 0);
}
