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
# Open vSwitch has a run directory and database of its own, no device of the
# host's, and ends with the script, as all that runs in its process name space.
#
#   XVS_TEST_SEED, XVS_TEST_TABLES, XVS_TEST_PACKETS, XVS_TEST_SHOW
#                 see selftests/ovs/differential.c
#   OVS_PREFIXES  the fields that it tracks prefixes of (default: its own,
#                 ip_dst,ip_src); at most three

. "$(dirname "$0")/../lib.sh"

PATH=$PATH:/usr/sbin:/sbin
ovs=$XVS_TEST_DIR/ovs
schema=/usr/share/openvswitch/vswitch.ovsschema
export OVS_RUNDIR=$ovs OVS_DBDIR=$ovs OVS_LOGDIR=$ovs OVS_SYSCONFDIR=$ovs

for program in ovs-vswitchd ovs-vsctl ovs-ofctl ovsdb-server ovsdb-tool; do
    if ! command -v $program >/dev/null; then
        skip "differential test against Open vSwitch" "$program is not installed"
        finish
        exit
    fi
done

vsctl() {
    ovs-vsctl --db="unix:$ovs/db.sock" --timeout=20 "$@"
}

start_ovs() {
    mkdir -p "$ovs"
    ovsdb-tool create "$ovs/conf.db" "$schema"
    bg ovsdb ovsdb-server "$ovs/conf.db" --remote="punix:$ovs/db.sock" --no-chdir \
        --unixctl="$ovs/db.ctl" --log-file="$ovs/db.log" -vconsole:off
    wait_for 10 test -S "$ovs/db.sock"
    # Two VLAN tags, as xvs looks at: its default is one.
    vsctl --no-wait init -- set open_vswitch . other_config:vlan-limit=2
    bg vswitchd ovs-vswitchd "unix:$ovs/db.sock" --enable-dummy=override --disable-system \
        --disable-system-route --no-chdir --unixctl="$ovs/ctl" \
        --log-file="$ovs/vswitchd.log" -vconsole:off
    wait_for 10 test -S "$ovs/ctl"
}

add_bridge() {
    local no
    vsctl add-br br0 -- set bridge br0 datapath_type=dummy fail-mode=secure
    for no in 1 2 3 4; do
        vsctl add-port br0 "p$no" -- set interface "p$no" type=dummy "ofport_request=$no"
    done
    # Ports of a first fragment count, as for xvs; its default takes them for 0.
    h ovs-ofctl set-frags "unix:$ovs/br0.mgmt" nx-match
    # No rule: drop, even while ovs-ofctl is connected and could be told.
    h ovs-ofctl -O OpenFlow11 mod-table "unix:$ovs/br0.mgmt" 0 drop
    [ -z "${OVS_PREFIXES:-}" ] ||
        vsctl --id=@t create flow_table name=t "prefixes=$OVS_PREFIXES" -- \
            set bridge br0 flow_tables:0=@t
}

result() { # NAME: a value of the last line
    bg_out differential | sed -n "s/^result .*\<$1=\([0-9]*\).*/\1/p"
}

start_ovs
add_bridge
say "$(ovs-vswitchd --version | head -n 1)"

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

bg_stop vswitchd
bg_stop ovsdb
finish
