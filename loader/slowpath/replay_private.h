/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A CT operation, for who runs programs in the daemon: replay.c, and model_trace.c, which
 * changes nothing.
 */
#ifndef SLOWPATH_REPLAY_PRIVATE_H
#define SLOWPATH_REPLAY_PRIVATE_H

#include "model_private.h"

struct replay_ct {
	__u32 slot; /* of xvs_ct_actions */
	struct ref_packet *pkt; /* as it is now; may be translated */
	struct xvs_flow_key *key; /* of the pass; gets what was found */
	bool dry; /* look, change nothing */
};

/* 0 or the drop reason; '*recirc_id' is the next pass, 0 if there is none. */
enum xvs_drop_reason replay_track(struct model *m, const struct replay_ct *in, __u32 *recirc_id);

#endif /* SLOWPATH_REPLAY_PRIVATE_H */
