// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sweep: once a second it reads the counters, gives them to the rules, keeps
 * learned addresses fresh, and removes what was idle too long; near the flow limit
 * much earlier.
 */
#include "clock.h"
#include "mask_level.h"
#include "model_private.h"

#define SWEEP_MS 1000
#define IDLE_MS 10000
/* At 7/8 of the limit, and over it. */
#define IDLE_PRESSED_MS 1500
#define IDLE_FULL_MS 100

static __u64 idle_limit_ms(const struct model *m)
{
	if (m->ukeys.n >= m->flow_limit)
		return IDLE_FULL_MS;
	return m->ukeys.n >= m->flow_limit / 8 * 7 ? IDLE_PRESSED_MS : IDLE_MS;
}

static void sweep_ukey(struct model *m, struct ukey *u, __u64 now)
{
	__u64 since, packets = ukey_count(u, m->dp, now);

	if (u->state != UKEY_PUBLISHED)
		return;
	if (packets)
		dp_note_hits(m->dp, u->slot, packets);
	since = u->used_ms > u->created_ms ? u->used_ms : u->created_ms;
	if (now - since > idle_limit_ms(m))
		flow_cache_remove(m, u);
}

static void sweep(void *aux)
{
	struct model *m = aux;
	__u64 now = clock_ms();
	bool again;

	for (__u32 s = 0; s < m->ukeys.n_slots; s++)
		if (m->ukeys.by_slot[s])
			sweep_ukey(m, m->ukeys.by_slot[s], now);
	dp_reorder(m->dp);
	recirc_expire(m->xlate_env.recircs, now);
	mask_level_relax(m);
	mask_level_update(m);
	port_sweep_device_drops(m->ports);
	dp_grace_begin(m->dp);
	for (size_t i = 0; i < m->n_switches; i++)
		if (fdb_expire(m->switches[i]->fdb, now))
			revalidator_request(m);
	/* The next look comes as soon as there may be more to remove. */
	again = model_expire(m, now) || m->ukeys.n >= m->flow_limit;
	event_timer_set(m->sweep_timer, again ? SWEEP_MS / 5 : SWEEP_MS);
}

int sweep_start(struct model *m)
{
	return event_add_timer(m->loop, SWEEP_MS, sweep, m, &m->sweep_timer);
}

void sweep_stop(struct model *m)
{
	event_source_remove(m->sweep_timer);
	m->sweep_timer = NULL;
}
