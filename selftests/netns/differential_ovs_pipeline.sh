#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# differential_ovs_pipeline.sh: pipelines of several tables, with groups, meters,
# mirrors and a second switch, through xvs and through Debian's Open vSwitch: the
# same frames by the same ports for each packet.
#
#   selftests/ovs/pipeline_main ── control socket ──── ovs-vswitchd
#        │                                               │
#   two switches: flow tables,      br0: p1...p8 patch0 ── patch1 q11 q12 q13 :br1
#   xlate(), reference executor          dummy datapath, actions as traced
#
#   XVS_TEST_SEED, XVS_TEST_PIPELINES, XVS_TEST_PACKETS, XVS_TEST_SHOW, XVS_TEST_ROW
#                 see selftests/ovs/pipeline_main.c

. "$(dirname "$0")/../lib.sh"
. "$LIB_DIR/ovs/ovs.sh"

result() { # NAME: a value of the last line
    bg_out pipeline | sed -n "s/^result .*\<$1=\([0-9]*\).*/\1/p"
}

join_bridges() {
    ovs_vsctl add-port br0 patch0 -- \
        set interface patch0 type=patch options:peer=patch1 ofport_request=10 -- \
        add-port br1 patch1 -- \
        set interface patch1 type=patch options:peer=patch0 ofport_request=20
}

add_meters() { # BRIDGE
    local id
    for id in 1 2; do
        h ovs-ofctl -O OpenFlow15 add-meter "unix:$ovs/$1.mgmt" \
            "meter=$id,pktps,band=type=drop,rate=1000"
    done
}

ovs_need
ovs_start
ovs_bridge br0 p1=1 p2=2 p3=3 p4=4 p5=5 p6=6 p7=7 p8=8
ovs_bridge br1 q11=11 q12=12 q13=13
join_bridges
add_meters br0
add_meters br1
h ovs-ofctl -O OpenFlow15 mod-port "unix:$ovs/br0.mgmt" p8 down

status=0
bg pipeline "$B/selftests/ovs_pipeline" "$ovs"
bg_wait pipeline || status=$?
bg_out pipeline | grep -v '^result' | sed '/^#/!s/^/# /'
check_eq "both switches took all pipelines and packets" "$status" 0
if [ "$status" != 0 ]; then
    tail -n 20 "$ovs/vswitchd.log" | quote
    finish
    exit
fi

check_num "rows that differ" "$(result rows_differ)" -eq 0
if [ -z "${XVS_TEST_ROW:-}" ]; then
    check_num "packets with another effect" "$(result other_effect)" -eq 0
    check_num "packets that a megaflow of xvs misleads" "$(result other_megaflow)" -eq 0
    check_num "packets by other rules" "$(result other_rules)" -eq 0
    check_num "fields and actions that nothing has used" "$(result never)" -eq 0
fi
if [ -z "${XVS_TEST_ROW:-}${XVS_TEST_PIPELINES:-}${XVS_TEST_PACKETS:-}" ]; then
    check_num "rows" "$(result rows)" -ge 350
    check_num "packets that are known to differ" "$(result known)" -le 100
    check_num "pipelines" "$(result pipelines)" -ge 200
    check_num "packets through them" "$(result packets)" -ge 10000
    check_num "rules that these crossed" "$(result crossed)" -ge 30000
    check_num "outputs" "$(result outputs)" -ge 10000
    check_num "packets by megaflows of others" "$(result hits)" -ge 1000
    check_num "further passes" "$(result passes)" -ge 500
fi

ovs_stop
finish
