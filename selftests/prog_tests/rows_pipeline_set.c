// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows that write: every field that actions can write, in each of the ways that
 * flow text has for it; registers and metadata are pipeline.c's.
 */
#include "rows_pipeline.h"

#define UDP_IP4(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define UDP_IP6(...) ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define SCTP_(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_SCTP), SCTP(__VA_ARGS__), DATA(32)
#define ICMP_(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP), ICMP(__VA_ARGS__), DATA(30)
#define ICMP6_(...) ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6), ICMP6(__VA_ARGS__), DATA(30)
#define ND_HEAD ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .hlim = 255)
#define NS(last_, ...) ND_HEAD, ND(135, IP6_ADDR(last_)), OPT(1, __VA_ARGS__)
#define NA(last_, ...) ND_HEAD, ND(136, IP6_ADDR(last_)), OPT(2, __VA_ARGS__)
#define LABELLED(lse_) ETH, TYPE(0x8847), ENTRY(lse_), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define TAGGED(tci_) ETH, TAG(0x8100, tci_), TYPE(0x88b5), DATA(46)
#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)

const struct set_row rows_pipeline_set[] = {
	{FIELD_DL_SRC, "ip", "set_field:02:fe:12:34:56:78->eth_src", FRAME(F_UDP()),
	 FRAME(ETH_TO(.dst = MAC_VM2, .src = MAC_GW), BODY_UDP)},
	{FIELD_DL_SRC, "ip", "mod_dl_src:02:fe:12:34:56:78", FRAME(F_UDP()),
	 FRAME(ETH_TO(.dst = MAC_VM2, .src = MAC_GW), BODY_UDP)},
	{FIELD_DL_SRC, "ip", "load:0xab->NXM_OF_ETH_SRC[0..7]", FRAME(F_UDP()),
	 FRAME(ETH_TO(.dst = MAC_VM2, .src = {2, 0, 0, 0, 0, 0xab}), BODY_UDP)},
	{FIELD_DL_DST, "ip", "set_field:02:fe:12:34:56:78->eth_dst", FRAME(F_UDP()),
	 FRAME(ETH_TO(.dst = MAC_GW, .src = MAC_VM1), BODY_UDP)},
	{FIELD_DL_DST, "ip", "mod_dl_dst:02:fe:12:34:56:78", FRAME(F_UDP()),
	 FRAME(ETH_TO(.dst = MAC_GW, .src = MAC_VM1), BODY_UDP)},
	{FIELD_DL_DST, "ip", "set_field:00:fe:00:00:00:00/00:ff:00:00:00:00->eth_dst",
	 FRAME(F_UDP()), FRAME(ETH_TO(.dst = {2, 0xfe, 0, 0, 0, 2}, .src = MAC_VM1), BODY_UDP)},
	{FIELD_DL_VLAN, "dl_type=0x88b5", "mod_vlan_vid:9", FRAME(TAGGED(0x6005)),
	 FRAME(TAGGED(0x6009)), .flags = ROW_ADDS_HEADER | ROW_NO_TC_RUN},
	{FIELD_DL_VLAN, "dl_type=0x88b5", "mod_vlan_vid:9", FRAME(ETH, TYPE(0x88b5), DATA(46)),
	 FRAME(TAGGED(9)), .flags = ROW_ADDS_HEADER | ROW_NO_TC_RUN},
	{FIELD_DL_VLAN, "dl_vlan=5", "set_field:4105->vlan_vid", FRAME(TAGGED(0x6005)),
	 FRAME(TAGGED(0x6009)), .flags = ROW_OTHER_RULE | ROW_NO_TC_RUN},
	{FIELD_DL_VLAN_PCP, "dl_type=0x88b5", "mod_vlan_pcp:7", FRAME(TAGGED(0x6005)),
	 FRAME(TAGGED(0xe005)), .flags = ROW_ADDS_HEADER | ROW_NO_TC_RUN},
	{FIELD_DL_VLAN_PCP, "vlan_tci=0x1000/0x1000", "set_field:1->vlan_pcp",
	 FRAME(TAGGED(0x6005)), FRAME(TAGGED(0x2005)), .flags = ROW_NO_TC_RUN},
	{FIELD_VLAN_TCI, "dl_type=0x88b5", "load:0x7009->NXM_OF_VLAN_TCI[]", FRAME(TAGGED(0xa005)),
	 FRAME(TAGGED(0x6009)), .flags = ROW_ADDS_HEADER | ROW_NO_TC_RUN},
	{FIELD_VLAN_TCI, "dl_type=0x88b5", "load:0->NXM_OF_VLAN_TCI[]", FRAME(TAGGED(0xa005)),
	 FRAME(ETH, TYPE(0x88b5), DATA(46)), .flags = ROW_ADDS_HEADER | ROW_NO_TC_RUN},

	{FIELD_NW_SRC, "ip", "set_field:192.168.10.254->ip_src", FRAME(F_UDP()),
	 FRAME(UDP_IP4(.src = IP4_GW))},
	{FIELD_NW_SRC, "ip", "mod_nw_src:192.168.10.254", FRAME(F_TCP()),
	 FRAME(ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP, .src = IP4_GW), TCP(), DATA(30))},
	{FIELD_NW_SRC, "ip", "set_field:0.1.0.0/0.255.0.0->ip_src", FRAME(F_UDP()),
	 FRAME(UDP_IP4(.src = 0x0a010001))},
	{FIELD_NW_DST, "ip", "mod_nw_dst:192.168.10.254", FRAME(F_UDP()),
	 FRAME(UDP_IP4(.dst = IP4_GW))},
	{FIELD_NW_DST, "ip", "load:0x1fe->NXM_OF_IP_DST[0..15]", FRAME(F_UDP()),
	 FRAME(UDP_IP4(.dst = 0x0a0001fe))},
	{FIELD_NW_TOS, "ip", "mod_nw_tos:184", FRAME(UDP_IP4(.tos = 3)),
	 FRAME(UDP_IP4(.tos = 0xbb))},
	{FIELD_NW_TOS, "ipv6", "set_field:46->ip_dscp", FRAME(UDP_IP6(.tc = 1)),
	 FRAME(UDP_IP6(.tc = 0xb9))},
	{FIELD_NW_ECN, "ip", "mod_nw_ecn:3", FRAME(UDP_IP4(.tos = 0xb8)),
	 FRAME(UDP_IP4(.tos = 0xbb))},
	{FIELD_NW_ECN, "ipv6", "set_field:2->nw_ecn", FRAME(UDP_IP6(.tc = 0xb9)),
	 FRAME(UDP_IP6(.tc = 0xba))},
	{FIELD_NW_TTL, "ip", "mod_nw_ttl:9", FRAME(F_UDP()), FRAME(UDP_IP4(.ttl = 9))},
	{FIELD_NW_TTL, "ipv6", "set_field:9->nw_ttl", FRAME(UDP_IP6()), FRAME(UDP_IP6(.hlim = 9))},

	{FIELD_IPV6_SRC, "ipv6", "set_field:2001:db8::77->ipv6_src", FRAME(UDP_IP6()),
	 FRAME(UDP_IP6(.src = IP6_ADDR(0x77)))},
	{FIELD_IPV6_SRC, "ipv6", "set_field:::7/::f->ipv6_src", FRAME(UDP_IP6()),
	 FRAME(UDP_IP6(.src = IP6_ADDR(7)))},
	{FIELD_IPV6_DST, "ipv6", "set_field:2001:db8::77->ipv6_dst", FRAME(F_TCP6()),
	 FRAME(ETH, TYPE(0x86dd), IP6(.next = PROTO_TCP, .dst = IP6_ADDR(0x77)), TCP(), DATA(30))},
	{FIELD_IPV6_LABEL, "ipv6", "set_field:0x12345->ipv6_label",
	 FRAME(UDP_IP6(.label = 0xfffff)), FRAME(UDP_IP6(.label = 0x12345))},

	{FIELD_ARP_OP, "arp", "set_field:2->arp_op", FRAME(F_ARP(.op = 1)), FRAME(F_ARP(.op = 2))},
	{FIELD_ARP_SPA, "arp", "set_field:10.0.0.9->arp_spa", FRAME(F_ARP()),
	 FRAME(F_ARP(.spa = 0x0a000009))},
	{FIELD_ARP_TPA, "arp", "load:0x0a000009->NXM_OF_ARP_TPA[]", FRAME(F_ARP()),
	 FRAME(F_ARP(.tpa = 0x0a000009))},
	{FIELD_ARP_SHA, "arp", "set_field:02:fe:12:34:56:78->arp_sha", FRAME(F_ARP()),
	 FRAME(F_ARP(.sha = MAC_GW))},
	{FIELD_ARP_THA, "arp", "set_field:02:fe:12:34:56:78->arp_tha", FRAME(F_ARP()),
	 FRAME(F_ARP(.tha = MAC_GW))},

	{FIELD_TCP_SRC, "tcp", "set_field:1000->tcp_src", FRAME(F_TCP()),
	 FRAME(F_TCP(.src = 1000))},
	{FIELD_TCP_SRC, "tcp", "mod_tp_src:1000", FRAME(F_TCP()), FRAME(F_TCP(.src = 1000))},
	{FIELD_TCP_DST, "tcp", "mod_tp_dst:8080", FRAME(F_TCP()), FRAME(F_TCP(.dst = 8080))},
	{FIELD_TCP_DST, "tcp6", "set_field:0x100/0xff00->tcp_dst", FRAME(F_TCP6()),
	 FRAME(F_TCP6(.dst = 0x150))},
	{FIELD_UDP_SRC, "udp", "set_field:1000->udp_src", FRAME(F_UDP()),
	 FRAME(F_UDP(.src = 1000))},
	{FIELD_UDP_DST, "udp", "set_field:8080->udp_dst", FRAME(F_UDP()),
	 FRAME(F_UDP(.dst = 8080))},
	{FIELD_SCTP_SRC, "sctp", "set_field:1000->sctp_src", FRAME(SCTP_()),
	 FRAME(SCTP_(.src = 1000))},
	{FIELD_SCTP_DST, "sctp", "set_field:8080->sctp_dst", FRAME(SCTP_()),
	 FRAME(SCTP_(.dst = 8080))},
	{FIELD_ICMP_TYPE, "icmp", "set_field:0->icmp_type", FRAME(ICMP_(8, 0)), FRAME(ICMP_(0, 0))},
	{FIELD_ICMP_CODE, "icmp", "set_field:3->icmp_code", FRAME(ICMP_(8, 0)), FRAME(ICMP_(8, 3))},
	{FIELD_ICMPV6_TYPE, "icmp6,icmpv6_type=128", "set_field:129->icmpv6_type",
	 FRAME(ICMP6_(128, 0)), FRAME(ICMP6_(129, 0)), .flags = ROW_OTHER_RULE},
	{FIELD_ICMPV6_CODE, "icmp6", "set_field:3->icmpv6_code", FRAME(ICMP6_(1, 0)),
	 FRAME(ICMP6_(1, 3))},
	{FIELD_ND_TARGET, "icmp6,icmpv6_type=135", "set_field:2001:db8::77->nd_target",
	 FRAME(NS(9, MAC_VM1)), FRAME(NS(0x77, MAC_VM1))},
	{FIELD_ND_SLL, "icmp6,icmpv6_type=135", "set_field:02:fe:12:34:56:78->nd_sll",
	 FRAME(NS(9, MAC_VM1)), FRAME(NS(9, MAC_GW))},
	{FIELD_ND_TLL, "icmp6,icmpv6_type=136", "set_field:02:fe:12:34:56:78->nd_tll",
	 FRAME(NA(9, MAC_VM1)), FRAME(NA(9, MAC_GW))},

	{FIELD_MPLS_LABEL, "mpls", "set_mpls_label:99", FRAME(LABELLED(LSE(16, 3, 1, 64))),
	 FRAME(LABELLED(LSE(99, 3, 1, 64)))},
	{FIELD_MPLS_LABEL, "mpls", "set_field:99->mpls_label", FRAME(LABELLED(LSE(16, 3, 1, 64))),
	 FRAME(LABELLED(LSE(99, 3, 1, 64)))},
	{FIELD_MPLS_TC, "mpls", "set_mpls_tc:6", FRAME(LABELLED(LSE(16, 3, 1, 64))),
	 FRAME(LABELLED(LSE(16, 6, 1, 64)))},
	{FIELD_MPLS_TTL, "mpls", "set_mpls_ttl:9", FRAME(LABELLED(LSE(16, 3, 1, 64))),
	 FRAME(LABELLED(LSE(16, 3, 1, 9)))},
};
const size_t n_rows_pipeline_set = sizeof(rows_pipeline_set) / sizeof(rows_pipeline_set[0]);
