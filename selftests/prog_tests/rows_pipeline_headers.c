// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows that add and take headers: tags, MPLS labels, both; and what is looked at
 * behind a label that has been taken, which needs another pass.
 */
#include "rows_pipeline.h"

#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define IP_UDP(...) IP4(.proto = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define UDP_IP4(...) ETH, TYPE(0x0800), IP_UDP(__VA_ARGS__)
#define TAGGED(tci_) ETH, TAG(0x8100, tci_), BODY_UDP
#define LABELLED(lse_, ...) ETH, TYPE(0x8847), ENTRY(lse_), IP_UDP(__VA_ARGS__)
#define LABELLED2(outer_, inner_, ...) \
	ETH, TYPE(0x8847), ENTRY(outer_), ENTRY(inner_), IP_UDP(__VA_ARGS__)
#define L16 LSE(16, 0, 1, 64)

static const struct pipeline_row rows[] = {
	/* tags */
	{.name = "push_vlan/first",
	 .setup =
		 "ip,actions=push_vlan:0x8100,set_field:4103->vlan_vid,set_field:3->vlan_pcp,output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(TAGGED(0x6007))}}}}},
	{.name = "push_vlan/alone-is-vlan-0",
	 .setup = "ip,actions=push_vlan:0x8100,output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(TAGGED(0))}}}}},
	{.name = "push_vlan/service-tag-on-a-tag",
	 .setup = "dl_vlan=5,actions=push_vlan:0x88a8,set_field:4103->vlan_vid,output:2",
	 .packet = {{FRAME(TAGGED(5)),
		     .out = {{2, FRAME(ETH, TAG(0x88a8, 7), TAG(0x8100, 5), BODY_UDP)}}},
		    {FRAME(TAGGED(6)), .drop = XVS_DROP_NO_MATCH}}},
	{.name = "pop_vlan/tagged",
	 .setup = "dl_vlan=5,actions=pop_vlan,output:2",
	 .packet = {{FRAME(TAGGED(0x6005)), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(TAGGED(0x6006)), .drop = XVS_DROP_NO_MATCH}}},
	{.name = "pop_vlan/the-outer-one",
	 .setup = "actions=strip_vlan,output:2",
	 .packet = {{FRAME(ETH, TAG(0x88a8, 7), TAG(0x8100, 5), BODY_UDP),
		     .out = {{2, FRAME(TAGGED(5))}}},
		    {FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}}}},
	{.name = "pop_vlan/the-inner-is-matched-then",
	 .setup = "table=0,actions=pop_vlan,resubmit(,1)\ntable=1,dl_vlan=5,actions=output:2\n"
		  "table=1,priority=1,actions=output:3",
	 .packet = {{FRAME(ETH, TAG(0x88a8, 7), TAG(0x8100, 5), BODY_UDP),
		     .out = {{2, FRAME(TAGGED(5))}}},
		    {FRAME(ETH, TAG(0x88a8, 7), TAG(0x8100, 6), BODY_UDP),
		     .out = {{3, FRAME(TAGGED(6))}}}}},
	{.name = "tags/one-for-one-not-for-the-other",
	 .setup = "ip,actions=mod_vlan_vid:7,output:2,strip_vlan,output:3,mod_vlan_vid:8,output:4",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(TAGGED(7))}, {3, FRAME(F_UDP())}, {4, FRAME(TAGGED(8))}}}}},
	{.name = "tags/inner-written-behind-a-pop",
	 .setup = "actions=pop_vlan,set_field:4105->vlan_vid,output:2",
	 .packet = {{FRAME(ETH, TAG(0x88a8, 7), TAG(0x8100, 0x6005), BODY_UDP),
		     .out = {{2, FRAME(TAGGED(0x6009))}}}}},

	/* labels */
	{.name = "push_mpls/from-ip",
	 .setup = "ip,actions=push_mpls:0x8847,set_field:16->mpls_label,output:2",
	 .packet = {{FRAME(UDP_IP4(.tos = 0x14, .ttl = 9)),
		     .out = {{2, FRAME(LABELLED(LSE(16, 5, 1, 9), .tos = 0x14, .ttl = 9))}}},
		    {FRAME(UDP_IP4(.tos = 0x14, .ttl = 9, .src = 0x0a000007)), .flags = PACKET_HITS,
		     .out = {{2, FRAME(LABELLED(LSE(16, 5, 1, 9), .tos = 0x14, .ttl = 9,
						.src = 0x0a000007))}}},
		    {FRAME(F_UDP()), .out = {{2, FRAME(LABELLED(L16))}}}}},
	{.name = "push_mpls/from-ipv6",
	 .setup = "ipv6,actions=push_mpls:0x8847,output:2",
	 .packet = {{FRAME(F_TCP6()),
		     .out = {{2, FRAME(ETH, TYPE(0x8847), ENTRY(LSE(2, 0, 1, 64)),
				       IP6(.next = PROTO_TCP), TCP(), DATA(30))}}}}},
	{.name = "push_mpls/multicast-and-all-fields",
	 .setup =
		 "arp,actions=push_mpls:0x8848,set_mpls_label:99,set_mpls_tc:3,set_mpls_ttl:7,output:2",
	 .packet = {{FRAME(F_ARP()),
		     .out = {{2, FRAME(ETH, TYPE(0x8848), ENTRY(LSE(99, 3, 1, 7)), ARP())}}}}},
	{.name = "push_mpls/onto-a-label",
	 .setup = "mpls,actions=push_mpls:0x8847,set_field:17->mpls_label,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .out = {{2, FRAME(LABELLED2(LSE(17, 0, 0, 64), L16))}}}}},
	{.name = "push_mpls/two",
	 .setup = "ip,actions=push_mpls:0x8847,set_field:16->mpls_label,push_mpls:0x8847,"
		  "set_field:17->mpls_label,output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(LABELLED2(LSE(17, 0, 0, 64), L16))}}}}},
	{.name = "push_mpls/behind-a-tag",
	 .setup = "dl_vlan=5,ip,actions=push_mpls:0x8847,set_field:16->mpls_label,output:2",
	 .packet = {{FRAME(TAGGED(5)), .out = {{2, FRAME(ETH, TAG(0x8100, 5), TYPE(0x8847),
							 ENTRY(L16), IP_UDP())}}}}},
	{.name = "push_mpls/after-a-write",
	 .setup =
		 "ip,actions=mod_nw_dst:10.0.0.9,dec_ttl,push_mpls:0x8847,set_field:16->mpls_label,"
		 "output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(LABELLED(LSE(16, 0, 1, 63),
								.dst = 0x0a000009, .ttl = 63))}}}}},
	{.name = "push_mpls/for-one-output-only",
	 .setup =
		 "ip,actions=output:3,clone(push_mpls:0x8847,set_field:16->mpls_label,output:2),output:4",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{3, FRAME(F_UDP())}, {2, FRAME(LABELLED(L16))}, {4, FRAME(F_UDP())}}}}},
	{.name = "push_mpls/then-a-tag",
	 .setup = "ip,actions=push_mpls:0x8847,set_field:16->mpls_label,push_vlan:0x8100,"
		  "set_field:4103->vlan_vid,output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(ETH, TAG(0x8100, 7), TYPE(0x8847),
						       ENTRY(L16), IP_UDP())}}}}},
	{.name = "pop_mpls/to-ip",
	 .setup = "mpls,actions=pop_mpls:0x0800,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(LABELLED(LSE(17, 0, 1, 9))), .flags = PACKET_HITS,
		     .out = {{2, FRAME(F_UDP())}}}}},
	{.name = "pop_mpls/of-two",
	 .setup = "mpls,mpls_bos=0,actions=pop_mpls:0x8847,output:2",
	 .packet = {{FRAME(LABELLED2(LSE(17, 0, 0, 64), L16)), .out = {{2, FRAME(LABELLED(L16))}}},
		    {FRAME(LABELLED(L16)), .drop = XVS_DROP_NO_MATCH}}},
	{.name = "pop_mpls/behind-a-tag",
	 .setup = "dl_vlan=5,mpls,actions=pop_mpls:0x0800,output:2",
	 .packet = {{FRAME(ETH, TAG(0x8100, 5), TYPE(0x8847), ENTRY(L16), IP_UDP()),
		     .out = {{2, FRAME(TAGGED(5))}}}}},
	{.name = "pop_mpls/what-was-pushed",
	 .setup = "ip,actions=push_mpls:0x8847,pop_mpls:0x0800,mod_nw_dst:10.0.0.9,output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(UDP_IP4(.dst = 0x0a000009))}}}}},
	{.name = "dec_mpls_ttl",
	 .setup = "mpls,actions=dec_mpls_ttl,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .out = {{2, FRAME(LABELLED(LSE(16, 0, 1, 63)))}}},
		    {FRAME(LABELLED(LSE(16, 0, 1, 1))), .drop = XVS_DROP_TTL_EXPIRED},
		    {FRAME(LABELLED(LSE(99, 3, 1, 64))), .flags = PACKET_HITS,
		     .out = {{2, FRAME(LABELLED(LSE(99, 3, 1, 63)))}}}}},

	/* behind a label */
	{.name = "recirc/match-behind-the-label",
	 .setup =
		 "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,resubmit(,1)\n"
		 "table=1,udp,nw_dst=10.0.0.2,actions=output:2\ntable=1,priority=1,actions=output:3",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC, .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(LABELLED(LSE(99, 1, 1, 7), .src = 0x0a000009)),
		     .flags = PACKET_TO_TC | PACKET_HITS,
		     .out = {{2, FRAME(UDP_IP4(.src = 0x0a000009))}}},
		    {FRAME(LABELLED(L16, .dst = 0x0a000009)), .flags = PACKET_TO_TC,
		     .out = {{3, FRAME(UDP_IP4(.dst = 0x0a000009))}}}}},
	{.name = "recirc/dec_ttl",
	 .setup = "mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(UDP_IP4(.ttl = 63))}}},
		    {FRAME(LABELLED(L16, .ttl = 1)), .flags = PACKET_TO_TC,
		     .drop = XVS_DROP_TTL_EXPIRED}}},
	{.name = "recirc/copies-before-it",
	 .setup = "mpls,mpls_bos=1,actions=output:4,pop_mpls:0x0800,mod_nw_dst:10.0.0.9,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(LABELLED(L16))}, {2, FRAME(UDP_IP4(.dst = 0x0a000009))}}}}},
	{.name = "recirc/registers-metadata-stack",
	 .setup = "table=0,mpls,mpls_bos=1,actions=load:3->reg5,write_metadata:0x77,"
		  "push:mpls_label[0..15],pop_mpls:0x0800,resubmit(,1),output:4\n"
		  "table=1,metadata=0x77,udp,nw_dst=10.0.0.2,actions=pop:tp_dst,output:reg5",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{3, FRAME(F_UDP(.dst = 16))}, {4, FRAME(F_UDP(.dst = 16))}}}}},
	{.name = "recirc/two-labels",
	 .setup = "table=0,mpls,mpls_bos=0,actions=pop_mpls:0x8847,resubmit(,1)\n"
		  "table=1,mpls,mpls_label=16,actions=pop_mpls:0x0800,resubmit(,2)\n"
		  "table=2,udp,tp_dst=80,actions=dec_ttl,output:2",
	 .packet = {{FRAME(LABELLED2(LSE(17, 0, 0, 64), L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(UDP_IP4(.ttl = 63))}}},
		    {FRAME(LABELLED2(LSE(17, 0, 0, 64), LSE(15, 0, 1, 9))), .flags = PACKET_TO_TC,
		     .drop = XVS_DROP_NO_MATCH}}},
	{.name = "recirc/in-a-clone",
	 .setup = "mpls,mpls_bos=1,actions=clone(pop_mpls:0x0800,dec_ttl,output:2),output:3",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     /* What goes on in another pass goes last. */
		     .out = {{3, FRAME(LABELLED(L16))}, {2, FRAME(UDP_IP4(.ttl = 63))}}}}},
};
const struct pipeline_table rows_pipeline_headers = PIPELINE_TABLE(rows);
