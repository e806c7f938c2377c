/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The record that carries a packet from the fast path to the daemon.
 *
 * A record is the header below and the packet, whole, in one of four size
 * classes (a ring reservation must be a constant). A VLAN tag that the skb
 * carried beside the frame has been left out of the frame: the reader puts it
 * back (flag VLAN_META). The key is the one that missed; the reader trusts it
 * and does not parse again, but for checks of bounds. In a later pass
 * (key.recirc_id) that is the frame and the key of this pass.
 *
 * A record of reason ACTION is a copy: the frame as the operations before it have
 * left it, its offsets, and the key that hit, which knows nothing of them. The
 * packet itself goes on and is accounted for without it: the reader counts no
 * fate for such a record [I7].
 */
#ifndef XVS_UPCALL_H
#define XVS_UPCALL_H

#include "xvs/flow_key.h"

enum xvs_upcall_reason {
	XVS_UPCALL_UNSPEC,
	XVS_UPCALL_MISS, /* no megaflow */
	XVS_UPCALL_FOLLOW, /* a hit, behind packets of its flow in the ring */
	XVS_UPCALL_ACTION, /* an action asked for it */
	XVS_UPCALL_REASON_N,
};

#define XVS_UPCALL_F_VLAN_META 0x01 /* vlan_tpid, vlan_tci are not in the frame */
#define XVS_UPCALL_F_MULTI_BUFFER 0x02
#define XVS_UPCALL_F_COUNTED 0x08 /* in its microflow's xvs_inflight word */
#define XVS_UPCALL_F_TO_STACK 0x04 /* the host's stack has got its copy already */

struct xvs_upcall {
	__u32 len; /* frame bytes that follow the header */
	__u16 port_no;
	__u8 hook; /* enum xvs_hook */
	__u8 reason; /* enum xvs_upcall_reason */
	__u8 flags; /* XVS_UPCALL_F_* */
	__u8 pad0;
	__u16 l3_off; /* in the frame as recorded; 0: none */
	__u16 l4_off; /* 0: none */
	__u16 nd_sll_off; /* of the option's address; 0: none */
	__u16 nd_tll_off;
	__be16 vlan_tpid;
	__u16 vlan_tci; /* host order, as in the skb */
	__u16 gso_size; /* 0: not a large segment */
	__u32 gso_segs;
	__u32 mark;
	__u32 version; /* xvs_control.version that the lookup used */
	__u32 arg; /* ACTION: the CONTROLLER operation's */
	__u32 pad1;
	__u64 hash; /* of the packet: its xvs_inflight slot and hint set */
	__u64 jiffies;
	struct xvs_flow_key key;
	__u8 frame[];
};

#endif /* XVS_UPCALL_H */
