#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# uplink_host_address: the device that carries the host's own address becomes a
# port, is used, and is detached, while the host is pinged over it.
#
#   ┌──── out ─────┐        ┌──────── host ─────────┐
#   │ 10.0.0.9     ├────────┤ out 10.0.0.1 (uplink) │
#   │ fd00::9      │        │      sw0          vm0 ├── vm0 10.0.0.2
#   └──────────────┘        └───────────────────────┘

. "$(dirname "$0")/../lib.sh"

guest out 10.0.0.9/24 fd00::9/64
guest vm0 10.0.0.2/24
echo 0 >/proc/sys/net/ipv6/conf/out/disable_ipv6
h ip addr add 10.0.0.1/24 dev out
h ip addr add fd00::1/64 dev out nodad
check "the host is reachable before" ping_ok out 10.0.0.1
host_snapshot >"$XVS_TEST_DIR/before"

for hook in tc xdp; do
    say "hook=$hook: 10 ms between probes, from before the attach to after the detach"
    bg probe in_ns out env --default-signal=INT ping -n -i 0.01 -W 1 10.0.0.1
    probing() { [ "$(grep -c ttl= "$XVS_TEST_DIR/probe.out")" -ge 20 ]; }
    wait_for 5 probing
    check "attach" xvs attach out vm0
    check "hook" xvs port set sw0 out "hook=$hook"
    check_eq "hook in force" "$(port_stat out hook)" "$hook"
    check "outside reaches the guest" ping_ok out 10.0.0.2
    check "the guest reaches outside" ping_ok vm0 10.0.0.9
    check "the host reaches outside" ping -q -n -c 1 -W 1 10.0.0.9
    check "outside reaches the host, ARP anew" bash -c \
        'ip -n out neigh flush dev eth0; nsenter --net=/run/netns/out ping -q -n -c 1 -W 1 10.0.0.1'
    check "IPv6 to the host, neighbour discovery anew" bash -c \
        'ip -n out -6 neigh flush dev eth0; nsenter --net=/run/netns/out ping -q -n -c 1 -W 1 fd00::1'
    check "broadcast from outside reaches the host and the guest" \
        in_ns out ping -q -n -c 1 -W 1 -b 10.0.0.2
    check_ledger vm0 out
    check "detach" xvs detach
    check "the host is reachable after" ping_ok out 10.0.0.1
    bg_stop probe INT
    line=$(bg_out probe | grep 'packets transmitted')
    sent=$(awk '{ print $1 }' <<<"$line")
    got=$(awk '{ print $4 }' <<<"$line")
    say "$line"
    # 100 ms at each end are 20 probes; the last may be on its way when stopped.
    check_num "hook=$hook: probes lost" $((sent - got)) -le 21
    host_snapshot >"$XVS_TEST_DIR/after"
    check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
done
finish
