#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost_kill: xvsd is killed under vhost-user guests. They have no network until there
# is a daemon again, and then all of it without being told: an established TCP
# connection goes on where it was, and no byte of it is lost or changed.
#
#   vm0 10.0.0.1, vm1 10.0.0.2 (vhost-user) ── sw0 ── vm2 10.0.0.3 (veth)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/vhost.bash"

n=1000000000

make_ports() {
    xvs attach vm2
    vhost_port vm0
    vhost_port vm1
}

guest vm2 10.0.0.3/24
vhost_guest vm0 10.0.0.1/24
vhost_guest vm1 10.0.0.2/24
make_ports
check "ping" wait_for 3 ping_ok vm0 10.0.0.2

# Slowly enough that it is under way when the daemon dies.
stream() { # FROM TO IP: is called FROM_TO
    bg "sink_$1_$2" in_ns "$2" python3 "$LIB_DIR/tools/tcp_bytes.py" recv "$3" 7000
    wait_for 5 bg_says "sink_$1_$2" ready
    bg "source_$1_$2" in_ns "$1" python3 "$LIB_DIR/tools/tcp_bytes.py" send "$3" 7000 $n
}

arrived() { # FROM TO: bytes that the kernel of TO has had so far
    in_ns "$2" ss -Htni state established sport = :7000 | grep -o 'bytes_received:[0-9]*' |
        cut -d: -f2 | sort -n | tail -n 1
}

moves() { # FROM TO BYTES: more than that has arrived
    [ "$(arrived "$1" "$2")" -gt "$3" ]
}

kill_daemon() {
    local pid
    pid=$(daemon_pid)
    kill -KILL "$pid"
    wait_for 5 test ! -e "/proc/$pid"
}

for round in 1 2; do
    say "round $round"
    stream vm0 vm1 10.0.0.2
    stream vm1 vm2 10.0.0.3
    check "guest to guest: under way" wait_for 5 moves vm0 vm1 1000000
    check "guest to veth: under way" wait_for 5 moves vm1 vm2 1000000
    kill_daemon
    ended=0
    bg_alive source_vm0_vm1 || ended=1
    check_eq "killed in the middle of it" $ended 0
    check_not "without a daemon there is no network" ping_ok vm0 10.0.0.2
    check "the socket of the dead one is no obstacle" make_ports
    bg_wait source_vm0_vm1 || fail "guest to guest: the sender"
    bg_wait source_vm1_vm2 || fail "guest to veth: the sender"
    for sink in vm0_vm1 vm1_vm2; do
        bg_stop sink_$sink
        check_eq "$sink: every byte arrived" "$(bg_out sink_$sink | tail -n 1)" $n
    done
    check "ping" wait_for 3 ping_ok vm0 10.0.0.2
    check_ledger vm0 vm1 vm2
done
finish
