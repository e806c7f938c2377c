// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Transactions of the model: the log, and its two ends; see model_txn.h. Rules
 * have a log of their own, as they go by the hundred thousand
 * (loader/flow/flow_table_txn.c).
 */
#include "model_txn.h"

#include <errno.h>
#include <stdlib.h>

#include "flow_table_txn.h"
#include "model_private.h"

struct model_txn {
	struct model_undo *log;
	size_t n;
	size_t allocated;
	size_t last_fdb; /* entry of the table that was saved last, from 1; its 'arg'
			  * is the one before */
};

int model_txn_begin(struct model *m)
{
	m->txn = calloc(1, sizeof(*m->txn));
	if (!m->txn)
		return -ENOMEM;
	m->txn_wanted = false;
	/* Packets up to here count for rules that may be about to go. */
	flow_cache_count(m);
	for (size_t i = 0; i < m->n_switches; i++)
		flow_table_txn_begin(m->switches[i]->tables);
	return 0;
}

static void close_txn(struct model_txn *txn)
{
	free(txn->log);
	free(txn);
}

void model_txn_commit(struct model *m)
{
	struct model_txn *txn = m->txn;

	m->txn = NULL;
	for (size_t i = 0; i < txn->n; i++)
		if (txn->log[i].ready)
			txn->log[i].ready(m, &txn->log[i]);
	for (size_t i = 0; i < m->n_switches; i++)
		flow_table_txn_commit(m->switches[i]->tables);
	if (m->txn_wanted)
		revalidator_run(m);
	for (size_t i = 0; i < txn->n; i++)
		if (txn->log[i].done)
			txn->log[i].done(m, &txn->log[i]);
	close_txn(txn);
}

/*
 * The cached flows are those of the state that is restored, so nothing has to be
 * judged.
 */
void model_txn_rollback(struct model *m)
{
	struct model_txn *txn = m->txn;

	for (size_t i = 0; i < m->n_switches; i++)
		flow_table_txn_rollback(m->switches[i]->tables);
	while (txn->n) {
		const struct model_undo *u = &txn->log[--txn->n];

		if (u->undo)
			u->undo(m, u);
	}
	m->txn = NULL;
	close_txn(txn);
}

int model_txn_reserve(struct model *m)
{
	struct model_txn *txn = m->txn;
	size_t n;
	struct model_undo *log;

	if (!txn || txn->n < txn->allocated)
		return 0;
	n = txn->allocated ? 2 * txn->allocated : 64;
	log = reallocarray(txn->log, n, sizeof(*log));
	if (!log)
		return -ENOMEM;
	txn->log = log;
	txn->allocated = n;
	return 0;
}

void model_txn_log(struct model *m, const struct model_undo *u)
{
	if (m->txn) {
		m->txn->log[m->txn->n++] = *u;
		return;
	}
	if (u->ready)
		u->ready(m, u);
	if (u->done)
		u->done(m, u);
}

static void restore_fdb(struct model *m, const struct model_undo *u)
{
	sw_set_fdb(u->sw, u->object);
}

static void drop_fdb(struct model *m, const struct model_undo *u)
{
	fdb_destroy(u->object);
}

static bool fdb_is_saved(const struct model_txn *txn, const struct sw *sw)
{
	for (size_t at = txn->last_fdb; at; at = txn->log[at - 1].arg)
		if (txn->log[at - 1].sw == sw)
			return true;
	return false;
}

int model_txn_save_fdb(struct model *m, struct sw *sw)
{
	struct fdb *copy;
	int rc;

	if (!m->txn || fdb_is_saved(m->txn, sw))
		return 0;
	rc = model_txn_reserve(m);
	if (rc)
		return rc;
	copy = fdb_clone(sw->fdb);
	if (!copy)
		return -ENOMEM;
	model_txn_log(m, &(struct model_undo){.undo = restore_fdb,
					      .done = drop_fdb,
					      .sw = sw,
					      .object = copy,
					      .arg = m->txn->last_fdb});
	m->txn->last_fdb = m->txn->n;
	return 0;
}
