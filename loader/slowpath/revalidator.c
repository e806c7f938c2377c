// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The revalidator: keeps the cache true to the rules, and small.
 *
 * Change: after a change of rules, ports or learned addresses every cached
 * flow is translated again from the key of the packet that made it. Flows
 * whose translation is the same stay; for the others the new entry is
 * published for version v + 1 and the old one ends there; one commit makes all
 * of it visible [I8]; then the old ones go. A flow whose new entry finds no
 * room just ends: its next packet misses and is translated then.
 *
 * Time: a sweep a second reads the counters, gives them to the rules, keeps
 * learned addresses fresh, and removes what was idle too long; near the flow
 * limit much earlier.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "clock.h"
#include "log.h"
#include "mask_level.h"
#include "model_private.h"

#define MODULE "revalidator"

/* Changes that packets cause (learning) are judged together after this; a
 * change takes effect within 500 ms, a client's at once. */
#define REVAL_DELAY_MS 50
#define SWEEP_MS 1000
#define IDLE_MS 10000
/* At 7/8 of the limit, and over it. */
#define IDLE_PRESSED_MS 1500
#define IDLE_FULL_MS 100

static void remove_ukey(struct model *m, struct ukey *u)
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

void revalidator_count(struct model *m)
{
	__u64 now = clock_ms();

	for (__u32 s = 0; s < m->ukeys.n_slots; s++)
		if (m->ukeys.by_slot[s])
			ukey_count(m->ukeys.by_slot[s], m->dp, now);
}

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
	__u32 version = dp_version(m->dp), n_ended = 0, n_slots = m->ukeys.n_slots;
	struct ukey **ended;
	__u64 begin = clock_ms();

	if (m->txn) {
		m->txn_wanted = true;
		return;
	}
	m->reval_needed = false;
	event_timer_set(m->reval_timer, 0);
	ended = calloc(m->ukeys.n + 1, sizeof(struct ukey *));
	if (!ended) {
		revalidator_flush(m, NULL);
		return;
	}
	for (__u32 s = 0; s < n_slots; s++) {
		struct ukey *u = m->ukeys.by_slot[s];
		enum judgement j;

		/* Successors made in this run have the version to come. */
		if (!u || u->state != UKEY_PUBLISHED || u->successor_of == version + 1)
			continue;
		j = judge(m, u);
		if (j == STAYS)
			continue;
		dp_flow_end(m->dp, u->slot, version + 1);
		ended[n_ended++] = u;
		if (j == CHANGES)
			publish_successor(m, u);
	}
	dp_version_commit(m->dp);
	for (__u32 i = 0; i < n_ended; i++)
		remove_ukey(m, ended[i]);
	free(ended);
	dp_grace_begin(m->dp);
	m->reval_next_ms = clock_ms() + (clock_ms() - begin);
	mask_level_update(m);
	if (n_ended)
		log_debug(MODULE, "%u of %u flows changed", n_ended, m->ukeys.n + n_ended);
}

void revalidator_flush(struct model *m, const struct sw *sw)
{
	for (__u32 s = 0; s < m->ukeys.n_slots; s++) {
		struct ukey *u = m->ukeys.by_slot[s];

		if (!u || (sw && u->sw != sw))
			continue;
		if (u->state == UKEY_PUBLISHED)
			remove_ukey(m, u);
		if (sw)
			u->sw = NULL;
	}
	dp_grace_begin(m->dp);
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

static __u64 idle_limit_ms(const struct model *m)
{
	if (m->ukeys.n >= m->flow_limit)
		return IDLE_FULL_MS;
	return m->ukeys.n >= m->flow_limit / 8 * 7 ? IDLE_PRESSED_MS : IDLE_MS;
}

static void sweep_ukey(struct model *m, struct ukey *u, __u64 now, __u64 hits[])
{
	__u64 since, packets = ukey_count(u, m->dp, now);

	if (u->state != UKEY_PUBLISHED)
		return;
	if (packets)
		hits[dp_flow_subtable(m->dp, u->slot)] += packets;
	since = u->used_ms > u->created_ms ? u->used_ms : u->created_ms;
	if (now - since > idle_limit_ms(m))
		remove_ukey(m, u);
}

static void sweep(void *aux)
{
	__u64 hits[XVS_MAX_SUBTABLES] = {0};
	struct model *m = aux;
	__u64 now = clock_ms();
	bool again;

	for (__u32 s = 0; s < m->ukeys.n_slots; s++)
		if (m->ukeys.by_slot[s])
			sweep_ukey(m, m->ukeys.by_slot[s], now, hits);
	dp_reorder(m->dp, hits);
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

int revalidator_start(struct model *m)
{
	int rc, fd = dp_grace_fd(m->dp);

	rc = event_add_timer(m->loop, SWEEP_MS, sweep, m, &m->sweep_timer);
	if (!rc)
		rc = event_add_timer(m->loop, 0, reval_due, m, &m->reval_timer);
	if (!rc && fd >= 0)
		rc = event_add_fd(m->loop, fd, EPOLLIN, grace_over, m, &m->grace_source);
	return rc;
}

void revalidator_stop(struct model *m)
{
	event_source_remove(m->sweep_timer);
	event_source_remove(m->reval_timer);
	event_source_remove(m->grace_source);
	m->sweep_timer = m->reval_timer = m->grace_source = NULL;
}
