// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Rows of groups: all, select, indirect, fast fail-over. By which bucket a hash
 * goes is not written here: of the select groups only one bucket is alive.
 */
#include "rows_pipeline.h"

#define BODY_UDP TYPE(0x0800), IP4(.proto = PROTO_UDP), UDP(), DATA(30)
#define FROM(...) ETH_TO(.dst = MAC_VM2, .src = __VA_ARGS__), BODY_UDP
#define TAGGED(tci_) ETH, TAG(0x8100, tci_), BODY_UDP

static const struct pipeline_row rows[] = {
	{.name = "group-all/each-on-a-copy",
	 .setup = "group group_id=1,type=all,bucket=actions=mod_dl_src:02:fe:12:34:56:78,output:2,"
		  "bucket=actions=output:3,"
		  "bucket=actions=push_vlan:0x8100,set_field:4103->vlan_vid,output:4\n"
		  "udp,actions=group:1,output:5",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(FROM(MAC_GW))},
			     {3, FRAME(F_UDP())},
			     {4, FRAME(TAGGED(7))},
			     {5, FRAME(F_UDP())}}},
		    {FRAME(F_TCP()), .drop = XVS_DROP_NO_MATCH}}},
	{.name = "group-all/no-bucket",
	 .setup = "group group_id=1,type=all\nudp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_ACTION}}},
	{.name = "group-all/of-a-group",
	 .setup = "group group_id=2,type=indirect,bucket=actions=output:4\n"
		  "group group_id=1,type=all,bucket=actions=output:2,bucket=actions=group:2\n"
		  "udp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(F_UDP())}, {4, FRAME(F_UDP())}}}}},
	{.name = "group-all/resubmit",
	 .setup = "group group_id=1,type=all,bucket=actions=set_field:5->reg1,resubmit(,1),"
		  "bucket=actions=output:3\n"
		  "table=0,udp,actions=group:1\ntable=1,reg1=5,actions=output:2",
	 .packet = {{FRAME(F_UDP()), .flags = PACKET_TO_TC,
		     .out = {{2, FRAME(F_UDP())}, {3, FRAME(F_UDP())}}}}},
	{.name = "group-indirect",
	 .setup = "group group_id=4,type=indirect,bucket=actions=mod_dl_src:02:fe:12:34:56:78,"
		  "output:3\nudp,actions=group:4",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(FROM(MAC_GW))}}},
		    {FRAME(F_UDP(.dst = 9)), .flags = PACKET_HITS,
		     .out = {{3, FRAME(ETH_TO(.dst = MAC_VM2, .src = MAC_GW), TYPE(0x0800),
				       IP4(.proto = PROTO_UDP), UDP(.dst = 9), DATA(30))}}}}},
	{.name = "group-select/the-only-one-alive",
	 .setup = "port 2 down\ngroup group_id=1,type=select,bucket=watch_port:p2,actions=output:2,"
		  "bucket=watch_port:p3,actions=output:3\nudp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.src = 1)), .out = {{3, FRAME(F_UDP(.src = 1))}}},
		    {FRAME(F_UDP(.src = 2)), .out = {{3, FRAME(F_UDP(.src = 2))}}}}},
	{.name = "group-select/fields-of-the-hash",
	 .setup = "group group_id=1,type=select,selection_method=hash,fields(ip_src),"
		  "bucket=weight:0,actions=output:2,bucket=weight:7,actions=output:3\n"
		  "udp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}},
		    {FRAME(F_UDP(.src = 9)), .flags = PACKET_HITS,
		     .out = {{3, FRAME(F_UDP(.src = 9))}}}}},
	{.name = "group-select/none-alive",
	 .setup =
		 "port 2 down\ngroup group_id=1,type=select,bucket=watch_port:p2,actions=output:2\n"
		 "udp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .drop = XVS_DROP_ACTION}}},
	{.name = "group-ff/first-alive",
	 .setup = "port 4 down\ngroup group_id=1,type=ff,bucket=watch_port:p4,actions=output:4,"
		  "bucket=watch_port:p3,actions=output:3,bucket=watch_port:p2,actions=output:2\n"
		  "udp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}}}},
	{.name = "group-ff/all-up",
	 .setup = "group group_id=1,type=fast_failover,bucket=watch_port:p4,actions=output:4,"
		  "bucket=watch_port:p3,actions=output:3\nudp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .out = {{4, FRAME(F_UDP())}}}}},
	{.name = "group-ff/watches-a-group",
	 .setup = "port 4 down\ngroup group_id=2,type=ff,bucket=watch_port:p4,actions=output:4\n"
		  "group group_id=1,type=ff,bucket=watch_group:2,actions=group:2,"
		  "bucket=watch_port:p3,actions=output:3\nudp,actions=group:1",
	 .packet = {{FRAME(F_UDP()), .out = {{3, FRAME(F_UDP())}}}}},
};
const struct pipeline_table rows_pipeline_groups = PIPELINE_TABLE(rows);
