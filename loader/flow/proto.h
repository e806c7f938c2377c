/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of protocols, in host order, and those that stand for several of them
 * where a field asks what the packet has to be.
 */
#ifndef FLOW_PROTO_H
#define FLOW_PROTO_H

#define DL_TYPE_IP 0x0800
#define DL_TYPE_ARP 0x0806
#define DL_TYPE_RARP 0x8035
#define DL_TYPE_IPV6 0x86dd
#define DL_TYPE_MPLS 0x8847 /* as a prerequisite: or DL_TYPE_MPLS_MCAST */
#define DL_TYPE_MPLS_MCAST 0x8848
#define TPID_C 0x8100
#define TPID_S 0x88a8
#define DL_TYPE_MIN 0x600 /* below, it is a length */
#define DL_TYPE_ANY_IP 0xffff /* a prerequisite: IPv4 or IPv6 */

#define PROTO_HOPOPTS 0
#define PROTO_ICMP 1
#define PROTO_IGMP 2
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AH 51
#define PROTO_ICMPV6 58
#define PROTO_NONE 59
#define PROTO_DSTOPTS 60
#define PROTO_SCTP 132
#define PROTO_PORTS 255 /* a prerequisite: TCP, UDP or SCTP */

#define ND_SOLICIT 135
#define ND_ADVERT 136
#define ND_EITHER 255 /* a prerequisite */
#define ND_OPT_SLL 1
#define ND_OPT_TLL 2

#endif /* FLOW_PROTO_H */
