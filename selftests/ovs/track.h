/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connection tracking for both switches at once: it remembers nothing, but finds by the
 * frame and the zone. What a ct(commit) asks for is a frame that leaves, too.
 */
#ifndef OVS_TRACK_H
#define OVS_TRACK_H

#include "effect.h"
#include "xvs/flow_key.h"

/* What is to become of the connection; compared as bytes. */
struct track_asked {
	__u64 label[2], label_mask[2];
	__u32 mark, mark_mask;
	__u32 zone;
	__u32 force;
};

/* Fills the key's tracking. */
void track_find(const __u8 *frame, size_t len, __u16 zone, struct xvs_flow_key *key);
/* A copy to EFFECT_CT, with what is asked behind the frame. */
void track_commit(struct effect *e, const struct effect_frame *frame,
		  const struct track_asked *asked);

#endif /* OVS_TRACK_H */
