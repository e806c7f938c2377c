#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_nat_exhaust: 64,512 connections to one address and port get the ports 1024 to
# 65535 of one address, no two the same, and answers find the right one; the 64,513th
# is dropped and counted. Once from one client, whose own ports are mostly free, once from
# as many clients that all have the same port.
#
#   drv: cli ── sw0 ── srv    tools/nat_fan.py is client and server
#           10.0.0.2 or 10.64/10  ->  192.0.2.1:1024-65535  ->  198.51.100.1:5000

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

drv=(nsenter --net=/run/netns/drv --)
n_ports=64512

fan() { # KIND COUNT [OPTION...]
    "${drv[@]}" python3 "$LIB_DIR/tools/nat_fan.py" cli srv "$1" "$2" 192.0.2.1 198.51.100.1 \
        "${@:3}"
}

all_ports() { # KIND
    local result
    bg fan fan "$1" $n_ports
    check "$1: all connections were asked for" bg_wait fan
    result=$(bg_out fan | tail -n 1)
    say "$1: $result"
    check_num "$1: connections that were answered" "$(jq .answered <<<"$result")" -eq $n_ports
    check_num "$1: different source ports" "$(jq .ports <<<"$result")" -eq $n_ports
    check_eq "$1: the whole range" "$(jq -c '[.least, .greatest]' <<<"$result")" '[1024,65535]'
    check_eq "$1: ports for two, other addresses, answers to the wrong one" \
        "$(jq -c '[.clashes, .strangers, .astray]' <<<"$result")" '[0,0,0]'
    check_num "$1: none was dropped for want of a port" "$(drops_of cli nat-exhausted)" -eq 0
}

one_more() { # KIND
    local result
    # The first of a fan is sent ten times again: eleven packets.
    result=$(fan "$1" 1 first=$n_ports)
    say "$1: one more: $result"
    check_eq "$1: the next one is not answered" "$(jq .answered <<<"$result")" 0
    check "$1: and counted as nat-exhausted" wait_for 3 counted 11
    result=$(fan "$1" 100 tries=2)
    check_eq "$1: those that have a port keep it" \
        "$(jq -c '[.answered, .clashes, .astray]' <<<"$result")" '[100,0,0]'
}

counted() { # N
    [ "$(drops_of cli nat-exhausted)" -eq "$1" ]
}

guest_space drv
for port in cli srv; do
    ip link add $port type veth peer name $port netns drv
    ip link set $port up
    ip -n drv link set $port up
    "${drv[@]}" ethtool -K $port tx off gro on >/dev/null
done
for kind in ports clients; do
    xvs -q attach cli srv
    rules_set <<'RULES'
table=0,udp,actions=ct(table=1,nat)
table=1,udp,in_port=cli,ct_state=+new+trk,actions=ct(commit,nat(src=192.0.2.1:1024-65535)),output:srv
table=1,udp,in_port=cli,ct_state=+est+trk,actions=output:srv
table=1,udp,in_port=srv,ct_state=+est+trk,actions=output:cli
RULES
    all_ports $kind
    one_more $kind
    check_ledger cli srv
    xvs -q detach
done
finish
