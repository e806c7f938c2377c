/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Transactions: many changes of the model that packets see at once, or never.
 *
 * Problem. A batch changes rules, groups, meters, mirrors, ports and addresses,
 * one after the other; line 500 may be wrong. No packet may see the first 499
 * by themselves, and after a mistake everything has to be as before, counters
 * and ages included, even if it was memory that ran out.
 *
 * Idea. All of a transaction runs in one turn of the datapath thread, so nobody
 * looks while it is open. Changes of the policy (loader/flow) are made at once,
 * so that the next one sees them, and each logs how to take it back. Cached flows
 * are judged once, by the commit: one version step [I8]. What would reach packets
 * otherwise, stores into the datapath's tables, is put off until then.
 *
 * Whoever changes the model does it in this order, with a transaction or without:
 *
 *   model_txn_reserve(m)    may fail; nothing is changed then
 *   change the policy       keeping what is replaced
 *   model_txn_log(m, ...)   how to undo it, and what is left to do
 *   revalidator_run(m)      only notes that it is wanted, if one is open
 *
 * [TXN1] Of an entry's 'undo' and 'done' exactly one is called, and takes over
 *        what the entry holds: 'undo' by the rollback, in reverse order; 'done' by
 *        the commit, in order, after the version step. 'ready' comes before that
 *        step, for what the new rules rely on: a port that they use is unblocked
 *        by 'ready', and one that they use no more is blocked by 'done'.
 * [TXN2] None of them can fail, so none of them allocates.
 *
 * Thread rule: the datapath thread, all of it in one turn.
 */
#ifndef SLOWPATH_MODEL_TXN_H
#define SLOWPATH_MODEL_TXN_H

#include "sw.h"

struct model;

/* There is none open. 0 or -ENOMEM. */
int model_txn_begin(struct model *m);
/* Behind model_policy_prepare. */
void model_txn_commit(struct model *m);
void model_txn_rollback(struct model *m);

/* --- for those that change the model --- */

struct model_undo;
typedef void (*model_undo_fn)(struct model *m, const struct model_undo *u);

struct model_undo {
	model_undo_fn undo; /* NULL: there is nothing to take back */
	model_undo_fn ready; /* NULL: nothing has to be done first */
	model_undo_fn done; /* NULL: there is nothing left to do or to free */
	struct sw *sw;
	void *object; /* whatever the functions make of these */
	__u64 arg;
};

/* Room for one entry: 0 or -ENOMEM. */
int model_txn_reserve(struct model *m);
/* Cannot fail. Without a transaction it is as if one were committed: 'ready' and
 * 'done' are called now. */
void model_txn_log(struct model *m, const struct model_undo *u);
/* The addresses of 'sw' are about to change; a rollback brings them back. 0 or
 * -ENOMEM. In place of model_txn_reserve and model_txn_log. */
int model_txn_save_fdb(struct model *m, struct sw *sw);

#endif /* SLOWPATH_MODEL_TXN_H */
