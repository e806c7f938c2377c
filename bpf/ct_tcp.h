/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP: what a segment says, which state a connection is in after it, and whether its
 * numbers can be true (the windows).
 *
 * States are those of the connection, not of its ends: a segment of either side may move
 * it. The table below says where to, for both directions; what it means is in RFC
 * 9293, 3.3.2, seen from between the two. States, windows and timeouts are meant to
 * agree with what Linux' nf_conntrack decides for the same packets.
 *
 * Windows, after van Rooij. Of each side we know the end of what it has sent, and the
 * most that it may send by what the other one has acknowledged and offered. A segment
 * is in its window if
 *   1. it begins not behind what may be sent;
 *   2. it ends not further before what was sent than the other's window is wide;
 *   3. it acknowledges not more than the other has sent;
 *   4. and not less than a window (66,000 at least) before that.
 * Selective acknowledgements are not read: 3 and 4 hold of the cumulative one.
 */
#ifndef BPF_CT_TCP_H
#define BPF_CT_TCP_H

#include "ct_table.h"
#include "dry_run.h"
#include "parse_l4.h"

enum ct_tcp_kind {
	CT_TCP_SYN,
	CT_TCP_SYN_ACK,
	CT_TCP_FIN,
	CT_TCP_ACK,
	CT_TCP_RST,
	CT_TCP_KINDS,
};

/* What a packet means to its connection. */
enum ct_judgement {
	CT_VALID,
	CT_INVALID,
	CT_IGNORED, /* goes by, and changes nothing */
	CT_BEGINS, /* the connection is over: the packet begins another one */
	CT_LATER, /* this hook cannot judge it */
};

#define CT_TCP_F_FIN 0x01
#define CT_TCP_F_SYN 0x02
#define CT_TCP_F_RST 0x04
#define CT_TCP_F_ACK 0x10
#define CT_TCP_F_URG 0x20
#define CT_TCP_F_JUDGED 0x37 /* PSH and those of ECN may be on any segment */

#define CT_TCP_OPTIONS_LEN 40
#define CT_TCP_OPTIONS_ROOM 64 /* an index is masked */
#define CT_TCP_OPTION_END 0
#define CT_TCP_OPTION_NOP 1
#define CT_TCP_OPTION_SCALE 3
#define CT_TCP_MAX_SCALE 14
#define CT_TCP_ACK_RANGE 66000

#define CT_BIT(flags) (1ULL << (flags))

/* Combinations that a segment may have. */
#define CT_TCP_ALLOWED                                                               \
	(CT_BIT(CT_TCP_F_SYN) | CT_BIT(CT_TCP_F_SYN | CT_TCP_F_URG) |                \
	 CT_BIT(CT_TCP_F_SYN | CT_TCP_F_ACK) | CT_BIT(CT_TCP_F_RST) |                \
	 CT_BIT(CT_TCP_F_RST | CT_TCP_F_ACK) | CT_BIT(CT_TCP_F_FIN | CT_TCP_F_ACK) | \
	 CT_BIT(CT_TCP_F_FIN | CT_TCP_F_ACK | CT_TCP_F_URG) | CT_BIT(CT_TCP_F_ACK) | \
	 CT_BIT(CT_TCP_F_ACK | CT_TCP_F_URG))

/* A state, or what is none: */
#define CT_TO_INV XVS_CT_S_FREE
#define CT_TO_IGN XVS_CT_S_CLAIMED
#define CT_TO_NEW XVS_CT_S_DEAD
#define CT_TO_SS XVS_CT_S_SYN_SENT
#define CT_TO_S2 XVS_CT_S_SYN_SENT2
#define CT_TO_SR XVS_CT_S_SYN_RECV
#define CT_TO_ES XVS_CT_S_ESTABLISHED
#define CT_TO_FW XVS_CT_S_FIN_WAIT
#define CT_TO_CW XVS_CT_S_CLOSE_WAIT
#define CT_TO_LA XVS_CT_S_LAST_ACK
#define CT_TO_TW XVS_CT_S_TIME_WAIT
#define CT_TO_CL XVS_CT_S_CLOSE

#define CT_TO(from, to) ((__u64)CT_TO_##to << 4 * CT_TO_##from)
#define CT_TCP_ROW(ss, s2, sr, es, fw, cw, la, tw, cl)                                   \
	(CT_TO(SS, ss) | CT_TO(S2, s2) | CT_TO(SR, sr) | CT_TO(ES, es) | CT_TO(FW, fw) | \
	 CT_TO(CW, cw) | CT_TO(LA, la) | CT_TO(TW, tw) | CT_TO(CL, cl))

/* By direction and kind of segment: the state that follows each one. */
static const __u64 ct_tcp_rows[2][8] = {
	{
		[CT_TCP_SYN] = CT_TCP_ROW(SS, S2, IGN, IGN, IGN, IGN, IGN, NEW, NEW),
		[CT_TCP_SYN_ACK] = CT_TCP_ROW(INV, SR, SR, INV, INV, INV, INV, INV, INV),
		[CT_TCP_FIN] = CT_TCP_ROW(INV, INV, FW, FW, LA, LA, LA, TW, CL),
		[CT_TCP_ACK] = CT_TCP_ROW(INV, INV, ES, ES, CW, CW, TW, TW, CL),
		[CT_TCP_RST] = CT_TCP_ROW(CL, CL, CL, CL, CL, CL, CL, CL, CL),
	},
	{
		[CT_TCP_SYN] = CT_TCP_ROW(S2, S2, INV, INV, INV, INV, INV, NEW, INV),
		[CT_TCP_SYN_ACK] = CT_TCP_ROW(SR, SR, IGN, IGN, IGN, IGN, IGN, IGN, IGN),
		[CT_TCP_FIN] = CT_TCP_ROW(INV, INV, FW, FW, LA, LA, LA, TW, CL),
		[CT_TCP_ACK] = CT_TCP_ROW(IGN, IGN, SR, ES, CW, CW, TW, TW, CL),
		[CT_TCP_RST] = CT_TCP_ROW(CL, CL, CL, CL, CL, CL, CL, CL, CL),
	},
};

static __always_inline __u8 ct_tcp_next(__u8 dir, __u8 kind, __u8 state)
{
	return ct_tcp_rows[dir & 1][kind & 7] >> 4 * (state & 0xf) & 0xf;
}

static __always_inline enum ct_tcp_kind ct_tcp_kind(__u8 flags)
{
	if (flags & CT_TCP_F_RST)
		return CT_TCP_RST;
	if (flags & CT_TCP_F_SYN)
		return flags & CT_TCP_F_ACK ? CT_TCP_SYN_ACK : CT_TCP_SYN;
	return flags & CT_TCP_F_FIN ? CT_TCP_FIN : CT_TCP_ACK;
}

/* The option at the walk's place, of 'len' bytes of them; false: the walk ends. */
static __always_inline bool ct_tcp_option(struct xvs_pkt *pkt, const __u8 *options, __u32 len)
{
	struct pkt_segment *segment = &pkt->ct.segment;
	__u32 off = XVS_READ_ONCE(pkt->walk_off);
	__u8 kind, size, scale;

	if (off + 2 >= len)
		return false;
	kind = options[off & (CT_TCP_OPTIONS_ROOM - 1)];
	size = kind == CT_TCP_OPTION_NOP ? 1 : options[(off + 1) & (CT_TCP_OPTIONS_ROOM - 1)];
	if (kind == CT_TCP_OPTION_END || !size)
		return false;
	XVS_WRITE_ONCE(pkt->walk_off, off + size);
	if (kind != CT_TCP_OPTION_SCALE || size != 3)
		return true;
	scale = options[(off + 2) & (CT_TCP_OPTIONS_ROOM - 1)];
	segment->scale = scale > CT_TCP_MAX_SCALE ? CT_TCP_MAX_SCALE : scale;
	segment->flags = XVS_CT_W_SCALE;
	return false;
}

/* Reads the options of the SYN at hand: the window's scale. Under BPF a function, as few
 * packets are one. VERIFIER: the walk's place is in memory, as in parse_ipv6_ext(). */
static __always_inline int ct_syn_options(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	__u32 off = pkt->l4_off + PARSE_TCP_LEN;
	__u8 options[CT_TCP_OPTIONS_ROOM];
	__u32 len = pkt->l3_end - pkt->ct.segment.payload - off;
	__u32 i;

	/* VERIFIER: 6.1 does not learn "not 0" from a comparison with 0. */
	len--;
	compat_opaque(len);
	if (len >= CT_TCP_OPTIONS_LEN)
		return 0;
	__builtin_memset(options, 0, sizeof(options));
	if (ctx_load_bytes(ctx, off, options, len + 1))
		return -1;
	XVS_WRITE_ONCE(pkt->walk_off, 0);
	for (i = 0; i < CT_TCP_OPTIONS_LEN; i++) {
		compat_opaque(i);
		if (!ct_tcp_option(pkt, options, len + 1))
			break;
	}
	return 0;
}

/* Reads the header into pkt->ct.segment; false: it is malformed. */
static __always_inline bool ct_tcp_segment(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	struct pkt_segment *segment = &pkt->ct.segment;
	__u32 off = pkt->l4_off, len = pkt->l3_end - pkt->l4_off;
	const __u8 *tcp;
	__u32 header;
	__u8 flags;

	compat_opaque(off);
	if (off > CTX_MAX_OFF)
		return false;
	tcp = (const __u8 *)ctx_data(ctx) + off;
	if (tcp + PARSE_TCP_LEN > (const __u8 *)ctx_data_end(ctx))
		return false;
	header = (tcp[12] >> 4) * 4;
	flags = tcp[13] & CT_TCP_F_JUDGED;
	if (header < PARSE_TCP_LEN || header > len || !(CT_TCP_ALLOWED >> flags & 1))
		return false;
	segment->kind = ct_tcp_kind(flags);
	segment->seq = XVS_FROM_BE32(load32(tcp + 4));
	segment->ack = XVS_FROM_BE32(load32(tcp + 8));
	segment->window = XVS_FROM_BE16(load16(tcp + 14));
	segment->payload = len - header;
	/* Some that reset acknowledge 0. */
	segment->has_ack = (flags & CT_TCP_F_ACK) && (segment->kind != CT_TCP_RST || segment->ack);
	segment->end = segment->seq + segment->payload + (flags >> 1 & 1) + (flags & 1);
	segment->scale = 0;
	segment->flags = 0;
	return true;
}

static __always_inline bool ct_after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

static __always_inline __u64 ct_side_edges(const struct pkt_side *s)
{
	return s->end | (__u64)s->max << 32;
}

static __always_inline __u64 ct_side_size(const struct pkt_side *s)
{
	return s->acked | (__u64)(s->window & 0xffff) << 32 | (__u64)s->flags << 48 |
	       (__u64)s->scale << 56;
}

static __always_inline void ct_side_unpack(struct pkt_side *s, __u64 edges, __u64 size)
{
	s->end = edges;
	s->max = edges >> 32;
	s->acked = size;
	s->window = size >> 32 & 0xffff;
	s->flags = size >> 48;
	s->scale = size >> 56 & 0xf;
}

/* A window in units of the side's scale, rounded up, and never none: too wide rather
 * than too narrow. */
static __always_inline __u32 ct_side_units(const struct pkt_side *s, __u32 window)
{
	__u32 units = (window + (1U << s->scale) - 1) >> s->scale;

	if (units > 0xffff)
		return 0xffff;
	return units ? units : 1;
}

static __always_inline __u32 ct_side_window(const struct pkt_side *s)
{
	return s->window << s->scale;
}

/* A SYN: the side's numbers begin. */
static __always_inline void ct_side_begin(struct pkt_side *own, const struct pkt_segment *segment)
{
	own->end = segment->end;
	own->max = segment->end;
	own->acked = 0;
	own->flags = XVS_CT_W_SEEN | segment->flags;
	own->scale = segment->scale;
	own->window = ct_side_units(own, segment->window);
}

/* Scales count when both sides have sent one, and not for SYNs themselves. */
static __always_inline __u32 ct_segment_window(const struct pkt_segment *segment,
					       const struct pkt_side *own,
					       const struct pkt_side *peer)
{
	if (segment->kind <= CT_TCP_SYN_ACK || !(own->flags & peer->flags & XVS_CT_W_SCALE))
		return segment->window;
	return segment->window << own->scale;
}

/* The first that is seen of a side is no SYN: its numbers begin here. */
static __always_inline void ct_side_pick_up(struct pkt_side *own, struct pkt_side *peer,
					    const struct pkt_segment *segment, __u32 window)
{
	own->end = segment->end;
	own->flags |= XVS_CT_W_SEEN;
	own->window = ct_side_units(own, window);
	own->max = segment->end + (window ? window : 1);
	if (!segment->has_ack)
		return;
	if (!(peer->flags & XVS_CT_W_SEEN)) {
		peer->end = segment->ack;
		peer->max = segment->ack;
	} else if (segment->ack == peer->end + 1) {
		peer->end++; /* an answer to a probe of one byte that was not seen */
	}
}

/* It acknowledges what the other end has sent, and not what is long acknowledged; and it
 * ends not before what the other end may want to see once more. */
static __always_inline bool ct_side_is_recent(const struct pkt_side *own,
					      const struct pkt_side *peer,
					      const struct pkt_segment *segment, __u32 end)
{
	__u32 range = ct_side_window(own);

	if (range < CT_TCP_ACK_RANGE)
		range = CT_TCP_ACK_RANGE;
	if ((peer->flags & XVS_CT_W_SEEN) && ct_after(own->end - ct_side_window(peer), end))
		return false;
	return !segment->has_ack || peer->end - segment->ack <= range;
}

/* Some send beyond what they may, by a window at most. If the other end takes it, its
 * acknowledgement must not look wrong: where it ends is remembered, no more. */
static __always_inline bool ct_side_overshoots(const struct pkt_side *own,
					       const struct pkt_side *peer,
					       const struct pkt_segment *segment, __u32 end)
{
	return segment->kind != CT_TCP_RST && (peer->flags & XVS_CT_W_SEEN) &&
	       end - own->max < ct_side_window(peer);
}

/* What a segment in its window tells. */
static __always_inline void ct_side_learn(struct pkt_side *own, struct pkt_side *peer,
					  const struct pkt_segment *segment, __u32 end,
					  __u32 window)
{
	__u32 units = ct_side_units(own, window);

	if (units > own->window)
		own->window = units;
	if (ct_after(end, own->end))
		own->end = end;
	if (!segment->has_ack)
		return;
	if (!(own->flags & XVS_CT_W_ACKED) || ct_after(segment->ack, own->acked))
		own->acked = segment->ack;
	own->flags |= XVS_CT_W_ACKED;
	if (ct_after(segment->ack + window, peer->max - 1))
		peer->max = segment->ack + (window ? window : 1);
}

/* RFC 9293, 3.10.7.4: only what is acknowledged tells a reset from a guess. False: it is
 * none of this connection. */
static __always_inline bool ct_tcp_reset(const struct pkt_ct *ct, const struct pkt_side *own,
					 const struct pkt_side *peer, __u8 state, __u8 *next)
{
	const struct pkt_segment *segment = &ct->segment;

	if (!(peer->flags & XVS_CT_W_ACKED))
		return true;
	if (ct_after(peer->acked, segment->seq) && !(peer->flags & XVS_CT_W_LIBERAL))
		return false;
	/* In its window but not exact: the other end will ask whether it is meant. */
	if (state == XVS_CT_S_ESTABLISHED && (xvs_ct_flags(ct->word) & XVS_CT_F_ASSURED) &&
	    segment->seq != peer->acked && segment->seq != own->end)
		*next = state;
	return true;
}

static __always_inline bool ct_tcp_restarts(const struct pkt_ct *ct, const struct pkt_side *own,
					    __u8 state)
{
	if (ct->segment.kind > CT_TCP_SYN_ACK)
		return false;
	if (!(own->flags & XVS_CT_W_SEEN))
		return true;
	return ((state == XVS_CT_S_SYN_SENT && !ct->dir) ||
		(state == XVS_CT_S_SYN_RECV && ct->dir)) &&
	       ct_after(ct->segment.end, own->end);
}

/* Are the segment's numbers true? Both sides are as they are to be afterwards. */
static __always_inline bool ct_tcp_window(const struct pkt_ct *ct, struct pkt_side *own,
					  struct pkt_side *peer, __u8 state, bool liberal)
{
	const struct pkt_segment *segment = &ct->segment;
	__u32 window = ct_segment_window(segment, own, peer);
	__u32 seq = segment->seq, end = segment->end;

	if (ct_tcp_restarts(ct, own, state)) {
		ct_side_begin(own, segment);
		if (segment->kind == CT_TCP_SYN)
			return true;
	} else if (!(own->flags & XVS_CT_W_SEEN)) {
		ct_side_pick_up(own, peer, segment, window);
	}
	if (segment->kind == CT_TCP_RST && !seq && state == XVS_CT_S_SYN_SENT) {
		seq = own->end; /* the answer to a SYN has no number of its own */
		end = own->end;
	}
	if (ct_side_is_recent(own, peer, segment, end)) {
		if (!ct_after(seq, own->max)) {
			ct_side_learn(own, peer, segment, end, window);
			return true;
		}
		if (!liberal && ct_side_overshoots(own, peer, segment, end)) {
			own->end = end;
			return true;
		}
	}
	return liberal;
}

/* Everything that was sent has been acknowledged, as far as we know. */
static __always_inline bool ct_tcp_is_acked(const struct pkt_side *a, const struct pkt_side *b)
{
	if (!(a->flags & b->flags & XVS_CT_W_ACKED))
		return true;
	return a->end == b->acked && b->end == a->acked;
}

XVS_STATIC_ASSERT(XVS_CT_S_SYN_RECV - 8 == XVS_CT_T_TCP_SYN_RECV &&
			  XVS_CT_S_CLOSE - 8 == XVS_CT_T_TCP_CLOSE,
		  "timeouts are in the order of states");

static __always_inline __u32 ct_tcp_timeout(const struct xvs_ct_timeouts *timeouts, __u8 state)
{
	__u32 i = state < XVS_CT_S_SYN_RECV ? XVS_CT_T_TCP_SYN_SENT : state - 8;

	return timeouts->jiffies[i & (XVS_CT_TIMEOUT_SLOTS - 1)];
}

/*
 * Judges the segment by the connection of 'entry'. CT_VALID: the windows to be are in
 * pkt->ct, the state to be is '*next', and '*timeout' is how long it lasts.
 */
static __always_inline enum ct_judgement
ct_tcp_judge(struct xvs_pkt *pkt, const struct xvs_ct_entry *entry, const struct xvs_ct_zone *zone,
	     const struct xvs_ct_timeouts *timeouts, __u8 *next, __u32 *timeout)
{
	struct pkt_ct *ct = &pkt->ct;
	const struct xvs_ct_window *own_win = &entry->win[ct->dir & 1];
	const struct xvs_ct_window *peer_win = &entry->win[~ct->dir & 1];
	/* A frame that was made for a question has no numbers of any connection. */
	bool liberal = (zone->flags & XVS_CT_Z_LIBERAL) || dry_run_is(pkt);
	__u8 state = xvs_ct_word_state(ct->word);
	__u8 to = ct_tcp_next(ct->dir, ct->segment.kind, state);
	struct pkt_side *own = &ct->own, *peer = &ct->peer;
	__u32 limit;

	if (to == CT_TO_INV)
		return CT_INVALID;
	if (to == CT_TO_NEW)
		return CT_BEGINS;
	ct->own_edges.old = XVS_READ_ONCE(own_win->edges);
	ct->own_size.old = XVS_READ_ONCE(own_win->size);
	ct->peer_edges.old = XVS_READ_ONCE(peer_win->edges);
	if (to == CT_TO_IGN) {
		ct->own_edges.new = ct->own_edges.old;
		ct->own_size.new = ct->own_size.old;
		ct->peer_edges.new = ct->peer_edges.old;
		return CT_IGNORED;
	}
	ct_side_unpack(own, ct->own_edges.old, ct->own_size.old);
	ct_side_unpack(peer, ct->peer_edges.old, XVS_READ_ONCE(peer_win->size));
	if (ct->segment.kind == CT_TCP_RST && !ct_tcp_reset(ct, own, peer, state, &to) && !liberal)
		return CT_INVALID;
	liberal |= (own->flags & XVS_CT_W_LIBERAL) != 0;
	if (!ct_tcp_window(ct, own, peer, state, liberal))
		return CT_INVALID;
	if (!liberal && ct_after(ct->segment.seq, own->max))
		to = state; /* beyond its window: it moves nothing */
	ct->own_edges.new = ct_side_edges(own);
	ct->own_size.new = ct_side_size(own);
	ct->peer_edges.new = ct_side_edges(peer);

	*timeout = ct_tcp_timeout(timeouts, ct->segment.kind == CT_TCP_RST ? XVS_CT_S_CLOSE : to);
	limit = timeouts->jiffies[XVS_CT_T_TCP_UNACKNOWLEDGED];
	if (*timeout > limit && (!ct_tcp_is_acked(own, peer) || !ct->segment.window))
		*timeout = limit;
	*next = to;
	return CT_VALID;
}

/* The same of a segment without a connection: may one begin with it, in which state? The
 * windows to be are in pkt->ct, of this direction and the other one. */
static __always_inline bool ct_tcp_first(struct xvs_pkt *pkt, const struct xvs_ct_zone *zone,
					 __u8 *next)
{
	struct pkt_ct *ct = &pkt->ct;
	struct pkt_side *own = &ct->own, *peer = &ct->peer;

	ct_side_unpack(own, 0, 0);
	ct_side_unpack(peer, 0, 0);
	if (ct->segment.kind == CT_TCP_SYN) {
		ct_side_begin(own, &ct->segment);
		*next = XVS_CT_S_SYN_SENT;
	} else if (ct->segment.kind == CT_TCP_ACK && !(zone->flags & XVS_CT_Z_NO_PICKUP)) {
		own->flags = peer->flags = XVS_CT_W_LIBERAL;
		ct_side_pick_up(own, peer, &ct->segment, ct->segment.window);
		*next = XVS_CT_S_ESTABLISHED;
	} else {
		return false;
	}
	ct->own_edges.new = ct_side_edges(own);
	ct->own_size.new = ct_side_size(own);
	ct->peer_edges.new = ct_side_edges(peer);
	return true;
}

#endif /* BPF_CT_TCP_H */
