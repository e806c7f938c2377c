/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datapath actions: what a megaflow does to a packet.
 *
 * The daemon compiles OpenFlow actions to a program of fixed-size operations;
 * the fast path does not interpret OpenFlow. A header write is a masked
 * 32-bit word at an even offset of one header, with the checksums that it
 * touches named in the operation, so that every executor (bpf/execute*.h and
 * its twin loader/flow/execute_ref.c) does the same thing for every field:
 *
 *   new = (old & ~mask) | (value & mask);  checksums += ~old + new (RFC 1624)
 *
 * Programs are stored in blocks of XVS_BLOCK_OPS; a longer program is a chain.
 * Equal programs are stored once (dp_program.c). An operation whose header a
 * packet does not have is skipped: the translation only emits it where the
 * megaflow's mask guarantees the header.
 *
 * Rules
 * [ACT1] The last OUTPUT of a program carries XVS_OP_F_LAST, and nothing that
 *        changes the packet follows it.
 * [ACT2] A program without any OUTPUT drops the packet: its reason is in the
 *        block header; it is never stored, the flow's verdict is DROP.
 * [ACT3] PUSH_VLAN on a frame with two tags or more is allowed: the executor
 *        does not parse again.
 */
#ifndef XVS_ACTION_H
#define XVS_ACTION_H

#include "xvs/limits.h"
#include "xvs/types.h"

/* X(symbol, name): what an operation does */
#define XVS_OPS(X)                                                                       \
	X(OUTPUT, "output") /* arg: port_no */                                           \
	X(SET, "set") /* hdr, off, mask, value: masked write */                          \
	X(PUSH_VLAN, "push_vlan") /* value: TPID << 16 | TCI (wire order); no CFI bit */ \
	X(POP_VLAN, "pop_vlan") /* the outer tag, if there is one */                     \
	X(SET_VLAN, "set_vlan") /* outer tag's TCI: low 16 bits of mask, value */        \
	X(DEC_TTL, "dec_ttl") /* TTL or hop limit <= 1: drop the packet here */

enum xvs_op_kind {
	XVS_OP_UNSPEC,
#define XVS_OP_ENUM(sym, name) XVS_OP_##sym,
	XVS_OPS(XVS_OP_ENUM)
#undef XVS_OP_ENUM
		XVS_OP_N,
};

/* Where 'off' counts from. */
enum xvs_op_hdr {
	XVS_HDR_ETH, /* destination MAC; offsets 0..8 */
	XVS_HDR_NW, /* IPv4, IPv6 or ARP header */
	XVS_HDR_L4, /* TCP, UDP, SCTP, ICMP, ICMPv6 header; not on later fragments */
	XVS_HDR_ND_SLL, /* the option's address, behind its type and length */
	XVS_HDR_ND_TLL,
	XVS_HDR_N,
};

/* Which checksums a SET touches. */
#define XVS_OP_F_NW_CSUM 0x01 /* the IPv4 header's own */
#define XVS_OP_F_L4_CSUM 0x02 /* the L4 checksum, by the bytes themselves */
#define XVS_OP_F_PSEUDO_CSUM 0x04 /* the L4 checksum, by the pseudo header */
#define XVS_OP_F_CRC32C 0x08 /* SCTP's, by the bytes themselves */
#define XVS_OP_F_LAST 0x80 /* OUTPUT only [ACT1] */

/*
 * The L4 checksum is TCP's, UDP's (not when it is 0: none; a result of 0 is
 * written as 0xffff), ICMPv6's and, for L4_CSUM only, ICMP's. CRC32c is linear
 * over GF(2), so it is changed by the difference too; a stored 0 is one that
 * the device will fill in, and stays.
 */
struct xvs_op {
	__u8 kind; /* enum xvs_op_kind */
	__u8 hdr; /* enum xvs_op_hdr */
	__u8 off; /* bytes into the header, even, <= 60 */
	__u8 flags; /* XVS_OP_F_* */
	union {
		__be32 mask; /* SET, SET_VLAN */
		__u32 port_no; /* OUTPUT */
	};
	__be32 value;
};
XVS_STATIC_ASSERT(sizeof(struct xvs_op) == 12, "op size");

struct xvs_action_block {
	__u16 n_ops;
	__u16 next; /* block index, 0: end of the program */
	__u8 changes; /* the whole program has operations other than OUTPUT */
	__u8 n_outputs; /* of the whole program, saturated at 255 */
	__u8 pad[2];
	struct xvs_op op[XVS_BLOCK_OPS];
	__u8 pad2[8];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_action_block) == 256, "block size");

#endif /* XVS_ACTION_H */
