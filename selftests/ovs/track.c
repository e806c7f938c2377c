// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tracking of track.h.
 */
#include "track.h"

#include <string.h>

#include "xvs/conntrack.h"

void track_find(const __u8 *frame, size_t len, __u16 zone, struct xvs_flow_key *key)
{
	static const __u8 states[] = {
		XVS_CT_TRK | XVS_CT_NEW,
		XVS_CT_TRK | XVS_CT_EST,
		XVS_CT_TRK | XVS_CT_EST | XVS_CT_RPL,
		XVS_CT_TRK | XVS_CT_INV,
	};
	__u64 hash = zone + 0xcbf29ce484222325ULL; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ frame[i]) * 0x100000001b3ULL;
	key->ct_state = states[hash >> 40 & 3];
	key->ct_zone = zone;
	key->ct_mark = hash >> 42 & 3;
	key->ct_label[0] = hash >> 44 & 3;
	key->ct_label[1] = hash >> 46 & 1;
}

void track_commit(struct effect *e, const struct effect_frame *frame,
		  const struct track_asked *asked)
{
	__u8 data[EFFECT_FRAME_MAX];
	struct effect_frame with = {.data = data, .meters = frame->meters};

	with.len = frame->len < sizeof(data) - sizeof(*asked) ? frame->len
							      : sizeof(data) - sizeof(*asked);
	memcpy(data, frame->data, with.len);
	memcpy(data + with.len, asked, sizeof(*asked));
	with.len += sizeof(*asked);
	effect_add(e, EFFECT_CT, &with);
}
