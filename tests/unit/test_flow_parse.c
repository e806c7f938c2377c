// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text: what is read, and which mistakes are found where.
 */
#include "test.h"

#include "flow_format.h"
#include "flow_names.h"

/* Good text, and the same flow as it is printed. NULL: as written. */
static const struct good_row {
	const char *text;
	const char *want;
} good_rows[] = {
	/* frames of a rule */
	{"actions=drop", "priority=32768 actions=drop"},
	{"actions=", "priority=32768 actions=drop"},
	{"action=normal", "priority=32768 actions=NORMAL"},
	{" \t table=0 , priority=10 actions=vm0", "priority=10 actions=output:vm0"},
	{"table=3,priority=0 actions=drop", "table=3,priority=0 actions=drop"},
	{"cookie=0xab,priority=65535,actions=1", "cookie=0xab,priority=65535 actions=output:vm0"},
	{"priority=1,check_overlap,ip,actions=drop", "priority=1,ip actions=drop"},
	/* protocols */
	{"priority=1,ip actions=drop", NULL},
	{"priority=1,ipv4 actions=drop", "priority=1,ip actions=drop"},
	{"priority=1,dl_type=0x800 actions=drop", "priority=1,ip actions=drop"},
	{"priority=1,eth_type=2048,ip_proto=6 actions=drop", "priority=1,tcp actions=drop"},
	{"priority=1,tcp actions=drop", NULL},
	{"priority=1,udp actions=drop", NULL},
	{"priority=1,sctp actions=drop", NULL},
	{"priority=1,icmp actions=drop", NULL},
	{"priority=1,igmp actions=drop", NULL},
	{"priority=1,ipv6 actions=drop", NULL},
	{"priority=1,ip6 actions=drop", "priority=1,ipv6 actions=drop"},
	{"priority=1,tcp6 actions=drop", NULL},
	{"priority=1,udp6 actions=drop", NULL},
	{"priority=1,sctp6 actions=drop", NULL},
	{"priority=1,icmpv6 actions=drop", "priority=1,icmp6 actions=drop"},
	{"priority=1,arp actions=drop", NULL},
	{"priority=1,rarp actions=drop", NULL},
	{"priority=1,dl_type=0x88cc actions=drop", NULL},
	{"priority=1,dl_type=0x05ff actions=drop", NULL},
	{"priority=1,ip,nw_proto=47 actions=drop", NULL},
	{"priority=1,ip,tcp,nw_proto=6 actions=drop", "priority=1,tcp actions=drop"},
	/* metadata and Ethernet */
	{"priority=1,in_port=vm1 actions=drop", NULL},
	{"priority=1,in_port=2 actions=drop", "priority=1,in_port=vm1 actions=drop"},
	{"priority=1,in_port=900 actions=drop", NULL},
	{"priority=1,in_port=eth0.10 actions=drop", NULL},
	{"priority=1,in_port=br-lan@x actions=drop", NULL},
	{"priority=1,in_port=10ge1 actions=drop", NULL},
	{"priority=1,in_port=\"a b\" actions=drop", NULL},
	{"priority=1,in_port=\"7\" actions=drop", NULL},
	{"priority=1,in_port=7 actions=drop", "priority=1,in_port=br-lan@x actions=drop"},
	{"priority=1,in_port=6 actions=drop", "priority=1,in_port=\"7\" actions=drop"},
	{"priority=1,in_port=local actions=drop", "priority=1,in_port=LOCAL actions=drop"},
	{"priority=1,in_port=65534 actions=drop", "priority=1,in_port=LOCAL actions=drop"},
	{"priority=1,recirc_id=0x1,pkt_mark=0x1/0xff actions=drop", NULL},
	/* any address */
	{"priority=1,ip,nw_src=0.0.0.0/0,nw_dst=0.0.0.0/0.0.0.0 actions=drop",
	 "priority=1,ip actions=drop"},
	{"priority=1,ipv6,ipv6_src=::/0,ipv6_dst=::/:: actions=drop",
	 "priority=1,ipv6 actions=drop"},
	{"priority=1,arp,arp_spa=0.0.0.0/0,nw_dst=0.0.0.0/0 actions=drop",
	 "priority=1,arp actions=drop"},
	{"priority=1,tcp,nw_src=0.0.0.0/0,nw_dst=10.0.0.0/8,tp_dst=80 actions=drop",
	 "priority=1,tcp,nw_dst=10.0.0.0/8,tp_dst=80 actions=drop"},
	{"priority=1,eth_src=0:1:2:3:4:5 actions=drop",
	 "priority=1,dl_src=00:01:02:03:04:05 actions=drop"},
	{"priority=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=drop", NULL},
	/* VLAN */
	{"priority=1,dl_vlan=10 actions=drop", NULL},
	{"priority=1,dl_vlan=0xffff actions=drop", "priority=1,vlan_tci=0x0000 actions=drop"},
	{"priority=1,dl_vlan=0 actions=drop", NULL},
	{"priority=1,dl_vlan_pcp=7 actions=drop", NULL},
	{"priority=1,dl_vlan=10,vlan_pcp=3 actions=drop",
	 "priority=1,dl_vlan=10,dl_vlan_pcp=3 actions=drop"},
	{"priority=1,vlan_vid=0x100a actions=drop", "priority=1,dl_vlan=10 actions=drop"},
	{"priority=1,vlan_vid=0x1000/0x1000 actions=drop",
	 "priority=1,vlan_tci=0x1000/0x1000 actions=drop"},
	{"priority=1,vlan_vid=0 actions=drop", "priority=1,vlan_tci=0x0000/0x1fff actions=drop"},
	{"priority=1,vlan_tci=0 actions=drop", "priority=1,vlan_tci=0x0000 actions=drop"},
	{"priority=1,vlan_tci=0x0000/0x1fff actions=drop", NULL},
	{"priority=1,vlan_tci=0x1001/0x1001 actions=drop", NULL},
	{"priority=1,vlan_tci=0x100a/0x1fff,vlan_tci1=0x1014/0x1fff actions=drop",
	 "priority=1,dl_vlan=10,vlan_tci1=0x1014/0x1fff actions=drop"},
	/* IP */
	{"priority=1,ip,nw_src=10.0.0.0/24 actions=drop", NULL},
	{"priority=1,ip,ip_src=10.1.2.3/255.255.0.0 actions=drop",
	 "priority=1,ip,nw_src=10.1.0.0/16 actions=drop"},
	{"priority=1,ip,nw_dst=10.0.0.1/255.0.0.255 actions=drop", NULL},
	{"priority=1,ip,nw_dst=10.0.0.1/32 actions=drop",
	 "priority=1,ip,nw_dst=10.0.0.1 actions=drop"},
	{"priority=1,ip,nw_dst=0.0.0.0/0 actions=drop", "priority=1,ip actions=drop"},
	{"nw_src=10.0.0.1,priority=1,ip actions=drop",
	 "priority=1,ip,nw_src=10.0.0.1 actions=drop"},
	{"priority=1,ipv6,ipv6_src=fe80::1/64,ipv6_dst=::1 actions=drop",
	 "priority=1,ipv6,ipv6_src=fe80::/64,ipv6_dst=::1 actions=drop"},
	{"priority=1,ipv6,ipv6_dst=::1/ffff::1 actions=drop", NULL},
	{"priority=1,ipv6,ipv6_label=0x12345 actions=drop", NULL},
	{"priority=1,ip,nw_tos=184,nw_ecn=2,nw_ttl=64 actions=drop", NULL},
	{"priority=1,ipv6,ip_dscp=46,ip_ecn=0 actions=drop",
	 "priority=1,ipv6,nw_tos=184,nw_ecn=0 actions=drop"},
	{"priority=1,ip,ip_frag=no actions=drop", NULL},
	{"priority=1,ip,nw_frag=yes actions=drop", "priority=1,ip,ip_frag=yes actions=drop"},
	{"priority=1,ip,ip_frag=first actions=drop", NULL},
	{"priority=1,ip,ip_frag=later actions=drop", NULL},
	{"priority=1,ip,ip_frag=not_later actions=drop", NULL},
	{"priority=1,ip,ip_frag=0x0/0x1 actions=drop", NULL},
	/* ARP */
	{"priority=1,arp,arp_op=2,arp_spa=10.0.0.0/8,arp_tpa=10.0.0.1 actions=drop", NULL},
	{"priority=1,arp,nw_proto=1,nw_src=10.0.0.1,nw_dst=10.0.0.2 actions=drop",
	 "priority=1,arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2 actions=drop"},
	{"priority=1,arp,arp_sha=00:00:00:00:00:01,arp_tha=00:00:00:00:00:02 actions=drop", NULL},
	/* L4 */
	{"priority=1,tcp,tp_dst=80 actions=drop", NULL},
	{"priority=1,tcp,tcp_src=1,tcp_dst=0x50/0xfff0 actions=drop",
	 "priority=1,tcp,tp_src=1,tp_dst=0x50/0xfff0 actions=drop"},
	{"priority=1,tcp6,tcp_dst=80 actions=drop", "priority=1,tcp6,tp_dst=80 actions=drop"},
	{"priority=1,udp,udp_dst=53 actions=drop", "priority=1,udp,tp_dst=53 actions=drop"},
	{"priority=1,sctp6,sctp_src=5 actions=drop", "priority=1,sctp6,tp_src=5 actions=drop"},
	{"priority=1,tcp,tcp_flags=+syn-ack actions=drop", NULL},
	{"priority=1,tcp,tcp_flags=syn|ack actions=drop", NULL},
	{"priority=1,tcp,tcp_flags=0x002/0x012 actions=drop",
	 "priority=1,tcp,tcp_flags=+syn-ack actions=drop"},
	{"priority=1,tcp,tcp_flags=0x12 actions=drop",
	 "priority=1,tcp,tcp_flags=syn|ack actions=drop"},
	{"priority=1,tcp,tcp_flags=0x200/0x200 actions=drop", NULL},
	{"priority=1,tcp,tcp_flags=0 actions=drop", "priority=1,tcp,tcp_flags=0x0 actions=drop"},
	{"priority=1,icmp,icmp_type=8,icmp_code=0 actions=drop", NULL},
	{"priority=1,icmp6,icmpv6_type=128 actions=drop",
	 "priority=1,icmp6,icmp_type=128 actions=drop"},
	{"priority=1,icmp6,icmp_type=135,nd_target=fe80::/10,nd_sll=02:00:00:00:00:01 actions=drop",
	 NULL},
	{"priority=1,icmp6,icmp_type=136,nd_tll=02:00:00:00:00:01 actions=drop", NULL},
	/* actions */
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
	 "priority=1,tcp actions=mod_tp_dst:80,mod_tp_src:1"},
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
};

TEST(flow_parse, good_text_is_read_and_printed)
{
	for (size_t i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++) {
		const struct good_row *r = &good_rows[i];
		struct flow_spec spec;
		struct parse_error err = {0};
		struct rule rule = {0};
		struct strbuf out;
		int rc = flow_parse(r->text, FLOW_PARSE_ADD, &test_names, &spec, &err);

		ROW_CHECK(r->text, !rc, "'%s' at column %zu", err.message, err.column);
		rule.match = spec.match;
		rule.priority = spec.priority;
		rule.table_id = (__u8)spec.table_id;
		rule.cookie = spec.cookie;
		rule.actions = spec.actions;
		strbuf_init(&out);
		rule_format(&out, &rule, &test_names);
		ROW_CHECK(r->text, !strcmp(strbuf_str(&out), r->want ? r->want : r->text),
			  "printed '%s'", strbuf_str(&out));
		strbuf_fini(&out);
		flow_spec_fini(&spec);
	}
}

/* Bad text; the wrong word stands between the brackets, the message holds
 * 'words'. Brackets at the end of the text stand for what is missing. */
static const struct bad_row {
	enum flow_parse_kind kind;
	const char *text;
	const char *words;
} bad_rows[] = {
#define BAD(kind, text, words)                 \
	{                                      \
		FLOW_PARSE_##kind, text, words \
	}
	BAD(ADD, "table=0,[ipp],actions=drop", "unknown field or keyword 'ipp'"),
	BAD(ADD, "ip[]", "the actions are missing"),
	BAD(ADD, "[]", "the actions are missing"),
	BAD(MOD, "ip[]", "the actions are missing"),
	BAD(ADD, "[actions]", "needs '='"),
	BAD(ADD, "[output:1]", "unknown field or keyword 'output:1'"),
	BAD(ADD, "[idle_timeout]=5,actions=drop", "'idle_timeout' is not supported yet"),
	BAD(ADD, "[hard_timeout]=5,actions=drop", "'hard_timeout' is not supported yet"),
	BAD(ADD, "ip,[ct_state]=+trk,actions=drop", "'ct_state' is not supported yet"),
	BAD(ADD, "[tun_id]=1,actions=drop", "'tun_id' is not supported yet"),
	BAD(ADD, "[reg0]=1,actions=drop", "'reg0' is not supported yet"),
	BAD(ADD, "[\x01\xff]=1,actions=drop",
	    "unknown field or keyword '?"
	    "?'"),
	/* attributes */
	BAD(ADD, "table=[255],actions=drop", "out of range (0 to 254)"),
	BAD(ADD, "priority=[65536],actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority=[-1],actions=drop", "-1 is out of range (0 to 65535)"),
	BAD(ADD, "priority=[-0x1],actions=drop", "-0x1 is out of range (0 to 65535)"),
	BAD(ADD, "priority=[99999999999999999999],actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority=[0x10000000000000000],actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority=[abc],actions=drop", "'abc' is not a number"),
	BAD(ADD, "priority=[-],actions=drop", "'-' is not a number"),
	BAD(ADD, "priority=[0x],actions=drop", "'0x' is not a number"),
	BAD(ADD, "priority=[--1],actions=drop", "'--1' is not a number"),
	BAD(ADD, "priority=[1.5],actions=drop", "'1.5' is not a number"),
	BAD(ADD, "table=[-1],actions=drop", "-1 is out of range (0 to 254)"),
	BAD(ADD, "priority=[ten],actions=drop", "not a number"),
	BAD(ADD, "[priority],actions=drop", "'priority' needs a value"),
	BAD(ADD, "[priority]=,actions=drop", "'priority' needs a value"),
	BAD(ADD, "cookie=[1/1],actions=drop", "has no mask"),
	BAD(ADD, "cookie=[0x10000000000000000],actions=drop", "out of range"),
	BAD(ADD, "check_overlap=[1],actions=drop", "takes no value"),
	BAD(ADD, "[out_port]=1,actions=drop", "'out_port' has no meaning for a new rule"),
	BAD(DEL, "ip,[actions]=drop", "has no meaning for a deletion"),
	BAD(DEL, "[check_overlap]", "has no meaning for a deletion"),
	BAD(DEL, "out_port=[normal]", "takes a port"),
	BAD(DEL, "out_port=[nosuch]", "unknown port 'nosuch'"),
	BAD(PACKET, "ip,[priority]=1", "has no meaning for a packet"),
	BAD(PACKET, "[actions]=drop", "has no meaning for a packet"),
	/* fields */
	BAD(ADD, "ip,[nw_src],actions=drop", "'nw_src' needs a value"),
	BAD(ADD, "ip,[nw_src]=,actions=drop", "'nw_src' needs a value"),
	BAD(ADD, "ip,nw_src=[10.0.0],actions=drop", "not an IPv4 address"),
	BAD(ADD, "ip,nw_src=[10.0.0.256],actions=drop", "not an IPv4 address"),
	BAD(ADD, "ip,nw_src=10.0.0.0/[33],actions=drop", "at most 32 bits"),
	BAD(ADD, "ip,nw_src=10.0.0.0/[x],actions=drop", "not an IPv4 mask"),
	BAD(ADD, "ip,nw_src=10.0.0.0/[]", "the mask is missing behind '/'"),
	BAD(ADD, "ipv6,ipv6_dst=[fe80:::1],actions=drop", "not an IPv6 address"),
	BAD(ADD, "ipv6,ipv6_dst=fe80::/[129],actions=drop", "at most 128 bits"),
	BAD(ADD, "dl_src=[00:01:02:03:04],actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src=[00:01:02:03:04:05:06],actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src=[00:01:02:03:04:0g],actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src=[000:1:2:3:4:5],actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src=[::::::],actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_type=[0x10000],actions=drop", "out of range"),
	BAD(ADD, "dl_type=0x800[/0xff00],actions=drop", "'dl_type' cannot have a mask"),
	BAD(ADD, "dl_type=[0800],actions=drop", "not a number"),
	BAD(ADD, "dl_type=\"[0x800]\",actions=drop", "takes no quoted value"),
	BAD(ADD, "dl_vlan=[4096],actions=drop", "out of range (0 to 4095)"),
	BAD(ADD, "dl_vlan_pcp=[8],actions=drop", "out of range (0 to 7)"),
	BAD(ADD, "vlan_vid=[10],actions=drop", "use dl_vlan=10"),
	BAD(ADD, "dl_vlan=0xffff,[dl_vlan_pcp]=1,actions=drop", "contradicts"),
	BAD(ADD, "ip,nw_tos=[5],actions=drop", "low two bits at 0"),
	BAD(ADD, "ip,ip_dscp=[64],actions=drop", "out of range (0 to 63)"),
	BAD(ADD, "ip,nw_ecn=[4],actions=drop", "out of range (0 to 3)"),
	BAD(ADD, "ip,nw_ttl=1[/1],actions=drop", "cannot have a mask"),
	BAD(ADD, "ip,ip_frag=[maybe],actions=drop", "one of no, yes, first, later, not_later"),
	BAD(ADD, "icmp,icmp_type=[256],actions=drop", "out of range (0 to 255)"),
	BAD(ADD, "tcp,tp_dst=[65536],actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "tcp,tp_dst=80/[0x1ffff],actions=drop", "out of range"),
	BAD(ADD, "tcp,tp_dst=[http],actions=drop", "not a number"),
	BAD(ADD, "tcp,tcp_flags=+[sin],actions=drop", "'sin' is not a TCP flag"),
	BAD(ADD, "tcp,tcp_flags=+syn-[syn],actions=drop", "given twice"),
	BAD(ADD, "tcp,tcp_flags=[syn|],actions=drop", "missing behind '|'"),
	BAD(ADD, "tcp,tcp_flags=[0x1000],actions=drop", "out of range"),
	BAD(ADD, "in_port=[0],actions=drop", "out of range (1 to 1023)"),
	BAD(ADD, "in_port=[1024],actions=drop", "out of range (1 to 1023)"),
	BAD(ADD, "in_port=[nosuch],actions=drop", "unknown port 'nosuch'"),
	BAD(ADD, "in_port=[flood],actions=drop", "no packet comes in by 'flood'"),
	BAD(ADD, "in_port=[\"a b,actions=drop]", "closing quote"),
	BAD(ADD, "in_port=\"a b\"[x],actions=drop", "a comma or a space is missing"),
	BAD(ADD, "in_port=[a] b,actions=drop", "unknown port 'a'"),
	BAD(ADD, "tcp=[5],actions=drop", "'tcp' takes no value"),
	/* masks that say nothing */
	BAD(ADD, "tcp,tp_dst=80/[0x0],actions=drop", "'tp_dst': the mask has no bits: leave it"),
	BAD(ADD, "tcp,tp_dst=0/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "tcp,tcp_flags=0/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_src=2:0:0:0:0:1/[00:00:00:00:00:00],actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_dst=0:0:0:0:0:0/[0:0:0:0:0:0],actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,nw_dst=10.0.0.1/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,nw_dst=10.0.0.1/[0.0.0.0],actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_dst=fd00::/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_dst=fd00::/[::],actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_label=0/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "arp,arp_tpa=10.0.0.1/[0],actions=drop", "'arp_tpa': the mask has no bits"),
	BAD(ADD, "vlan_tci=0/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_tci=0x1000/[0x0],actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_tci1=0/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_vid=0x1005/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_vlan=5[/0],actions=drop", "'dl_vlan' cannot have a mask"),
	BAD(ADD, "dl_vlan_pcp=5[/7],actions=drop", "'dl_vlan_pcp' cannot have a mask"),
	BAD(ADD, "pkt_mark=1/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,ip_frag=1/[0],actions=drop", "the mask has no bits"),
	BAD(ADD, "icmp,icmp_type=8/[0],actions=drop", "the mask has no bits"),
	BAD(MOD, "tcp,tp_dst=80/[0],actions=drop", "the mask has no bits"),
	BAD(MOD, "cookie=5/[0],actions=drop", "the mask has no bits"),
	BAD(DEL, "tcp,tp_dst=80/[0]", "the mask has no bits"),
	BAD(DEL, "cookie=5/[0]", "'cookie': the mask has no bits"),
	BAD(ADD, "ip,actions=set_field:10.0.0.1/0->[nw_dst]", "empty mask"),
	/* masks of fields that the packets need not have */
	BAD(ADD, "[tp_dst]=80/0xff,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "ip,[tp_dst]=80/0xff,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "[nw_dst]=10.0.0.0/8,actions=drop", "field 'nw_dst' needs 'ip': add it"),
	BAD(ADD, "[nw_dst]=0.0.0.0/0,actions=drop", "field 'nw_dst' needs 'ip': add it"),
	BAD(ADD, "[ipv6_dst]=::/0,actions=drop", "field 'ipv6_dst' needs 'ipv6': add it"),
	BAD(ADD, "icmp6,[nd_target]=fd00::/8,actions=drop", "needs 'icmp6,icmp_type=135'"),
	BAD(ADD, "[arp_sha]=2:0:0:0:0:0/ff:0:0:0:0:0,actions=drop", "needs 'arp' (or 'rarp')"),
	/* prerequisites and contradictions */
	BAD(ADD, "[tcp_dst]=80,actions=drop", "field 'tcp_dst' needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "udp,[tcp_dst]=80,actions=drop", "needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "ip,[tp_dst]=80,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "icmp,[tp_dst]=80,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "[nw_src]=10.0.0.1,actions=drop", "needs 'ip'"),
	BAD(ADD, "ipv6,[nw_src]=10.0.0.1,actions=drop", "needs 'ip'"),
	BAD(ADD, "ip,[ipv6_src]=::1,actions=drop", "needs 'ipv6'"),
	BAD(ADD, "[nw_proto]=6,actions=drop", "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "ip,[arp_spa]=10.0.0.1,actions=drop", "needs 'arp' (or 'rarp')"),
	BAD(ADD, "arp,[nw_ttl]=1,actions=drop", "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "icmp6,[nd_target]=::1,actions=drop", "needs 'icmp6,icmp_type=135'"),
	BAD(ADD, "icmp6,icmp_type=136,nd_sll=[::1],actions=drop", "not an Ethernet address"),
	BAD(ADD, "icmp6,icmp_type=128,[nd_sll]=2:0:0:0:0:1,actions=drop", "icmp_type=135"),
	BAD(ADD, "ip,[icmp_type]=1,actions=drop", "needs 'icmp'"),
	BAD(ADD, "ipv6,[icmp_type]=1,actions=drop", "needs 'icmp6'"),
	BAD(ADD, "tcp,[udp],actions=drop", "'udp' contradicts"),
	BAD(ADD, "ip,[arp],actions=drop", "'arp' contradicts"),
	BAD(ADD, "ip,[tcp6],actions=drop", "'tcp6' contradicts"),
	BAD(ADD, "ip,nw_src=10.0.0.1,[nw_src]=10.0.0.2,actions=drop", "given twice"),
	BAD(ADD, "ip,nw_src=10.0.0.0/8,[nw_src]=10.0.0.0/16,actions=drop", "given twice"),
	BAD(ADD, "arp,nw_src=10.0.0.1,[arp_spa]=10.0.0.2,actions=drop", "contradicts"),
	BAD(ADD, "dl_vlan=1,[dl_vlan]=2,actions=drop", "given twice"),
	BAD(ADD, "dl_vlan=1,[vlan_tci]=0,actions=drop", "contradicts"),
	BAD(ADD, "[tp_src]=1,nw_src=1.1.1.1,actions=drop", "field 'tp_src' needs"),
	BAD(ADD, "[nw_src]=1.1.1.1,tp_src=1,actions=drop", "field 'nw_src' needs"),
	/* packets */
	BAD(PACKET, "ip,nw_src=10.0.0.0[/24]", "not a mask"),
	BAD(PACKET, "vlan_vid=0x1000/[0x1000]", "not a mask"),
	BAD(PACKET, "ip,ip_frag=[yes]", "one of no, first, later"),
	/* actions */
	BAD(ADD, "actions=[foo]", "unknown action or port 'foo'"),
	BAD(ADD, "actions=[foo]:1", "unknown action 'foo'"),
	BAD(ADD, "actions=vm0,[resubmit](,1)", "action 'resubmit' is not supported yet"),
	BAD(ADD, "actions=[goto_table]:1", "action 'goto_table' is not supported yet"),
	BAD(ADD, "actions=[group]:1", "action 'group' is not supported yet"),
	BAD(ADD, "actions=[ct](commit)", "action 'ct' is not supported yet"),
	BAD(ADD, "actions=[learn](table=1)", "action 'learn' is not supported yet"),
	BAD(ADD, "actions=[controller]", "action 'controller' is not supported yet"),
	BAD(ADD, "actions=[meter]:1", "action 'meter' is not supported yet"),
	BAD(ADD, "actions=output:[controller]", "not supported yet"),
	BAD(ADD, "actions=[output]", "action 'output' needs a value"),
	BAD(ADD, "actions=[output]:", "action 'output' needs a value"),
	BAD(ADD, "actions=output:[nosuch]", "unknown port 'nosuch'"),
	BAD(ADD, "actions=output:[1024]", "out of range (1 to 1023)"),
	BAD(ADD, "actions=[0]", "out of range (1 to 1023)"),
	BAD(ADD, "actions=vm0,[drop]", "'drop' must be the only action"),
	BAD(ADD, "actions=[drop],vm0", "'drop' must be the only action"),
	BAD(ADD, "actions=normal:[1]", "takes no value"),
	BAD(ADD, "actions=push_vlan:[0x9100]", "0x8100 or 0x88a8"),
	BAD(ADD, "actions=mod_vlan_vid:[4096]", "out of range (0 to 4095)"),
	BAD(ADD, "actions=mod_vlan_pcp:[8]", "out of range (0 to 7)"),
	BAD(ADD, "actions=[mod_nw_src]:10.0.0.1", "action 'mod_nw_src' needs 'ip' in the match"),
	BAD(ADD, "ipv6,actions=[mod_nw_src]:10.0.0.1", "needs 'ip' in the match"),
	BAD(ADD, "ip,actions=mod_nw_src:[10.0.0.0/8]", "takes no mask"),
	BAD(ADD, "ip,actions=[mod_tp_dst]:80", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "icmp,actions=[mod_tp_dst]:80", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "ip,actions=mod_nw_tos:[3]", "low two bits at 0"),
	BAD(ADD, "actions=[dec_ttl]", "needs 'ip' (or 'ipv6') in the match"),
	BAD(ADD, "ip,actions=dec_ttl([1])", "takes no value"),
	BAD(ADD, "actions=set_field:[5]", "set_field:VALUE->FIELD"),
	BAD(ADD, "actions=set_field:5->[foo]", "unknown field 'foo'"),
	BAD(ADD, "actions=set_field:5->[in_port]", "field 'in_port' cannot be set"),
	BAD(ADD, "actions=set_field:5->[dl_type]", "field 'dl_type' cannot be set"),
	BAD(ADD, "actions=set_field:[x]->vlan_vid", "not a number"),
	BAD(ADD, "actions=set_field:->[eth_src]", "'eth_src' needs a value"),
	BAD(ADD, "ip,actions=set_field:0.0.0.0/0->[nw_src]", "nothing to set"),
	BAD(ADD, "udp,actions=set_field:1->[tcp_dst]", "needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "udp,ip_frag=later,actions=[mod_tp_src]:1", "later fragments"),
	BAD(ADD, "actions=output[(]1", "closing parenthesis"),
	BAD(ADD, "actions=output(1)[x]", "a comma or a space is missing"),
	BAD(ADD, "actions=[\"a b]", "closing quote"),
	BAD(ADD, "actions=[]:5", "unknown action ''"),
#undef BAD
};

TEST(flow_parse, bad_text_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		const struct bad_row *r = &bad_rows[i];
		const char *open = strchr(r->text, '['), *close = strchr(r->text, ']');
		size_t column = (size_t)(open - r->text), len = (size_t)(close - open - 1), n = 0;
		struct flow_spec spec;
		struct parse_error err = {0};
		char text[200];

		for (const char *p = r->text; *p; p++)
			if (*p != '[' && *p != ']')
				text[n++] = *p;
		text[n] = '\0';
		ROW_CHECK(r->text, flow_parse(text, r->kind, &test_names, &spec, &err) == -EINVAL,
			  "was accepted");
		ROW_CHECK(r->text, strstr(err.message, r->words), "'%s'", err.message);
		ROW_CHECK(r->text, err.column == column, "column %zu, '%s'", err.column,
			  err.message);
		ROW_CHECK(r->text, err.len == (len ? len : 1), "len %zu", err.len);
	}
}

static void parse_ok(const char *text, enum flow_parse_kind kind, struct flow_spec *spec)
{
	struct parse_error err = {0};

	if (flow_parse(text, kind, &test_names, spec, &err))
		fail_msg("'%s': %s at %zu", text, err.message, err.column);
}

TEST(flow_parse, defaults_depend_on_the_kind)
{
	struct flow_spec spec;

	parse_ok("actions=drop", FLOW_PARSE_ADD, &spec);
	assert_int_equal(spec.priority, 32768);
	assert_false(spec.has_priority);
	assert_false(spec.check_overlap);
	assert_int_equal(spec.table_id, 0);
	assert_int_equal(spec.out_port, -1);
	flow_spec_fini(&spec);
	parse_ok("", FLOW_PARSE_DEL, &spec);
	assert_int_equal(spec.table_id, -1);
	assert_true(spec.cookie_mask == 0);
	assert_int_equal(spec.actions.n, 0);
	flow_spec_fini(&spec);
	parse_ok("priority=5,check_overlap,actions=drop", FLOW_PARSE_ADD, &spec);
	assert_true(spec.has_priority);
	assert_true(spec.check_overlap);
	flow_spec_fini(&spec);
}

TEST(flow_parse, cookies_of_new_rules_and_of_selections)
{
	struct flow_spec spec;

	parse_ok("cookie=0x1f,actions=drop", FLOW_PARSE_ADD, &spec);
	assert_true(spec.cookie == 0x1f && spec.cookie_mask == 0);
	flow_spec_fini(&spec);
	parse_ok("cookie=0x1f/0x0f", FLOW_PARSE_DEL, &spec);
	assert_true(spec.cookie == 0x0f && spec.cookie_mask == 0x0f);
	parse_ok("cookie=7/-1", FLOW_PARSE_DEL, &spec);
	assert_true(spec.cookie == 7 && spec.cookie_mask == ~0ULL);
	parse_ok("cookie=7,actions=drop", FLOW_PARSE_MOD, &spec);
	assert_true(spec.cookie == 7 && spec.cookie_mask == ~0ULL);
	flow_spec_fini(&spec);
}

TEST(flow_parse, out_port_of_a_deletion)
{
	struct flow_spec spec;

	parse_ok("out_port=vm1", FLOW_PARSE_DEL, &spec);
	assert_int_equal(spec.out_port, 2);
	parse_ok("out_port=LOCAL", FLOW_PARSE_DEL, &spec);
	assert_int_equal(spec.out_port, 0xfffe);
	parse_ok("out_port=none", FLOW_PARSE_DEL, &spec);
	assert_int_equal(spec.out_port, -1);
}

TEST(flow_parse, a_packets_key)
{
	struct xvs_flow_key want = {
		.in_port = 1,
		.dl_type = XVS_BE16(0x0800),
		.vlan_tci = XVS_BE16(0x700a),
		.nw_src = XVS_BE32(0x0a000001),
		.nw_proto = 6,
		.nw_tos = 0xb9,
		.tp_dst = XVS_BE16(22),
		.tcp_flags = XVS_BE16(0x12),
	};
	struct flow_spec spec;

	parse_ok("in_port=vm0,dl_vlan=10,dl_vlan_pcp=3,tcp,nw_src=10.0.0.1,nw_tos=184,nw_ecn=1,"
		 "tp_dst=22,tcp_flags=+syn+ack",
		 FLOW_PARSE_PACKET, &spec);
	assert_memory_equal(&spec.match.key, &want, sizeof(want));
	assert_int_equal(spec.actions.n, 0);
}

TEST(flow_parse, key_and_mask_of_implied_protocols)
{
	struct match want = {0};
	struct flow_spec spec;

	want.key.dl_type = XVS_BE16(0x86dd);
	want.mask.dl_type = 0xffff;
	want.key.nw_proto = 17;
	want.mask.nw_proto = 0xff;
	want.key.tp_dst = XVS_BE16(0x50);
	want.mask.tp_dst = XVS_BE16(0xfff0);
	parse_ok("udp6,tp_dst=0x5f/0xfff0", FLOW_PARSE_DEL, &spec);
	assert_memory_equal(&spec.match, &want, sizeof(want));
}

TEST(flow_parse, set_field_values)
{
	struct flow_spec spec;
	const struct ofact *a;

	parse_ok("tcp,actions=mod_nw_tos:184,mod_tp_dst:80,set_field:0x50/0xf0->tcp_src,"
		 "mod_vlan_vid:5,push_vlan:0x88a8",
		 FLOW_PARSE_ADD, &spec);
	a = spec.actions.v;
	assert_int_equal(spec.actions.n, 5);
	assert_int_equal(a[0].set.field, FIELD_NW_TOS);
	assert_int_equal(a[0].set.value.b[15], 46);
	assert_int_equal(a[0].set.mask.b[15], 63);
	assert_int_equal(a[1].set.field, FIELD_TCP_DST);
	assert_int_equal(a[1].set.value.b[15], 80);
	assert_int_equal(a[2].set.field, FIELD_TCP_SRC);
	assert_int_equal(a[2].set.value.b[15], 0x50);
	assert_int_equal(a[2].set.mask.b[15], 0xf0);
	assert_int_equal(a[2].set.mask.b[14], 0);
	assert_int_equal(a[3].set.field, FIELD_DL_VLAN);
	assert_int_equal(a[3].set.value.b[15], 5);
	assert_int_equal(a[4].tpid, XVS_BE16(0x88a8));
	flow_spec_fini(&spec);
	parse_ok("sctp,actions=mod_tp_dst:80", FLOW_PARSE_ADD, &spec);
	assert_int_equal(spec.actions.v[0].set.field, FIELD_SCTP_DST);
	flow_spec_fini(&spec);
}

TEST(flow_parse, too_many_actions_are_refused_where_they_begin)
{
	struct flow_spec spec;
	struct parse_error err;
	struct strbuf text;

	strbuf_init(&text);
	strbuf_add(&text, "actions=");
	for (int i = 0; i < 512; i++)
		strbuf_add(&text, "1,");
	parse_ok(strbuf_str(&text), FLOW_PARSE_ADD, &spec);
	assert_int_equal(spec.actions.n, 512);
	flow_spec_fini(&spec);
	strbuf_add(&text, "1");
	assert_int_equal(flow_parse(strbuf_str(&text), FLOW_PARSE_ADD, &test_names, &spec, &err),
			 -EINVAL);
	assert_int_equal(err.column, 8 + 2 * 512);
	strbuf_fini(&text);
}

TEST(flow_parse, without_names_ports_are_numbers)
{
	struct flow_spec spec;
	struct parse_error err;

	assert_int_equal(flow_parse("in_port=5,actions=6", FLOW_PARSE_ADD, NULL, &spec, &err), 0);
	assert_int_equal(spec.match.key.in_port, 5);
	assert_int_equal(spec.actions.v[0].port, 6);
	flow_spec_fini(&spec);
	assert_int_equal(flow_parse("in_port=vm0,actions=6", FLOW_PARSE_ADD, NULL, &spec, NULL),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_ROW(flow_parse, good_text_is_read_and_printed),
		TEST_ROW(flow_parse, bad_text_is_refused_with_its_place),
		TEST_ROW(flow_parse, defaults_depend_on_the_kind),
		TEST_ROW(flow_parse, cookies_of_new_rules_and_of_selections),
		TEST_ROW(flow_parse, out_port_of_a_deletion),
		TEST_ROW(flow_parse, a_packets_key),
		TEST_ROW(flow_parse, key_and_mask_of_implied_protocols),
		TEST_ROW(flow_parse, set_field_values),
		TEST_ROW(flow_parse, too_many_actions_are_refused_where_they_begin),
		TEST_ROW(flow_parse, without_names_ports_are_numbers),
	};

	return cmocka_run_group_tests_name("flow_parse", tests, NULL, NULL);
}
