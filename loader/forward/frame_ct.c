// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One unit that is compiled with the fast path's steps; see frame_ct.h.
 */
#include "frame_ct.h"

#include "user_tables.h"

/* One attempt: CT_AGAIN, not the last one. */
static int attempt(struct xvs_user_ctx *ctx, struct xvs_pkt *pkt,
		   const struct xvs_ct_action *action, struct xvs_ct_entry **entry)
{
	int ret = ct_run(ctx, pkt, action, entry);

	if (ret == CT_CHOOSES)
		ret = ct_choose(pkt, action);
	else if (ret == CT_TRANSLATES)
		ret = ct_rewrite_frame(ctx, pkt);
	else
		return ret;
	return ret ? ret : CT_AGAIN;
}

/* Another packet of the connection may change it in between, a few times. */
static int run(struct xvs_user_ctx *ctx, struct xvs_pkt *pkt, const struct xvs_ct_action *action)
{
	struct xvs_ct_entry *entry = NULL;
	int ret;

	if (action->flags & XVS_CT_A_CLEAR) {
		ct_clear(pkt);
		return 0;
	}
	do
		ret = attempt(ctx, pkt, action, &entry);
	while (ret == CT_AGAIN);
	if (ret || !action->recirc_id)
		return ret;
	ct_fill_key(pkt, action, entry);
	return 0;
}

enum xvs_drop_reason frame_ct(const struct frame_ct_in *in, struct frame_ct_out *out)
{
	static __thread struct xvs_pkt pkt;
	struct xvs_user_tables tables = user_tables_of(in->dp);
	struct xvs_user_ctx ctx = {
		.tables = &tables,
		.head = in->frame,
		.data = in->frame,
		.data_end = in->frame + in->len,
		.port_no = in->key->in_port,
		.partial = in->partial,
	};
	int ret;

	tables.jiffies = in->jiffies;
	memset(&pkt, 0, sizeof(pkt));
	pkt.lane = in->dry ? DRY_RUN_LANE : 0;
	pkt.ct.slot = (__u16)in->slot;
	pkt.ct.resumes = 1; /* whoever called has seen the payload */
	ret = xvs_user_parse(&ctx, &pkt);
	if (ret)
		return (enum xvs_drop_reason) - ret;
	for (int i = 0; i < XVS_STAGE_METADATA_END; i++)
		pkt.key.w[i] = in->key->w[i];
	ret = table_ct_action(in->slot) ? run(&ctx, &pkt, table_ct_action(in->slot))
					: -XVS_DROP_BAD_PROGRAM;
	if (ret)
		return (enum xvs_drop_reason) - ret;
	out->key = pkt.key;
	out->l3_off = pkt.l3_off;
	out->l4_off = pkt.l4_off;
	out->place = pkt.ct.place;
	out->dir = pkt.ct.dir;
	return XVS_DROP_UNSPEC;
}
