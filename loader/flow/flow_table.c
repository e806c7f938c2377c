// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow tables: who owns the rules, and how they change. Each table has a
 * classifier to look up; the list of all rules, in order of their serials,
 * is for everything that goes over them. flow_table_replace.c changes all rules.
 *
 * A change is prepared in the version that comes next, which no lookup sees;
 * what may fail is done then. One store of the version commits it, and what is
 * no longer visible is taken out afterwards.
 */
#include "flow_table.h"

#include <errno.h>
#include <stdlib.h>

#include "flow_table_private.h"
#include "xvs/limits.h"

struct flow_table *flow_table_create(__u64 seed)
{
	struct flow_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->seed = seed;
	t->version = 1;
	t->config = CLASSIFIER_CONFIG_DEFAULT;
	t->next_serial = 1;
	return t;
}

void flow_table_destroy(struct flow_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < FLOW_TABLES; i++)
		classifier_destroy(t->classifiers[i]);
	for (size_t i = 0; i < t->n_slots; i++) {
		struct rule *r = t->slots[i].rule;

		if (r) {
			r->removed = true;
			rule_put(r);
		}
	}
	free(t->slots);
	free(t);
}

static struct slot *slot_of(const struct flow_table *t, const struct rule *rule)
{
	size_t lo = 0, hi = t->n_slots;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->slots[mid].serial < rule->serial)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &t->slots[lo];
}

int flow_table_reserve(struct flow_table *t, size_t n_more)
{
	size_t n = t->allocated ? t->allocated : 16;
	struct slot *slots;

	while (n < t->n_slots + n_more)
		n *= 2;
	if (n == t->allocated)
		return 0;
	slots = realloc(t->slots, n * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	t->slots = slots;
	t->allocated = n;
	return 0;
}

void flow_table_pack(struct flow_table *t)
{
	size_t n = 0;

	if (t->n_rules >= t->n_slots / 2)
		return;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].rule)
			t->slots[n++] = t->slots[i];
	t->n_slots = n;
}

int flow_table_classifier(struct flow_table *t, __u8 table_id, struct classifier **out)
{
	struct classifier *cls;

	if (table_id >= FLOW_TABLES)
		return -EINVAL;
	if (!t->classifiers[table_id]) {
		cls = classifier_create(t->seed);
		if (!cls)
			return -ENOMEM;
		/* There is nothing to rebuild: it cannot fail. */
		classifier_configure(cls, &t->config);
		t->classifiers[table_id] = cls;
	}
	*out = t->classifiers[table_id];
	return 0;
}

struct rule *flow_table_find_equal(const struct flow_table *t, const struct rule *rule,
				   __u64 version)
{
	const struct classifier *cls = t->classifiers[rule->table_id];

	return cls ? classifier_find(cls, version, &rule->match, rule->priority) : NULL;
}

void flow_table_commit(struct flow_table *t)
{
	t->version++;
	t->serial++;
}

/* The rule is in its classifier; there is room for its slot. */
void flow_table_adopt(struct flow_table *t, struct rule *rule)
{
	rule->serial = t->next_serial++;
	rule->removed = false;
	t->slots[t->n_slots++] = (struct slot){.serial = rule->serial, .rule = rule};
	t->n_rules++;
}

static void dispose(struct flow_table *t, struct rule *rule)
{
	classifier_remove(t->classifiers[rule->table_id], rule);
	rule->removed = true;
	rule_put(rule);
}

/* 'to' gets the place of 'from', which is no longer visible, in listings too. */
void flow_table_substitute(struct flow_table *t, struct rule *from, struct rule *to)
{
	to->serial = from->serial;
	to->removed = false;
	slot_of(t, from)->rule = to;
	dispose(t, from);
}

void flow_table_discard(struct flow_table *t, struct slot *slot)
{
	struct rule *rule = slot->rule;

	slot->rule = NULL;
	t->n_rules--;
	dispose(t, rule);
}

/* Puts 'rule' into its classifier from the next version on; 'old', if any, is
 * to go then. */
int flow_table_prepare(struct flow_table *t, struct rule *rule, struct rule *old)
{
	int err;

	rule->version_from = t->version + 1;
	rule->version_to = RULE_VERSION_MAX;
	if (old)
		old->version_to = t->version + 1;
	err = classifier_insert(t->classifiers[rule->table_id], rule);
	if (err && old)
		old->version_to = RULE_VERSION_MAX;
	return err;
}

int flow_table_insert(struct flow_table *t, struct rule *rule, bool check_overlap)
{
	struct classifier *cls;
	struct rule *old;
	int err = t->change ? -EBUSY : flow_table_classifier(t, rule->table_id, &cls);

	if (err)
		return err;
	old = flow_table_find_equal(t, rule, t->version);
	if (check_overlap &&
	    (old || classifier_overlaps(cls, t->version, &rule->match, rule->priority)))
		return -EEXIST;
	if (!old && t->n_rules >= XVS_MAX_RULES)
		return -ENOSPC;
	err = flow_table_reserve(t, !old);
	if (!err)
		err = flow_table_prepare(t, rule, old);
	if (err)
		return err;
	flow_table_commit(t);
	if (old)
		flow_table_substitute(t, old, rule);
	else
		flow_table_adopt(t, rule);
	return 0;
}

static bool outputs_to(const struct rule *rule, int port)
{
	for (size_t i = 0; i < rule->actions.n; i++)
		if (rule->actions.v[i].type == OFACT_OUTPUT && rule->actions.v[i].port == port)
			return true;
	return false;
}

bool flow_select_matches(const struct flow_select *sel, const struct rule *rule)
{
	if (sel->table_id >= 0 && sel->table_id != rule->table_id)
		return false;
	if ((rule->cookie ^ sel->cookie) & sel->cookie_mask)
		return false;
	if (sel->out_port >= 0 && !outputs_to(rule, sel->out_port))
		return false;
	if (sel->strict)
		return rule->priority == sel->priority && match_equal(&rule->match, &sel->match);
	return flow_mask_covers(&rule->match.mask, &sel->match.mask) &&
	       match_covers(&sel->match, &rule->match.key);
}

/* The slots that 'sel' means, a malloc'ed array; 'n' may be 0. */
static int select_slots(const struct flow_table *t, const struct flow_select *sel,
			struct slot ***out, size_t *n)
{
	struct slot **chosen;

	if (t->change)
		return -EBUSY;
	chosen = malloc((t->n_rules + 1) * sizeof(*chosen));
	if (!chosen)
		return -ENOMEM;
	*n = 0;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].rule && flow_select_matches(sel, t->slots[i].rule))
			chosen[(*n)++] = &t->slots[i];
	*out = chosen;
	return 0;
}

int flow_table_modify(struct flow_table *t, const struct flow_select *sel,
		      const struct ofacts *actions)
{
	struct slot **chosen = NULL;
	struct ofacts *copies = NULL;
	size_t n = 0, n_copies = 0;
	int err = select_slots(t, sel, &chosen, &n);

	if (err || !n)
		goto out;
	/* All copies first: running out of memory half-way must change nothing. */
	copies = calloc(n, sizeof(*copies));
	err = copies ? 0 : -ENOMEM;
	for (; !err && n_copies < n; n_copies++)
		err = ofacts_copy(&copies[n_copies], actions);
	if (!err) {
		for (size_t i = 0; i < n; i++) {
			struct ofacts old = chosen[i]->rule->actions;

			chosen[i]->rule->actions = copies[i];
			copies[i] = old;
		}
		t->serial++;
	}
	for (size_t i = 0; i < n_copies; i++)
		ofacts_fini(&copies[i]);
out:
	free(copies);
	free(chosen);
	return err ? err : (int)n;
}

int flow_table_delete(struct flow_table *t, const struct flow_select *sel)
{
	struct slot **chosen = NULL;
	size_t n;
	int err = select_slots(t, sel, &chosen, &n);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		chosen[i]->rule->version_to = t->version + 1;
	if (n)
		flow_table_commit(t);
	for (size_t i = 0; i < n; i++)
		flow_table_discard(t, chosen[i]);
	free(chosen);
	flow_table_pack(t);
	return (int)n;
}

struct rule *flow_table_lookup(const struct flow_table *t, __u8 table_id,
			       const struct xvs_flow_key *key, struct xvs_flow_key *wc)
{
	if (table_id >= FLOW_TABLES || !t->classifiers[table_id])
		return NULL;
	return classifier_lookup(t->classifiers[table_id], t->version, key, wc);
}

struct rule *flow_table_explain(const struct flow_table *t, __u8 table_id,
				const struct xvs_flow_key *key, struct xvs_flow_key *wc,
				const struct flow_table_listener *listener)
{
	if (table_id >= FLOW_TABLES || !t->classifiers[table_id])
		return NULL;
	return classifier_explain(t->classifiers[table_id], t->version, key, wc, listener->fn,
				  listener->aux);
}

int flow_table_configure(struct flow_table *t, const struct classifier_config *config)
{
	for (size_t i = 0; i < FLOW_TABLES; i++) {
		int err = t->classifiers[i] ? classifier_configure(t->classifiers[i], config) : 0;

		if (err)
			return err;
	}
	t->config = *config;
	return 0;
}

struct classifier_config flow_table_config(const struct flow_table *t)
{
	return t->config;
}

void flow_table_stats(const struct flow_table *t, struct classifier_stats *out)
{
	*out = (struct classifier_stats){0};
	for (size_t i = 0; i < FLOW_TABLES; i++) {
		struct classifier_stats one;

		if (!t->classifiers[i])
			continue;
		classifier_stats(t->classifiers[i], &one);
		out->n_rules += one.n_rules;
		out->n_nodes += one.n_nodes;
		out->n_subtables += one.n_subtables;
		out->n_buckets += one.n_buckets;
		out->bytes += one.bytes;
	}
}

size_t flow_table_count(const struct flow_table *t)
{
	return t->n_rules;
}

static int compare_rules(const void *pa, const void *pb)
{
	const struct rule *a = *(struct rule *const *)pa, *b = *(struct rule *const *)pb;

	if (a->table_id != b->table_id)
		return a->table_id < b->table_id ? -1 : 1;
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

int flow_table_list(const struct flow_table *t, struct rule ***rules, size_t *n)
{
	struct rule **list = malloc((t->n_rules + 1) * sizeof(struct rule *));

	if (!list)
		return -ENOMEM;
	*n = 0;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].rule)
			list[(*n)++] = t->slots[i].rule;
	qsort(list, *n, sizeof(struct rule *), compare_rules);
	*rules = list;
	return 0;
}

__u64 flow_table_serial(const struct flow_table *t)
{
	return t->serial;
}
