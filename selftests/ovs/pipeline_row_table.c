// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rows that are written by hand.
 */
#include "pipeline_rows.h"

/* Without a match on IP the switches do not agree on what may be set. */
#define ON_TCP "table=0,priority=9,tcp,actions="
#define ON_IP "table=0,priority=8,ip,actions="
#define ON_IP6 "table=0,priority=8,ipv6,actions="
#define ON_ANY "table=0,priority=1,actions="
#define AND "\n"
/* Open vSwitch looks at two tags, and forgets the inner one when a third is pushed:
 * the sample that has two. */
#define NOT_TWO_TAGS "table=0,priority=99,udp,nw_tos=0,nw_ttl=1,actions=drop" AND

/* clang-format off */
const struct pipeline_row pipeline_rows[] = {
	/* outputs */
	{"output", ON_ANY "output:3", SAMPLE_TCP, "3", false},
	{"output, short", ON_ANY "3,4", SAMPLE_LLC, "3 4", false},
	{"output to the input", ON_ANY "output:1,output:3", SAMPLE_TCP, "3", false},
	{"output to a port that is down", ON_ANY "output:8,output:3", SAMPLE_ARP, "3", false},
	{"output to a register", ON_ANY "load:3->NXM_NX_REG0[0..15],output:NXM_NX_REG0[0..15]",
	 SAMPLE_TCP, "3", false},
	{"output to a part of a field", ON_TCP "load:0x40->dl_src[4..11],output:dl_src[8..11]",
	 SAMPLE_TCP, "4", false},
	{"output to a reserved port by register",
	 ON_ANY "load:0xfff8->reg1[0..15],output:reg1[0..15],load:0xfffd->reg1[0..15],"
	 "output:reg1[0..15]", SAMPLE_TCP, "1 controller", false},
	{"output to no port by register", ON_ANY "load:77->reg1[0..15],output:reg1[0..15],output:3",
	 SAMPLE_TCP, "3", false},
	{"in_port", ON_ANY "in_port", SAMPLE_UDP, "1", false},
	{"local", ON_ANY "local", SAMPLE_UDP, "9", true},
	{"LOCAL", ON_ANY "LOCAL,output:LOCAL", SAMPLE_UDP, "9 9", false},
	{"all", ON_ANY "all", SAMPLE_UDP, "2 3 4 5 6 6 9", true},
	{"flood", ON_ANY "flood", SAMPLE_UDP, "2 3 4 5 6 6 9", true},
	{"normal", ON_ANY "normal", SAMPLE_UDP, "2 3 4 5 6 6 9", true},
	{"normal, reserved address", ON_ANY "set_field:01:80:c2:00:00:0e->eth_dst,normal,output:3",
	 SAMPLE_UDP, "3", true},
	{"normal, twice", ON_ANY "normal,mod_dl_src:02:00:00:00:00:77,normal", SAMPLE_UDP,
	 "2 3 4 5 6 6 9 2 3 4 5 6 6 9", true},
	{"controller", ON_ANY "controller,output:3", SAMPLE_UDP, "controller 3", false},
	{"controller, cut", ON_ANY "controller(max_len=30),controller:20", SAMPLE_UDP,
	 "controller controller", false},
	{"controller of a changed packet",
	 ON_IP "mod_dl_src:02:00:00:00:00:77,mod_nw_src:10.7.7.7,controller,output:3", SAMPLE_UDP,
	 "controller 3", false},
	{"drop", ON_ANY "drop", SAMPLE_UDP, "", false},
	{"no rule", "table=7,actions=output:3", SAMPLE_UDP, "", true},

	/* tables */
	{"goto_table", ON_ANY "output:3,goto_table:5" AND "table=5,actions=output:4", SAMPLE_UDP,
	 "3 4", false},
	{"goto_table, no rule there", ON_ANY "output:3,goto_table:5", SAMPLE_UDP, "3", false},
	{"write_metadata",
	 ON_ANY "write_metadata:0x1234/0xff00,goto_table:1" AND
	 "table=1,metadata=0x1200,actions=output:3" AND "table=1,priority=0,actions=output:4",
	 SAMPLE_UDP, "3", false},
	{"resubmit", ON_ANY "resubmit(,5),output:3" AND "table=5,actions=output:4", SAMPLE_UDP,
	 "4 3", false},
	{"resubmit, no rule there", ON_ANY "resubmit(,5),output:3", SAMPLE_UDP, "3", false},
	{"resubmit to 253", ON_ANY "resubmit(,253)" AND "table=253,actions=output:4", SAMPLE_UDP,
	 "4", false},
	{"resubmit, other input",
	 ON_ANY "resubmit(3,5),output:3" AND "table=5,in_port=3,actions=output:4,in_port" AND
	 "table=5,priority=0,actions=output:5", SAMPLE_UDP, "4 1 3", false},
	{"resubmit, same table",
	 "table=0,priority=5,in_port=1,actions=resubmit:4" AND "table=0,in_port=4,actions=output:3",
	 SAMPLE_UDP, "3", false},
	{"resubmit, input and table",
	 ON_ANY "resubmit(4,)" AND "table=0,priority=5,in_port=4,actions=output:3", SAMPLE_UDP, "3",
	 false},
	{"resubmit keeps what it changed",
	 ON_ANY "resubmit(,1),output:3" AND "table=1,actions=mod_dl_src:02:00:00:00:00:77,output:4",
	 SAMPLE_UDP, "4 3", false},
	{"resubmit without end", ON_ANY "output:3,resubmit(,1)" AND
	 "table=1,actions=output:4,resubmit(,0)", SAMPLE_UDP, "", false},
	{"resubmit down many tables",
	 ON_ANY "resubmit(,60)" AND "table=60,actions=resubmit(,50)" AND
	 "table=50,actions=resubmit(,40)" AND "table=40,actions=resubmit(,30)" AND
	 "table=30,actions=resubmit(,20)" AND "table=20,actions=resubmit(,10)" AND
	 "table=10,actions=output:3", SAMPLE_UDP, "3", false},
	{"exit", ON_ANY "output:3,exit,output:4", SAMPLE_UDP, "3", false},
	{"exit in a later table", ON_ANY "resubmit(,1),output:4" AND "table=1,actions=output:3,exit",
	 SAMPLE_UDP, "3", false},
	{"exit in a clone", ON_ANY "clone(output:3,exit,output:5),output:4", SAMPLE_UDP, "3", false},
	{"exit in a clone's table",
	 ON_ANY "clone(resubmit(,1),output:5),output:4" AND "table=1,actions=output:3,exit",
	 SAMPLE_UDP, "3", false},
	{"exit in a bucket's table",
	 "group_id=1,type=all,bucket=actions=resubmit(,1),bucket=actions=output:4" AND
	 ON_ANY "group:1,output:5" AND "table=1,actions=output:3,exit", SAMPLE_UDP, "3 4 5", false},
	{"exit behind a patch port",
	 ON_ANY "output:10,output:3" AND "br1:table=0,actions=output:11,exit,output:12", SAMPLE_UDP,
	 "11 3", false},

	/* registers, stack, clone */
	{"load to a register's part",
	 ON_ANY "load:0x5->NXM_NX_REG3[4..7],goto_table:1" AND
	 "table=1,reg3=0x50,actions=output:3" AND "table=1,priority=0,actions=output:4",
	 SAMPLE_UDP, "3", false},
	{"wide registers",
	 ON_ANY "set_field:0x1122334455667788->xreg1,"
	 "set_field:0x112233445566778899aabbccddeeff00->xxreg1,goto_table:1" AND
	 "table=1,reg2=0x11223344,reg3=0x55667788,xreg2=0x1122334455667788,reg7=0xddeeff00,"
	 "actions=output:3" AND "table=1,priority=0,actions=output:4", SAMPLE_UDP, "3", false},
	{"set_field, masked", ON_IP "set_field:10.9.0.0/255.255.0.0->ip_dst,"
	 "set_field:00:00:00:00:99:00/00:00:00:00:ff:00->eth_src,output:3", SAMPLE_UDP, "3", false},
	{"stack", ON_IP "push:NXM_OF_IP_SRC[],push:NXM_OF_IP_DST[],pop:NXM_OF_IP_SRC[],"
	 "pop:NXM_OF_IP_DST[],output:3", SAMPLE_UDP, "3", false},
	{"stack, other widths",
	 ON_IP "push:NXM_OF_ETH_SRC[],pop:NXM_NX_REG0[],push:NXM_NX_REG0[0..7],"
	 "pop:NXM_OF_IP_DST[],output:3", SAMPLE_UDP, "3", false},
	{"stack, empty", ON_IP "pop:NXM_OF_IP_DST[],output:3", SAMPLE_UDP, "3", false},
	{"stack in a clone", ON_IP "push:NXM_OF_IP_SRC[],clone(pop:NXM_OF_IP_DST[],output:3),"
	 "pop:NXM_OF_IP_DST[8..15],output:4", SAMPLE_UDP, "3 4", false},
	{"clone", ON_IP "mod_nw_src:10.7.7.7,clone(mod_nw_dst:10.8.8.8,mod_dl_dst:02:00:00:00:00:88,"
	 "mod_nw_tos:32,output:3),output:4", SAMPLE_UDP, "3 4", false},
	{"clone in a clone", ON_IP "clone(mod_nw_tos:32,clone(mod_nw_ttl:9,output:3),output:4),output:5",
	 SAMPLE_UDP, "3 4 5", false},
	{"clone, TTL", ON_IP "clone(dec_ttl,output:3),output:4,dec_ttl,output:5,dec_ttl,output:3",
	 SAMPLE_UDP, "3 4 5 3", false},
	{"clone, TTL set", ON_IP "dec_ttl,clone(mod_nw_ttl:1,output:3),output:4", SAMPLE_UDP, "3 4",
	 false},
	{"clone, registers",
	 ON_ANY "clone(load:1->reg0[],resubmit(,1)),resubmit(,1)" AND
	 "table=1,reg0=1,actions=output:3" AND "table=1,priority=0,actions=output:4", SAMPLE_UDP,
	 "3 4", false},
	{"move within a field", ON_ANY "move:NXM_OF_ETH_SRC[0..15]->NXM_OF_ETH_SRC[16..31],output:3",
	 SAMPLE_LLC, "3", false},
	{"move the input port", ON_ANY "move:NXM_OF_IN_PORT[]->NXM_OF_ETH_SRC[0..15],output:3",
	 SAMPLE_LLC, "3", false},
	{"input port written", ON_ANY "load:3->NXM_OF_IN_PORT[],output:1,output:3,in_port", SAMPLE_LLC,
	 "1 3", false},

	/* fields by their own words */
	{"mod_dl_src, mod_dl_dst", ON_ANY "mod_dl_src:02:00:00:00:00:77,mod_dl_dst:02:00:00:00:00:88,"
	 "output:3", SAMPLE_LLC, "3", false},
	{"mod_nw_src, mod_nw_dst", ON_IP "mod_nw_src:10.7.7.7,mod_nw_dst:10.8.8.8,output:3",
	 SAMPLE_TCP, "3", false},
	{"mod_nw_tos", ON_IP "mod_nw_tos:32,output:3" AND ON_IP6 "mod_nw_tos:32,output:3", SAMPLE_TCP,
	 "3", false},
	{"mod_nw_ecn", ON_IP "mod_nw_ecn:1,output:3" AND ON_IP6 "mod_nw_ecn:3,output:3", SAMPLE_TCP,
	 "3", false},
	{"mod_nw_ttl", ON_IP "mod_nw_ttl:9,output:3" AND ON_IP6 "mod_nw_ttl:9,output:3", SAMPLE_TCP,
	 "3", false},
	{"mod_tp_src, mod_tp_dst",
	 ON_TCP "mod_tp_src:7,mod_tp_dst:8,output:3" AND
	 "table=0,udp,actions=mod_tp_src:7,mod_tp_dst:8,output:3" AND
	 "table=0,sctp,actions=mod_tp_src:7,mod_tp_dst:8,output:3" AND
	 "table=0,tcp6,actions=mod_tp_src:7,mod_tp_dst:8,output:3" AND
	 "table=0,udp6,actions=mod_tp_src:7,mod_tp_dst:8,output:3", SAMPLE_TCP, "3", false},
	{"dec_ttl", ON_IP "dec_ttl,output:3" AND ON_IP6 "dec_ttl,output:3", SAMPLE_TCP, "3", false},
	{"dec_ttl, expired", ON_IP "output:4,dec_ttl,output:3" AND ON_IP6 "dec_ttl,output:3",
	 SAMPLE_TCP_TTL1, "4", false},
	{"dec_ttl, twice", ON_IP "dec_ttl,output:3,dec_ttl,output:4", SAMPLE_UDP_TTL2, "3", false},
	{"dec_ttl ends its list only",
	 ON_IP "resubmit(,1),output:4" AND "table=1,ip,actions=dec_ttl,output:3", SAMPLE_TCP_TTL1, "4",
	 false},
	{"dec_ttl(0)", ON_IP "dec_ttl(0),output:3", SAMPLE_TCP, "3", false},
	{"push_vlan", NOT_TWO_TAGS ON_ANY "push_vlan:0x8100,output:3" , SAMPLE_TCP, "3", false},
	{"push_vlan, set", NOT_TWO_TAGS ON_ANY "push_vlan:0x8100,set_field:4103->vlan_vid,set_field:5->vlan_pcp,"
	 "output:3", SAMPLE_TCP, "3", false},
	{"push_vlan, S-tag", NOT_TWO_TAGS ON_ANY "push_vlan:0x88a8,set_field:4103->vlan_vid,output:3", SAMPLE_TCP,
	 "3", false},
	{"pop_vlan", "table=0,vlan_tci=0x1000/0x1000,actions=pop_vlan,output:3" AND ON_ANY "output:4",
	 SAMPLE_TAGGED, "3", false},
	{"pop_vlan, twice", "table=0,vlan_tci=0x1000/0x1000,actions=strip_vlan,goto_table:1" AND
	 "table=1,priority=1,vlan_tci=0x1000/0x1000,actions=strip_vlan,output:3" AND
	 "table=1,priority=0,actions=output:4", SAMPLE_TWO_TAGS, "3", false},
	{"pop_vlan in a clone",
	 "table=0,vlan_tci=0x1000/0x1000,actions=clone(pop_vlan,output:3),output:4", SAMPLE_TWO_TAGS,
	 "3 4", false},
	{"mod_vlan_vid", "table=0,vlan_tci=0x1000/0x1000,actions=mod_vlan_vid:9,output:3",
	 SAMPLE_TAGGED, "3", false},
	{"set_vlan_vid", "table=0,vlan_tci=0x1000/0x1000,actions=set_vlan_vid:9,output:3",
	 SAMPLE_TAGGED, "3", false},
	{"mod_vlan_pcp", "table=0,vlan_tci=0x1000/0x1000,actions=mod_vlan_pcp:1,output:3",
	 SAMPLE_TAGGED, "3", false},
	{"set_vlan_pcp", "table=0,vlan_tci=0x1000/0x1000,actions=set_vlan_pcp:1,output:3",
	 SAMPLE_TAGGED, "3", false},
	{"load of a TCI", ON_ANY "load:0x1064->NXM_OF_VLAN_TCI[],output:3", SAMPLE_TAGGED, "3", false},
	{"load of no TCI", NOT_TWO_TAGS ON_ANY "load:0->NXM_OF_VLAN_TCI[],output:3", SAMPLE_TAGGED, "3", false},
	{"push_mpls", ON_IP "push_mpls:0x8847,output:3" AND ON_IP6 "push_mpls:0x8847,output:3" AND
	 "table=0,arp,actions=push_mpls:0x8847,output:3", SAMPLE_TCP, "3", false},
	{"push_mpls, multicast", ON_IP "push_mpls:0x8848,output:3", SAMPLE_TCP, "3", false},
	{"push_mpls, set", ON_IP "push_mpls:0x8847,set_field:1000->mpls_label,set_field:5->mpls_tc,"
	 "set_field:9->mpls_ttl,output:3", SAMPLE_TAGGED, "3", false},
	{"push_mpls, twice", ON_IP "push_mpls:0x8847,set_mpls_label:20,push_mpls:0x8847,output:3",
	 SAMPLE_TCP, "3", false},
	{"push_mpls on a label", "table=0,mpls,actions=push_mpls:0x8847,set_mpls_label:20,output:3",
	 SAMPLE_MPLS, "3", false},
	{"push_mpls in a clone",
	 ON_IP "mod_nw_tos:32,clone(mod_nw_ttl:7,push_mpls:0x8847,output:3),output:4", SAMPLE_TCP, "3 4",
	 false},
	{"push_mpls and push_vlan", NOT_TWO_TAGS ON_IP "push_vlan:0x8100,push_mpls:0x8847,output:3", SAMPLE_TCP, "3",
	 false},
	{"push_mpls, then pop_mpls", ON_IP "push_mpls:0x8847,output:3,pop_mpls:0x0800,output:4",
	 SAMPLE_TCP, "3 4", false},
	{"set_mpls_label, _tc, _ttl",
	 "table=0,mpls,actions=set_mpls_label:77,set_mpls_tc:1,set_mpls_ttl:200,output:3", SAMPLE_MPLS,
	 "3", false},
	{"dec_mpls_ttl", "table=0,mpls,actions=dec_mpls_ttl,output:3", SAMPLE_MPLS, "3", false},
	{"dec_mpls_ttl, expired", "table=0,mpls,actions=output:4,dec_mpls_ttl,output:3",
	 SAMPLE_MPLS_TTL1, "4", false},
	{"pop_mpls", "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,output:3", SAMPLE_MPLS, "3",
	 false},
	{"pop_mpls, one of two", "table=0,mpls,mpls_bos=0,actions=pop_mpls:0x8847,output:3",
	 SAMPLE_MPLS_TTL1, "3", false},
	{"pop_mpls, then headers",
	 "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,mod_nw_dst:10.9.9.9,output:3,"
	 "goto_table:1" AND "table=1,tcp,nw_dst=10.9.9.9,tp_dst=80,actions=mod_tp_dst:81,output:4",
	 SAMPLE_MPLS, "3 4", false},
	{"pop_mpls, then a table, with registers",
	 "table=0,mpls,mpls_bos=1,actions=load:7->reg0[],push:NXM_OF_ETH_SRC[],pop_mpls:0x0800,"
	 "goto_table:1" AND "table=1,tcp,reg0=7,actions=pop:NXM_OF_ETH_DST[],output:4", SAMPLE_MPLS,
	 "4", false},
	{"pop_mpls in a called table",
	 "table=0,mpls,actions=resubmit(,1),output:3" AND
	 "table=1,mpls,mpls_bos=1,actions=pop_mpls:0x0800,resubmit(,2),output:5" AND
	 "table=2,ip,actions=dec_ttl,output:4", SAMPLE_MPLS, "4 5 3", false},

	/* groups */
	{"group, all", "group_id=1,type=all,bucket=actions=mod_dl_dst:02:00:00:00:00:77,output:3,"
	 "bucket=actions=output:4" AND ON_ANY "group:1,output:5", SAMPLE_UDP, "3 4 5", false},
	{"group, order of a bucket",
	 "group_id=1,type=all,bucket=actions=output:3,mod_dl_dst:02:00:00:00:00:77,output:4" AND
	 ON_ANY "group:1", SAMPLE_UDP, "4", false},
	{"group, no output in a bucket",
	 "group_id=1,type=all,bucket=actions=mod_dl_dst:02:00:00:00:00:77" AND
	 ON_ANY "group:1,output:3", SAMPLE_UDP, "3", false},
	{"group, no bucket", "group_id=1,type=all" AND ON_ANY "group:1,output:3", SAMPLE_UDP, "3", false},
	{"group, indirect", "group_id=1,type=indirect,bucket=actions=output:3" AND ON_ANY "group:1",
	 SAMPLE_UDP, "3", false},
	{"group, select, default",
	 "group_id=1,type=select,bucket=watch_port:8,actions=output:4,bucket=actions=output:3" AND
	 ON_ANY "group:1,output:5", SAMPLE_UDP, "3 5", false},
	{"group, select, dp_hash",
	 "group_id=1,type=select,selection_method=dp_hash,bucket=actions=output:6,"
	 "bucket=actions=output:7" AND ON_ANY "group:1", SAMPLE_UDP, "6", false},
	{"group, select, hash",
	 "group_id=1,type=select,selection_method=hash,fields(ip_src,ip_dst,tcp_dst,udp_dst),"
	 "bucket=weight:1,actions=output:6,bucket=weight:5,actions=output:7" AND ON_ANY "group:1",
	 SAMPLE_UDP, "6", false},
	{"group, select, weight 0",
	 "group_id=1,type=select,selection_method=hash,fields(eth_src),"
	 "bucket=weight:0,actions=output:4,bucket=weight:5,actions=output:3" AND ON_ANY "group:1",
	 SAMPLE_UDP, "3", false},
	{"group, select, none alive",
	 "group_id=1,type=select,bucket=watch_port:8,actions=output:4" AND ON_ANY "group:1,output:3",
	 SAMPLE_UDP, "3", false},
	{"group, fast fail-over",
	 "group_id=1,type=ff,bucket=watch_port:8,actions=output:8,"
	 "bucket=watch_port:3,actions=output:3,bucket=watch_port:4,actions=output:4" AND
	 ON_ANY "group:1", SAMPLE_UDP, "3", false},
	{"group, fast fail-over, watch_group",
	 "group_id=2,type=ff,bucket=watch_port:8,actions=output:3" AND
	 "group_id=3,type=ff,bucket=watch_port:4,actions=output:4" AND
	 "group_id=1,type=ff,bucket=watch_group:2,actions=group:2,bucket=watch_group:3,"
	 "actions=group:3" AND ON_ANY "group:1", SAMPLE_UDP, "4", false},
	{"group in a group",
	 "group_id=2,type=all,bucket=actions=output:3,bucket=actions=mod_dl_dst:02:00:00:00:00:77,"
	 "output:4" AND "group_id=1,type=all,bucket=actions=group:2,bucket=actions=output:5" AND
	 ON_ANY "group:1", SAMPLE_UDP, "3 4 5", false},
	{"group, bucket with a table",
	 "group_id=1,type=all,bucket=actions=load:1->reg0[],resubmit(,1),bucket=actions=resubmit(,1)" AND
	 ON_ANY "group:1" AND "table=1,reg0=1,actions=output:3" AND
	 "table=1,priority=0,actions=output:4", SAMPLE_UDP, "3 4", false},
	{"group, fields that not every packet has",
	 "group_id=1,type=all,bucket=actions=set_field:10.9.9.9->ip_dst,set_field:99->tcp_dst,output:3" AND
	 ON_ANY "group:1,output:4", SAMPLE_TCP, "3 4", false},
	{"group, tags and labels",
	 "group_id=1,type=all,bucket=actions=pop_vlan,output:3,bucket=actions=push_vlan:0x8100,"
	 "set_field:4103->vlan_vid,output:4" AND "table=0,ip,vlan_tci=0/0x1000,actions=group:1,output:5",
	 SAMPLE_TCP, "3 4 5", false},
	{"group, TTL", "group_id=1,type=all,bucket=actions=dec_ttl,output:3" AND
	 ON_IP "group:1,output:4", SAMPLE_TCP_TTL1, "4", false},
	{"group, normal and flood",
	 "group_id=1,type=all,bucket=actions=normal,bucket=actions=flood,bucket=actions=controller" AND
	 ON_ANY "group:1", SAMPLE_ARP, "2 3 4 5 6 6 9 2 3 4 5 6 6 9 controller", true},

	/* meters */
	{"meter", "table=0,actions=meter:1,output:3", SAMPLE_UDP, "3", false},
	{"meter, outputs before", ON_ANY "output:4,goto_table:1" AND "table=1,actions=meter:2,output:3",
	 SAMPLE_UDP, "4 3", false},
	{"meter, two", "table=0,actions=meter:1,resubmit(,1)" AND "table=1,actions=meter:2,output:3",
	 SAMPLE_UDP, "3", false},
	{"meter behind a patch port", ON_ANY "output:10,output:4" AND
	 "br1:table=0,actions=meter:1,output:11", SAMPLE_UDP, "11 4", false},

	/* conjunction */
	{"conjunction",
	 "table=0,priority=5,ip,in_port=1,actions=conjunction(3,1/2)" AND
	 "table=0,priority=5,ip,nw_dst=10.20.0.0/16,actions=conjunction(3,2/2)" AND
	 "table=0,priority=5,ip,nw_dst=10.30.0.0/16,actions=conjunction(3,2/2)" AND
	 "table=0,priority=5,conj_id=3,ip,actions=output:3" AND ON_ANY "output:4", SAMPLE_UDP, "3", false},
	{"conjunction, incomplete",
	 "table=0,priority=5,ip,in_port=3,actions=conjunction(3,1/2)" AND
	 "table=0,priority=5,ip,nw_dst=10.20.0.0/16,actions=conjunction(3,2/2)" AND
	 "table=0,priority=5,conj_id=3,ip,actions=output:3" AND ON_ANY "output:4", SAMPLE_UDP, "4", false},
	{"conjunction, below a rule",
	 "table=0,priority=5,ip,in_port=1,actions=conjunction(3,1/2)" AND
	 "table=0,priority=5,ip,nw_dst=10.20.0.0/16,actions=conjunction(3,2/2)" AND
	 "table=0,priority=5,conj_id=3,ip,actions=output:3" AND
	 "table=0,priority=6,tcp,actions=output:4", SAMPLE_TCP, "4", false},
	{"conjunction of three, two of them",
	 "table=0,priority=5,in_port=1,actions=conjunction(3,1/3),conjunction(4,1/2)" AND
	 "table=0,priority=5,udp,actions=conjunction(3,2/3),conjunction(4,2/2)" AND
	 "table=0,priority=5,ip,nw_ttl=3,actions=conjunction(3,3/3)" AND
	 "table=0,priority=5,conj_id=3,actions=output:3" AND
	 "table=0,priority=5,conj_id=4,actions=output:4", SAMPLE_UDP, "4", false},
	{"conjunction in a later table",
	 ON_ANY "load:1->reg0[],goto_table:1" AND
	 "table=1,priority=5,reg0=1,actions=conjunction(3,1/2)" AND
	 "table=1,priority=5,dl_dst=02:00:00:00:00:02,actions=conjunction(3,2/2)" AND
	 "table=1,priority=5,conj_id=3,actions=output:3", SAMPLE_UDP, "3", false},

	/* learn */
	{"learn, addresses",
	 ON_ANY "learn(table=1,priority=9,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
	 "output:NXM_OF_IN_PORT[]),resubmit(,1)" AND "table=1,priority=0,actions=flood", SAMPLE_UDP,
	 "2 3 4 5 6 6 9", false},
	{"learn, load and match of a constant",
	 ON_TCP "learn(table=1,cookie=0x77,eth_type=0x800,nw_proto=6,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],"
	 "NXM_OF_TCP_DST[]=NXM_OF_TCP_SRC[],load:0x123->NXM_NX_REG4[],load:NXM_OF_ETH_SRC[]->"
	 "NXM_OF_ETH_DST[],output:NXM_OF_IN_PORT[]),output:3" AND ON_ANY "goto_table:1", SAMPLE_TCP, "3",
	 false},
	{"learn, seen by the next packet only",
	 ON_ANY "learn(table=1,NXM_OF_ETH_SRC[],load:0x3->NXM_NX_REG0[0..15]),resubmit(,1),"
	 "output:NXM_NX_REG0[0..15]" AND "table=1,priority=0,actions=output:4", SAMPLE_UDP, "4", false},
	{"learn, in a clone",
	 ON_ANY "clone(learn(table=1,in_port=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])),"
	 "goto_table:1" AND "table=1,priority=0,actions=output:4", SAMPLE_UDP, "4", false},
	{"learn, in a bucket's table",
	 "group_id=1,type=all,bucket=actions=resubmit(,5)" AND ON_ANY "group:1,goto_table:1" AND
	 "table=5,actions=learn(table=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])" AND
	 "table=1,priority=0,actions=output:4", SAMPLE_UDP, "4", false},

	/* patch ports and mirrors */
	{"patch port", ON_ANY "output:10" AND "br1:table=0,actions=output:11", SAMPLE_UDP, "11", true},
	{"patch port, no rule there", ON_ANY "output:10,output:3", SAMPLE_UDP, "3", true},
	{"patch port, registers end",
	 ON_ANY "load:1->reg0[],write_metadata:5,goto_table:1" AND
	 "table=1,actions=output:10,resubmit(,2)" AND "table=2,reg0=1,metadata=5,actions=output:3" AND
	 "br1:table=0,priority=5,reg0=0,metadata=0,actions=load:2->reg0[],output:11" AND
	 "br1:table=0,priority=0,actions=output:12", SAMPLE_UDP, "11 3", false},
	{"patch port, changes end", ON_IP "mod_nw_src:10.7.7.7,output:10,output:3" AND
	 "br1:table=0,ip,actions=mod_nw_dst:10.8.8.8,mod_nw_ttl:1,mod_dl_src:02:00:00:00:00:99,output:11",
	 SAMPLE_UDP, "11 3", true},
	{"patch port, tags", ON_ANY "output:10,output:3" AND
	 "br1:table=0,vlan_tci=0x1000/0x1000,actions=pop_vlan,output:11,push_vlan:0x8100,output:12" AND
	 "br1:table=0,priority=0,actions=push_vlan:0x8100,set_field:4103->vlan_vid,normal",
	 SAMPLE_TAGGED, "11 12 3", true},
	{"patch port, normal on both", ON_ANY "normal,in_port" AND "br1:table=0,actions=normal",
	 SAMPLE_TAGGED, "2 3 4 5 6 6 9 11 12 13 19 1", true},
	{"patch port, and back",
	 "table=0,priority=5,in_port=10,actions=output:4" AND ON_ANY "output:10,output:3" AND
	 "br1:table=0,actions=mod_dl_src:02:00:00:00:00:99,in_port", SAMPLE_UDP, "4 3", true},
	{"patch port, without end", ON_ANY "output:3,in_port,output:10" AND "br1:table=0,actions=in_port",
	 SAMPLE_UDP, NULL, false},
	/* ct */
	{"ct, a table", ON_IP "load:7->NXM_NX_REG0[],ct(table=1,zone=5)" AND
	 "table=1,ip,reg0=7,ct_state=+trk,ct_zone=5,actions=output:3", SAMPLE_UDP, "3", true},
	{"ct, states", ON_IP "ct(table=1)" AND "table=1,priority=9,ip,ct_state=+trk+new,actions=output:3"
	 AND "table=1,priority=9,ip,ct_state=+est-rpl,actions=output:4" AND
	 "table=1,priority=9,ip,ct_state=+rpl,actions=output:5" AND
	 "table=1,priority=8,ip,ct_state=+inv,actions=in_port", SAMPLE_UDP, NULL, false},
	{"ct, mark and label", ON_IP "ct(table=1,zone=3)" AND
	 "table=1,priority=9,ip,ct_mark=0x1/0x1,actions=output:3,move:NXM_NX_CT_MARK[]->NXM_NX_REG1[],"
	 "output:NXM_NX_REG1[0..15]" AND
	 "table=1,priority=8,ip,ct_label=0x2/0x2,actions=output:4" AND
	 "table=1,priority=7,ip,ct_label=0x10000000000000000/0x10000000000000000,actions=output:5",
	 SAMPLE_UDP, NULL, false},
	{"ct, the rest is not tracked", ON_IP "ct(table=1),resubmit(,2)" AND
	 "table=1,ct_state=+trk,actions=output:3" AND "table=2,ct_state=-trk,ct_zone=0,actions=output:4"
	 AND "table=2,priority=1,actions=output:5", SAMPLE_UDP, "3 4", false},
	{"ct, changes in front and behind", ON_IP "mod_nw_src:10.7.7.7,ct(table=1),mod_nw_dst:10.8.8.8,"
	 "mod_nw_tos:4,output:4" AND "table=1,ip,nw_src=10.7.7.7,actions=output:3", SAMPLE_UDP, "3 4",
	 false},
	{"ct, zone of a field", ON_IP "ct(table=1,zone=NXM_OF_IP_SRC[0..15])" AND
	 "table=1,ip,actions=move:NXM_NX_CT_ZONE[]->NXM_OF_ETH_DST[0..15],output:3", SAMPLE_UDP, "3",
	 false},
	{"ct, commit", ON_IP "ct(commit,zone=9),output:3", SAMPLE_UDP, "k 3", true},
	{"ct, commit and nothing", ON_IP "output:3,mod_nw_src:10.7.7.7,ct(commit,force,zone=9)",
	 SAMPLE_UDP, "3 k", true},
	{"ct, commit in a clone", ON_IP "clone(mod_nw_src:10.7.7.7,ct(commit)),output:3", SAMPLE_UDP,
	 "k 3", true},
	{"ct, commit and a table", ON_IP "ct(commit,table=1,exec(load:5->NXM_NX_CT_MARK[0..3])),output:4"
	 AND "table=1,ip,ct_state=+trk,actions=ct(commit,zone=1),output:3", SAMPLE_UDP, "k 4 k 3", false},
	{"ct, exec", ON_TCP "ct(commit,exec(set_field:0x5/0xf->ct_mark,load:0x1->NXM_NX_CT_LABEL[64..127],"
	 "move:NXM_OF_TCP_DST[]->NXM_NX_CT_LABEL[0..15],set_field:0x70/0xf0->ct_mark)),output:3",
	 SAMPLE_TCP, "k 3", false},
	/* What it reads of the packet's, Open vSwitch writes to the connection. */
	{"ct, exec reads what it has set", ON_TCP "ct(table=1)" AND
	 "table=1,tcp,actions=ct(commit,exec(set_field:0x30/0xf0->ct_mark,"
	 "move:NXM_NX_CT_MARK[4..7]->NXM_NX_CT_LABEL[8..11],"
	 "move:NXM_NX_CT_LABEL[8..11]->NXM_NX_CT_MARK[28..31])),output:3", SAMPLE_TCP, "k 3", false},
	{"ct, all of a label", ON_IP6 "ct(commit,exec(set_field:0x123456789abcdef0fedcba9876543210"
	 "->ct_label)),output:3", SAMPLE_UDP6, "k 3", false},
	{"ct, in a bucket", ON_IP "group:1,output:4" AND
	 "group_id=1,type=all,bucket=ct(commit,table=1,zone=4)" AND "table=1,ct_state=+trk,actions=output:3",
	 SAMPLE_UDP, "k 3 4", false},
	{"ct, in a bucket with an output", ON_IP "group:1" AND
	 "group_id=1,type=indirect,bucket=ct(commit,zone=4),output:3", SAMPLE_UDP, "3", false},
	{"ct, in a clone", ON_IP "clone(mod_dl_dst:02:00:00:00:00:77,ct(table=1)),output:4" AND
	 "table=1,ip,dl_dst=02:00:00:00:00:77,actions=output:3", SAMPLE_UDP, "3 4", false},
	{"ct, passes", ON_IP "ct(table=1,zone=1)" AND "table=1,ct_zone=1,ip,actions=ct(table=2,zone=2)" AND
	 "table=2,ct_zone=2,ip,actions=ct(commit,zone=2),output:3", SAMPLE_UDP, "k 3", false},
	{"ct, stack and in_port", ON_IP "push:NXM_OF_ETH_SRC[],load:4->NXM_OF_IN_PORT[],ct(table=1)" AND
	 "table=1,ip,in_port=4,actions=pop:NXM_OF_ETH_DST[],output:3", SAMPLE_UDP, "3", false},
	{"ct, behind a label", "table=0,mpls,mpls_bos=1,actions=pop_mpls:0x0800,ct(table=1)" AND
	 "table=1,ip,ct_state=+trk,actions=output:3", SAMPLE_MPLS, "3", false},
	{"ct, a patch port", ON_IP "ct(table=1)" AND "table=1,ip,actions=output:10,output:3" AND
	 "br1:table=0,priority=5,ct_state=+trk,actions=output:12" AND "br1:table=0,priority=1,actions=output:11",
	 SAMPLE_UDP, "11 3", false},
	{"ct, behind a patch port", ON_IP "load:3->NXM_NX_REG0[],output:10,output:3" AND
	 "br1:table=0,ip,actions=ct(table=1,zone=8)" AND
	 "br1:table=1,ip,ct_zone=8,reg0=0,actions=output:11", SAMPLE_UDP, "11 3", false},
	{"ct_clear", ON_IP "ct(table=1)" AND "table=1,ip,actions=ct_clear,resubmit(,2)" AND
	 "table=2,ct_state=-trk,ct_mark=0,ct_zone=0,actions=output:3", SAMPLE_UDP, "3", false},
	{"ct_clear in a clone", ON_IP "ct(table=1,zone=2)" AND
	 "table=1,ip,actions=clone(ct_clear,resubmit(,2)),resubmit(,2)" AND
	 "table=2,priority=2,ct_state=-trk,actions=output:3" AND "table=2,priority=1,ct_zone=2,actions=output:4",
	 SAMPLE_UDP, "3 4", false},
	{"ct, dec_ttl behind it", ON_IP "ct(table=1),dec_ttl,output:4" AND "table=1,actions=output:3",
	 SAMPLE_TCP_TTL1, "3", false},

	{"mirror, and changes",
	 ON_IP "mod_nw_src:10.7.7.7,output:3,mod_nw_dst:10.8.8.8,output:4,normal", SAMPLE_UDP,
	 "3 4 2 3 4 5 6 6 9", true},
	{"mirror, and a drop", ON_ANY "drop", SAMPLE_TAGGED, "", true},
	{"mirror, and its port", ON_ANY "output:5", SAMPLE_TAGGED, "5", true},
};
/* clang-format on */

const size_t n_pipeline_rows = sizeof(pipeline_rows) / sizeof(pipeline_rows[0]);
