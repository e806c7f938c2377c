#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_patch_traffic: guests of two switches talk through a pair of patch ports,
# at any speed and in any VLAN; the ports count what crosses them, and nothing
# crosses them while either end is down.
#
#   vm0 10.0.0.1 ── sw0 ── p0 ═══ p1 ── sw1 ── vm1 10.0.0.2 (hook=xdp)
#   vm2 10.0.0.3 ── sw0                 sw1 ── vm3 10.0.0.4

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"

for i in 0 1 2 3; do
    guest vm$i 10.0.0.$((i + 1))/24
done
g vm1 ethtool -K eth0 gro on tx off
host_snapshot >"$XVS_TEST_DIR/before"
xvs attach vm0 vm2
xvs switch add sw1
xvs port add sw1 vm1 hook=xdp
xvs port add sw1 vm3
xvs port add sw0 p0 type=patch peer=p1
xvs port add sw1 p1 type=patch peer=p0

of() { # SWITCH PORT FIELD
    json_get ".[] | select(.name == \"$2\") | .$3" port show "$1" "$2"
}

say "guests of two switches: NORMAL on both"
check "vm0 reaches vm1" ping_ok vm0 10.0.0.2
check "vm1 reaches vm0" ping_ok vm1 10.0.0.1
check "vm2 reaches vm3" ping_ok vm2 10.0.0.4
check "guests of one switch as ever" ping_ok vm0 10.0.0.3
check_eq "each switch learns who is behind the patch" "$(json_get \
    "[.[] | select(.mac == \"$(guest_mac vm1)\") | .port] | join(\" \")" fdb show sw0) $(json_get \
    "[.[] | select(.mac == \"$(guest_mac vm0)\") | .port] | join(\" \")" fdb show sw1)" "p0 p1"

transfer vm0 vm1 10.0.0.2
transfer vm1 vm0 10.0.0.1
transfer vm2 vm3 10.0.0.4

say "counters of a patch port: what crossed it"
know_each_other vm0 10.0.0.1 vm3 10.0.0.4
check "vm0 reaches vm3" ping_ok vm0 10.0.0.4
read -r tx rx <<<"$(of sw0 p0 tx_packets) $(of sw0 p0 rx_packets)"
read -r txb rxb <<<"$(of sw0 p0 tx_bytes) $(of sw0 p0 rx_bytes)"
check "100 pings" in_ns vm0 ping -q -n -c 100 -i 0.002 -s 100 10.0.0.4
# A megaflow's packets are brought to the rules and ports now and then.
counted() {
    [ "$(of sw0 p0 tx_packets)" -ge $((tx + 100)) ] &&
        [ "$(of sw0 p0 rx_packets)" -ge $((rx + 100)) ]
}
check "are counted" wait_for 3 counted
check_num "out of p0" $(($(of sw0 p0 tx_packets) - tx)) -eq 100
check_num "and back" $(($(of sw0 p0 rx_packets) - rx)) -eq 100
check_num "bytes out" $(($(of sw0 p0 tx_bytes) - txb)) -eq $((100 * 142))
check_num "bytes back" $(($(of sw0 p0 rx_bytes) - rxb)) -eq $((100 * 142))
check_eq "what leaves one end enters the other" \
    "$(json_get '.[] | "\(.tx_packets) \(.tx_bytes)"' port show sw0 p0)" \
    "$(json_get '.[] | "\(.rx_packets) \(.rx_bytes)"' port show sw1 p1)"

say "down: nothing crosses; up: known flows cross again"
check "blocked" xvs port set sw0 p0 blocked=on
check_not "vm0 does not reach vm1" ping_quick vm0 10.0.0.2
check_not "vm1 does not reach vm0" ping_quick vm1 10.0.0.1
xvs port set sw0 p0 blocked=off
check "vm0 reaches vm1" ping_ok vm0 10.0.0.2
check "the other end blocked" xvs port set sw1 p1 blocked=on
check_not "vm0 does not reach vm1" ping_quick vm0 10.0.0.2
check_not "vm1 does not reach vm0" ping_quick vm1 10.0.0.1
xvs port set sw1 p1 blocked=off
check "vm0 reaches vm1" ping_ok vm0 10.0.0.2
bg load in_ns vm0 ping -q -n -f -W 1 10.0.0.2
check "one end deleted under traffic" xvs port del sw1 p1
bg_stop load
check_not "vm0 does not reach vm1" ping_quick vm0 10.0.0.2
check "added again" xvs port add sw1 p1 type=patch peer=p0
check "vm0 reaches vm1" ping_ok vm0 10.0.0.2

say "rules on either side"
xvs flow add sw1 'priority=9,in_port=p1,icmp,actions=drop'
check_not "sw1 drops what comes in by p1" ping_quick vm0 10.0.0.2
xvs flow del sw1 icmp
check "no longer" ping_ok vm0 10.0.0.2
xvs flow add sw0 'priority=9,in_port=vm0,ip,actions=mod_dl_dst:02:00:00:00:00:99,output:p0'
xvs flow add sw1 "priority=9,in_port=p1,ip,dl_dst=02:00:00:00:00:99,actions=mod_dl_dst:$(guest_mac vm1),output:vm1"
check "sw1 sees what sw0 has made of the packet" ping_ok vm0 10.0.0.2
check_match "trace goes on in sw1" "$("$XVSCTL" trace sw0 "in_port=vm0,icmp,nw_dst=10.0.0.2")" \
    "priority=9.*dl_dst=02:00:00:00:00:99"
xvs flow del sw0 ip
xvs flow del sw1 ip

say "VLANs: a patch port is a trunk or an access port as any"
xvs port set sw0 vm0 tag=10
xvs port set sw1 vm1 tag=10
check "VLAN 10 crosses the trunk" ping_ok vm0 10.0.0.2
check_not "VLAN 10 and no VLAN do not meet" ping_quick vm0 10.0.0.4
xvs port set sw0 p0 trunks=20
check_not "a VLAN that the trunk does not carry stays" ping_quick vm0 10.0.0.2
xvs port set sw0 p0 trunks=all
check "one that it carries crosses" ping_ok vm0 10.0.0.2
xvs port set sw0 p0 tag=10
xvs port set sw1 p1 tag=30
xvs port set sw1 vm1 tag=30
check "access ports at both ends: VLAN 10 here is 30 there" ping_ok vm0 10.0.0.2
transfer vm0 vm1 10.0.0.2
check_ledger vm0 vm2

say "two places of one switch"
xvs switch del sw1
xvs port add sw0 vm1
xvs port set sw0 p0 tag=10
xvs port add sw0 p1 type=patch peer=p0 tag=40
xvs port set sw0 vm1 tag=40
check "VLAN 10 here is 40 there" ping_ok vm0 10.0.0.2
check "detach" xvs detach
host_snapshot >"$XVS_TEST_DIR/after"
check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
finish
