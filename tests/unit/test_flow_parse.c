// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Flow text: what is read, and which mistakes are found where.
 */
#include "flow_rows.h"

static const struct flow_good_row good_rows[] = {
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
	{"priority=1,igmp actions=drop", "priority=1,ip,nw_proto=2 actions=drop"},
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
	/* registers and metadata */
	{"priority=1,reg0=0x5,reg15=7 actions=drop", "priority=1,reg0=0x5,reg15=0x7 actions=drop"},
	{"priority=1,NXM_NX_REG1=0x5/0xff actions=drop", "priority=1,reg1=0x5/0xff actions=drop"},
	{"priority=1,NXM_NX_REG1[]=5 actions=drop", "priority=1,reg1=0x5 actions=drop"},
	{"priority=1,reg2[0..15]=5,reg2[16]=1 actions=drop",
	 "priority=1,reg2=0x10005/0x1ffff actions=drop"},
	{"priority=1,reg2[0..15]=5,reg2=5 actions=drop", "priority=1,reg2=0x5 actions=drop"},
	{"priority=1,xreg0=0x123456789 actions=drop",
	 "priority=1,reg0=0x1,reg1=0x23456789 actions=drop"},
	{"priority=1,xreg1=0x500000000/0xff00000000 actions=drop",
	 "priority=1,reg2=0x5/0xff actions=drop"},
	{"priority=1,OXM_OF_PKT_REG7=1 actions=drop",
	 "priority=1,reg14=0x0,reg15=0x1 actions=drop"},
	{"priority=1,xxreg1=0x1/0xf actions=drop", "priority=1,reg7=0x1/0xf actions=drop"},
	{"priority=1,xxreg0=0x1000000020000000300000004 actions=drop",
	 "priority=1,reg0=0x1,reg1=0x2,reg2=0x3,reg3=0x4 actions=drop"},
	{"priority=1,xreg0=5,reg1=5 actions=drop", "priority=1,reg0=0x0,reg1=0x5 actions=drop"},
	{"priority=1,metadata=0x1234567890 actions=drop", NULL},
	{"priority=1,OXM_OF_METADATA=5/7 actions=drop", "priority=1,metadata=0x5/0x7 actions=drop"},
	{"priority=1,metadata[8..15]=255 actions=drop",
	 "priority=1,metadata=0xff00/0xff00 actions=drop"},
	{"priority=1,conj_id=0x20 actions=drop", "priority=1,conj_id=32 actions=drop"},
	/* tunnels, connections */
	{"priority=1,tunnel_id=5,tun_src=10.0.0.0/8,tun_dst=1.2.3.4,tun_tos=4,tun_ttl=64 actions=drop",
	 "priority=1,tun_id=0x5,tun_src=10.0.0.0/8,tun_dst=1.2.3.4,tun_tos=4,tun_ttl=64 actions=drop"},
	{"priority=1,tun_flags=+oam actions=drop", NULL},
	{"priority=1,tun_flags=oam actions=drop", NULL},
	{"priority=1,tun_id=0x5/0xff actions=drop", NULL},
	{"priority=1,NXM_NX_TUN_ID[0..23]=7 actions=drop",
	 "priority=1,tun_id=0x7/0xffffff actions=drop"},
	{"priority=1,ct_state=+trk-new actions=drop", "priority=1,ct_state=-new+trk actions=drop"},
	{"priority=1,ct_state=trk|new actions=drop", "priority=1,ct_state=new|trk actions=drop"},
	{"priority=1,ct_state=0x21/0x21 actions=drop", "priority=1,ct_state=+new+trk actions=drop"},
	{"priority=1,ct_state=0 actions=drop", "priority=1,ct_state=0x0 actions=drop"},
	{"priority=1,ct_zone=5,ct_mark=5/0xf,ct_label=0x10000000000000001/0x1ffffffffffffffff "
	 "actions=drop",
	 "priority=1,ct_zone=0x5,ct_mark=0x5/0xf,ct_label=0x10000000000000001/0x1ffffffffffffffff "
	 "actions=drop"},
	/* MPLS */
	{"priority=1,mpls,mpls_label=1000,mpls_tc=3,mpls_bos=1,mpls_ttl=64 actions=drop", NULL},
	{"priority=1,mplsm,OXM_OF_MPLS_LABEL=1048575 actions=drop",
	 "priority=1,mplsm,mpls_label=1048575 actions=drop"},
	{"priority=1,dl_type=0x8847,mpls_bos=0 actions=drop",
	 "priority=1,mpls,mpls_bos=0 actions=drop"},
	/* other names of fields, and parts of them */
	{"priority=1,NXM_OF_ETH_SRC=0:0:0:0:0:1,OXM_OF_ETH_DST=0:0:0:0:0:2 actions=drop",
	 "priority=1,dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02 actions=drop"},
	{"priority=1,ip,NXM_OF_IP_SRC=10.0.0.0/8,OXM_OF_IPV4_DST=1.2.3.4 actions=drop",
	 "priority=1,ip,nw_src=10.0.0.0/8,nw_dst=1.2.3.4 actions=drop"},
	{"priority=1,ip,nw_src[24..31]=10 actions=drop",
	 "priority=1,ip,nw_src=10.0.0.0/8 actions=drop"},
	{"priority=1,ipv6,NXM_NX_IPV6_SRC[0..127]=1 actions=drop",
	 "priority=1,ipv6,ipv6_src=::1 actions=drop"},
	{"priority=1,NXM_OF_VLAN_TCI=0x1005/0x1fff actions=drop",
	 "priority=1,dl_vlan=5 actions=drop"},
	{"priority=1,NXM_OF_VLAN_TCI[12]=1 actions=drop",
	 "priority=1,vlan_tci=0x1000/0x1000 actions=drop"},
	{"priority=1,OXM_OF_VLAN_VID=0x100a,OXM_OF_VLAN_PCP=3 actions=drop",
	 "priority=1,dl_vlan=10,dl_vlan_pcp=3 actions=drop"},
	{"priority=1,in_port_oxm=vm1 actions=drop", "priority=1,in_port=vm1 actions=drop"},
	{"priority=1,tcp,ONFOXM_ET_TCP_FLAGS=+syn actions=drop",
	 "priority=1,tcp,tcp_flags=+syn actions=drop"},
	{"priority=1,ip,NXM_OF_IP_TOS=184 actions=drop", "priority=1,ip,nw_tos=184 actions=drop"},
	{"priority=1,ip,OXM_OF_IP_DSCP=46 actions=drop", "priority=1,ip,nw_tos=184 actions=drop"},
	{"priority=1,eth,ip actions=drop", "priority=1,ip actions=drop"},
	/* any value */
	{"priority=1,reg0=*,dl_vlan=*,nw_src=*,in_port=* actions=drop", "priority=1 actions=drop"},
	/* attributes, and what Open vSwitch prints beside a rule */
	{"table=254,idle_timeout=10,hard_timeout=65535,priority=1 actions=drop",
	 "table=254,idle_timeout=10,hard_timeout=65535,priority=1 actions=drop"},
	{"idle_timeout=0,priority=1 actions=drop", "priority=1 actions=drop"},
	{"cookie=0x0, duration=1.203s, table=0, n_packets=5, n_bytes=500, idle_age=1, hard_age=2, "
	 "priority=1,ip actions=drop",
	 "priority=1,ip actions=drop"},
	{"priority=1,no_packet_counts,no_byte_counts,allow_hidden_fields,no_readonly_table "
	 "actions=drop",
	 "priority=1 actions=drop"},
};

TEST(flow_parse, good_text_is_read_and_printed)
{
	for (size_t i = 0; i < sizeof(good_rows) / sizeof(good_rows[0]); i++)
		flow_good_check(&good_rows[i]);
}

static const struct flow_bad_row bad_rows[] = {
	BAD(ADD, "table=0,{ipp},actions=drop", "unknown field or keyword 'ipp'"),
	BAD(ADD, "ip{}", "the actions are missing"),
	BAD(ADD, "{}", "the actions are missing"),
	BAD(MOD, "ip{}", "the actions are missing"),
	BAD(ADD, "{actions}", "needs '='"),
	BAD(ADD, "{output:1}", "unknown field or keyword 'output:1'"),
	BAD(ADD, "{send_flow_rem},actions=drop", "'send_flow_rem' is not supported yet"),
	BAD(ADD, "{importance}=5,actions=drop", "'importance' is not supported yet"),
	BAD(ADD, "{reset_counts},actions=drop", "'reset_counts' is not supported yet"),
	BAD(ADD, "ip,{ct_nw_src}=1.2.3.4,actions=drop", "'ct_nw_src' is not supported yet"),
	BAD(ADD, "{tun_metadata0}=1,actions=drop", "'tun_metadata0' is not supported yet"),
	BAD(ADD, "{NXM_NX_DP_HASH}=1,actions=drop", "'NXM_NX_DP_HASH' is not supported yet"),
	BAD(ADD, "{reg16}=1,actions=drop", "unknown field or keyword 'reg16'"),
	BAD(ADD, "{nxm_nx_reg0}=1,actions=drop", "unknown field or keyword 'nxm_nx_reg0'"),
	BAD(ADD, "{\x01\xff}=1,actions=drop",
	    "unknown field or keyword '?"
	    "?'"),
	/* attributes */
	BAD(ADD, "table={255},actions=drop", "out of range (0 to 254)"),
	BAD(ADD, "priority={65536},actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority={-1},actions=drop", "-1 is out of range (0 to 65535)"),
	BAD(ADD, "priority={-0x1},actions=drop", "-0x1 is out of range (0 to 65535)"),
	BAD(ADD, "priority={99999999999999999999},actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority={0x10000000000000000},actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "priority={abc},actions=drop", "'abc' is not a number"),
	BAD(ADD, "priority={-},actions=drop", "'-' is not a number"),
	BAD(ADD, "priority={0x},actions=drop", "'0x' is not a number"),
	BAD(ADD, "priority={--1},actions=drop", "'--1' is not a number"),
	BAD(ADD, "priority={1.5},actions=drop", "'1.5' is not a number"),
	BAD(ADD, "table={-1},actions=drop", "-1 is out of range (0 to 254)"),
	BAD(ADD, "priority={ten},actions=drop", "not a number"),
	BAD(ADD, "{priority},actions=drop", "'priority' needs a value"),
	BAD(ADD, "{priority}=,actions=drop", "'priority' needs a value"),
	BAD(ADD, "cookie={1/1},actions=drop", "has no mask"),
	BAD(ADD, "cookie={0x10000000000000000},actions=drop", "out of range"),
	BAD(ADD, "check_overlap={1},actions=drop", "takes no value"),
	BAD(ADD, "{out_port}=1,actions=drop", "'out_port' has no meaning for a new rule"),
	BAD(DEL, "ip,{actions}=drop", "has no meaning for a deletion"),
	BAD(DEL, "{check_overlap}", "has no meaning for a deletion"),
	BAD(DEL, "ip,{priority}=5", "'priority' is for --strict"),
	BAD(SHOW, "ip,{priority}=5", "has no meaning for a listing"),
	BAD(SHOW, "{actions}=drop", "has no meaning for a listing"),
	BAD(DEL, "out_port={normal}", "takes a port"),
	BAD(DEL, "out_port={nosuch}", "unknown port 'nosuch'"),
	BAD(PACKET, "ip,{priority}=1", "has no meaning for a packet"),
	BAD(PACKET, "{actions}=drop", "has no meaning for a packet"),
	/* fields */
	BAD(ADD, "ip,{nw_src},actions=drop", "'nw_src' needs a value"),
	BAD(ADD, "ip,{nw_src}=,actions=drop", "'nw_src' needs a value"),
	BAD(ADD, "ip,nw_src={10.0.0},actions=drop", "not an IPv4 address"),
	BAD(ADD, "ip,nw_src={10.0.0.256},actions=drop", "not an IPv4 address"),
	BAD(ADD, "ip,nw_src=10.0.0.0/{33},actions=drop", "at most 32 bits"),
	BAD(ADD, "ip,nw_src=10.0.0.0/{x},actions=drop", "not an IPv4 mask"),
	BAD(ADD, "ip,nw_src=10.0.0.0/{}", "the mask is missing behind '/'"),
	BAD(ADD, "ipv6,ipv6_dst={fe80:::1},actions=drop", "not an IPv6 address"),
	BAD(ADD, "ipv6,ipv6_dst=fe80::/{129},actions=drop", "at most 128 bits"),
	BAD(ADD, "dl_src={00:01:02:03:04},actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src={00:01:02:03:04:05:06},actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src={00:01:02:03:04:0g},actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src={000:1:2:3:4:5},actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_src={::::::},actions=drop", "not an Ethernet address"),
	BAD(ADD, "dl_type={0x10000},actions=drop", "out of range"),
	BAD(ADD, "dl_type=0x800{/0xff00},actions=drop", "'dl_type' cannot have a mask"),
	BAD(ADD, "dl_type={0800},actions=drop", "not a number"),
	BAD(ADD, "dl_type=\"{0x800}\",actions=drop", "takes no quoted value"),
	BAD(ADD, "dl_vlan={4096},actions=drop", "out of range (0 to 4095)"),
	BAD(ADD, "dl_vlan_pcp={8},actions=drop", "out of range (0 to 7)"),
	BAD(ADD, "vlan_vid={10},actions=drop", "use dl_vlan=10"),
	BAD(ADD, "dl_vlan=0xffff,{dl_vlan_pcp}=1,actions=drop", "contradicts"),
	BAD(ADD, "ip,nw_tos={5},actions=drop", "low two bits at 0"),
	BAD(ADD, "ip,ip_dscp={64},actions=drop", "out of range (0 to 63)"),
	BAD(ADD, "ip,nw_ecn={4},actions=drop", "out of range (0 to 3)"),
	BAD(ADD, "ip,nw_ttl=1{/1},actions=drop", "cannot have a mask"),
	BAD(ADD, "ip,ip_frag={maybe},actions=drop", "one of no, yes, first, later, not_later"),
	BAD(ADD, "icmp,icmp_type={256},actions=drop", "out of range (0 to 255)"),
	BAD(ADD, "tcp,tp_dst={65536},actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "tcp,tp_dst=80/{0x1ffff},actions=drop", "out of range"),
	BAD(ADD, "tcp,tp_dst={http},actions=drop", "not a number"),
	BAD(ADD, "tcp,tcp_flags=+{sin},actions=drop", "'sin' is not a TCP flag"),
	BAD(ADD, "tcp,tcp_flags=+syn-{syn},actions=drop", "given twice"),
	BAD(ADD, "tcp,tcp_flags={syn|},actions=drop", "missing behind '|'"),
	BAD(ADD, "tcp,tcp_flags={0x1000},actions=drop", "out of range"),
	BAD(ADD, "in_port={0},actions=drop", "out of range (1 to 1023)"),
	BAD(ADD, "in_port={1024},actions=drop", "out of range (1 to 1023)"),
	BAD(ADD, "in_port={nosuch},actions=drop", "unknown port 'nosuch'"),
	BAD(ADD, "in_port={flood},actions=drop", "no packet comes in by 'flood'"),
	BAD(ADD, "in_port={\"a b,actions=drop}", "closing quote"),
	BAD(ADD, "in_port=\"a b\"{x},actions=drop", "a comma or a space is missing"),
	BAD(ADD, "in_port={a} b,actions=drop", "unknown port 'a'"),
	BAD(ADD, "tcp={5},actions=drop", "'tcp' takes no value"),
	/* masks that say nothing */
	BAD(ADD, "tcp,tp_dst=80/{0x0},actions=drop", "'tp_dst': the mask has no bits: leave it"),
	BAD(ADD, "tcp,tp_dst=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "tcp,tcp_flags=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_src=2:0:0:0:0:1/{00:00:00:00:00:00},actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_dst=0:0:0:0:0:0/{0:0:0:0:0:0},actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,nw_dst=10.0.0.1/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,nw_dst=10.0.0.1/{0.0.0.0},actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_dst=fd00::/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_dst=fd00::/{::},actions=drop", "the mask has no bits"),
	BAD(ADD, "ipv6,ipv6_label=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "arp,arp_tpa=10.0.0.1/{0},actions=drop", "'arp_tpa': the mask has no bits"),
	BAD(ADD, "vlan_tci=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_tci=0x1000/{0x0},actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_tci1=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "vlan_vid=0x1005/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "dl_vlan=5{/0},actions=drop", "'dl_vlan' cannot have a mask"),
	BAD(ADD, "dl_vlan_pcp=5{/7},actions=drop", "'dl_vlan_pcp' cannot have a mask"),
	BAD(ADD, "pkt_mark=1/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "ip,ip_frag=1/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "icmp,icmp_type=8/{0},actions=drop", "the mask has no bits"),
	BAD(MOD, "tcp,tp_dst=80/{0},actions=drop", "the mask has no bits"),
	BAD(MOD, "cookie=5/{0},actions=drop", "the mask has no bits"),
	BAD(DEL, "tcp,tp_dst=80/{0}", "the mask has no bits"),
	BAD(DEL, "cookie=5/{0}", "'cookie': the mask has no bits"),
	BAD(ADD, "ip,actions=set_field:10.0.0.1/0->{nw_dst}", "empty mask"),
	/* masks of fields that the packets need not have */
	BAD(ADD, "{tp_dst}=80/0xff,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "ip,{tp_dst}=80/0xff,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "{nw_dst}=10.0.0.0/8,actions=drop", "field 'nw_dst' needs 'ip': add it"),
	BAD(ADD, "{nw_dst}=0.0.0.0/0,actions=drop", "field 'nw_dst' needs 'ip': add it"),
	BAD(ADD, "{ipv6_dst}=::/0,actions=drop", "field 'ipv6_dst' needs 'ipv6': add it"),
	BAD(ADD, "icmp6,{nd_target}=fd00::/8,actions=drop", "needs 'icmp6,icmp_type=135'"),
	BAD(ADD, "{arp_sha}=2:0:0:0:0:0/ff:0:0:0:0:0,actions=drop", "needs 'arp' (or 'rarp')"),
	/* prerequisites and contradictions */
	BAD(ADD, "{tcp_dst}=80,actions=drop", "field 'tcp_dst' needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "udp,{tcp_dst}=80,actions=drop", "needs 'tcp' (or 'tcp6')"),
	BAD(ADD, "ip,{tp_dst}=80,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "icmp,{tp_dst}=80,actions=drop", "needs 'tcp', 'udp' or 'sctp'"),
	BAD(ADD, "{nw_src}=10.0.0.1,actions=drop", "needs 'ip'"),
	BAD(ADD, "ipv6,{nw_src}=10.0.0.1,actions=drop", "needs 'ip'"),
	BAD(ADD, "ip,{ipv6_src}=::1,actions=drop", "needs 'ipv6'"),
	BAD(ADD, "{nw_proto}=6,actions=drop", "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "ip,{arp_spa}=10.0.0.1,actions=drop", "needs 'arp' (or 'rarp')"),
	BAD(ADD, "arp,{nw_ttl}=1,actions=drop", "needs 'ip' (or 'ipv6')"),
	BAD(ADD, "icmp6,{nd_target}=::1,actions=drop", "needs 'icmp6,icmp_type=135'"),
	BAD(ADD, "icmp6,icmp_type=136,nd_sll={::1},actions=drop", "not an Ethernet address"),
	BAD(ADD, "icmp6,icmp_type=128,{nd_sll}=2:0:0:0:0:1,actions=drop", "icmp_type=135"),
	BAD(ADD, "ip,{icmp_type}=1,actions=drop", "needs 'icmp'"),
	BAD(ADD, "ipv6,{icmp_type}=1,actions=drop", "needs 'icmp6'"),
	BAD(ADD, "tcp,{udp},actions=drop", "'udp' contradicts"),
	BAD(ADD, "ip,{arp},actions=drop", "'arp' contradicts"),
	BAD(ADD, "ip,{tcp6},actions=drop", "'tcp6' contradicts"),
	BAD(ADD, "ip,nw_src=10.0.0.1,{nw_src}=10.0.0.2,actions=drop", "given twice"),
	BAD(ADD, "ip,nw_src=10.0.0.0/8,{nw_src}=10.0.0.0/16,actions=drop", "given twice"),
	BAD(ADD, "arp,nw_src=10.0.0.1,{arp_spa}=10.0.0.2,actions=drop", "contradicts"),
	BAD(ADD, "dl_vlan=1,{dl_vlan}=2,actions=drop", "given twice"),
	BAD(ADD, "dl_vlan=1,{vlan_tci}=0,actions=drop", "contradicts"),
	BAD(ADD, "{tp_src}=1,nw_src=1.1.1.1,actions=drop", "field 'tp_src' needs"),
	BAD(ADD, "{nw_src}=1.1.1.1,tp_src=1,actions=drop", "field 'nw_src' needs"),
	/* packets */
	BAD(PACKET, "ip,nw_src=10.0.0.0{/24}", "not a mask"),
	BAD(PACKET, "vlan_vid=0x1000/{0x1000}", "not a mask"),
	BAD(PACKET, "ip,ip_frag={yes}", "one of no, first, later"),
	/* registers, metadata, parts of fields */
	BAD(ADD, "reg0={0x100000000},actions=drop", "out of range (0 to 4294967295)"),
	BAD(ADD, "reg0=1/{0x100000000},actions=drop", "out of range"),
	BAD(ADD, "metadata={0x10000000000000000},actions=drop", "out of range"),
	BAD(ADD, "xxreg0={0x100000000000000000000000000000000},actions=drop",
	    "not a number of 128 bits"),
	BAD(ADD, "xxreg0=0/{0},actions=drop", "the mask has no bits"),
	BAD(ADD, "reg0={abc},actions=drop", "'abc' is not a number"),
	BAD(ADD, "reg0=5,{reg0}=6,actions=drop", "given twice"),
	BAD(ADD, "reg0=5,{xreg0}=6,actions=drop", "contradicts"),
	BAD(ADD, "reg0[0..7]=5,{reg0[4..11]}=1,actions=drop", "contradicts"),
	BAD(ADD, "reg0[0..3]={16},actions=drop", "16 does not fit into 4 bits"),
	BAD(ADD, "reg0[0..3]={x},actions=drop", "'x' is not a number"),
	BAD(ADD, "{reg0[0..3]},actions=drop", "needs a value"),
	BAD(ADD, "reg0[{32}]=1,actions=drop", "'reg0' has 32 bits: there is no bit 32"),
	BAD(ADD, "reg0[{5..2}]=1,actions=drop", "the first bit is the lower one"),
	BAD(ADD, "reg0[{a}]=1,actions=drop", "[], [BIT] or [FIRST..LAST]"),
	BAD(ADD, "reg0[{1..}]=1,actions=drop", "[], [BIT] or [FIRST..LAST]"),
	BAD(ADD, "{reg0[1}=1,actions=drop", "closing bracket"),
	BAD(ADD, "{foo}[0]=1,actions=drop", "unknown field 'foo'"),
	BAD(ADD, "{in_port[0..3]}=1,actions=drop", "'in_port' cannot have a mask"),
	BAD(ADD, "{nw_src[24..31]}=10,actions=drop", "needs 'ip'"),
	BAD(ADD, "ip,nw_tos[{0..3}]=1,actions=drop", "bits 2 to 7"),
	BAD(ADD, "conj_id=5{/1},actions=drop", "'conj_id' cannot have a mask"),
	BAD(ADD, "tun_tos=5{/1},actions=drop", "cannot have a mask"),
	BAD(ADD, "ct_zone=5{/1},actions=drop", "cannot have a mask"),
	BAD(ADD, "ct_state=+{bogus},actions=drop", "'bogus' is not a connection flag"),
	BAD(ADD, "ct_state=+trk-{trk},actions=drop", "given twice"),
	BAD(ADD, "tun_flags=+{csum},actions=drop", "'csum' is not a tunnel flag"),
	BAD(ADD, "{mpls_label}=5,actions=drop", "needs 'mpls' (or 'mplsm')"),
	BAD(ADD, "ip,{mpls_ttl}=5,actions=drop", "needs 'mpls' (or 'mplsm')"),
	BAD(ADD, "mpls,mpls_label={1048576},actions=drop", "out of range (0 to 1048575)"),
	BAD(ADD, "mpls,mpls_label=5{/1},actions=drop", "cannot have a mask"),
	BAD(ADD, "mpls,mpls_bos={2},actions=drop", "out of range (0 to 1)"),
	BAD(ADD, "idle_timeout={65536},actions=drop", "out of range (0 to 65535)"),
	BAD(ADD, "hard_timeout={x},actions=drop", "not a number"),
	BAD(DEL, "{idle_timeout}=5", "has no meaning for a deletion"),
	BAD(ADD, "{out_group}=5,actions=drop", "has no meaning for a new rule"),
	BAD(DEL, "out_group={x}", "not a number"),
	BAD(PACKET, "reg0=5{/1}", "not a mask"),
	BAD(PACKET, "reg0={*}", "not a number"),
};

TEST(flow_parse, bad_text_is_refused_with_its_place)
{
	for (size_t i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++)
		flow_bad_check(&bad_rows[i]);
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
	parse_ok("cookie=7", FLOW_PARSE_DEL, &spec);
	assert_true(spec.cookie == 7 && spec.cookie_mask == ~0ULL);
	parse_ok("cookie=7,actions=drop", FLOW_PARSE_MOD, &spec);
	assert_true(spec.has_new_cookie && spec.new_cookie == 7 && spec.cookie_mask == 0);
	flow_spec_fini(&spec);
	parse_ok("cookie=7/-1,cookie=9,actions=drop", FLOW_PARSE_MOD, &spec);
	assert_true(spec.has_new_cookie && spec.new_cookie == 9);
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

TEST(flow_parse, out_group_of_a_deletion)
{
	struct flow_spec spec;

	parse_ok("", FLOW_PARSE_DEL, &spec);
	assert_true(spec.out_group == -1);
	parse_ok("out_group=0", FLOW_PARSE_DEL, &spec);
	assert_true(spec.out_group == 0);
	parse_ok("out_group=4294967295", FLOW_PARSE_DEL, &spec);
	assert_true(spec.out_group == 0xffffffff);
	parse_ok("out_group=ANY", FLOW_PARSE_DEL, &spec);
	assert_true(spec.out_group == -1);
}

TEST(flow_parse, a_packets_registers_and_tunnel)
{
	struct flow_key want = {
		.metadata = XVS_BE64(0x1234),
		.tun_id = XVS_BE64(7),
		.tun_src = XVS_BE32(0x0a000001),
		.tun_flags = XVS_TUN_OAM,
		.ct_mark = 9,
		.ct_state = XVS_CT_TRK | XVS_CT_EST,
		.ct_label = {2, 1},
		.mpls_lse = XVS_BE32(0x12345 << 12 | 5 << 9 | 1 << 8 | 64),
		.dl_type = XVS_BE16(0x8847),
	};
	struct flow_spec spec;

	want.reg[0] = XVS_BE32(1);
	want.reg[5] = XVS_BE32(0xab00);
	want.reg[7] = XVS_BE32(6);
	parse_ok("reg0=1,reg5[8..15]=0xab,xreg3=6,metadata=0x1234,tun_id=7,tun_src=10.0.0.1,"
		 "tun_flags=oam,ct_mark=9,ct_state=trk|est,ct_label=0x10000000000000002,mpls,"
		 "mpls_label=0x12345,mpls_tc=5,mpls_bos=1,mpls_ttl=64",
		 FLOW_PARSE_PACKET, &spec);
	assert_memory_equal(&spec.match.key, &want, sizeof(want));
}

TEST(flow_parse, a_packets_key)
{
	struct flow_key want = {
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
	assert_int_equal(a[1].set.field, FIELD_TP_DST);
	assert_int_equal(a[1].set.value.b[15], 80);
	assert_int_equal(a[2].set.field, FIELD_TCP_SRC);
	assert_int_equal(a[2].set.value.b[15], 0x50);
	assert_int_equal(a[2].set.mask.b[15], 0xf0);
	assert_int_equal(a[2].set.mask.b[14], 0);
	assert_int_equal(a[3].set.field, FIELD_DL_VLAN);
	assert_int_equal(a[3].set.value.b[15], 5);
	assert_int_equal(a[4].ethertype, XVS_BE16(0x88a8));
	flow_spec_fini(&spec);
	parse_ok("sctp,actions=mod_tp_dst:80", FLOW_PARSE_ADD, &spec);
	assert_int_equal(spec.actions.v[0].set.field, FIELD_TP_DST);
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
		TEST_ROW(flow_parse, out_group_of_a_deletion),
		TEST_ROW(flow_parse, a_packets_registers_and_tunnel),
		TEST_ROW(flow_parse, a_packets_key),
		TEST_ROW(flow_parse, key_and_mask_of_implied_protocols),
		TEST_ROW(flow_parse, set_field_values),
		TEST_ROW(flow_parse, too_many_actions_are_refused_where_they_begin),
		TEST_ROW(flow_parse, without_names_ports_are_numbers),
	};

	return cmocka_run_group_tests_name("flow_parse", tests, NULL, NULL);
}
