#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_patch: patch ports are names that name each other: what makes them up and
# down, and what is refused. Guests talk through them in port_patch_traffic.
#
#   vm0 ── sw0 ── p0 ═══ p1 ── sw1 ── vm1

. "$(dirname "$0")/../lib.sh"

guest vm0
guest vm1
xvs attach vm0
xvs switch add sw1
xvs port add sw1 vm1

of() { # SWITCH PORT FIELD
    json_get ".[] | select(.name == \"$2\") | .$3" port show "$1" "$2"
}
states() { # of p0 and p1
    echo "$(of sw0 p0 state) $(of sw1 p1 state)"
}
# What the translation makes of it: "down" if a packet for p0 is dropped.
leads() {
    local actions
    actions=$(json_get .actions trace sw0 'in_port=vm0,udp')
    [ "$actions" = drop ] && echo down || echo up
}
joined() { # DESCRIPTION: by what the ports say, and by what packets would do
    check_eq "$1" "$(states) $(leads)" "up up up"
}
parted() {
    check_eq "$1" "$(states) $(leads)" "down down down"
}

say "what it is: two names that name each other"
check "one end" xvs port add sw0 p0 type=patch peer=p1
xvs flow add sw0 'priority=9,in_port=vm0,actions=output:p0'
check_eq "type, hook, mode, peer" "$(json_get '.[] | "\(.type) \(.hook) \(.mode) \(.peer)"' \
    port show sw0 p0)" "patch none null p1"
check_eq "no device" "$(json_get '.[] | "\(.device) \(.ifindex) \(.mac)"' port show sw0 p0)" \
    "null 0 null"
check_eq "the other one is missing: down" "$(of sw0 p0 state)" down
check_eq "with the reason" "$(of sw0 p0 reason)" "peer p1 is missing"
check "the other end" xvs port add sw1 p1 type=patch peer=p0
joined "both are up"
check_eq "no reason left" "$(of sw0 p0 reason)$(of sw1 p1 reason)" ""
check "port del of one end" xvs port del sw1 p1
check_eq "takes the other one down" "$(leads) $(of sw0 p0 state) $(of sw0 p0 reason)" \
    "down down peer p1 is missing"
check "a peer that has another peer" xvs port add sw1 p1 type=patch peer=elsewhere
parted "both are down"
check_eq "with the reason" "$(of sw0 p0 reason)" "peer p1 has another peer: elsewhere"
check "port set peer=" xvs port set sw1 p1 peer=p0
joined "both are up"
check "port set blocked=on" xvs port set sw1 p1 blocked=on
check_eq "is blocked" "$(states)" "up blocked"
xvs port set sw1 p1 blocked=off
joined "both are up"
check "port set peer= of one end, away" xvs port set sw0 p0 peer=nobody
parted "both are down"
check "and back" xvs port set sw0 p0 peer=p1
joined "both are up"
check "three in a row: one can have one peer" xvs port add sw0 p2 type=patch peer=p1
check_eq "the third is down" "$(of sw0 p2 state) $(of sw0 p2 reason)" \
    "down peer p1 has another peer: p0"
check "it may take the place" xvs port set sw1 p1 peer=p2
check_eq "up and down" "$(states) $(of sw0 p2 state) $(leads)" "down up up down"
xvs port del sw0 p2
xvs port set sw1 p1 peer=p0
joined "both are up"
check "switch del" xvs switch del sw1
check_eq "takes the other end down" "$(leads) $(of sw0 p0 state) $(of sw0 p0 reason)" \
    "down down peer p1 is missing"
check "the table for people" xvs port show sw0

say "errors"
check_exit "peer= is missing: exit 2" 2 xvs port add sw0 p9 type=patch
check_eq "says so" "$(head -n 1 <<<"$err")" \
    "xvsctl: port p9: a patch port needs peer=, the name of its other end"
check_exit "its own peer: exit 2" 2 xvs port add sw0 p9 type=patch peer=p9
check_match "says so" "$err" 'port p9: a patch port cannot be its own peer'
check_exit "a peer of another type: exit 1" 1 xvs port add sw0 p9 type=patch peer=vm0
check_match "says so" "$err" 'port p9: the peer has to be a patch port, and vm0 has type netdev'
check_exit "the same by port set: exit 1" 1 xvs port set sw0 p0 peer=vm0
check_eq "the port is as it was" "$(of sw0 p0 peer)" p1
check_exit "unknown type: exit 2" 2 xvs port add sw0 p9 type=wire
check_exit "a hook: exit 2" 2 xvs port add sw0 p9 type=patch peer=p8 hook=tc
check_match "says so" "$err" 'port p9: a patch port has no device that a hook could be on'
check_exit "the same by port set: exit 2" 2 xvs port set sw0 p0 hook=xdp peer=p8
check_eq "and nothing else is changed" "$(of sw0 p0 peer)" p1
check_exit "peer= of another type: exit 2" 2 xvs port set sw0 vm0 peer=p0 hook=xdp
check_match "says so" "$err" 'port vm0: peer= is for patch ports, and the type is netdev'
check_eq "and nothing else is changed" "$(port_stat vm0 hook)" tc
check_exit "peer= for a device: exit 2" 2 xvs port add sw0 eth9 peer=p0
check_exit "the name is a port's: exit 1" 1 xvs port add sw0 p0 type=patch peer=p7
check_exit "not a name: exit 2" 2 xvs port add sw0 'p 9' type=patch peer=p7
check_exit "a name of 32 characters: exit 2" 2 \
    xvs port add sw0 a2345678901234567890123456789012 type=patch peer=p7
check "one of 31 is fine" xvs port add sw0 a234567890123456789012345678901 type=patch peer=p7
xvs port del sw0 a234567890123456789012345678901
check_eq "only the ports that were added" \
    "$(json_get '[.[].name] | sort | join(" ")' port show sw0)" "p0 vm0"
check "detach" xvs detach
finish
