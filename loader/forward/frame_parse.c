// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One unit that is compiled with the fast path's steps; see frame_parse.h.
 */
#include "frame_parse.h"

#include "user.h"

enum xvs_drop_reason frame_parse(const __u8 *frame, size_t len, __u16 port_no,
				 struct frame_parse *out)
{
	static const struct xvs_user_tables no_tables;
	static __thread struct xvs_pkt pkt;
	/* The parser only reads; the type is that of frames which are rewritten. */
	__u8 *data = (__u8 *)(__UINTPTR_TYPE__)frame;
	struct xvs_user_ctx ctx = {
		.tables = &no_tables,
		.head = data,
		.data = data,
		.data_end = data + len,
		.port_no = port_no,
	};
	int rc;

	memset(&pkt, 0, sizeof(pkt));
	rc = xvs_user_parse(&ctx, &pkt);
	if (rc)
		return (enum xvs_drop_reason) - rc;
	out->key = pkt.key;
	out->l3_off = pkt.l3_off;
	out->l4_off = pkt.l4_off;
	return XVS_DROP_UNSPEC;
}

enum xvs_drop_reason frame_parse_next(const __u8 *frame, size_t len,
				      const struct xvs_flow_key *last, __u32 recirc_id,
				      struct frame_parse *out)
{
	enum xvs_drop_reason reason = frame_parse(frame, len, last->in_port, out);

	if (reason)
		return reason;
	for (int i = 0; i < XVS_STAGE_METADATA_END; i++)
		out->key.w[i] = last->w[i];
	out->key.recirc_id = recirc_id;
	return XVS_DROP_UNSPEC;
}
