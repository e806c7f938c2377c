// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connections that others announce; see ct_expect.h.
 */
#include "ct_expect.h"

#include <string.h>

#include "ct_alg.h"
#include "proto.h"

static bool same_addr(const struct xvs_ct_addr *a, const struct xvs_ct_addr *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1];
}

/* FTP: the speaker listens for the other end. false: it speaks for somebody else. */
static bool ftp_tuple(const struct xvs_ct_tuple *of, const struct ct_alg_end *end, bool answer,
		      struct xvs_ct_tuple *out)
{
	const struct xvs_ct_addr *speaker = answer ? &of->dst : &of->src;

	if (end->family && (end->family != of->family || !same_addr(&end->addr, speaker)))
		return false;
	out->src = answer ? of->src : of->dst;
	out->dst = *speaker;
	out->dport = XVS_BE16(end->port);
	return true;
}

/* TFTP: the answer comes from any port of the server. */
static void tftp_tuple(const struct xvs_ct_tuple *of, struct xvs_ct_tuple *out)
{
	out->src = of->dst;
	out->dst = of->src;
	out->dport = of->sport;
}

/* What the payload announces, as its first packet will have it. */
static bool announced(const struct xvs_ct_entry *e, const struct ct_payload *p,
		      struct xvs_ct_tuple *out)
{
	struct ct_alg_end end = {0};

	*out = (struct xvs_ct_tuple){
		.zone = e->tuple.zone,
		.proto = e->tuple.proto,
		.family = e->tuple.family,
	};
	switch (e->alg) {
	case XVS_CT_ALG_FTP:
		return e->tuple.proto == PROTO_TCP &&
		       ct_alg_ftp(p->data, p->len, !p->answer, &end) &&
		       ftp_tuple(&e->tuple, &end, p->answer, out);
	case XVS_CT_ALG_TFTP:
		if (p->answer || e->tuple.proto != PROTO_UDP || !ct_alg_tftp(p->data, p->len))
			return false;
		tftp_tuple(&e->tuple, out);
		return true;
	default:
		return false;
	}
}

/* The one before is not waited for any more. */
static void end_last(struct ct_expect_note *note, struct dp *dp, const struct dp_ct_conn *master)
{
	struct dp_ct_conn last;

	if (!note->used || note->master != master->slot ||
	    note->master_seq != xvs_ct_seq(master->word))
		return;
	if (dp_ct_read(dp, dp_ct_now(dp), note->slot, &last) &&
	    xvs_ct_seq(last.word) == note->seq && xvs_ct_word_state(last.word) == XVS_CT_S_EXPECT)
		dp_ct_end(dp, &last);
}

bool ct_expect_look(struct ct_expects *x, struct dp *dp, const struct ct_payload *p)
{
	struct ct_expect_note *note = &x->notes[p->slot % CT_EXPECT_NOTES];
	struct dp_ct_conn master, made;
	struct xvs_ct_tuple tuple;
	struct xvs_ct_zone zone;
	__u32 slot;

	if (!dp_ct_read(dp, dp_ct_now(dp), p->slot, &master) ||
	    !announced(&master.entry, p, &tuple))
		return false;
	end_last(note, dp, &master);
	dp_ct_zone(dp, tuple.zone, &zone);
	if (zone.n_expect >= XVS_CT_MAX_EXPECT || dp_ct_expect(dp, &tuple, master.slot, &slot) ||
	    !dp_ct_read(dp, dp_ct_now(dp), slot, &made))
		return false;
	*note = (struct ct_expect_note){
		.master = master.slot,
		.slot = slot,
		.master_seq = xvs_ct_seq(master.word),
		.seq = xvs_ct_seq(made.word),
		.used = true,
	};
	return true;
}
