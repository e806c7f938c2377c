/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Several changes of a flow table that can be taken back together.
 *
 * Every change is in force at once, for lookups as well; who wants nobody to see
 * half of them does not look up, or lets nobody look up, until the end. What a
 * change takes out is only made invisible, so that a rollback needs no memory and
 * has the same rules again: their counters, ages and places in listings. With the
 * commit it is gone.
 *
 * [FTX1] A transaction is open on a table or it is not: begin when one is open,
 *        and the others when none is, do nothing. Replacements
 *        (flow_table_replace_begin) are not for open ones.
 */
#ifndef FLOW_FLOW_TABLE_TXN_H
#define FLOW_FLOW_TABLE_TXN_H

#include "flow_table.h"

void flow_table_txn_begin(struct flow_table *t);
void flow_table_txn_commit(struct flow_table *t);
void flow_table_txn_rollback(struct flow_table *t);

#endif /* FLOW_FLOW_TABLE_TXN_H */
