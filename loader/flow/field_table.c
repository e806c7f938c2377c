// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rows of the table of fields.
 *
 * A field that has no SETTABLE is one that Open vSwitch cannot set either, or
 * one that nothing would come of: no tunnel port reads tun_*, the fast path
 * leaves pkt_mark alone, and ct_mark and ct_label are the connection's.
 */
#include "field.h"
#include "proto.h"

_Static_assert(XVS_FLOW_KEY_SEQ == 1, "the key has changed: visit the table of fields");

/* Place and width of a whole member of the key. */
#define AT(member)                                       \
	.offset = XVS_OFFSETOF(struct flow_key, member), \
	.size = sizeof(((struct flow_key *)0)->member)
#define BITS(w, s) .width = (w), .shift = (s)
#define TEXT(fmt, rule) .format = FIELD_FMT_##fmt, .mask_rule = FIELD_MASK_##rule
#define IPV4 .pre_dl_type = DL_TYPE_IP
#define IPV6 .pre_dl_type = DL_TYPE_IPV6
#define ANY_IP .pre_dl_type = DL_TYPE_ANY_IP
#define ARP .pre_dl_type = DL_TYPE_ARP
#define MPLS .pre_dl_type = DL_TYPE_MPLS
#define PROTO(p) .pre_nw_proto = PROTO_##p
#define ND IPV6, PROTO(ICMPV6), .pre_icmp_type = ND_EITHER
#define SETTABLE .set_bits = 1
#define VIEW .is_view = 1
#define ALIAS(...) .alias = {__VA_ARGS__}
#define OXM(...) .oxm = {__VA_ARGS__}
#define ROW(sym, text, ...) [FIELD_##sym] = {.id = FIELD_##sym, .name = text, __VA_ARGS__}

/* A register of so many 32-bit ones, and the bits that it has. */
#define REGISTER(id_, text, oxm_, n, words, ...)                                         \
	[id_ + (n)] = {.id = id_ + (n),                                                  \
		       .name = text #n,                                                  \
		       .oxm = {oxm_ #n},                                                 \
		       .offset = XVS_OFFSETOF(struct flow_key, reg) + 4 * (words) * (n), \
		       .size = 4 * (words),                                              \
		       BITS(32 * (words), 0),                                            \
		       TEXT(HEX, ANY),                                                   \
		       SETTABLE}
#define REG(n) REGISTER(FIELD_REG0, "reg", "NXM_NX_REG", n, 1, .is_view = 0)
#define XREG(n) REGISTER(FIELD_XREG0, "xreg", "OXM_OF_PKT_REG", n, 2, VIEW)
#define XXREG(n) REGISTER(FIELD_XXREG0, "xxreg", "NXM_NX_XXREG", n, 4, VIEW)

/*
 * Either kind of neighbour message may carry either link-layer address: the
 * packet parser takes what it finds, and a match can say so.
 *
 * The key holds an ICMP type or code in 16 bits, and a mask of a port is one of
 * a type as well: hence 16 bits wide and maskable, though values end at 255.
 */
/* clang-format off */
const struct field fields[FIELD_N] = {
	ROW(IN_PORT, "in_port", ALIAS("in_port_oxm"), OXM("NXM_OF_IN_PORT", "OXM_OF_IN_PORT"),
	    AT(in_port), BITS(16, 0), TEXT(PORT, NONE), SETTABLE),
	ROW(RECIRC_ID, "recirc_id", OXM("NXM_NX_RECIRC_ID"),
	    AT(recirc_id), BITS(32, 0), TEXT(HEX, NONE)),
	ROW(PKT_MARK, "pkt_mark", OXM("NXM_NX_PKT_MARK"),
	    AT(pkt_mark), BITS(32, 0), TEXT(HEX, ANY)),
	ROW(DL_SRC, "dl_src", ALIAS("eth_src"), OXM("NXM_OF_ETH_SRC", "OXM_OF_ETH_SRC"),
	    AT(dl_src), BITS(48, 0), TEXT(MAC, ANY), SETTABLE),
	ROW(DL_DST, "dl_dst", ALIAS("eth_dst"), OXM("NXM_OF_ETH_DST", "OXM_OF_ETH_DST"),
	    AT(dl_dst), BITS(48, 0), TEXT(MAC, ANY), SETTABLE),
	ROW(DL_TYPE, "dl_type", ALIAS("eth_type"), OXM("NXM_OF_ETH_TYPE", "OXM_OF_ETH_TYPE"),
	    AT(dl_type), BITS(16, 0), TEXT(HEX, NONE)),
	ROW(VLAN_TCI, "vlan_tci", OXM("NXM_OF_VLAN_TCI"),
	    AT(vlan_tci), BITS(16, 0), TEXT(HEX, ANY), SETTABLE),
	ROW(DL_VLAN, "dl_vlan", ALIAS("vlan_vid"), OXM("OXM_OF_VLAN_VID"),
	    AT(vlan_tci), BITS(12, 0), TEXT(DECIMAL, NONE), SETTABLE, VIEW),
	ROW(DL_VLAN_PCP, "dl_vlan_pcp", ALIAS("vlan_pcp"), OXM("OXM_OF_VLAN_PCP"),
	    AT(vlan_tci), BITS(3, XVS_VLAN_PCP_SHIFT), TEXT(DECIMAL, NONE), SETTABLE, VIEW),
	ROW(VLAN_TCI1, "vlan_tci1", AT(vlan_tci1), BITS(16, 0), TEXT(HEX, ANY)),
	ROW(NW_SRC, "nw_src", ALIAS("ip_src"), OXM("NXM_OF_IP_SRC", "OXM_OF_IPV4_SRC"),
	    AT(nw_src), BITS(32, 0), TEXT(IPV4, ANY), IPV4, SETTABLE),
	ROW(NW_DST, "nw_dst", ALIAS("ip_dst"), OXM("NXM_OF_IP_DST", "OXM_OF_IPV4_DST"),
	    AT(nw_dst), BITS(32, 0), TEXT(IPV4, ANY), IPV4, SETTABLE),
	ROW(IPV6_SRC, "ipv6_src", OXM("NXM_NX_IPV6_SRC", "OXM_OF_IPV6_SRC"),
	    AT(ipv6_src), BITS(128, 0), TEXT(IPV6, ANY), IPV6, SETTABLE),
	ROW(IPV6_DST, "ipv6_dst", OXM("NXM_NX_IPV6_DST", "OXM_OF_IPV6_DST"),
	    AT(ipv6_dst), BITS(128, 0), TEXT(IPV6, ANY), IPV6, SETTABLE),
	ROW(IPV6_LABEL, "ipv6_label", OXM("NXM_NX_IPV6_LABEL", "OXM_OF_IPV6_FLABEL"),
	    AT(ipv6_label), BITS(20, 0), TEXT(HEX, ANY), IPV6, SETTABLE),
	ROW(NW_PROTO, "nw_proto", ALIAS("ip_proto"), OXM("NXM_OF_IP_PROTO", "OXM_OF_IP_PROTO"),
	    AT(nw_proto), BITS(8, 0), TEXT(DECIMAL, NONE), ANY_IP),
	ROW(NW_TOS, "nw_tos", ALIAS("ip_dscp"), OXM("NXM_OF_IP_TOS", "OXM_OF_IP_DSCP"),
	    AT(nw_tos), BITS(6, 2), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(NW_ECN, "nw_ecn", ALIAS("ip_ecn"), OXM("NXM_NX_IP_ECN", "OXM_OF_IP_ECN"),
	    AT(nw_tos), BITS(2, 0), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(NW_TTL, "nw_ttl", ALIAS("ip_ttl"), OXM("NXM_NX_IP_TTL"),
	    AT(nw_ttl), BITS(8, 0), TEXT(DECIMAL, NONE), ANY_IP, SETTABLE),
	ROW(IP_FRAG, "ip_frag", ALIAS("nw_frag"), OXM("NXM_NX_IP_FRAG"),
	    AT(nw_frag), BITS(2, 0), TEXT(FRAG, SPECIAL), ANY_IP),
	ROW(ARP_OP, "arp_op", OXM("NXM_OF_ARP_OP", "OXM_OF_ARP_OP"),
	    AT(nw_proto), BITS(8, 0), TEXT(DECIMAL, NONE), ARP, SETTABLE),
	ROW(ARP_SPA, "arp_spa", OXM("NXM_OF_ARP_SPA", "OXM_OF_ARP_SPA"),
	    AT(nw_src), BITS(32, 0), TEXT(IPV4, ANY), ARP, SETTABLE),
	ROW(ARP_TPA, "arp_tpa", OXM("NXM_OF_ARP_TPA", "OXM_OF_ARP_TPA"),
	    AT(nw_dst), BITS(32, 0), TEXT(IPV4, ANY), ARP, SETTABLE),
	ROW(ARP_SHA, "arp_sha", OXM("NXM_NX_ARP_SHA", "OXM_OF_ARP_SHA"),
	    AT(arp_sha), BITS(48, 0), TEXT(MAC, ANY), ARP, SETTABLE),
	ROW(ARP_THA, "arp_tha", OXM("NXM_NX_ARP_THA", "OXM_OF_ARP_THA"),
	    AT(arp_tha), BITS(48, 0), TEXT(MAC, ANY), ARP, SETTABLE),
	ROW(TP_SRC, "tp_src", AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(PORTS),
	    SETTABLE, VIEW),
	ROW(TP_DST, "tp_dst", AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(PORTS),
	    SETTABLE, VIEW),
	ROW(TCP_SRC, "tcp_src", OXM("NXM_OF_TCP_SRC", "OXM_OF_TCP_SRC"),
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(TCP), SETTABLE),
	ROW(TCP_DST, "tcp_dst", OXM("NXM_OF_TCP_DST", "OXM_OF_TCP_DST"),
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(TCP), SETTABLE),
	ROW(TCP_FLAGS, "tcp_flags", OXM("NXM_NX_TCP_FLAGS", "ONFOXM_ET_TCP_FLAGS"),
	    AT(tcp_flags), BITS(12, 0), TEXT(TCP_FLAGS, ANY), ANY_IP, PROTO(TCP)),
	ROW(UDP_SRC, "udp_src", OXM("NXM_OF_UDP_SRC", "OXM_OF_UDP_SRC"),
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(UDP), SETTABLE),
	ROW(UDP_DST, "udp_dst", OXM("NXM_OF_UDP_DST", "OXM_OF_UDP_DST"),
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(UDP), SETTABLE),
	ROW(SCTP_SRC, "sctp_src", OXM("OXM_OF_SCTP_SRC"),
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(SCTP), SETTABLE),
	ROW(SCTP_DST, "sctp_dst", OXM("OXM_OF_SCTP_DST"),
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), ANY_IP, PROTO(SCTP), SETTABLE),
	ROW(ICMP_TYPE, "icmp_type", ALIAS("icmpv4_type"),
	    OXM("NXM_OF_ICMP_TYPE", "OXM_OF_ICMPV4_TYPE"),
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), IPV4, PROTO(ICMP), SETTABLE),
	ROW(ICMP_CODE, "icmp_code", ALIAS("icmpv4_code"),
	    OXM("NXM_OF_ICMP_CODE", "OXM_OF_ICMPV4_CODE"),
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), IPV4, PROTO(ICMP), SETTABLE),
	ROW(ICMPV6_TYPE, "icmpv6_type", ALIAS("icmp6_type"),
	    OXM("NXM_NX_ICMPV6_TYPE", "OXM_OF_ICMPV6_TYPE"),
	    AT(tp_src), BITS(16, 0), TEXT(DECIMAL, ANY), IPV6, PROTO(ICMPV6), SETTABLE),
	ROW(ICMPV6_CODE, "icmpv6_code", ALIAS("icmp6_code"),
	    OXM("NXM_NX_ICMPV6_CODE", "OXM_OF_ICMPV6_CODE"),
	    AT(tp_dst), BITS(16, 0), TEXT(DECIMAL, ANY), IPV6, PROTO(ICMPV6), SETTABLE),
	ROW(ND_TARGET, "nd_target", OXM("NXM_NX_ND_TARGET", "OXM_OF_IPV6_ND_TARGET"),
	    AT(nd_target), BITS(128, 0), TEXT(IPV6, ANY), ND, SETTABLE),
	ROW(ND_SLL, "nd_sll", OXM("NXM_NX_ND_SLL", "OXM_OF_IPV6_ND_SLL"),
	    AT(arp_sha), BITS(48, 0), TEXT(MAC, ANY), ND, SETTABLE),
	ROW(ND_TLL, "nd_tll", OXM("NXM_NX_ND_TLL", "OXM_OF_IPV6_ND_TLL"),
	    AT(arp_tha), BITS(48, 0), TEXT(MAC, ANY), ND, SETTABLE),
	ROW(MPLS_LABEL, "mpls_label", OXM("OXM_OF_MPLS_LABEL"),
	    AT(mpls_lse), BITS(20, 12), TEXT(DECIMAL, NONE), MPLS, SETTABLE),
	ROW(MPLS_TC, "mpls_tc", OXM("OXM_OF_MPLS_TC"),
	    AT(mpls_lse), BITS(3, 9), TEXT(DECIMAL, NONE), MPLS, SETTABLE),
	ROW(MPLS_BOS, "mpls_bos", OXM("OXM_OF_MPLS_BOS"),
	    AT(mpls_lse), BITS(1, 8), TEXT(DECIMAL, NONE), MPLS),
	ROW(MPLS_TTL, "mpls_ttl", OXM("NXM_NX_MPLS_TTL"),
	    AT(mpls_lse), BITS(8, 0), TEXT(DECIMAL, NONE), MPLS, SETTABLE),
	ROW(TUN_ID, "tun_id", ALIAS("tunnel_id"), OXM("NXM_NX_TUN_ID", "OXM_OF_TUNNEL_ID"),
	    AT(tun_id), BITS(64, 0), TEXT(HEX, ANY)),
	ROW(TUN_SRC, "tun_src", OXM("NXM_NX_TUN_IPV4_SRC"),
	    AT(tun_src), BITS(32, 0), TEXT(IPV4, ANY)),
	ROW(TUN_DST, "tun_dst", OXM("NXM_NX_TUN_IPV4_DST"),
	    AT(tun_dst), BITS(32, 0), TEXT(IPV4, ANY)),
	ROW(TUN_FLAGS, "tun_flags", OXM("NXM_NX_TUN_FLAGS"),
	    AT(tun_flags), BITS(16, 0), TEXT(TUN_FLAGS, ANY)),
	ROW(TUN_TOS, "tun_tos", AT(tun_tos), BITS(8, 0), TEXT(DECIMAL, NONE)),
	ROW(TUN_TTL, "tun_ttl", AT(tun_ttl), BITS(8, 0), TEXT(DECIMAL, NONE)),
	ROW(CT_STATE, "ct_state", OXM("NXM_NX_CT_STATE"),
	    AT(ct_state), BITS(8, 0), TEXT(CT_STATE, ANY)),
	ROW(CT_ZONE, "ct_zone", OXM("NXM_NX_CT_ZONE"), AT(ct_zone), BITS(16, 0), TEXT(HEX, NONE)),
	ROW(CT_MARK, "ct_mark", OXM("NXM_NX_CT_MARK"), AT(ct_mark), BITS(32, 0), TEXT(HEX, ANY)),
	ROW(CT_LABEL, "ct_label", OXM("NXM_NX_CT_LABEL"),
	    AT(ct_label), BITS(128, 0), TEXT(HEX, ANY)),
	ROW(CONJ_ID, "conj_id", OXM("NXM_NX_CONJ_ID"),
	    AT(conj_id), BITS(32, 0), TEXT(DECIMAL, NONE)),
	ROW(METADATA, "metadata", OXM("OXM_OF_METADATA"),
	    AT(metadata), BITS(64, 0), TEXT(HEX, ANY), SETTABLE),
	REG(0), REG(1), REG(2), REG(3), REG(4), REG(5), REG(6), REG(7),
	REG(8), REG(9), REG(10), REG(11), REG(12), REG(13), REG(14), REG(15),
	XREG(0), XREG(1), XREG(2), XREG(3), XREG(4), XREG(5), XREG(6), XREG(7),
	XXREG(0), XXREG(1), XXREG(2), XXREG(3),
};
/* clang-format on */
