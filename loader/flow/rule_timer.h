/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which rules' time is over, without a look at the others.
 *
 * A heap by the earliest time at which a rule could expire. A packet that uses a
 * rule only moves that time back, so nothing is done here then: when its turn
 * comes the rule is asked once more and queued anew.
 *
 * Costs O(log n) for a start, a stop, and a rule whose turn has come; each idle
 * rule with traffic has its turn once in an idle_timeout.
 */
#ifndef FLOW_RULE_TIMER_H
#define FLOW_RULE_TIMER_H

#include "rule.h"

struct rule_timer {
	__u64 due_ms; /* not later than rule_deadline() */
	struct rule *rule;
};

struct rule_timers {
	struct rule_timer *heap; /* the earliest first */
	size_t n;
	size_t allocated;
};

void rule_timers_fini(struct rule_timers *t);
/* Room for so many more. 0 or -ENOMEM. */
int rule_timers_reserve(struct rule_timers *t, size_t n_more);

static inline bool rule_has_timeout(const struct rule *r)
{
	return r->idle_timeout_s || r->hard_timeout_s;
}

/* There is room. A rule without timeouts is left alone, here and in stop. */
void rule_timers_start(struct rule_timers *t, struct rule *r);
void rule_timers_stop(struct rule_timers *t, struct rule *r);

/* A rule whose time is over, or NULL; at most '*max' are asked, and '*max' is
 * lowered by as many. It stays in the heap until it is stopped. */
struct rule *rule_timers_due(struct rule_timers *t, __u64 now_ms, size_t *max,
			     enum rule_expiry *why);
/* No rule is due before; UINT64_MAX: none at all. */
__u64 rule_timers_next(const struct rule_timers *t);

#endif /* FLOW_RULE_TIMER_H */
