#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# classifier_set: the optimisations of the classifier are switched on and off
# while packets flow: none is lost, all take the same way, and the cached flows
# have the masks of the setting in force. Another switch is left alone.
#
#   vm0 9.1.1.2 ── sw0 ── vm1 9.1.1.7      sw1 (no ports)

. "$(dirname "$0")/../lib.sh"

n_packets=50000
guest vm0 9.1.1.2/24
guest vm1 9.1.1.7/24
know_each_other vm0 9.1.1.2 vm1 9.1.1.7
xvs -q attach vm0 vm1
xvs switch add sw1
cat >"$XVS_TEST_DIR/rules.txt" <<'RULES'
priority=40,arp,actions=normal
priority=30,ip,nw_dst=11.1.0.0/16,actions=normal
priority=20,udp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10,actions=drop
priority=10,ip,nw_dst=9.1.1.0/24,actions=normal
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules.txt"

config() { # SW: sorted, staged, prefix
    json_get '"\(.priority_sort) \(.staged) \(.prefix)"' classifier show "$1"
}
# The cached flow of UDP to vm1; there is one.
udp_match() {
    json_get '[.[] | .match | select(test("nw_dst=9.1.1.[4-7]") and (test("icmp") | not))] |
        if length == 1 then .[0] else "\(length) flows" end' cache show sw0
}
one_packet() {
    in_ns vm0 "$TOOLS/udp_flow" send 9.1.1.7 9000 1 1000 64 5000 >/dev/null
    wait_for 2 match_is '.'
}
match_is() { # ERE
    udp_match | grep -E -- "$1" | grep -v 'flows$'
}

check_eq "all on to begin with" "$(config sw0)" "true true true"
check_num "rules" "$(json_get .rules classifier show sw0)" -eq 4
check_num "memory" "$(json_get .bytes classifier show sw0)" -gt 0
check "a packet" one_packet
check_not "ports are wildcarded" match_is 'tp_(src|dst)='
check_match "and so is the end of the address" "$(udp_match)" 'nw_dst=9\.1\.1\.[4-6]/(30|31)'

say "each setting: kept, told, and in force for flows that are cached already"
for setting in "off off off" "on off off" "off on off" "on on off" "off off on" "on off on" \
    "off on on" "on on on"; do
    read -r sort staged prefix <<<"$setting"
    check "a packet" one_packet
    check "set $setting" xvs classifier set sw0 priority-sort="$sort" staged="$staged" \
        prefix="$prefix"
    words=${setting//on/true}
    check_eq "show" "$(config sw0)" "${words//off/false}"
    if [ "$staged $prefix" = "off off" ]; then
        check "ports are matched exactly" match_is 'tp_src=5000,tp_dst=9000'
    else
        check "there is a flow" match_is '.'
        check_not "of all ports" match_is 'tp_(src|dst)='
    fi
    if [ "$prefix" = on ]; then
        check "of a prefix" match_is 'nw_dst=9\.1\.1\.[4-6]/3[01]'
    else
        check "of one address" match_is 'nw_dst=9\.1\.1\.7(,|$)'
    fi
done
xvs classifier set sw0 staged=off
check_eq "what is not named stays" "$(config sw0)" "true false true"
check_eq "and so do other switches" "$(config sw1)" "true true true"
xvs flow replace sw0 "$XVS_TEST_DIR/rules.txt"
check_eq "other rules, same setting" "$(config sw0)" "true false true"

say "$n_packets packets, 10,000 a second, while settings change"
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 9.1.1.7 9000 $n_packets 2000
wait_for 5 bg_says recv ready
bg send in_ns vm0 "$TOOLS/udp_flow" send 9.1.1.7 9000 $n_packets 10000 64 5000
changes=0
while bg_alive send; do
    for value in off on; do
        "$XVSCTL" classifier set sw0 staged=$value prefix=$value priority-sort=$value
        changes=$((changes + 1))
    done
done
bg_wait send
bg_wait recv
check_num "changes" $changes -ge 10
check_eq "every packet arrived" "$(bg_out recv | tail -n 1 | jq -c '[.received, .duplicates]')" \
    "[$n_packets,0]"
check_num "the rule knows of all" "$(json_get '[.[] | select(.priority == 10) | .packets] | add' \
    flow show sw0)" -ge $n_packets
check_ledger vm0 vm1

say "mistakes"
before=$(config sw0)
check_exit "nothing to set: exit 2" 2 xvs classifier set sw0
check_match "says what there is" "$err" 'priority-sort=.*staged=.*prefix='
check_exit "a value that is neither on nor off: exit 2" 2 xvs classifier set sw0 staged=maybe
check_exit "no value: exit 2" 2 xvs classifier set sw0 staged=
check_exit "unknown option: exit 2" 2 xvs classifier set sw0 stages=on
check_match "suggests" "$err" "'staged'"
check_exit "twice: exit 2" 2 xvs classifier set sw0 staged=on staged=off
check_exit "one good, one bad: exit 2" 2 xvs classifier set sw0 staged=on prefix=2
check_exit "unknown switch: exit 3" 3 xvs classifier set sw9 staged=on
check_exit "unknown switch: exit 3" 3 xvs classifier show sw9
check_exit "no switch: exit 2" 2 xvs classifier set staged=on
# xvsctl refuses these itself; another client may send them.
ask() { # PARAMS: the daemon's answer
    python3 - "$XVS_RUNDIR/xvsd.sock" "{\"method\": \"classifier.set\", \"params\": $1}" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(5)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
print(s.makefile().readline())
PY
}
for params in '{"args": ["sw0"], "options": {"staged": "maybe"}}' '{"args": ["sw0"]}' \
    '{"args": ["sw0"], "options": {"staged": true}}' '{"args": [], "options": {"staged": "on"}}' \
    '{"args": ["sw0"], "options": {"priority_sort": "on"}}' \
    '{"args": ["sw0"], "options": {"staged": "off", "prefix": "2"}}'; do
    check_match "refused: $params" "$(ask "$params")" '"code": ?"usage"'
done
check_eq "nothing has changed" "$(config sw0)" "$before"
finish
