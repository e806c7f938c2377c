/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Megaflows: one probe for each subtable that holds flows of the packet's port, in
 * the order of the port's list in xvs_probe.
 *
 * A probe hashes the words that the subtable's mask touches and compares the
 * eight 16-bit tags of a bucket at once; only an equal tag leads to a flow, and
 * only equality of subtable, version and every masked word makes it a hit
 * [I4] [I5]. The search runs in chunks, a tail call each, so that the verifier
 * sees a short loop.
 */
#ifndef BPF_MEGAFLOW_H
#define BPF_MEGAFLOW_H

#include "account.h"
#include "ct_hint.h"
#include "inflight.h"
#include "microflow.h"
#include "tail.h"

#define MEGAFLOW_CHUNK 16 /* subtables for each tail call: 8 calls at most */

#define MEGAFLOW_LANES 0x0001000100010001ULL /* 1 in each 16-bit lane */
#define MEGAFLOW_LOW15 (0x7fff * MEGAFLOW_LANES)
/* Multiplying gathers bits 0, 16, 32, 48 in bits 48..51. */
#define MEGAFLOW_GATHER 0x0001000200040008ULL

/* One bit for each of the four lanes that equals the tag; exact. */
static __always_inline __u32 megaflow_equal_lanes(__u64 lanes, __u64 tags)
{
	__u64 x = lanes ^ tags;

	x = ~(((x & MEGAFLOW_LOW15) + MEGAFLOW_LOW15) | x | MEGAFLOW_LOW15);
	return (x >> 15) * MEGAFLOW_GATHER >> 48 & 0xf;
}

/* No lane equals the tag: the common answer, for less than the exact set costs.
 * It may say "perhaps" for none, never "none" for one. */
static __always_inline bool megaflow_no_lane(__u64 lanes, __u64 tags)
{
	__u64 x = lanes ^ tags;

	return !((x - MEGAFLOW_LANES) & ~x & (0x8000 * MEGAFLOW_LANES));
}

/* Which lanes are at the same place in memory as tag[0..3]. */
static __always_inline __u32 megaflow_candidates(const struct xvs_bucket *bucket, __u16 tag)
{
	__u64 tags = tag * MEGAFLOW_LANES;
	__u64 low = load64(&bucket->tag[0]), high = load64(&bucket->tag[4]);

	if (megaflow_no_lane(low, tags) && megaflow_no_lane(high, tags))
		return 0;
	return megaflow_equal_lanes(low, tags) | megaflow_equal_lanes(high, tags) << 4;
}

/* The number of the lowest bit of 'set', and of its slot in the bucket. */
static __always_inline __u32 megaflow_first(__u32 set)
{
	__u32 bit = set & -set;
	__u32 n = (!!(bit & 0xaa)) | (!!(bit & 0xcc)) << 1 | (!!(bit & 0xf0)) << 2;

	return n ^ PKT_SHIFT(0, 16) / 16; /* big-endian: lane 0 is on top of its word */
}

static __always_inline __u64 megaflow_hash(const struct xvs_pkt *pkt, const struct xvs_subtable *s)
{
	__u32 n = s->n_words;
	__u64 sum = s->salt;
	__u32 k;

	COMPAT_UNROLL
	for (k = 0; k < XVS_KEY_WORDS; k++) {
		compat_opaque(n);
		if (k >= n)
			break;
		sum += xvs_hash_word(pkt->key.w[s->word[k] & PKT_WORD_MASK] & s->mask[k],
				     config()->seed[k]);
	}
	return xvs_hash_finish(sum);
}

/* Looks at one bucket; true when it has the packet's flow, noted in 'pkt'. */
static __always_inline bool megaflow_in_bucket(struct xvs_pkt *pkt, const struct xvs_bucket *bucket,
					       __u32 candidates, __u32 subtable)
{
	int i;

	for (i = 0; i < XVS_BUCKET_CANDIDATES; i++) {
		__u32 slot;

		if (!candidates)
			break;
		slot = XVS_READ_ONCE(bucket->slot[megaflow_first(candidates)]);
		candidates &= candidates - 1;
		if (slot && ctx_flow_take(pkt, slot, subtable))
			return true;
	}
	return false;
}

/* Probes one subtable. A bucket that overflows links one more. */
static __always_inline bool megaflow_probe(struct xvs_pkt *pkt, __u32 subtable)
{
	const struct xvs_subtable *s = table_subtable(subtable);
	const struct xvs_bucket *bucket;
	__u64 hash;
	__u32 index;
	__u16 tag;
	int i;

	if (!s || !s->n_words)
		return false;
	hash = megaflow_hash(pkt, s);
	tag = (__u16)(hash >> 48) | 1;
	index = (__u32)hash & (config()->n_buckets - 1);
	for (i = 0; i < 2; i++) {
		__u32 candidates;

		bucket = table_bucket(index);
		if (!bucket)
			return false;
		candidates = megaflow_candidates(bucket, tag);
		if (candidates && megaflow_in_bucket(pkt, bucket, candidates, subtable))
			return true;
		index = XVS_READ_ONCE(bucket->overflow);
		if (!index)
			return false;
	}
	return false;
}

/* A hit, unless packets of its microflow are on their way through the ring:
 * then it follows them, so that they stay in order. */
static __always_inline int megaflow_hit(struct xvs_ctx *ctx, struct xvs_pkt *pkt, bool hints)
{
	enum inflight inflight;

	if (dry_run_is(pkt)) /* it waits for nobody, and leaves no hint */
		return ctx_tail(ctx, pkt, TAIL_HIT);
	inflight = inflight_enter(pkt, false);
	if (inflight == INFLIGHT_COUNTED) {
		pkt->upcall_reason = XVS_UPCALL_FOLLOW;
		return ctx_tail(ctx, pkt, TAIL_UPCALL);
	}
	if (inflight == INFLIGHT_FULL) {
		account_counter(pkt, overtakes, 1);
	} else if (hints) {
		microflow_insert(pkt);
		ct_hint_insert(pkt);
	}
	return ctx_tail(ctx, pkt, TAIL_HIT);
}

static __always_inline int step_megaflow(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	__u32 index = xvs_probe_index(pkt->probe_order, pkt->key.in_port);
	const struct xvs_probe_list *list = table_probe(index);
	const struct xvs_control *control = table_control();
	__u32 rank = pkt->n_probed;
	__u32 n;
	int i;

	if (!list || !control)
		return -XVS_DROP_NO_SCRATCH;
	n = XVS_READ_ONCE(list->n);
	for (i = 0; i < MEGAFLOW_CHUNK; i++, rank++) {
		if (rank >= n || rank >= XVS_MAX_SUBTABLES) {
			pkt->n_probed = rank;
			pkt->upcall_reason = XVS_UPCALL_MISS;
			return ctx_tail(ctx, pkt, TAIL_UPCALL);
		}
		if (megaflow_probe(pkt, XVS_READ_ONCE(list->subtable[rank]))) {
			pkt->n_probed = rank + 1;
			return megaflow_hit(ctx, pkt, control->flags & XVS_CONTROL_MICROFLOW);
		}
	}
	pkt->n_probed = rank;
	return ctx_tail(ctx, pkt, TAIL_MEGAFLOW);
}

#endif /* BPF_MEGAFLOW_H */
