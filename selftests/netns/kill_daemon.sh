#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# kill_daemon: SIGKILL under load loses no packet of a known flow [I6]; a fresh
# start works after it, and a detach leaves the host as it was.
#
#   vm0 10.0.0.1 ──┐            vm0 → vm1: hook=tc
#   vm1 10.0.0.2 ──┤ sw0        vm2 → vm3: hook=xdp
#   vm2 10.0.0.3 ──┤
#   vm3 10.0.0.4 ──┘

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2 3; do
    guest vm$i 10.0.0.$((i + 1))/24
done
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
know_each_other vm2 10.0.0.3 vm3 10.0.0.4
g vm2 ethtool -K eth0 tx off
g vm3 ethtool -K eth0 gro on
host_snapshot >"$XVS_TEST_DIR/before"
xvs attach vm0 vm1 vm2 vm3
xvs port set sw0 vm2 hook=xdp
xvs port set sw0 vm3 hook=xdp
# The receivers' addresses have to be known, or the flows are floods.
check "vm1 reaches vm0" ping_ok vm1 10.0.0.1
check "vm3 reaches vm2" ping_ok vm3 10.0.0.3

n=12000
bg recv_tc in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 $n 2000
bg recv_xdp in_ns vm3 "$TOOLS/udp_flow" recv 10.0.0.4 5000 $n 2000
wait_for 5 bg_says recv_tc ready
wait_for 5 bg_says recv_xdp ready
bg send_tc in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 $n 4000
bg send_xdp in_ns vm2 "$TOOLS/udp_flow" send 10.0.0.4 5000 $n 4000
known() { [ "$(port_stat "$1" rx_packets)" -gt 1000 ]; }
check "the TC flow runs" wait_for 5 known vm0
check "the XDP flow runs" wait_for 5 known vm2
pid=$(daemon_pid)
say "[host] kill -KILL $pid"
kill -KILL "$pid"
gone() { ! kill -0 "$pid"; }
wait_for 5 gone
check "both flows still run when it is dead" bg_alive send_tc
bg_wait send_tc
bg_wait send_xdp
bg_wait recv_tc || :
bg_wait recv_xdp || :
for hook in tc xdp; do
    result=$(bg_out recv_$hook | tail -n 1)
    check_num "hook=$hook: all packets arrived" "$(jq .received <<<"$result")" -eq $n
    check_num "hook=$hook: none reordered" "$(jq .reordered <<<"$result")" -eq 0
done
check_exit "status without a daemon: exit 4" 4 xvs status
check_match "it tells what the pins tell" "$out$err" 'vm0|pin|sw0|maps'
check_exit "other commands: exit 4" 4 xvs port show sw0

check "attach after the kill" xvs attach vm0 vm1
check "forwards" ping_ok vm0 10.0.0.2
check_eq "only the ports of the new start are attached" \
    "$(json_get '[.[].name] | sort | join(" ")' port show sw0)" "vm0 vm1"
check_eq "the others are as before" \
    "$(python3 "$LIB_DIR/tools/tcx_query.py" vm2)" "ingress none egress none"

say "killed again; detach without a daemon cleans up"
pid=$(daemon_pid)
kill -KILL "$pid"
wait_for 5 gone
check "detach" xvs detach
check_eq "no pin is left" "$(pins)" ""
host_snapshot >"$XVS_TEST_DIR/after"
check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
check_not "nothing forwards" ping_quick vm0 10.0.0.2
finish
