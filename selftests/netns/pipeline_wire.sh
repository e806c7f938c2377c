#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_wire: TCP of guests with their offloads on, over a wire on which their
# packets have headers that rules put on at one end and take off at the other. What
# is cut into segments, summed up or merged on the way is all there at the end.
#
#   vm0 10.0.0.1 ── sw0 ── w0 ════ w1 ── sw1 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"

guest vm0 10.0.0.1/24 fd00::1/64
guest vm1 10.0.0.2/24 fd00::2/64
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
know_each_other vm0 fd00::1 vm1 fd00::2
h ip link add w0 type veth peer name w1
h ip link set w0 up mtu 1600
h ip link set w1 up mtu 1600
xvs attach vm0 w0
xvs switch add sw1
xvs port add sw1 vm1
xvs port add sw1 w1

wire() { # DESCRIPTION ON OFF: actions of both switches, towards the wire and from it
    local n guest
    for n in 0 1; do
        guest=vm$n
        printf '%s\n' "in_port=$guest,ip,actions=${2//\?/$n},output:w$n" \
            "in_port=w$n,$3,output:$guest" >"$XVS_TEST_DIR/rules"
        "$XVSCTL" flow replace sw$n "$XVS_TEST_DIR/rules" || fail "$1: rules of sw$n"
    done
    say "$1: $2, $3"
    check "$1: a ping" ping_ok vm0 10.0.0.2
    check "$1: a large one, in fragments" ping_ok vm0 10.0.0.2 -s 3000
    transfer vm0 vm1 10.0.0.2
    transfer vm1 vm0 10.0.0.1
}

on_wire() { # TCPDUMP-FILTER: the wire carries such packets
    bg cap tcpdump -lnni w1 -c 1 "$1"
    wait_for 5 bg_says cap listening || return 1
    ping_ok vm0 10.0.0.2 || return 1
    wait_for 2 bg_says cap 'packet captured\|packets captured'
}

for hook in tc xdp; do
    say "the wire's hook is $hook"
    xvs port set sw0 w0 hook=$hook
    xvs port set sw1 w1 hook=$hook
    wire "a tag" 'push_vlan:0x8100,set_field:4103->vlan_vid' 'dl_vlan=7,actions=pop_vlan'
    wire "two tags" \
        'push_vlan:0x8100,set_field:4103->vlan_vid,push_vlan:0x88a8,set_field:4104->vlan_vid' \
        'dl_vlan=8,actions=pop_vlan,pop_vlan'
    wire "a label" 'push_mpls:0x8847,set_field:16->mpls_label' \
        'mpls,mpls_label=16,actions=pop_mpls:0x0800'
    check "$hook: it is on the wire" on_wire 'mpls 16'
    wire "two labels in a tag" \
        'push_mpls:0x8847,push_mpls:0x8847,push_vlan:0x8100,set_field:4103->vlan_vid' \
        'dl_vlan=7,mpls,actions=pop_vlan,pop_mpls:0x8847,pop_mpls:0x0800'
    wire "a label, and the packet behind it is routed" 'push_mpls:0x8847' \
        'mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl'
done
say "the daemon ends right after a translation that another pass goes on from"
check "a ping" ping_ok vm0 10.0.0.2
xvs flow add sw1 'in_port=w1,mpls,mpls_bos=1,actions=pop_mpls:0x0800,dec_ttl,output:vm1'
check_ledger vm0 w0
finish
