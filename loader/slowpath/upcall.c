// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upcalls: a packet that missed comes up, is translated, its megaflow is
 * published, and the packet goes on its way (replay.c).
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
#include "model_private.h"

#define MODULE "upcall"

/* Records served before other events of the loop get their turn. */
#define UPCALL_BATCH 256

static struct ukey *install_ukey(struct model *m, struct ukey *u, __u32 version_from)
{
	struct dp_flow_spec spec;
	__u32 slot;
	int rc;

	if (!u)
		return NULL;
	ukey_spec(u, version_from, &spec);
	rc = dp_flow_put(m->dp, &spec, &slot);
	if (rc) {
		ukey_destroy(u);
		log_warn_rl(MODULE, "megaflow not cached: %s", strerror(-rc));
		return NULL;
	}
	if (version_from != dp_version(m->dp))
		u->successor_of = version_from;
	ukey_insert(&m->ukeys, u, slot);
	m->installed_total++;
	return u;
}

/* Past the budget a new mask would slow every packet down. The exact mask is
 * never wrong and costs only upcalls. */
static bool subtables_used_up(const struct model *m)
{
	return dp_n_subtables(m->dp) >= XVS_MAX_SUBTABLES - MODEL_SUBTABLES_RESERVED;
}

void model_make_exact(const struct xvs_flow_key *key, struct xlate_out *out)
{
	struct xvs_flow_key exact;

	flow_exact_mask(key, &exact);
	flow_mask_or(&out->mask, &exact);
}

struct ukey *model_install(struct model *m, struct sw *sw, const struct xvs_flow_key *key,
			   __u32 version_from)
{
	bool forced = m->mega && subtables_used_up(m);
	struct ukey *u;

	if (forced) {
		model_make_exact(key, &m->xout);
		u = ukey_find(&m->ukeys, key, &m->xout.mask);
		if (u && ukey_same(u, &m->xout))
			return u;
	}
	u = ukey_create(sw, key, &m->xout, clock_ms());
	if (u)
		u->forced_exact = forced;
	return install_ukey(m, u, version_from);
}

static void count_end(struct model *m, const struct xvs_upcall *up, enum xvs_drop_reason reason)
{
	struct xvs_port_stats *ps = dp_my_port_stats(m->dp, up->port_no);

	dp_my_counters(m->dp)->upcalls_handled++;
	if (!ps)
		return;
	ps->upcalls_done++;
	if (!reason)
		ps->forwarded++;
	else if (up->flags & XVS_UPCALL_F_TO_STACK)
		ps->consumed++;
	else
		dp_count_drop(m->dp, up->port_no, reason, 1);
}

static __u64 frame_bytes(const struct xvs_upcall *up)
{
	return up->len + (up->flags & XVS_UPCALL_F_VLAN_META ? 4 : 0);
}

/* For a packet that no megaflow counts. */
static void count_rule(struct model *m, const struct xvs_upcall *up)
{
	struct rule *rule = m->xout.rule;

	if (!rule)
		return;
	rule->n_packets++;
	rule->n_bytes += frame_bytes(up);
	rule->used_ms = clock_ms();
}

static enum xvs_drop_reason serve_packet(struct model *m, struct sw *sw,
					 const struct xvs_upcall *up)
{
	struct xlate_in in = {
		.sw = sw,
		.key = &up->key,
		.now_ms = clock_ms(),
		.may_learn = true,
		.exact = !m->mega,
		.mask_level = m->mask_level,
	};
	struct replay r = {.upcall = up};
	struct ukey *u;

	if (xlate(&in, &m->xout)) {
		log_warn_rl(MODULE, "port %u: translation does not fit a program", up->port_no);
		return XVS_DROP_UPCALL_FAILED;
	}
	if (m->xout.fdb_changed)
		revalidator_request(m);
	u = ukey_find(&m->ukeys, &up->key, &m->xout.mask);
	if (!u && m->ukeys.n < m->flow_limit) {
		u = model_install(m, sw, &up->key, dp_version(m->dp));
		mask_level_update(m);
	}
	if (u)
		dp_flow_count(m->dp, u->slot, 1, frame_bytes(up), XVS_FROM_BE16(up->key.tcp_flags));
	else
		count_rule(m, up);
	if (m->xout.verdict == XVS_VERDICT_DROP)
		return m->xout.reason;
	r.ops = m->xout.ops;
	r.n_ops = m->xout.n_ops;
	return model_replay(m, &r);
}

static void serve_upcall(void *aux, const struct xvs_upcall *up, size_t size)
{
	struct model *m = aux;
	struct sw *sw;

	if (size < sizeof(*up) || up->len > size - sizeof(*up)) {
		log_warn_rl(MODULE, "record of %zu bytes is malformed", size);
		return;
	}
	sw = model_sw_of_port(m, up->port_no);
	count_end(m, up, sw ? serve_packet(m, sw, up) : XVS_DROP_PORT_UNKNOWN);
	dp_upcall_done(m->dp, up);
}

static void upcalls_ready(void *aux, int fd, uint32_t events)
{
	struct model *m = aux;

	dp_upcall_consume(m->dp, UPCALL_BATCH, serve_upcall, m);
}

int model_upcalls_start(struct model *m)
{
	int fd = dp_upcall_fd(m->dp);

	if (fd < 0)
		return 0;
	return event_add_fd(m->loop, fd, EPOLLIN, upcalls_ready, m, &m->upcall_source);
}

void model_upcalls_stop(struct model *m)
{
	event_source_remove(m->upcall_source);
	m->upcall_source = NULL;
}
