// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows that match: every field that a rule can match on, exact, and masked where
 * it may be; registers and metadata are pipeline.c's.
 */
#include "rows_pipeline.h"

#define MAC_A                                      \
	{                                          \
		0x02, 0x00, 0x00, 0x00, 0x00, 0x0a \
	}
#define MAC_B                                      \
	{                                          \
		0x02, 0x00, 0x00, 0x00, 0x00, 0x0b \
	}
#define MAC_C                                      \
	{                                          \
		0x02, 0x01, 0x00, 0x00, 0x00, 0x0a \
	}

#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define FROM(...) ETH_TO(.dst = MAC_VM2, .src = __VA_ARGS__), BODY_UDP
#define TO(...) ETH_TO(.dst = __VA_ARGS__, .src = MAC_VM1), BODY_UDP
#define TAGGED(tpid_, tci_, ...) ETH, TAG(tpid_, tci_), TYPE(__VA_ARGS__), DATA(46)
#define TWO_TAGS(inner_) ETH, TAG(0x88a8, 7), TAG(0x8100, inner_), BODY_UDP
#define OTHER_IP(...) ETH, TYPE(0x0800), IP4(__VA_ARGS__), DATA(30)
#define UDP_IP4(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define UDP_IP6(...) ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define SCTP_(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_SCTP), SCTP(__VA_ARGS__), DATA(32)
#define ICMP_(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP), ICMP(__VA_ARGS__), DATA(30)
#define ICMP6_(...) ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6), ICMP6(__VA_ARGS__), DATA(30)
#define ND_HEAD ETH, TYPE(0x86dd), IP6(.next = PROTO_ICMPV6, .hlim = 255)
#define NS(last_, ...) ND_HEAD, ND(135, IP6_ADDR(last_)), OPT(1, __VA_ARGS__)
#define NA(last_, ...) ND_HEAD, ND(136, IP6_ADDR(last_)), OPT(2, __VA_ARGS__)
#define LABELLED(lse_) ETH, TYPE(0x8847), ENTRY(lse_), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define LABEL_16 LSE(16, 3, 1, 64)

#define NO_TUNNEL "no port has a tunnel"
#define NO_CT "there is no connection tracking"

const struct match_row rows_pipeline_match[] = {
	/* metadata */
	{FIELD_IN_PORT, "in_port=1", FRAME(F_UDP()), FRAME(F_UDP()), .miss_port = 2},
	{FIELD_IN_PORT, "in_port=p1", FRAME(F_UDP()), FRAME(F_UDP()), .miss_port = 4},
	{FIELD_PKT_MARK, "pkt_mark=7", FRAME(F_UDP()), FRAME(F_UDP()), .mark = 7,
	 .flags = ROW_TC_ONLY},
	{FIELD_PKT_MARK, "pkt_mark=0x4/0x4", FRAME(F_UDP()), FRAME(F_UDP()), .mark = 0xff7,
	 .flags = ROW_TC_ONLY},
	{FIELD_RECIRC_ID, "recirc_id=0", FRAME(F_UDP()), .no_miss = "rules see 0 in every pass"},
	{FIELD_TUN_ID, "tun_id=0", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_TUN_SRC, "tun_src=0.0.0.0", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_TUN_DST, "tun_dst=0.0.0.0", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_TUN_FLAGS, "tun_flags=-oam", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_TUN_TOS, "tun_tos=0", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_TUN_TTL, "tun_ttl=0", FRAME(F_UDP()), .no_miss = NO_TUNNEL},
	{FIELD_CT_STATE, "ct_state=-trk", FRAME(F_UDP()), .no_miss = NO_CT},
	{FIELD_CT_ZONE, "ct_zone=0", FRAME(F_UDP()), .no_miss = NO_CT},
	{FIELD_CT_MARK, "ct_mark=0", FRAME(F_UDP()), .no_miss = NO_CT},
	{FIELD_CT_LABEL, "ct_label=0", FRAME(F_UDP()), .no_miss = NO_CT},

	/* Ethernet */
	{FIELD_DL_SRC, "dl_src=02:00:00:00:00:01", FRAME(F_UDP()), FRAME(FROM(MAC_A))},
	{FIELD_DL_SRC, "dl_src=02:00:00:00:00:0a/ff:ff:ff:ff:ff:fe", FRAME(FROM(MAC_A)),
	 FRAME(FROM(MAC_VM1)), FRAME(FROM(MAC_B))},
	{FIELD_DL_DST, "dl_dst=02:00:00:00:00:02", FRAME(F_UDP()), FRAME(TO(MAC_A))},
	{FIELD_DL_DST, "dl_dst=02:00:00:00:00:00/ff:ff:00:00:00:00", FRAME(TO(MAC_A)),
	 FRAME(TO(MAC_C)), FRAME(TO(MAC_B))},
	{FIELD_DL_DST, "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00",
	 FRAME(TO({0xff, 0xff, 0xff, 0xff, 0xff, 0xff})), FRAME(F_UDP()),
	 FRAME(TO({0x33, 0x33, 0, 0, 0, 1}))},
	{FIELD_DL_TYPE, "dl_type=0x88b5", FRAME(ETH, TYPE(0x88b5), DATA(50)),
	 FRAME(ETH, TYPE(0x88b6), DATA(50))},
	{FIELD_DL_TYPE, "eth_type=0x806", FRAME(F_ARP(.op = 1)), FRAME(F_UDP())},

	/* tags */
	{FIELD_VLAN_TCI, "vlan_tci=0", FRAME(F_UDP()), FRAME(TAGGED(0x8100, 5, 0x88b5))},
	{FIELD_VLAN_TCI, "vlan_tci=0x7005", FRAME(TAGGED(0x8100, 0x6005, 0x88b5)),
	 FRAME(TAGGED(0x8100, 0x4005, 0x88b5))},
	{FIELD_VLAN_TCI, "vlan_tci=0x1000/0x1000", FRAME(TAGGED(0x8100, 0x6005, 0x88b5)),
	 FRAME(ETH, TYPE(0x88b5), DATA(50)), FRAME(TAGGED(0x8100, 0xa007, 0x88b5))},
	{FIELD_DL_VLAN, "dl_vlan=5", FRAME(TAGGED(0x8100, 5, 0x88b5)),
	 FRAME(TAGGED(0x8100, 6, 0x88b5)), FRAME(TAGGED(0x8100, 0xe005, 0x88b5))},
	{FIELD_DL_VLAN, "dl_vlan=5", FRAME(TAGGED(0x88a8, 5, 0x88b5)),
	 FRAME(ETH, TYPE(0x88b5), DATA(50))},
	{FIELD_DL_VLAN, "vlan_vid=0x1005", FRAME(TAGGED(0x8100, 5, 0x88b5)),
	 FRAME(TAGGED(0x8100, 0, 0x88b5))},
	{FIELD_DL_VLAN_PCP, "dl_vlan_pcp=3", FRAME(TAGGED(0x8100, 0x6005, 0x88b5)),
	 FRAME(TAGGED(0x8100, 0x4005, 0x88b5)), FRAME(TAGGED(0x8100, 0x6009, 0x88b5))},
	{FIELD_DL_VLAN_PCP, "dl_vlan_pcp=0", FRAME(TAGGED(0x8100, 5, 0x88b5)),
	 FRAME(ETH, TYPE(0x88b5), DATA(50)), FRAME(TAGGED(0x8100, 9, 0x88b5))},
	{FIELD_VLAN_TCI1, "vlan_tci1=0x1008", FRAME(TWO_TAGS(8)), FRAME(TWO_TAGS(9))},
	{FIELD_VLAN_TCI1, "vlan_tci1=0x1000/0x1000", FRAME(TWO_TAGS(8)),
	 FRAME(ETH, TAG(0x8100, 7), BODY_UDP), FRAME(TWO_TAGS(0x6009))},

	/* IPv4 */
	{FIELD_NW_SRC, "ip,nw_src=10.0.0.1", FRAME(F_UDP()), FRAME(UDP_IP4(.src = 0x0a000003))},
	{FIELD_NW_SRC, "ip,nw_src=10.0.0.0/24", FRAME(F_UDP()), FRAME(UDP_IP4(.src = 0x0a000103)),
	 FRAME(UDP_IP4(.src = 0x0a000063))},
	{FIELD_NW_SRC, "ip,ip_src=0.0.0.1/0.0.0.255", FRAME(F_UDP()),
	 FRAME(UDP_IP4(.src = 0x0a000002)), FRAME(UDP_IP4(.src = 0xc0a80001))},
	{FIELD_NW_DST, "ip,nw_dst=10.0.0.2", FRAME(F_UDP()), FRAME(UDP_IP4(.dst = 0x0a000003))},
	{FIELD_NW_DST, "ip,nw_dst=10.0.0.0/30", FRAME(F_UDP()), FRAME(UDP_IP4(.dst = 0x0a000004)),
	 FRAME(UDP_IP4(.dst = 0x0a000003))},
	{FIELD_NW_PROTO, "ip,nw_proto=17", FRAME(F_UDP()), FRAME(F_TCP())},
	{FIELD_NW_PROTO, "ip,nw_proto=47", FRAME(OTHER_IP(.proto = PROTO_GRE)),
	 FRAME(OTHER_IP(.proto = PROTO_ESP))},
	{FIELD_NW_PROTO, "ipv6,nw_proto=6", FRAME(F_TCP6()), FRAME(UDP_IP6())},
	{FIELD_NW_TOS, "ip,nw_tos=184", FRAME(UDP_IP4(.tos = 0xb8)), FRAME(UDP_IP4(.tos = 0x28)),
	 FRAME(UDP_IP4(.tos = 0xbb))},
	{FIELD_NW_TOS, "ipv6,ip_dscp=46", FRAME(UDP_IP6(.tc = 0xb8)), FRAME(UDP_IP6(.tc = 0x28)),
	 FRAME(UDP_IP6(.tc = 0xb9))},
	{FIELD_NW_ECN, "ip,nw_ecn=3", FRAME(UDP_IP4(.tos = 3)), FRAME(UDP_IP4(.tos = 2)),
	 FRAME(UDP_IP4(.tos = 0xbb))},
	{FIELD_NW_ECN, "ipv6,ip_ecn=1", FRAME(UDP_IP6(.tc = 1)), FRAME(UDP_IP6(.tc = 3))},
	{FIELD_NW_TTL, "ip,nw_ttl=64", FRAME(F_UDP()), FRAME(UDP_IP4(.ttl = 63))},
	{FIELD_NW_TTL, "ipv6,nw_ttl=1", FRAME(UDP_IP6(.hlim = 1)), FRAME(UDP_IP6(.hlim = 2))},
	{FIELD_IP_FRAG, "ip,ip_frag=no", FRAME(F_UDP()), FRAME(UDP_IP4(.frag = 0x2000))},
	{FIELD_IP_FRAG, "ip,ip_frag=yes", FRAME(UDP_IP4(.frag = 0x2000)), FRAME(F_UDP())},
	{FIELD_IP_FRAG, "ip,ip_frag=first", FRAME(UDP_IP4(.frag = 0x2000)),
	 FRAME(OTHER_IP(.proto = PROTO_UDP, .frag = 0x2010))},
	{FIELD_IP_FRAG, "ip,ip_frag=later", FRAME(OTHER_IP(.proto = PROTO_UDP, .frag = 0x2010)),
	 FRAME(UDP_IP4(.frag = 0x2000)), FRAME(OTHER_IP(.proto = PROTO_UDP, .frag = 0x0020))},
	{FIELD_IP_FRAG, "ip,nw_frag=not_later", FRAME(UDP_IP4(.frag = 0x2000)),
	 FRAME(OTHER_IP(.proto = PROTO_UDP, .frag = 0x2010))},

	/* IPv6 */
	{FIELD_IPV6_SRC, "ipv6,ipv6_src=2001:db8::1", FRAME(F_TCP6()),
	 FRAME(UDP_IP6(.src = IP6_ADDR(9)))},
	{FIELD_IPV6_SRC, "ipv6,ipv6_src=2001:db8::/120", FRAME(UDP_IP6(.src = IP6_ADDR(9))),
	 FRAME(UDP_IP6(.src = IP6_LL1)), FRAME(UDP_IP6(.src = IP6_ADDR(10)))},
	{FIELD_IPV6_DST, "ipv6,ipv6_dst=2001:db8::2", FRAME(F_TCP6()),
	 FRAME(UDP_IP6(.dst = IP6_ADDR(9)))},
	{FIELD_IPV6_DST, "ipv6,ipv6_dst=::1/::1", FRAME(UDP_IP6(.dst = IP6_ADDR(9))),
	 FRAME(UDP_IP6(.dst = IP6_ADDR(8))), FRAME(UDP_IP6(.dst = IP6_ADDR(11)))},
	{FIELD_IPV6_LABEL, "ipv6,ipv6_label=0x12345", FRAME(UDP_IP6(.label = 0x12345)),
	 FRAME(UDP_IP6(.label = 0x12346))},
	{FIELD_IPV6_LABEL, "ipv6,ipv6_label=0x10000/0xf0000", FRAME(UDP_IP6(.label = 0x12345)),
	 FRAME(UDP_IP6(.label = 0x22345)), FRAME(UDP_IP6(.label = 0x1ffff))},

	/* ARP */
	{FIELD_ARP_OP, "arp,arp_op=1", FRAME(F_ARP(.op = 1)), FRAME(F_ARP(.op = 2))},
	{FIELD_ARP_SPA, "arp,arp_spa=10.0.0.1", FRAME(F_ARP()), FRAME(F_ARP(.spa = 0x0a000007))},
	{FIELD_ARP_SPA, "arp,arp_spa=10.0.0.0/29", FRAME(F_ARP()), FRAME(F_ARP(.spa = 0x0a000008)),
	 FRAME(F_ARP(.spa = 0x0a000007))},
	{FIELD_ARP_TPA, "arp,arp_tpa=10.0.0.2", FRAME(F_ARP()), FRAME(F_ARP(.tpa = 0x0a000007))},
	{FIELD_ARP_SHA, "arp,arp_sha=02:00:00:00:00:01", FRAME(F_ARP()),
	 FRAME(F_ARP(.sha = MAC_A))},
	{FIELD_ARP_SHA, "arp,arp_sha=02:00:00:00:00:0a/ff:ff:ff:ff:ff:fe",
	 FRAME(F_ARP(.sha = MAC_A)), FRAME(F_ARP()), FRAME(F_ARP(.sha = MAC_B))},
	{FIELD_ARP_THA, "arp,arp_tha=00:00:00:00:00:00", FRAME(F_ARP()),
	 FRAME(F_ARP(.tha = MAC_A))},

	/* ports */
	{FIELD_TCP_SRC, "tcp,tcp_src=40000", FRAME(F_TCP()), FRAME(F_TCP(.src = 40001))},
	{FIELD_TCP_DST, "tcp,tp_dst=80", FRAME(F_TCP()), FRAME(F_TCP(.dst = 81))},
	{FIELD_TCP_DST, "tcp,tcp_dst=80/0xfff0", FRAME(F_TCP()), FRAME(F_TCP(.dst = 96)),
	 FRAME(F_TCP(.dst = 95))},
	{FIELD_TCP_DST, "tcp6,tcp_dst=80", FRAME(F_TCP6()), FRAME(F_TCP6(.dst = 81))},
	{FIELD_TP_SRC, "tcp,tp_src=40000", FRAME(F_TCP()), FRAME(F_TCP(.src = 40001))},
	{FIELD_TP_DST, "udp,tp_dst=80", FRAME(F_UDP()), FRAME(F_UDP(.dst = 81))},
	{FIELD_TCP_FLAGS, "tcp,tcp_flags=+syn-ack", FRAME(F_TCP(.flags = F_SYN)),
	 FRAME(F_TCP(.flags = F_SYN | F_ACK)), FRAME(F_TCP(.flags = F_SYN | F_PSH))},
	{FIELD_TCP_FLAGS, "tcp,tcp_flags=0x12", FRAME(F_TCP(.flags = F_SYN | F_ACK)),
	 FRAME(F_TCP(.flags = F_ACK))},
	{FIELD_UDP_SRC, "udp,udp_src=40000", FRAME(F_UDP()), FRAME(F_UDP(.src = 40001))},
	{FIELD_UDP_DST, "udp,udp_dst=80", FRAME(F_UDP()), FRAME(F_UDP(.dst = 81))},
	{FIELD_UDP_DST, "udp6,udp_dst=80/0xff", FRAME(UDP_IP6()),
	 FRAME(ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP(.dst = 81), DATA(30)),
	 FRAME(ETH, TYPE(0x86dd), IP6(.next = PROTO_UDP), UDP(.dst = 336), DATA(30))},
	{FIELD_SCTP_SRC, "sctp,sctp_src=40000", FRAME(SCTP_()), FRAME(SCTP_(.src = 40001))},
	{FIELD_SCTP_DST, "sctp,sctp_dst=80", FRAME(SCTP_()), FRAME(SCTP_(.dst = 81))},
	{FIELD_ICMP_TYPE, "icmp,icmp_type=8", FRAME(ICMP_(8, 0)), FRAME(ICMP_(0, 0))},
	{FIELD_ICMP_CODE, "icmp,icmp_type=3,icmp_code=1", FRAME(ICMP_(3, 1)), FRAME(ICMP_(3, 3))},
	{FIELD_ICMPV6_TYPE, "icmp6,icmpv6_type=128", FRAME(ICMP6_(128, 0)), FRAME(ICMP6_(129, 0))},
	{FIELD_ICMPV6_CODE, "icmp6,icmpv6_type=1,icmpv6_code=4", FRAME(ICMP6_(1, 4)),
	 FRAME(ICMP6_(1, 3))},

	/* neighbour discovery */
	{FIELD_ND_TARGET, "icmp6,icmpv6_type=135,nd_target=2001:db8::9", FRAME(NS(9, MAC_A)),
	 FRAME(NS(8, MAC_A))},
	{FIELD_ND_TARGET, "icmp6,icmpv6_type=136,nd_target=2001:db8::8/ffff:ffff::8",
	 FRAME(NA(9, MAC_A)), FRAME(NA(7, MAC_A)), FRAME(NA(10, MAC_A))},
	{FIELD_ND_SLL, "icmp6,icmpv6_type=135,nd_sll=02:00:00:00:00:0a", FRAME(NS(9, MAC_A)),
	 FRAME(NS(9, MAC_B))},
	{FIELD_ND_TLL, "icmp6,icmpv6_type=136,nd_tll=02:00:00:00:00:0a", FRAME(NA(9, MAC_A)),
	 FRAME(NA(9, MAC_B))},

	/* MPLS */
	{FIELD_MPLS_LABEL, "mpls,mpls_label=16", FRAME(LABELLED(LABEL_16)),
	 FRAME(LABELLED(LSE(17, 3, 1, 64))), FRAME(LABELLED(LSE(16, 2, 1, 63)))},
	{FIELD_MPLS_TC, "mpls,mpls_tc=3", FRAME(LABELLED(LABEL_16)),
	 FRAME(LABELLED(LSE(16, 2, 1, 64))), FRAME(LABELLED(LSE(99, 3, 1, 5)))},
	{FIELD_MPLS_BOS, "mpls,mpls_bos=1", FRAME(LABELLED(LABEL_16)),
	 FRAME(ETH, TYPE(0x8847), ENTRY(LSE(16, 3, 0, 64)), ENTRY(LSE(9, 0, 1, 64)), DATA(40)),
	 FRAME(LABELLED(LSE(99, 0, 1, 5)))},
	{FIELD_MPLS_TTL, "mpls,mpls_ttl=64", FRAME(LABELLED(LABEL_16)),
	 FRAME(LABELLED(LSE(16, 3, 1, 63))), FRAME(LABELLED(LSE(99, 0, 1, 64)))},
	{FIELD_MPLS_LABEL, "mplsm,mpls_label=16",
	 FRAME(ETH, TYPE(0x8848), ENTRY(LABEL_16), DATA(50)), FRAME(LABELLED(LABEL_16))},
};
const size_t n_rows_pipeline_match = sizeof(rows_pipeline_match) / sizeof(rows_pipeline_match[0]);
