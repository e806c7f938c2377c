#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_syn_flood: 200,000 SYN a second from one port, to one that nobody answers for and
# then to a server that answers each: established connections of all ports lose nothing,
# connections that are not open are bounded, and ten seconds after it new ones are made
# and the table is as before. Topology: common/pressure.bash, with stateful rules.
#
#   FLOOD_SECONDS=N   (default 4; the contract says 10)
#   STORM_RATE=N      (default 200,000)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/pressure.bash"
. "$(dirname "$0")/common/ct.bash"

seconds=${FLOOD_SECONDS:-4}
hold_port=7001
half_limit=20000
nobody=02:00:00:00:00:fe

# All that the attacker begins goes to the server's device: nobody's MAC is no reason to
# flood it to the victim.
flood_rules() {
    cat <<'RULES'
table=0,priority=100,arp,actions=normal
table=0,priority=10,ip,actions=ct(table=1)
table=1,priority=40,ip,ct_state=+inv+trk,actions=drop
table=1,priority=30,ip,ct_state=+est+trk,actions=normal
table=1,priority=20,ip,in_port=att,ct_state=+new+trk,actions=ct(commit),output:srv
table=1,priority=10,ip,ct_state=+new+trk,actions=ct(commit),normal
RULES
}

servers_start() {
    local guest
    for guest in vic srv; do
        bg "hold-$guest" in_ns $guest python3 "$LIB_DIR/tools/tcp_many.py" serve \
            "$(address_of $guest)" $hold_port
        bg "echo-$guest" in_ns $guest "$TOOLS/udp_probe" serve "$(address_of $guest)" $echo_port
        wait_for 10 bg_says "hold-$guest" ready
        wait_for 10 bg_says "echo-$guest" ready
    done
}

address_of() { # GUEST
    case $1 in
    att) echo 10.0.0.1 ;;
    vic) echo 10.0.0.2 ;;
    srv) echo 10.0.0.9 ;;
    esac
}

# Established ones from each port: TCP that asks all the time, UDP that was answered.
PAIRS='att:srv vic:srv srv:vic'

held_start() {
    local pair from to
    for pair in $PAIRS; do
        from=${pair%:*} to=${pair#*:}
        bg "tcp-$from" in_ns "$from" python3 "$LIB_DIR/tools/tcp_many.py" hold \
            "$(address_of "$to")" $hold_port 20 5
        wait_for 10 bg_says "tcp-$from" ready
        bg "udp-$from" in_ns "$from" "$TOOLS/udp_probe" same "$(address_of "$to")" $echo_port \
            1000000 5 5000 6000
    done
}

held_check() { # WHAT
    local from tcp udp
    for from in att vic srv; do
        bg_stop "tcp-$from"
        bg_stop "udp-$from"
        tcp=$(bg_out "tcp-$from" | tail -n 1)
        udp=$(bg_out "udp-$from" | tail -n 1)
        say "$1: $from: TCP $tcp; UDP $udp"
        check_num "$1: $from: TCP connections asked" "$(jq .asked <<<"$tcp")" -ge $((seconds * 20))
        check_eq "$1: $from: none of 20 connections broke" "$(jq .broken <<<"$tcp")" 0
        check_eq "$1: $from: every question was answered" \
            "$(jq '.asked - .answered' <<<"$tcp")" 0
        check_eq "$1: $from: UDP, every question was answered" "$(jq .lost <<<"$udp")" 0
    done
}

# A line "HALF CONNECTIONS" at every look, until the file 'looks.end' is there.
table_looks() {
    until [ -e "$XVS_TEST_DIR/looks.end" ]; do
        ct_stat '"\(.half_open) \(.connections)"'
        sleep 0.2
    done
}

connects() {
    tcp_opens vic 10.0.0.9 $hold_port && tcp_opens srv 10.0.0.2 $hold_port
}

# The zone is not pressed any more: less than half full of such.
recovered() {
    connects && [ "$(ct_stat .half_open)" -lt $((half_limit / 2)) ]
}

# But for its new connections, which the bound is for.
drops_of_known() { # PORT
    json_get "[.[] | select(.port == \"$1\" and .reason != \"ct-full\") | .packets] | add // 0" \
        drops show sw0
}

flood() { # WHAT MAC PORT
    local most end drops
    drops=$(drops_of_known vic)
    held_start
    rm -f "$XVS_TEST_DIR/looks.end"
    table_looks >"$XVS_TEST_DIR/looks" 2>&1 &
    bg_pid[looks]=$!
    bg storm in_ns att "$TOOLS/flow_storm" eth0 syn "$storm_rate" "$seconds" "$(dev_mac att)" \
        "$2" to=10.0.0.9 dport="$3"
    bg_wait storm || fail "$1: the flood could be sent"
    end=$(now_ms)
    looks_end
    say "FIGURE $1: $(bg_out storm | jq .per_s) SYN/s offered"
    most=$(awk '$1 > n { n = $1 } END { print n + 0 }' "$XVS_TEST_DIR/looks")
    say "FIGURE $1: $most half-open and" \
        "$(awk '$2 > n { n = $2 } END { print n + 0 }' "$XVS_TEST_DIR/looks") connections at most"
    check_num "$1: half-open ones were seen" "$most" -ge 1000
    check_num "$1: half-open ones are bounded" "$most" -le $((half_limit + 64))
    check "$1: within 10 s new connections are made, the zone is not pressed" \
        wait_for 10 recovered
    say "FIGURE $1: recovered after $(($(now_ms) - end)) ms; goal <= 10000;" \
        "$(ct_stat '"\(.half_open) half-open, \(.connections) connections"')"
    held_check "$1"
    check_num "$1: drops of the victim's known connections" $(($(drops_of_known vic) - drops)) -eq 0
    say "$1: drops so far: $(json_get \
        'map("\(.port) \(.reason) \(.packets)") | join(", ")' drops show sw0)"
}

pressure_guests
know_each_other att 10.0.0.1 vic 10.0.0.2
in_ns srv bash -c 'echo 2 >/proc/sys/net/ipv4/tcp_syncookies'
# Answers to those that never asked are to have a way: back where they came from.
in_ns srv ip route add default via 10.0.0.1 dev eth0
pressure_attach tc
flood_rules | rules_set
servers_start
xvs ct set sw0 max-half-open=$half_limit
check "before: connections are made" wait_for 5 connects
flood "nobody answers" $nobody 80
flood "a server answers" "$(dev_mac srv)" $hold_port
check_ledger att vic srv
finish
