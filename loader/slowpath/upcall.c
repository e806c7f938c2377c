// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upcalls: a packet that missed comes up, waits for its port's turn
 * (upcall_queue.h), is translated, its megaflow is published, and the packet goes
 * on its way (replay.c).
 *
 * Order of one flow's packets: the megaflow is published before the packet is
 * replayed; packets that hit meanwhile see the in-flight word and follow
 * through the ring, so they come here after it (include/xvs/flow_entry.h).
 */
#include <errno.h>
#include <sys/epoll.h>

#include "clock.h"
#include "log.h"
#include "mask_level.h"
#include "model_monitor.h"
#include "model_private.h"
#include "policy_note.h"

#define MODULE "upcall"

/* What upcalls take of the datapath thread before other events of its loop
 * (clients, timers, revalidation) get their turn. */
#define UPCALL_TURN_NS 1000000
/* Records copied out of the ring in one go, which takes a millisecond at most; and
 * those served before a look into the ring again, as many as hide the cost of it. */
#define UPCALL_DRAIN 1024
#define UPCALL_SERVE 32

struct dp_flow_spec model_flow_spec(const struct model *m, const struct xvs_flow_key *key,
				    __u32 version_from)
{
	return (struct dp_flow_spec){
		.key = key,
		.mask = &m->xout.mask.pkt,
		.verdict = m->xout.verdict,
		.drop_reason = m->xout.reason,
		.out_port = m->xout.out_port,
		.ops = m->xout.ops,
		.n_ops = m->xout.n_ops,
		.version_from = version_from,
	};
}

static struct ukey *install(struct model *m, struct sw *sw, const struct xvs_flow_key *key,
			    __u32 version_from, __u64 now_ms)
{
	struct dp_flow_spec spec = model_flow_spec(m, key, version_from);
	struct ukey *u;
	__u32 slot;
	int rc = dp_flow_put(m->dp, &spec, &slot);

	if (rc) {
		log_warn_rl(MODULE, "megaflow not cached: %s", strerror(-rc));
		return NULL;
	}
	u = ukey_insert(&m->ukeys, slot, sw, key, &m->xout, now_ms);
	if (!u) {
		dp_flow_remove(m->dp, slot);
		log_warn_rl(MODULE, "megaflow not cached: out of memory");
		return NULL;
	}
	if (version_from != dp_version(m->dp))
		u->successor_of = version_from;
	m->installed_total++;
	return u;
}

/* Past the budget a new mask would slow every packet down. The exact mask is
 * never wrong and costs only upcalls. */
static bool subtables_used_up(const struct model *m, __u16 in_port)
{
	return dp_n_subtables(m->dp) >= XVS_MAX_SUBTABLES - MODEL_SUBTABLES_RESERVED ||
	       dp_port_n_subtables(m->dp, in_port) >= MODEL_PORT_SUBTABLES;
}

void model_make_exact(const struct xvs_flow_key *key, struct xlate_out *out)
{
	struct flow_key flow = flow_of_packet(key), exact;

	flow_exact_mask(&flow, &exact);
	flow_mask_or(&out->mask, &exact);
}

struct ukey *model_install(struct model *m, struct sw *sw, const struct xvs_flow_key *key,
			   __u32 version_from, __u64 now_ms)
{
	bool forced = m->mega && subtables_used_up(m, key->in_port);
	struct ukey *u;

	if (forced) {
		m->masks[key->in_port].forced = true;
		model_make_exact(key, &m->xout);
		u = ukey_find(&m->ukeys, key, &m->xout.mask.pkt);
		if (u && ukey_same(u, &m->xout))
			return u;
	}
	u = install(m, sw, key, version_from, now_ms);
	if (u)
		u->forced_exact = forced;
	return u;
}

static __u64 frame_bytes(const struct xvs_upcall *up)
{
	return up->len + (up->flags & XVS_UPCALL_F_VLAN_META ? 4 : 0);
}

/* For a packet that no megaflow counts. */
static void count_refs(struct model *m, __u64 bytes, __u64 now_ms)
{
	struct xlate_traffic traffic = {.packets = 1, .bytes = bytes, .now_ms = now_ms};

	xlate_refs_count(&m->xout.refs, &traffic);
}

void model_packet_to_monitors(struct model *m, __u32 arg, const struct xvs_flow_key *key,
			      const __u8 *frame, __u32 len)
{
	const struct controller_point *point = controller_point_find(&m->points, arg);
	struct sw *sw = model_sw_of_port(m, key->in_port);
	struct model_packet_in in = {
		.sw_name = point ? point->sw_name
			   : sw  ? sw->name
				 : "",
		.key = key,
		.frame = frame,
		.len = len,
		.in_port = key->in_port,
		.max_len = point ? point->max_len : 0xffff,
		.cookie = point ? point->cookie : 0,
		.table_id = point ? point->table_id : 0,
		.reason = MODEL_PACKET_IN_ACTION,
	};

	model_monitor_packet(m, &in);
}

/* One pass: m->xout says what is to be done, and the flow is cached. */
static enum xvs_drop_reason translate(struct model *m, struct sw *sw,
				      const struct xvs_flow_key *packet, __u64 bytes)
{
	struct flow_key key = flow_of_packet(packet);
	struct xlate_in in = model_xlate_in(m, sw, &key, m->upcalls_ms);
	struct ukey *u;

	in.may_learn = true;
	if (xlate(&in, &m->xout)) {
		log_warn_rl(MODULE, "port %u: out of memory for a translation", packet->in_port);
		return XVS_DROP_UPCALL_FAILED;
	}
	if (m->xout.learned)
		revalidator_request(m);
	u = ukey_find(&m->ukeys, packet, &m->xout.mask.pkt);
	/* What an expired packet must not teach, the next one of its flow has to. */
	if (!u && !m->xout.unlearned && flow_cache_make_room(m)) {
		u = model_install(m, sw, packet, dp_version(m->dp), in.now_ms);
		mask_level_update(m, packet->in_port);
	}
	if (u)
		dp_flow_count(m->dp, u->slot, 1, bytes, XVS_FROM_BE16(packet->tcp_flags));
	else
		count_refs(m, bytes, in.now_ms);
	return m->xout.verdict == XVS_VERDICT_DROP ? m->xout.reason : XVS_DROP_UNSPEC;
}

/* The packet's passes; returns why it ended, of which 'r' tells the rest. */
static enum xvs_drop_reason serve_passes(struct replay *r, struct sw *sw)
{
	__u64 bytes = frame_bytes(r->up);

	for (int pass = 0; pass < XVS_MAX_PASSES; pass++) {
		enum xvs_drop_reason reason = translate(r->m, sw, &r->key, bytes);

		if (!reason)
			reason = replay_run(r, r->m->xout.ops, r->m->xout.n_ops);
		if (r->answer)
			reason = policy_answer(r, sw);
		if (reason || !r->recirc_id)
			return reason ? reason : r->reason;
		reason = replay_next_pass(r);
		if (reason)
			return reason;
		bytes = r->pkt.len;
	}
	return XVS_DROP_RECIRC_LIMIT;
}

/* The packet's end in the counters [I7], and in its microflow's word. */
static void end_miss(const struct replay *r, enum xvs_drop_reason reason)
{
	struct xvs_port_stats *ps = dp_my_port_stats(r->m->dp, r->up->port_no);

	dp_my_counters(r->m->dp)->upcalls_handled++;
	dp_upcall_done(r->m->dp, r->up);
	if (!ps)
		return;
	ps->upcalls_done++;
	if (r->sent)
		ps->forwarded++;
	else if (r->consumed || r->up->flags & XVS_UPCALL_F_TO_STACK)
		ps->consumed++;
	else
		dp_count_drop(r->m->dp, r->up->port_no, reason, 1);
}

static void serve_miss(struct model *m, const struct xvs_upcall *up)
{
	struct sw *sw = model_sw_of_port(m, up->port_no);
	struct replay r = {.m = m, .up = up};
	enum xvs_drop_reason reason = XVS_DROP_PORT_UNKNOWN;

	if (sw)
		reason = replay_begin(&r, m, up) ? XVS_DROP_UPCALL_TOO_BIG : serve_passes(&r, sw);
	end_miss(&r, reason);
}

/* An answer of DNS that a cached flow has sent up: it counts as consumed already. */
static void serve_answer(struct replay *r, const struct controller_point *point)
{
	struct sw *sw = model_sw_of_port(r->m, r->up->port_no);

	r->answer = point;
	if (sw && !policy_answer(r, sw) && r->recirc_id && !replay_next_pass(r))
		serve_passes(r, sw);
}

/* A copy that an action has asked for; its packet went on and is counted. */
static void serve_copy(struct model *m, const struct xvs_upcall *up)
{
	const struct controller_point *point = controller_point_find(&m->points, up->arg);
	enum controller_kind kind = point ? point->kind : CONTROLLER_MONITOR;
	struct replay r;

	dp_my_counters(m->dp)->upcalls_handled++;
	if ((kind == CONTROLLER_MONITOR && !m->monitors) || replay_begin(&r, m, up))
		return;
	if (kind == CONTROLLER_POLICY)
		policy_note(&r, point);
	else if (kind == CONTROLLER_DNS)
		serve_answer(&r, point);
	else
		model_packet_to_monitors(m, up->arg, &r.key, r.pkt.data, (__u32)r.pkt.len);
}

static void serve_upcall(struct model *m, const struct xvs_upcall *up)
{
	if (up->reason == XVS_UPCALL_ACTION)
		serve_copy(m, up);
	else
		serve_miss(m, up);
}

/* There was no room for it in its port's queue. */
static void lose_upcall(void *aux, const struct xvs_upcall *up)
{
	struct replay r = {.m = aux, .up = up};

	if (up->reason == XVS_UPCALL_ACTION)
		dp_my_counters(r.m->dp)->upcalls_handled++;
	else
		end_miss(&r, XVS_DROP_UPCALL_QUEUE_FULL);
}

static void queue_upcall(void *aux, const struct xvs_upcall *up, size_t size)
{
	struct model *m = aux;

	upcall_queue_push(m->upcalls, up, lose_upcall, m);
}

/* Most upcalls in a row get the same mask: that of the one before says which bucket
 * the next one's flow will be in. */
static void prefetch_next(struct model *m)
{
	const struct xvs_upcall *next = upcall_queue_peek(m->upcalls);

	if (next)
		dp_upcall_prefetch(m->dp, next, &m->xout.mask.pkt);
}

/* The ring is emptied in between, so that it has room for every port's records
 * while one port's long queue is served. */
static void upcalls_turn(void *aux)
{
	struct model *m = aux;
	__u64 now = clock_ns(), end = now + UPCALL_TURN_NS;
	const struct xvs_upcall *up;

	do {
		m->upcalls_ms = now / 1000000;
		dp_upcall_consume(m->dp, UPCALL_DRAIN, queue_upcall, m);
		for (int i = 0; i < UPCALL_SERVE && (up = upcall_queue_pop(m->upcalls)); i++) {
			prefetch_next(m);
			serve_upcall(m, up);
		}
		now = clock_ns();
	} while (!upcall_queue_is_empty(m->upcalls) && now < end);
	m->upcalls_wait = !upcall_queue_is_empty(m->upcalls);
	if (m->upcalls_wait)
		event_deferred_arm(m->upcall_turns);
}

static void upcalls_ready(void *aux, int fd, uint32_t events)
{
	struct model *m = aux;

	sweep_wake(m);
	/* The turn to come looks into the ring as well: not two for one. */
	if (!m->upcalls_wait)
		upcalls_turn(m);
}

int model_upcalls_start(struct model *m)
{
	const struct upcall_queue_size size = {
		.chunks = UPCALL_QUEUE_CHUNKS,
		.port_chunks = UPCALL_QUEUE_PORT_CHUNKS,
		.port_records = UPCALL_QUEUE_RECORDS,
	};
	int fd = dp_upcall_fd(m->dp);
	int rc;

	m->upcalls = upcall_queue_create(&size);
	if (!m->upcalls)
		return -ENOMEM;
	if (fd < 0)
		return 0;
	rc = event_add_deferred(m->loop, upcalls_turn, m, &m->upcall_turns);
	if (rc)
		return rc;
	return event_add_fd(m->loop, fd, EPOLLIN, upcalls_ready, m, &m->upcall_source);
}

void model_upcalls_stop(struct model *m)
{
	event_source_remove(m->upcall_source);
	event_source_remove(m->upcall_turns);
	upcall_queue_destroy(m->upcalls);
	m->upcall_source = NULL;
	m->upcall_turns = NULL;
	m->upcalls = NULL;
}
