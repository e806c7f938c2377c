// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ukeys: their table, and counting for rules. What becomes of a
 * ukey is decided in upcall.c and revalidator.c.
 */
#include "ukey.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Large pages of most machines. */
#define LARGE_PAGE_BYTES (2 << 20)

/* Pages are there once they are written, slots of a low number first. A fault for every
 * seventh new flow is a tenth of what it takes to set one up: large pages, where the
 * kernel has some. */
static struct ukey *ukeys_alloc(__u32 n)
{
	size_t bytes = (n * sizeof(struct ukey) + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES *
		       LARGE_PAGE_BYTES;
	void *p = aligned_alloc(LARGE_PAGE_BYTES, bytes);

	if (p)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

int ukey_table_init(struct ukey_table *t, struct dp *dp)
{
	__u32 n = dp_config(dp)->n_slots;

	*t = (struct ukey_table){.dp = dp, .n_slots = n};
	t->state = calloc(n, sizeof(*t->state));
	t->use = calloc(n, sizeof(*t->use));
	t->ukeys = ukeys_alloc(n);
	if (!t->state || !t->use || !t->ukeys) {
		ukey_table_fini(t);
		return -ENOMEM;
	}
	return 0;
}

void ukey_table_fini(struct ukey_table *t)
{
	for (__u32 i = 0; t->state && i < t->top; i++)
		if (t->state[i] != UKEY_FREE)
			ukey_result_fini(&t->ukeys[i].result);
	free(t->ukeys);
	free(t->state);
	free(t->use);
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

struct ukey *ukey_insert(struct ukey_table *t, __u32 slot, struct sw *sw,
			 const struct xvs_flow_key *key, const struct xlate_out *out, __u64 now_ms)
{
	struct ukey *u = &t->ukeys[slot];

	*u = (struct ukey){
		.key = *key,
		.mask = out->mask.pkt,
		.slot = slot,
		.sw = sw,
	};
	if (ukey_result_init(&u->result, out))
		return NULL;
	t->state[slot] = UKEY_PUBLISHED;
	t->use[slot] = (struct ukey_use){.active_ms = now_ms};
	if (slot >= t->top)
		t->top = slot + 1;
	t->n++;
	return u;
}

struct ukey *ukey_find(const struct ukey_table *t, const struct xvs_flow_key *key,
		       const struct xvs_flow_key *mask)
{
	__u32 slot = dp_flow_find(t->dp, key, mask);

	return slot ? ukey_at(t, slot, UKEY_PUBLISHED) : NULL;
}

void ukey_retire(struct ukey_table *t, struct ukey *u)
{
	t->state[u->slot] = UKEY_REMOVED;
	t->use[u->slot].active_ms = 0;
	t->n--;
}

void ukey_free(struct ukey_table *t, __u32 slot)
{
	ukey_result_fini(&t->ukeys[slot].result);
	t->state[slot] = UKEY_FREE;
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
static __u64 count_new(struct ukey_table *t, struct ukey *u, const struct xvs_flow_stats *sum,
		       __u64 now_ms)
{
	struct ukey_use *use = &t->use[u->slot];
	struct xlate_traffic traffic = {
		.packets = sum->packets - use->packets,
		.bytes = sum->bytes - use->bytes,
		.now_ms = dp_flow_used_ms(t->dp, sum, now_ms),
	};

	use->packets = sum->packets;
	use->bytes = sum->bytes;
	u->used_ms = traffic.now_ms;
	if (t->state[u->slot] == UKEY_PUBLISHED && use->active_ms < u->used_ms)
		use->active_ms = u->used_ms;
	xlate_refs_count(&u->result.refs, &traffic);
	return traffic.packets;
}

__u64 ukey_count(struct ukey_table *t, struct ukey *u, __u64 now_ms)
{
	struct xvs_flow_stats sum;

	dp_flow_stats(t->dp, u->slot, &sum);
	return sum.packets == t->use[u->slot].packets ? 0 : count_new(t, u, &sum, now_ms);
}

/* What count_new() is going to touch of a record. */
static void prefetch_counted(const struct ukey *u)
{
	__builtin_prefetch(&u->result.refs);
	__builtin_prefetch(&u->used_ms, 1);
}

void ukey_count_block(struct ukey_table *t, __u32 first, __u64 now_ms, __u64 fresh[UKEY_BLOCK])
{
	__u32 n = t->n_slots - first < UKEY_BLOCK ? t->n_slots - first : UKEY_BLOCK;
	const struct ukey_use *use = &t->use[first];
	const __u8 *state = &t->state[first];
	struct xvs_flow_stats sum[UKEY_BLOCK];
	bool any = false;

	memset(fresh, 0, UKEY_BLOCK * sizeof(*fresh));
	for (__u32 i = 0; i < n; i++)
		any |= state[i] != UKEY_FREE;
	if (!any)
		return;
	dp_flow_stats_block(t->dp, first, n, sum);
	for (__u32 i = 0; i < n; i++)
		if (state[i] != UKEY_FREE && sum[i].packets != use[i].packets)
			prefetch_counted(&t->ukeys[first + i]);
	for (__u32 i = 0; i < n; i++)
		if (state[i] != UKEY_FREE && sum[i].packets != use[i].packets)
			fresh[i] = count_new(t, &t->ukeys[first + i], &sum[i], now_ms);
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
