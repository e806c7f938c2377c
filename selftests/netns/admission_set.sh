#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# admission_set: the limits of what goes up to the daemon are shown and set, for
# all ports and for one, and are in force at once.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
# Every source port is a flow of its own.
xvs cache set sw0 mega=off
check "the guests reach each other" ping_ok vm0 10.0.0.2

limit() { json_get ".$1" admission show; }
refused() { drops_of "$1" upcall-admission; }
next_port=20000
new_flows() { # GUEST TO N: one packet each, at once
    in_ns "$1" python3 -c '
import socket, sys
for i in range(int(sys.argv[3])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", int(sys.argv[2]) + i)); s.sendto(b"x", (sys.argv[1], 6000)); s.close()
' "$2" $next_port "$3"
    next_port=$((next_port + $3))
}

say "the defaults"
check_eq "show" "$(xvs_json admission show | jq -c '[.pkts_per_s, .burst_pkts, .kbytes_per_s,
    .burst_kbytes, .allowance, .queue, .ports]')" '[20000,2000,65536,8192,4,2048,[]]'
check_match "show, for people" "$(xvs admission show)" 'packets +20000/s, burst 2000'
check_eq "status has them too" "$(json_get '.admission | "\(.pkts_per_s) \(.allowance)"' status)" \
    "20000 4"

say "of all ports"
check "set" xvs admission set rate=1 burst=20 allowance=7 queue=100
check_eq "show" "$(xvs_json admission show | jq -c '[.pkts_per_s, .burst_pkts, .kbytes_per_s,
    .burst_kbytes, .allowance, .queue]')" '[1,20,65536,8192,7,100]'
new_flows vm0 10.0.0.2 120
check_num "vm0: beyond the burst of 20 are refused" "$(refused vm0)" -ge 90
check_num "but not those" "$(refused vm0)" -le 100
new_flows vm1 10.0.0.1 120
check_num "vm1: the same" "$(refused vm1)" -ge 90

say "of one port"
check "port set: no limit" xvs port set sw0 vm0 upcall-rate=0
check_eq "show lists it" "$(limit ports | jq -c .)" \
    '[{"switch":"sw0","port":"vm0","pkts_per_s":0,"burst_pkts":20}]'
check_match "show, for people" "$(xvs admission show)" 'own limits +sw0 vm0: 0/s, burst 20'
check_eq "port show tells what is in force" "$(port_stat vm0 upcall_rate)" 0
check_eq "and whose it is" "$(port_stat vm0 upcall_limits_own) $(port_stat vm1 upcall_limits_own)" \
    "true false"
before=$(refused vm0) other=$(refused vm1)
new_flows vm0 10.0.0.2 200
new_flows vm1 10.0.0.1 50
check_num "none of vm0 is refused" $(($(refused vm0) - before)) -eq 0
check_num "those of vm1 are" $(($(refused vm1) - other)) -ge 40
check "a change for all leaves it alone" xvs admission set rate=2
check_eq "vm0" "$(port_stat vm0 upcall_rate)" 0
check_eq "vm1" "$(port_stat vm1 upcall_rate)" 2
check "a lower one" xvs port set sw0 vm1 upcall-rate=1000 upcall-burst=5
check_eq "in force" "$(port_stat vm1 upcall_rate) $(port_stat vm1 upcall_burst)" "1000 5"
check "back to what all have" xvs port set sw0 vm0 upcall-rate=default
check_eq "in force" "$(port_stat vm0 upcall_rate)" 2
before=$(refused vm0)
new_flows vm0 10.0.0.2 100
check_num "vm0 is limited again" $(($(refused vm0) - before)) -ge 60
check "the next port of that number begins with the limits of all" \
    bash -c "'$XVSCTL' port del sw0 vm1 && '$XVSCTL' port add sw0 vm1"
check_eq "in force" "$(port_stat vm1 upcall_rate) $(port_stat vm1 upcall_burst)" "2 20"

say "in a batch: all or nothing"
printf '%s\n' 'port set sw0 vm0 upcall-rate=77' 'port set sw0 vm9 upcall-rate=78' \
    >"$XVS_TEST_DIR/batch"
check_not "a batch with a mistake" xvs batch "$XVS_TEST_DIR/batch"
check_eq "nothing has changed" "$(port_stat vm0 upcall_rate)" 2
printf '%s\n' 'port set sw0 vm0 upcall-rate=77' >"$XVS_TEST_DIR/batch"
check "a batch without" xvs batch "$XVS_TEST_DIR/batch"
check_eq "in force" "$(port_stat vm0 upcall_rate)" 77

say "mistakes"
check_exit "nothing to set" 2 xvs admission set
check_match "says what there is" "$err" 'rate=, burst=, byte-rate=, byte-burst=, allowance= or queue='
for bad in rate=-1 rate=x burst=4000001 byte-rate=10000001 allowance=0 allowance=256 queue=0 \
    queue=100000; do
    check_exit "$bad" 2 xvs admission set $bad
    check_match "names the range" "$err" 'must be a number from [01] to [0-9]+'
done
check_exit "upcall-rate=many" 2 xvs port set sw0 vm0 upcall-rate=many
check_match "names the range" "$err" 'must be a number from 0 to 10000000'
check_eq "and nothing has changed" "$(limit pkts_per_s) $(port_stat vm0 upcall_rate)" "2 77"
check "the defaults again" xvs admission set rate=20000 burst=2000 allowance=4 queue=2048
check_ledger vm0
finish
