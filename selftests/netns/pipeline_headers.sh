#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_headers: what rules write into packets, and the tags and labels that
# they put on and take off, as guests see them, byte for byte, checksums included,
# by both hooks. The other actions are pipeline_actions.sh's.
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
gw=02:fe:12:34:56:78

sets() { # MATCH ACTION FRAME BECOMES: and what is so already, stays so
    rules "$1,actions=$2,output:vm1"
    see "$2" vm0 "$3" "vm1 $4"
    see "$2: done already" vm0 "$4" 'vm1 ='
}

ethernet_and_arp() {
    sets ip "set_field:$gw->eth_src" 'ip udp data:9' "eth:src=$gw ip udp data:9"
    sets ip "mod_dl_dst:$gw" 'ip udp' "eth:dst=$gw ip udp"
    sets ip 'set_field:00:fe:00:00:00:00/00:ff:00:00:00:00->eth_dst' 'ip udp' \
        'eth:dst=02:fe:00:00:00:02 ip udp'
    sets arp 'set_field:2->arp_op' 'arp' 'arp:op=2'
    sets arp 'set_field:10.0.0.9->arp_spa' 'arp' 'arp:spa=10.0.0.9'
    sets arp 'load:0x0a000009->NXM_OF_ARP_TPA[]' 'arp' 'arp:tpa=10.0.0.9'
    sets arp "set_field:$gw->arp_sha" 'arp' "arp:sha=$gw"
    sets arp "set_field:$gw->arp_tha" 'arp' "arp:tha=$gw"
}

internet() {
    sets ip 'mod_nw_src:192.168.10.254' 'ip udp data:9' 'ip:src=192.168.10.254 udp data:9'
    sets ip 'set_field:0.1.0.0/0.255.0.0->ip_src' 'ip tcp' 'ip:src=10.1.0.1 tcp'
    sets ip 'mod_nw_dst:192.168.10.254' 'ip sctp data:12' 'ip:dst=192.168.10.254 sctp data:12'
    sets ip 'mod_nw_tos:184' 'ip:tos=3 udp' 'ip:tos=187 udp'
    sets ip 'mod_nw_ecn:3' 'ip:tos=184 udp' 'ip:tos=187 udp'
    sets ip 'mod_nw_ttl:9' 'ip icmp' 'ip:ttl=9 icmp'
    sets ipv6 'set_field:2001:db8::77->ipv6_src' 'ip6 udp' 'ip6:src=2001:db8::77 udp'
    sets ipv6 'set_field:2001:db8::77->ipv6_dst' 'ip6 tcp data:7' 'ip6:dst=2001:db8::77 tcp data:7'
    sets ipv6 'set_field:0x12345->ipv6_label' 'ip6:label=0xfffff icmp6' 'ip6:label=0x12345 icmp6'
    sets ipv6 'set_field:46->ip_dscp' 'ip6:tc=1 udp' 'ip6:tc=0xb9 udp'
    sets ipv6 'set_field:2->nw_ecn' 'ip6:tc=0xb9 udp' 'ip6:tc=0xba udp'
    sets ipv6 'set_field:9->nw_ttl' 'ip6 udp' 'ip6:hlim=9 udp'
}

transport() {
    sets tcp 'mod_tp_src:1000' 'ip tcp data:5' 'ip tcp:src=1000 data:5'
    sets tcp6 'set_field:0x100/0xff00->tcp_dst' 'ip6 tcp' 'ip6 tcp:dst=0x150'
    sets udp 'set_field:1000->udp_src' 'ip udp data:5' 'ip udp:src=1000 data:5'
    sets udp6 'mod_tp_dst:8080' 'ip6 udp' 'ip6 udp:dst=8080'
    sets sctp 'set_field:1000->sctp_src' 'ip sctp data:12' 'ip sctp:src=1000 data:12'
    sets sctp6 'set_field:8080->sctp_dst' 'ip6 sctp data:12' 'ip6 sctp:dst=8080 data:12'
    sets icmp 'set_field:0->icmp_type' 'ip icmp' 'ip icmp:type=0'
    sets icmp 'set_field:3->icmp_code' 'ip icmp' 'ip icmp:code=3'
    sets icmp6 'set_field:129->icmpv6_type' 'ip6 icmp6' 'ip6 icmp6:type=129'
    sets icmp6 'set_field:3->icmpv6_code' 'ip6 icmp6:type=1' 'ip6 icmp6:type=1,code=3'
    sets icmp6,icmpv6_type=135 'set_field:2001:db8::77->nd_target' 'ip6 ns' \
        'ip6 ns:target=2001:db8::77'
    sets icmp6,icmpv6_type=135 "set_field:$gw->nd_sll" 'ip6 ns:sll=02:00:00:00:00:01' \
        "ip6 ns:sll=$gw"
    sets icmp6,icmpv6_type=136 "set_field:$gw->nd_tll" 'ip6 na:tll=02:00:00:00:00:01' \
        "ip6 na:tll=$gw"
}

tags() {
    rules 'ip,actions=push_vlan:0x8100,set_field:4103->vlan_vid,set_field:3->vlan_pcp,output:vm1'
    see "push_vlan" vm0 'ip udp' 'vm1 vlan:vid=7,pcp=3 ip udp'
    see "onto a tag" vm0 'vlan:vid=5 ip udp' 'vm1 vlan:vid=7,pcp=3 vlan:vid=5 ip udp'
    rules 'dl_vlan=5,actions=push_vlan:0x88a8,mod_vlan_vid:7,output:vm1'
    see "push_vlan of a service tag" vm0 'vlan:vid=5,pcp=2 ip udp' \
        'vm1 vlan:vid=7,tpid=0x88a8 vlan:vid=5,pcp=2 ip udp'
    rules 'actions=pop_vlan,output:vm1'
    see "pop_vlan" vm0 'vlan:vid=5 ip udp' 'vm1 ip udp'
    see "of two" vm0 'vlan:vid=7,tpid=0x88a8 vlan:vid=5 ip udp' 'vm1 vlan:vid=5 ip udp'
    see "of none" vm0 'ip udp' 'vm1 ='
    rules 'table=0,actions=pop_vlan,resubmit(,1)' 'table=1,dl_vlan=5,actions=output:vm1' \
        'table=1,priority=1,actions=output:vm2'
    see "the inner tag is matched then" vm0 'vlan:vid=7 vlan:vid=5 ip udp' 'vm1 vlan:vid=5 ip udp'
    see "another one" vm0 'vlan:vid=7 vlan:vid=6 ip udp' 'vm2 vlan:vid=6 ip udp'
    rules 'actions=mod_vlan_vid:9,output:vm1,strip_vlan,output:vm2'
    see "mod_vlan_vid: of a tag" vm0 'vlan:vid=5,pcp=3 ip udp' 'vm1 vlan:vid=9,pcp=3 ip udp' \
        'vm2 ip udp'
    see "mod_vlan_vid: of none" vm0 'ip udp' 'vm1 vlan:vid=9 ip udp' 'vm2 ip udp'
    rules 'actions=mod_vlan_pcp:6,output:vm1'
    see "mod_vlan_pcp: of a tag" vm0 'vlan:vid=5,pcp=3 arp' 'vm1 vlan:vid=5,pcp=6 arp'
    see "mod_vlan_pcp: of none" vm0 'arp' 'vm1 vlan:vid=0,pcp=6 arp'
    rules 'vlan_tci=0x1000/0x1000,actions=load:0x7009->NXM_OF_VLAN_TCI[],output:vm1'
    see "vlan_tci" vm0 'vlan:vid=5,pcp=5 arp' 'vm1 vlan:vid=9,pcp=3 arp'
}

labels() {
    rules 'ip,actions=push_mpls:0x8847,set_field:16->mpls_label,output:vm1'
    see "push_mpls: class and TTL of the packet" vm0 'ip:tos=20,ttl=9 udp' \
        'vm1 mpls:tc=5,ttl=9 ip:tos=20,ttl=9 udp'
    see "behind a tag" vm0 'vlan:vid=5 ip udp' 'vm1 vlan:vid=5 mpls ip udp'
    rules 'mpls,actions=push_mpls:0x8847,set_mpls_label:17,set_mpls_tc:3,set_mpls_ttl:7,output:vm1'
    see "push_mpls: onto a label" vm0 'mpls ip udp' 'vm1 mpls:label=17,tc=3,ttl=7 mpls ip udp'
    rules 'mpls,actions=set_field:99->mpls_label,set_mpls_tc:6,set_mpls_ttl:9,output:vm1'
    see "fields of a label" vm0 'mpls ip udp' 'vm1 mpls:label=99,tc=6,ttl=9 ip udp'
    rules 'mpls,actions=dec_mpls_ttl,output:vm1'
    see "dec_mpls_ttl" vm0 'mpls:ttl=9 ip udp' 'vm1 mpls:ttl=8 ip udp'
    see "at the last hop" vm0 'mpls:ttl=1 ip udp'
    rules 'mpls,mpls_bos=1,actions=pop_mpls:0x0800,output:vm1' \
        'mpls,mpls_bos=0,actions=pop_mpls:0x8847,output:vm2'
    see "pop_mpls: the last" vm0 'mpls ip udp' 'vm1 ip udp'
    see "pop_mpls: the first of two" vm0 'mpls:label=17 mpls ip udp' 'vm2 mpls ip udp'
    see "pop_mpls: behind a tag" vm0 'vlan:vid=5 mpls ip udp' 'vm1 vlan:vid=5 ip udp'
    rules 'ip,actions=output:vm2,push_mpls:0x8847,push_vlan:0x8100,mod_vlan_vid:7,output:vm1'
    see "a label for one, with a tag, none for the other" vm0 'ip udp' 'vm2 =' \
        'vm1 vlan:vid=7 mpls:label=0 ip udp'
}

behind_labels() {
    rules 'table=0,mpls,mpls_bos=1,actions=load:7->reg2,output:vm2,pop_mpls:0x0800,resubmit(,1)' \
        'table=0,mpls,mpls_bos=0,actions=pop_mpls:0x8847,resubmit(,2)' \
        'table=1,reg2=7,udp,nw_dst=10.0.0.2,tp_dst=80,actions=dec_ttl,mod_tp_dst:81,output:vm1' \
        'table=1,priority=1,actions=output:vm1' \
        'table=2,mpls,mpls_label=16,actions=pop_mpls:0x0800,goto_table:3' \
        'table=3,tcp,actions=mod_nw_src:10.0.0.9,output:vm1'
    see "the next pass matches and writes" vm0 'mpls ip udp data:20' 'vm2 =' \
        'vm1 ip:ttl=63 udp:dst=81 data:20'
    see "another packet behind such a label" vm0 'mpls ip:dst=10.0.0.7 udp' 'vm2 =' \
        'vm1 ip:dst=10.0.0.7 udp'
    see "with a tag" vm0 'vlan:vid=5 mpls ip udp' 'vm2 =' 'vm1 vlan:vid=5 ip:ttl=63 udp:dst=81'
    see "two labels" vm0 'mpls:label=17 mpls ip tcp data:3' 'vm1 ip:src=10.0.0.9 tcp data:3'
    see "no rule in a later pass" vm0 'mpls:label=17 mpls:label=15 ip tcp'
    see "an expired TTL behind a label" vm0 'mpls ip:ttl=1 udp' 'vm2 ='
    check_eq "100 packets" "$(burst 100 vm0 'mpls ip udp data:20')" "vm0=0 vm1=100 vm2=100"
    # And those before, each of them twice.
    check_packets "are counted once by the first rule" 'table=0,mpls,mpls_bos=1' 108
    check_packets "and by that of the second pass" 'table=1,udp' 106
}

for hook in tc xdp; do
    say "hook $hook"
    guests_hook $hook vm0 vm1 vm2
    ethernet_and_arp
    internet
    transport
    tags
    labels
    behind_labels
done
check_num "flow show was fed back" "$n_fed_back" -ge 90
rules 'priority=0,actions=normal'
check_ledger vm0 vm1 vm2
finish
