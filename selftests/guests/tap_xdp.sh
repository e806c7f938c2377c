#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# tap_xdp: QEMU guests with default offloads on tap ports with hook=xdp: what a
# native redirect would spoil (partial checksums, large segments) arrives right,
# and nothing else does.
#
#   vm0 10.0.0.1 ── sw0, hook=xdp ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/traffic.bash"

# Checksums that a guest's stack found wrong, of TCP, UDP and ICMP.
bad_checksums() { # NAME
    vm "$1" cat /proc/net/snmp | awk '{ proto = $1 }
        proto != last { split($0, head); last = proto; next }
        { for (i in head) if (head[i] == "InCsumErrors") sum += $i; last = "" }
        END { print sum + 0 }'
}

kinds='tap tap'
guest_need
two_guests
for name in vm0 vm1; do
    xvs port set sw0 $name hook=xdp
    check_eq "$name: hook in force" "$(port_stat $name hook)" xdp
    check_match "$name: it makes partial checksums" \
        "$(vm $name ethtool -k eth0 | grep '^tx-checksumming')" 'on$'
done
check "ping" vm_ping vm0 10.0.0.2
check_tcp "TCP, vm0 to vm1" vm0 10.0.0.2
check_tcp "TCP, vm1 to vm0" vm1 10.0.0.1
handed=$(cache_stat .counters.handed_to_tc)
check_num "frames that XDP left to TC" "$handed" -ge 1
check "UDP" vm_iperf udp vm0 -c 10.0.0.2 -u -b 1M -t 2
check_eq "UDP: datagrams lost" "$(iperf_get udp .end.sum.lost_packets)" 0
for name in vm0 vm1; do
    check_eq "$name: frames with a wrong checksum" "$(bad_checksums $name)" 0
done

say "frames whose checksum is whole go by XDP alone"
vm vm0 ethtool -K eth0 tx off
handed=$(cache_stat .counters.handed_to_tc)
check "UDP" vm_iperf udp vm0 -c 10.0.0.2 -u -b 2M -t 2
check_eq "UDP: datagrams lost" "$(iperf_get udp .end.sum.lost_packets)" 0
check_num "datagrams" "$(iperf_get udp .end.sum.packets)" -ge 200
# Those of iperf3's own connection and its answers remain.
check_num "handed to TC meanwhile" $(($(cache_stat .counters.handed_to_tc) - handed)) -le 60
check_eq "vm1: frames with a wrong checksum" "$(bad_checksums vm1)" 0
check_ledger vm0 vm1
finish
