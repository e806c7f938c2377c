// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sweep of connections; see ct_sweep.h.
 */
#include "ct_sweep.h"

#include "model_private.h"

/* Slots of one slice: 32 KiB of words, and a third of a millisecond if all of them are
 * freed. Upcalls and clients have their turn in the pause. */
#define SLICE_SLOTS 4096
#define PAUSE_MS 1

#define ROUND_MS 10000
/* In a flood of beginnings, whose ends are over in seconds (XVS_CT_T_PRESSED): what they
 * count for in their zone is to be given back as soon. */
#define FLOOD_ROUND_MS 1000
#define FLOOD_MIN 1024
#define IDLE_ROUND_MAX_MS 60000

/* Most of what is there has only begun. */
static bool is_flood(const struct dp_ct_round *round)
{
	return round->n_half >= FLOOD_MIN && round->n_half > round->n_used / 2;
}

/* Until the next round; 0: nothing will be there to be freed. */
static __u64 rest_ms(const struct model *m)
{
	const struct dp_ct_round *round = &m->ct_sweep.round;
	__u64 next_ms = (__u64)round->next * 1000 / dp_config(m->dp)->hz;

	if (is_flood(round))
		return FLOOD_ROUND_MS;
	if (m->ukeys.n)
		return ROUND_MS;
	if (!round->n_used)
		return 0;
	/* Seldom, but not later than there is something to do. */
	if (next_ms > IDLE_ROUND_MAX_MS)
		return IDLE_ROUND_MAX_MS;
	return next_ms < ROUND_MS ? ROUND_MS : next_ms;
}

static void sweep_slice(void *aux)
{
	struct model *m = aux;
	struct ct_sweep *s = &m->ct_sweep;
	__u64 rest;

	if (!s->at)
		s->round = (struct dp_ct_round){0};
	dp_ct_reap(m->dp, s->at, SLICE_SLOTS, &s->round);
	s->at += SLICE_SLOTS;
	if (s->at < dp_ct_n_slots(m->dp)) {
		event_timer_set(s->timer, PAUSE_MS);
		return;
	}
	s->at = 0;
	rest = rest_ms(m);
	s->asleep = !rest;
	event_timer_set(s->timer, rest);
}

void ct_sweep_wake(struct model *m)
{
	struct ct_sweep *s = &m->ct_sweep;

	if (!s->asleep || !dp_ct_is_used(m->dp))
		return;
	s->asleep = false;
	event_timer_set(s->timer, ROUND_MS);
}

int ct_sweep_start(struct model *m)
{
	m->ct_sweep.asleep = true;
	return event_add_timer(m->loop, 0, sweep_slice, m, &m->ct_sweep.timer);
}

void ct_sweep_stop(struct model *m)
{
	event_source_remove(m->ct_sweep.timer);
	m->ct_sweep.timer = NULL;
}
