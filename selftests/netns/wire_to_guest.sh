#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# wire_to_guest: frames of wire size come in by an uplink with hook=xdp; bulk
# TCP for a guest is handed to the TC stage behind GRO, so that the guest gets
# large segments. Ratios for `make bench`: to the bridge, and to the bridge
# behind an XDP program that does nothing, which is what any program on a veth
# costs (the driver copies each frame for it).
#
#   ┌──── far ─────┐       ┌──────── host ────────┐
#   │ eth0         │ wire  │ far: hook=xdp, GRO   │
#   │ tso off ─────┼───────┤         sw0      vm1 ├── vm1 10.0.0.2
#   │ 10.0.0.1     │       └──────────────────────┘
#   └──────────────┘
#
#   PAIRS=N SECONDS_EACH=N   how long (default 1 and 2)

. "$(dirname "$0")/../lib.sh"

pairs=${PAIRS:-1} each=${SECONDS_EACH:-2}
guest far 10.0.0.1/24
guest vm1 10.0.0.2/24
g far ethtool -K eth0 tso off gso off tx off
h ethtool -K far gro on
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] ||
    echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables

ours=() theirs=() floor=()
for _ in $(seq "$pairs"); do
    ip link add br0 type bridge
    ip link set far master br0
    ip link set vm1 master br0
    ip link set br0 up
    wait_for 5 ping_quick far 10.0.0.2
    theirs+=("$(tcp_gbps far vm1 10.0.0.2 -t "$each")")
    foreign_xdp far
    wait_for 5 ping_quick far 10.0.0.2
    floor+=("$(tcp_gbps far vm1 10.0.0.2 -t "$each")")
    ip link set far xdp off
    ip link del br0
    xvs -q attach far vm1
    xvs -q port set sw0 far hook=xdp
    wait_for 5 ping_quick far 10.0.0.2
    ours+=("$(tcp_gbps far vm1 10.0.0.2 -t "$each")")
    retransmits=$(tcp_retransmits)
    hook=$(port_stat far hook)
    handed=$(json_get .counters.handed_to_tc cache stats sw0)
    big=$(json_get '.[] | select(.name == "vm1") | .tx_bytes / (.tx_packets + 1) | floor' \
        port show sw0 vm1)
    check_ledger far vm1
    xvs -q detach
done
say "Linux bridge ${theirs[*]} Gb/s, behind an idle XDP program ${floor[*]} Gb/s," \
    "xvs ${ours[*]} Gb/s"
say "RATIO tcp_wire_to_guest/bridge $(ratio "$(median "${ours[@]}")" "$(median "${theirs[@]}")")"
say "RATIO tcp_wire_to_guest/bridge_with_xdp" \
    "$(ratio "$(median "${ours[@]}")" "$(median "${floor[@]}")")"
check_eq "the uplink's hook" "$hook" xdp
check "TCP flows from the wire" awk -v g="$(median "${ours[@]}")" 'BEGIN { exit !(g > 0.05) }'
check_num "frames were handed to the TC stage" "$handed" -ge 1000
check_num "the guest gets merged segments (mean bytes a packet)" "$big" -ge 3000
check_num "retransmits are less than one in a hundred frames" "$retransmits" -lt $((handed / 100))
finish
