// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lists of what a megaflow's packets count for; see xlate_refs.h.
 */
#include "xlate_refs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void ref_get(const struct xlate_ref *ref)
{
	switch (ref->kind) {
	case XLATE_REF_RULE:
		rule_get(ref->rule);
		break;
	case XLATE_REF_BUCKET:
		group_get(ref->group);
		break;
	case XLATE_REF_MIRROR:
		mirror_get(ref->mirror);
		break;
	case XLATE_REF_PATCH:
		sw_get(ref->port.sw);
		break;
	case XLATE_REF_FDB:
		sw_get(ref->fdb.sw);
		break;
	case XLATE_REF_LEARNED:
		rule_get(ref->learned.rule);
		break;
	case XLATE_REF_RECIRC:
		recirc_get(ref->recirc);
		break;
	case XLATE_REF_CT:
		ct_action_get(ref->ct);
		break;
	case XLATE_REF_POLICY:
		policy_rule_get(ref->policy_rule);
		break;
	}
}

static void ref_put(const struct xlate_ref *ref)
{
	switch (ref->kind) {
	case XLATE_REF_RULE:
		rule_put(ref->rule);
		break;
	case XLATE_REF_BUCKET:
		group_put(ref->group);
		break;
	case XLATE_REF_MIRROR:
		mirror_put(ref->mirror);
		break;
	case XLATE_REF_PATCH:
		sw_put(ref->port.sw);
		break;
	case XLATE_REF_FDB:
		sw_put(ref->fdb.sw);
		break;
	case XLATE_REF_LEARNED:
		rule_put(ref->learned.rule);
		break;
	case XLATE_REF_RECIRC:
		recirc_put(ref->recirc);
		break;
	case XLATE_REF_CT:
		ct_action_put(ref->ct);
		break;
	case XLATE_REF_POLICY:
		policy_rule_put(ref->policy_rule);
		break;
	}
}

void xlate_refs_add(struct xlate_refs *refs, const struct xlate_ref *ref)
{
	if (refs->n == refs->allocated) {
		size_t n = refs->allocated ? 2 * refs->allocated : 16;
		struct xlate_ref *v = reallocarray(refs->v, n, sizeof(*v));

		if (!v) {
			refs->failed = true;
			return;
		}
		refs->v = v;
		refs->allocated = n;
	}
	ref_get(ref);
	refs->v[refs->n++] = *ref;
}

void xlate_refs_clear(struct xlate_refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		ref_put(&refs->v[i]);
	refs->n = 0;
	refs->failed = false;
}

void xlate_refs_fini(struct xlate_refs *refs)
{
	xlate_refs_clear(refs);
	free(refs->v);
	memset(refs, 0, sizeof(*refs));
}

int xlate_refs_copy(struct xlate_refs *dst, const struct xlate_refs *src)
{
	memset(dst, 0, sizeof(*dst));
	if (src->failed)
		return -ENOMEM;
	if (!src->n)
		return 0;
	dst->v = calloc(src->n, sizeof(*dst->v));
	if (!dst->v)
		return -ENOMEM;
	memcpy(dst->v, src->v, src->n * sizeof(*dst->v));
	dst->n = dst->allocated = src->n;
	for (size_t i = 0; i < dst->n; i++)
		ref_get(&dst->v[i]);
	return 0;
}

static bool ref_equal(const struct xlate_ref *a, const struct xlate_ref *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case XLATE_REF_RULE:
		return a->rule == b->rule;
	case XLATE_REF_BUCKET:
		return a->group == b->group && a->bucket == b->bucket;
	case XLATE_REF_MIRROR:
		return a->mirror == b->mirror;
	case XLATE_REF_PATCH:
		return a->port.sw == b->port.sw && a->port.port_no == b->port.port_no &&
		       a->port.rx == b->port.rx;
	case XLATE_REF_FDB:
		return a->fdb.sw == b->fdb.sw && a->fdb.vlan == b->fdb.vlan &&
		       a->fdb.port_no == b->fdb.port_no &&
		       !memcmp(a->fdb.mac, b->fdb.mac, sizeof(a->fdb.mac));
	case XLATE_REF_LEARNED:
		return a->learned.rule == b->learned.rule;
	case XLATE_REF_RECIRC:
		return a->recirc == b->recirc;
	case XLATE_REF_CT:
		return a->ct == b->ct;
	case XLATE_REF_POLICY:
		return a->policy_rule == b->policy_rule;
	}
	return false;
}

bool xlate_refs_has(const struct xlate_refs *refs, const struct xlate_ref *ref)
{
	for (size_t i = 0; i < refs->n; i++)
		if (ref_equal(&refs->v[i], ref))
			return true;
	return false;
}

bool xlate_refs_equal(const struct xlate_refs *a, const struct xlate_refs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!ref_equal(&a->v[i], &b->v[i]))
			return false;
	return true;
}

static void count_port(const struct xlate_ref *ref, const struct xlate_traffic *t)
{
	struct sw_port *p = sw_port_by_no(ref->port.sw, ref->port.port_no);

	if (!p)
		return;
	if (ref->port.rx) {
		p->rx_packets += t->packets;
		p->rx_bytes += t->bytes;
	} else {
		p->tx_packets += t->packets;
		p->tx_bytes += t->bytes;
	}
}

static void count_rule(struct rule *rule, const struct xlate_traffic *t)
{
	rule->n_packets += t->packets;
	rule->n_bytes += t->bytes;
	if (rule->used_ms < t->now_ms)
		rule->used_ms = t->now_ms;
}

static void count_policy(struct policy_hits *hits, const struct xlate_traffic *t)
{
	hits->n_packets += t->packets;
	hits->n_bytes += t->bytes;
	if (t->packets && hits->used_ms < t->now_ms)
		hits->used_ms = t->now_ms;
}

static void count_bucket(struct group *group, size_t bucket, const struct xlate_traffic *t)
{
	/* All buckets of type ALL get the packet: the group counts it with the first. */
	if (group->type != GROUP_ALL || !bucket) {
		group->n_packets += t->packets;
		group->n_bytes += t->bytes;
	}
	group->buckets[bucket].n_packets += t->packets;
	group->buckets[bucket].n_bytes += t->bytes;
}

/* Only refreshed: a move is for a packet that is seen. */
static void refresh_fdb(const struct xlate_ref *ref, const struct xlate_traffic *t)
{
	struct fdb *fdb = ref->fdb.sw->fdb;

	if (fdb)
		fdb_refresh(fdb, ref->fdb.mac, ref->fdb.vlan, ref->fdb.port_no, t->now_ms);
}

void xlate_refs_count(const struct xlate_refs *refs, const struct xlate_traffic *t)
{
	for (size_t i = 0; i < refs->n; i++) {
		const struct xlate_ref *ref = &refs->v[i];

		switch (ref->kind) {
		case XLATE_REF_RULE:
			count_rule(ref->rule, t);
			break;
		case XLATE_REF_BUCKET:
			count_bucket(ref->group, ref->bucket, t);
			break;
		case XLATE_REF_MIRROR:
			ref->mirror->n_packets += t->packets;
			ref->mirror->n_bytes += t->bytes;
			break;
		case XLATE_REF_PATCH:
			count_port(ref, t);
			break;
		case XLATE_REF_FDB:
			refresh_fdb(ref, t);
			break;
		case XLATE_REF_LEARNED:
			if (ref->learned.rule->modified_ms < t->now_ms)
				ref->learned.rule->modified_ms = t->now_ms;
			break;
		case XLATE_REF_POLICY:
			count_policy(ref->policy_rule->hits, t);
			break;
		case XLATE_REF_RECIRC:
		case XLATE_REF_CT:
			break;
		}
	}
}
