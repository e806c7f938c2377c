#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# hook_xdp_partial_csum: with hook=xdp on a veth whose guest leaves checksums
# partial, TCP and UDP work at once, and no frame with a wrong checksum leaves.
#
#   vm0 10.0.0.1 (default offloads) ── sw0, hook=xdp ── vm1 10.0.0.2 (gro on)

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 fd00::1/64
guest vm1 10.0.0.2/24 fd00::2/64
g vm1 ethtool -K eth0 gro on
xvs attach vm0 vm1
check_exit "hook=xdp is taken, or refused with a remedy" 0 xvs port set sw0 vm0 hook=xdp
xvs port set sw0 vm1 hook=xdp
check_eq "hook in force" "$(port_stat vm0 hook)" xdp
check_eq "the guest's checksum offload is as it was" \
    "$(in_ns vm0 ethtool -k eth0 | awk '/^tx-checksumming:/ { print $2 }')" on

check "TCP" tcp_gbps vm0 vm1 10.0.0.2 -n 50M --connect-timeout 2000
check "TCP over IPv6" tcp_gbps vm0 vm1 fd00::2 -n 50M --connect-timeout 2000
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 500 1000
wait_for 5 bg_says recv ready
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 500 2000 600
bg_wait recv
check_num "UDP, all arrive" "$(bg_out recv | tail -n 1 | jq .received)" -eq 500

snmp() { # FILE-PREFIX FIELD
    in_ns vm1 awk -v p="$1:" -v f="$2" '$1 == p { if (!n++) { split($0, h); next }
        split($0, v); for (i in h) if (h[i] == f) print v[i] }' /proc/net/snmp
}
check_num "TCP InCsumErrors at the receiver" "$(snmp Tcp InCsumErrors)" -eq 0
check_num "UDP InCsumErrors at the receiver" "$(snmp Udp InCsumErrors)" -eq 0
check_num "Udp6InCsumErrors" \
    "$(in_ns vm1 awk '$1 == "Udp6InCsumErrors" { print $2 }' /proc/net/snmp6)" -eq 0

say "frames whose checksum is whole go by XDP alone"
g vm0 ethtool -K eth0 tx off
handed=$(json_get .counters.handed_to_tc cache stats sw0)
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 500 1000
wait_for 5 bg_says recv ready
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 500 2000 600
bg_wait recv
check_num "UDP, all arrive" "$(bg_out recv | tail -n 1 | jq .received)" -eq 500
check_num "handed to TC meanwhile" $(($(json_get .counters.handed_to_tc cache stats sw0) - handed)) -le 20
check_ledger vm0 vm1
finish
