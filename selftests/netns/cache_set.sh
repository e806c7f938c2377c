#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# cache_set: the layers of the cache can be switched off one by one, and the
# number of megaflows limited; packets take the same way in every case.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
pings() { g vm0 ping -q -n -c 40 -i 0.01 -W 1 10.0.0.2; }
# What 40 requests and 40 answers counted; lookups in $XVS_TEST_DIR/counts.
counts() {
    local a b
    a=$(xvs_json cache stats sw0)
    pings || return 1
    b=$(xvs_json cache stats sw0)
    jq -n --argjson a "$a" --argjson b "$b" '{micro: ($b.microflow.hits - $a.microflow.hits),
        mega: ($b.megaflow.hits - $a.megaflow.hits),
        miss: ($b.megaflow.misses - $a.megaflow.misses),
        up: ($b.upcalls.received - $a.upcalls.received)}' >"$XVS_TEST_DIR/counts"
    cat "$XVS_TEST_DIR/counts"
}
of() { jq ".$1" "$XVS_TEST_DIR/counts"; }
exact() {
    xvs_json cache show sw0 | jq -e 'length > 0 and all(.[]; .match | test("nw_ttl"))'
}

check "warm" pings
check "both layers on" counts
check_num "microflow hints answer" "$(of micro)" -ge 78
check_num "no upcall" "$(of up)" -le 1

check "micro=off" xvs cache set sw0 micro=off
check "pings" counts
check_num "no microflow hit" "$(of micro)" -eq 0
check_num "megaflows answer" "$(of mega)" -ge 78
check_num "no upcall" "$(of up)" -le 1
check_eq "stats say it" "$(cache_stat .microflow.enabled)" false

check "micro=on" xvs cache set sw0 micro=on
check "mega=off: every flow gets the full mask" xvs cache set sw0 mega=off
check "pings" counts
check "the cached flows are exact" wait_for 2 exact
check "mega=on" xvs cache set sw0 mega=on
check "pings" counts
check_not "and not exact any more" exact

say "limit"
check "limit=8" xvs cache set sw0 limit=8
check_num "stats say it" "$(cache_stat .megaflow_limit)" -eq 8
# A rule on both ports, so that each source port is a flow of its own.
xvs flow add sw0 'priority=5,udp,tp_dst=6000,tp_src=6000,actions=normal'
bg recv in_ns vm1 python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.2", 6001)); s.settimeout(3); n = 0
print("ready", flush=True)
try:
    while n < 300: s.recv(100); n += 1
except socket.timeout: pass
print(n)'
wait_for 5 bg_says recv ready
in_ns vm0 python3 -c '
import socket, time
for i in range(300):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.0.0.1", 20000 + i)); s.sendto(b"x", ("10.0.0.2", 6001)); s.close(); time.sleep(.003)'
bg_wait recv
check_num "300 flows through a limit of 8: all pass" "$(bg_out recv | tail -n 1)" -eq 300
within() { [ "$(cache_stat .megaflows)" -le 8 ]; }
check "the cache stays within its limit" wait_for 5 within
check "limit=65536" xvs cache set sw0 limit=65536
check "pings" counts
check_exit "nothing to set: exit 2" 2 xvs cache set sw0
check_exit "a bad value: exit 2" 2 xvs cache set sw0 micro=maybe
check_ledger vm0 vm1
finish
