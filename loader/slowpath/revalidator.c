// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The revalidator: keeps the cache true to the rules. After a change of rules,
 * ports or learned addresses every cached flow that it can concern (change_set.h) is
 * translated again from the key of the packet that made it. Flows whose translation
 * is the same stay; the others get another action from version v + 1 on, in their
 * place, or if their mask is another one end there, with a successor published for
 * v + 1. One commit makes all of it visible [I8]. A flow whose successor finds no room
 * just ends: its next packet misses and is translated then.
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

/* One run of the revalidator. */
struct reval {
	struct model *m;
	__u32 version; /* that is being prepared */
	__u64 now_ms;
	struct reval_flow *flow; /* those that the commit changes */
	__u32 n;
	__u32 n_successors;
};

struct reval_flow {
	struct ukey *u;
	bool ended; /* or has another result from then on: */
	struct ukey_result result;
};

static enum judgement judge(struct reval *r, struct ukey *u)
{
	struct flow_key key = flow_of_packet(&u->key);
	struct model *m = r->m;
	struct xlate_in in = model_xlate_in(m, u->sw, &key, r->now_ms);

	if (!u->sw || model_sw_of_port(m, u->key.in_port) != u->sw || xlate(&in, &m->xout))
		return ENDS;
	/* As long as the flow is cached nobody sees a packet that teaches. */
	if (m->xout.unlearned)
		return ENDS;
	if (u->forced_exact && m->masks[u->key.in_port].forced)
		model_make_exact(&u->key, &m->xout);
	if (!ukey_same(u, &m->xout))
		return CHANGES;
	/* The same result, by another way perhaps. */
	u->result.deps = m->xout.deps;
	ukey_count(&m->ukeys, u, r->now_ms);
	return ukey_set_refs(u, &m->xout.refs) ? ENDS : STAYS;
}

/* The flow of what m->xout says, if it is there already: another old flow's successor,
 * as a rule. */
static bool is_covered(struct reval *r, const struct ukey *u)
{
	const struct ukey *other = ukey_find(&r->m->ukeys, &u->key, &r->m->xout.mask.pkt);

	return other && other != u && ukey_same(other, &r->m->xout);
}

static bool has_room(const struct reval *r)
{
	return dp_n_free_slots(r->m->dp) >= 2;
}

/* What m->xout says becomes the flow's action in its place. That takes its mask, and if
 * there is no room for a successor, one that is wider: a mask narrower than it need be
 * is never wrong. False: not here. */
static bool change_in_place(struct reval *r, struct ukey *u)
{
	const struct xvs_flow_key *mask = &r->m->xout.mask.pkt;
	struct reval_flow *f = &r->flow[r->n];
	struct dp_flow_spec spec;

	if (!key_equal(mask, &u->mask) && (has_room(r) || !key_mask_covers(&u->mask, mask)))
		return false;
	if (r->n_successors && is_covered(r, u))
		return false;
	*f = (struct reval_flow){.u = u};
	if (ukey_result_init(&f->result, &r->m->xout))
		return false;
	spec = model_flow_spec(r->m, &u->key, r->version);
	if (dp_flow_change(r->m->dp, u->slot, &spec)) {
		ukey_result_fini(&f->result);
		return false;
	}
	u->coming = &f->result;
	r->n++;
	return true;
}

static void end_flow(struct reval *r, struct ukey *u)
{
	dp_flow_end(r->m->dp, u->slot, r->version);
	r->flow[r->n++] = (struct reval_flow){.u = u, .ended = true};
}

/* Publishes for the next version what the translation in m->xout says. */
static void publish_successor(struct reval *r, struct ukey *u)
{
	struct ukey *successor;

	if (is_covered(r, u) || !has_room(r))
		return;
	successor = model_install(r->m, u->sw, &u->key, r->version, r->now_ms);
	if (!successor)
		return;
	successor->used_ms = u->used_ms ? u->used_ms : r->now_ms;
	r->n_successors++;
}

static void revalidate_flow(struct reval *r, struct ukey *u)
{
	enum judgement j = judge(r, u);

	r->m->revalidated_total++;
	if (j == STAYS || (j == CHANGES && change_in_place(r, u)))
		return;
	end_flow(r, u);
	if (j == CHANGES)
		publish_successor(r, u);
}

/* All flows that the changes concern, for the version to come. */
static void prepare(struct reval *r)
{
	struct model *m = r->m;
	__u32 n_slots = m->ukeys.top;

	for (__u32 s = 0; s < n_slots; s++) {
		struct ukey *u = ukey_at(&m->ukeys, s, UKEY_PUBLISHED);

		if (!(s % UKEY_BLOCK))
			r->now_ms = clock_ms();
		/* Successors made in this run have the version to come. */
		if (u && u->successor_of != r->version &&
		    change_set_touches(&m->changes, &u->key, &u->mask, &u->result.deps))
			revalidate_flow(r, u);
	}
}

static void commit(struct reval *r)
{
	struct model *m = r->m;

	if (!r->n)
		return;
	dp_version_commit(m->dp);
	for (__u32 i = 0; i < r->n; i++) {
		struct reval_flow *f = &r->flow[i];

		if (f->ended) {
			flow_cache_remove(m, f->u);
			continue;
		}
		/* Until now its packets went by the result before. */
		ukey_count(&m->ukeys, f->u, r->now_ms);
		ukey_apply(f->u, &f->result);
	}
	dp_grace_begin(m->dp);
	log_debug(MODULE, "%u flows changed; %u are cached", r->n, m->ukeys.n);
}

void revalidator_run(struct model *m)
{
	struct reval r = {.m = m, .version = dp_version(m->dp) + 1, .now_ms = clock_ms()};
	__u64 begin = r.now_ms, end;

	if (m->txn) {
		m->txn_wanted = true;
		return;
	}
	m->reval_needed = false;
	event_timer_set(m->reval_timer, 0);
	if (change_set_is_empty(&m->changes))
		return;
	/* Pages of it that no changed flow takes are not there. */
	r.flow = malloc((m->ukeys.n + 1) * sizeof(*r.flow));
	if (r.flow) {
		prepare(&r);
		commit(&r);
		free(r.flow);
	} else {
		flow_cache_flush(m, NULL);
	}
	change_set_clear(&m->changes);
	end = clock_ms();
	m->reval_next_ms = end + (end - begin);
	mask_level_update_all(m);
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
