#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# parse_garbage: random and half-right frames through both hooks: the daemon
# lives, good traffic goes on, and every frame is accounted for.
#
#   vm0 (hook=tc)  ──┐
#   vm1 (hook=xdp) ──┤ sw0    vm0 and vm1 send garbage, vm2 - vm3 ping
#   vm2, vm3       ──┘

. "$(dirname "$0")/../lib.sh"

count=${FRAMES_EACH:-20000}
for i in 0 1 2 3; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2 vm3
xvs port set sw0 vm1 hook=xdp
say "rules that look at everything"
xvs flow add sw0 'priority=10,tcp,tcp_flags=+syn,actions=normal'
xvs flow add sw0 'priority=11,ip,ip_frag=later,actions=normal'
xvs flow add sw0 'priority=12,icmp6,icmp_type=135,nd_target=fd00::1,actions=drop'
xvs flow add sw0 'priority=13,arp,arp_op=2,actions=normal'
xvs flow add sw0 'priority=14,udp,tp_src=53,actions=dec_ttl,mod_tp_dst:54,normal'
check "good traffic" ping_ok vm2 10.0.0.4
for round in 1 2; do
    for from in vm0 vm1; do
        bg "garbage-$from" in_ns "$from" $FRAMES garbage eth0 count="$count"
    done
    check "round $round: pings between others go on" \
        in_ns vm2 ping -q -n -c 20 -i 0.1 -W 1 10.0.0.4
    for from in vm0 vm1; do
        bg_wait "garbage-$from"
        say "$from: $(bg_out "garbage-$from" | paste -sd' ')"
    done
done
check "the daemon lives" daemon_alive
check "and answers" xvs status
check_num "vm0: frames came in" "$(port_stat vm0 rx_packets)" -ge "$count"
check_num "vm1: frames came in" "$(port_stat vm1 rx_packets)" -ge "$count"
check_num "cut headers are dropped as such" "$(drops_of vm0 parse-truncated)" -ge 1
xvs_json drops show sw0 | jq -c '.[]' | quote
check_ledger vm0 vm1 vm2 vm3
check "good traffic still" ping_ok vm2 10.0.0.4
finish
