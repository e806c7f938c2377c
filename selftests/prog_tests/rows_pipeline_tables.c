// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows that cross several tables: resubmit, goto_table, table misses, limits,
 * conjunctions, and rules that packets make.
 */
#include "rows_pipeline.h"

#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define FROM(...) ETH_TO(.dst = MAC_VM2, .src = __VA_ARGS__), BODY_UDP
#define REPLY ETH_TO(.dst = MAC_VM1, .src = MAC_VM2), BODY_UDP
#define IP_TCP(src_, ...) \
	ETH, TYPE(0x0800), IP4(.proto = PROTO_TCP, .src = (src_)), TCP(__VA_ARGS__), DATA(30)
#define UDP_IP4(...) ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, __VA_ARGS__), UDP(), DATA(30)

#define CONJUNCTION                                                   \
	"priority=10,ip,nw_src=10.0.0.1,actions=conjunction(7,1/2)\n" \
	"priority=10,ip,nw_src=10.0.0.3,actions=conjunction(7,1/2)\n" \
	"priority=10,tcp,tcp_dst=80,actions=conjunction(7,2/2)\n"     \
	"priority=10,tcp,tcp_dst=443,actions=conjunction(7,2/2)\n"    \
	"priority=10,conj_id=7,ip,actions=output:2\n"                 \
	"priority=1,actions=output:3"

static const struct pipeline_row rows[] = {
	{.name = "resubmit/table",
	 .setup = "table=0,udp,actions=resubmit(,5)\ntable=5,udp,tp_dst=80,actions=output:2\n"
		  "table=5,priority=1,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.dst = 81)), .out = {{3, FRAME(F_UDP(.dst = 81))}}}}},
	{.name = "resubmit/comes-back",
	 .setup = "table=0,udp,actions=output:2,resubmit(,1),output:4\ntable=1,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(F_UDP())}, {3, FRAME(F_UDP())}, {4, FRAME(F_UDP())}}}}},
	{.name = "resubmit/changes-stay",
	 .setup = "table=0,udp,actions=resubmit(,1),output:2\n"
		  "table=1,actions=mod_dl_src:02:fe:12:34:56:78,load:7->reg0,resubmit(,2)\n"
		  "table=2,reg0=7,dl_src=02:fe:12:34:56:78,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{3, FRAME(FROM(MAC_GW))}, {2, FRAME(FROM(MAC_GW))}}}}},
	{.name = "resubmit/port-of-the-lookup",
	 .setup = "table=0,udp,actions=resubmit(3,1)\ntable=1,in_port=3,actions=in_port,output:3\n"
		  "table=1,priority=1,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{1, FRAME(F_UDP())}, {3, FRAME(F_UDP())}}}}},
	{.name = "resubmit/same-table",
	 .setup = "in_port=1,udp,actions=resubmit:4\nin_port=4,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}}}},
	{.name = "resubmit/reads-what-was-written",
	 .setup = "table=0,udp,actions=mod_nw_dst:10.0.0.9,mod_tp_dst:99,resubmit(,1)\n"
		  "table=1,udp,nw_dst=10.0.0.9,tp_dst=99,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(ETH, TYPE(0x0800),
						       IP4(.proto = PROTO_UDP, .dst = 0x0a000009),
						       UDP(.dst = 99), DATA(30))}}},
		    {FRAME(F_UDP(.dst = 7)), .flags = PACKET_HITS,
		     .out = {{2, FRAME(ETH, TYPE(0x0800), IP4(.proto = PROTO_UDP, .dst = 0x0a000009),
				       UDP(.dst = 99), DATA(30))}}}}},
	{.name = "resubmit/loop",
	 .setup = "table=0,udp,actions=resubmit(,0)",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_RESUBMIT_LIMIT},
		    {FRAME(F_UDP(.dst = 9)), .flags = PACKET_HITS,
		     .drop = XVS_DROP_RESUBMIT_LIMIT}}},
	{.name = "resubmit/too-many",
	 .setup =
		 "table=0,udp,actions=resubmit(,1),resubmit(,1)\n"
		 "table=1,actions=resubmit(,2),resubmit(,2)\ntable=2,actions=resubmit(,3),resubmit(,3)\n"
		 "table=3,actions=resubmit(,4),resubmit(,4)\ntable=4,actions=resubmit(,5),resubmit(,5)\n"
		 "table=5,actions=resubmit(,6),resubmit(,6)\ntable=6,actions=resubmit(,7),resubmit(,7)\n"
		 "table=7,actions=resubmit(,8),resubmit(,8)\ntable=8,actions=resubmit(,9),resubmit(,9)\n"
		 "table=9,actions=resubmit(,10),resubmit(,10)\n"
		 "table=10,actions=resubmit(,11),resubmit(,11)\n"
		 "table=11,actions=resubmit(,12),resubmit(,12)\ntable=12,actions=load:1->reg0",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_RESUBMIT_LIMIT}}},
	/* 512 outputs. */
	{.name = "program/too-long",
	 .setup =
		 "table=0,udp,actions=resubmit(,1),resubmit(,1)\n"
		 "table=1,actions=resubmit(,2),resubmit(,2)\ntable=2,actions=resubmit(,3),resubmit(,3)\n"
		 "table=3,actions=resubmit(,4),resubmit(,4)\ntable=4,actions=resubmit(,5),resubmit(,5)\n"
		 "table=5,actions=resubmit(,6),resubmit(,6)\ntable=6,actions=resubmit(,7),resubmit(,7)\n"
		 "table=7,actions=output:2,output:2,output:2,output:2",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_PROGRAM_LIMIT},
		    {FRAME(F_UDP(.dst = 9)), .flags = PACKET_HITS, .drop = XVS_DROP_PROGRAM_LIMIT}}},
	{.name = "goto_table",
	 .setup = "table=0,udp,actions=mod_dl_src:02:fe:12:34:56:78,goto_table:200\n"
		  "table=200,actions=goto_table:254\ntable=254,udp,tp_dst=80,actions=output:2\n"
		  "table=254,priority=0,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(FROM(MAC_GW))}}},
		    {FRAME(FROM({2, 0, 0, 0, 0, 9})), .flags = PACKET_HITS,
		     .out = {{2, FRAME(FROM(MAC_GW))}}}}},
	{.name = "exit/ends-callers-too",
	 .setup = "table=0,udp,actions=resubmit(,1),output:3\n"
		  "table=1,udp,tp_dst=80,actions=output:2,exit,output:4\n"
		  "table=1,priority=1,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.dst = 81)), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(F_UDP(.dst = 81))}, {3, FRAME(F_UDP(.dst = 81))}}}}},
	{.name = "exit/alone",
	 .setup = "udp,actions=exit",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_ACTION}}},
	{.name = "miss/of-a-later-table",
	 .setup = "table=0,udp,actions=resubmit(,1)\ntable=1,udp,tp_dst=80,actions=output:2",
	 .packet = {{FRAME(F_UDP(.dst = 81)), .drop = XVS_DROP_NO_MATCH},
		    {FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}}}},
	{.name = "miss/goes-on-behind-it",
	 .setup = "table=0,udp,actions=resubmit(,1),output:3\ntable=1,tcp,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}}}},
	{.name = "miss/a-rule-of-priority-0",
	 .setup = "table=0,actions=goto_table:1\ntable=1,udp,tp_dst=80,actions=output:2\n"
		  "table=1,priority=0,actions=controller",
	 .packet = {{FRAME(F_UDP(.dst = 81)), .out = {{TO_CONTROLLER, FRAME(F_UDP(.dst = 81))}}},
		    {FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}}}},
	{.name = "priority/the-highest-decides",
	 .setup = "priority=5,ip,actions=output:2\npriority=6,udp,actions=output:3\n"
		  "priority=7,ip,nw_src=10.0.0.9,actions=output:4",
	 .packet = {{FRAME(F_TCP()), .out = {{2, FRAME(F_TCP())}}},
		    {FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}},
		    {FRAME(UDP_IP4(.src = 0x0a000009)),
		     .out = {{4, FRAME(UDP_IP4(.src = 0x0a000009))}}}}},

	{.name = "conjunction/each-clause-has-a-rule",
	 .setup = CONJUNCTION,
	 .decides = "conj_id",
	 .packet = {{FRAME(F_TCP()), .out = {{2, FRAME(F_TCP())}}},
		    {FRAME(IP_TCP(0x0a000003, .dst = 443)),
		     .out = {{2, FRAME(IP_TCP(0x0a000003, .dst = 443))}}},
		    {FRAME(F_TCP(.src = 7)), .flags = PACKET_HITS,
		     .out = {{2, FRAME(F_TCP(.src = 7))}}},
		    {FRAME(F_TCP(.dst = 81)), .out = {{3, FRAME(F_TCP(.dst = 81))}}},
		    {FRAME(IP_TCP(0x0a000004, .dst = 80)),
		     .out = {{3, FRAME(IP_TCP(0x0a000004, .dst = 80))}}},
		    {FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}}}},
	{.name = "conjunction/of-a-later-table-on-a-register",
	 .setup = "table=0,udp,actions=load:5->reg2,resubmit(,1)\n"
		  "table=1,priority=9,reg2=5,actions=conjunction(1,1/3)\n"
		  "table=1,priority=9,in_port=1,actions=conjunction(1,2/3)\n"
		  "table=1,priority=9,udp,tp_dst=80,actions=conjunction(1,3/3)\n"
		  "table=1,conj_id=1,actions=output:2\ntable=1,priority=1,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.dst = 81)), .out = {{3, FRAME(F_UDP(.dst = 81))}}}}},

	{.name = "learn/the-way-back",
	 .setup = "table=0,priority=9,in_port=1,udp,actions=learn(table=1,priority=5,"
		  "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),output:2\n"
		  "table=0,priority=1,actions=resubmit(,1)\ntable=1,priority=0,actions=drop",
	 .packet = {{FRAME(REPLY), .port_no = 2, .drop = XVS_DROP_ACTION},
		    {FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(REPLY), .port_no = 2, .out = {{1, FRAME(REPLY)}}},
		    {FRAME(F_UDP()), .port_no = 2, .drop = XVS_DROP_ACTION}}},
	{.name = "learn/load",
	 .setup = "table=0,priority=9,tcp,actions=learn(table=1,dl_type=0x800,nw_proto=17,"
		  "NXM_OF_UDP_DST[]=NXM_OF_TCP_DST[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],"
		  "load:0x3->NXM_NX_REG1[])\n"
		  "table=0,priority=1,udp,actions=resubmit(,1),resubmit(,2)\n"
		  "table=2,reg0=1,reg1=3,actions=output:2\ntable=2,priority=1,actions=output:3",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}},
		    {FRAME(F_TCP()), .drop = XVS_DROP_ACTION},
		    {FRAME(F_UDP()), .out = {{2, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.dst = 81)), .out = {{3, FRAME(F_UDP(.dst = 81))}}}}},
};
const struct pipeline_table rows_pipeline_tables = PIPELINE_TABLE(rows);
