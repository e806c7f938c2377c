/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CT with nat() adds to one without: a new connection gets an alias in front of
 * it, and a packet that was translated before is found again. ct_nat.h chooses,
 * ct_rewrite.h rewrites; both are global functions under BPF.
 */
#ifndef BPF_CT_TRANSLATE_H
#define BPF_CT_TRANSLATE_H

#include "ct_table.h"
#include "xvs/conntrack.h"

/* The connection has been entered at 'place': answers lead to it. */
static __always_inline void ct_link_alias(const struct pkt_ct *ct, __u32 place)
{
	struct xvs_ct_entry *alias = table_ct_entry(ct->alias);

	if (alias)
		XVS_WRITE_ONCE(alias->link, place);
}

/* It could not be entered: its port is free again. */
static __always_inline void ct_withdraw_alias(struct pkt_ct *ct)
{
	__u64 word = ct_word_of(ct->alias);

	if (xvs_ct_word_state(word) == XVS_CT_S_ALIAS)
		ct_swap(ct->alias, word, ct_word_ended(word, ct->now));
	ct->alias = XVS_CT_NONE;
}

/* ctx_ct_enter() of a connection, which may have an alias that has been chosen. */
static __always_inline int ct_enter_connection(struct xvs_pkt *pkt)
{
	struct pkt_ct *ct = &pkt->ct;
	int place;

	if (!ct->chosen)
		ct->alias = XVS_CT_NONE;
	ct->chosen = 0;
	place = ctx_ct_enter(pkt, CT_ENTER_CONNECTION);
	if (ct->alias == XVS_CT_NONE)
		return place;
	if (place >= 0)
		ct_link_alias(ct, place);
	else
		ct_withdraw_alias(ct);
	return place;
}

static __always_inline void ct_turn(struct xvs_ct_tuple *t)
{
	__u64 last = ct_last_word_back(t), high = t->w[0], low = t->w[1];

	t->w[0] = t->w[2];
	t->w[1] = t->w[3];
	t->w[2] = high;
	t->w[3] = low;
	t->w[4] = last;
}

/* The packet has been translated: what it has is what the other side answers to. */
static __always_inline struct xvs_ct_entry *ct_find_translated(struct xvs_pkt *pkt)
{
	struct xvs_ct_entry *entry;

	ct_turn(&pkt->ct.tuple);
	entry = ct_find(pkt);
	ct_turn(&pkt->ct.tuple);
	if (entry)
		pkt->ct.dir = !pkt->ct.dir;
	return entry;
}

#endif /* BPF_CT_TRANSLATE_H */
