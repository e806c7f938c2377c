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
 * [ACT1] The last operation of a program, and no other, carries XVS_OP_F_LAST;
 *        it is an OUTPUT, a CONTROLLER, a RECIRC or a CT. A RECIRC is always last,
 *        and so is a CT whose action has a next pass; no other CT is.
 * [ACT2] A translation that does nothing with the packet has no program: the
 *        flow's verdict is DROP.
 * [ACT3] PUSH_VLAN on a frame with two tags or more is allowed: the executor
 *        does not parse again.
 * [ACT4] After PUSH_MPLS the frame's EtherType is MPLS's and XVS_HDR_NW, _L4 and
 *        the ND options are where they were, four bytes on; the translation
 *        writes to them no more. After a POP_MPLS of an entry that the program
 *        pushed (value 1) they are back where they were; after any other (value
 *        0) the frame has none of them, until a RECIRC has parsed it again.
 * [ACT5] A METER that is exceeded goes on 'value' operations further (1 is the
 *        next one), and with 0 ends the program: the drop `meter`. Copies that were made before
 *        it stay made. What is skipped leaves the frame as it found it.
 * [ACT6] A CONTROLLER that is refused (admission, a full ring) is no copy; the
 *        packet goes on. When it is the last operation, and no copy has been
 *        made before, the packet is dropped for that reason. With a drop reason in
 *        'value' it is a note: it consumes nothing, whether it is refused or not, and
 *        when it is the last operation the packet is dropped for 'value'.
 * [ACT7] A RECIRC begins the next pass: the key's recirc_id is its 'arg', the
 *        frame is parsed as it is then, and looked up in the version that the
 *        packet began with [I8]. One pass too many is the drop `recirc-limit`.
 * [ACT8] A CT finds the packet's connection, changes it, may enter it, and may
 *        translate the frame's addresses and ports; later operations see the frame
 *        as it is then, and their masked writes must not need what was there before.
 *        With a next pass that begins as behind RECIRC, and its key has what was
 *        found: ct_state, ct_zone, ct_mark, ct_label. Without one the key stays. A CT
 *        that has to enter a connection and cannot ends the packet: `ct-full`,
 *        `nat-exhausted`.
 */
#ifndef XVS_ACTION_H
#define XVS_ACTION_H

#include "xvs/limits.h"
#include "xvs/types.h"

/* X(symbol, name): what an operation does */
#define XVS_OPS(X)                                                                              \
	X(OUTPUT, "output") /* arg: port_no */                                                  \
	X(SET, "set") /* hdr, off, mask, value: masked write */                                 \
	X(PUSH_VLAN, "push_vlan") /* value: TPID << 16 | TCI (wire order); no CFI bit */        \
	X(POP_VLAN, "pop_vlan") /* the outer tag, if there is one */                            \
	X(SET_VLAN, "set_vlan") /* outer tag's TCI: low 16 bits of mask, value */               \
	X(DEC_TTL, "dec_ttl") /* TTL or hop limit <= 1: drop the packet here */                 \
	X(PUSH_MPLS, "push_mpls") /* behind the VLAN tags; mask: EtherType << 16, value: LSE */ \
	X(POP_MPLS, "pop_mpls") /* the outermost; mask: new EtherType << 16, value: [ACT4] */   \
	X(METER, "meter") /* arg: meter slot (xvs/meter.h); exceeded: drop here */              \
	X(CONTROLLER, "controller") /* arg: what for; value [ACT6]; a copy goes up */           \
	X(RECIRC, "recirc") /* arg: recirc_id; parse and look up again, the next pass */        \
	X(CT, "ct") /* arg: slot of xvs_ct_actions (xvs/conntrack.h) [ACT8] */

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
	XVS_HDR_MPLS, /* the outermost label entry; offset 0 */
	XVS_HDR_N,
};

/*
 * MPLS lies behind the tags that the parser knows (XVS_MAX_VLAN_TAGS, and what
 * was pushed since), at most XVS_MPLS_MAX_OFF bytes into the frame; a PUSH_MPLS
 * that cannot tell where, or further on, is the drop `rewrite-failed`. A SET of
 * XVS_HDR_MPLS has no checksums: its flags are not looked at.
 */

/* Which checksums a SET touches. */
#define XVS_OP_F_NW_CSUM 0x01 /* the IPv4 header's own */
#define XVS_OP_F_L4_CSUM 0x02 /* the L4 checksum, by the bytes themselves */
#define XVS_OP_F_PSEUDO_CSUM 0x04 /* the L4 checksum, by the pseudo header */
#define XVS_OP_F_CRC32C 0x08 /* SCTP's, by the bytes themselves */
#define XVS_OP_F_LAST 0x80 /* [ACT1] */

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
		__be32 mask; /* SET, SET_VLAN; PUSH_MPLS, POP_MPLS: an EtherType, then 0 */
		__u32 port_no; /* OUTPUT */
		__u32 arg; /* METER, CONTROLLER, RECIRC, CT */
	};
	__be32 value;
};
XVS_STATIC_ASSERT(sizeof(struct xvs_op) == 12, "op size");

struct xvs_action_block {
	__u16 n_ops;
	__u16 next; /* block index, 0: end of the program */
	__u8 changes; /* the whole program may change the frame, or look it up again */
	__u8 n_outputs; /* of the whole program, saturated at 255 */
	__u8 has_ct; /* the whole program: a CT, which XDP does not do in one */
	__u8 pad;
	struct xvs_op op[XVS_BLOCK_OPS];
	__u8 pad2[8];
};
XVS_STATIC_ASSERT(sizeof(struct xvs_action_block) == 256, "block size");

#endif /* XVS_ACTION_H */
