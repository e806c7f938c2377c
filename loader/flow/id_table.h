/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a switch has numbers for, in order of the numbers: its groups, its meters.
 *
 * An item begins with its id, a __u32 (ID_TABLE_OF). The table owns none of them.
 */
#ifndef FLOW_ID_TABLE_H
#define FLOW_ID_TABLE_H

#include <stddef.h>

#include "xvs/types.h"

#define ID_TABLE_OF(type) _Static_assert(!offsetof(type, id), "an item begins with its id")

struct id_table {
	void **v; /* in order of id */
	size_t n;
	size_t allocated;
};

void id_table_fini(struct id_table *t); /* the items are the caller's */
void *id_table_find(const struct id_table *t, __u32 id); /* NULL: none */
/* -EEXIST; -ENOSPC: there are 'max' already; -ENOMEM. It cannot fail for an item
 * that has just been removed. */
int id_table_insert(struct id_table *t, void *item, size_t max);
/* 'item' takes the place of the one of its id, which must be there and is returned. */
void *id_table_replace(struct id_table *t, void *item);
void *id_table_remove(struct id_table *t, __u32 id); /* NULL: none */

#endif /* FLOW_ID_TABLE_H */
