// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow tables: who owns the rules, and how they change. Each table has a
 * classifier to look up; the list of all rules, in order of their serials,
 * is for everything that goes over them.
 */
#include "flow_table.h"

#include <errno.h>
#include <stdlib.h>

#include "xvs/limits.h"

#define FLOW_TABLES 255

/* A rule's place in the list. Removal leaves a hole, so that the places behind
 * it keep their order; the list is packed when half of it is holes. */
struct slot {
	__u64 serial;
	struct rule *rule; /* NULL: a hole */
};

struct flow_table {
	__u64 seed;
	struct classifier *classifiers[FLOW_TABLES]; /* NULL: never had a rule */
	struct slot *slots; /* ascending serials */
	size_t n_slots;
	size_t allocated;
	size_t n_rules;
	__u64 next_serial; /* of rules; 0 is a rule that is in no table */
	__u64 serial; /* of changes */
};

struct flow_table *flow_table_create(__u64 seed)
{
	struct flow_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->seed = seed;
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

static int slots_reserve(struct flow_table *t, size_t n_more)
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

static void slots_pack(struct flow_table *t)
{
	size_t n = 0;

	if (t->n_rules >= t->n_slots / 2)
		return;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].rule)
			t->slots[n++] = t->slots[i];
	t->n_slots = n;
}

static int table_classifier(struct flow_table *t, __u8 table_id, struct classifier **out)
{
	if (table_id >= FLOW_TABLES)
		return -EINVAL;
	if (!t->classifiers[table_id])
		t->classifiers[table_id] = classifier_create(t->seed);
	*out = t->classifiers[table_id];
	return *out ? 0 : -ENOMEM;
}

static struct rule *find_equal(const struct flow_table *t, const struct rule *rule)
{
	const struct classifier *cls = t->classifiers[rule->table_id];

	return cls ? classifier_find(cls, &rule->match, rule->priority) : NULL;
}

/* The rule is in its classifier; there is room for its slot. */
static void adopt(struct flow_table *t, struct rule *rule)
{
	rule->serial = t->next_serial++;
	rule->removed = false;
	t->slots[t->n_slots++] = (struct slot){.serial = rule->serial, .rule = rule};
	t->n_rules++;
}

/* 'to' gets the place of 'from' everywhere, in listings too. */
static void substitute(struct flow_table *t, struct rule *from, struct rule *to)
{
	classifier_replace(t->classifiers[from->table_id], from, to);
	to->serial = from->serial;
	to->removed = false;
	slot_of(t, from)->rule = to;
	from->removed = true;
	rule_put(from);
}

static void discard(struct flow_table *t, struct slot *slot)
{
	struct rule *rule = slot->rule;

	classifier_remove(t->classifiers[rule->table_id], rule);
	slot->rule = NULL;
	t->n_rules--;
	rule->removed = true;
	rule_put(rule);
}

int flow_table_insert(struct flow_table *t, struct rule *rule, bool check_overlap)
{
	struct classifier *cls;
	struct rule *old;
	int err = table_classifier(t, rule->table_id, &cls);

	if (err)
		return err;
	old = classifier_find(cls, &rule->match, rule->priority);
	if (check_overlap && (old || classifier_overlaps(cls, &rule->match, rule->priority)))
		return -EEXIST;
	if (old) {
		substitute(t, old, rule);
		t->serial++;
		return 0;
	}
	if (t->n_rules >= XVS_MAX_RULES)
		return -ENOSPC;
	err = slots_reserve(t, 1);
	if (!err)
		err = classifier_insert(cls, rule);
	if (err)
		return err;
	adopt(t, rule);
	t->serial++;
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
	struct slot **chosen = malloc((t->n_rules + 1) * sizeof(*chosen));

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
		discard(t, chosen[i]);
	free(chosen);
	if (n) {
		slots_pack(t);
		t->serial++;
	}
	return (int)n;
}

static bool rules_equal(const struct rule *a, const struct rule *b)
{
	return a->cookie == b->cookie && ofacts_equal(&a->actions, &b->actions);
}

/*
 * The part of a replacement that may fail: puts the rules without a
 * predecessor into the classifiers, and notes in 'becomes' what each slot's
 * rule turns into (itself, or its successor). A later rule of equal match and
 * priority wins over an earlier one, as if they had been added one by one.
 * On failure everything is as before.
 */
static int replace_prepare(struct flow_table *t, struct rule **rules, size_t n,
			   struct rule **becomes)
{
	size_t i;
	int err = 0;

	for (i = 0; i < n; i++) {
		struct classifier *cls;
		struct rule *old;

		rules[i]->serial = 0;
		err = table_classifier(t, rules[i]->table_id, &cls);
		if (err)
			break;
		old = classifier_find(cls, &rules[i]->match, rules[i]->priority);
		if (!old)
			err = classifier_insert(cls, rules[i]);
		else if (!old->serial)
			classifier_replace(cls, old, rules[i]);
		else
			becomes[slot_of(t, old) - t->slots] = rules_equal(old, rules[i]) ? old
											 : rules[i];
		if (err)
			break;
	}
	if (err)
		while (i--)
			if (find_equal(t, rules[i]) == rules[i])
				classifier_remove(t->classifiers[rules[i]->table_id], rules[i]);
	return err;
}

/* Cannot fail: a rule that neither was inserted nor became a successor was
 * equal to its predecessor or overruled by a later one. */
static void replace_commit(struct flow_table *t, struct rule **rules, size_t n,
			   struct rule **becomes)
{
	size_t n_slots = t->n_slots;

	for (size_t i = 0; i < n_slots; i++) {
		struct slot *slot = &t->slots[i];

		if (!slot->rule || becomes[i] == slot->rule)
			continue;
		if (becomes[i])
			substitute(t, slot->rule, becomes[i]);
		else
			discard(t, slot);
	}
	for (size_t i = 0; i < n; i++) {
		if (rules[i]->serial)
			continue;
		if (find_equal(t, rules[i]) == rules[i])
			adopt(t, rules[i]);
		else
			rule_put(rules[i]);
	}
	slots_pack(t);
	t->serial++;
}

int flow_table_replace(struct flow_table *t, struct rule **rules, size_t n)
{
	struct rule **becomes;
	int err;

	if (n > XVS_MAX_RULES)
		return -ENOSPC;
	err = slots_reserve(t, n);
	if (err)
		return err;
	becomes = calloc(t->n_slots + 1, sizeof(struct rule *));
	if (!becomes)
		return -ENOMEM;
	err = replace_prepare(t, rules, n, becomes);
	if (!err)
		replace_commit(t, rules, n, becomes);
	free(becomes);
	return err;
}

struct rule *flow_table_lookup(const struct flow_table *t, __u8 table_id,
			       const struct xvs_flow_key *key, struct xvs_flow_key *wc,
			       classifier_probe_fn fn, void *aux)
{
	if (table_id >= FLOW_TABLES || !t->classifiers[table_id])
		return NULL;
	return classifier_lookup(t->classifiers[table_id], key, wc, fn, aux);
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
