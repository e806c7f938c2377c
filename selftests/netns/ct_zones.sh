#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_zones: two tenants with the same addresses and ports, whose connections are of two
# zones: neither sees the other's, each has its mark, its limits and its flush.
#
#   a0 10.0.0.1 ──┐     ┌── b0 10.0.0.1      zone 1, mark 0x11: a0, a1
#                 sw0 ──┤                    zone 2, mark 0x22: b0, b1
#   a1 10.0.0.2 ──┘     └── b1 10.0.0.2

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl nc.openbsd
hold_port=7001

# An answer has to find the mark that the connection was entered with.
zone_rules() { # TENANT ZONE MARK
    local t=$1 zone=$2 mark=$3 known enter
    enter="ct(commit,zone=$zone,exec(set_field:$mark->ct_mark))"
    known="table=1,priority=30,ip,ct_zone=$zone,ct_mark=$mark"
    echo "table=0,priority=10,ip,in_port=${t}0,actions=ct(table=1,zone=$zone)"
    echo "table=0,priority=10,ip,in_port=${t}1,actions=ct(table=1,zone=$zone)"
    echo "table=0,priority=5,arp,in_port=${t}0,actions=output:${t}1"
    echo "table=0,priority=5,arp,in_port=${t}1,actions=output:${t}0"
    echo "table=1,priority=20,ip,ct_zone=$zone,ct_state=+new,in_port=${t}0,actions=$enter,output:${t}1"
    echo "$known,ct_state=+est+trk,in_port=${t}0,actions=output:${t}1"
    echo "$known,ct_state=+est+trk,in_port=${t}1,actions=output:${t}0"
}

tenant() { # LETTER
    ct_guest "${1}0" 10.0.0.1/24
    ct_guest "${1}1" 10.0.0.2/24
    http_serve "${1}1" 8080
    bg "serve-$1" in_ns "${1}1" python3 "$LIB_DIR/tools/tcp_many.py" serve 10.0.0.2 $hold_port
    wait_for 10 bg_says "serve-$1" ready
}

hold() { # LETTER
    bg "hold-$1" in_ns "${1}0" python3 "$LIB_DIR/tools/tcp_many.py" hold 10.0.0.2 $hold_port 1 20
    wait_for 10 bg_says "hold-$1" ready
}

of_zone() { # ZONE: connections of it that are established, "PACKED-TUPLE MARK" each
    json_get "[.[] | select(.zone == $1 and .state == \"established\")] |
        map(\"\(.orig.src):\(.orig.sport) \(.mark)\") | sort | .[]" ct show sw0 zone="$1"
}

held() { # LETTER: what it says of it, once it is stopped
    bg_out "hold-$1" | tail -n 1
}

broken() { # LETTER: the connection that it held
    ! bg_alive "hold-$1" && [ "$(bg_out "hold-$1" | tail -n 1 | jq .broken)" = 1 ]
}

tenant a
tenant b
for hook in tc xdp; do
    xvs -q attach a0 a1 b0 b1
    # Of the hook: the guests' stacks keep a port for a while.
    first=$((40000 + 10 * ${#hook}))
    { zone_rules a 1 0x11; zone_rules b 2 0x22; } | rules_set
    ct_hook $hook a0 a1 b0 b1
    for t in a b; do
        check "$hook: curl of tenant $t, from port $first" \
            http_get ${t}0 10.0.0.2:8080 --local-port $first-$((first + 1))
        check_not "$hook: tenant $t's server cannot begin" tcp_opens ${t}1 10.0.0.1 22
        hold $t
    done
    check_eq "$hook: zone 1: the connection that is held, with its mark" \
        "$(of_zone 1 | awk '$2 == 17' | wc -l)" 1
    check_eq "$hook: zone 2: the connection that is held, with its mark" \
        "$(of_zone 2 | awk '$2 == 34' | wc -l)" 1
    check_eq "$hook: of either: no other mark" \
        "$({ of_zone 1; of_zone 2; } | awk '$2 != 17 && $2 != 34' | wc -l)" 0
    xvs ct set sw0 zone=1 pick-up=off
    xvs ct flush sw0 zone=1
    check "$hook: flushed, and no pick-up: zone 1's connection is cut off" wait_for 20 broken a
    # Not in a subshell, whose child it is not: its last words are to be there.
    bg_stop hold-b
    check_eq "$hook: zone 2's goes on" "$(held b | jq .broken)" 0
    check "$hook: zone 1 takes new ones" http_get a0 10.0.0.2:8080
    check_ledger a0 a1 b0 b1
    xvs -q detach
done
finish
