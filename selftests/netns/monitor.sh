#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# monitor: the packets of action controller are shown, whole or cut, to everybody
# who asks; who is slow or gone holds nothing up, and is told what he missed.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
cat >"$XVS_TEST_DIR/rules" <<'RULES'
table=0,priority=10,icmp,actions=resubmit(,3)
table=0,priority=0,actions=normal
table=3,cookie=0x5,priority=10,icmp,in_port=vm0,actions=controller,normal
table=3,priority=9,icmp,actions=normal
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules"

out_of() { # NAME: its output
    cat "$XVS_TEST_DIR/$1.out"
}

both_hooks() {
    local hook
    for hook in tc xdp; do
        for i in 0 1; do
            in_ns vm$i ethtool -K eth0 tx off gro on >"$XVS_TEST_DIR/ethtool.out" 2>&1
            xvs port set sw0 vm$i hook=$hook
        done
        check_eq "hook in force" "$(port_stat vm0 hook)" $hook
        bg mon "$XVSCTL" -j monitor sw0 count=3
        # It is open as soon as it shows something.
        check "$hook: pings are answered meanwhile, and end it" pings_end_it
        check_eq "$hook: three documents, a line each" "$(out_of mon | jq -s length)" 3
        check_eq "$hook: what they tell" "$(out_of mon | jq -rc \
            '[.in_port, .table, .cookie, .reason, .length]' | sort -u)" \
            '["vm0",3,"0x5","action",98]'
        check_match "$hook: the packet's fields" "$(out_of mon | jq -r .flow | head -n 1)" \
            '^icmp,.*nw_src=10.0.0.1,nw_dst=10.0.0.2'
        check_eq "$hook: all bytes of it" "$(out_of mon | jq -r '.packet | length' | sort -u)" 196
        check_match "$hook: from the first on" "$(out_of mon | jq -r .packet | head -n 1)" \
            "^$(dev_mac vm1 | tr -d :)$(dev_mac vm0 | tr -d :)08004500"
        check_ledger vm0 vm1
    done
}

pings_end_it() {
    local deadline=$(($(now_ms) + 10000))
    while bg_alive mon; do
        ping_quick vm0 10.0.0.2 || return 1
        [ "$(now_ms)" -lt $deadline ] || return 1
    done
    bg_wait mon
}

for_people() {
    local i
    bg mon "$XVSCTL" monitor sw0 count=1
    pings_end_it || fail "it does not end"
    check_match "for people: a line about the packet" "$(out_of mon | head -n 1)" \
        '^[0-9T:.-]+Z in_port=vm0 table=3 cookie=0x5 reason=action length=98$'
    check_match "its fields" "$(out_of mon | sed -n 2p)" '^  icmp,'
    check_num "and its first bytes" "$(out_of mon | grep -cE '^  00[0-3]0  ([0-9a-f]{2} ?)+')" -eq 4

    say "cut by the action, several monitors, another switch"
    xvs flow add sw0 table=3,cookie=0x5,priority=10,icmp,in_port=vm0,actions=controller:20,normal
    xvs switch add sw1
    bg other "$XVSCTL" -j monitor sw1
    bg second "$XVSCTL" -j monitor sw0
    bg mon "$XVSCTL" -j monitor sw0 count=2
    pings_end_it || fail "it does not end"
    check_eq "cut" "$(out_of mon | jq -c '[.length, (.packet | length)]' | sort -u)" '[98,40]'
    has_some() { [ -s "$XVS_TEST_DIR/second.out" ]; }
    check "the second has seen some as well" wait_for 5 has_some
    bg_signal second INT
    check "interrupted, it ends well" bg_wait second
    check "all it said is whole" jq -e .flow "$XVS_TEST_DIR/second.out"
    check_eq "of another switch it shows nothing" "$(out_of other)" ""
    check "it still runs" bg_alive other
    bg_stop other KILL
    for i in 1 2 3; do
        ping_ok vm0 10.0.0.2 >"$XVS_TEST_DIR/ping.out" || fail "ping"
    done
}

slow_reader() {
    local packets lost refused sent=3000
    say "who does not read: packets go on, and what did not fit is counted"
    xvs flow add sw0 table=3,cookie=0x5,priority=10,icmp,in_port=vm0,actions=controller,normal
    bg mon "$XVSCTL" -j monitor sw0
    mon_opened() { ping_quick vm0 10.0.0.2 && [ -s "$XVS_TEST_DIR/mon.out" ]; }
    wait_for 5 mon_opened || fail "it shows nothing"
    bg_signal mon STOP
    in_ns vm0 ping -q -n -f -i 0 -c $sent -W 1 10.0.0.2 >"$XVS_TEST_DIR/flood.out" || :
    check_match "pings are answered while a monitor sleeps" "$(cat "$XVS_TEST_DIR/flood.out")" \
        "$sent packets transmitted, $sent received"
    check_ledger vm0 vm1
    bg_signal mon CONT
    told() { # all packets are accounted for
        packets=$(jq -s '[.[] | select(.flow)] | length' "$XVS_TEST_DIR/mon.out")
        lost=$(jq -s '[.[] | .lost // 0] | add // 0' "$XVS_TEST_DIR/mon.out")
        refused=$(cache_stat .upcalls.refused)
        [ $((packets + lost + refused)) -ge $sent ]
    }
    check "it is told of each, shown or lost, that came up" wait_for 20 told
    say "shown $packets, lost $lost, refused by the datapath $refused"
    check_num "some were lost" "$lost" -gt 0
    check_num "a queue's worth was kept" "$packets" -ge 1000
    bg_stop mon INT
}

errors() {
    check_exit "no such switch" 3 xvs monitor sw9
    check_match "it says so" "$err" 'switch sw9: no such switch'
    check_exit "a count that is none" 2 xvs monitor sw0 count=x
    check_exit "of none" 2 xvs monitor sw0 count=0
    check_exit "a filter, which it does not have" 2 xvs monitor sw0 ip
}

daemon_ends() {
    local status=0
    say "the daemon ends while two wait"
    bg mon "$XVSCTL" -j monitor sw0
    bg second "$XVSCTL" monitor sw1
    opened() { ping_quick vm0 10.0.0.2 && [ -s "$XVS_TEST_DIR/mon.out" ]; }
    wait_for 5 opened || fail "it shows nothing"
    check "detach does not wait for them" timeout 20 "$XVSCTL" -q detach
    bg_wait mon || status=$?
    check_num "they end, too" $status -eq 4
    status=0
    bg_wait second || status=$?
    check_num "with the status for that" $status -eq 4
    check_eq "and say why" "$(tail -n 1 "$XVS_TEST_DIR/mon.out" | jq -r .error.code)" unreachable
}

both_hooks
for_people
slow_reader
errors
daemon_ends
finish
