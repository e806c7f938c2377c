/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datapath operations by the field that they write, for tables of programs.
 * Masks and values are written as on the wire, most significant byte first.
 */
#ifndef PROG_TESTS_OPS_H
#define PROG_TESTS_OPS_H

#include "xvs/action.h"

#define NWC XVS_OP_F_NW_CSUM
#define L4C XVS_OP_F_L4_CSUM
#define PSC XVS_OP_F_PSEUDO_CSUM
#define CRC XVS_OP_F_CRC32C

#define OP_SET(hdr_, off_, flags_, mask_, value_)                                            \
	{                                                                                    \
		.kind = XVS_OP_SET, .hdr = XVS_HDR_##hdr_, .off = (off_), .flags = (flags_), \
		.mask = XVS_BE32(mask_), .value = XVS_BE32(value_)                           \
	}
#define OP_OUT(port_)                                     \
	{                                                 \
		.kind = XVS_OP_OUTPUT, .port_no = (port_) \
	}
#define OP_OUT_LAST(port_)                                                        \
	{                                                                         \
		.kind = XVS_OP_OUTPUT, .flags = XVS_OP_F_LAST, .port_no = (port_) \
	}
#define OP_PUSH(tpid_, tci_)                                                               \
	{                                                                                  \
		.kind = XVS_OP_PUSH_VLAN, .value = XVS_BE32((__u32)(tpid_) << 16 | (tci_)) \
	}
#define OP_POP                          \
	{                               \
		.kind = XVS_OP_POP_VLAN \
	}
#define OP_TCI(mask_, value_)                                                               \
	{                                                                                   \
		.kind = XVS_OP_SET_VLAN, .mask = XVS_BE32(mask_), .value = XVS_BE32(value_) \
	}
#define OP_TTL                         \
	{                              \
		.kind = XVS_OP_DEC_TTL \
	}

#define OP_PUSH_MPLS(type_, lse_)                                                 \
	{                                                                         \
		.kind = XVS_OP_PUSH_MPLS, .mask = XVS_BE32((__u32)(type_) << 16), \
		.value = XVS_BE32(lse_)                                           \
	}
#define OP_POP_MPLS(type_)                                                      \
	{                                                                       \
		.kind = XVS_OP_POP_MPLS, .mask = XVS_BE32((__u32)(type_) << 16) \
	}
#define SET_LSE(mask_, value_) OP_SET(MPLS, 0, 0, mask_, value_)
#define OP_METER(slot_)                              \
	{                                            \
		.kind = XVS_OP_METER, .arg = (slot_) \
	}
#define OP_CONTROLLER(arg_)                              \
	{                                                \
		.kind = XVS_OP_CONTROLLER, .arg = (arg_) \
	}
#define OP_NOTE(arg_, reason)                                               \
	{                                                                   \
		.kind = XVS_OP_CONTROLLER, .arg = (arg_), .value = (reason) \
	}
#define OP_NOTE_LAST(arg_, reason)                                                \
	{                                                                         \
		.kind = XVS_OP_CONTROLLER, .flags = XVS_OP_F_LAST, .arg = (arg_), \
		.value = (reason)                                                 \
	}
#define OP_CONTROLLER_LAST(arg_)                                                 \
	{                                                                        \
		.kind = XVS_OP_CONTROLLER, .flags = XVS_OP_F_LAST, .arg = (arg_) \
	}
#define OP_RECIRC(id_)                                                      \
	{                                                                   \
		.kind = XVS_OP_RECIRC, .flags = XVS_OP_F_LAST, .arg = (id_) \
	}

/* To the gateway's MAC, 02:fe:12:34:56:78. */
#define SET_DST OP_SET(ETH, 0, 0, 0xffffffff, 0x02fe1234), OP_SET(ETH, 4, 0, 0xffff0000, 0x56780000)
#define SET_SRC OP_SET(ETH, 6, 0, 0xffffffff, 0x02fe1234), OP_SET(ETH, 8, 0, 0x0000ffff, 0x5678)

#define SET4_TOS(v) OP_SET(NW, 0, NWC, 0x00ff0000, (__u32)(v) << 16)
#define SET4_TTL(v) OP_SET(NW, 8, NWC, 0xff000000, (__u32)(v) << 24)
#define SET4_SRC(v) OP_SET(NW, 12, NWC | PSC, 0xffffffff, v)
#define SET4_DST(v) OP_SET(NW, 16, NWC | PSC, 0xffffffff, v)
#define SET6_TC(v) OP_SET(NW, 0, 0, 0x0ff00000, (__u32)(v) << 20)
#define SET6_LABEL(v) OP_SET(NW, 0, 0, 0x000fffff, v)
#define SET6_HLIM(v) OP_SET(NW, 4, 0, 0x000000ff, v)
#define SET6_WORD(off_, v) OP_SET(NW, off_, PSC, 0xffffffff, v)
/* 2001:db8::77, last word only differs from the cast's addresses by its bits */
#define SET6_SRC SET6_WORD(8, 0x20010db8), SET6_WORD(12, 0), SET6_WORD(16, 0), SET6_WORD(20, 0x77)
#define SET6_DST SET6_WORD(24, 0x20010db8), SET6_WORD(28, 0), SET6_WORD(32, 0), SET6_WORD(36, 0x99)

#define SET_TP_SRC(v) OP_SET(L4, 0, L4C, 0xffff0000, (__u32)(v) << 16)
#define SET_TP_DST(v) OP_SET(L4, 0, L4C, 0x0000ffff, v)
#define SET_SCTP_SRC(v) OP_SET(L4, 0, CRC, 0xffff0000, (__u32)(v) << 16)
#define SET_SCTP_DST(v) OP_SET(L4, 0, CRC, 0x0000ffff, v)
#define SET_TCP_FLAGS(mask_, v) OP_SET(L4, 12, L4C, (__u32)(mask_) << 16, (__u32)(v) << 16)
#define SET_ICMP(type_, code_) \
	OP_SET(L4, 0, L4C, 0xffff0000, (__u32)(type_) << 24 | (__u32)(code_) << 16)

#define SET_ARP_OP(v) OP_SET(NW, 4, 0, 0x0000ffff, v)
#define SET_ARP_SHA OP_SET(NW, 8, 0, 0xffffffff, 0x02fe1234), OP_SET(NW, 10, 0, 0xffff, 0x5678)
#define SET_ARP_SPA(v) OP_SET(NW, 14, 0, 0xffffffff, v)
#define SET_ARP_THA OP_SET(NW, 18, 0, 0xffffffff, 0x02fe1234), OP_SET(NW, 20, 0, 0xffff, 0x5678)
#define SET_ARP_TPA(v) OP_SET(NW, 24, 0, 0xffffffff, v)

#define SET_ND_TARGET                                                                   \
	OP_SET(L4, 8, L4C, 0xffffffff, 0x20010db8), OP_SET(L4, 12, L4C, 0xffffffff, 0), \
		OP_SET(L4, 16, L4C, 0xffffffff, 0), OP_SET(L4, 20, L4C, 0xffffffff, 0x99)
#define SET_ND_SLL \
	OP_SET(ND_SLL, 0, L4C, 0xffffffff, 0x02fe1234), OP_SET(ND_SLL, 2, L4C, 0xffff, 0x5678)
#define SET_ND_TLL \
	OP_SET(ND_TLL, 0, L4C, 0xffffffff, 0x02fe1234), OP_SET(ND_TLL, 2, L4C, 0xffff, 0x5678)

#endif /* PROG_TESTS_OPS_H */
