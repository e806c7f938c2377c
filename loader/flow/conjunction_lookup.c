// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which conjunctions a packet meets; see conjunction.h.
 */
#include "conjunction.h"

#include "conjunction_private.h"

/* IDs that are followed at a time. Of more, those to come are a second search:
 * lookups allocate nothing. */
#define CANDIDATES_MAX 64

struct candidate {
	__u32 id;
	__u8 n_clauses;
	__u8 n_met; /* clauses 0 to n_met - 1 have a match */
};

struct candidates {
	__u64 from; /* the first that is of interest, as candidate_key */
	bool more; /* there are candidates behind the last */
	unsigned int clause; /* that is being searched */
	unsigned int n;
	struct candidate v[CANDIDATES_MAX]; /* by rising key */
};

/* By ID, then by the number of clauses. */
static __u64 candidate_key(__u32 id, __u8 n_clauses)
{
	return (__u64)id << 8 | n_clauses;
}

static __u64 key_of(const struct candidate *c)
{
	return candidate_key(c->id, c->n_clauses);
}

/* The first candidate that is not before 'key'. */
static unsigned int candidate_place(const struct candidates *cs, __u64 key)
{
	unsigned int lo = 0, hi = cs->n;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (key_of(&cs->v[mid]) < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void candidate_add(struct candidates *cs, unsigned int at, __u32 id, __u8 n_clauses)
{
	if (cs->n == CANDIDATES_MAX) {
		cs->more = true;
		if (at == CANDIDATES_MAX)
			return;
		cs->n--;
	}
	memmove(&cs->v[at + 1], &cs->v[at], (cs->n - at) * sizeof(cs->v[0]));
	cs->v[at] = (struct candidate){.id = id, .n_clauses = n_clauses, .n_met = 1};
	cs->n++;
}

/* The packet matches 'clause' of 'id'. */
static void note(struct candidates *cs, __u32 id, __u8 n_clauses)
{
	__u64 key = candidate_key(id, n_clauses);
	unsigned int at = candidate_place(cs, key);

	if (at < cs->n && key_of(&cs->v[at]) == key)
		cs->v[at].n_met = (__u8)(cs->clause + 1);
	else if (!cs->clause && key >= cs->from)
		candidate_add(cs, at, id, n_clauses);
}

static void note_rule(void *aux, struct rule *rule)
{
	struct candidates *cs = aux;
	const struct ofacts *actions = rule->proxy_of ? &rule->proxy_of->actions : &rule->actions;

	for (size_t i = 0; i < actions->n; i++) {
		const struct ofact *a = &actions->v[i];

		if (a->type == OFACT_CONJUNCTION && a->conjunction.clause == cs->clause)
			note(cs, a->conjunction.id, a->conjunction.n_clauses);
	}
}

/* Those that lack the clause that was searched are none any more. */
static void drop_unmet(struct candidates *cs)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < cs->n; i++)
		if (cs->v[i].n_met > cs->clause || cs->v[i].n_met == cs->v[i].n_clauses)
			cs->v[n++] = cs->v[i];
	cs->n = n;
}

static void tell(const struct conjunction_query *q, struct classifier_step *step)
{
	static const struct flow_key nothing;

	if (!q->step)
		return;
	step->added = &nothing;
	step->wc = q->wc;
	q->step(q->step_aux, step);
}

static void search_clause(const struct conj_level *l, const struct conjunction_query *q,
			  struct candidates *cs)
{
	const struct classifier_visitor visitor = {
		.match = note_rule, .aux = cs, .step = q->step, .step_aux = q->step_aux};

	tell(q, &(struct classifier_step){
			.kind = CLASSIFIER_CLAUSE, .n = cs->clause + 1, .priority = l->priority});
	if (l->clause[cs->clause])
		classifier_visit(l->clause[cs->clause], q->version, q->key, q->wc, &visitor);
	drop_unmet(cs);
}

/* The first complete conjunction from 'from' on, or NULL. */
static const struct candidate *level_search(const struct conj_level *l,
					    const struct conjunction_query *q, __u64 from,
					    struct candidates *cs)
{
	do {
		cs->from = from;
		cs->more = false;
		cs->n = 0;
		for (cs->clause = 0; !cs->clause || cs->n; cs->clause++) {
			search_clause(l, q, cs);
			/* What comes behind it does not matter now. */
			if (cs->n && cs->v[0].n_clauses <= cs->clause + 1)
				return &cs->v[0];
			if (!cs->clause && cs->n)
				from = key_of(&cs->v[cs->n - 1]) + 1;
		}
	} while (cs->more);
	return NULL;
}

static struct rule *look_up_again(const struct classifier *rules, const struct conjunction_query *q,
				  const struct flow_key *key)
{
	if (q->step)
		return classifier_explain(rules, q->version, key, q->wc, q->step, q->step_aux);
	return classifier_lookup(rules, q->version, key, q->wc);
}

static struct rule *level_lookup(const struct conj_level *l, const struct classifier *rules,
				 const struct conjunction_query *q)
{
	const struct candidate *c;
	struct candidates cs;
	__u64 from = 0;

	while ((c = level_search(l, q, from, &cs))) {
		struct flow_key key = *q->key;
		struct rule *r;

		tell(q, &(struct classifier_step){.kind = CLASSIFIER_CONJUNCTION,
						  .n = c->n_clauses,
						  .conj_id = c->id,
						  .priority = l->priority});
		key.conj_id = XVS_BE32(c->id);
		r = look_up_again(rules, q, &key);
		if (r)
			return r;
		from = key_of(c) + 1;
	}
	return NULL;
}

struct rule *conjunctions_lookup(const struct conjunctions *c, const struct classifier *rules,
				 const struct conjunction_query *q, struct rule *hard)
{
	for (size_t i = 0; i < c->n && (!hard || c->level[i]->priority > hard->priority); i++) {
		struct rule *r = level_lookup(c->level[i], rules, q);

		if (r)
			return r;
	}
	return hard;
}
