#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# detach_restores: flags, offloads, qdiscs, programs and pins are after a
# detach what they were before the attach, whichever hook was used and however
# the daemon ended. What attaching changed is shown meanwhile.
#
#   vm0 (hook=tc), vm1 (hook=xdp), out (hook=xdp, has an address) ── sw0

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
guest out 10.0.0.9/24
h ip addr add 10.0.0.254/24 dev out
# Whatever can be off or on by the user must come back as the user had it.
h ethtool -K vm1 gro on
h tc qdisc add dev vm0 root handle 1: htb
host_snapshot >"$XVS_TEST_DIR/before"
guests_snapshot() {
    for i in vm0 vm1 out; do
        in_ns $i ethtool -k eth0
    done
}
guests_snapshot >"$XVS_TEST_DIR/guests.before"

start() {
    xvs attach vm0 vm1 out
    xvs port set sw0 vm1 hook=xdp
    xvs port set sw0 out hook=xdp
    check "forwards" ping_ok vm0 10.0.0.2
    check_match "the device carries our program" "$(ip link show vm1)" 'xdp'
}

check_restored() { # WAY
    host_snapshot >"$XVS_TEST_DIR/after"
    check "$1: the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
    guests_snapshot >"$XVS_TEST_DIR/guests.after"
    check "$1: the guests are as they were" \
        diff -u "$XVS_TEST_DIR/guests.before" "$XVS_TEST_DIR/guests.after"
    check_not "$1: nothing forwards" ping_quick vm0 10.0.0.2
}

start
check_match "port show tells what was changed at an XDP port" "$(port_stat vm1 changed)" 'off|on'
check "detach" xvs detach
check_restored "detach"

start
check "port del" xvs port del sw0 vm1
check_eq "its program is gone" "$(ip -j link show vm1 | jq -c '.[0].xdp // "none"')" '"none"'
check "switch del" xvs switch del sw0
check "detach" xvs detach
check_restored "port and switch deleted"

start
check "hook back to tc" xvs port set sw0 vm1 hook=tc
check "forwards" ping_ok vm0 10.0.0.2
check "hook to xdp again" xvs port set sw0 vm1 hook=xdp
check "forwards" ping_ok vm0 10.0.0.2
pid=$(daemon_pid)
say "[host] kill -KILL $pid"
kill -KILL "$pid"
gone() { ! kill -0 "$pid"; }
wait_for 5 gone
check "killed: forwards still" ping_ok vm0 10.0.0.2
check "detach after the kill" xvs detach
check_restored "kill"

start
pid=$(daemon_pid)
say "[host] kill -TERM $pid: stops, and leaves the datapath"
kill -TERM "$pid"
check "the daemon ends" wait_for 10 gone
check "forwards still" ping_ok vm0 10.0.0.2
check "attach adopts or starts afresh" xvs attach vm0 vm1 out
check "forwards" ping_ok vm0 10.0.0.2
check "detach" xvs detach
check_restored "TERM, attach, detach"
check "detach twice is fine" xvs detach
check_eq "the run directory has no socket, pid file or journal left" \
    "$(find "$XVS_RUNDIR" -name xvsd.sock -o -name xvsd.pid -o -name undo)" ""
finish
