// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections that end with the permission that had let them in: those whose entry
 * names a rule (policy_pair.h) that is gone, or that does not have them any more.
 */
#include <stdlib.h>

#include "ct_filter.h"
#include "log.h"
#include "model_ct.h"
#include "model_policy_private.h"
#include "model_private.h"
#include "policy_compile.h"

#define MODULE "policy"

struct lost {
	__u32 rule;
	bool removed; /* else: narrowed */
};

struct ending {
	struct lost *v; /* in order of 'rule' */
	size_t n;
	size_t allocated;
	bool failed;
};

static void add_lost(void *aux, const struct policy_change *change)
{
	struct ending *e = aux;

	if (change->on_remove != POLICY_END || e->failed)
		return;
	if (e->n == e->allocated) {
		size_t n = e->allocated ? 2 * e->allocated : 16;
		struct lost *v = reallocarray(e->v, n, sizeof(*v));

		e->failed = !v;
		if (!v)
			return;
		e->v = v;
		e->allocated = n;
	}
	e->v[e->n++] = (struct lost){
		.rule = change->rule->id,
		.removed = change->kind == POLICY_REMOVED,
	};
}

static int compare_lost(const void *a, const void *b)
{
	const struct lost *l = a, *r = b;

	return l->rule < r->rule ? -1 : l->rule > r->rule;
}

/* The first packet, as far as the connection tells. */
static struct flow_key key_of(const struct xvs_ct_tuple *t)
{
	struct flow_key key = {0};

	key.nw_proto = t->proto;
	if (t->family == 4) {
		key.dl_type = XVS_BE16(0x0800);
		key.nw_src = t->src.ip4;
		key.nw_dst = t->dst.ip4;
	} else {
		key.dl_type = XVS_BE16(0x86dd);
		memcpy(key.ipv6_src, t->src.ip6, sizeof(key.ipv6_src));
		memcpy(key.ipv6_dst, t->dst.ip6, sizeof(key.ipv6_dst));
	}
	key.tp_src = t->sport;
	key.tp_dst = t->dport;
	/* ICMP queries have an identifier there; the request is what was allowed. */
	if (t->proto == 1 || t->proto == 58) {
		key.tp_src = XVS_BE16(t->proto == 1 ? 8 : 128);
		key.tp_dst = 0;
	}
	return key;
}

static bool has_lost(const struct ending *e, const struct policy *now, __u32 rule,
		     const struct flow_key *key)
{
	const struct lost wanted = {.rule = rule};
	const struct lost *l =
		rule && e->n ? bsearch(&wanted, e->v, e->n, sizeof(*e->v), compare_lost) : NULL;

	return l && (l->removed || !policy_rule_covers(now, rule, key));
}

static unsigned int end_those(struct model *m, const struct sw *sw, const struct ending *e)
{
	struct dp_ct_conn conn;
	struct ct_filter f;
	unsigned int n = 0;
	__u32 at = 0;

	ct_filter_init(&f);
	f.zone = sw->policy_zone;
	while (model_ct_next(m, &f, &at, &conn)) {
		struct policy_pair pair =
			policy_pair_of(m->xlate_env.policy_pairs, conn.entry.rule);
		struct flow_key key = key_of(&conn.entry.tuple);

		if (has_lost(e, sw->policy, pair.out, &key) ||
		    has_lost(e, sw->policy, pair.in, &key))
			n += dp_ct_end(m->dp, &conn);
	}
	return n;
}

void model_policy_end_connections(struct model *m, struct sw *sw, const struct policy *older)
{
	struct ending e = {0};
	unsigned int n = 0;

	policy_diff(older, sw->policy, add_lost, &e);
	if (e.n) {
		qsort(e.v, e.n, sizeof(*e.v), compare_lost);
		n = end_those(m, sw, &e);
	}
	if (e.failed)
		log_err(MODULE, "%s: out of memory: connections of removed rules go on", sw->name);
	if (n)
		log_info(MODULE, "%s: %u connections ended with their permission", sw->name, n);
	free(e.v);
}
