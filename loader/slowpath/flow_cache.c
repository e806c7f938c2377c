// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The cached flows as a whole: how they leave, and what their last packets count
 * for. How they come is upcall.c's; why they leave is the revalidator's and the
 * sweep's.
 */
#include <sys/epoll.h>

#include "clock.h"
#include "model_private.h"

/* Slots that a miss looks at when the cache is full: well under a microsecond, and an
 * eighth of them, where the sweep has set the age, makes room for the next misses. */
#define EVICT_LOOK 64

void flow_cache_remove(struct model *m, struct ukey *u)
{
	ukey_retire(&m->ukeys, u);
	dp_flow_remove(m->dp, u->slot);
	m->removed_total++;
}

/* As far as is known of the flow of a slot. */
static bool may_go(const struct model *m, const struct ukey_use *use, __u64 now)
{
	__u64 idle = now > use->active_ms ? now - use->active_ms : 0;

	if (!use->active_ms)
		return false;
	/* Too many, as the limit has sunk: some have to go. */
	if (idle < EVICT_RECENT_MS && m->ukeys.n <= m->limit.in_force)
		return false;
	return evict_age_ms(idle, use->packets) >= m->sweep.evict_from_ms;
}

void flow_cache_evict(struct model *m, __u32 n_slots)
{
	__u32 target = flow_limit_target(&m->limit), n = m->ukeys.n;
	struct ukey_table *t = &m->ukeys;
	__u64 now = clock_ms();

	for (; n_slots && t->n > target; n_slots--) {
		__u32 slot = m->sweep.hand;

		m->sweep.hand = slot + 1 < t->top ? slot + 1 : 0;
		if (!may_go(m, &t->use[slot], now))
			continue;
		/* It may have been used since. */
		ukey_count(t, &t->ukeys[slot], now);
		if (may_go(m, &t->use[slot], now))
			flow_cache_remove(m, &t->ukeys[slot]);
	}
	if (t->n < n)
		dp_grace_begin(m->dp);
}

bool flow_cache_make_room(struct model *m)
{
	if (m->ukeys.n >= m->limit.in_force)
		flow_cache_evict(m, EVICT_LOOK);
	if (m->ukeys.n >= m->limit.in_force) {
		sweep_hurry(m);
		return false;
	}
	/* Slots of removed flows wait for a grace period; a change of the rules needs
	 * some for what follows the flows that it concerns. */
	return dp_n_free_slots(m->dp) > XVS_FLOW_SLOTS_SPARE / 2;
}

/* The last packets of a removed flow: they were counted until every program
 * that had found it ended. */
static void slot_free(void *aux, __u32 slot)
{
	struct model *m = aux;
	struct ukey *u = ukey_at(&m->ukeys, slot, UKEY_REMOVED);

	if (!u)
		return;
	ukey_count(&m->ukeys, u, clock_ms());
	ukey_free(&m->ukeys, slot);
}

static void grace_over(void *aux, int fd, uint32_t events)
{
	struct model *m = aux;

	dp_grace_end(m->dp, slot_free, m);
	dp_grace_begin(m->dp);
}

void flow_cache_count(struct model *m)
{
	__u64 fresh[UKEY_BLOCK], now = clock_ms();

	for (__u32 s = 0; s < m->ukeys.top; s += UKEY_BLOCK)
		ukey_count_block(&m->ukeys, s, now, fresh);
}

void flow_cache_flush(struct model *m, const struct sw *sw)
{
	struct ukey_table *t = &m->ukeys;

	for (__u32 s = 0; s < t->top; s++) {
		struct ukey *u = &t->ukeys[s];

		if (t->state[s] == UKEY_FREE || (sw && u->sw != sw))
			continue;
		if (t->state[s] == UKEY_PUBLISHED)
			flow_cache_remove(m, u);
		if (sw)
			u->sw = NULL;
	}
	dp_grace_begin(m->dp);
}

int flow_cache_start(struct model *m)
{
	int fd = dp_grace_fd(m->dp);

	return fd < 0 ? 0 : event_add_fd(m->loop, fd, EPOLLIN, grace_over, m, &m->grace_source);
}

void flow_cache_stop(struct model *m)
{
	event_source_remove(m->grace_source);
	m->grace_source = NULL;
}
