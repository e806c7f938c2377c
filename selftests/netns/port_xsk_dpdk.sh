#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_xsk_dpdk: DPDK's af_xdp driver at an xsk port, a port of DPDK's for each queue:
# Debian's takes no sockets, but makes its own by libxdp, which finds the map of the
# program that is on the far end. `port exec` keeps that end up.
#
#   vm0 ── sw0 ── xvsN ═══ x0 ── dpdk-testpmd, 10.0.0.3, answers ARP and ping

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/xsk.bash"

lacks() {
    skip "DPDK at an xsk port" "$1"
    finish
    exit
}
command -v dpdk-testpmd >/dev/null || lacks "dpdk-testpmd is not installed (package dpdk)"
[ -n "$(find /usr/lib -name 'librte_net_af_xdp.so*' -print -quit)" ] ||
    lacks "this build of DPDK has no af_xdp driver"
[ "$(nproc)" -gt 1 ] || lacks "testpmd takes a processor of its own, and there is one"

# Its run directory is the script's own.
export RUNTIME_DIRECTORY=$XVS_TEST_DIR
mkfifo "$XVS_TEST_DIR/testpmd.in"
exec 9<>"$XVS_TEST_DIR/testpmd.in"

testpmd() { # NAME VDEV-ARG...
    # What runs in the background reads nothing, unless it is told what.
    # shellcheck disable=SC2016 # the inner shell's
    bg "$1" "$XVSCTL" port exec sw0 x0 -- bash -c 'exec dpdk-testpmd "$@" <"$0"' \
        "$XVS_TEST_DIR/testpmd.in" --no-huge -m 256 --no-pci --file-prefix=xvs-test \
        --lcores '0@0-1,1@1' "${@:2}" -- -i --forward-mode=icmpecho --total-num-mbufs=8192
    echo start >&9
    wait_for 30 bg_says "$1" 'packet forwarding'
}
testpmd_end() { # NAME
    echo quit >&9
    bg_wait "$1" || :
}
received_by() { # NAME: by all of DPDK's ports
    # The line of "all ports" too, if there are several.
    bg_out "$1" | awk '/Forward statistics for port/ { one = 1 }
        one && /RX-packets:/ { n += $2; one = 0 } END { print n + 0 }'
}

guest vm0 10.0.0.1/24
xvs attach vm0
for queues in 1 2; do
    say "$queues queues"
    xvs port add sw0 x0 type=xsk queues=$queues
    vdevs=()
    for i in $(seq 0 $((queues - 1))); do
        vdevs+=(--vdev "net_af_xdp$i,iface=x0,start_queue=$i,queue_count=1")
    done
    check "testpmd begins" testpmd pmd "${vdevs[@]}"
    wait_for 2 port_is x0 up
    in_ns vm0 ip neigh replace 10.0.0.3 lladdr "$(cat /sys/class/net/x0/address)" dev eth0
    for hook in tc xdp; do
        xvs port set sw0 x0 "hook=$hook"
        check "hook=$hook: it answers" ping_ok vm0 10.0.0.3
    done
    flood_udp vm0 1
    flood_udp vm0 5000
    check_ledger vm0 x0
    testpmd_end pmd
    sent=$(port_stat x0 tx_packets)
    bg_out pmd | grep -A2 'Forward statistics' | quote
    check_eq "sent to the port = received + counted drops" "$sent" \
        $(($(received_by pmd) + $(drops_of x0 egress-failed)))
    check "the port is as before: no carrier" wait_for 2 port_is x0 no-carrier
    check "its own program is still there" bash -c \
        "ip -j link show dev x0 | jq -e '.[0].xdp.prog.id'"
    xvs port del sw0 x0
done
finish
