/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The fast path's parser in the daemon: the very steps of bpf/parse*.h, for a
 * frame that goes into its next pass here because it came up in an earlier one.
 */
#ifndef FORWARD_FRAME_PARSE_H
#define FORWARD_FRAME_PARSE_H

#include <stddef.h>

#include "xvs/drop_reason.h"
#include "xvs/flow_key.h"

struct frame_parse {
	struct xvs_flow_key key; /* in_port set, recirc_id and pkt_mark 0 */
	__u16 l3_off, l4_off; /* into the frame; 0: none */
};

/* 0 or the reason for which the fast path would drop the frame. Tags in-band. */
enum xvs_drop_reason frame_parse(const __u8 *frame, size_t len, __u16 port_no,
				 struct frame_parse *out);
/* The same for the pass behind one of key 'last': its metadata stay what they were. */
enum xvs_drop_reason frame_parse_next(const __u8 *frame, size_t len,
				      const struct xvs_flow_key *last, __u32 recirc_id,
				      struct frame_parse *out);

#endif /* FORWARD_FRAME_PARSE_H */
