// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Connection tracking of a packet that came up: the fast path's own steps, by the
 * programs' clock (forward/frame_ct.h), and a look at the payload of connections that
 * announce others.
 */
#include <string.h>

#include "frame_ct.h"
#include "model_private.h"
#include "proto.h"
#include "replay_private.h"

#define TCP_LEN_MIN 20
#define TCP_LEN_AT 12 /* the byte whose high half is the header's length in words */
#define UDP_LEN 8

/* Where the payload begins; 0: there is none that is looked at. */
static size_t payload_at(const struct xvs_flow_key *key, __u16 l4_off, const struct ref_packet *pkt)
{
	size_t at = l4_off;

	if (!at || key->nw_frag)
		return 0;
	if (key->nw_proto == PROTO_TCP && at + TCP_LEN_MIN <= pkt->len)
		at += (size_t)(pkt->data[at + TCP_LEN_AT] >> 4) * 4;
	else if (key->nw_proto == PROTO_UDP)
		at += UDP_LEN;
	else
		return 0;
	return at < pkt->len ? at : 0;
}

static void look_at_payload(struct model *m, const struct frame_ct_out *out,
			    const struct ref_packet *pkt)
{
	size_t at = payload_at(&out->key, out->l4_off, pkt);
	const struct ct_payload payload = {
		.slot = out->place,
		.answer = out->dir,
		.data = pkt->data + at,
		.len = pkt->len - at,
	};

	if (at)
		ct_expect_look(&m->ct_expects, m->dp, &payload);
}

enum xvs_drop_reason replay_track(struct model *m, const struct replay_ct *in, __u32 *recirc_id)
{
	const struct xvs_ct_action *action =
		&dp_shared(m->dp)->ct_actions[in->slot & (XVS_MAX_CT_ACTIONS - 1)];
	const struct frame_ct_in frame = {
		.dp = m->dp,
		.frame = in->pkt->data,
		.len = in->pkt->len,
		.key = in->key,
		.slot = in->slot,
		.jiffies = dp_jiffies(m->dp, clock_ms()),
		.partial = in->pkt->csum_partial,
		.dry = in->dry,
	};
	struct frame_ct_out out = {0};
	enum xvs_drop_reason reason = frame_ct(&frame, &out);

	if (reason)
		return reason;
	if (!in->dry)
		look_at_payload(m, &out, in->pkt);
	/* Headers are found out again by who goes on; here only what no frame has. */
	for (int i = 0; i < XVS_STAGE_METADATA_END; i++)
		in->key->w[i] = out.key.w[i];
	*recirc_id = action->recirc_id;
	return XVS_DROP_UNSPEC;
}
