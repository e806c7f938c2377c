#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_deep: rules that lead from table to table as far as anybody lets them,
# plainly and through copies inside of copies, are dropped packets and a trace,
# not the end of the daemon.
#
#   vm0 ── sw0 ── vm1

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xvs attach vm0 vm1

# Every table leads to the next, the last one back to the first.
tables() { # BEFORE AFTER: what stands around the resubmit
    local t
    for t in $(seq 0 253); do
        echo "table=$t,actions=$1resubmit(,$((t + 1)))$2"
    done
    echo "table=254,actions=$1resubmit(,0)$2"
}

ends_in() { # TITLE REASON
    check_eq "$1: the trace ends" \
        "$(json_get '"\(.actions) \(.reason)"' trace sw0 in_port=vm0,udp,nw_dst=10.0.0.2)" \
        "drop $2"
    before=$(drops_of vm0 "$2")
    ip -n vm0 neigh flush dev eth0
    g vm0 ping -c 1 -W 1 -q 10.0.0.2 >/dev/null 2>&1 || true
    dropped() { [ "$(drops_of vm0 "$2")" -gt "$before" ]; }
    check "$1: its packets are dropped for that reason" wait_for 5 dropped "$1" "$2"
    check "$1: and the daemon answers" xvs -q switch show
}

clones='clone(clone(clone(clone(clone(' closed=')))))'
check "254 tables and back" xvs flow replace sw0 <(tables '' '')
ends_in "tables" resubmit-limit
check "the same through copies" xvs flow replace sw0 <(tables "$clones" "$closed")
ends_in "copies" resubmit-limit
check "each twice" xvs flow replace sw0 <(tables "resubmit(,254)," ",output:vm1")
ends_in "more outputs than there is room for" resubmit-limit
finish
