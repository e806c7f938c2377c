/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Microflows: from a hash of the exact headers to the megaflow that matched
 * the last time.
 *
 * A hint is only a hint [I4]: it counts when the slot's generation is the
 * hint's, the flow is valid in the packet's version [I8], and the packet's key
 * under the flow's mask equals the flow's. A wrong hint costs time.
 */
#ifndef BPF_MICROFLOW_H
#define BPF_MICROFLOW_H

#include "compat.h"
#include "ctx.h"
#include "pkt.h"
#include "xvs/flow_hash.h"

XVS_STATIC_ASSERT(XVS_FLOW_KEY_SEQ == 1, "the hash covers what tells microflows apart");

#define MICROFLOW_SETS (XVS_MICROFLOW_HINTS / 2)

/* A masked index cannot leave struct xvs_pkt, which costs less than a branch. */
#define PKT_WORD_MASK 31

static __always_inline __u64 microflow_hash_word(const struct xvs_pkt *pkt, int word)
{
	return xvs_hash_word(pkt->key.w[word], config()->seed[word]);
}

/* TCP flags differ from packet to packet of one microflow. */
static __always_inline __u64 microflow_hash(const struct xvs_pkt *pkt)
{
	__u64 ports = pkt->key.w[XVS_KEY_W_TP] & word_32_32(~0U, 0);
	__u64 sum = microflow_hash_word(pkt, XVS_KEY_W_PORT);

	sum += microflow_hash_word(pkt, XVS_KEY_W_DST);
	sum += microflow_hash_word(pkt, XVS_KEY_W_SRC);
	sum += microflow_hash_word(pkt, XVS_KEY_W_IPV4);
	sum += microflow_hash_word(pkt, XVS_KEY_W_NW);
	sum += xvs_hash_word(ports, config()->seed[XVS_KEY_W_TP]);
	if (pkt->key.dl_type == XVS_BE16(0x86dd)) {
		sum += microflow_hash_word(pkt, XVS_KEY_WORD(ipv6_src));
		sum += microflow_hash_word(pkt, XVS_KEY_WORD(ipv6_src) + 1);
		sum += microflow_hash_word(pkt, XVS_KEY_WORD(ipv6_dst));
	}
	return xvs_hash_finish(sum);
}

/* Does the packet match 'flow', a flow of the subtable 's'? */
static __always_inline bool flow_matches(const struct xvs_pkt *pkt, const struct xvs_flow *flow,
					 const struct xvs_subtable *s)
{
	__u32 n = flow->n_words;
	__u32 k;

	if (pkt->version < XVS_READ_ONCE(flow->version_from) ||
	    pkt->version >= XVS_READ_ONCE(flow->version_to))
		return false;
	COMPAT_UNROLL
	for (k = 0; k < XVS_KEY_WORDS; k++) {
		compat_opaque(n);
		if (k >= n)
			break;
		if ((pkt->key.w[s->word[k] & PKT_WORD_MASK] & s->mask[k]) != flow->key[k])
			return false;
	}
	return true;
}

/* The flow at 'slot', if it is the one meant and takes the packet. */
static __always_inline const struct xvs_flow *flow_check(struct xvs_pkt *pkt, __u32 slot,
							 __u32 generation)
{
	const struct xvs_flow *flow = table_flow(slot);
	const struct xvs_subtable *s;

	if (!flow || XVS_READ_ONCE(flow->generation) != generation)
		return NULL;
	s = table_subtable(flow->subtable);
	if (!s || !flow_matches(pkt, flow, s))
		return NULL;
	pkt->slot = slot;
	pkt->generation = generation;
	pkt->lookup = PKT_LOOKUP_MICROFLOW;
	return flow;
}

/* The same for a candidate of the subtable number 'subtable'. */
static __always_inline bool flow_take(struct xvs_pkt *pkt, __u32 slot, __u32 subtable)
{
	const struct xvs_flow *flow = table_flow(slot);
	const struct xvs_subtable *s = table_subtable(subtable);
	__u32 generation;

	if (!flow || !s)
		return false;
	generation = XVS_READ_ONCE(flow->generation);
	if (flow->subtable != subtable || !flow_matches(pkt, flow, s))
		return false;
	pkt->slot = slot;
	pkt->generation = generation;
	pkt->lookup = PKT_LOOKUP_MEGAFLOW;
	return true;
}

static __always_inline __u32 microflow_tag(const struct xvs_pkt *pkt)
{
	return (__u32)(pkt->hash >> 32) | 1;
}

/* The two hints that the packet's may be in. */
static __always_inline struct xvs_hint *microflow_set(const struct xvs_pkt *pkt)
{
	struct xvs_microflow_elem *elem = table_microflow(pkt->hash % XVS_MICROFLOW_ELEMS);
	__u32 set = pkt->hash / XVS_MICROFLOW_ELEMS % MICROFLOW_SETS;

	return elem ? &elem->hint[2 * set] : NULL;
}

static __always_inline const struct xvs_flow *microflow_lookup(struct xvs_pkt *pkt)
{
	const struct xvs_hint *hint = microflow_set(pkt);
	__u32 tag = microflow_tag(pkt);

	if (!hint)
		return NULL;
	if (hint[0].hash != tag) {
		if (hint[1].hash != tag)
			return NULL;
		hint++;
	}
	pkt->ct.hint = XVS_READ_ONCE(hint->ct) + PKT_CT_HINT - 1;
	return flow_check(pkt, hint->slot, hint->generation);
}

/* Notes the connection of the packet's microflow, which has led to its flow. */
static __always_inline void microflow_note_ct(const struct xvs_pkt *pkt, __u32 place)
{
	struct xvs_hint *hint = microflow_set(pkt);
	__u32 tag = microflow_tag(pkt);

	if (!hint)
		return;
	if (hint[0].hash != tag)
		hint++;
	if (hint->hash == tag)
		XVS_WRITE_ONCE(hint->ct, place + 1);
}

/* The newest hint of a set stands first and pushes out the oldest. */
static __always_inline void microflow_insert(const struct xvs_pkt *pkt)
{
	struct xvs_hint *hint = microflow_set(pkt);
	__u32 tag = microflow_tag(pkt);

	if (!hint)
		return;
	if (hint[0].hash != tag)
		hint[1] = hint[0];
	hint[0].hash = tag;
	hint[0].ct = 0;
	hint[0].slot = pkt->slot;
	hint[0].generation = pkt->generation;
}

#endif /* BPF_MICROFLOW_H */
