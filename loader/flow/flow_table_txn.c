// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Transactions of a flow table: the log of what changes did to its list, and
 * both ends; see flow_table_txn.h. The changes themselves are in flow_table.c.
 */
#include "flow_table_txn.h"

#include <errno.h>
#include <stdlib.h>

#include "flow_table_private.h"

int flow_table_txn_reserve(struct flow_table *t, size_t n_more)
{
	struct flow_table_txn *x = &t->txn;
	size_t n = x->allocated ? x->allocated : 64;
	struct flow_table_undo *log;

	if (!x->open || x->n + n_more <= x->allocated)
		return 0;
	while (n < x->n + n_more)
		n *= 2;
	log = reallocarray(x->log, n, sizeof(*log));
	if (!log)
		return -ENOMEM;
	x->log = log;
	x->allocated = n;
	return 0;
}

void flow_table_txn_log(struct flow_table *t, const struct flow_table_undo *u)
{
	if (t->txn.open)
		t->txn.log[t->txn.n++] = *u;
}

void flow_table_txn_begin(struct flow_table *t)
{
	t->txn.open = true;
}

static void close_log(struct flow_table *t)
{
	free(t->txn.log);
	t->txn = (struct flow_table_txn){0};
	flow_table_pack(t);
}

void flow_table_txn_commit(struct flow_table *t)
{
	t->txn.open = false;
	for (size_t i = 0; i < t->txn.n; i++) {
		struct flow_table_undo *u = &t->txn.log[i];

		if (u->old)
			flow_table_dispose(t, u->old);
		ofacts_fini(&u->actions);
	}
	close_log(t);
}

/* The slot was emptied, or has another rule. */
static void put_back(struct flow_table *t, struct rule *rule)
{
	struct slot *slot = flow_table_slot(t, rule);

	if (!slot->rule)
		t->n_rules++;
	slot->rule = rule;
	rule_retire(rule, RULE_VERSION_MAX);
}

static void undo(struct flow_table *t, struct flow_table_undo *u)
{
	if (u->old)
		put_back(t, u->old);
	else if (u->added)
		flow_table_forget(t, flow_table_slot(t, u->added));
	if (u->added)
		flow_table_dispose(t, u->added);
	if (u->modified) {
		ofacts_fini(&u->modified->actions);
		u->modified->actions = u->actions;
		u->modified->modified_ms = u->modified_ms;
		u->modified->cookie = u->cookie;
	}
}

void flow_table_txn_rollback(struct flow_table *t)
{
	if (!t->txn.open)
		return;
	t->txn.open = false;
	while (t->txn.n)
		undo(t, &t->txn.log[--t->txn.n]);
	/* Lookups from here on see what was there before. */
	flow_table_commit(t);
	close_log(t);
}
