#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# timeouts: a rule goes when no packet has used it for idle_timeout seconds, or
# hard_timeout seconds after it was given; packets that the daemon never sees count
# as uses; what a rule that went did, another does from then on.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

# Above what a sweep needs; below it nothing may go.
slack_ms=2500

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1

rule() { # FILTER JQ: of the one rule that it finds
    json_get ".[0]$2" flow show sw0 "$1"
}

there() { # FILTER
    [ "$(json_get length flow show sw0 "$1")" = 1 ]
}

gone() {
    ! there "$1"
}

ping_fails() {
    ! ping_quick vm0 10.0.0.2
}

# Waits until a rule goes, and checks how long after START_MS it did.
goes_after() { # WHAT FILTER START_MS SECONDS
    local ms
    wait_for $(($4 + 8)) gone "$2" || fail "$1: it does not go"
    ms=$(($(now_ms) - $3))
    check_num "$1: not before its time" $ms -ge $(($4 * 1000))
    check_num "$1: soon after it" $ms -le $(($4 * 1000 + slack_ms))
}

say "idle: one that is used, by packets of the cache, and one that is not"
xvs flow add sw0 table=0,priority=10,icmp,actions='resubmit(,3)'
xvs flow add sw0 table=3,priority=10,idle_timeout=2,icmp,actions=normal
unused=$(now_ms)
xvs flow add sw0 table=4,priority=10,idle_timeout=2,icmp,actions=normal
check_eq "it is shown" "$(rule table=3 '|"\(.idle_timeout) \(.hard_timeout)"')" "2 0"
check_match "for people, too" "$("$XVSCTL" flow show sw0 table=3)" \
    '^table=3, idle_timeout=2, priority=10,icmp actions=NORMAL$'
bg ping in_ns vm0 ping -q -n -i 0.1 10.0.0.2
goes_after "unused" table=4 "$unused" 2
used() { [ "$(rule table=3 .packets)" -ge $1 ]; }
check "the other counts on" wait_for 8 used 60
check_num "without upcalls" "$(cache_stat .upcalls.received)" -lt 20
check "and is still there" there table=3
bg_signal ping INT
bg_wait ping || :
last=$(now_ms)
# The last packet was at most an interval ago.
goes_after "no longer used" table=3 $((last - 100)) 2
check "its packets find nothing now" wait_for 2 ping_fails

say "hard: used or not, from when it was given"
start=$(now_ms)
xvs flow add sw0 table=3,priority=10,hard_timeout=2,icmp,actions=normal
check "it is in force" wait_for 2 ping_quick vm0 10.0.0.2
bg ping in_ns vm0 ping -q -n -i 0.05 10.0.0.2
goes_after "hard" table=3 "$start" 2
check "its packets find nothing now" wait_for 2 ping_fails
bg_stop ping INT

say "both; and what begins anew"
start=$(now_ms)
xvs flow add sw0 table=3,priority=10,idle_timeout=3,hard_timeout=1,icmp,actions=normal
goes_after "the earlier one" table=3 "$start" 1
xvs flow add sw0 table=3,priority=10,hard_timeout=2,icmp,actions=normal
sleep 1
start=$(now_ms)
xvs flow mod sw0 table=3,icmp,actions=drop
goes_after "modified" table=3 "$start" 2
xvs flow add sw0 table=3,priority=10,hard_timeout=2,icmp,actions=normal
sleep 1
start=$(now_ms)
xvs flow add sw0 table=3,priority=10,hard_timeout=2,icmp,actions=normal
goes_after "given once more" table=3 "$start" 2
xvs flow add sw0 table=3,priority=10,hard_timeout=1,icmp,actions=normal
xvs flow add sw0 table=3,priority=10,icmp,actions=normal

say "in a batch, taken back and not; what flow show prints is accepted"
xvs flow add sw0 table=5,idle_timeout=300,hard_timeout=1,ip,actions=drop
start=$(now_ms)
printf 'flow del sw0 table=5\nflow add sw0 actions=group:1\n' >"$XVS_TEST_DIR/bad"
check_exit "a batch that fails" 1 xvs batch "$XVS_TEST_DIR/bad"
check "its rule is there again" there table=5
goes_after "and goes in its time" table=5 "$start" 1
check "one without timeouts stays" there table=3
xvs flow add sw0 table=6,idle_timeout=300,hard_timeout=65535,ip,actions=drop
before=$("$XVSCTL" flow show sw0)
check "replace takes it" xvs flow replace sw0 - <<<"$before"
check_eq "and it is the same" "$("$XVSCTL" flow show sw0)" "$before"
check_eq "timeouts among it" "$(rule table=6 '|"\(.idle_timeout) \(.hard_timeout)"')" "300 65535"
check_exit "out of range" 2 xvs flow add sw0 idle_timeout=65536,actions=drop
check_ledger vm0 vm1

say "many at once"
for i in $(seq 1 5000); do
    echo "flow add sw0 table=7,hard_timeout=1,tcp,tp_dst=$i,actions=drop"
done >"$XVS_TEST_DIR/many"
xvs batch "$XVS_TEST_DIR/many"
none_left() { [ "$(json_get length flow show sw0 table=7)" = 0 ]; }
check "all go" wait_for 5 none_left
finish
