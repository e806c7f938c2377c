// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rules whose time is over go, in the sweep, which has just given them the
 * packets of the cached flows and the time of the last.
 */
#include "log.h"
#include "model_private.h"

#define MODULE "rules"

/* Rules that are asked in one turn: about a millisecond, unless they go. The
 * next turn comes soon then. */
#define EXPIRE_MAX 4096

static void expired(void *aux, const struct rule *rule, enum rule_expiry why)
{
	const struct sw *sw = aux;

	log_debug(MODULE, "%s: a rule of table %u, priority %u, cookie 0x%llx: %s timeout",
		  sw->name, rule->table_id, rule->priority, (unsigned long long)rule->cookie,
		  why == RULE_IDLE ? "idle" : "hard");
}

bool model_expire(struct model *m, __u64 now_ms)
{
	bool more = false;

	for (size_t i = 0; i < m->n_switches; i++) {
		struct sw *sw = m->switches[i];

		if (flow_table_expire(sw->tables, now_ms, EXPIRE_MAX, expired, sw))
			revalidator_request(m);
		more |= flow_table_next_expiry(sw->tables) <= now_ms;
	}
	return more;
}
