// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linear scans of conjunction_linear.h.
 */
#include "conjunction_linear.h"

#include "classifier_linear.h"

struct table {
	struct rule *const *rules;
	size_t n;
	__u64 version;
	const struct flow_key *key;
};

static bool is_clause(const struct rule *r)
{
	return r->actions.n && r->actions.v[0].type == OFACT_CONJUNCTION;
}

static bool matches(const struct table *t, const struct rule *r)
{
	return linear_is_visible(r, t->version) && linear_matches(r, t->key);
}

static const struct rule *best_other(const struct table *t)
{
	const struct rule *best = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (!is_clause(t->rules[i]) && matches(t, t->rules[i]) &&
		    (!best || t->rules[i]->priority > best->priority))
			best = t->rules[i];
	return best;
}

/* An ID at a priority. */
struct set {
	int priority;
	__u32 id;
	unsigned int n_clauses;
};

static bool has_clause(const struct table *t, const struct set *s, unsigned int clause)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct rule *r = t->rules[i];

		if (r->priority != s->priority || !is_clause(r) || !matches(t, r))
			continue;
		for (size_t k = 0; k < r->actions.n; k++)
			if (r->actions.v[k].conjunction.id == s->id &&
			    r->actions.v[k].conjunction.n_clauses == s->n_clauses &&
			    r->actions.v[k].conjunction.clause == clause)
				return true;
	}
	return false;
}

static bool is_complete(const struct table *t, const struct set *s)
{
	for (unsigned int k = 0; k < s->n_clauses; k++)
		if (!has_clause(t, s, k))
			return false;
	return true;
}

/* 'a' is to be tried before 'b'. */
static bool is_before(const struct set *a, const struct set *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return a->id != b->id ? a->id < b->id : a->n_clauses < b->n_clauses;
}

/* The first set behind '*next', of all that any rule names. */
static bool next_set(const struct table *t, struct set *next)
{
	const struct set last = *next;
	bool found = false;

	for (size_t i = 0; i < t->n; i++) {
		const struct rule *r = t->rules[i];

		for (size_t k = 0; is_clause(r) && k < r->actions.n; k++) {
			struct set s = {r->priority, r->actions.v[k].conjunction.id,
					r->actions.v[k].conjunction.n_clauses};

			if (!is_before(&last, &s) || (found && !is_before(&s, next)))
				continue;
			*next = s;
			found = true;
		}
	}
	return found;
}

const struct rule *conjunction_linear(struct rule *const *rules, size_t n, __u64 version,
				      const struct flow_key *key, __u32 *conj_id)
{
	struct table t = {.rules = rules, .n = n, .version = version, .key = key};
	const struct rule *hard = best_other(&t);
	struct set s = {.priority = 0x10000};

	*conj_id = 0;
	while (next_set(&t, &s) && (!hard || s.priority > hard->priority)) {
		struct flow_key again = *key;
		struct table second = t;
		const struct rule *r;

		if (!is_complete(&t, &s))
			continue;
		again.conj_id = XVS_BE32(s.id);
		second.key = &again;
		r = best_other(&second);
		if (r) {
			*conj_id = s.id;
			return r;
		}
	}
	return hard;
}
