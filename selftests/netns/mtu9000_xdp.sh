#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# mtu9000_xdp: frames of 9,000 bytes, which take several buffers, through ports
# with hook=xdp: known unicast, and a broadcast, which a devmap could not do.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0   all MTU 9000, hook=xdp
#   vm2 10.0.0.3 ──┘

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
    ip link set vm$i mtu 9000
    ip -n vm$i link set eth0 mtu 9000
    g vm$i ethtool -K eth0 gro on tx off
done
xvs attach vm0 vm1 vm2
for i in 0 1 2; do
    check "vm$i takes hook=xdp at MTU 9000" xvs port set sw0 vm$i hook=xdp
done
check_eq "hooks" "$(json_get '[.[].hook] | unique | join(" ")' port show sw0)" xdp

check "ping with 8,900 bytes, not fragmented" ping_ok vm0 10.0.0.2 -M do -s 8900
check "and at 56 bytes" ping_ok vm0 10.0.0.2
check "50 of 8,900 bytes, none lost" \
    g vm1 ping -q -n -c 50 -i 0.01 -W 1 -M do -s 8900 10.0.0.1
in_ns vm1 bash -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'
in_ns vm2 bash -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'
check "a broadcast of 8,900 bytes is answered" \
    in_ns vm0 ping -n -b -c 1 -W 1 -M do -s 8900 10.0.0.255
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 300 1000
wait_for 5 bg_says recv ready
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 300 1000 8900
bg_wait recv
check_num "300 UDP packets of 8,900 bytes arrive" "$(bg_out recv | tail -n 1 | jq .received)" -eq 300
check "TCP" tcp_gbps vm0 vm1 10.0.0.2 -n 50M --connect-timeout 2000
check_ledger vm0 vm1 vm2
finish
