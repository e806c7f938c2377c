/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet means to its connection, and the connection to the packet: the state
 * and flags that the word is to have, the bits of ct_state, how long it lasts.
 *
 * `new` until an answer was seen, `est` from the answer on. What is judged is kept in
 * pkt->ct; ct_apply() makes it true.
 */
#ifndef BPF_CT_STATE_H
#define BPF_CT_STATE_H

#include "ct_proto.h"
#include "ct_tcp.h"
#include "dry_run.h"

#define CT_STREAM_S 2 /* an exchange over UDP that lasts longer is assured */

static __always_inline const struct xvs_ct_timeouts *ct_timeouts_of(const struct xvs_ct_zone *zone)
{
	return table_ct_timeouts(zone->timeouts & (XVS_CT_TIMEOUT_POLICIES - 1));
}

static __always_inline __u32 ct_timeout_of(const struct xvs_ct_timeouts *timeouts,
					   enum xvs_ct_timeout i)
{
	return timeouts->jiffies[i & (XVS_CT_TIMEOUT_SLOTS - 1)];
}

/* What is not answered lasts no longer than this. */
static __always_inline __u32 ct_pressed(const struct xvs_ct_zone *zone,
					const struct xvs_ct_timeouts *timeouts, __u32 timeout)
{
	__u32 limit = ct_timeout_of(timeouts, XVS_CT_T_PRESSED);

	if (timeout > limit && XVS_READ_ONCE(zone->n_half) >= ct_max_half(zone) / 2)
		return limit;
	return timeout;
}

/* Not TCP: by protocol, and by whether an exchange goes on. */
static __always_inline __u32 ct_other_timeout(const struct xvs_ct_timeouts *timeouts, __u8 proto,
					      bool stream)
{
	enum xvs_ct_timeout i = XVS_CT_T_OTHER;

	if (proto == PARSE_PROTO_UDP)
		i = stream ? XVS_CT_T_UDP_STREAM : XVS_CT_T_UDP;
	else if (proto == PARSE_PROTO_ICMP)
		i = XVS_CT_T_ICMP;
	else if (proto == PARSE_PROTO_ICMPV6)
		i = XVS_CT_T_ICMPV6;
	return ct_timeout_of(timeouts, i);
}

/* The word as it is to be. An expiry that hardly differs stays, so that a packet does
 * not have to change the word for its own sake. */
static __always_inline void ct_want(struct pkt_ct *ct, __u8 flags, __u8 state, __u32 timeout)
{
	__u32 expires = ct->now + timeout, hz = config()->hz;

	if (expires - xvs_ct_expires(ct->word) + hz < 2 * hz)
		expires = xvs_ct_expires(ct->word);
	ct->want = xvs_ct_word(xvs_ct_seq(ct->word), flags, state, xvs_ct_tag(ct->word), expires);
}

/* Flags behind a packet of this direction. */
static __always_inline __u8 ct_flags_after(const struct pkt_ct *ct)
{
	__u8 flags = xvs_ct_flags(ct->word);

	return ct->dir ? (flags | XVS_CT_F_REPLIED) & ~XVS_CT_F_HALF : flags;
}

static __always_inline enum ct_judgement ct_judge_tcp(struct xvs_pkt *pkt,
						      const struct xvs_ct_entry *entry,
						      const struct xvs_ct_zone *zone,
						      const struct xvs_ct_timeouts *timeouts)
{
	struct pkt_ct *ct = &pkt->ct;
	__u8 before = xvs_ct_word_state(ct->word);
	__u8 flags = ct_flags_after(ct);
	enum ct_judgement judgement;
	__u32 timeout = 0, limit;
	__u8 state = 0;

	judgement = ct_tcp_judge(pkt, entry, zone, timeouts, &state, &timeout);
	if (judgement != CT_VALID)
		state = before;
	/* An answered SYN is half open until who sent it has shown that it is there. */
	if (state < XVS_CT_S_ESTABLISHED)
		flags |= xvs_ct_flags(ct->word) & XVS_CT_F_HALF;
	if (judgement == CT_IGNORED) { /* an answer all the same */
		ct->want = ct->word & ~((__u64)0xf << XVS_CT_FLAGS_SHIFT);
		ct->want |= (__u64)flags << XVS_CT_FLAGS_SHIFT;
	}
	if (judgement != CT_VALID)
		return judgement;
	if (!(xvs_ct_flags(ct->word) & XVS_CT_F_REPLIED) && ct->segment.kind == CT_TCP_RST) {
		/* Nobody is there. */
		ct->want = ct_word_ended(ct->word, ct->now);
		return CT_VALID;
	}
	if ((flags & XVS_CT_F_REPLIED) && state == XVS_CT_S_ESTABLISHED &&
	    (before == XVS_CT_S_SYN_RECV || before == XVS_CT_S_ESTABLISHED) &&
	    (xvs_ct_flags(ct->word) & XVS_CT_F_REPLIED))
		flags |= XVS_CT_F_ASSURED;
	if (!(flags & XVS_CT_F_REPLIED)) {
		limit = ct_timeout_of(timeouts, XVS_CT_T_TCP_UNACKNOWLEDGED);
		timeout = timeout < limit ? timeout : limit;
	}
	if (flags & XVS_CT_F_HALF)
		timeout = ct_pressed(zone, timeouts, timeout);
	ct_want(ct, flags, state, timeout);
	return CT_VALID;
}

static __always_inline enum ct_judgement ct_judge_other(struct xvs_pkt *pkt,
							const struct xvs_ct_entry *entry,
							const struct xvs_ct_zone *zone,
							const struct xvs_ct_timeouts *timeouts)
{
	struct pkt_ct *ct = &pkt->ct;
	__u8 flags = ct_flags_after(ct), proto = ct->tuple.proto;
	bool replied = flags & XVS_CT_F_REPLIED;
	/* Answered before this packet, and some time after the first one. */
	bool stream = proto == PARSE_PROTO_UDP && (xvs_ct_flags(ct->word) & XVS_CT_F_REPLIED) &&
		      ct->now - entry->born > CT_STREAM_S * config()->hz;
	__u32 timeout = ct_other_timeout(timeouts, proto, stream);

	if (stream)
		flags |= XVS_CT_F_ASSURED;
	if (!replied)
		timeout = ct_pressed(zone, timeouts, timeout);
	ct_want(ct, flags, replied ? XVS_CT_S_REPLIED : XVS_CT_S_UNREPLIED, timeout);
	return CT_VALID;
}

/* By the connection of 'entry', which the packet belongs to. */
static __always_inline enum ct_judgement
ct_judge(struct xvs_pkt *pkt, const struct xvs_ct_entry *entry, const struct xvs_ct_zone *zone)
{
	const struct xvs_ct_timeouts *timeouts = ct_timeouts_of(zone);

	pkt->ct.want = pkt->ct.word;
	if (!timeouts)
		return CT_INVALID;
	if (pkt->ct.tuple.proto == PARSE_PROTO_TCP)
		return ct_judge_tcp(pkt, entry, zone, timeouts);
	return ct_judge_other(pkt, entry, zone, timeouts);
}

/* A packet without a connection: can one begin with it? 'want' is its state, flags and
 * expiry, should it be entered. */
static __always_inline bool ct_judge_first(struct xvs_pkt *pkt, const struct xvs_ct_zone *zone)
{
	const struct xvs_ct_timeouts *timeouts = ct_timeouts_of(zone);
	struct pkt_ct *ct = &pkt->ct;
	__u8 state = XVS_CT_S_UNREPLIED;
	__u32 timeout, limit;

	if (!timeouts)
		return false;
	if (ct->tuple.proto == PARSE_PROTO_TCP) {
		if (!ct_tcp_first(pkt, zone, &state))
			return false;
		limit = ct_timeout_of(timeouts, XVS_CT_T_TCP_UNACKNOWLEDGED);
		timeout = ct_tcp_timeout(timeouts, state);
		timeout = timeout < limit ? timeout : limit;
	} else {
		timeout = ct_other_timeout(timeouts, ct->tuple.proto, false);
	}
	timeout = ct_pressed(zone, timeouts, timeout);
	ct->want = xvs_ct_word(0, XVS_CT_F_HALF, state, 0, ct->now + timeout);
	return true;
}

/* ct_state of a packet of the connection 'entry', as it is to be. */
static __always_inline __u8 ct_state_bits(const struct pkt_ct *ct, const struct xvs_ct_entry *entry)
{
	bool related = entry->flags & XVS_CT_E_RELATED;
	__u8 bits = XVS_CT_TRK | (related ? XVS_CT_REL : 0);

	if (ct->kind == CT_PACKET_ERROR)
		return XVS_CT_TRK | XVS_CT_REL | (ct->dir ? XVS_CT_RPL : 0);
	if (ct->dir)
		return bits | XVS_CT_EST | XVS_CT_RPL;
	if (xvs_ct_flags(ct->want) & XVS_CT_F_REPLIED)
		return bits | XVS_CT_EST;
	return related ? bits : bits | XVS_CT_NEW;
}

static __always_inline void ct_swap_window(__u64 *word, const struct pkt_swap *swap)
{
	if (swap->new != swap->old)
		__sync_val_compare_and_swap(word, swap->old, swap->new);
}

static __always_inline void ct_apply_windows(struct pkt_ct *ct, struct xvs_ct_entry *entry)
{
	struct xvs_ct_window *own = &entry->win[ct->dir & 1];

	ct_swap_window(&own->edges, &ct->own_edges);
	ct_swap_window(&own->size, &ct->own_size);
	ct_swap_window(&entry->win[~ct->dir & 1].edges, &ct->peer_edges);
}

/* The alias lasts as long as its connection. */
static __always_inline void ct_apply_alias(const struct pkt_ct *ct)
{
	__u64 word = ct_word_of(ct->alias);

	if (xvs_ct_word_state(word) == XVS_CT_S_ALIAS)
		ct_swap(ct->alias, word, (word & ~0xffffffffULL) | xvs_ct_expires(ct->want));
}

/* Makes what was judged true. False: the connection has changed since; nothing is
 * done. */
static __always_inline bool ct_apply(struct xvs_pkt *pkt)
{
	struct pkt_ct *ct = &pkt->ct;
	struct xvs_ct_entry *entry;
	struct xvs_ct_zone *zone;

	ct->pending = 0;
	if (dry_run_is(pkt))
		return true;
	entry = table_ct_entry(ct->place);
	if (!entry)
		return true;
	if (ct->want != ct->word) {
		if (!ct_swap(ct->place, ct->word, ct->want))
			return false;
		if (ct->alias != XVS_CT_NONE)
			ct_apply_alias(ct);
		/* One that has ended is counted until its slot is taken [CT5]. */
		zone = table_ct_zone(ct->tuple.zone);
		if (zone && xvs_ct_flags(ct->word) & ~xvs_ct_flags(ct->want) & XVS_CT_F_HALF)
			__sync_fetch_and_add(&zone->n_half, -1);
		ct->word = ct->want;
	}
	if (ct->tuple.proto == PARSE_PROTO_TCP)
		ct_apply_windows(ct, entry);
	return true;
}

#endif /* BPF_CT_STATE_H */
