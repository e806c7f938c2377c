#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# throughput_bridge: bulk TCP between two guests with default offloads, through
# xvs and through the Linux bridge, in turns. The test is that data flows and
# little is retransmitted; the ratio is a figure for `make bench`, not a test.
#
#   vm0 10.0.0.1 ── sw0 or br0 ── vm1 10.0.0.2
#
#   PAIRS=N SECONDS_EACH=N   how long (default 1 and 2)

. "$(dirname "$0")/../lib.sh"

pairs=${PAIRS:-1} each=${SECONDS_EACH:-2}
guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
[ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ] ||
    echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables

bridge_up() {
    ip link add br0 type bridge
    ip link set vm0 master br0
    ip link set vm1 master br0
    ip link set br0 up
    wait_for 5 ping_quick vm0 10.0.0.2
}

ours=() theirs=()
for _ in $(seq "$pairs"); do
    bridge_up
    theirs+=("$(tcp_gbps vm0 vm1 10.0.0.2 -t "$each")")
    ip link del br0
    xvs -q attach vm0 vm1
    wait_for 5 ping_quick vm0 10.0.0.2
    ours+=("$(tcp_gbps vm0 vm1 10.0.0.2 -t "$each")")
    retransmits=$(tcp_retransmits)
    big=$(json_get '.[] | select(.name == "vm1") | .tx_bytes / (.tx_packets + 1) | floor' \
        port show sw0 vm1)
    sent=$(port_stat vm1 tx_packets)
    xvs -q detach
done
say "Linux bridge ${theirs[*]} Gb/s, xvs ${ours[*]} Gb/s"
say "RATIO tcp_guest_to_guest/bridge $(ratio "$(median "${ours[@]}")" "$(median "${theirs[@]}")")"
check "TCP flows through xvs" awk -v g="$(median "${ours[@]}")" 'BEGIN { exit !(g > 0.05) }'
check_num "retransmits are less than one in a hundred segments" "$retransmits" -lt $((sent / 100))
check_num "large segments cross whole (mean bytes a packet)" "$big" -ge 5000
finish
