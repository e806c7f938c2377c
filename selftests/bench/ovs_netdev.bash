# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# ovs_netdev.bash: Open vSwitch's user-space datapath with vhost-user and AF_XDP
# ports, beside which xvs is measured. Sourced behind lib.sh. Run directory and
# database are the script's own; the program is called by its path, so that the
# one that `ovs-vswitchd` means stays what it is. It needs huge pages, which are
# given back when the script ends.

PATH=$PATH:/usr/sbin:/sbin
ovs=$XVS_TEST_DIR/ovs
ovs_program=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
ovs_schema=/usr/share/openvswitch/vswitch.ovsschema
export OVS_RUNDIR=$ovs OVS_DBDIR=$ovs OVS_LOGDIR=$ovs OVS_SYSCONFDIR=$ovs
huge=$XVS_TEST_DIR/huge
huge_before=

# 1.2 GB of 2 MB pages: for the guests' memory and Open vSwitch's. Fails when there
# are not so many.
huge_take() { # PAGES
    huge_before=$(cat /proc/sys/vm/nr_hugepages)
    trap 'huge_back; on_exit' EXIT
    echo $((huge_before + $1)) >/proc/sys/vm/nr_hugepages
    mkdir -p "$huge"
    mount -t hugetlbfs none "$huge" || return 1
    [ "$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)" -ge "$1" ]
}

huge_back() { # ends as what was before it did
    local status=$?
    [ -z "$huge_before" ] || echo "$huge_before" >/proc/sys/vm/nr_hugepages
    return $status
}

ovs_there() {
    [ -x $ovs_program ] && command -v ovs-vsctl >/dev/null
}

ovs_vsctl() {
    ovs-vsctl --db="unix:$ovs/db.sock" --timeout=20 "$@"
}

ovs_start() { # CPU-MASK of its polling thread; OVS_DPDK=off: no vhost-user ports, no huge pages
    rm -rf "$ovs"
    mkdir -p "$ovs/dpdk"
    ovsdb-tool create "$ovs/conf.db" "$ovs_schema"
    bg ovsdb ovsdb-server "$ovs/conf.db" --remote="punix:$ovs/db.sock" --no-chdir \
        --unixctl="$ovs/db.ctl" --log-file="$ovs/db.log" -vconsole:off >/dev/null
    wait_for 10 test -S "$ovs/db.sock"
    ovs_vsctl --no-wait init -- set open_vswitch . "other_config:pmd-cpu-mask=$1"
    [ "${OVS_DPDK:-}" = off ] || ovs_vsctl --no-wait set open_vswitch . \
        other_config:dpdk-init=true other_config:dpdk-socket-mem=512 \
        "other_config:dpdk-hugepage-dir=$huge" \
        'other_config:dpdk-extra=--no-pci --no-telemetry --file-prefix=ovs'
    RUNTIME_DIRECTORY=$ovs bg vswitchd $ovs_program "unix:$ovs/db.sock" --no-chdir \
        --disable-system --disable-system-route --unixctl="$ovs/ctl" \
        --log-file="$ovs/vswitchd.log" -vconsole:off >/dev/null
    wait_for 20 test -S "$ovs/ctl"
    ovs_vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
}

ovs_stop() {
    ovs-appctl -t "$ovs/ctl" exit >/dev/null 2>&1 || :
    bg_wait vswitchd || :
    bg_stop ovsdb
}

ovs_vhost() { # PORT SOCKET: Open vSwitch is the client
    ovs_vsctl add-port br0 "$1" -- set interface "$1" type=dpdkvhostuserclient \
        "options:vhost-server-path=$2"
}

ovs_afxdp() { # DEVICE
    ovs_vsctl add-port br0 "$1" -- set interface "$1" type=afxdp options:xdp-mode=native
}

ovs_wire() { # PORT PORT: what one receives the other sends
    ovs-ofctl -O OpenFlow13 del-flows "unix:$ovs/br0.mgmt"
    ovs-ofctl -O OpenFlow13 add-flow "unix:$ovs/br0.mgmt" \
        "in_port=$(ovs_vsctl get interface "$1" ofport),actions=output:$(ovs_vsctl get interface "$2" ofport)"
    ovs-ofctl -O OpenFlow13 add-flow "unix:$ovs/br0.mgmt" \
        "in_port=$(ovs_vsctl get interface "$2" ofport),actions=output:$(ovs_vsctl get interface "$1" ofport)"
}
