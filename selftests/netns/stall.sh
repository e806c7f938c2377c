#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# stall: the cache is full and a storm rages when the daemon stops for ten
# seconds, and the ring of upcalls fills. Known flows go on, what is dropped is
# counted with its reason, and when the daemon goes on all of it recovers.
# Topology and rules are in common/pressure.bash.
#
#   STALL_SECONDS=N   how long it stops (default 3; the contract says 10)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/pressure.bash"

seconds=${STALL_SECONDS:-3}
limit=4096

pressure_guests
pressure_attach tc
xvs cache set sw0 limit=$limit
pressure_rules
echo_start
flow_start

ask() { # GUEST FIRST-PORT: ten new connections, all of them answered
    [ "$(in_ns "$1" "$TOOLS/udp_probe" new 10.0.0.9 $echo_port 10 0 200 "$2" |
        jq .answered)" = 10 ]
}
tables_full() { [ "$(cache_stat .megaflows)" -ge $((limit * 9 / 10)) ]; }

storm_start random $((seconds + 60))
check "the storm fills the cache" wait_for 20 tables_full
check "new connections of others are set up all the same" wait_for 5 ask vic 20000
refused=$(drops_of att upcall-admission) full=$(drops_of att upcall-ring-full)
known=$(port_stat vic forwarded)
check_num "the flow limit holds" "$(cache_stat .megaflows)" -le $limit

# ---------------------------------------------------------------- the stall

pid=$(daemon_pid)
# Whatever happens to this script, a daemon that is stopped could not end.
trap 'kill -CONT "$pid" 2>/dev/null || :; on_exit' EXIT
stopped() { grep -q '^State:.*stopped' "/proc/$pid/status"; }
h kill -STOP "$pid"
check "the daemon is stopped" wait_for 5 stopped
start=$(now_ms)
sleep "$seconds"
check "it was stopped all the time" stopped
h kill -CONT "$pid"
stalled_ms=$(($(now_ms) - start))
check "it answers again" wait_for 20 "$XVSCTL" -t 2 cache stats sw0
say "FIGURE the daemon answers $(($(now_ms) - start - stalled_ms)) ms after it goes on"

# ---------------------------------------------------------------- what came of it

known=$(($(port_stat vic forwarded) - known))
check_num "the known flow went on meanwhile" $known -ge $((seconds * flow_rate / 2))
check_num "drops: the ring was full" $(($(drops_of att upcall-ring-full) - full)) -gt 0
check_num "drops: refused by admission" $(($(drops_of att upcall-admission) - refused)) -gt 0
check "still in the storm: new connections of others are set up" wait_for 10 ask vic 30000
say "FIGURE they are $(($(now_ms) - start - stalled_ms)) ms after the daemon goes on"

check_num "the flow limit holds" "$(cache_stat .megaflows)" -le $limit
bg_stop storm
say "storm: $(bg_out storm)"
check "after it: those of the attacker's as well" wait_for 10 ask att 40000
check "the daemon is the same one" test "$(daemon_pid)" = "$pid"
flow_check "all the time"
check_ledger att vic srv
xvs_json drops show sw0 | jq -c '.[] | select(.packets > 0)' | quote
finish
