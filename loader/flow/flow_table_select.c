// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Changes of the rules of a flow table that a selection means: other actions, or
 * their end; see flow_table.c for how changes are made.
 */
#include <errno.h>
#include <stdlib.h>

#include "flow_table_private.h"

/* Nested actions count, as the rule sends there. */
static bool outputs_to(void *aux, const struct ofact *a)
{
	return a->type == OFACT_OUTPUT && a->port == *(const int *)aux;
}

static bool uses_group(void *aux, const struct ofact *a)
{
	return a->type == OFACT_GROUP && a->id == *(const __s64 *)aux;
}

bool flow_select_matches(const struct flow_select *sel, const struct rule *rule)
{
	if (sel->table_id >= 0 && sel->table_id != rule->table_id)
		return false;
	if ((rule->cookie ^ sel->cookie) & sel->cookie_mask)
		return false;
	if (sel->out_port >= 0 && !ofacts_any(&rule->actions, outputs_to, (void *)&sel->out_port))
		return false;
	if (sel->out_group >= 0 && !ofacts_any(&rule->actions, uses_group, (void *)&sel->out_group))
		return false;
	if (sel->strict)
		return rule->priority == sel->priority && rule_has_match(rule, &sel->match);
	return rule_is_within(rule, &sel->match);
}

/* The slots of the rules of exactly this match and priority, one a table: found
 * without a look at all rules, as a batch may name thousands. */
static size_t select_exact(const struct flow_table *t, const struct flow_select *sel,
			   struct slot **chosen)
{
	size_t n = 0;

	for (int id = 0; id < FLOW_TABLES; id++) {
		struct rule *rule;

		if (sel->table_id >= 0 && sel->table_id != id)
			continue;
		rule = flow_table_find(t, (__u8)id, &sel->match, sel->priority);
		if (rule && flow_select_matches(sel, rule))
			chosen[n++] = flow_table_slot(t, rule);
	}
	return n;
}

/* The slots that 'sel' means, a malloc'ed array; 'n' may be 0. */
static int select_slots(const struct flow_table *t, const struct flow_select *sel,
			struct slot ***out, size_t *n)
{
	struct slot **chosen;

	if (t->change)
		return -EBUSY;
	chosen = malloc((sel->strict ? FLOW_TABLES : t->n_rules + 1) * sizeof(*chosen));
	if (!chosen)
		return -ENOMEM;
	*n = sel->strict ? select_exact(t, sel, chosen) : 0;
	for (size_t i = 0; !sel->strict && i < t->n_slots; i++)
		if (t->slots[i].rule && flow_select_matches(sel, t->slots[i].rule))
			chosen[(*n)++] = &t->slots[i];
	*out = chosen;
	return 0;
}

/* One rule that gets other actions. */
struct modified {
	struct rule *rule;
	struct ofacts actions; /* or... */
	struct rule *successor; /* ...a rule that takes its place */
};

static __u64 new_cookie(const struct rule *rule, const struct flow_change *to)
{
	return to->has_cookie ? to->cookie : rule->cookie;
}

/* Clauses of conjunctions are found by their actions: with others it is another
 * rule, visible from the next version on. */
static int prepare_successor(struct flow_table *t, struct modified *m, const struct flow_change *to)
{
	struct rule *old = m->rule;
	struct match match;
	int err;

	rule_match(old, &match);
	m->successor = rule_create(&(struct rule_spec){.match = &match,
						       .table_id = old->table_id,
						       .priority = old->priority,
						       .cookie = new_cookie(old, to),
						       .actions = &m->actions,
						       .now_ms = to->now_ms});
	if (!m->successor)
		return -ENOMEM;
	rule_succeed(m->successor, old);
	err = flow_table_prepare(t, m->successor, old);
	if (err) {
		rule_put(m->successor);
		m->successor = NULL;
	}
	return err;
}

static int prepare_modified(struct flow_table *t, struct modified *m, const struct flow_change *to)
{
	int err = ofacts_copy(&m->actions, to->actions);

	if (!err &&
	    (ofacts_is_conjunction(to->actions) || ofacts_is_conjunction(&m->rule->actions)))
		err = prepare_successor(t, m, to);
	return err;
}

static void undo_modified(struct flow_table *t, struct modified *m)
{
	if (m->successor) {
		rule_table_remove(t->tables[m->rule->table_id], m->successor);
		rule_put(m->successor);
		rule_retire(m->rule, RULE_VERSION_MAX);
	}
	ofacts_fini(&m->actions);
}

/* Swaps the actions with the rule's; those are kept if they may come back. */
static void finish_modified(struct flow_table *t, struct modified *m, const struct flow_change *to)
{
	struct flow_table_undo u = {.modified = m->rule,
				    .actions = m->rule->actions,
				    .cookie = m->rule->cookie,
				    .modified_ms = m->rule->modified_ms};

	if (m->successor) {
		flow_table_substitute(t, m->rule, m->successor);
		return;
	}
	m->rule->actions = m->actions;
	m->rule->cookie = new_cookie(m->rule, to);
	m->rule->modified_ms = to->now_ms;
	if (!t->txn.open)
		ofacts_fini(&u.actions);
	flow_table_txn_log(t, &u);
	flow_table_changed(t, m->rule);
}

/* All that may fail first: running out of memory half-way must change nothing. */
static int modify_all(struct flow_table *t, struct modified *v, size_t n,
		      const struct flow_change *to)
{
	int err = flow_table_txn_reserve(t, n);
	size_t done = 0, n_timed = 0;

	for (; !err && done < n; done++) {
		err = prepare_modified(t, &v[done], to);
		n_timed += v[done].successor && rule_has_timeout(v[done].successor);
	}
	if (!err)
		err = rule_timers_reserve(&t->timers, n_timed);
	while (err && done)
		undo_modified(t, &v[--done]);
	if (err)
		return err;
	flow_table_commit(t);
	for (size_t i = 0; i < n; i++)
		finish_modified(t, &v[i], to);
	return 0;
}

int flow_table_modify(struct flow_table *t, const struct flow_select *sel,
		      const struct flow_change *to)
{
	struct slot **chosen = NULL;
	struct modified *v;
	size_t n = 0;
	int err = select_slots(t, sel, &chosen, &n);

	if (err || !n)
		goto out;
	v = calloc(n, sizeof(*v));
	err = v ? 0 : -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		v[i].rule = chosen[i]->rule;
	if (!err)
		err = modify_all(t, v, n, to);
	free(v);
out:
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
	err = flow_table_txn_reserve(t, n);
	if (err) {
		free(chosen);
		return err;
	}
	for (size_t i = 0; i < n; i++)
		rule_retire(chosen[i]->rule, t->version + 1);
	if (n)
		flow_table_commit(t);
	for (size_t i = 0; i < n; i++)
		flow_table_discard(t, chosen[i]);
	free(chosen);
	flow_table_pack(t);
	return (int)n;
}
