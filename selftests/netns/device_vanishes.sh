#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# device_vanishes: a guest's device goes down, is deleted under the switch and
# comes back, while others go on.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0      vm1 is the one that goes
#   vm2 10.0.0.3 ──┘

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2
state_is() { [ "$(port_stat vm1 state)" = "$1" ]; }
others_ok() { check "vm0 and vm2 go on" ping_ok vm0 10.0.0.3; }

for hook in tc xdp; do
    say "hook=$hook"
    xvs port set sw0 vm1 "hook=$hook"
    check "ping" ping_ok vm0 10.0.0.2

    h ip link set vm1 down
    check "down" wait_for 2 state_is down
    others_ok
    h ip link set vm1 up
    check "up again" wait_for 2 state_is up
    check "ping" wait_for 2 ping_quick vm0 10.0.0.2

    g vm1 ip link set eth0 down
    check "the guest's side down: no carrier" wait_for 2 state_is no-carrier
    others_ok
    g vm1 ip link set eth0 up
    check "up again" wait_for 2 state_is up
    check "ping" wait_for 2 ping_quick vm0 10.0.0.2

    bg load in_ns vm0 ping -q -f -n -c 100000 -W 1 10.0.0.2
    h ip link del vm1
    check "deleted: missing" wait_for 2 state_is missing
    others_ok
    bg_stop load
    check "port show tells the rest" xvs port show sw0
    check "rules may name it" xvs flow add sw0 'priority=9,udp,tp_dst=9,actions=output:vm1'
    xvs flow del sw0 'udp,tp_dst=9'

    h ip link add vm1 type veth peer name eth0 address 02:00:00:00:00:02 netns vm1
    guest_up vm1 10.0.0.2/24
    check "a device of that name is the port again" wait_for 3 state_is up
    check "ping" wait_for 3 ping_quick vm0 10.0.0.2
    check_eq "with its hook" "$(port_stat vm1 hook)" "$hook"
done
h ip link del vm1
check "missing" wait_for 2 state_is missing
check "port del of a missing port" xvs port del sw0 vm1
check_ledger vm0 vm2
check "detach" xvs detach
finish
