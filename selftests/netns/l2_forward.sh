#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# l2_forward: `attach` is enough for two guests to reach each other.
#
#   ┌────── vm0 ───────┐   ┌─────── host ───────┐   ┌────── vm1 ───────┐
#   │ eth0 10.0.0.1    ├───┤ vm0    sw0     vm1 ├───┤ eth0 10.0.0.2    │
#   │      fd00::1     │   └────────────────────┘   │      fd00::2     │
#   └──────────────────┘                            └──────────────────┘

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 fd00::1/64
guest vm1 10.0.0.2/24 fd00::2/64

check "attach starts the daemon and makes sw0" xvs attach vm0 vm1
check "the daemon runs" daemon_alive
check_eq "both ports are in the switch" \
    "$(json_get '[.[].name] | sort | join(" ")' port show sw0)" "vm0 vm1"
check_eq "a veth gets the TC hook" "$(port_stat vm0 hook)" tc
check_eq "ports are up" "$(json_get '[.[].state] | unique | join(" ")' port show sw0)" up

check "IPv4 ping, ARP included" ping_ok vm0 10.0.0.2
check "IPv4 ping back" ping_ok vm1 10.0.0.1
check "IPv6 ping, neighbour discovery included" ping_ok vm0 fd00::2
check "IPv6 ping back" ping_ok vm1 fd00::1
check "large packets in fragments" ping_ok vm0 10.0.0.2 -s 4000
check "ARP resolved the peer's own address" \
    grep -q "$(dev_mac vm1)" <(ip -n vm0 neigh show 10.0.0.2)

check "100 pings, none lost" g vm0 ping -q -n -c 100 -i 0.005 -W 1 10.0.0.2
check "attach again changes nothing and succeeds" xvs attach vm0 vm1
check "still forwarding" ping_ok vm0 10.0.0.2
check_num "most of it came from the cache" "$(cache_stat .microflow.hits)" -ge 150
check_ledger vm0 vm1

check "detach" xvs detach
check_not "the daemon is gone" daemon_alive
check_not "nothing forwards any more" ping_quick vm0 10.0.0.2
check_eq "no pin is left" "$(pins)" ""
finish
