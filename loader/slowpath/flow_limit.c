// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The flow limit in force; see flow_limit.h.
 */
#include "flow_limit.h"

void flow_limit_set(struct flow_limit *l, __u32 configured)
{
	l->configured = configured;
	l->in_force = configured;
}

static void note_cost(struct flow_limit *l, __u64 flow_ns)
{
	if (!flow_ns)
		flow_ns = 1;
	if (!l->flow_ns)
		l->flow_ns = flow_ns;
	/* An outlier is twice as dear, not a thousand times. */
	if (flow_ns > 2 * l->flow_ns)
		flow_ns = 2 * l->flow_ns;
	l->flow_ns = (3 * l->flow_ns + flow_ns + 3) / 4;
}

static __u32 affordable(const struct flow_limit *l)
{
	__u64 n = FLOW_LIMIT_SWEEP_NS / l->flow_ns;

	if (n < FLOW_LIMIT_FLOOR)
		n = FLOW_LIMIT_FLOOR;
	return n < l->configured ? (__u32)n : l->configured;
}

void flow_limit_swept(struct flow_limit *l, __u32 n, __u64 cpu_ns)
{
	__u32 wanted, least, most;

	if (n >= FLOW_LIMIT_MIN_SAMPLE)
		note_cost(l, cpu_ns / n);
	if (!l->flow_ns)
		return;
	wanted = affordable(l);
	least = flow_limit_target(l);
	most = l->in_force < l->configured / 2 ? 2 * l->in_force : l->configured;
	l->in_force = wanted < least ? least : wanted > most ? most : wanted;
}
