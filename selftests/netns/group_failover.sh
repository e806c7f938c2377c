#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# group_failover: a fast fail-over group sends to its first bucket whose port is
# up: traffic moves when that link goes down and comes back with it; a bucket may
# watch a group instead of a port.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0      (vm1, vm2, vm3 have one address: whoever gets
#   vm2 10.0.0.2 ──┤           the packets counts them)
#   vm3 10.0.0.2 ──┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/copies.bash"

guest vm0 10.0.0.1/24
for i in 1 2 3; do
    guest vm$i 10.0.0.2/24
done
ip -n vm0 neigh replace 10.0.0.2 lladdr "$(dev_mac vm1)" dev eth0 nud permanent
xvs attach vm0 vm1 vm2 vm3
bucket() { # PORT [WATCH]
    echo "bucket=${2:-watch_port:$1},mod_dl_dst:$(dev_mac "$1"),output:$1"
}
check "group" xvs group add sw0 "group_id=2,type=ff,$(bucket vm2),$(bucket vm3)"
check "group" xvs group add sw0 "group_id=1,type=ff,$(bucket vm1),bucket=watch_group:2,group:2"
check "rules" xvs flow add sw0 'priority=10,udp,in_port=vm0,actions=group:1'
check "rules" xvs flow add sw0 'priority=5,actions=drop'

tx() { port_stat "$1" tx_packets; }
# Packets go to that guest, and to no other.
goes_to() { # GUEST
    local guest before after others=0
    declare -A before=()
    for guest in vm1 vm2 vm3; do before[$guest]=$(tx $guest); done
    in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 20 10000 >/dev/null
    for guest in vm1 vm2 vm3; do
        after=$(($(tx $guest) - before[$guest]))
        [ "$guest" = "$1" ] || others=$((others + after))
        [ "$guest" != "$1" ] || echo "$after to $guest"
    done
    echo "$others to others"
}
check_goes_to() { # WHAT GUEST
    check_eq "$1: all to $2" "$(goes_to "$2")" "$(printf '20 to %s\n0 to others' "$2")"
}
link() { # GUEST up|down
    g "$1" ip link set eth0 "$2"
    wait_for 5 port_is "$1" "$([ "$2" = up ] && echo up || echo no-carrier)"
}
alive() { json_get '[.[].buckets[].alive] | @json' group show sw0; }

failover() { # HOOK
    use_hook "$1" vm0 vm1 vm2 vm3
    check_goes_to "all up" vm1
    check_eq "alive" "$(alive)" '[true,true,true,true]'
    check "vm1's link goes down" link vm1 down
    check_goes_to "the second bucket's group takes over" vm2
    check_eq "alive" "$(alive)" '[false,true,true,true]'
    check "vm2's link goes down" link vm2 down
    check_goes_to "its second bucket" vm3
    check "vm3's link goes down" link vm3 down
    check_eq "none is alive" "$(alive)" '[false,false,false,false]'
    check_eq "nothing goes anywhere" "$(goes_to vm1)" "$(printf '0 to vm1\n0 to others')"
    check "vm2's comes back" link vm2 up
    check_goes_to "at once" vm2
    check "vm1's comes back" link vm1 up
    check_goes_to "the first again" vm1
    check "vm3's comes back" link vm3 up
    check "a blocked port is not alive" xvs port set sw0 vm1 blocked=on
    check_goes_to "blocked" vm2
    check "no longer" xvs port set sw0 vm1 blocked=off
    check_goes_to "unblocked" vm1
}

failover tc
failover xdp

say "under traffic"
n=6000
# Any of them receives; the sender's sequence says what is missing.
for i in 1 2; do
    bg "recv$i" in_ns vm$i "$TOOLS/udp_flow" recv 10.0.0.2 5000 $n 60000
    wait_for 5 bg_says "recv$i" ready
done
sent_before=$(tx vm2)
flowing() { [ "$(tx "$1")" -gt $((${2:-0} + 100)) ]; }
bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 $n 2000
check "to vm1" wait_for 5 flowing vm1 "$(tx vm1)"
check "vm1's link goes down" link vm1 down
check "to vm2 while it is sent" wait_for 5 flowing vm2 "$sent_before"
check "the sender has not noticed" bg_alive send
bg_wait send || :
bg_stop recv1
bg_stop recv2
got=$(($(bg_out recv1 | tail -n 1 | jq .received) + $(bg_out recv2 | tail -n 1 | jq .received)))
# Between the link and the event 2,000 packets a second are lost.
check_num "few of $n packets are lost on the way" "$got" -ge $((n - 500))
check_ledger vm0
finish
