/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ports as the fast path sees them: one entry a port_no, written by the
 * daemon, and the table that leads from a kernel device to its port.
 */
#ifndef XVS_PORT_H
#define XVS_PORT_H

#include "xvs/limits.h"
#include "xvs/types.h"

enum xvs_hook {
	XVS_HOOK_NONE,
	XVS_HOOK_XDP,
	XVS_HOOK_TC,
	XVS_HOOK_USER,
	XVS_HOOK_EGRESS, /* TC at the egress of a device, of its host port */
};

/* xvs_port_entry.flags. All are single facts about the device; the daemon
 * keeps them true as devices change (loader/port/port_netdev.c). */
#define XVS_PORT_F_USED 0x0001 /* the entry is a port of a switch */
#define XVS_PORT_F_UP 0x0002 /* device up, with carrier: may be an output */
#define XVS_PORT_F_BLOCKED 0x0004 /* administratively: drops what comes in and goes out */
#define XVS_PORT_F_XDP_TX 0x0008 /* takes a native redirect (ndo_xdp_xmit works) */
#define XVS_PORT_F_XDP_TX_SG 0x0010 /* ... of multi-buffer frames too */
#define XVS_PORT_F_GSO 0x0020 /* as an output, takes large segments whole */
#define XVS_PORT_F_GRO 0x0040 /* as an input under XDP, the stack merges its TCP */
#define XVS_PORT_F_CSUM_CHECK 0x0080 /* its sender may leave checksums partial */
#define XVS_PORT_F_HOST 0x0100 /* the host has an address on the device */
#define XVS_PORT_F_PEER 0x0200 /* bpf_redirect_peer may be used */
#define XVS_PORT_F_DRY_RUN 0x0400 /* packets may have the mark of xvs/dry_run.h */
/* As an output, xvsd takes its frames from the socket of the queue that they came in
 * by (xvs/xsk.h); from elsewhere its device has them. */
#define XVS_PORT_F_SOCKET 0x0800
#define XVS_PORT_F_RX_SOCKETS 0x1000 /* as an input, its queues may have such sockets */
/* A host port: what the host's stack sends by the device comes in by it, and what
 * goes out by it the stack receives from the device. The device has a port of its
 * own, with SHARED. */
#define XVS_PORT_F_STACK 0x2000
#define XVS_PORT_F_SHARED 0x4000 /* the device has a host port as well: 'host_port' */

/*
 * Packet marks of frames that cross a shared device on the switch's behalf. SENT: at
 * its egress it is the switch that sends, not the host. STACK: for the host's stack;
 * at the egress it is turned round, and at the ingress let through. A mark does not
 * cross name spaces, so that no guest can set one. Either is 0 again behind the hook.
 */
#define XVS_MARK_STACK 0x78767373 /* "xvss" */
#define XVS_MARK_SENT 0x78767374

struct xvs_port_entry {
	__u32 ifindex;
	__u16 flags; /* XVS_PORT_F_*, stored as one 16-bit word */
	__u8 hook; /* enum xvs_hook */
	/* 1: what cannot be looked up because nobody empties the ring passes between the
	 * device and the host, as if there were no switch. */
	__u8 fail_open;
	__u8 mac[6]; /* the device's own address, for XVS_PORT_F_HOST and _STACK */
	__u16 generation;
	/* Of a veth's peer, for XVS_PORT_F_PEER: only frames for it may skip the
	 * device, as bpf_redirect_peer calls every frame the peer's own. */
	__u8 peer_mac[6];
	__u16 host_port; /* port_no, for XVS_PORT_F_SHARED; 0: none */
};
XVS_STATIC_ASSERT(sizeof(struct xvs_port_entry) == 24, "port entry size");

/* Open addressing by ifindex & (XVS_IFINDEX_SLOTS - 1), linear probing. */
struct xvs_ifindex_entry {
	__u32 ifindex; /* 0: empty; stored last */
	__u32 port_no;
};

#endif /* XVS_PORT_H */
