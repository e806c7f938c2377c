// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Clauses of conjunctions, by priority and number: how they come and go. Lookups
 * are in conjunction_lookup.c.
 */
#include "conjunction.h"

#include <errno.h>
#include <stdlib.h>

#include "conjunction_private.h"

struct conjunctions *conjunctions_create(__u64 seed, const struct classifier_config *config)
{
	struct conjunctions *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->seed = seed;
	c->config = *config;
	return c;
}

static void level_destroy(struct conj_level *l)
{
	for (unsigned int k = 0; k < CONJ_CLAUSES_MAX; k++)
		if (l->clause[k])
			classifier_destroy(l->clause[k]);
	free(l);
}

void conjunctions_destroy(struct conjunctions *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		level_destroy(c->level[i]);
	free(c->level);
	free(c);
}

/* The place of the level of 'priority', or where it would be. */
static size_t place_of(const struct conjunctions *c, __u16 priority)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->level[mid]->priority > priority)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct conj_level *level_find(const struct conjunctions *c, __u16 priority)
{
	size_t i = place_of(c, priority);

	return i < c->n && c->level[i]->priority == priority ? c->level[i] : NULL;
}

static struct conj_level *level_add(struct conjunctions *c, __u16 priority)
{
	size_t at = place_of(c, priority);
	struct conj_level **level, *l;

	level = realloc(c->level, (c->n + 1) * sizeof(*level));
	if (!level)
		return NULL;
	c->level = level;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->priority = priority;
	memmove(&level[at + 1], &level[at], (c->n - at) * sizeof(*level));
	level[at] = l;
	c->n++;
	return l;
}

static void level_drop_if_empty(struct conjunctions *c, struct conj_level *l)
{
	size_t at = place_of(c, l->priority);

	if (l->n)
		return;
	level_destroy(l);
	c->n--;
	memmove(&c->level[at], &c->level[at + 1], (c->n - at) * sizeof(struct conj_level *));
}

/* The numbers of the clauses that the rule is part of, as bits; the first of them
 * is the rule's own place, the others are its proxies', in their order. */
static __u64 clauses_of(const struct rule *rule)
{
	__u64 clauses = 0;

	for (size_t i = 0; i < rule->actions.n; i++)
		if (rule->actions.v[i].type == OFACT_CONJUNCTION)
			clauses |= 1ULL << rule->actions.v[i].conjunction.clause;
	return clauses;
}

static struct classifier *clause_classifier(const struct conjunctions *c, struct conj_level *l,
					    unsigned int k)
{
	struct classifier *cls = l->clause[k];

	if (cls)
		return cls;
	cls = classifier_create(c->seed);
	/* There is nothing to rebuild: configuring cannot fail. */
	if (cls)
		classifier_configure(cls, &c->config);
	l->clause[k] = cls;
	return cls;
}

static int clause_insert(const struct conjunctions *c, struct conj_level *l, unsigned int k,
			 struct rule *rule)
{
	struct classifier *cls = clause_classifier(c, l, k);
	int err = cls ? classifier_insert(cls, rule) : -ENOMEM;

	if (!err)
		l->n++;
	return err;
}

/* The places of a rule: itself in clause *k of the bits left, then its proxies. */
static bool next_place(__u64 *left, unsigned int *k)
{
	if (!*left)
		return false;
	*k = (unsigned int)__builtin_ctzll(*left);
	*left &= *left - 1;
	return true;
}

static struct rule *proxy_create(struct rule *rule)
{
	struct rule *proxy;
	struct match match;

	rule_match(rule, &match);
	proxy = rule_create(&(struct rule_spec){
		.match = &match, .table_id = rule->table_id, .priority = rule->priority});
	if (!proxy)
		return NULL;
	proxy->version_from = rule->version_from;
	proxy->version_to = rule->version_to;
	proxy->proxy_of = rule;
	return proxy;
}

static void drop_from(struct conj_level *l, struct rule *place, __u64 clauses)
{
	unsigned int k;

	for (; place && next_place(&clauses, &k); place = place->proxies) {
		classifier_remove(l->clause[k], place);
		l->n--;
	}
}

int conjunctions_insert(struct conjunctions *c, struct rule *rule)
{
	struct conj_level *l = level_find(c, rule->priority);
	__u64 clauses = clauses_of(rule), left = clauses;
	struct rule *place, **link = &rule->proxies;
	unsigned int k = 0;
	int err;

	if (!l)
		l = level_add(c, rule->priority);
	if (!l)
		return -ENOMEM;
	next_place(&left, &k);
	err = clause_insert(c, l, k, rule);
	while (!err && next_place(&left, &k)) {
		place = proxy_create(rule);
		err = place ? clause_insert(c, l, k, place) : -ENOMEM;
		if (err) {
			rule_put(place);
			drop_from(l, rule, clauses);
			rule_put(rule->proxies);
			rule->proxies = NULL;
			break;
		}
		*link = place;
		link = &place->proxies;
	}
	level_drop_if_empty(c, l);
	return err;
}

void conjunctions_remove(struct conjunctions *c, struct rule *rule)
{
	struct conj_level *l = level_find(c, rule->priority);

	drop_from(l, rule, clauses_of(rule));
	rule_put(rule->proxies);
	rule->proxies = NULL;
	level_drop_if_empty(c, l);
}

struct rule *conjunctions_find(const struct conjunctions *c, __u64 version,
			       const struct match *match, __u16 priority)
{
	const struct conj_level *l = level_find(c, priority);

	struct rule *r = NULL;

	/* A rule's own place comes before its proxies'. */
	for (unsigned int k = 0; !r && l && k < CONJ_CLAUSES_MAX; k++)
		if (l->clause[k])
			r = classifier_find(l->clause[k], version, match, priority);
	return r;
}

bool conjunctions_overlaps(const struct conjunctions *c, __u64 version, const struct match *match,
			   __u16 priority)
{
	const struct conj_level *l = level_find(c, priority);

	for (unsigned int k = 0; l && k < CONJ_CLAUSES_MAX; k++)
		if (l->clause[k] && classifier_overlaps(l->clause[k], version, match, priority))
			return true;
	return false;
}

int conjunctions_configure(struct conjunctions *c, const struct classifier_config *config)
{
	for (size_t i = 0; i < c->n; i++)
		for (unsigned int k = 0; k < CONJ_CLAUSES_MAX; k++) {
			struct classifier *cls = c->level[i]->clause[k];
			int err = cls ? classifier_configure(cls, config) : 0;

			if (err)
				return err;
		}
	c->config = *config;
	return 0;
}

void conjunctions_stats(const struct conjunctions *c, struct classifier_stats *out)
{
	out->bytes += sizeof(*c) + c->n * (sizeof(*c->level) + sizeof(**c->level));
	for (size_t i = 0; i < c->n; i++)
		for (unsigned int k = 0; k < CONJ_CLAUSES_MAX; k++)
			if (c->level[i]->clause[k]) {
				struct classifier_stats one;

				classifier_stats(c->level[i]->clause[k], &one);
				classifier_stats_add(out, &one);
			}
}
