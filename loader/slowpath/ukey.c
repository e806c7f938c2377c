// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ukeys: creation, the two indexes, and counting for rules. What becomes of a
 * ukey is decided in upcall.c and revalidator.c.
 */
#include "ukey.h"

#include <errno.h>
#include <stdlib.h>

int ukey_table_init(struct ukey_table *t, __u32 n_slots, __u64 seed)
{
	memset(t, 0, sizeof(*t));
	t->seed = seed;
	t->n_slots = n_slots;
	t->n_buckets = 1024;
	while (t->n_buckets < n_slots)
		t->n_buckets *= 2;
	t->by_slot = calloc(n_slots, sizeof(struct ukey *));
	t->use = calloc(n_slots, sizeof(struct ukey_use));
	t->buckets = calloc(t->n_buckets, sizeof(struct ukey *));
	if (!t->by_slot || !t->use || !t->buckets) {
		ukey_table_fini(t);
		return -ENOMEM;
	}
	return 0;
}

void ukey_table_fini(struct ukey_table *t)
{
	for (__u32 i = 0; t->by_slot && i < t->n_slots; i++)
		ukey_destroy(t->by_slot[i]);
	free(t->by_slot);
	free(t->use);
	free(t->buckets);
	memset(t, 0, sizeof(*t));
}

int ukey_result_init(struct ukey_result *r, const struct xlate_out *out)
{
	*r = (struct ukey_result){
		.deps = out->deps,
		.verdict = out->verdict,
		.reason = out->reason,
		.out_port = out->out_port,
		.n_ops = out->n_ops,
	};
	if (out->n_ops) {
		r->ops = malloc(out->n_ops * sizeof(*r->ops));
		if (!r->ops)
			return -ENOMEM;
		memcpy(r->ops, out->ops, out->n_ops * sizeof(*r->ops));
	}
	if (!xlate_refs_copy(&r->refs, &out->refs))
		return 0;
	free(r->ops);
	return -ENOMEM;
}

void ukey_result_fini(struct ukey_result *r)
{
	xlate_refs_fini(&r->refs);
	free(r->ops);
}

void ukey_apply(struct ukey *u, struct ukey_result *r)
{
	ukey_result_fini(&u->result);
	u->result = *r;
	u->coming = NULL;
}

struct ukey *ukey_create(struct sw *sw, const struct xvs_flow_key *key, const struct xlate_out *out,
			 __u64 now_ms)
{
	struct ukey *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	if (ukey_result_init(&u->result, out)) {
		free(u);
		return NULL;
	}
	u->key = *key;
	u->mask = out->mask.pkt;
	u->sw = sw;
	u->created_ms = now_ms;
	return u;
}

void ukey_destroy(struct ukey *u)
{
	if (!u)
		return;
	ukey_result_fini(&u->result);
	free(u);
}

void ukey_insert(struct ukey_table *t, struct ukey *u, __u32 slot)
{
	struct ukey **bucket;

	u->slot = slot;
	u->state = UKEY_PUBLISHED;
	u->hash = key_hash_masked(&u->key, &u->mask, t->seed);
	bucket = &t->buckets[u->hash & (t->n_buckets - 1)];
	u->next = *bucket;
	*bucket = u;
	t->by_slot[slot] = u;
	u->use = &t->use[slot];
	*u->use = (struct ukey_use){
		.active_ms = u->used_ms > u->created_ms ? u->used_ms : u->created_ms,
	};
	if (slot >= t->top)
		t->top = slot + 1;
	t->n++;
}

struct ukey *ukey_find(const struct ukey_table *t, const struct xvs_flow_key *key,
		       const struct xvs_flow_key *mask)
{
	__u64 hash = key_hash_masked(key, mask, t->seed);

	for (struct ukey *u = t->buckets[hash & (t->n_buckets - 1)]; u; u = u->next) {
		__u64 diff = 0;

		if (u->hash != hash || !key_equal(&u->mask, mask))
			continue;
		for (int i = 0; i < XVS_KEY_WORDS; i++)
			diff |= (u->key.w[i] ^ key->w[i]) & mask->w[i];
		if (!diff)
			return u;
	}
	return NULL;
}

void ukey_retire(struct ukey_table *t, struct ukey *u)
{
	struct ukey **p = &t->buckets[u->hash & (t->n_buckets - 1)];

	while (*p != u)
		p = &(*p)->next;
	*p = u->next;
	u->next = NULL;
	u->state = UKEY_REMOVED;
	u->use->active_ms = 0;
	t->n--;
}

void ukey_free(struct ukey_table *t, __u32 slot)
{
	ukey_destroy(t->by_slot[slot]);
	t->by_slot[slot] = NULL;
}

bool ukey_same(const struct ukey *u, const struct xlate_out *out)
{
	const struct ukey_result *r = u->coming ? u->coming : &u->result;

	return r->verdict == out->verdict && r->n_ops == out->n_ops &&
	       (r->verdict != XVS_VERDICT_DROP || r->reason == out->reason) &&
	       (r->verdict != XVS_VERDICT_OUTPUT || r->out_port == out->out_port) &&
	       !memcmp(r->ops ? r->ops : out->ops, out->ops, r->n_ops * sizeof(*r->ops)) &&
	       key_equal(&u->mask, &out->mask.pkt);
}

/* 'sum' is more than what was seen. */
static __u64 count_new(struct ukey *u, const struct dp *dp, const struct xvs_flow_stats *sum,
		       __u64 now_ms)
{
	struct xlate_traffic traffic = {
		.packets = sum->packets - u->use->packets,
		.bytes = sum->bytes - u->use->bytes,
		.now_ms = dp_flow_used_ms(dp, sum, now_ms),
	};

	u->use->packets = sum->packets;
	u->use->bytes = sum->bytes;
	u->used_ms = traffic.now_ms;
	if (u->state == UKEY_PUBLISHED && u->use->active_ms < u->used_ms)
		u->use->active_ms = u->used_ms;
	xlate_refs_count(&u->result.refs, &traffic);
	return traffic.packets;
}

__u64 ukey_count(struct ukey *u, const struct dp *dp, __u64 now_ms)
{
	struct xvs_flow_stats sum;

	dp_flow_stats(dp, u->slot, &sum);
	return sum.packets == u->use->packets ? 0 : count_new(u, dp, &sum, now_ms);
}

/* What count_new() is going to touch of a record. */
static void prefetch_counted(const struct ukey *u)
{
	__builtin_prefetch(&u->result.refs);
	__builtin_prefetch(&u->used_ms, 1);
}

void ukey_count_block(struct ukey_table *t, struct dp *dp, __u32 first, __u64 now_ms,
		      __u64 fresh[UKEY_BLOCK])
{
	__u32 n = t->n_slots - first < UKEY_BLOCK ? t->n_slots - first : UKEY_BLOCK;
	struct xvs_flow_stats sum[UKEY_BLOCK];
	bool any = false;

	memset(fresh, 0, UKEY_BLOCK * sizeof(*fresh));
	for (__u32 i = 0; i < n; i++)
		any |= t->by_slot[first + i] != NULL;
	if (!any)
		return;
	dp_flow_stats_block(dp, first, n, sum);
	for (__u32 i = 0; i < n; i++)
		if (t->by_slot[first + i] && sum[i].packets != t->use[first + i].packets)
			prefetch_counted(t->by_slot[first + i]);
	for (__u32 i = 0; i < n; i++) {
		struct ukey *u = t->by_slot[first + i];

		if (u && sum[i].packets != t->use[first + i].packets)
			fresh[i] = count_new(u, dp, &sum[i], now_ms);
	}
}

int ukey_set_refs(struct ukey *u, const struct xlate_refs *refs)
{
	struct xlate_refs held;
	int rc;

	if (xlate_refs_equal(&u->result.refs, refs))
		return 0;
	rc = xlate_refs_copy(&held, refs);
	if (rc)
		return rc;
	xlate_refs_fini(&u->result.refs);
	u->result.refs = held;
	return 0;
}

void ukey_spec(const struct ukey *u, const struct ukey_result *r, __u32 version_from,
	       struct dp_flow_spec *spec)
{
	*spec = (struct dp_flow_spec){
		.key = &u->key,
		.mask = &u->mask,
		.verdict = r->verdict,
		.drop_reason = r->reason,
		.out_port = r->out_port,
		.ops = r->ops,
		.n_ops = r->n_ops,
		.version_from = version_from,
	};
}
