// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules: creation and reference counts. Who finds them is classifier.c, who
 * owns them flow_table.c.
 */
#include "rule.h"

#include <stdlib.h>

struct rule *rule_create(const struct match *match, __u8 table_id, __u16 priority, __u64 cookie,
			 struct ofacts *actions, __u64 now_ms)
{
	struct rule *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	/* Tables compare whole words: a bit outside the mask must not be there. */
	r->match.mask = match->mask;
	flow_mask_key(&r->match.key, &match->key, &match->mask);
	r->priority = priority;
	r->table_id = table_id;
	r->cookie = cookie;
	r->actions = *actions;
	*actions = (struct ofacts){0};
	r->created_ms = now_ms;
	r->refs = 1;
	return r;
}

struct rule *rule_get(struct rule *r)
{
	r->refs++;
	return r;
}

void rule_put(struct rule *r)
{
	if (!r || --r->refs)
		return;
	ofacts_fini(&r->actions);
	free(r);
}
