/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What connection tracking knows of protocols, for those who have no packet (leaf.bpf.c)
 * and those who have: which have ports, and which ICMP messages are what.
 */
#ifndef BPF_CT_PROTO_H
#define BPF_CT_PROTO_H

#include "xvs/types.h"

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#define CT_PROTO_ICMP 1
#define CT_PROTO_TCP 6
#define CT_PROTO_UDP 17
#define CT_PROTO_ICMPV6 58
#define CT_PROTO_SCTP 132

/* What a packet is to connection tracking. */
enum ct_packet {
	CT_PACKET_WHOLE, /* has its L4 header; a first fragment too */
	CT_PACKET_LATER, /* a later fragment */
	CT_PACKET_ERROR, /* an ICMP error */
	CT_PACKET_NONE, /* of no connection: inv */
};

enum ct_icmp_kind {
	CT_ICMP_OTHER,
	CT_ICMP_REQUEST,
	CT_ICMP_ANSWER,
	CT_ICMP_ERROR,
};

#define CT_ICMP_BIT(type) (1U << (type))

/* Unreachable, source quench, redirect, time exceeded, parameter problem. */
#define CT_ICMP_ERRORS \
	(CT_ICMP_BIT(3) | CT_ICMP_BIT(4) | CT_ICMP_BIT(5) | CT_ICMP_BIT(11) | CT_ICMP_BIT(12))
/* Echo, timestamp, information, address mask. */
#define CT_ICMP_REQUESTS (CT_ICMP_BIT(8) | CT_ICMP_BIT(13) | CT_ICMP_BIT(15) | CT_ICMP_BIT(17))
#define CT_ICMP_ANSWERS (CT_ICMP_BIT(0) | CT_ICMP_BIT(14) | CT_ICMP_BIT(16) | CT_ICMP_BIT(18))
/* Unreachable, packet too big, time exceeded, parameter problem. */
#define CT_ICMPV6_ERRORS (CT_ICMP_BIT(1) | CT_ICMP_BIT(2) | CT_ICMP_BIT(3) | CT_ICMP_BIT(4))
#define CT_ICMPV6_ECHO 128
#define CT_ICMPV6_ECHO_REPLY 129

static __always_inline enum ct_icmp_kind ct_icmp_kind(__u8 family, __u8 type)
{
	if (family == 6) {
		if (type == CT_ICMPV6_ECHO)
			return CT_ICMP_REQUEST;
		if (type == CT_ICMPV6_ECHO_REPLY)
			return CT_ICMP_ANSWER;
		return type < 32 && (CT_ICMPV6_ERRORS >> type & 1) ? CT_ICMP_ERROR : CT_ICMP_OTHER;
	}
	if (type >= 32)
		return CT_ICMP_OTHER;
	if (CT_ICMP_REQUESTS >> type & 1)
		return CT_ICMP_REQUEST;
	if (CT_ICMP_ANSWERS >> type & 1)
		return CT_ICMP_ANSWER;
	return CT_ICMP_ERRORS >> type & 1 ? CT_ICMP_ERROR : CT_ICMP_OTHER;
}

static __always_inline bool ct_is_icmp(__u8 family, __u8 proto)
{
	return proto == (family == 6 ? CT_PROTO_ICMPV6 : CT_PROTO_ICMP);
}

static __always_inline bool ct_has_ports(__u8 proto)
{
	return proto == CT_PROTO_TCP || proto == CT_PROTO_UDP || proto == CT_PROTO_SCTP;
}

#endif /* BPF_CT_PROTO_H */
