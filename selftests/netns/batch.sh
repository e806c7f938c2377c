#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# batch: a file of commands is carried out as one: what it may have in it, how
# it is written, and what it answers.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1

ip link add vm2 type veth peer name far2
ip link set vm2 up
cat >"$XVS_TEST_DIR/all" <<'EOB'
# what may be in a batch
switch add sw1
port add sw1 vm2 tag=20
port set sw0 vm0 tag=10 flood=off

flow add sw0 'table=0, priority=10, icmp actions=drop'   # quoted
flow add sw0 "priority=20,udp,tp_dst=53,actions=drop"
flow add sw0 priority=30,tcp,tp_dst=80,actions=drop
flow mod sw0 'udp actions=normal'
flow del sw0 --strict priority=30,tcp,tp_dst=80
flow add sw1 priority=1,in_port=vm2,actions=drop
fdb add sw0 02:00:00:00:00:99 vm1 vlan=10
fdb flush sw0 vm0
EOB
check_eq "its answer" "$(xvs_json batch "$XVS_TEST_DIR/all")" '{"changes":11}'
check_eq "rules, in order, those that a later line changed or removed too" \
    "$("$XVSCTL" flow show sw0)" "table=0, priority=20,udp,tp_dst=53 actions=NORMAL
table=0, priority=10,icmp actions=drop
table=0, priority=0 actions=NORMAL"
check_eq "a rule of a switch and port that an earlier line made" \
    "$("$XVSCTL" flow show sw1)" "table=0, priority=1,in_port=vm2 actions=drop
table=0, priority=0 actions=NORMAL"
check_eq "a port that was changed" \
    "$(json_get '.[0] | "\(.tag) \(.flood)"' port show sw0 vm0)" "10 false"
check_eq "a port that was added" "$(json_get '.[0].tag' port show sw1 vm2)" 20
check_eq "an address" "$(json_get '.[] | select(.static) | "\(.mac) \(.vlan) \(.port)"' \
    fdb show sw0)" "02:00:00:00:00:99 10 vm1"
check_not "the packets see it" ping_quick vm0 10.0.0.2

check_eq "from standard input, for people" \
    "$(printf 'flow del sw0 icmp\nport set sw0 vm0 tag=none' | "$XVSCTL" batch -)" "2 changes"
check "the packets see it" wait_for 2 ping_quick vm0 10.0.0.2
echo 'port set sw0 vm1 blocked=on' >"$XVS_TEST_DIR/block"
check "a port is blocked" xvs -q batch "$XVS_TEST_DIR/block"
check_eq "by the datapath, too" "$(port_stat vm1 state)" blocked
check_not "nothing passes" ping_quick vm0 10.0.0.2
printf '%s\n' 'port set sw0 vm1 blocked=off' 'flow add sw0 priority=9,icmp,actions=normal' |
    "$XVSCTL" -q batch - || fail "unblock"
check_eq "and unblocked" "$(port_stat vm1 state)" up
check "it is an output again" wait_for 2 ping_quick vm0 10.0.0.2
check_eq "quietly" "$(echo 'fdb flush sw0' | "$XVSCTL" -q batch -)" ""
check_eq "nothing to do" "$(echo '# nothing' | xvs_json batch -)" '{"changes":0}'
check_exit "a file that is not there" 3 xvs batch "$XVS_TEST_DIR/none"

say "more than one request takes, to one switch and to several"
seq -f 'flow add sw0 priority=7,tcp,tp_dst=%g,actions=drop' 1 20000 >"$XVS_TEST_DIR/many"
check_eq "20,000 lines" "$(xvs_json batch "$XVS_TEST_DIR/many")" '{"changes":20000}'
check_eq "are in force" "$(json_get '[.[] | select(.priority == 7)] | length' flow show sw0)" 20000
check_eq "added once more, they replace themselves" \
    "$(xvs_json batch "$XVS_TEST_DIR/many")$(json_get length flow show sw0)" \
    '{"changes":20000}20003'
{
    echo 'flow del sw0 priority=7,tcp --strict'
    sed 's/,tp_dst/,nw_dst=10.0.0.7,tp_dst/' "$XVS_TEST_DIR/many"
    echo 'flow add sw1 priority=3,ip,actions=drop'
} | sed 1d >"$XVS_TEST_DIR/mixed"
check_eq "of several switches" "$(xvs_json batch "$XVS_TEST_DIR/mixed")" '{"changes":20001}'
check_eq "are in force" "$(json_get length flow show sw0) $(json_get length flow show sw1)" \
    "40003 3"
check "pings pass" wait_for 2 ping_quick vm0 10.0.0.2
finish
