// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A look over all rules of a flow table for the first that fits, without a list
 * of them.
 */
#include "flow_table_private.h"

struct rule *flow_table_find_if(const struct flow_table *t, flow_table_fn fn, void *aux)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		struct rule *rule = t->slots[i].rule;

		if (rule && fn(aux, rule))
			return rule;
	}
	return NULL;
}
