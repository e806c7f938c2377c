/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A connection's own hints: which flow its packets hit in the pass behind a CT. Its entry
 * has been read anyway, so that this saves the lookup of the microflow. A hint never
 * decides [I4]; races leave a wrong one.
 */
#ifndef BPF_CT_HINT_H
#define BPF_CT_HINT_H

#include "dry_run.h"
#include "microflow.h"

/* The flow that the last packet of this direction has hit in the pass. */
static __always_inline const struct xvs_flow *ct_hint_flow(struct xvs_pkt *pkt,
							   const struct xvs_ct_entry *entry)
{
	__u32 dir = pkt->ct.dir & 1;
	__u32 slot;

	pkt->ct.hinted = !!entry;
	slot = entry ? XVS_READ_ONCE(entry->hint_slot[dir]) : 0;
	return slot ? flow_check(pkt, slot, XVS_READ_ONCE(entry->hint_generation[dir])) : NULL;
}

/* The pass has hit a flow that no hint led to. */
static __always_inline void ct_hint_insert(const struct xvs_pkt *pkt)
{
	__u32 dir = pkt->ct.dir & 1;
	struct xvs_ct_entry *entry;

	entry = pkt->ct.hinted ? table_ct_entry(pkt->ct.place) : NULL;
	if (!entry)
		return;
	XVS_WRITE_ONCE(entry->hint_slot[dir], pkt->slot);
	XVS_WRITE_ONCE(entry->hint_generation[dir], pkt->generation);
}

#endif /* BPF_CT_HINT_H */
