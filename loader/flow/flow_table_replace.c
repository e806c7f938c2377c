// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * All rules of a flow table at once. As with every change (flow_table.c) what
 * may fail is prepared in the version that comes next; here preparation and
 * clearing away are done in pieces, so that the thread that has the table can
 * serve packets in between, which see the old rules up to the commit and the
 * new ones from there on.
 */
#include <errno.h>
#include <stdlib.h>

#include "flow_table_private.h"
#include "xvs/limits.h"

enum phase {
	MARK, /* the rules that are there go with the next version */
	ADD, /* new ones come with it; equal ones stay after all */
	READY,
	CLEAR, /* after the commit: what is no longer visible is taken out */
	ADOPT, /* new rules get their places */
	UNDO_ADD, /* after an error: backwards */
	UNDO_MARK,
	DONE,
};

struct flow_table_change {
	struct flow_table *t;
	struct rule **rules;
	size_t n;
	size_t n_slots; /* when it began */
	enum phase phase;
	size_t at; /* slot or rule that is next */
	bool keep; /* what is there stays, unless a new rule takes its place */
	size_t n_more; /* keep: rules that there will be more */
	size_t n_timed; /* new rules with timeouts, so far */
};

static bool rules_equal(const struct rule *a, const struct rule *b)
{
	return a->cookie == b->cookie && a->idle_timeout_s == b->idle_timeout_s &&
	       a->hard_timeout_s == b->hard_timeout_s && ofacts_equal(&a->actions, &b->actions);
}

static void mark(struct flow_table_change *c, __u64 version_to)
{
	struct rule *rule = c->t->slots[c->at].rule;

	if (rule)
		rule_retire(rule, version_to);
}

/* A new rule that is not to be in the next version: it equals one that is there,
 * or a later one overrules it. */
static void leave_out(struct flow_table *t, struct rule *rule)
{
	if (rule->version_from)
		rule_table_remove(t->tables[rule->table_id], rule);
	rule->version_from = 0;
}

/* A later rule of equal match and priority wins over an earlier one, as if they
 * had been added one by one. */
static int add(struct flow_table_change *c, struct rule *rule)
{
	struct flow_table *t = c->t;
	__u64 next = t->version + 1;
	struct rule *old, *earlier;
	int err;

	rule->serial = 0;
	rule->version_from = 0;
	err = flow_table_make(t, rule->table_id);
	if (!err && rule_has_timeout(rule))
		err = rule_timers_reserve(&t->timers, ++c->n_timed);
	if (err)
		return err;
	old = flow_table_find_equal(t, rule, t->version);
	earlier = flow_table_find_equal(t, rule, next);
	if (c->keep && !earlier && t->n_rules + c->n_more++ >= XVS_MAX_RULES)
		return -ENOSPC;
	if (earlier && earlier != old)
		leave_out(t, earlier);
	if (old && !c->keep && rules_equal(old, rule)) {
		rule_retire(old, RULE_VERSION_MAX);
		return 0;
	}
	if (old)
		rule_retire(old, next);
	err = flow_table_prepare(t, rule, NULL);
	if (err)
		rule->version_from = 0;
	return err;
}

static void clear_slot(struct flow_table *t, struct slot *slot)
{
	struct rule *successor;

	if (!slot->rule || slot->rule->version_to == RULE_VERSION_MAX)
		return;
	successor = flow_table_find_equal(t, slot->rule, t->version);
	if (successor)
		flow_table_substitute(t, slot->rule, successor);
	else
		flow_table_discard(t, slot);
}

static void adopt_or_put(struct flow_table *t, struct rule *rule)
{
	if (!rule->version_from)
		rule_put(rule);
	else if (!rule->serial)
		flow_table_adopt(t, rule);
}

/* Goes over the phase's slots or rules: the one at c->at is what is to be done
 * now; false: the next phase has begun. */
static bool in_phase(struct flow_table_change *c, size_t n, enum phase next)
{
	if (c->at < n)
		return true;
	c->phase = next;
	c->at = 0;
	return false;
}

int flow_table_replace_begin(struct flow_table *t, struct rule **rules, size_t n,
			     struct flow_table_change **out)
{
	struct flow_table_change *c;
	int err;

	if (t->change)
		return -EBUSY;
	if (n > XVS_MAX_RULES)
		return -ENOSPC;
	err = flow_table_reserve(t, n);
	if (err)
		return err;
	c = malloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct flow_table_change){.t = t, .rules = rules, .n = n, .n_slots = t->n_slots};
	t->change = c;
	*out = c;
	return 0;
}

int flow_table_add_begin(struct flow_table *t, struct rule **rules, size_t n,
			 struct flow_table_change **out)
{
	int err = flow_table_replace_begin(t, rules, n, out);

	if (err)
		return err;
	(*out)->keep = true;
	(*out)->phase = ADD;
	return 0;
}

size_t flow_table_replace_refused(const struct flow_table_change *c)
{
	return c->n - 1;
}

int flow_table_replace_prepare(struct flow_table_change *c, size_t max)
{
	struct flow_table *t = c->t;
	int err;

	for (; max && c->phase != READY; max--) {
		if (c->phase == MARK) {
			if (in_phase(c, c->n_slots, ADD)) {
				mark(c, t->version + 1);
				c->at++;
			}
		} else if (in_phase(c, c->n, READY)) {
			err = add(c, c->rules[c->at++]);
			if (!err)
				continue;
			c->n = c->at;
			c->at = 0;
			c->phase = UNDO_ADD;
			return err;
		}
	}
	return c->phase != READY;
}

void flow_table_replace_commit(struct flow_table_change *c)
{
	flow_table_commit(c->t);
	c->phase = CLEAR;
}

static void finish_one(struct flow_table_change *c)
{
	struct flow_table *t = c->t;

	switch (c->phase) {
	case CLEAR:
		if (in_phase(c, c->n_slots, ADOPT))
			clear_slot(t, &t->slots[c->at++]);
		break;
	case ADOPT:
		if (in_phase(c, c->n, DONE))
			adopt_or_put(t, c->rules[c->at++]);
		break;
	case UNDO_ADD:
		if (in_phase(c, c->n, UNDO_MARK))
			leave_out(t, c->rules[c->at++]);
		break;
	case UNDO_MARK:
		if (in_phase(c, c->n_slots, DONE)) {
			mark(c, RULE_VERSION_MAX);
			c->at++;
		}
		break;
	default:
		break;
	}
}

bool flow_table_replace_finish(struct flow_table_change *c, size_t max)
{
	for (; max && c->phase != DONE; max--)
		finish_one(c);
	if (c->phase != DONE)
		return true;
	flow_table_pack(c->t);
	c->t->change = NULL;
	free(c);
	return false;
}
