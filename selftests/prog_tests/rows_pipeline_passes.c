// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows of packets that take a longer way: what goes on in a later pass, in another
 * place behind a patch port, and what mirrors see of it.
 */
#include "rows_pipeline.h"

#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define IP_UDP(...) IP4(.proto = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)
#define UDP_IP4(...) ETH, TYPE(0x0800), IP_UDP(__VA_ARGS__)
#define FROM(...) ETH_TO(.dst = MAC_VM2, .src = __VA_ARGS__), BODY_UDP
#define TAGGED(tci_) ETH, TAG(0x8100, tci_), BODY_UDP
#define LABELLED(lse_, ...) ETH, TYPE(0x8847), ENTRY(lse_), IP_UDP(__VA_ARGS__)
#define L16 LSE(16, 0, 1, 64)
#define INNER ENTRY(LSE(5, 0, 0, 64))
#define LONG IP4(.proto = PROTO_UDP), UDP(), DATA(900)

static const struct pipeline_row rows[] = {
	{.name = "later-pass/the-rest-of-all-lists",
	 .setup = "table=0,mpls,mpls_bos=1,actions=resubmit(,1),output:4\n"
		  "table=1,mpls,mpls_bos=1,actions=load:3->reg0,resubmit(,2),output:reg0\n"
		  "table=2,mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(UDP_IP4(.ttl = 63))},
			     {3, FRAME(UDP_IP4(.ttl = 63))},
			     {4, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/exit",
	 .setup = "table=0,mpls,mpls_bos=1,actions=resubmit(,1),output:4\n"
		  "table=1,mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2,exit,output:3",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/controller",
	 .setup = "mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,controller,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{TO_CONTROLLER, FRAME(UDP_IP4(.ttl = 63))},
			     {2, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/meter",
	 .setup = "meter meter=1,kbps,burst,bands=type=drop,rate=1,burst_size=1\n"
		  "table=0,mpls,mpls_bos=1,actions=output:4,pop_mpls:0x0800,resubmit(,1)\n"
		  "table=1,udp,actions=meter:1,output:2",
	 .packet = {{FRAME(ETH, TYPE(0x8847), ENTRY(L16), LONG), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(ETH, TYPE(0x8847), ENTRY(L16), LONG)},
			     {2, FRAME(ETH, TYPE(0x0800), LONG)}}},
		    {FRAME(ETH, TYPE(0x8847), ENTRY(L16), LONG), .flags = PACKET_TO_TC | PACKET_HITS,
		     .out = {{4, FRAME(ETH, TYPE(0x8847), ENTRY(L16), LONG)}}}}},
	{.name = "later-pass/group",
	 .setup = "group group_id=1,type=all,bucket=actions=mod_nw_dst:10.0.0.9,output:2,"
		  "bucket=actions=output:3\n"
		  "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,resubmit(,1)\n"
		  "table=1,udp,actions=group:1",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(UDP_IP4(.dst = 0x0a000009))}, {3, FRAME(F_UDP())}}}}},
	{.name = "later-pass/select-by-what-was-behind",
	 .setup = "port 2 down\ngroup group_id=1,type=select,bucket=watch_port:p2,actions=output:2,"
		  "bucket=watch_port:p3,actions=output:3\n"
		  "mpls,mpls_bos=1,actions=pop_mpls:0x0800,group:1",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC, .out = {{3, FRAME(F_UDP())}}},
		    {FRAME(LABELLED(L16, .src = 0x0a000009)), .flags = PACKET_TO_TC,
		     .out = {{3, FRAME(UDP_IP4(.src = 0x0a000009))}}}}},
	{.name = "later-pass/learn",
	 .setup = "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,resubmit(,1)\n"
		  "table=0,priority=1,udp,actions=resubmit(,2)\n"
		  "table=1,udp,actions=learn(table=2,dl_type=0x800,NXM_OF_IP_DST[]=NXM_OF_IP_SRC[],"
		  "output:NXM_OF_IN_PORT[]),output:2",
	 .packet = {{FRAME(UDP_IP4(.dst = IP4_VM1)), .port_no = 3, .drop = XVS_DROP_NO_MATCH},
		    {FRAME(LABELLED(L16)), .flags = PACKET_TO_TC, .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(UDP_IP4(.dst = IP4_VM1)), .port_no = 3,
		     .out = {{1, FRAME(UDP_IP4(.dst = IP4_VM1))}}}}},
	{.name = "later-pass/in_port-as-it-was-written",
	 .setup = "mpls,mpls_bos=1,actions=set_field:3->in_port,pop_mpls:0x0800,dec_ttl,output:1,"
		  "output:3,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{1, FRAME(UDP_IP4(.ttl = 63))}, {2, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/a-tag-that-was-pushed",
	 .setup =
		 "mpls,mpls_bos=1,actions=pop_mpls:0x0800,push_vlan:0x8100,set_field:4103->vlan_vid,"
		 "dec_ttl,output:2,pop_vlan,output:3",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(ETH, TAG(0x8100, 7), TYPE(0x0800), IP_UDP(.ttl = 63))},
			     {3, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/label-again",
	 .setup =
		 "mpls,mpls_bos=1,actions=pop_mpls:0x0800,push_mpls:0x8848,set_field:17->mpls_label,"
		 "output:2",
	 .packet = {{FRAME(LABELLED(L16, .ttl = 9)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(ETH, TYPE(0x8848), ENTRY(LSE(17, 0, 1, 9)),
				       IP_UDP(.ttl = 9))}}}}},
	{.name = "later-pass/ipv6",
	 .setup =
		 "mpls,mpls_bos=1,actions=pop_mpls:0x86dd,set_field:2001:db8::77->ipv6_dst,output:2",
	 .packet = {{FRAME(ETH, TYPE(0x8847), ENTRY(L16), IP6(.next = PROTO_TCP), TCP(), DATA(9)),
		     .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(ETH, TYPE(0x86dd),
				       IP6(.next = PROTO_TCP, .dst = IP6_ADDR(0x77)), TCP(),
				       DATA(9))}}}}},
	{.name = "later-pass/what-is-behind-is-cut-short",
	 .setup = "mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2",
	 .packet = {{FRAME(ETH, TYPE(0x8847), ENTRY(L16), DATA(10)), .flags = PACKET_TO_TC,
		     .drop = XVS_DROP_PARSE_TRUNCATED}}},
	{.name = "later-pass/seven",
	 .setup = "table=0,mpls,mpls_bos=0,actions=pop_mpls:0x8847,resubmit(,0)\n"
		  "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2",
	 .packet = {{FRAME(ETH, TYPE(0x8847), INNER, INNER, INNER, INNER, INNER, INNER, ENTRY(L16),
			   IP_UDP()),
		     .flags = PACKET_TO_TC, .out = {{2, FRAME(UDP_IP4(.ttl = 63))}}}}},
	{.name = "later-pass/too-many",
	 .setup = "table=0,mpls,actions=pop_mpls:0x8847,resubmit(,0)",
	 .packet = {{FRAME(ETH, TYPE(0x8847), INNER, INNER, INNER, INNER, INNER, INNER, INNER,
			   INNER, INNER, ENTRY(L16), DATA(20)),
		     .flags = PACKET_TO_TC, .drop = XVS_DROP_RECIRC_LIMIT}}},

	{.name = "patch/another-place-of-the-switch",
	 .setup =
		 "patch 7 8\nin_port=1,udp,actions=load:3->reg0,mod_dl_src:02:fe:12:34:56:78,output:7,"
		 "output:reg0\n"
		 "in_port=8,ip,reg0=0,dl_src=02:fe:12:34:56:78,actions=mod_nw_dst:10.0.0.9,output:2",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(ETH_TO(.dst = MAC_VM2, .src = MAC_GW), TYPE(0x0800),
				       IP_UDP(.dst = 0x0a000009))},
			     {3, FRAME(FROM(MAC_GW))}}}}},
	{.name = "patch/in_port-there",
	 .setup =
		 "patch 7 8\nin_port=1,actions=output:8\nin_port=7,actions=push_vlan:0x8100,in_port\n"
		 "in_port=8,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(TAGGED(0))}}}}},
	{.name = "patch/a-loop",
	 .setup = "patch 7 8\nin_port=1,actions=output:7\nin_port=8,actions=in_port\n"
		  "in_port=7,actions=in_port",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_PORT_BLOCKED}}},

	{.name = "mirror/source",
	 .setup = "mirror src=1 port=4\nudp,actions=mod_dl_src:02:fe:12:34:56:78,output:2",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(F_UDP())}, {2, FRAME(FROM(MAC_GW))}}},
		    {FRAME(F_UDP()), .port_no = 3, .out = {{2, FRAME(FROM(MAC_GW))}}},
		    {FRAME(F_TCP()), .out = {{4, FRAME(F_TCP())}}}}},
	{.name = "mirror/destination",
	 .setup = "mirror dst=2 port=4\nudp,actions=mod_dl_src:02:fe:12:34:56:78,output:2\n"
		  "tcp,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(FROM(MAC_GW))}, {2, FRAME(FROM(MAC_GW))}}},
		    {FRAME(F_TCP()), .out = {{3, FRAME(F_TCP())}}}}},
	{.name = "mirror/of-a-vlan",
	 .setup = "mirror all vlan=7 port=4\nactions=output:2",
	 .packet = {{FRAME(TAGGED(7)), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(TAGGED(7))}, {2, FRAME(TAGGED(7))}}},
		    {FRAME(TAGGED(8)), .out = {{2, FRAME(TAGGED(8))}}}}},
	{.name = "mirror/owns-its-port",
	 .setup = "mirror src=1 port=4\nactions=normal",
	 .packet = {{FRAME(F_UDP()), .port_no = 4, .drop = XVS_DROP_PORT_BLOCKED},
		    {FRAME(F_UDP()), .port_no = 3, .flags = PACKET_TO_TC,
		     .out = {{1, FRAME(F_UDP())},
			     {2, FRAME(F_UDP())},
			     {5, FRAME(F_UDP())},
			     {6, FRAME(F_UDP())}}}}},
	{.name = "mirror/of-a-later-pass",
	 .setup = "mirror dst=2 port=4\nmpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:2",
	 .packet = {{FRAME(LABELLED(L16)), .flags = PACKET_TO_TC,
		     .out = {{4, FRAME(UDP_IP4(.ttl = 63))}, {2, FRAME(UDP_IP4(.ttl = 63))}}}}},
};
const struct pipeline_table rows_pipeline_passes = PIPELINE_TABLE(rows);
