// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Meters of a switch: memory and the table.
 */
#include "meter_table.h"

#include <stdlib.h>

struct meter_table *meter_table_create(void)
{
	return calloc(1, sizeof(struct meter_table));
}

void meter_table_destroy(struct meter_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->ids.n; i++)
		free(t->ids.v[i]);
	id_table_fini(&t->ids);
	free(t);
}

ID_TABLE_OF(struct meter);

struct meter *meter_find(const struct meter_table *t, __u32 id)
{
	return id_table_find(&t->ids, id);
}

int meter_insert(struct meter_table *t, struct meter *m)
{
	return id_table_insert(&t->ids, m, XVS_MAX_METERS);
}

struct meter *meter_remove(struct meter_table *t, __u32 id)
{
	return id_table_remove(&t->ids, id);
}
