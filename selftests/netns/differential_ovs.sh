#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# differential_ovs.sh: random tables and packets through xvs and through
# Debian's Open vSwitch: the same verdict for each packet, and over the whole
# run no more megaflows than it makes.
#
#   selftests/ovs/differential ── control socket ── ovs-vswitchd
#        │                                            │
#   flow table, xlate()                 br0, dummy datapath: p1 p2 p3 p4
#
#   XVS_TEST_SEED, XVS_TEST_TABLES, XVS_TEST_PACKETS, XVS_TEST_SHOW
#                 see selftests/ovs/differential.c
#   OVS_PREFIXES  the fields that it tracks prefixes of (default: its own,
#                 ip_dst,ip_src); at most three

. "$(dirname "$0")/../lib.sh"
. "$LIB_DIR/ovs/ovs.sh"

result() { # NAME: a value of the last line
    bg_out differential | sed -n "s/^result .*\<$1=\([0-9]*\).*/\1/p"
}

ovs_need
ovs_start
ovs_bridge br0 p1=1 p2=2 p3=3 p4=4
[ -z "${OVS_PREFIXES:-}" ] ||
    ovs_vsctl --id=@t create flow_table name=t "prefixes=$OVS_PREFIXES" -- \
        set bridge br0 flow_tables:0=@t

status=0
bg differential "$B/selftests/ovs_differential" "$ovs/ctl" "unix:$ovs/br0.mgmt"
bg_wait differential || status=$?
bg_out differential | grep -v '^result' | sed 's/^# *//; s/^/# /'
check_eq "both switches took all tables and packets" "$status" 0
if [ "$status" != 0 ]; then
    tail -n 20 "$ovs/vswitchd.log" | quote
    finish
    exit
fi

if [ -z "${XVS_TEST_TABLES:-}${XVS_TEST_PACKETS:-}" ]; then
    check_num "tables" "$(result tables)" -ge 200
    check_num "packets" "$(result packets)" -ge 10000
    check_num "packets that a rule forwards" "$(result forwarded)" -ge 2000
fi
check_num "packets with another verdict" "$(result differences)" -eq 0
check_num "packets that a megaflow of xvs misleads" "$(result ours_wrong)" -eq 0
check_num "[I5] megaflows of xvs that overlap another" "$(result ours_overlap)" -eq 0
check_num "packets that one of Open vSwitch does, as read here" "$(result theirs_wrong)" -eq 0
check_num "megaflows, at most as many as Open vSwitch" "$(result ours)" -le "$(result theirs)"
# What its traces say is what its datapath gets.
check_num "frames received by its datapath" "$(result frames)" -gt 0
check_num "flows of its datapath, as its traces say" "$(result frame_flows)" -eq \
    "$(result frame_megaflows)"

ovs_stop
finish
