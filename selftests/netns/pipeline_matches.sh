#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_matches: each field that a rule can match on, by both hooks: a packet
# that matches goes to vm1, one that differs in the field alone to vm2.
#
#   vm0 02:..:01 ──┐
#   vm1 02:..:02 ──┤ sw0
#   vm2 02:..:03 ──┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/guests.bash"

for i in 0 1 2; do
    guest vm$i
done
xvs attach vm0 vm1 vm2
guests_start vm0 vm1 vm2

matches() { # MATCH FRAME OTHER-FRAME
    rules "priority=10,$1,actions=output:vm1" 'priority=1,actions=output:vm2'
    see "$1" vm0 "$2" 'vm1 ='
    see "not $1" vm0 "$3" 'vm2 ='
}

metadata() {
    local i
    rules 'in_port=vm0,udp,actions=output:vm1' 'in_port=2,udp,actions=output:vm0'
    see "in_port=vm0" vm0 'ip udp' 'vm1 ='
    see "in_port=2" vm1 'ip udp' 'vm0 ='
    see "another port" vm2 'ip udp'
    # Written in one table, matched in the next.
    for i in metadata reg{0..15} xreg{0..7} xxreg{0..3}; do
        rules "udp,tp_dst=80,actions=set_field:0x50->$i,resubmit(,1)" \
            'priority=1,actions=resubmit(,1)' "table=1,priority=10,$i=0x50,actions=output:vm1" \
            'table=1,priority=1,actions=output:vm2'
        see "$i=0x50" vm0 'ip udp' 'vm1 ='
        see "$i=0" vm0 'ip udp:dst=81' 'vm2 ='
    done
    rules 'udp,tp_dst=80,actions=load:0x5->reg1[4..7],resubmit(,1)' \
        'priority=1,actions=load:0x6->reg1[4..7],resubmit(,1)' \
        'table=1,priority=10,reg1=0x50/0xf0,actions=output:vm1' \
        'table=1,priority=1,actions=output:vm2'
    see "reg1=0x50/0xf0" vm0 'ip udp' 'vm1 ='
    see "reg1=0x60" vm0 'ip udp:dst=81' 'vm2 ='
    # Nothing that these packets can have yet.
    for i in recirc_id=0 tun_id=0 tun_src=0.0.0.0 tun_dst=0.0.0.0 tun_flags=-oam tun_tos=0 \
        tun_ttl=0 ct_state=-trk ct_zone=0 ct_mark=0 ct_label=0 pkt_mark=0; do
        rules "$i,actions=output:vm1"
        see "$i" vm0 'ip udp' 'vm1 ='
    done
    rules 'ct_state=+trk,actions=output:vm1'
    see "not ct_state=+trk" vm0 'ip udp'
    rules 'pkt_mark=1,actions=output:vm1'
    see "not pkt_mark=1" vm0 'ip udp'
}

ethernet() {
    matches dl_src=02:00:00:00:00:01 'ip udp' 'eth:src=02:00:00:00:00:0a ip udp'
    matches dl_src=02:00:00:00:00:0a/ff:ff:ff:ff:ff:fe 'eth:src=02:00:00:00:00:0b ip udp' \
        'eth:src=02:00:00:00:00:0c ip udp'
    matches dl_dst=02:00:00:00:00:02 'ip udp' 'eth:dst=02:00:00:00:00:0a ip udp'
    matches dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 'eth:dst=ff:ff:ff:ff:ff:ff ip udp' 'ip udp'
    matches dl_type=0x88b5 'type:0x88b5 data:46' 'type:0x88b6 data:46'
    matches arp 'arp' 'ip udp'
    matches vlan_tci=0 'ip udp' 'vlan:vid=5 ip udp'
    matches vlan_tci=0x7005 'vlan:vid=5,pcp=3 ip udp' 'vlan:vid=5,pcp=2 ip udp'
    matches vlan_tci=0x1000/0x1000 'vlan:vid=5 ip udp' 'ip udp'
    matches dl_vlan=5 'vlan:vid=5 ip udp' 'vlan:vid=6 ip udp'
    matches dl_vlan=5 'vlan:vid=5,tpid=0x88a8 ip udp' 'ip udp'
    matches dl_vlan_pcp=3 'vlan:vid=5,pcp=3 ip udp' 'vlan:vid=5,pcp=2 ip udp'
    matches vlan_tci1=0x1008 'vlan:vid=7 vlan:vid=8 ip udp' 'vlan:vid=7 vlan:vid=9 ip udp'
    matches arp,arp_op=1 'arp' 'arp:op=2'
    matches arp,arp_spa=10.0.0.1 'arp' 'arp:spa=10.0.0.9'
    matches arp,arp_spa=10.0.0.0/29 'arp:spa=10.0.0.7' 'arp:spa=10.0.0.8'
    matches arp,arp_tpa=10.0.0.2 'arp' 'arp:tpa=10.0.0.9'
    matches arp,arp_sha=02:00:00:00:00:01 'arp' 'arp:sha=02:00:00:00:00:09'
    matches arp,arp_tha=00:00:00:00:00:00 'arp' 'arp:tha=02:00:00:00:00:09'
    matches mpls,mpls_label=16 'mpls ip udp' 'mpls:label=17 ip udp'
    matches mpls,mpls_tc=3 'mpls:tc=3 ip udp' 'mpls:tc=2 ip udp'
    matches mpls,mpls_bos=1 'mpls ip udp' 'mpls mpls ip udp'
    matches mpls,mpls_ttl=9 'mpls:ttl=9 ip udp' 'mpls:ttl=8 ip udp'
}

internet() {
    matches ip,nw_src=10.0.0.1 'ip udp' 'ip:src=10.0.0.9 udp'
    matches ip,nw_src=10.0.0.0/24 'ip:src=10.0.0.99 udp' 'ip:src=10.0.1.1 udp'
    matches ip,nw_dst=10.0.0.2 'ip tcp' 'ip:dst=10.0.0.9 tcp'
    matches ip,nw_dst=0.0.0.2/0.0.0.255 'ip:dst=192.168.0.2 udp' 'ip:dst=10.0.0.3 udp'
    matches ip,nw_proto=17 'ip udp' 'ip tcp'
    matches ip,nw_proto=47 'ip:proto=47 data:20' 'ip:proto=50 data:20'
    matches ip,nw_tos=184 'ip:tos=187 udp' 'ip:tos=40 udp'
    matches ip,nw_ecn=3 'ip:tos=187 udp' 'ip:tos=186 udp'
    matches ip,nw_ttl=64 'ip udp' 'ip:ttl=63 udp'
    matches ip,ip_frag=no 'ip udp' 'ip:frag=0x2000 udp data:8'
    matches ip,ip_frag=first 'ip:frag=0x2000 udp data:8' 'ip:frag=0x2010,proto=17 data:16'
    matches ip,ip_frag=later 'ip:frag=0x0010,proto=17 data:16' 'ip:frag=0x2000 udp data:8'
    matches ip,ip_frag=not_later 'ip:frag=0x2000 udp data:8' 'ip:frag=0x0010,proto=17 data:16'
    matches ipv6,ipv6_src=2001:db8::1 'ip6 udp' 'ip6:src=2001:db8::9 udp'
    matches ipv6,ipv6_src=2001:db8::/120 'ip6:src=2001:db8::9 udp' 'ip6:src=2001:db8::109 udp'
    matches ipv6,ipv6_dst=2001:db8::2 'ip6 udp' 'ip6:dst=2001:db8::9 udp'
    matches ipv6,ipv6_label=0x12345 'ip6:label=0x12345 udp' 'ip6:label=0x12346 udp'
    matches ipv6,ipv6_label=0x10000/0xf0000 'ip6:label=0x1ffff udp' 'ip6:label=0x2ffff udp'
    matches ipv6,nw_proto=6 'ip6 tcp' 'ip6 udp'
    matches ipv6,ip_dscp=46 'ip6:tc=0xb9 udp' 'ip6:tc=0x29 udp'
    matches ipv6,ip_ecn=1 'ip6:tc=0xb9 udp' 'ip6:tc=0xba udp'
    matches ipv6,nw_ttl=1 'ip6:hlim=1 udp' 'ip6:hlim=2 udp'
}

transport() {
    matches tcp,tcp_src=40000 'ip tcp' 'ip tcp:src=40001'
    matches tcp,tcp_dst=80/0xfff0 'ip tcp:dst=95' 'ip tcp:dst=96'
    matches tcp6,tp_dst=80 'ip6 tcp' 'ip6 tcp:dst=81'
    matches tcp,tcp_flags=+syn-ack 'ip tcp:flags=2' 'ip tcp:flags=0x12'
    matches udp,udp_src=40000 'ip udp' 'ip udp:src=40001'
    matches udp6,udp_dst=80 'ip6 udp' 'ip6 udp:dst=81'
    matches udp,tp_src=40000 'ip udp' 'ip udp:src=40001'
    matches sctp,sctp_src=40000 'ip sctp data:12' 'ip sctp:src=40001 data:12'
    matches sctp,sctp_dst=80 'ip sctp data:12' 'ip sctp:dst=81 data:12'
    matches icmp,icmp_type=8 'ip icmp' 'ip icmp:type=0'
    matches icmp,icmp_type=3,icmp_code=1 'ip icmp:type=3,code=1' 'ip icmp:type=3,code=3'
    matches icmp6,icmpv6_type=128 'ip6 icmp6' 'ip6 icmp6:type=129'
    matches icmp6,icmpv6_type=1,icmpv6_code=4 'ip6 icmp6:type=1,code=4' 'ip6 icmp6:type=1,code=3'
    matches icmp6,icmpv6_type=135,nd_target=2001:db8::9 'ip6 ns' 'ip6 ns:target=2001:db8::8'
    matches icmp6,icmpv6_type=135,nd_sll=02:00:00:00:00:01 'ip6 ns:sll=02:00:00:00:00:01' \
        'ip6 ns:sll=02:00:00:00:00:09'
    matches icmp6,icmpv6_type=136,nd_tll=02:00:00:00:00:01 'ip6 na:tll=02:00:00:00:00:01' \
        'ip6 na:tll=02:00:00:00:00:09'
}

for hook in tc xdp; do
    say "hook $hook"
    guests_hook $hook vm0 vm1 vm2
    metadata
    ethernet
    internet
    transport
done
check_num "flow show was fed back" "$n_fed_back" -ge 150
rules 'priority=0,actions=normal'
check_ledger vm0 vm1 vm2
finish
