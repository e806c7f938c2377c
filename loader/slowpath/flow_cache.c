// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The cached flows as a whole: how they leave, and what their last packets count
 * for. How they come is upcall.c's; why they leave is the revalidator's and the
 * sweep's.
 */
#include <sys/epoll.h>

#include "clock.h"
#include "model_private.h"

void flow_cache_remove(struct model *m, struct ukey *u)
{
	ukey_retire(&m->ukeys, u);
	dp_flow_remove(m->dp, u->slot);
	m->removed_total++;
}

/* The last packets of a removed flow: they were counted until every program
 * that had found it ended. */
static void slot_free(void *aux, __u32 slot)
{
	struct model *m = aux;

	if (!m->ukeys.by_slot[slot])
		return;
	ukey_count(m->ukeys.by_slot[slot], m->dp, clock_ms());
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
	__u64 now = clock_ms();

	for (__u32 s = 0; s < m->ukeys.n_slots; s++)
		if (m->ukeys.by_slot[s])
			ukey_count(m->ukeys.by_slot[s], m->dp, now);
}

void flow_cache_flush(struct model *m, const struct sw *sw)
{
	for (__u32 s = 0; s < m->ukeys.n_slots; s++) {
		struct ukey *u = m->ukeys.by_slot[s];

		if (!u || (sw && u->sw != sw))
			continue;
		if (u->state == UKEY_PUBLISHED)
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
