/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CT operation [ACT8]: from a packet to its connection, and on.
 *
 *   ct_packet     the packet's tuple: of a later fragment by what the first one had, of
 *                 an ICMP error that of an answer to the packet inside
 *   ct_find       the connection that has it                          (ct_table.h)
 *   ct_judge      what the packet means to it: ct_state, the word to be (ct_state.h)
 *   ct_apply      makes that true, at once or when the packet's next pass is
 *                 carried out here
 *   ct_commit     enters a new connection (ct_enter.h), or marks one that is there
 *   ct_translate  rewrites the frame (ct_rewrite.h)
 *   ct_next       the next pass, or the program goes on
 *
 * A packet is judged once for each zone: a second CT of the same one, of this pass or a
 * later one, finds the same connection in the same state.
 *
 * Where the hook hands up (XDP, forwarding threads) only what nearly all packets need is
 * done: those of a connection that is there and is not translated, and those of
 * none that is entered by this CT. Everything else goes to the TC stage with nothing
 * changed. What is judged here stays pending until the flow of the next pass has turned
 * out to be one that this hook carries out (step_verdict()); then it is applied, and both
 * passes are counted. If the connection has changed since, the packet is
 * judged again.
 */
#ifndef BPF_CT_H
#define BPF_CT_H

#include "account.h"
#include "ct_hint.h"
#include "ct_packet.h"
#include "ct_state.h"
#include "ct_translate.h"
#include "microflow.h"
#include "parse.h"
#include "tail.h"

#define CT_TRIES 3 /* changes that may be lost to others, then it is somebody else's turn */
/* Results of ct_run(): the connection has changed, all of it has to be done once more; the
 * packet is one that the daemon has to look at first; the connection is to have an
 * address and a port before it is entered; the frame is to be rewritten. Behind the last
 * two ct_run() goes on where it was. */
#define CT_AGAIN (-1001)
#define CT_TO_DAEMON (-1002)
#define CT_CHOOSES (-1003)
#define CT_TRANSLATES (-1004)

/* Nothing that this hook could do: the packet is left to the TC stage as it came. */
static __always_inline int ct_hand_up(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	pkt->ct.pending = 0;
	pkt->slot = pkt->ct.first_slot;
	pkt->generation = pkt->ct.first_generation;
	return ctx_hand_up(ctx, pkt, pkt->slot);
}

/* Notes the flow that leads to CT, to be counted when the packet is carried out. */
static __always_inline void ct_note_first(struct xvs_pkt *pkt)
{
	pkt->ct.first_slot = pkt->slot;
	pkt->ct.first_generation = pkt->generation;
	pkt->ct.first_lookup = pkt->lookup;
	pkt->ct.first_probed = pkt->n_probed;
}

/*
 * The packet is carried out in this pass, by a hook that hands up: what its CT has judged
 * becomes true, and the first pass counts. Not 0: another result of the step.
 */
static __always_inline int ct_carry_out(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	__u32 slot = pkt->slot, generation = pkt->generation;
	__u16 n_probed = pkt->n_probed;
	__u8 lookup = pkt->lookup;

	if (pkt->ct.pending && !ct_apply(pkt)) {
		if (pkt->ct.tries++ >= CT_TRIES)
			return ct_hand_up(ctx, pkt);
		pkt->pass = 0;
		pkt->key.recirc_id = 0;
		pkt->key.ct_state = 0;
		pkt->ct.seen = 0;
		return ctx_tail(ctx, pkt, TAIL_CT);
	}
	pkt->slot = pkt->ct.first_slot;
	pkt->lookup = pkt->ct.first_lookup;
	pkt->n_probed = pkt->ct.first_probed;
	account_hit(pkt);
	pkt->slot = slot;
	pkt->generation = generation;
	pkt->lookup = lookup;
	pkt->n_probed = n_probed;
	return 0;
}

/* The packet's tracking as the key and later CTs of the zone are to have it. */
static __always_inline void ct_saw(struct xvs_pkt *pkt, const struct xvs_ct_action *action,
				   __u8 state)
{
	pkt->ct.state = state;
	pkt->ct.seen = action->zone + 1;
}

/* One that began the other way ends, for this packet to begin another one. */
static __always_inline void ct_end(struct xvs_pkt *pkt)
{
	struct pkt_ct *ct = &pkt->ct;

	if (!dry_run_is(pkt) && ct_swap(ct->place, ct->word, ct_word_ended(ct->word, ct->now)))
		ct_end_alias(ct->alias, ct->place, ct->now);
	ct->place = XVS_CT_NONE;
	ct->alias = XVS_CT_NONE;
	ct->dir = 0;
}

/* A packet that no connection has. */
static __always_inline __u8 ct_judge_new(struct xvs_pkt *pkt, const struct xvs_ct_zone *zone)
{
	const struct xvs_ct_tuple *t = &pkt->ct.tuple;

	pkt->ct.master = XVS_CT_NONE;
	pkt->ct.entry_flags = 0;
	pkt->ct.expected = XVS_CT_NONE;
	if (pkt->ct.kind == CT_PACKET_LATER) /* the first one is to begin a connection */
		return XVS_CT_TRK | XVS_CT_NEW;
	if (pkt->ct.kind != CT_PACKET_WHOLE ||
	    (ct_is_icmp(t->family, t->proto) &&
	     !ct_icmp_asks(t->family, XVS_FROM_BE16(pkt->key.tp_src))) ||
	    !ct_judge_first(pkt, zone))
		return XVS_CT_TRK | XVS_CT_INV;
	if (XVS_READ_ONCE(zone->n_expect) && ctx_ct_expected(pkt))
		return XVS_CT_TRK | XVS_CT_NEW | XVS_CT_REL;
	return XVS_CT_TRK | XVS_CT_NEW;
}

/* Hooks that hand up do not see the beginning of a connection to its end. */
static __always_inline bool ct_is_beginning(const struct xvs_pkt *pkt)
{
	return pkt->ct.tuple.proto == PARSE_PROTO_TCP && pkt->ct.segment.kind <= CT_TCP_SYN_ACK;
}

/* What TCP says, read from the frame. */
static __always_inline int ct_read_segment(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	if (!ct_tcp_segment(ctx, pkt))
		return -1;
	if (pkt->ct.segment.kind > CT_TCP_SYN_ACK || ctx_hands_up(ctx))
		return 0;
	return ctx_ct_options(ctx, pkt);
}

/* Judges the packet by the connection 'entry'. */
static __always_inline enum ct_judgement ct_judge_known(struct xvs_pkt *pkt,
							const struct xvs_ct_entry *entry,
							const struct xvs_ct_zone *zone)
{
	const struct xvs_ct_tuple *t = &pkt->ct.tuple;

	pkt->ct.want = pkt->ct.word;
	if (pkt->ct.kind != CT_PACKET_WHOLE)
		return CT_IGNORED;
	/* An answer to one's own question. */
	if (ct_is_icmp(t->family, t->proto) && !pkt->ct.dir &&
	    !ct_icmp_asks(t->family, XVS_FROM_BE16(pkt->key.tp_src)))
		return CT_INVALID;
	return ct_judge(pkt, entry, zone);
}

static __always_inline bool ct_is_tracked(const struct xvs_pkt *pkt, __u16 zone)
{
	return (pkt->key.ct_state & XVS_CT_TRK) && pkt->key.ct_zone == zone;
}

/* The connection that has the packet's tuple, of any direction. */
static __always_inline struct xvs_ct_entry *ct_look_up(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
						       __u16 zone)
{
	struct pkt_ct *ct = &pkt->ct;

	ct->place = XVS_CT_NONE;
	ct->alias = XVS_CT_NONE;
	ct->dir = 0;
	ct->kind = ct_packet(ctx, pkt, zone);
	if (ct->kind == CT_PACKET_WHOLE && ct->tuple.proto == PARSE_PROTO_TCP &&
	    ct_read_segment(ctx, pkt))
		ct->kind = CT_PACKET_NONE;
	if (ct->kind == CT_PACKET_NONE)
		return NULL;
	return pkt->key.ct_state & (XVS_CT_SNAT | XVS_CT_DNAT) && ct_is_tracked(pkt, zone)
		       ? ct_find_translated(pkt)
		       : ct_find(pkt);
}

/* Does what was judged change anything? */
static __always_inline bool ct_changes(const struct pkt_ct *ct, enum ct_judgement judgement)
{
	if (ct->want != ct->word)
		return true;
	return judgement == CT_VALID && ct->tuple.proto == PARSE_PROTO_TCP &&
	       ((ct->own_edges.new ^ ct->own_edges.old) | (ct->own_size.new ^ ct->own_size.old) |
		(ct->peer_edges.new ^ ct->peer_edges.old));
}

/* An answer where the CT wants the first packet of a connection. */
static __always_inline bool ct_is_forced(const struct pkt_ct *ct,
					 const struct xvs_ct_action *action)
{
	const __u16 force = XVS_CT_A_COMMIT | XVS_CT_A_FORCE;

	return ct->dir && ct->kind == CT_PACKET_WHOLE && (action->flags & force) == force;
}

/*
 * The connection, and the packet's state in it. 0: known, noted by ct_saw(); else the
 * result of the step. The change that it makes is pending. What was judged before, in
 * an earlier pass, is not judged again.
 */
static __always_inline int ct_track(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				    const struct xvs_ct_action *action, struct xvs_ct_entry **found)
{
	const struct xvs_ct_zone *zone = table_ct_zone(action->zone);
	bool again = ct_is_tracked(pkt, action->zone);
	enum ct_judgement judgement = CT_IGNORED;
	struct xvs_ct_entry *entry;
	struct pkt_ct *ct = &pkt->ct;
	__u8 state;

	if (!zone)
		return -XVS_DROP_NO_SCRATCH;
	if (ctx_hands_up(ctx) && ct_packet_is_rare(pkt))
		return ct_hand_up(ctx, pkt);
	entry = ct_look_up(ctx, pkt, action->zone);
	ct->want = ct->word;
	if (entry && ctx_hands_up(ctx) && ct_is_beginning(pkt))
		return ct_hand_up(ctx, pkt);
	if (entry && !again)
		judgement = ct_judge_known(pkt, entry, zone);
	if (entry && judgement != CT_INVALID && ct_is_forced(ct, action))
		judgement = CT_BEGINS;
	if (judgement == CT_BEGINS) {
		if (ctx_hands_up(ctx))
			return ct_hand_up(ctx, pkt);
		ct_end(pkt);
		entry = NULL;
		again = false;
	}
	*found = entry;
	ct->pending = entry && judgement != CT_INVALID && ct_changes(ct, judgement);
	if (ct->hint && entry && ct->hint != ct->matched + PKT_CT_HINT)
		microflow_note_ct(pkt, ct->matched);
	ct->hint = 0;
	if (!entry)
		state = ct_judge_new(pkt, zone);
	else if (judgement == CT_INVALID)
		state = XVS_CT_TRK | XVS_CT_INV;
	else
		state = ct_state_bits(ct, entry);
	ct_saw(pkt, action, again ? pkt->key.ct_state : state);
	return 0;
}

/* Does the CT change more of a connection that is there than the packet does? */
static __always_inline bool ct_marks(const struct xvs_ct_action *action,
				     const struct xvs_ct_entry *entry)
{
	if (!(action->flags & (XVS_CT_A_MARK | XVS_CT_A_LABEL | XVS_CT_A_RULE)))
		return false;
	return ((action->flags & XVS_CT_A_MARK) &&
		((entry->mark ^ action->mark) & action->mark_mask)) ||
	       ((action->flags & XVS_CT_A_LABEL) &&
		(((entry->label[0] ^ action->label[0]) & action->label_mask[0]) |
		 ((entry->label[1] ^ action->label[1]) & action->label_mask[1]))) ||
	       ((action->flags & XVS_CT_A_RULE) && entry->rule != action->rule);
}

/* Races: two packets that set the same word at once by different masks, one of which is
 * lost. */
static __always_inline void ct_mark(const struct xvs_ct_action *action, struct xvs_ct_entry *entry)
{
	int i;

	if (action->flags & XVS_CT_A_MARK)
		entry->mark = (entry->mark & ~action->mark_mask) |
			      (action->mark & action->mark_mask);
	if (action->flags & XVS_CT_A_RULE)
		entry->rule = action->rule;
	if (!(action->flags & XVS_CT_A_LABEL))
		return;
	for (i = 0; i < 2; i++)
		entry->label[i] = (entry->label[i] & ~action->label_mask[i]) |
				  (action->label[i] & action->label_mask[i]);
}

static __always_inline void ct_end_expected(const struct pkt_ct *ct)
{
	__u64 word = ct_word_of(ct->expected);

	if (xvs_ct_word_state(word) == XVS_CT_S_EXPECT)
		ct_swap(ct->expected, word, ct_word_ended(word, ct->now));
}

static __always_inline bool ct_has_payload(const struct xvs_pkt *pkt)
{
	const struct pkt_ct *ct = &pkt->ct;

	if (ct->kind != CT_PACKET_WHOLE)
		return false;
	if (ct->tuple.proto == PARSE_PROTO_TCP)
		return ct->segment.payload;
	return ct->tuple.proto == PARSE_PROTO_UDP &&
	       pkt->l3_end > (__u32)pkt->l4_off + PARSE_UDP_LEN;
}

/* A new connection. 0, or the result of the step. */
static __always_inline int ct_commit_new(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					 const struct xvs_ct_action *action)
{
	struct pkt_ct *ct = &pkt->ct;
	int place;

	if (action->alg) {
		/* The first packet may announce: a request of TFTP does. */
		if (!ct->resumes && ct_has_payload(pkt))
			return CT_TO_DAEMON;
		ct->want |= (__u64)XVS_CT_F_ALG << XVS_CT_FLAGS_SHIFT;
	}
	if (dry_run_is(pkt))
		return 0;
	if ((action->flags & (XVS_CT_A_SNAT | XVS_CT_A_DNAT)) && !ct->chosen)
		return CT_CHOOSES;
	place = ct_enter_connection(pkt);
	if (place >= 0) {
		ct->place = place;
		if (ct->expected != XVS_CT_NONE) /* it has come */
			ct_end_expected(ct);
		return 0;
	}
	if (place != CT_TAKEN)
		return place;
	/* Another packet has entered it meanwhile, or is about to. */
	return ct->tries++ < CT_TRIES ? CT_AGAIN : -XVS_DROP_CT_FULL;
}

/* Enters the connection or marks the one that is there, if the CT says so. 0, or the
 * result of the step. */
static __always_inline int ct_commit(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				     const struct xvs_ct_action *action,
				     struct xvs_ct_entry **found)
{
	struct xvs_ct_entry *entry = *found;
	struct pkt_ct *ct = &pkt->ct;
	int ret;

	if (!(action->flags & XVS_CT_A_COMMIT) || (ct->state & XVS_CT_INV) ||
	    ct->kind != CT_PACKET_WHOLE)
		return 0;
	if (!entry) {
		if (!(ct->state & XVS_CT_NEW))
			return 0;
		if (ctx_hands_up(ctx))
			return ct_hand_up(ctx, pkt);
		ret = ct_commit_new(ctx, pkt, action);
		*found = table_ct_entry(ct->place);
		return ret;
	}
	if (!ct_marks(action, entry) || dry_run_is(pkt))
		return 0;
	if (ctx_hands_up(ctx))
		return ct_hand_up(ctx, pkt);
	ct_mark(action, entry);
	return 0;
}

/* Translates the packet, once for each zone. 0, or the result of the step. */
static __always_inline int ct_translate(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
					const struct xvs_ct_entry *entry)
{
	const __u8 not_now = XVS_CT_INV | XVS_CT_SNAT | XVS_CT_DNAT;

	if (!entry || (pkt->ct.state & not_now) ||
	    !(entry->flags & (XVS_CT_E_SNAT | XVS_CT_E_DNAT)))
		return 0;
	if (ctx_hands_up(ctx))
		return ct_hand_up(ctx, pkt);
	return CT_TRANSLATES;
}

/* The frame is as operations before this one have made it: what is known of it is
 * found out anew, but for what was received. */
static __always_inline int ct_parse_again(struct xvs_ctx *ctx, struct xvs_pkt *pkt)
{
	__u64 port = pkt->key.w[XVS_KEY_W_PORT], word = pkt->key.w[XVS_KEY_WORD(ct_mark)];
	__u64 low = pkt->key.ct_label[0], high = pkt->key.ct_label[1];
	__u32 len = pkt->len;
	int ret = step_parse(ctx, pkt);

	pkt->len = len;
	pkt->key.w[XVS_KEY_W_PORT] = port;
	pkt->key.w[XVS_KEY_WORD(ct_mark)] = word;
	pkt->key.ct_label[0] = low;
	pkt->key.ct_label[1] = high;
	return ret;
}

/* A connection whose payload the daemon looks at first: as a miss of this pass, so that it
 * carries the pass out as a whole. Where a part of that has been done already the
 * payload goes by unseen. */
static __always_inline bool ct_wants_daemon(const struct xvs_pkt *pkt)
{
	const struct pkt_ct *ct = &pkt->ct;

	return ct->place != XVS_CT_NONE && (xvs_ct_flags(ct->word) & XVS_CT_F_ALG) &&
	       !ct->resumes && ct_has_payload(pkt);
}

/* Everything that one CT does, up to the next pass. 0, or the result of the step, or one
 * of the above. */
static __always_inline int ct_run(struct xvs_ctx *ctx, struct xvs_pkt *pkt,
				  const struct xvs_ct_action *action, struct xvs_ct_entry **entry)
{
	struct pkt_ct *ct = &pkt->ct;
	int ret = 0;

	ct->now = ctx_jiffies();
	if (ct->seen == action->zone + 1U) {
		*entry = table_ct_entry(ct->place);
	} else {
		ret = ct_track(ctx, pkt, action, entry);
		if (!ret && ct_wants_daemon(pkt))
			ret = CT_TO_DAEMON;
		if (!ret && ct->pending && !ctx_hands_up(ctx) && !ct_apply(pkt) &&
		    ct->tries++ < CT_TRIES)
			ret = CT_AGAIN;
	}
	if (!ret)
		ret = ct_commit(ctx, pkt, action, entry);
	if (!ret && (action->flags & XVS_CT_A_NAT))
		ret = ct_translate(ctx, pkt, *entry);
	if (ret == CT_AGAIN)
		ct->seen = 0;
	return ret;
}

/* The words of the key of the next pass: which it is, and what was found. Each is stored
 * as a whole, as it is read again at once (pkt.h). */
static __always_inline void ct_fill_key(struct xvs_pkt *pkt, const struct xvs_ct_action *action,
					const struct xvs_ct_entry *entry)
{
	const struct pkt_ct *ct = &pkt->ct;
	__u32 mark = 0;

	pkt->key.w[XVS_KEY_W_PORT] = word_32_16_16(action->recirc_id, pkt->key.in_port, 0);

	pkt->key.ct_label[0] = 0;
	pkt->key.ct_label[1] = 0;
	if (entry) {
		mark = entry->mark;
		pkt->key.ct_label[0] = entry->label[0];
		pkt->key.ct_label[1] = entry->label[1];
	} else if (dry_run_is(pkt) && (action->flags & XVS_CT_A_COMMIT) &&
		   (ct->state & XVS_CT_NEW)) {
		mark = action->mark & action->mark_mask;
		pkt->key.ct_label[0] = action->label[0] & action->label_mask[0];
		pkt->key.ct_label[1] = action->label[1] & action->label_mask[1];
	}
	pkt->key.w[XVS_KEY_WORD(ct_mark)] = (__u64)mark << PKT_SHIFT(0, 32) |
					    (__u64)action->zone << PKT_SHIFT(32, 16) |
					    (__u64)ct->state << PKT_SHIFT(48, 8);
}

/* A pass behind CT has the hash of the one before, and what the CT has found. */
static __always_inline __u64 ct_hash_next(const struct xvs_pkt *pkt)
{
	return xvs_hash_finish(pkt->hash + microflow_hash_word(pkt, XVS_KEY_WORD(ct_label)) +
			       microflow_hash_word(pkt, XVS_KEY_WORD(ct_label) + 1) +
			       microflow_hash_word(pkt, XVS_KEY_WORD(ct_mark)) +
			       microflow_hash_word(pkt, XVS_KEY_W_PORT));
}

#endif /* BPF_CT_H */
