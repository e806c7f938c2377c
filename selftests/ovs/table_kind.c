// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kinds of random_table.c, as data. The first three have the shape of
 * published tables: the ablation of NSDI'15, and ClassBench's access lists and
 * firewalls.
 */
#include "table_kind.h"

/* clang-format off */
const struct table_kind table_kinds[TABLE_KINDS] = {
	{
		.name = "nsdi", .priorities = PRIORITIES_FALLING, .protocol = 50,
		.families = {[FAMILY_IPV4] = 8, [FAMILY_ARP] = 1},
		.odds = {[FIELD_NW_DST] = 95, [FIELD_TCP_SRC] = 40, [FIELD_TCP_DST] = 60},
	},
	{
		.name = "acl", .priorities = PRIORITIES_FALLING, .protocol = 90,
		.families = {[FAMILY_IPV4] = 1},
		.odds = {
			[FIELD_NW_SRC] = 80, [FIELD_NW_DST] = 95,
			[FIELD_TCP_SRC] = 10, [FIELD_TCP_DST] = 85,
			[FIELD_UDP_SRC] = 15, [FIELD_UDP_DST] = 80,
			[FIELD_SCTP_DST] = 70,
			[FIELD_ICMP_TYPE] = 60, [FIELD_ICMP_CODE] = 30,
		},
	},
	{
		.name = "fw", .priorities = PRIORITIES_FALLING, .protocol = 75,
		.families = {[FAMILY_IPV4] = 1},
		.odds = {
			[FIELD_IN_PORT] = 20,
			[FIELD_NW_SRC] = 40, [FIELD_NW_DST] = 50,
			[FIELD_TCP_SRC] = 45, [FIELD_TCP_DST] = 60, [FIELD_TCP_FLAGS] = 15,
			[FIELD_UDP_SRC] = 45, [FIELD_UDP_DST] = 60,
			[FIELD_SCTP_SRC] = 40, [FIELD_SCTP_DST] = 50,
			[FIELD_ICMP_TYPE] = 40, [FIELD_IP_FRAG] = 5,
		},
	},
	{
		.name = "acl6", .priorities = PRIORITIES_FALLING, .protocol = 80,
		.families = {[FAMILY_IPV6] = 1},
		.odds = {
			[FIELD_IPV6_SRC] = 70, [FIELD_IPV6_DST] = 85, [FIELD_IPV6_LABEL] = 3,
			[FIELD_TCP_SRC] = 15, [FIELD_TCP_DST] = 70,
			[FIELD_UDP_SRC] = 15, [FIELD_UDP_DST] = 70,
			[FIELD_SCTP_DST] = 60,
			[FIELD_ICMPV6_TYPE] = 80, [FIELD_ICMPV6_CODE] = 20,
			[FIELD_ND_TARGET] = 60, [FIELD_ND_SLL] = 30, [FIELD_ND_TLL] = 30,
			[FIELD_IP_FRAG] = 5,
		},
	},
	{
		.name = "route", .priorities = PRIORITIES_LONGEST, .protocol = 0,
		.families = {[FAMILY_IPV4] = 3, [FAMILY_IPV6] = 2},
		.odds = {[FIELD_NW_DST] = 100, [FIELD_IPV6_DST] = 100},
	},
	{
		.name = "l2", .priorities = PRIORITIES_FEW, .protocol = 0,
		.families = {[FAMILY_ANY] = 10, [FAMILY_ARP] = 1, [FAMILY_OTHER] = 1},
		.odds = {
			[FIELD_IN_PORT] = 40, [FIELD_DL_SRC] = 30, [FIELD_DL_DST] = 70,
			[FIELD_DL_VLAN] = 40, [FIELD_DL_VLAN_PCP] = 10, [FIELD_VLAN_TCI] = 10,
		},
	},
	{
		.name = "arp-icmp", .priorities = PRIORITIES_FALLING, .protocol = 90,
		.families = {[FAMILY_IPV4] = 2, [FAMILY_IPV6] = 2, [FAMILY_ARP] = 4},
		.odds = {
			[FIELD_IN_PORT] = 20, [FIELD_DL_VLAN] = 10,
			[FIELD_ARP_OP] = 60, [FIELD_ARP_SPA] = 40, [FIELD_ARP_TPA] = 50,
			[FIELD_ARP_SHA] = 30, [FIELD_ARP_THA] = 15,
			[FIELD_NW_DST] = 40, [FIELD_ICMP_TYPE] = 70, [FIELD_ICMP_CODE] = 40,
			[FIELD_IPV6_DST] = 40, [FIELD_ICMPV6_TYPE] = 80, [FIELD_ICMPV6_CODE] = 30,
			[FIELD_ND_TARGET] = 50, [FIELD_ND_SLL] = 40, [FIELD_ND_TLL] = 40,
		},
	},
	{
		.name = "mixed", .priorities = PRIORITIES_FEW, .protocol = 60,
		.families = {
			[FAMILY_ANY] = 2, [FAMILY_IPV4] = 4, [FAMILY_IPV6] = 3,
			[FAMILY_ARP] = 2, [FAMILY_MPLS] = 1, [FAMILY_OTHER] = 1,
		},
		.odds = {
			[FIELD_IN_PORT] = 15, [FIELD_DL_SRC] = 15, [FIELD_DL_DST] = 15,
			[FIELD_DL_VLAN] = 12, [FIELD_DL_VLAN_PCP] = 5, [FIELD_VLAN_TCI] = 6,
			[FIELD_NW_SRC] = 30, [FIELD_NW_DST] = 40,
			[FIELD_IPV6_SRC] = 30, [FIELD_IPV6_DST] = 40, [FIELD_IPV6_LABEL] = 5,
			[FIELD_NW_TOS] = 10, [FIELD_NW_ECN] = 7, [FIELD_NW_TTL] = 10,
			[FIELD_IP_FRAG] = 10,
			[FIELD_ARP_OP] = 40, [FIELD_ARP_SPA] = 30, [FIELD_ARP_TPA] = 30,
			[FIELD_ARP_SHA] = 20, [FIELD_ARP_THA] = 10,
			[FIELD_TCP_SRC] = 30, [FIELD_TCP_DST] = 40, [FIELD_TCP_FLAGS] = 20,
			[FIELD_UDP_SRC] = 30, [FIELD_UDP_DST] = 40,
			[FIELD_SCTP_SRC] = 30, [FIELD_SCTP_DST] = 40,
			[FIELD_ICMP_TYPE] = 50, [FIELD_ICMP_CODE] = 30,
			[FIELD_ICMPV6_TYPE] = 60, [FIELD_ICMPV6_CODE] = 20,
			[FIELD_ND_TARGET] = 40, [FIELD_ND_SLL] = 30, [FIELD_ND_TLL] = 30,
			[FIELD_MPLS_LABEL] = 60, [FIELD_MPLS_TC] = 30, [FIELD_MPLS_BOS] = 30,
			[FIELD_MPLS_TTL] = 20,
		},
	},
	{
		.name = "ragged", .priorities = PRIORITIES_FEW, .ragged = true, .protocol = 60,
		.families = {[FAMILY_ANY] = 1, [FAMILY_IPV4] = 4, [FAMILY_IPV6] = 2, [FAMILY_ARP] = 1},
		.odds = {
			[FIELD_DL_SRC] = 20, [FIELD_DL_DST] = 20, [FIELD_VLAN_TCI] = 10,
			[FIELD_NW_SRC] = 40, [FIELD_NW_DST] = 40,
			[FIELD_IPV6_SRC] = 40, [FIELD_IPV6_DST] = 40, [FIELD_IPV6_LABEL] = 10,
			[FIELD_ARP_SPA] = 30, [FIELD_ARP_TPA] = 30, [FIELD_ARP_SHA] = 20,
			[FIELD_TCP_SRC] = 35, [FIELD_TCP_DST] = 45, [FIELD_TCP_FLAGS] = 20,
			[FIELD_UDP_SRC] = 35, [FIELD_UDP_DST] = 45,
			[FIELD_SCTP_SRC] = 35, [FIELD_SCTP_DST] = 45,
			[FIELD_ND_TARGET] = 40,  [FIELD_ICMPV6_TYPE] = 70,
		},
	},
};
/* clang-format on */
