// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The revalidator: keeps the cache true to the rules. After a change of rules,
 * ports or learned addresses every cached flow that it can concern (change_set.h) is
 * translated again from the key of the packet that made it. Flows whose translation is the same stay; for the others
 * the new entry is published for version v + 1 and the old one ends there; one
 * commit makes all of it visible [I8]; then the old ones go. A flow whose new entry
 * finds no room just ends: its next packet misses and is translated then.
 */
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "mask_level.h"
#include "model_private.h"

#define MODULE "revalidator"

/* Changes that packets cause (learning) are judged together after this; a
 * change takes effect within 500 ms, a client's at once. */
#define REVAL_DELAY_MS 50

enum judgement {
	STAYS, /* the translation is what is installed */
	CHANGES, /* m->xout says what follows it */
	ENDS, /* its next packet has to be seen */
};

static enum judgement judge(struct model *m, struct ukey *u)
{
	struct flow_key key = flow_of_packet(&u->key);
	struct xlate_in in = model_xlate_in(m, u->sw, &key);

	if (!u->sw || model_sw_of_port(m, u->key.in_port) != u->sw || xlate(&in, &m->xout))
		return ENDS;
	/* As long as the flow is cached nobody sees a packet that teaches. */
	if (m->xout.unlearned)
		return ENDS;
	if (u->forced_exact)
		model_make_exact(&u->key, &m->xout);
	if (!ukey_same(u, &m->xout))
		return CHANGES;
	/* The same result, by another way perhaps. */
	u->deps = m->xout.deps;
	ukey_count(u, m->dp, in.now_ms);
	return ukey_set_refs(u, &m->xout.refs) ? ENDS : STAYS;
}

/* Publishes for the next version what the translation in m->xout says, unless
 * another old flow's successor covers it already. */
static void publish_successor(struct model *m, struct ukey *u)
{
	struct ukey *other, *successor;
	__u64 now = clock_ms();

	other = ukey_find(&m->ukeys, &u->key, &m->xout.mask.pkt);
	if (other && other != u && ukey_same(other, &m->xout))
		return;
	if (dp_n_free_slots(m->dp) < 2)
		return;
	successor = model_install(m, u->sw, &u->key, dp_version(m->dp) + 1);
	if (successor)
		successor->used_ms = u->used_ms ? u->used_ms : now;
}

void revalidator_run(struct model *m)
{
	__u32 version = dp_version(m->dp), n_ended = 0, n_slots = m->ukeys.top;
	struct ukey **ended;
	__u64 begin = clock_ms();

	if (m->txn) {
		m->txn_wanted = true;
		return;
	}
	m->reval_needed = false;
	event_timer_set(m->reval_timer, 0);
	if (change_set_is_empty(&m->changes))
		return;
	ended = calloc(m->ukeys.n + 1, sizeof(struct ukey *));
	if (!ended) {
		flow_cache_flush(m, NULL);
		change_set_clear(&m->changes);
		return;
	}
	for (__u32 s = 0; s < n_slots; s++) {
		struct ukey *u = m->ukeys.by_slot[s];
		enum judgement j;

		/* Successors made in this run have the version to come. */
		if (!u || u->state != UKEY_PUBLISHED || u->successor_of == version + 1 ||
		    !change_set_touches(&m->changes, &u->key, &u->mask, &u->deps))
			continue;
		j = judge(m, u);
		m->revalidated_total++;
		if (j == STAYS)
			continue;
		dp_flow_end(m->dp, u->slot, version + 1);
		ended[n_ended++] = u;
		if (j == CHANGES)
			publish_successor(m, u);
	}
	dp_version_commit(m->dp);
	for (__u32 i = 0; i < n_ended; i++)
		flow_cache_remove(m, ended[i]);
	free(ended);
	change_set_clear(&m->changes);
	dp_grace_begin(m->dp);
	m->reval_next_ms = clock_ms() + (clock_ms() - begin);
	mask_level_update(m);
	if (n_ended)
		log_debug(MODULE, "%u of %u flows changed", n_ended, m->ukeys.n + n_ended);
}

static void reval_due(void *aux)
{
	struct model *m = aux;

	if (m->reval_needed)
		revalidator_run(m);
	else
		event_timer_set(m->reval_timer, 0);
}

void revalidator_request(struct model *m)
{
	__u64 now = clock_ms();

	if (m->reval_needed)
		return;
	m->reval_needed = true;
	/* A large cache that is judged slowly gets as much time for upcalls. */
	event_timer_set(m->reval_timer, now + REVAL_DELAY_MS >= m->reval_next_ms
						? REVAL_DELAY_MS
						: m->reval_next_ms - now);
}

int revalidator_start(struct model *m)
{
	return event_add_timer(m->loop, 0, reval_due, m, &m->reval_timer);
}

void revalidator_stop(struct model *m)
{
	event_source_remove(m->reval_timer);
	m->reval_timer = NULL;
}
