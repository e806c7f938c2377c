/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments: the first one has the ports, and notes them; later ones are found by what
 * was noted. Nothing is put together.
 *
 * The table is small, and a flood of first fragments may not lock out those of
 * others: of a set of four, the note that ends first makes room. A packet's
 * fragments follow each other closely, so its note has to stay for a moment only. A
 * later fragment that finds none (it came first, its note has gone, nobody has seen
 * the first one) is `inv`.
 *
 * What decides is the first fragment, and that nothing comes in its place behind it: a
 * later one of TCP that begins within the TCP header would have its receiver
 * put together other ports or flags than were judged (RFC 3128). It is `inv`, too.
 * Another first fragment is judged by its own ports, and its note counts from then on.
 *
 * Race: notes are written by any CPU, without a lock. Words of two notes in one slot do
 * not fit together by their check, and are no note; both packets' later fragments are
 * then `inv`, which they may be at any time.
 */
#ifndef BPF_CT_FRAG_H
#define BPF_CT_FRAG_H

#include "ct_icmp.h"
#include "xvs/flow_hash.h"

#define CT_FRAG_WAYS 4
XVS_STATIC_ASSERT((XVS_CT_FRAGS & (XVS_CT_FRAGS - 1)) == 0, "a set is masked");

struct ct_frag_note {
	__u64 key[2];
	__u64 ports; /* of struct xvs_ct_frag */
};

static __always_inline __u64 ct_frag_hash(const struct ct_headers *h, __u64 last, __u32 seed)
{
	const volatile __u64 *s = &config()->seed[seed];
	__u64 sum = xvs_hash_word(h->src.w[0], s[0]) + xvs_hash_word(h->src.w[1], s[1]) +
		    xvs_hash_word(h->dst.w[0], s[2]) + xvs_hash_word(h->dst.w[1], s[3]);

	return xvs_hash_finish(sum + xvs_hash_word(last, s[4]));
}

/* IPv6 tells packets apart without the protocol (RFC 8200, 4.5), and IPv4's field has
 * half the bits. */
static __always_inline void ct_frag_key(const struct ct_headers *h, __u16 zone, __u64 key[2])
{
	__u64 last = (__u64)h->id << 32 | (__u64)zone << 16;

	last |= h->family == 4 ? (__u64)h->proto << 8 | 4 : 6;
	key[0] = ct_frag_hash(h, last, 0);
	key[1] = ct_frag_hash(h, last, 5);
}

static __always_inline __u32 ct_frag_expires(__u64 ports)
{
	return ports >> 32;
}

static __always_inline bool ct_frag_is_over(__u64 ports, __u32 now)
{
	return (__s32)(ct_frag_expires(ports) - now) <= 0;
}

static __always_inline struct xvs_ct_frag *ct_frag_slot(const __u64 key[2], __u32 way)
{
	return table_ct_frag((key[0] & (XVS_CT_FRAGS - 1) & ~(CT_FRAG_WAYS - 1U)) + way);
}

/* The slot's note if it is that of 'key' and in time, else 0. */
static __always_inline __u64 ct_frag_read(const struct xvs_ct_frag *slot, const __u64 key[2],
					  __u32 now)
{
	__u64 ports = XVS_READ_ONCE(slot->ports);

	if (XVS_READ_ONCE(slot->key[0]) != key[0] || XVS_READ_ONCE(slot->key[1]) != key[1] ||
	    XVS_READ_ONCE(slot->check) != (key[0] ^ key[1] ^ ports) || ct_frag_is_over(ports, now))
		return 0;
	return ports;
}

/* Where a note of 'key' is written: over its last one, or the one that ends first. */
static __always_inline struct xvs_ct_frag *ct_frag_place(const __u64 key[2], __u32 now)
{
	struct xvs_ct_frag *slot, *best = NULL;
	__s32 best_left = 0;
	__u32 i;

	for (i = 0; i < CT_FRAG_WAYS; i++) {
		__s32 left;

		slot = ct_frag_slot(key, i);
		if (!slot)
			return NULL;
		if (XVS_READ_ONCE(slot->key[0]) == key[0])
			return slot;
		left = (__s32)(ct_frag_expires(XVS_READ_ONCE(slot->ports)) - now);
		if (!XVS_READ_ONCE(slot->check) || left < 0)
			left = 0;
		if (!best || left < best_left) {
			best = slot;
			best_left = left;
		}
	}
	return best;
}

/* The packet, a first fragment, has the tuple 't'. */
static __always_inline void ct_frag_first(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					  const struct xvs_ct_tuple *t, __u32 now)
{
	struct xvs_ct_frag *slot;
	struct ct_headers h;
	__u64 key[2], ports;

	if (dry_run_is(pkt) || ct_walk(ctx, pkt, pkt->l3_off, pkt->l3_end, &h))
		return;
	ct_frag_key(&h, t->zone, key);
	slot = ct_frag_place(key, now);
	if (!slot)
		return;
	ports = (__u64)(now + XVS_CT_FRAG_TIMEOUT_S * config()->hz) << 32 | (__u32)t->dport << 16 |
		t->sport;
	XVS_WRITE_ONCE(slot->key[0], key[0]);
	XVS_WRITE_ONCE(slot->key[1], key[1]);
	XVS_WRITE_ONCE(slot->ports, ports);
	XVS_WRITE_ONCE(slot->check, key[0] ^ key[1] ^ ports);
}

static __always_inline bool ct_frag_in_tcp_header(const struct ct_headers *h)
{
	return h->proto == PARSE_PROTO_TCP && h->frag_off < PARSE_TCP_LEN;
}

/* The tuple of a later fragment; -1: it is `inv`. */
static __always_inline int ct_frag_later(struct xvs_ctx *ctx, struct xvs_pkt *pkt, __u16 zone,
					 __u32 now, struct xvs_ct_tuple *t)
{
	__u64 key[2], ports = 0;
	struct ct_headers h;
	__u32 i;

	if (ct_walk(ctx, pkt, pkt->l3_off, pkt->l3_end, &h) || ct_frag_in_tcp_header(&h))
		return -1;
	ct_frag_key(&h, zone, key);
	for (i = 0; i < CT_FRAG_WAYS && !ports; i++) {
		const struct xvs_ct_frag *slot = ct_frag_slot(key, i);

		if (slot)
			ports = ct_frag_read(slot, key, now);
	}
	if (!ports)
		return -1;
	t->src = h.src;
	t->dst = h.dst;
	t->sport = (__u16)ports;
	t->dport = (__u16)(ports >> 16);
	t->zone = zone;
	t->proto = h.proto;
	t->family = h.family;
	return 0;
}

#endif /* BPF_CT_FRAG_H */
