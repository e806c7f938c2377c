#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tap_port: a tap is a port before, while and after a program holds it open.
#
#   vm0 10.0.0.1 ── sw0 ── tap0 ══ tap_vm ══ eth0 10.0.0.2 in "guest"

. "$(dirname "$0")/../lib.sh"

if [ ! -c /dev/net/tun ]; then
    skip "tap ports" "no /dev/net/tun here"
    finish
    exit
fi
guest vm0 10.0.0.1/24
ip netns add guest
h ip tuntap add dev tap0 mode tap vnet_hdr
h ip link set tap0 up

check "a tap that nobody has opened is taken" xvs attach vm0 tap0
check_eq "its state says so" "$(port_stat tap0 state)" no-carrier
check_match "and its reason" "$(port_stat tap0 reason)" 'open'
know_each_other_tap() {
    ip -n vm0 neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent
}
know_each_other_tap
check_not "nothing comes back from it" ping_quick vm0 10.0.0.2
check_ledger vm0

bg vm "$TOOLS/tap_vm" tap0 /run/netns/guest eth0
wait_for 5 bg_says vm ready
ip -n guest link set eth0 address 02:00:00:00:00:02
ip -n guest link set eth0 up
ip -n guest addr add 10.0.0.2/24 dev eth0
up() { [ "$(port_stat tap0 state)" = up ]; }
check "opened: the port comes up" wait_for 2 up
check_eq "hook" "$(port_stat tap0 hook)" tc
check "ping" wait_for 2 ping_quick vm0 10.0.0.2
check "TCP to the guest" tcp_gbps vm0 guest 10.0.0.2 -n 50M --connect-timeout 2000
check "TCP from the guest" tcp_gbps guest vm0 10.0.0.1 -n 50M --connect-timeout 2000

bg_stop vm
down() { [ "$(port_stat tap0 state)" = no-carrier ]; }
check "closed: no carrier" wait_for 2 down
bg vm "$TOOLS/tap_vm" tap0 /run/netns/guest eth0
wait_for 5 bg_says vm ready
ip -n guest link set eth0 address 02:00:00:00:00:02
ip -n guest link set eth0 up
ip -n guest addr add 10.0.0.2/24 dev eth0
check "opened again: ping" wait_for 3 ping_quick vm0 10.0.0.2
check_ledger vm0 tap0
finish
