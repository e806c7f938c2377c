// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets of translated connections, both directions: every L4 protocol, both
 * families, fragments. rows_ct_nat_error.c has the errors about them.
 */
#include "rows_ct.h"

/* The client vm1 is seen as the gateway... */
#define SNAT4(proto_)                                            \
	.tuple = CT_TUPLE4(proto_, IP4_VM1, 40000, IP4_VM2, 80), \
	.reply = CT_TUPLE4(proto_, IP4_VM2, 80, IP4_GW, 1024), .flags = XVS_CT_E_SNAT
#define SNAT6(proto_)                                \
	.tuple = CT_TUPLE6(proto_, 1, 40000, 2, 80), \
	.reply = CT_TUPLE6(proto_, 2, 80, 0xfe, 1024), .flags = XVS_CT_E_SNAT
/* ... the server vm2 is asked for at the gateway... */
#define DNAT4(proto_)                                             \
	.tuple = CT_TUPLE4(proto_, IP4_VM1, 40000, IP4_GW, 8080), \
	.reply = CT_TUPLE4(proto_, IP4_VM2, 80, IP4_VM1, 40000), .flags = XVS_CT_E_DNAT
#define DNAT6(proto_)                                     \
	.tuple = CT_TUPLE6(proto_, 1, 40000, 0xfe, 8080), \
	.reply = CT_TUPLE6(proto_, 2, 80, 1, 40000), .flags = XVS_CT_E_DNAT
/* ... and both at once: client and server are behind the same gateway. */
#define HAIRPIN4(proto_)                                          \
	.tuple = CT_TUPLE4(proto_, IP4_VM1, 40000, IP4_GW, 8080), \
	.reply = CT_TUPLE4(proto_, IP4_VM2, 80, IP4_GW, 1024),    \
	.flags = XVS_CT_E_SNAT | XVS_CT_E_DNAT
#define HAIRPIN6(proto_)                                  \
	.tuple = CT_TUPLE6(proto_, 1, 40000, 0xfe, 8080), \
	.reply = CT_TUPLE6(proto_, 2, 80, 0xfe, 1024), .flags = XVS_CT_E_SNAT | XVS_CT_E_DNAT

#define ETH4 ETH, TYPE(0x0800)
#define ETH6 ETH, TYPE(0x86dd)

/* A row for each direction: what goes in and comes out of the client's side, and of
 * the server's. 'L4' is a layer's macro. */
#define PAIR4(name_, nat_, proto_, L4_, dst0_, dport0_, src1_, sport1_, bits0_, bits1_) \
	{.name = name_ "/original",                                                     \
	 nat_(proto_),                                                                  \
	 .in = {ETH4,                                                                   \
		IP4(.proto = proto_, .src = IP4_VM1, .dst = dst0_),                     \
		L4_(.src = 40000, .dst = dport0_),                                      \
		DATA(21),                                                               \
		{0}},                                                                   \
	 .want = {ETH4,                                                                 \
		  IP4(.proto = proto_, .src = src1_, .dst = IP4_VM2),                   \
		  L4_(.src = sport1_, .dst = 80),                                       \
		  DATA(21),                                                             \
		  {0}},                                                                 \
	 .want_bits = bits0_},                                                          \
	{                                                                               \
		.name = name_ "/reply", nat_(proto_), .dir = 1,                         \
		.in = {ETH4,                                                            \
		       IP4(.proto = proto_, .src = IP4_VM2, .dst = src1_),              \
		       L4_(.src = 80, .dst = sport1_),                                  \
		       DATA(21),                                                        \
		       {0}},                                                            \
		.want = {ETH4,                                                          \
			 IP4(.proto = proto_, .src = dst0_, .dst = IP4_VM1),            \
			 L4_(.src = dport0_, .dst = 40000),                             \
			 DATA(21),                                                      \
			 {0}},                                                          \
		.want_bits = bits1_                                                     \
	}
#define PAIR6(name_, nat_, proto_, L4_, dst0_, dport0_, src1_, sport1_, bits0_, bits1_)   \
	{.name = name_ "/original",                                                       \
	 nat_(proto_),                                                                    \
	 .in = {ETH6,                                                                     \
		IP6(.next = proto_, .src = IP6_ADDR(1), .dst = IP6_ADDR(dst0_)),          \
		L4_(.src = 40000, .dst = dport0_),                                        \
		DATA(21),                                                                 \
		{0}},                                                                     \
	 .want = {ETH6,                                                                   \
		  IP6(.next = proto_, .src = IP6_ADDR(src1_), .dst = IP6_ADDR(2)),        \
		  L4_(.src = sport1_, .dst = 80),                                         \
		  DATA(21),                                                               \
		  {0}},                                                                   \
	 .want_bits = bits0_},                                                            \
	{                                                                                 \
		.name = name_ "/reply", nat_(proto_), .dir = 1,                           \
		.in = {ETH6,                                                              \
		       IP6(.next = proto_, .src = IP6_ADDR(2), .dst = IP6_ADDR(src1_)),   \
		       L4_(.src = 80, .dst = sport1_),                                    \
		       DATA(21),                                                          \
		       {0}},                                                              \
		.want = {ETH6,                                                            \
			 IP6(.next = proto_, .src = IP6_ADDR(dst0_), .dst = IP6_ADDR(1)), \
			 L4_(.src = dport0_, .dst = 40000),                               \
			 DATA(21),                                                        \
			 {0}},                                                            \
		.want_bits = bits1_                                                       \
	}

#define ALL4(name_, proto_, L4_)                                                           \
	PAIR4("snat/" name_, SNAT4, proto_, L4_, IP4_VM2, 80, IP4_GW, 1024, XVS_CT_SNAT,   \
	      XVS_CT_DNAT),                                                                \
		PAIR4("dnat/" name_, DNAT4, proto_, L4_, IP4_GW, 8080, IP4_VM1, 40000,     \
		      XVS_CT_DNAT, XVS_CT_SNAT),                                           \
		PAIR4("hairpin/" name_, HAIRPIN4, proto_, L4_, IP4_GW, 8080, IP4_GW, 1024, \
		      XVS_CT_SNAT | XVS_CT_DNAT, XVS_CT_SNAT | XVS_CT_DNAT)
#define ALL6(name_, proto_, L4_)                                                               \
	PAIR6("snat/" name_, SNAT6, proto_, L4_, 2, 80, 0xfe, 1024, XVS_CT_SNAT, XVS_CT_DNAT), \
		PAIR6("dnat/" name_, DNAT6, proto_, L4_, 0xfe, 8080, 1, 40000, XVS_CT_DNAT,    \
		      XVS_CT_SNAT),                                                            \
		PAIR6("hairpin/" name_, HAIRPIN6, proto_, L4_, 0xfe, 8080, 0xfe, 1024,         \
		      XVS_CT_SNAT | XVS_CT_DNAT, XVS_CT_SNAT | XVS_CT_DNAT)
#define ACK(...) TCP(.flags = F_ACK, __VA_ARGS__)
#define UDP_NO_CSUM(...) UDP_CSUM(CSUM_NONE, __VA_ARGS__)
#define SCTP_NO_CSUM(...) SCTP_CSUM(CSUM_NONE, __VA_ARGS__)

/* Questions and answers: an id in both places. */
#define ECHO4                                                   \
	.tuple = CT_TUPLE4(PROTO_ICMP, IP4_VM1, 7, IP4_VM2, 7), \
	.reply = CT_TUPLE4(PROTO_ICMP, IP4_VM2, 9, IP4_GW, 9), .flags = XVS_CT_E_SNAT
#define ECHO6                                         \
	.tuple = CT_TUPLE6(PROTO_ICMPV6, 1, 7, 2, 7), \
	.reply = CT_TUPLE6(PROTO_ICMPV6, 2, 9, 0xfe, 9), .flags = XVS_CT_E_SNAT

const struct nat_row rows_ct_nat[] = {
	ALL4("tcp4", PROTO_TCP, ACK),
	ALL4("udp4", PROTO_UDP, UDP),
	ALL4("udp4-no-checksum", PROTO_UDP, UDP_NO_CSUM),
	ALL4("sctp4", PROTO_SCTP, SCTP),
	ALL4("sctp4-no-checksum", PROTO_SCTP, SCTP_NO_CSUM),
	ALL6("tcp6", PROTO_TCP, ACK),
	ALL6("udp6", PROTO_UDP, UDP),
	ALL6("sctp6", PROTO_SCTP, SCTP),
	{.name = "snat/tcp4-options/original",
	 SNAT4(PROTO_TCP),
	 .in = {ETH4,
		IP4(.proto = PROTO_TCP, .ihl = 7),
		TCP(.flags = F_ACK, .doff = 8),
		DATA(1),
		{0}},
	 .want = {ETH4,
		  IP4(.proto = PROTO_TCP, .ihl = 7, .src = IP4_GW),
		  TCP(.flags = F_ACK, .doff = 8, .src = 1024),
		  DATA(1),
		  {0}},
	 .want_bits = XVS_CT_SNAT},
	{.name = "snat/udp6-extension/original",
	 SNAT6(PROTO_UDP),
	 .in = {ETH6, IP6(.next = PROTO_DSTOPTS), EXT6(PROTO_UDP, 1), UDP(), DATA(7), {0}},
	 .want = {ETH6,
		  IP6(.next = PROTO_DSTOPTS, .src = IP6_ADDR(0xfe)),
		  EXT6(PROTO_UDP, 1),
		  UDP(.src = 1024),
		  DATA(7),
		  {0}},
	 .want_bits = XVS_CT_SNAT},
	{.name = "snat/tagged-tcp4/original",
	 SNAT4(PROTO_TCP),
	 .in = {ETH, TAG(0x8100, 7), TYPE(0x0800), IP4(.proto = PROTO_TCP), ACK(), DATA(30), {0}},
	 .want = {ETH,
		  TAG(0x8100, 7),
		  TYPE(0x0800),
		  IP4(.proto = PROTO_TCP, .src = IP4_GW),
		  ACK(.src = 1024),
		  DATA(30),
		  {0}},
	 .want_bits = XVS_CT_SNAT},
	{.name = "snat/echo4/original",
	 ECHO4,
	 .in = {ETH4, IP4(.proto = PROTO_ICMP), ICMP_ID(8, 7), DATA(33), {0}},
	 .want = {ETH4, IP4(.proto = PROTO_ICMP, .src = IP4_GW), ICMP_ID(8, 9), DATA(33), {0}},
	 .want_bits = XVS_CT_SNAT},
	{.name = "snat/echo4/reply",
	 ECHO4,
	 .dir = 1,
	 .in = {ETH4,
		IP4(.proto = PROTO_ICMP, .src = IP4_VM2, .dst = IP4_GW),
		ICMP_ID(0, 9),
		DATA(33),
		{0}},
	 .want = {ETH4,
		  IP4(.proto = PROTO_ICMP, .src = IP4_VM2, .dst = IP4_VM1),
		  ICMP_ID(0, 7),
		  DATA(33),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "snat/echo6/original",
	 ECHO6,
	 .in = {ETH6, IP6(.next = PROTO_ICMPV6), ICMP6_ID(128, 7), DATA(33), {0}},
	 .want = {ETH6,
		  IP6(.next = PROTO_ICMPV6, .src = IP6_ADDR(0xfe)),
		  ICMP6_ID(128, 9),
		  DATA(33),
		  {0}},
	 .want_bits = XVS_CT_SNAT},
	{.name = "snat/echo6/reply",
	 ECHO6,
	 .dir = 1,
	 .in = {ETH6,
		IP6(.next = PROTO_ICMPV6, .src = IP6_ADDR(2), .dst = IP6_ADDR(0xfe)),
		ICMP6_ID(129, 9),
		DATA(33),
		{0}},
	 .want = {ETH6,
		  IP6(.next = PROTO_ICMPV6, .src = IP6_ADDR(2), .dst = IP6_ADDR(1)),
		  ICMP6_ID(129, 7),
		  DATA(33),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	/* Without ports there are addresses. */
	{.name = "snat/gre4/original",
	 .tuple = CT_TUPLE4(PROTO_GRE, IP4_VM1, 0, IP4_VM2, 0),
	 .reply = CT_TUPLE4(PROTO_GRE, IP4_VM2, 0, IP4_GW, 0),
	 .flags = XVS_CT_E_SNAT,
	 .in = {ETH4, IP4(.proto = PROTO_GRE), RAW(4, 0, 0, 8, 0), DATA(40), {0}},
	 .want = {ETH4, IP4(.proto = PROTO_GRE, .src = IP4_GW), RAW(4, 0, 0, 8, 0), DATA(40), {0}},
	 .want_bits = XVS_CT_SNAT},
	/* What a later fragment begins with is no header. */
	{.name = "hairpin/later-fragment4/original",
	 HAIRPIN4(PROTO_UDP),
	 .packet = NAT_ROW_LATER,
	 .in = {ETH4, IP4(.proto = PROTO_UDP, .frag = 185, .dst = IP4_GW), DATA(40), {0}},
	 .want = {ETH4,
		  IP4(.proto = PROTO_UDP, .frag = 185, .src = IP4_GW, .dst = IP4_VM2),
		  DATA(40),
		  {0}},
	 .want_bits = XVS_CT_SNAT | XVS_CT_DNAT},
	{.name = "hairpin/later-fragment6/original",
	 HAIRPIN6(PROTO_UDP),
	 .packet = NAT_ROW_LATER,
	 .in = {ETH6,
		IP6(.next = PROTO_FRAGMENT, .dst = IP6_ADDR(0xfe)),
		FRAG6(PROTO_UDP, 181, false),
		DATA(40),
		{0}},
	 .want = {ETH6,
		  IP6(.next = PROTO_FRAGMENT, .src = IP6_ADDR(0xfe), .dst = IP6_ADDR(2)),
		  FRAG6(PROTO_UDP, 181, false),
		  DATA(40),
		  {0}},
	 .want_bits = XVS_CT_SNAT | XVS_CT_DNAT},
};
const size_t n_rows_ct_nat = sizeof(rows_ct_nat) / sizeof(rows_ct_nat[0]);
