/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The flow key: what the switch knows of one packet, as 20 64-bit words.
 *
 * Problem. The fast path hashes and compares keys for every packet; a plain
 * IPv4 packet must not pay for IPv6's words, and the classifier wants the key
 * in four stages (metadata, L2, L3, L4), each contiguous, so that a lookup may
 * stop after a stage and un-wildcard only what came before.
 *
 * Idea. Fields that cannot meet share words (IPv4 in the last word of the IPv6
 * addresses; ARP's hardware addresses and ND's link-layer addresses). What is
 * rare comes first in its stage. A plain IPv4 packet uses six words: 6, 8, 9,
 * 13, 14, 15. A field that a packet does not have is zero, and so is padding,
 * always: keys are compared as words.
 *
 *   word  stage     holds
 *   0-5   metadata  tunnel, packet mark, connection tracking
 *   6     metadata  recirc_id, in_port
 *   7     L2        MPLS label entry, inner VLAN tag
 *   8     L2        destination MAC, EtherType
 *   9     L2        source MAC, outer VLAN tag
 *   10-13 L3        IPv6 source, destination; or 13: IPv4 source, destination
 *   14    L3        fragment, protocol, TOS, TTL, IPv6 flow label
 *   15    L4        ports (ICMP type, code), TCP flags
 *   16-19 L4        ND target; ARP or ND link-layer addresses
 *
 * A mask has the same shape; a 1-bit must match. Extra 1-bits in a mask cost
 * performance, missing ones misforward.
 *
 * Byte order: multi-byte header fields are as on the wire (__be16, __be32);
 * metadata is in host order.
 *
 * Invariants
 * [KEY1] The stages are contiguous and in order (asserted below).
 * [KEY2] Whoever adds, moves or widens a field raises XVS_FLOW_KEY_SEQ and
 *        visits every place that asserts it.
 */
#ifndef XVS_FLOW_KEY_H
#define XVS_FLOW_KEY_H

#include "xvs/types.h"

/* Asserted by: bpf/parse.h, bpf/microflow.h, loader/flow/field.c,
 * loader/flow/flow_parse.c, loader/flow/flow_format.c, loader/flow/xlate.c,
 * loader/flow/execute_ref.c, tests and selftests that build keys by hand. */
#define XVS_FLOW_KEY_SEQ 1

#define XVS_KEY_WORDS 20

/* vlan_tci: the "CFI" bit says that a tag is there, as in Open vSwitch; a
 * frame without a tag has 0. */
#define XVS_VLAN_PRESENT 0x1000
#define XVS_VLAN_VID_MASK 0x0fff
#define XVS_VLAN_PCP_MASK 0xe000
#define XVS_VLAN_PCP_SHIFT 13

/* nw_frag */
#define XVS_FRAG_ANY 0x1 /* is a fragment */
#define XVS_FRAG_LATER 0x2 /* not the first one: there is no L4 header */

/* ct_state, as in Open vSwitch */
#define XVS_CT_NEW 0x01
#define XVS_CT_EST 0x02
#define XVS_CT_REL 0x04
#define XVS_CT_RPL 0x08 /* against the direction of the first packet */
#define XVS_CT_INV 0x10
#define XVS_CT_TRK 0x20 /* has been through connection tracking */
#define XVS_CT_SNAT 0x40
#define XVS_CT_DNAT 0x80

/* tun_flags */
#define XVS_TUN_OAM 0x1

/* dl_type of a frame without an EtherType (802.3 with LLC), as in OpenFlow. */
#define XVS_ETH_TYPE_NONE 0x05ff

/* The members; the slow path's key (loader/flow/flow.h) has them too. */
#define XVS_FLOW_KEY_MEMBERS                                                         \
	/* metadata: words 0-6 */                                                    \
	__be64 tun_id;                                                               \
	__be32 tun_src;                                                              \
	__be32 tun_dst;                                                              \
	__u16 tun_flags;                                                             \
	__u8 tun_tos;                                                                \
	__u8 tun_ttl;                                                                \
	__u32 pkt_mark; /* skb mark; 0 under XDP */                                  \
	__u64 ct_label[2];                                                           \
	__u32 ct_mark;                                                               \
	__u16 ct_zone;                                                               \
	__u8 ct_state; /* XVS_CT_* bits */                                           \
	__u8 pad0;                                                                   \
	__u32 recirc_id; /* 0 in the first pass */                                   \
	__u16 in_port; /* port_no, 1..XVS_MAX_PORTS-1 */                             \
	__u16 pad1;                                                                  \
	/* L2: words 7-9 */                                                          \
	__be32 mpls_lse;                                                             \
	__be16 vlan_tci1; /* inner tag, as vlan_tci */                               \
	__u16 pad2;                                                                  \
	__u8 dl_dst[6];                                                              \
	__be16 dl_type; /* behind the VLAN tags (at most two) */                     \
	__u8 dl_src[6];                                                              \
	__be16 vlan_tci; /* outer tag | XVS_VLAN_PRESENT, or 0 */                    \
	/* L3: words 10-14 */                                                        \
	union {                                                                      \
		struct {                                                             \
			__u8 ipv6_src[16];                                           \
			__u8 ipv6_dst[16];                                           \
		};                                                                   \
		struct {                                                             \
			__u64 ipv4_pad[3];                                           \
			__be32 nw_src; /* ARP: sender protocol address */            \
			__be32 nw_dst; /* ARP: target protocol address */            \
		};                                                                   \
	};                                                                           \
	__u8 nw_frag; /* XVS_FRAG_* */                                               \
	__u8 nw_proto; /* ARP: operation, if below 256; IPv6, later fragments: 44 */ \
	__u8 nw_tos; /* DSCP and ECN; IPv6 traffic class */                          \
	__u8 nw_ttl; /* IPv6 hop limit */                                            \
	__be32 ipv6_label; /* 20 bits */                                             \
	/* L4: words 15-19 */                                                        \
	__be16 tp_src; /* or ICMP type, as 16 bits big-endian */                     \
	__be16 tp_dst; /* or ICMP code */                                            \
	__be16 tcp_flags; /* 12 bits, NS included */                                 \
	__u16 pad3;                                                                  \
	__u8 nd_target[16];                                                          \
	__u8 arp_sha[6]; /* or ND source link-layer address */                       \
	__u16 pad4;                                                                  \
	__u8 arp_tha[6]; /* or ND target link-layer address */                       \
	__u16 pad5;

struct xvs_flow_key {
	union {
		__u64 w[XVS_KEY_WORDS];
		struct {
			XVS_FLOW_KEY_MEMBERS
		};
	};
};

#define XVS_KEY_WORD(field) (XVS_OFFSETOF(struct xvs_flow_key, field) / 8)

enum xvs_stage {
	XVS_STAGE_METADATA,
	XVS_STAGE_L2,
	XVS_STAGE_L3,
	XVS_STAGE_L4,
	XVS_STAGE_N,
};

/* The first word behind each stage. */
#define XVS_STAGE_METADATA_END 7
#define XVS_STAGE_L2_END 10
#define XVS_STAGE_L3_END 15
#define XVS_STAGE_L4_END XVS_KEY_WORDS

/* The words by their role in hot code. */
#define XVS_KEY_W_PORT 6
#define XVS_KEY_W_DST 8
#define XVS_KEY_W_SRC 9
#define XVS_KEY_W_IPV4 13
#define XVS_KEY_W_NW 14
#define XVS_KEY_W_TP 15

XVS_STATIC_ASSERT(sizeof(struct xvs_flow_key) == 8 * XVS_KEY_WORDS, "key size");
XVS_STATIC_ASSERT(sizeof(struct xvs_flow_key) <= 192, "key budget");
XVS_STATIC_ASSERT(XVS_KEY_WORD(recirc_id) == XVS_KEY_W_PORT, "metadata is last");
XVS_STATIC_ASSERT(XVS_KEY_WORD(mpls_lse) == XVS_STAGE_METADATA_END, "L2 begins");
XVS_STATIC_ASSERT(XVS_KEY_WORD(dl_dst) == XVS_KEY_W_DST, "dst word");
XVS_STATIC_ASSERT(XVS_KEY_WORD(dl_src) == XVS_KEY_W_SRC, "src word");
XVS_STATIC_ASSERT(XVS_KEY_WORD(ipv6_src) == XVS_STAGE_L2_END, "L3 begins");
XVS_STATIC_ASSERT(XVS_KEY_WORD(nw_src) == XVS_KEY_W_IPV4, "IPv4 word");
XVS_STATIC_ASSERT(XVS_KEY_WORD(nw_frag) == XVS_KEY_W_NW, "protocol word");
XVS_STATIC_ASSERT(XVS_KEY_WORD(tp_src) == XVS_STAGE_L3_END, "L4 begins");
XVS_STATIC_ASSERT(XVS_KEY_WORD(tp_src) == XVS_KEY_W_TP, "ports word");

#endif /* XVS_FLOW_KEY_H */
