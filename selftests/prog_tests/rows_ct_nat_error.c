// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ICMP errors about packets of translated connections, both directions: outer and
 * inner header, and the checksums of both.
 */
#include "rows_ct.h"

#define IP4_ROUTER 0x0a090909u
#define ROUTER6 0x99

#define SNAT4(proto_, sport_, dport_, new_)                                                \
	.tuple = CT_TUPLE4(proto_, IP4_VM1, sport_, IP4_VM2, dport_),                      \
	.reply = CT_TUPLE4(proto_, IP4_VM2, dport_, IP4_GW, new_), .flags = XVS_CT_E_SNAT, \
	.packet = NAT_ROW_ERROR
#define SNAT6(proto_, sport_, dport_, new_)                                        \
	.tuple = CT_TUPLE6(proto_, 1, sport_, 2, dport_),                          \
	.reply = CT_TUPLE6(proto_, 2, dport_, 0xfe, new_), .flags = XVS_CT_E_SNAT, \
	.packet = NAT_ROW_ERROR
#define DNAT4(proto_)                                                                    \
	.tuple = CT_TUPLE4(proto_, IP4_VM1, 40000, IP4_GW, 8080),                        \
	.reply = CT_TUPLE4(proto_, IP4_VM2, 80, IP4_VM1, 40000), .flags = XVS_CT_E_DNAT, \
	.packet = NAT_ROW_ERROR
#define HAIRPIN6(proto_)                                                                       \
	.tuple = CT_TUPLE6(proto_, 1, 40000, 0xfe, 8080),                                      \
	.reply = CT_TUPLE6(proto_, 2, 80, 0xfe, 1024), .flags = XVS_CT_E_SNAT | XVS_CT_E_DNAT, \
	.packet = NAT_ROW_ERROR

/* An error's headers, up to the packet inside. */
#define ERROR4(type_, src_, dst_) \
	ETH, TYPE(0x0800), IP4(.proto = PROTO_ICMP, .src = (src_), .dst = (dst_)), ICMP(type_, 1)
#define ERROR6(type_, src_, dst_)                                                        \
	ETH, TYPE(0x86dd),                                                               \
		IP6(.next = PROTO_ICMPV6, .src = IP6_ADDR(src_), .dst = IP6_ADDR(dst_)), \
		ICMP6(type_, 0)
#define INNER4(proto_, src_, dst_) IP4(.proto = (proto_), .src = (src_), .dst = (dst_))
#define INNER6(proto_, src_, dst_) \
	IP6(.next = (proto_), .src = IP6_ADDR(src_), .dst = IP6_ADDR(dst_))

/* From somebody on the way, about what the client had sent; and from the client's side,
 * about an answer. */
#define SNAT4_BOTH(name_, type_, proto_, L4_)                                      \
	{.name = "snat/" name_ "/reply",                                           \
	 SNAT4(proto_, 40000, 80, 1024),                                           \
	 .dir = 1,                                                                 \
	 .in = {ERROR4(type_, IP4_ROUTER, IP4_GW),                                 \
		INNER4(proto_, IP4_GW, IP4_VM2),                                   \
		L4_(.src = 1024, .dst = 80),                                       \
		DATA(9),                                                           \
		{0}},                                                              \
	 .want = {ERROR4(type_, IP4_ROUTER, IP4_VM1),                              \
		  INNER4(proto_, IP4_VM1, IP4_VM2),                                \
		  L4_(.src = 40000, .dst = 80),                                    \
		  DATA(9),                                                         \
		  {0}},                                                            \
	 .want_bits = XVS_CT_DNAT},                                                \
	{                                                                          \
		.name = "snat/" name_ "/original", SNAT4(proto_, 40000, 80, 1024), \
		.in = {ERROR4(type_, IP4_ROUTER, IP4_VM2),                         \
		       INNER4(proto_, IP4_VM2, IP4_VM1),                           \
		       L4_(.src = 80, .dst = 40000),                               \
		       DATA(9),                                                    \
		       {0}},                                                       \
		.want = {ERROR4(type_, IP4_GW, IP4_VM2),                           \
			 INNER4(proto_, IP4_VM2, IP4_GW),                          \
			 L4_(.src = 80, .dst = 1024),                              \
			 DATA(9),                                                  \
			 {0}},                                                     \
		.want_bits = XVS_CT_SNAT                                           \
	}
#define SNAT6_BOTH(name_, type_, proto_, L4_)                                      \
	{.name = "snat/" name_ "/reply",                                           \
	 SNAT6(proto_, 40000, 80, 1024),                                           \
	 .dir = 1,                                                                 \
	 .in = {ERROR6(type_, ROUTER6, 0xfe),                                      \
		INNER6(proto_, 0xfe, 2),                                           \
		L4_(.src = 1024, .dst = 80),                                       \
		DATA(9),                                                           \
		{0}},                                                              \
	 .want = {ERROR6(type_, ROUTER6, 1),                                       \
		  INNER6(proto_, 1, 2),                                            \
		  L4_(.src = 40000, .dst = 80),                                    \
		  DATA(9),                                                         \
		  {0}},                                                            \
	 .want_bits = XVS_CT_DNAT},                                                \
	{                                                                          \
		.name = "snat/" name_ "/original", SNAT6(proto_, 40000, 80, 1024), \
		.in = {ERROR6(type_, ROUTER6, 2),                                  \
		       INNER6(proto_, 2, 1),                                       \
		       L4_(.src = 80, .dst = 40000),                               \
		       DATA(9),                                                    \
		       {0}},                                                       \
		.want = {ERROR6(type_, 0xfe, 2),                                   \
			 INNER6(proto_, 2, 0xfe),                                  \
			 L4_(.src = 80, .dst = 1024),                              \
			 DATA(9),                                                  \
			 {0}},                                                     \
		.want_bits = XVS_CT_SNAT                                           \
	}
#define UDP_NO_CSUM(...) UDP_CSUM(CSUM_NONE, __VA_ARGS__)

/* The eight bytes that every error has: two ports and a sequence number, which say
 * that the packet was 40 bytes long. */
#define QUOTE(a_, b_, c_, d_) RAW(8, a_, b_, c_, d_, 1, 2, 3, 4)
#define QUOTED4(src_, dst_) IP4(.proto = PROTO_TCP, .tot_len = 40, .src = (src_), .dst = (dst_))

const struct nat_row rows_ct_nat_error[] = {
	SNAT4_BOTH("tcp4-unreachable", 3, PROTO_TCP, TCP),
	SNAT4_BOTH("udp4-unreachable", 3, PROTO_UDP, UDP),
	SNAT4_BOTH("udp4-no-checksum", 3, PROTO_UDP, UDP_NO_CSUM),
	SNAT4_BOTH("udp4-source-quench", 4, PROTO_UDP, UDP),
	SNAT4_BOTH("udp4-redirect", 5, PROTO_UDP, UDP),
	SNAT4_BOTH("tcp4-time-exceeded", 11, PROTO_TCP, TCP),
	SNAT4_BOTH("tcp4-parameter-problem", 12, PROTO_TCP, TCP),
	SNAT6_BOTH("tcp6-unreachable", 1, PROTO_TCP, TCP),
	SNAT6_BOTH("tcp6-too-big", 2, PROTO_TCP, TCP),
	SNAT6_BOTH("udp6-time-exceeded", 3, PROTO_UDP, UDP),
	SNAT6_BOTH("udp6-parameter-problem", 4, PROTO_UDP, UDP),
	/* Too short for a checksum. */
	{.name = "snat/tcp4-eight-bytes/reply",
	 SNAT4(PROTO_TCP, 40000, 80, 1024),
	 .dir = 1,
	 .in = {ERROR4(3, IP4_ROUTER, IP4_GW), QUOTED4(IP4_GW, IP4_VM2), QUOTE(4, 0, 0, 80), {0}},
	 .want = {ERROR4(3, IP4_ROUTER, IP4_VM1),
		  QUOTED4(IP4_VM1, IP4_VM2),
		  QUOTE(0x9c, 0x40, 0, 80),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "snat/tcp4-eight-bytes/original",
	 SNAT4(PROTO_TCP, 40000, 80, 1024),
	 .in = {ERROR4(3, IP4_VM1, IP4_VM2),
		QUOTED4(IP4_VM2, IP4_VM1),
		QUOTE(0, 80, 0x9c, 0x40),
		{0}},
	 .want = {ERROR4(3, IP4_GW, IP4_VM2), QUOTED4(IP4_VM2, IP4_GW), QUOTE(0, 80, 4, 0), {0}},
	 .want_bits = XVS_CT_SNAT},
	/* The server itself refuses: its own address stays. */
	{.name = "snat/udp4-options-inside/reply",
	 SNAT4(PROTO_UDP, 40000, 80, 1024),
	 .dir = 1,
	 .in = {ERROR4(3, IP4_VM2, IP4_GW),
		IP4(.proto = PROTO_UDP, .ihl = 8, .src = IP4_GW, .dst = IP4_VM2),
		UDP(.src = 1024, .dst = 80),
		DATA(3),
		{0}},
	 .want = {ERROR4(3, IP4_VM2, IP4_VM1),
		  IP4(.proto = PROTO_UDP, .ihl = 8, .src = IP4_VM1, .dst = IP4_VM2),
		  UDP(.src = 40000, .dst = 80),
		  DATA(3),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "snat/udp6-extension-inside/reply",
	 SNAT6(PROTO_UDP, 40000, 80, 1024),
	 .dir = 1,
	 .in = {ERROR6(3, ROUTER6, 0xfe),
		INNER6(PROTO_HOPOPTS, 0xfe, 2),
		EXT6(PROTO_UDP, 0),
		UDP(.src = 1024, .dst = 80),
		DATA(3),
		{0}},
	 .want = {ERROR6(3, ROUTER6, 1),
		  INNER6(PROTO_HOPOPTS, 1, 2),
		  EXT6(PROTO_UDP, 0),
		  UDP(.src = 40000, .dst = 80),
		  DATA(3),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "snat/echo4-unreachable/reply",
	 SNAT4(PROTO_ICMP, 7, 7, 9),
	 .reply = CT_TUPLE4(PROTO_ICMP, IP4_VM2, 9, IP4_GW, 9),
	 .dir = 1,
	 .in = {ERROR4(3, IP4_ROUTER, IP4_GW),
		INNER4(PROTO_ICMP, IP4_GW, IP4_VM2),
		ICMP_ID(8, 9),
		DATA(20),
		{0}},
	 .want = {ERROR4(3, IP4_ROUTER, IP4_VM1),
		  INNER4(PROTO_ICMP, IP4_VM1, IP4_VM2),
		  ICMP_ID(8, 7),
		  DATA(20),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "snat/echo6-unreachable/reply",
	 SNAT6(PROTO_ICMPV6, 7, 7, 9),
	 .reply = CT_TUPLE6(PROTO_ICMPV6, 2, 9, 0xfe, 9),
	 .dir = 1,
	 .in = {ERROR6(1, ROUTER6, 0xfe),
		INNER6(PROTO_ICMPV6, 0xfe, 2),
		ICMP6_ID(128, 9),
		DATA(20),
		{0}},
	 .want = {ERROR6(1, ROUTER6, 1), INNER6(PROTO_ICMPV6, 1, 2), ICMP6_ID(128, 7), DATA(20), {0}},
	 .want_bits = XVS_CT_DNAT},
	/* Who stands between gateway and server is not to be seen... */
	{.name = "dnat/udp4-time-exceeded/reply",
	 DNAT4(PROTO_UDP),
	 .dir = 1,
	 .in = {ERROR4(11, IP4_ROUTER, IP4_VM1),
		INNER4(PROTO_UDP, IP4_VM1, IP4_VM2),
		UDP(.src = 40000, .dst = 80),
		DATA(9),
		{0}},
	 .want = {ERROR4(11, IP4_GW, IP4_VM1),
		  INNER4(PROTO_UDP, IP4_VM1, IP4_GW),
		  UDP(.src = 40000, .dst = 8080),
		  DATA(9),
		  {0}},
	 .want_bits = XVS_CT_SNAT},
	/* ... who stands on the client's side is. */
	{.name = "dnat/tcp4-unreachable/original",
	 DNAT4(PROTO_TCP),
	 .in = {ERROR4(3, IP4_ROUTER, IP4_GW),
		INNER4(PROTO_TCP, IP4_GW, IP4_VM1),
		TCP(.src = 8080, .dst = 40000),
		DATA(9),
		{0}},
	 .want = {ERROR4(3, IP4_ROUTER, IP4_VM2),
		  INNER4(PROTO_TCP, IP4_VM2, IP4_VM1),
		  TCP(.src = 80, .dst = 40000),
		  DATA(9),
		  {0}},
	 .want_bits = XVS_CT_DNAT},
	{.name = "hairpin/tcp6-unreachable/reply",
	 HAIRPIN6(PROTO_TCP),
	 .dir = 1,
	 .in = {ERROR6(1, 2, 0xfe),
		INNER6(PROTO_TCP, 0xfe, 2),
		TCP(.src = 1024, .dst = 80),
		DATA(9),
		{0}},
	 .want = {ERROR6(1, 0xfe, 1),
		  INNER6(PROTO_TCP, 1, 0xfe),
		  TCP(.src = 40000, .dst = 8080),
		  DATA(9),
		  {0}},
	 .want_bits = XVS_CT_SNAT | XVS_CT_DNAT},
	{.name = "hairpin/tcp6-unreachable/original",
	 HAIRPIN6(PROTO_TCP),
	 .in = {ERROR6(1, 1, 0xfe),
		INNER6(PROTO_TCP, 0xfe, 1),
		TCP(.src = 8080, .dst = 40000),
		DATA(9),
		{0}},
	 .want = {ERROR6(1, 0xfe, 2),
		  INNER6(PROTO_TCP, 2, 0xfe),
		  TCP(.src = 80, .dst = 1024),
		  DATA(9),
		  {0}},
	 .want_bits = XVS_CT_SNAT | XVS_CT_DNAT},
};
const size_t n_rows_ct_nat_error = sizeof(rows_ct_nat_error) / sizeof(rows_ct_nat_error[0]);
