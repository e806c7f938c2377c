# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# ovs.sh: an Open vSwitch of a script's own, for selftests/netns/differential_ovs*.sh;
# sourced behind lib.sh. It has a run directory and database of its own ($ovs), a
# dummy datapath, no device of the host's, and ends with the script, as all that
# runs in its process name space.

PATH=$PATH:/usr/sbin:/sbin
ovs=$XVS_TEST_DIR/ovs
ovs_schema=/usr/share/openvswitch/vswitch.ovsschema
export OVS_RUNDIR=$ovs OVS_DBDIR=$ovs OVS_LOGDIR=$ovs OVS_SYSCONFDIR=$ovs

ovs_need() { # ends the script as skipped where it is not installed
    local program
    for program in ovs-vswitchd ovs-vsctl ovs-ofctl ovsdb-server ovsdb-tool; do
        if ! command -v $program >/dev/null; then
            skip "differential test against Open vSwitch" "$program is not installed"
            finish
            exit
        fi
    done
}

ovs_vsctl() {
    ovs-vsctl --db="unix:$ovs/db.sock" --timeout=20 "$@"
}

ovs_start() {
    mkdir -p "$ovs"
    ovsdb-tool create "$ovs/conf.db" "$ovs_schema"
    bg ovsdb ovsdb-server "$ovs/conf.db" --remote="punix:$ovs/db.sock" --no-chdir \
        --unixctl="$ovs/db.ctl" --log-file="$ovs/db.log" -vconsole:off
    wait_for 10 test -S "$ovs/db.sock"
    # Two VLAN tags, as xvs looks at: its default is one.
    ovs_vsctl --no-wait init -- set open_vswitch . other_config:vlan-limit=2
    bg vswitchd ovs-vswitchd "unix:$ovs/db.sock" --enable-dummy=override --disable-system \
        --disable-system-route --no-chdir --unixctl="$ovs/ctl" \
        --log-file="$ovs/vswitchd.log" -vconsole:off
    wait_for 10 test -S "$ovs/ctl"
    say "$(ovs-vswitchd --version | head -n 1)"
}

ovs_stop() {
    bg_stop vswitchd
    bg_stop ovsdb
}

ovs_bridge() { # NAME PORT=NUMBER...
    local br=$1 port
    shift
    ovs_vsctl add-br "$br" -- set bridge "$br" datapath_type=dummy fail-mode=secure
    for port in "$@"; do
        ovs_vsctl add-port "$br" "${port%=*}" -- \
            set interface "${port%=*}" type=dummy "ofport_request=${port#*=}"
    done
    # Ports of a first fragment count, as for xvs; its default takes them for 0.
    h ovs-ofctl set-frags "unix:$ovs/$br.mgmt" nx-match
    # No rule: drop, even while ovs-ofctl is connected and could be told.
    h ovs-ofctl -O OpenFlow11 mod-table "unix:$ovs/$br.mgmt" all drop
}
