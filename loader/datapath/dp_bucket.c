// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Signature buckets: where the index of a flow is published, in an order that
 * a lookup on another CPU may meet at any step (xvs/flow_entry.h). The flows
 * themselves are dp_tables.c's.
 */
#include "dp_private.h"

#include <errno.h>

/* A free entry of 'b', or -1: none, or a lookup would not look at one more
 * candidate with this tag. */
static int bucket_room(const struct xvs_bucket *b, __u16 tag)
{
	int room = -1, n_equal = 0;

	for (int i = XVS_BUCKET_SLOTS - 1; i >= 0; i--) {
		if (b->tag[i] == tag)
			n_equal++;
		if (!b->slot[i])
			room = i;
	}
	return n_equal < XVS_BUCKET_CANDIDATES ? room : -1;
}

int dp_bucket_find_place(struct dp *dp, __u64 hash, struct dp_place *place)
{
	const struct xvs_bucket *b;
	int i;

	place->primary = dp_bucket_primary(dp, hash);
	place->tag = dp_bucket_tag(hash);
	place->link = false;

	b = &dp->t.buckets[place->primary];
	place->bucket = place->primary;
	i = bucket_room(b, place->tag);
	if (i < 0 && b->overflow) {
		place->bucket = b->overflow;
		i = bucket_room(&dp->t.buckets[b->overflow], place->tag);
	} else if (i < 0) {
		place->bucket = dp_pool_get(&dp->overflow);
		place->link = true;
		i = place->bucket ? 0 : -1;
	}
	if (i < 0)
		return -EXFULL;
	place->i = (__u32)i;
	return 0;
}

__u32 dp_bucket_next(const struct dp *dp, __u64 hash, __u32 *from)
{
	const struct xvs_bucket *primary = &dp->t.buckets[dp_bucket_primary(dp, hash)];
	__u16 tag = dp_bucket_tag(hash);

	while (*from < 2 * XVS_BUCKET_SLOTS) {
		__u32 i = (*from)++;
		const struct xvs_bucket *b =
			i < XVS_BUCKET_SLOTS ? primary : &dp->t.buckets[primary->overflow];

		if (i == XVS_BUCKET_SLOTS && !primary->overflow)
			return 0;
		i %= XVS_BUCKET_SLOTS;
		if (b->tag[i] == tag && b->slot[i])
			return b->slot[i];
	}
	return 0;
}

void dp_bucket_cancel(struct dp *dp, const struct dp_place *place)
{
	if (place->link)
		dp_pool_put(&dp->overflow, place->bucket);
}

/* Tag, then index: a lookup that sees the tag alone finds no flow; one that sees
 * a stale tag compares the key and misses [I4]. */
void dp_bucket_publish(struct dp *dp, const struct dp_place *place, __u32 slot)
{
	struct xvs_bucket *b = &dp->t.buckets[place->bucket];

	XVS_WRITE_ONCE(b->tag[place->i], place->tag);
	__atomic_store_n(&b->slot[place->i], slot, __ATOMIC_RELEASE);
	if (place->link) {
		dp->overflow_owner[place->bucket - dp->config.n_buckets] = place->primary;
		__atomic_store_n(&dp->t.buckets[place->primary].overflow, place->bucket,
				 __ATOMIC_RELEASE);
	}
}

static bool bucket_is_empty(const struct xvs_bucket *b)
{
	for (int i = 0; i < XVS_BUCKET_SLOTS; i++)
		if (b->slot[i])
			return false;
	return true;
}

void dp_bucket_unpublish(struct dp *dp, __u32 bucket, __u32 slot)
{
	struct xvs_bucket *b = &dp->t.buckets[bucket];

	for (int i = 0; i < XVS_BUCKET_SLOTS; i++) {
		if (b->slot[i] != slot)
			continue;
		XVS_WRITE_ONCE(b->slot[i], 0);
		/* A tag that stayed would use up a candidate of each lookup. */
		__atomic_store_n(&b->tag[i], 0, __ATOMIC_RELEASE);
		break;
	}
	if (bucket >= dp->config.n_buckets && bucket_is_empty(b)) {
		__u32 owner = dp->overflow_owner[bucket - dp->config.n_buckets];

		XVS_WRITE_ONCE(dp->t.buckets[owner].overflow, 0);
		dp_pool_retire(&dp->overflow, bucket);
	}
}
