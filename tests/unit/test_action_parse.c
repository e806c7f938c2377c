// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Text of actions: what is read, and which mistakes are found where.
 */
#include "flow_rows.h"

static const struct flow_good_row good_rows[] = {
	{"priority=1 actions=NORMAL,Flood,ALL,in_port,LOCAL",
	 "priority=1 actions=NORMAL,FLOOD,ALL,IN_PORT,LOCAL"},
	{"priority=1 actions=output:1,output(2),vm0,output:\"a b\"",
	 "priority=1 actions=output:vm0,output:vm1,output:vm0,output:\"a b\""},
	{"priority=1 actions=output:normal,output:\"normal\",\"normal\"",
	 "priority=1 actions=NORMAL,output:\"normal\",output:\"normal\""},
	{"priority=1 actions=output(\"a b\"),10ge1",
	 "priority=1 actions=output:\"a b\",output:10ge1"},
	{"priority=1 actions=mod_dl_src:0:0:0:0:0:1,mod_dl_dst=00:00:00:00:00:02",
	 "priority=1 actions=mod_dl_src:00:00:00:00:00:01,mod_dl_dst:00:00:00:00:00:02"},
	{"priority=1 actions=mod_vlan_vid:5,mod_vlan_pcp:1,strip_vlan,push_vlan:0x88a8,pop_vlan",
	 "priority=1 actions=mod_vlan_vid:5,mod_vlan_pcp:1,pop_vlan,push_vlan:0x88a8,pop_vlan"},
	{"priority=1 actions=push_vlan:33024,set_field:0x1005->vlan_vid,set_field:5->dl_vlan",
	 "priority=1 actions=push_vlan:0x8100,mod_vlan_vid:5,mod_vlan_vid:5"},
	{"priority=1,ip actions=mod_nw_src:10.0.0.1,mod_nw_dst:10.0.0.2,mod_nw_tos:184", NULL},
	{"priority=1,ip actions=mod_nw_ecn:1,mod_nw_ttl:64,dec_ttl,vm0",
	 "priority=1,ip actions=mod_nw_ecn:1,mod_nw_ttl:64,dec_ttl,output:vm0"},
	{"priority=1,udp actions=mod_tp_src:1,mod_tp_dst:2", NULL},
	{"priority=1,tcp actions=set_field:80->tp_dst,set_field:1->tcp_src",
	 "priority=1,tcp actions=mod_tp_dst:80,set_field:1->tcp_src"},
	{"priority=1,ip actions=set_field:10.0.0.0/8->ip_src,set_field:46->ip_dscp",
	 "priority=1,ip actions=set_field:10.0.0.0/8->nw_src,mod_nw_tos:184"},
	{"priority=1,ipv6 actions=set_field:fe80::1->ipv6_src,set_field:0x5->ipv6_label", NULL},
	{"priority=1,arp actions=set_field:2->arp_op,set_field:10.0.0.1->arp_spa", NULL},
	{"priority=1 actions=set_field:01:00:00:00:00:00/01:00:00:00:00:00->eth_dst",
	 "priority=1 actions=set_field:01:00:00:00:00:00/01:00:00:00:00:00->dl_dst"},
	{"priority=1,icmp6,icmp_type=136 actions=set_field:fe80::2->nd_target,"
	 "set_field:02:00:00:00:00:01->nd_tll",
	 NULL},
	{"priority=1,icmp6 actions=set_field:1->icmp_code",
	 "priority=1,icmp6 actions=set_field:1->icmpv6_code"},
	/* more outputs */
	{"priority=1 actions=output:reg0,output:NXM_NX_REG1[],output:reg2[0..15],output:in_port",
	 "priority=1 actions=output:reg0[],output:reg1[],output:reg2[0..15],IN_PORT"},
	{"priority=1 actions=controller,CONTROLLER:65535,controller:128,controller(),"
	 "output:controller,controller(max_len=7,reason=action,id=0)",
	 "priority=1 actions=CONTROLLER:65535,CONTROLLER:65535,CONTROLLER:128,CONTROLLER:65535,"
	 "CONTROLLER:65535,CONTROLLER:7"},
	/* fields */
	{"priority=1 actions=set_field:\"a b\"->in_port,set_field:900->in_port", NULL},
	{"priority=1 actions=set_field:5->reg0,set_field:0x5/0xff->reg1,set_field:7->NXM_NX_REG2",
	 "priority=1 actions=set_field:0x5->reg0,set_field:0x5/0xff->reg1,set_field:0x7->reg2"},
	{"priority=1 actions=set_field:0x123456789->xreg0,set_field:0x1/0x1->xxreg3", NULL},
	{"priority=1 actions=set_field:0x1234567890abcdef1234567890abcdef->xxreg0", NULL},
	{"priority=1 actions=write_metadata:5,write_metadata:0x5/0xf,set_field:7->metadata",
	 "priority=1 actions=set_field:0x5->metadata,set_field:0x5/0xf->metadata,"
	 "set_field:0x7->metadata"},
	{"priority=1 actions=load:5->reg0,load:0x5->NXM_NX_REG0[],load:1->reg0[31]",
	 "priority=1 actions=set_field:0x5->reg0,set_field:0x5->reg0,"
	 "set_field:0x80000000/0x80000000->reg0"},
	{"priority=1 actions=load:0xffff->NXM_OF_IN_PORT[],load:0->in_port,set_field:vm1->in_port,"
	 "set_field:LOCAL->in_port",
	 "priority=1 actions=load:0xffff->in_port[],load:0x0->in_port[],set_field:vm1->in_port,"
	 "set_field:LOCAL->in_port"},
	{"priority=1 actions=load:1->NXM_OF_IN_PORT[0..3]",
	 "priority=1 actions=load:0x1->in_port[0..3]"},
	{"priority=1 actions=load:0x020000000001->NXM_OF_ETH_DST[]",
	 "priority=1 actions=mod_dl_dst:02:00:00:00:00:01"},
	{"priority=1 actions=load:5->NXM_OF_VLAN_TCI[0..11],load:1->NXM_OF_VLAN_TCI[12],"
	 "load:0x1005->vlan_tci,load:3->OXM_OF_VLAN_PCP[]",
	 "priority=1 actions=load:0x5->vlan_tci[0..11],load:0x1->vlan_tci[12],"
	 "load:0x1005->vlan_tci[],mod_vlan_pcp:3"},
	{"priority=1 actions=set_field:0x1001/0x1fff->vlan_tci,set_field:0x1001/0x1001->vlan_tci",
	 "priority=1 actions=load:0x1001->vlan_tci[0..12],set_field:0x1001/0x1001->vlan_tci"},
	{"priority=1,ip actions=load:46->ip_dscp,load:184->NXM_OF_IP_TOS[],"
	 "load:46->NXM_OF_IP_TOS[2..7],load:1->nw_tos[2]",
	 "priority=1,ip actions=mod_nw_tos:184,mod_nw_tos:184,mod_nw_tos:184,load:0x1->ip_dscp[0]"},
	{"priority=1,arp actions=load:2->NXM_OF_ARP_OP[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]",
	 "priority=1,arp actions=set_field:2->arp_op,move:arp_spa[]->arp_tpa[]"},
	{"priority=1,ipv6 actions=load:1->NXM_NX_IPV6_DST[]",
	 "priority=1,ipv6 actions=set_field:::1->ipv6_dst"},
	{"priority=1,icmp actions=load:8->NXM_OF_ICMP_TYPE[],move:icmp_code->reg0[0..7]",
	 "priority=1,icmp actions=set_field:8->icmp_type,move:icmp_code[]->reg0[0..7]"},
	{"priority=1 actions=move:reg0->reg1,move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],"
	 "move:NXM_OF_IN_PORT[]->reg0[0..15],move:reg0[0..3]->metadata[60..63],move:xxreg0->xxreg1",
	 "priority=1 actions=move:reg0[]->reg1[],move:dl_src[]->dl_dst[],"
	 "move:in_port[]->reg0[0..15],move:reg0[0..3]->metadata[60..63],move:xxreg0[]->xxreg1[]"},
	{"priority=1 actions=move:NXM_OF_VLAN_TCI[0..11]->reg0[0..11],move:dl_vlan->reg0[0..11]",
	 "priority=1 actions=move:vlan_tci[0..11]->reg0[0..11],move:vlan_vid[]->reg0[0..11]"},
	{"priority=1 actions=push:reg0,push:NXM_OF_ETH_SRC[0..7],pop:reg1[0..7],pop:NXM_NX_REG0[]",
	 "priority=1 actions=push:reg0[],push:dl_src[0..7],pop:reg1[0..7],pop:reg0[]"},
	{"priority=1,ip actions=set_nw_ttl:5,dec_ttl(0),dec_ttl",
	 "priority=1,ip actions=mod_nw_ttl:5,dec_ttl,dec_ttl"},
	{"priority=1 actions=set_vlan_vid:7,set_vlan_pcp:1",
	 "priority=1 actions=mod_vlan_vid:7,mod_vlan_pcp:1"},
	/* MPLS, and what a packet is behind it */
	{"priority=1,ip actions=push_mpls:0x8847,set_mpls_label:5,set_mpls_tc(3),set_mpls_ttl:9,"
	 "dec_mpls_ttl,pop_mpls:0x0800,dec_ttl,mod_nw_src:1.2.3.4",
	 "priority=1,ip actions=push_mpls:0x8847,set_mpls_label:5,set_mpls_tc:3,set_mpls_ttl:9,"
	 "dec_mpls_ttl,pop_mpls:0x0800,dec_ttl,mod_nw_src:1.2.3.4"},
	{"priority=1,mplsm actions=set_field:5->mpls_label,load:1->mpls_label[0],pop_mpls:0x8847,"
	 "dec_mpls_ttl",
	 "priority=1,mplsm actions=set_mpls_label:5,load:0x1->mpls_label[0],pop_mpls:0x8847,"
	 "dec_mpls_ttl"},
	{"priority=1 actions=push_mpls:0x8848,move:mpls_label->reg0[0..19],pop_mpls:0x86dd,"
	 "set_field:::1->ipv6_src",
	 "priority=1 actions=push_mpls:0x8848,move:mpls_label[]->reg0[0..19],pop_mpls:0x86dd,"
	 "set_field:::1->ipv6_src"},
	{"priority=1,ip actions=clone(push_mpls:0x8847,dec_mpls_ttl),dec_ttl", NULL},
	/* tables */
	{"priority=1 actions=resubmit:vm1,resubmit(2),resubmit(,5),resubmit(vm0,0),"
	 "resubmit(\"a b\",7),resubmit(in_port,3),resubmit(LOCAL,1),resubmit(none,1),resubmit(900,2)",
	 "priority=1 actions=resubmit:vm1,resubmit:vm1,resubmit(,5),resubmit(vm0,0),"
	 "resubmit(\"a b\",7),resubmit(,3),resubmit(LOCAL,1),resubmit(NONE,1),resubmit(900,2)"},
	{"priority=1 actions=resubmit(\"a b\"),resubmit( vm0 , 9 )",
	 "priority=1 actions=resubmit:\"a b\",resubmit(vm0,9)"},
	{"table=3,priority=1 actions=resubmit(,3),vm0,goto_table:4",
	 "table=3,priority=1 actions=resubmit(,3),output:vm0,goto_table:4"},
	{"priority=1 actions=goto_table:254", NULL},
	{"priority=1 actions=exit,output:1", "priority=1 actions=exit,output:vm0"},
	/* lists inside of lists */
	{"priority=1 actions=clone(1,clone(2),push:reg0),vm0",
	 "priority=1 actions=clone(output:vm0,clone(output:vm1),push:reg0[]),output:vm0"},
	{"priority=1 actions=clone()", "priority=1 actions=clone(drop)"},
	{"priority=1 actions=clone(drop)", NULL},
	{"priority=1 actions=clone(\"a b\")", "priority=1 actions=clone(output:\"a b\")"},
	{"priority=1 actions=clone(\"a b\",\"7\")",
	 "priority=1 actions=clone(output:\"a b\",output:\"7\")"},
	{"priority=1 actions=clone(clone(clone(clone(clone(clone(clone(clone(drop))))))))", NULL},
	/* groups, meters, conjunctions */
	{"priority=1 actions=group:0,group:0x10,group(7)",
	 "priority=1 actions=group:0,group:16,group:7"},
	{"priority=1 actions=meter:1,output:vm0", NULL},
	{"priority=1 actions=meter:4294901760", NULL},
	{"priority=1 actions=conjunction(5,1/3),conjunction( 0x10 , 2/2 )",
	 "priority=1 actions=conjunction(5,1/3),conjunction(16,2/2)"},
	{"priority=1 actions=conjunction(4294967295,64/64)", NULL},
	/* ct */
	{"priority=1,ip actions=ct,ct(),ct_clear,ct_clear()",
	 "priority=1,ip actions=ct(),ct(),ct_clear,ct_clear"},
	{"priority=1,tcp actions=ct(zone=5,table=1,commit)",
	 "priority=1,tcp actions=ct(commit,table=1,zone=5)"},
	{"priority=1,tcp actions=ct(zone=0),ct=commit,ct(table=1,table=2,zone=NXM_NX_REG0[0..15]),"
	 "ct(zone=3,zone=0x10),ct(zone=ct_mark[16..31]),ct(commit force)",
	 "priority=1,tcp actions=ct(),ct(commit),ct(table=2,zone=reg0[0..15]),ct(zone=16),"
	 "ct(zone=ct_mark[16..31]),ct(commit,force)"},
	{"priority=1,tcp actions=ct(table=254,nat,commit),ct(commit,nat())",
	 "priority=1,tcp actions=ct(commit,table=254,nat),ct(commit,nat)"},
	{"priority=1,ip actions=ct(commit,nat(src)),ct(commit,nat(dst=10.0.0.1)),"
	 "ct(commit,nat(src=10.0.0.1-10.0.0.1:7-7)),"
	 "ct(commit,nat(src=10.0.0.1-10.0.0.9:1-65535,random,persistent)),"
	 "ct(commit,nat(dst=10.0.0.1:80,hash,persistent))",
	 "priority=1,ip actions=ct(commit,nat(src)),ct(commit,nat(dst=10.0.0.1)),"
	 "ct(commit,nat(src=10.0.0.1:7)),"
	 "ct(commit,nat(src=10.0.0.1-10.0.0.9:1-65535,persistent,random)),"
	 "ct(commit,nat(dst=10.0.0.1:80,persistent,hash))"},
	{"priority=1,ipv6 actions=ct(commit,nat(src=[fe80::1]-[fe80::2]:1-2)),"
	 "ct(commit,nat(dst=[fe80::1])),ct(commit,nat(src=fe80::1-fe80::5)),"
	 "ct(commit,nat(dst=[::1]:80))",
	 "priority=1,ipv6 actions=ct(commit,nat(src=[fe80::1]-[fe80::2]:1-2)),"
	 "ct(commit,nat(dst=fe80::1)),ct(commit,nat(src=fe80::1-fe80::5)),"
	 "ct(commit,nat(dst=[::1]:80))"},
	{"priority=1,tcp actions=ct(commit,exec(set_field:1->ct_mark,load:0x12->ct_label[64..71]),"
	 "alg=ftp,exec(move:NXM_NX_REG0[]->NXM_NX_CT_LABEL[0..31]))",
	 "priority=1,tcp actions=ct(commit,exec(set_field:0x1->ct_mark,"
	 "set_field:0x120000000000000000/0xff0000000000000000->ct_label,"
	 "move:reg0[]->ct_label[0..31]),alg=ftp)"},
	{"priority=1,udp actions=ct(commit,exec(),alg=tftp),ct(exec( ))",
	 "priority=1,udp actions=ct(commit,alg=tftp),ct()"},
	{"priority=1,ip actions=clone(ct(commit),vm0),ct(commit,exec(set_field:0x5/0xf->ct_mark))",
	 "priority=1,ip actions=clone(ct(commit),output:vm0),"
	 "ct(commit,exec(set_field:0x5/0xf->ct_mark))"},
	/* learn */
	{"priority=1 actions=learn()", "priority=1 actions=learn(table=1)"},
	{"priority=1 actions=learn(table=0,idle_timeout=5,hard_timeout=60,priority=7,cookie=0xab)",
	 NULL},
	{"priority=1 actions=learn(table=10,hard_timeout=300,NXM_OF_VLAN_TCI[0..11],"
	 "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],"
	 "output:NXM_OF_IN_PORT[])",
	 "priority=1 actions=learn(table=10,hard_timeout=300,vlan_tci[0..11],dl_dst[]=dl_src[],"
	 "load:in_port[]->reg0[0..15],output:in_port[])"},
	{"priority=1 actions=learn(eth_type=0x800,nw_src=1.2.3.4,load:5->reg0,in_port=vm1)",
	 "priority=1 actions=learn(table=1,dl_type=0x0800,nw_src=1.2.3.4,load:0x5->reg0[],"
	 "in_port=vm1)"},
	{"priority=1,tcp actions=learn(eth_type=0x800,ip_proto=6,NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],"
	 "nw_tos=184,tcp_flags=syn|ack,ip_frag=no)",
	 "priority=1,tcp actions=learn(table=1,dl_type=0x0800,nw_proto=6,tcp_src[]=tcp_dst[],"
	 "nw_tos=184,tcp_flags=syn|ack,ip_frag=no)"},
	{"priority=1 actions=learn(table=1,reg0[0..15]=0x5,reg1[]=reg2[],in_port=\"a b\",dl_vlan=7,"
	 "load:0xff->reg3[8..15])",
	 NULL},
	{"priority=1 actions=learn(dl_type=0x86dd,ipv6_dst=fe80::1,load:46->OXM_OF_IP_DSCP[],"
	 "load:184->NXM_OF_IP_TOS[])",
	 "priority=1 actions=learn(table=1,dl_type=0x86dd,ipv6_dst=fe80::1,load:0x2e->ip_dscp[],"
	 "load:0x2e->ip_dscp[])"},
	{"priority=1 actions=learn(metadata=0x123456789a,xxreg0=0x12345678901234567890,"
	 "dl_src=2:0:0:0:0:1)",
	 "priority=1 actions=learn(table=1,metadata=0x123456789a,xxreg0=0x12345678901234567890,"
	 "dl_src=02:00:00:00:00:01)"},
};

TEST(action_parse, good_text_is_read_and_printed)
{
	for (size_t i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++)
		flow_good_check(&good_rows[i]);
}

static const struct flow_bad_row bad_rows[] = {
	BAD(ADD, "actions={foo}", "unknown action or port 'foo'"),
	BAD(ADD, "actions={foo}:1", "unknown action 'foo'"),
	BAD(ADD, "actions={sample}(probability=1)", "action 'sample' is not supported yet"),
	BAD(ADD, "actions={output}", "action 'output' needs a value"),
	BAD(ADD, "actions={output}:", "action 'output' needs a value"),
	BAD(ADD, "actions=output:{nosuch}", "unknown port 'nosuch'"),
	BAD(ADD, "actions=output:{1024}", "out of range (1 to 1023)"),
	BAD(ADD, "actions={0}", "out of range (1 to 1023)"),
	BAD(ADD, "actions=vm0,{drop}", "'drop' must be the only action"),
	BAD(ADD, "actions={drop},vm0", "'drop' must be the only action"),
	BAD(ADD, "actions=normal:{1}", "takes no value"),
	BAD(ADD, "actions=push_vlan:{0x9100}", "0x8100 or 0x88a8"),
	BAD(ADD, "actions=mod_vlan_vid:{4096}", "out of range (0 to 4095)"),
	BAD(ADD, "actions=mod_vlan_pcp:{8}", "out of range (0 to 7)"),
	BAD(ADD, "actions={mod_nw_src}:10.0.0.1", "action 'mod_nw_src' needs 'ip' in the match"),
	BAD(ADD, "ipv6,actions={mod_nw_src}:10.0.0.1", "needs 'ip' in the match"),
	BAD(ADD, "ip,actions=mod_nw_src:{10.0.0.0/8}", "takes no mask"),
	BAD(ADD, "ip,actions={mod_tp_dst}:80", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "icmp,actions={mod_tp_dst}:80", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "ip,actions=mod_nw_tos:{3}", "low two bits at 0"),
	BAD(ADD, "actions={dec_ttl}", "needs 'ip' (or 'ipv6') in the match"),
	BAD(ADD, "actions=set_field:{5}", "set_field:VALUE[/MASK]->FIELD"),
	BAD(ADD, "actions=set_field:5->{foo}", "unknown field 'foo'"),
	BAD(ADD, "actions=set_field:5->{dl_type}", "field 'dl_type' cannot be set"),
	BAD(ADD, "actions=set_field:{x}->vlan_vid", "not a number"),
	BAD(ADD, "actions=set_field:->{eth_src}", "'eth_src' needs a value"),
	BAD(ADD, "ip,actions=set_field:0.0.0.0/0->{nw_src}", "nothing to set"),
	BAD(ADD, "udp,actions=set_field:1->{tcp_dst}", "needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "udp,ip_frag=later,actions={mod_tp_src}:1", "later fragments"),
	BAD(ADD, "actions=output{(}1", "closing parenthesis"),
	BAD(ADD, "actions=output(1){x}", "a comma or a space is missing"),
	BAD(ADD, "actions={\"a b}", "closing quote"),
	BAD(ADD, "actions={}:5", "unknown action ''"),
	/* ct */
	BAD(ADD, "actions={ct}(commit)", "action 'ct' needs 'ip' (or 'ipv6') in the match"),
	BAD(ADD, "arp,actions={ct}", "action 'ct' needs 'ip'"),
	BAD(ADD, "tcp,ct_state=+trk+inv,actions={ct}(commit)", "invalid (ct_state=+inv)"),
	BAD(ADD, "tcp,actions=ct({bogus})", "'ct' has no 'bogus'"),
	BAD(ADD, "tcp,actions=ct:{1}", "'ct' has no '1'"),
	BAD(ADD, "tcp,actions=ct(commit={1})", "'commit' takes no value"),
	BAD(ADD, "tcp,actions={ct}(force)", "needs 'commit' for 'force'"),
	BAD(ADD, "tcp,actions=ct(table={255})", "out of range (0 to 254)"),
	BAD(ADD, "tcp,actions=ct({table})", "'table' needs a value: table=NUMBER"),
	BAD(ADD, "tcp,actions=ct(zone={65536})", "out of range (0 to 65535)"),
	BAD(ADD, "tcp,actions=ct(zone={reg0})", "a zone has 16 bits: 'reg0' has 32"),
	BAD(ADD, "tcp,actions=ct(zone={reg0[0..7]})", "a zone has 16 bits"),
	BAD(ADD, "tcp,actions={ct}(zone=ipv6_src[0..15])", "needs 'ipv6' in the match"),
	BAD(ADD, "tcp,actions=ct(alg={sip})", "'alg' is ftp or tftp"),
	BAD(ADD, "ip,actions={ct}(alg=ftp)", "needs 'tcp' (or 'tcp6') in the match"),
	BAD(ADD, "tcp,actions={ct}(alg=tftp)", "needs 'udp' (or 'udp6') in the match"),
	BAD(ADD, "tcp,actions={ct}(exec(set_field:1->ct_mark))", "needs 'commit' for 'exec'"),
	BAD(ADD, "tcp,actions=ct({exec})", "'exec' needs a value"),
	BAD(ADD, "tcp,actions=ct(commit,exec(set_field:1->{reg0}))",
	    "field 'reg0' cannot be set in 'ct', only ct_mark and ct_label can"),
	BAD(ADD, "tcp,actions=ct(commit,exec(set_field:1->{ct_zone}))", "cannot be set in 'ct'"),
	BAD(ADD, "tcp,actions=ct(commit,exec({output}:1))", "action 'output' cannot stand in 'ct'"),
	BAD(ADD, "tcp,actions=ct(commit,exec({drop}))", "cannot stand in 'ct'"),
	BAD(ADD, "tcp,actions=ct(commit,exec({ct}))", "cannot stand in 'ct'"),
	BAD(ADD, "tcp,actions=ct(commit,exec({move}:ct_mark->ct_label))",
	    "a source of 32 bits, but a destination of 128"),
	BAD(ADD, "tcp,actions={nat}(src=1.2.3.4)", "'nat' stands in 'ct'"),
	BAD(ADD, "tcp,actions={ct}(nat(src=1.2.3.4))", "needs 'commit' for 'nat' with src or dst"),
	BAD(ADD, "tcp,actions={ct}(nat(src))", "needs 'commit' for 'nat'"),
	BAD(ADD, "tcp,actions={ct}(commit,nat(random))", "flags of 'nat' without src or dst"),
	BAD(ADD, "tcp,actions={ct}(commit,nat(src=1.2.3.4,hash,random))", "one of hash and random"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src=1.2.3.4,{dst}=1.1.1.1))", "one of src and dst"),
	BAD(ADD, "tcp,actions=ct(nat,{nat})", "'ct' has one 'nat'"),
	BAD(ADD, "tcp,actions=ct(commit,nat({foo}))", "'nat' has no 'foo'"),
	BAD(ADD, "tcp,actions=ct(commit,nat({foo}=1))", "'nat' has no 'foo'"),
	BAD(ADD, "tcp,actions={ct}(commit,nat(src=fe80::1))", "needs 'ipv6' in the match"),
	BAD(ADD, "tcp6,actions={ct}(commit,nat(src=1.2.3.4))", "needs 'ip' in the match"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src={1.2.3}))", "'1.2.3' is not"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src={0.0.0.0}))", "no address of zeros"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src={1.2.3.9-1.2.3.4}))", "addresses ends before it"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src=1.2.3.4:{20-10}))", "ports ends before it begins"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src=1.2.3.4:{0}))", "0 is out of range (1 to 65535)"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src=1.2.3.4:{65536}))", "out of range"),
	BAD(ADD, "tcp,actions=ct(commit,nat(src=1.2.3.4{:}))", "ADDR-ADDR:PORT-PORT"),
	BAD(ADD, "tcp6,actions=ct(commit,nat(src={[fe80::1}))", "closing bracket is missing"),
	BAD(ADD, "tcp6,actions=ct(commit,nat(src=[fe80::1]{x}))", "ADDR-ADDR:PORT-PORT"),
	BAD(ADD, "tcp,actions=ct_clear({1})", "action 'ct_clear' takes no value"),
	/* what is not done */
	BAD(ADD, "actions={note}:01", "action 'note' is not supported yet"),
	BAD(ADD, "actions={write_actions}(output:1)", "not supported yet"),
	BAD(ADD, "actions={table}", "action 'table' is not supported yet"),
	BAD(ADD, "actions=output:{table}", "not supported"),
	BAD(ADD, "actions=output:{none}", "no port to output to"),
	BAD(ADD, "ip,actions=dec_ttl({1,2})", "ids of controllers"),
	BAD(ADD, "actions=controller({reason}=no_match)", "'reason' of 'controller' is not supp"),
	BAD(ADD, "actions=controller({userdata}=01.02)", "not supported"),
	BAD(ADD, "actions=controller({pause})", "not supported"),
	BAD(ADD, "actions=controller({len}=5)", "'controller' has no 'len'"),
	BAD(ADD, "actions=controller:{65536}", "out of range (0 to 65535)"),
	BAD(ADD, "actions=controller(max_len={x})", "not a number"),
	/* fields */
	BAD(ADD, "actions=set_field:5->{recirc_id}", "field 'recirc_id' cannot be set"),
	BAD(ADD, "actions=set_field:5->{pkt_mark}", "the fast path leaves the mark alone"),
	BAD(ADD, "actions=set_field:5->{tun_id}", "there are no tunnel ports yet"),
	BAD(ADD, "actions=set_field:5->{ct_mark}", "outside of 'ct': ct(commit,exec(...))"),
	BAD(ADD, "actions=load:5->{conj_id[]}", "field 'conj_id' cannot be set"),
	BAD(ADD, "actions=load:5->{dl_type}", "field 'dl_type' cannot be set"),
	BAD(ADD, "mpls,actions=load:1->{mpls_bos}", "field 'mpls_bos' cannot be set"),
	BAD(ADD, "actions=load:{5x}->reg0", "'5x' is not a number"),
	BAD(ADD, "actions=load:{0x100000000}->reg0", "does not fit into 32 bits"),
	BAD(ADD, "actions=load:{4}->reg0[1..2]", "4 does not fit into 2 bits"),
	BAD(ADD, "actions=load:{}->reg0", "'' is not a number"),
	BAD(ADD, "ip,actions=load:{185}->NXM_OF_IP_TOS[]", "low two bits at 0"),
	BAD(ADD, "ip,actions=load:{256}->NXM_OF_IP_TOS[]", "does not fit into 8 bits"),
	BAD(ADD, "actions=load:1->reg0[{32}]", "there is no bit 32"),
	BAD(ADD, "actions=load:1->{foo}[0]", "unknown field 'foo'"),
	BAD(ADD, "actions=set_field:\"{a b}\"->reg0", "takes no quoted value"),
	BAD(ADD, "actions=set_field:{\"a b\"-x}", "set_field:VALUE[/MASK]->FIELD"),
	BAD(ADD, "actions=load:{1}", "load:VALUE->DST"),
	BAD(ADD, "actions=load:1->{nw_src}", "needs 'ip' in the match"),
	BAD(ADD, "actions=set_field:0x5/0->{reg0}", "nothing to set"),
	BAD(ADD, "actions=set_field:7{/1}->in_port", "cannot have a mask"),
	BAD(ADD, "actions=set_field:{1024}->in_port", "out of range"),
	BAD(ADD, "mpls,actions=set_field:5{/1}->mpls_label", "cannot have a mask"),
	BAD(ADD, "actions=set_field:{0x100000000}->reg0", "out of range"),
	BAD(ADD, "actions=write_metadata:{x}", "not a number"),
	BAD(ADD, "actions={write_metadata}:5/0", "nothing to set"),
	BAD(ADD, "actions=move:reg0->{foo}", "unknown field 'foo'"),
	BAD(ADD, "actions=move:{foo}->reg0", "unknown field 'foo'"),
	BAD(ADD, "actions={move}:reg0[0..3]->reg1[0..4]",
	    "a source of 4 bits, but a destination of 5"),
	BAD(ADD, "actions={move}:nw_src->reg1", "needs 'ip' in the match"),
	BAD(ADD, "ip,actions={move}:reg1->ipv6_src[0..31]", "needs 'ipv6' in the match"),
	BAD(ADD, "actions=move:reg0->{dl_type[0]}", "field 'dl_type' cannot be set"),
	BAD(ADD, "actions=move:{reg0}", "move:SRC->DST"),
	BAD(ADD, "actions=pop:{dl_type}", "field 'dl_type' cannot be set"),
	BAD(ADD, "actions={push}:nw_src", "needs 'ip' in the match"),
	BAD(ADD, "actions=push:{foo}", "unknown field 'foo'"),
	BAD(ADD, "actions={output}:nw_src[0..15]", "needs 'ip' in the match"),
	/* MPLS */
	BAD(ADD, "actions=push_mpls:{0x0800}", "0x8847 or 0x8848"),
	BAD(ADD, "actions=push_mpls:{0x10000}", "out of range"),
	BAD(ADD, "mpls,actions=pop_mpls:{0x500}", "takes an EtherType"),
	BAD(ADD, "actions={pop_mpls}:0x0800", "needs 'mpls' (or 'mplsm') in the match"),
	BAD(ADD, "actions={dec_mpls_ttl}", "needs 'mpls' (or 'mplsm') in the match"),
	BAD(ADD, "ip,actions={set_mpls_label}:5", "needs 'mpls' (or 'mplsm') in the match"),
	BAD(ADD, "ip,actions=push_mpls:0x8847,{dec_ttl}", "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "tcp,actions=push_mpls:0x8847,pop_mpls:0x0800,{mod_tp_src}:1",
	    "needs 'tcp', 'udp'"),
	BAD(ADD, "ip,actions=push_mpls:0x8847,pop_mpls:0x86dd,{mod_nw_src}:1.2.3.4", "needs 'ip'"),
	BAD(ADD, "ip,actions=clone(push_mpls:0x8847),{dec_mpls_ttl}", "needs 'mpls'"),
	BAD(ADD, "ip,actions=clone(push_mpls:0x8847,{dec_ttl}),dec_ttl", "needs 'ip'"),
	BAD(ADD, "mpls,actions=set_mpls_tc:{8}", "out of range (0 to 7)"),
	BAD(ADD, "mpls,actions=set_mpls_label:{5/1}", "takes no mask"),
	/* tables */
	BAD(ADD, "actions={resubmit}", "needs a value: resubmit(PORT,TABLE)"),
	BAD(ADD, "actions={resubmit}(,)", "needs a port or a table"),
	BAD(ADD, "actions={resubmit}(in_port,)", "needs a port or a table"),
	BAD(ADD, "actions=resubmit(,{255})", "out of range (0 to 254)"),
	BAD(ADD, "actions=resubmit({nosuch},1)", "unknown port 'nosuch'"),
	BAD(ADD, "actions=resubmit({flood},1)", "no packet comes in by 'flood'"),
	BAD(ADD, "actions=resubmit(1,2,{ct})", "takes a port and a table"),
	BAD(ADD, "actions=goto_table:{255}", "out of range (0 to 254)"),
	BAD(ADD, "actions={goto_table}:0", "leads only to tables above the rule's own, which is 0"),
	BAD(MOD, "actions={goto_table}:0", "above the rule's own"),
	BAD(ADD, "table=7,actions={goto_table}:7", "above the rule's own, which is 7"),
	BAD(ADD, "actions=goto_table:5,{output}:1", "stands behind 'goto_table'"),
	BAD(ADD, "actions=goto_table:5,{goto_table}:6", "stands behind 'goto_table'"),
	BAD(ADD, "actions=clone({goto_table}:5)", "is for rules"),
	/* lists inside of lists */
	BAD(ADD, "actions={clone}", "needs a value: clone(ACTION,...)"),
	BAD(ADD, "actions=vm0,clone(vm1,clone({foo}),vm0)", "unknown action or port 'foo'"),
	BAD(ADD, "actions=clone(vm0,clone(output:{nosuch}))", "unknown port 'nosuch'"),
	BAD(ADD, "actions=clone(vm0,{drop})", "'drop' must be the only action"),
	BAD(ADD, "actions=clone{(}vm0", "closing parenthesis"),
	BAD(ADD, "actions=clone{(}clone(vm0)", "closing parenthesis"),
	BAD(ADD, "actions=clone(output:1){x}", "a comma or a space is missing"),
	BAD(ADD, "actions=clone(clone(clone(clone(clone(clone(clone(clone({clone}(drop)))))))))",
	    "nested deeper than 8"),
	/* groups, meters, conjunctions */
	BAD(ADD, "actions={group}:4294967295", "takes 0 to 4294967040"),
	BAD(ADD, "actions=group:{4294967296}", "out of range"),
	BAD(ADD, "actions=group:{x}", "not a number"),
	BAD(ADD, "actions={meter}:0", "takes 1 to 4294901760"),
	BAD(ADD, "actions=vm0,{meter}:1", "must be the first action"),
	BAD(ADD, "actions=clone({meter}:1)", "is for rules"),
	BAD(ADD, "actions=conjunction({5})", "conjunction(ID,K/N)"),
	BAD(ADD, "actions=conjunction({5,1})", "conjunction(ID,K/N)"),
	BAD(ADD, "actions=conjunction(5,1/{1})", "2 to 64 clauses"),
	BAD(ADD, "actions=conjunction(5,1/{65})", "out of range (0 to 64)"),
	BAD(ADD, "actions=conjunction(5,{4}/3)", "clauses are 1 to 3"),
	BAD(ADD, "actions=conjunction(5,{0}/3)", "clauses are 1 to 3"),
	BAD(ADD, "actions=conjunction({x},1/3)", "not a number"),
	BAD(ADD, "actions=conjunction(5,1/3),{vm0}", "cannot stand beside 'conjunction'"),
	BAD(ADD, "actions=vm0,{conjunction}(5,1/3)", "cannot stand beside other actions"),
	BAD(ADD, "actions=clone({conjunction}(5,1/3))", "is for rules"),
	/* learn */
	BAD(ADD, "actions={learn}", "needs a value: learn(...)"),
	BAD(ADD, "actions=learn(table={255})", "out of range (0 to 254)"),
	BAD(ADD, "actions=learn({table})", "'table' needs a value"),
	BAD(ADD, "actions=learn(priority={65536})", "out of range"),
	BAD(ADD, "actions=learn(idle_timeout={x})", "not a number"),
	BAD(ADD, "actions=learn({ip},nw_src=1.2.3.4)", "unknown field 'ip'"),
	BAD(ADD, "actions=learn({nw_src}=1.2.3.4)", "needs 'ip' in the match"),
	BAD(ADD, "actions=learn(eth_type=0x800,nw_src={1.2.3})", "not an IPv4 address"),
	BAD(ADD, "actions=learn(eth_type=0x800,nw_src=1.2.3.4{/8})", "not a mask"),
	BAD(ADD, "tcp,actions=learn(NXM_OF_ETH_TYPE[],{NXM_OF_IP_PROTO[]})",
	    "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "actions=learn(eth_type=0x800,{nw_src}=nw_dst)", "needs 'ip' in the match"),
	BAD(ADD, "actions=learn({reg0}=reg1[0..15])",
	    "a source of 16 bits, but a destination of 32"),
	BAD(ADD, "actions=learn({in_port[0..3]}=5)", "a part of 'in_port'"),
	BAD(ADD, "actions=learn(reg0[0..3]={16})", "does not fit into 4 bits"),
	BAD(ADD, "actions=learn(load:5->{conj_id})", "cannot be set"),
	BAD(ADD, "actions=learn(load:{16}->reg0[0..3])", "does not fit into 4 bits"),
	BAD(ADD, "actions=learn(load:{reg0})", "load"),
	BAD(ADD, "actions=learn({load}:nw_src->reg0)", "needs 'ip' in the match"),
	BAD(ADD, "actions=learn(output:{foo})", "unknown field 'foo'"),
	BAD(ADD, "actions=learn({output}:nw_src[0..15])", "needs 'ip' in the match"),
	BAD(ADD, "actions=learn({fin_idle_timeout}=5)", "not supported yet"),
	BAD(ADD, "actions=learn({limit}=5)", "not supported yet"),
	BAD(ADD, "actions=vm0,learn(table=2,{foo}=1)", "unknown field 'foo'"),
	BAD(ADD, "actions=clone(learn(reg0=1,{foo}=1))", "unknown field 'foo'"),
};

TEST(action_parse, bad_text_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++)
		flow_bad_check(&bad_rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(action_parse, good_text_is_read_and_printed),
		TEST_ROW(action_parse, bad_text_is_refused_with_its_place),
	};

	return cmocka_run_group_tests_name("action_parse", tests, NULL, NULL);
}
