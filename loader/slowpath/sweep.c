// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The sweep; see sweep.h.
 */
#include "sweep.h"

#include "clock.h"
#include "mask_level.h"
#include "model_private.h"

#define SWEEP_MS 1000
#define IDLE_MS 10000
/* Nothing is cached and no rule is about to expire; learned addresses have minutes. */
#define SWEEP_ASLEEP_MS 5000

/* Upcalls and clients wait no longer for it; between two slices they have at least
 * a millisecond. */
#define SWEEP_SLICE_NS 2000000
#define SWEEP_PAUSE_MS 1

/* Under pressure: as often as takes a tenth of the thread, between these. */
#define SWEEP_PRESSED_MS 200
#define SWEEP_HURRY_MS 50
#define SWEEP_SHARE 10

/* Slots that the hand passes between two looks at the clock. */
#define EVICT_STEP 1024

static void sweep_begin(struct sweep *s)
{
	s->state = SWEEP_COUNTS;
	s->hurried = false;
	s->asleep = false;
	s->at = 0;
	s->begun_ms = clock_ms();
	s->cpu_ns = 0;
	s->n_flows = 0;
	memset(&s->ages, 0, sizeof(s->ages));
}

/* A flow whose packets were counted just now. */
static void sweep_flow(struct model *m, __u32 slot, __u64 fresh, __u64 now)
{
	const struct ukey_use *use = &m->ukeys.use[slot];
	struct sweep *s = &m->sweep;
	__u64 idle = now > use->active_ms ? now - use->active_ms : 0;

	s->n_flows++;
	if (fresh)
		dp_note_hits(m->dp, slot, fresh);
	if (idle > IDLE_MS)
		flow_cache_remove(m, &m->ukeys.ukeys[slot]);
	else
		evict_note(&s->ages, evict_age_ms(idle, use->packets));
}

static bool count_some(struct model *m, __u64 until_ns)
{
	struct ukey_table *t = &m->ukeys;
	struct sweep *s = &m->sweep;
	__u64 fresh[UKEY_BLOCK];

	while (s->at < t->top) {
		__u64 now_ns = clock_ns(), now = now_ns / 1000000;

		if (now_ns >= until_ns)
			return false;
		ukey_count_block(t, s->at, now, fresh);
		for (__u32 i = 0; i < UKEY_BLOCK && s->at + i < t->top; i++)
			if (t->use[s->at + i].active_ms)
				sweep_flow(m, s->at + i, fresh[i], now);
		s->at += UKEY_BLOCK;
	}
	return true;
}

/* The age from which on flows go, if there are too many now, or by the hand of a miss
 * that finds the cache full before the next sweep: an eighth of them. */
static void choose(struct model *m)
{
	__u32 n = m->ukeys.n, target = flow_limit_target(&m->limit), least = n / 8 + 1;

	m->sweep.evict_from_ms = evict_threshold_ms(
		&m->sweep.ages, n > target && n - target > least ? n - target : least);
}

static bool evict_some(struct model *m, __u64 until_ns)
{
	struct sweep *s = &m->sweep;

	for (; s->at < m->ukeys.top && m->ukeys.n > flow_limit_target(&m->limit);
	     s->at += EVICT_STEP) {
		if (clock_ns() >= until_ns)
			return false;
		flow_cache_evict(m, EVICT_STEP);
	}
	return true;
}

/* What depends on all flows being counted. Times are those of the beginning, as a flow
 * may not have been counted since. */
static void after_counting(struct model *m)
{
	struct sweep *s = &m->sweep;

	dp_reorder(m->dp);
	recirc_expire(m->xlate_env.recircs, s->begun_ms);
	ct_action_expire(m->xlate_env.ct_actions, s->begun_ms);
	mask_level_relax(m);
	mask_level_update_all(m);
	port_sweep_device_drops(m->ports);
	for (size_t i = 0; i < m->n_switches; i++)
		if (fdb_expire(m->switches[i]->fdb, s->begun_ms))
			revalidator_request(m);
}

static __u64 pressed_ms(const struct sweep *s, __u64 least_ms)
{
	__u64 ms = s->last_cpu_ns / 1000000 * SWEEP_SHARE;

	return ms < least_ms ? least_ms : ms > SWEEP_MS ? SWEEP_MS : ms;
}

/* Until the next one, if nothing presses. */
static __u64 rest_ms(const struct model *m)
{
	__u64 now = clock_ms(), due = now + SWEEP_ASLEEP_MS;

	/* In a transaction nobody knows which rules there will be. */
	if (m->ukeys.n || m->txn)
		return SWEEP_MS;
	for (size_t i = 0; i < m->n_switches; i++) {
		__u64 next = flow_table_next_expiry(m->switches[i]->tables);

		due = next < due ? next : due;
	}
	/* A timer counts from when the loop woke up: a while ago. */
	due += SWEEP_HURRY_MS;
	return due < now + SWEEP_PRESSED_MS ? SWEEP_PRESSED_MS : due - now;
}

static void sweep_end(struct model *m)
{
	struct sweep *s = &m->sweep;
	bool again;

	after_counting(m);
	if (m->ukeys.n)
		ct_sweep_wake(m);
	dp_grace_begin(m->dp);
	flow_limit_swept(&m->limit, s->n_flows, s->cpu_ns);
	s->last_cpu_ns = s->cpu_ns;
	s->ended_ms = clock_ms();
	s->state = SWEEP_RESTS;
	/* The next look comes as soon as there may be more to remove. */
	again = model_expire(m, s->begun_ms) || m->ukeys.n > flow_limit_target(&m->limit);
	s->asleep = !again && rest_ms(m) > SWEEP_MS;
	event_timer_set(s->timer, again ? pressed_ms(s, SWEEP_PRESSED_MS) : rest_ms(m));
}

static void sweep_slice(void *aux)
{
	__u64 cpu = clock_of(CLOCK_THREAD_CPUTIME_ID), until = clock_ns() + SWEEP_SLICE_NS;
	struct model *m = aux;
	struct sweep *s = &m->sweep;
	bool done = false;

	if (s->state == SWEEP_RESTS)
		sweep_begin(s);
	if (s->state == SWEEP_COUNTS && count_some(m, until)) {
		choose(m);
		s->state = SWEEP_EVICTS;
		s->at = 0;
	}
	if (s->state == SWEEP_EVICTS)
		done = evict_some(m, until);
	s->cpu_ns += clock_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
	if (done)
		sweep_end(m);
	else
		event_timer_set(s->timer, SWEEP_PAUSE_MS);
}

void sweep_wake(struct model *m)
{
	if (!m->sweep.asleep)
		return;
	m->sweep.asleep = false;
	event_timer_set(m->sweep.timer, SWEEP_MS);
}

void sweep_hurry(struct model *m)
{
	struct sweep *s = &m->sweep;
	__u64 now = clock_ms(), due = s->ended_ms + pressed_ms(s, SWEEP_HURRY_MS);

	/* Not put off by those that ask again. */
	if (s->state != SWEEP_RESTS || s->hurried)
		return;
	s->hurried = true;
	s->asleep = false;
	event_timer_set(s->timer, due > now ? due - now : SWEEP_PAUSE_MS);
}

int sweep_start(struct model *m)
{
	return event_add_timer(m->loop, SWEEP_MS, sweep_slice, m, &m->sweep.timer);
}

void sweep_stop(struct model *m)
{
	event_source_remove(m->sweep.timer);
	m->sweep.timer = NULL;
}
