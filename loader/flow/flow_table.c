// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow tables: who owns the rules, and how one comes and goes. Each table has a
 * rule_table to look up; the list of all rules, in order of their serials, is for
 * everything that goes over them. flow_table_select.c changes rules by their
 * match, flow_table_replace.c all of them.
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
		rule_table_destroy(t->tables[i]);
	for (size_t i = 0; i < t->n_slots; i++) {
		struct rule *r = t->slots[i].rule;

		if (r) {
			r->removed = true;
			rule_put(r);
		}
	}
	rule_timers_fini(&t->timers);
	free(t->slots);
	free(t);
}

void flow_table_watch(struct flow_table *t, flow_table_watch_fn fn, void *aux)
{
	t->watch = fn;
	t->watch_aux = aux;
}

struct slot *flow_table_slot(const struct flow_table *t, const struct rule *rule)
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

	/* A rollback wants the places of what it puts back. */
	if (t->txn.open || t->n_rules >= t->n_slots / 2)
		return;
	for (size_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].rule)
			t->slots[n++] = t->slots[i];
	t->n_slots = n;
}

int flow_table_make(struct flow_table *t, __u8 table_id)
{
	if (table_id >= FLOW_TABLES)
		return -EINVAL;
	if (!t->tables[table_id])
		t->tables[table_id] = rule_table_create(t->seed, &t->config);
	return t->tables[table_id] ? 0 : -ENOMEM;
}

struct rule *flow_table_find_equal(const struct flow_table *t, const struct rule *rule,
				   __u64 version)
{
	const struct rule_table *table = t->tables[rule->table_id];
	struct match match;

	if (!table)
		return NULL;
	rule_match(rule, &match);
	return rule_table_find(table, version, &match, rule->priority);
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
	rule_timers_start(&t->timers, rule);
	flow_table_txn_log(t, &(struct flow_table_undo){.added = rule});
	flow_table_changed(t, rule);
}

void flow_table_dispose(struct flow_table *t, struct rule *rule)
{
	rule_timers_stop(&t->timers, rule);
	rule_table_remove(t->tables[rule->table_id], rule);
	rule->removed = true;
	rule_put(rule);
}

/* No longer visible; a transaction may bring it back. */
static void take_out(struct flow_table *t, struct rule *rule)
{
	if (!t->txn.open)
		flow_table_dispose(t, rule);
}

/* 'to' gets the place of 'from', which is no longer visible, in listings too. */
void flow_table_substitute(struct flow_table *t, struct rule *from, struct rule *to)
{
	to->serial = from->serial;
	to->removed = false;
	flow_table_slot(t, from)->rule = to;
	rule_timers_start(&t->timers, to);
	flow_table_txn_log(t, &(struct flow_table_undo){.old = from, .added = to});
	/* Of the same match: one look is enough. */
	flow_table_changed(t, to);
	take_out(t, from);
}

void flow_table_forget(struct flow_table *t, struct slot *slot)
{
	slot->rule = NULL;
	t->n_rules--;
	if (slot == &t->slots[t->n_slots - 1])
		t->n_slots--;
}

void flow_table_discard(struct flow_table *t, struct slot *slot)
{
	struct rule *rule = slot->rule;

	slot->rule = NULL;
	t->n_rules--;
	flow_table_txn_log(t, &(struct flow_table_undo){.old = rule});
	flow_table_changed(t, rule);
	take_out(t, rule);
}

/* Puts 'rule' into its classifier from the next version on; 'old', if any, is
 * to go then. */
int flow_table_prepare(struct flow_table *t, struct rule *rule, struct rule *old)
{
	int err;

	rule->version_from = t->version + 1;
	rule->version_to = RULE_VERSION_MAX;
	if (old)
		rule_retire(old, t->version + 1);
	err = rule_table_insert(t->tables[rule->table_id], rule);
	if (err && old)
		rule_retire(old, RULE_VERSION_MAX);
	return err;
}

static bool overlaps(const struct flow_table *t, const struct rule *rule)
{
	struct match match;

	rule_match(rule, &match);
	return rule_table_overlaps(t->tables[rule->table_id], t->version, &match, rule->priority);
}

int flow_table_insert(struct flow_table *t, struct rule *rule, bool check_overlap)
{
	struct rule *old;
	int err = t->change ? -EBUSY : flow_table_make(t, rule->table_id);

	if (err)
		return err;
	old = flow_table_find_equal(t, rule, t->version);
	if (check_overlap && (old || overlaps(t, rule)))
		return -EEXIST;
	if (!old && t->n_rules >= XVS_MAX_RULES)
		return -ENOSPC;
	err = flow_table_reserve(t, !old);
	if (!err)
		err = rule_timers_reserve(&t->timers, 1);
	if (!err)
		err = flow_table_txn_reserve(t, 1);
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

struct rule *flow_table_find(const struct flow_table *t, __u8 table_id, const struct match *match,
			     __u16 priority)
{
	if (table_id >= FLOW_TABLES || !t->tables[table_id])
		return NULL;
	return rule_table_find(t->tables[table_id], t->version, match, priority);
}

size_t flow_table_expire(struct flow_table *t, __u64 now_ms, size_t max, flow_table_expired_fn fn,
			 void *aux)
{
	enum rule_expiry why;
	struct rule *rule;
	size_t n = 0;

	if (t->change || t->txn.open)
		return 0;
	while ((rule = rule_timers_due(&t->timers, now_ms, &max, &why))) {
		rule_get(rule);
		rule_retire(rule, t->version + 1);
		flow_table_commit(t);
		flow_table_discard(t, flow_table_slot(t, rule));
		fn(aux, rule, why);
		rule_put(rule);
		n++;
	}
	flow_table_pack(t);
	return n;
}

__u64 flow_table_next_expiry(const struct flow_table *t)
{
	return t->change || t->txn.open ? UINT64_MAX : rule_timers_next(&t->timers);
}

struct rule *flow_table_explain(const struct flow_table *t, __u8 table_id,
				const struct flow_key *key, struct flow_key *wc,
				const struct flow_table_listener *listener)
{
	const struct conjunction_query q = {
		.version = t->version,
		.key = key,
		.wc = wc,
		.step = listener->fn,
		.step_aux = listener->aux,
	};

	if (table_id >= FLOW_TABLES || !t->tables[table_id])
		return NULL;
	return rule_table_lookup(t->tables[table_id], &q);
}

struct rule *flow_table_lookup(const struct flow_table *t, __u8 table_id,
			       const struct flow_key *key, struct flow_key *wc)
{
	return flow_table_explain(t, table_id, key, wc, &(struct flow_table_listener){0});
}

int flow_table_configure(struct flow_table *t, const struct classifier_config *config)
{
	for (size_t i = 0; i < FLOW_TABLES; i++) {
		int err = t->tables[i] ? rule_table_configure(t->tables[i], config) : 0;

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
	for (size_t i = 0; i < FLOW_TABLES; i++)
		if (t->tables[i])
			rule_table_stats(t->tables[i], out);
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
