#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost: packets a second between vhost-user guests, and between one and a name
# space behind a veth device, through xvs and through Open vSwitch's user-space
# datapath (DPDK; AF_XDP for the veth), in turns in one run. Figures, not a test:
# what is checked is that both switches forward.
#
#   vm0 (virtio-user) ──┐ sw0 / br0     the switch has CPU 0; one thread of testpmd
#   vm1 (virtio-user,   │               on CPU 1 is both guests, each of which sends
#        or veth) ──────┘               to the other as fast as it can, and receives
#
#   ROUNDS=N SECONDS_EACH=N   turns of each (default 5), and how long (default 2)
#   SIZES='64 1500'           bytes of a frame
#   ONLY='xvs'                one of the two alone
#   KINDS='vhost veth'        what vm1 is
#   HOOK=tc                   of xvs's port on the veth (default xdp, as Open vSwitch has)

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../guests/common/testpmd.bash"
. "$(dirname "$0")/ovs_netdev.bash"

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2} sizes=${SIZES:-64 1500} sides=${ONLY:-xvs ovs}
kinds=${KINDS:-vhost veth}
declare -A rates=() costs=() idle=()
ring=1024

pmd_need
[ "$(nproc)" -ge 2 ] || { skip "packets a second" "one CPU: switch and guests need one each"; finish; exit; }
if ! ovs_there || ! huge_take 600; then
    skip "Open vSwitch's half" "openvswitch-switch-dpdk is not installed, or no huge pages"
    sides=xvs
fi

# The machine's other work shall not decide.
prefer() { # PID
    [ ! -e "/proc/$1/autogroup" ] || echo -15 >"/proc/$1/autogroup"
}

# ---------------------------------------------------------------- the switches

xvs_start() { # KIND of vm1
    taskset -c 0 "$XVSD" --daemon
    xvs -q switch add sw0
    xvs -q port add sw0 vm0 type=vhost-user "path=$XVS_TEST_DIR/vm0.sock"
    case $1 in
    veth) xvs -q port add sw0 vm1 "hook=${HOOK:-xdp}" ;;
    *) xvs -q port add sw0 vm1 type=vhost-user "path=$XVS_TEST_DIR/vm1.sock" ;;
    esac
    xvs -q flow add sw0 in_port=vm0,actions=output:vm1
    xvs -q flow add sw0 in_port=vm1,actions=output:vm0
}

switch_start() { # SIDE KIND
    guest_options=
    if [ "$1" = xvs ]; then
        xvs_start "$2"
        switch_pid=$(daemon_pid)
        # A daemon is a session of its own.
        prefer "$switch_pid"
        return
    fi
    guest_options=server=1 # Open vSwitch connects
    ovs_start 1
    ovs_vhost vm0 "$XVS_TEST_DIR/vm0.sock"
    case $2 in
    veth) ovs_afxdp vm1 ;;
    *) ovs_vhost vm1 "$XVS_TEST_DIR/vm1.sock" ;;
    esac
    ovs_wire vm0 vm1
    switch_pid=${bg_pid[vswitchd]}
}

switch_stop() { # SIDE
    if [ "$1" = xvs ]; then
        xvs -q detach
    else
        ovs_stop
    fi
}

# ---------------------------------------------------------------- the guests

guests_start() { # KIND RING-OPTIONS
    local memory=(--no-huge -m 512) second
    [ -z "$huge_before" ] || memory=(--in-memory --single-file-segments "--huge-dir=$huge" -m 256)
    second=$(pmd_virtio "$XVS_TEST_DIR/vm1.sock" 1 queue_size=$ring "$2" $guest_options)
    [ "$1" != veth ] || second=--vdev=net_af_packet0,iface=eth0,qdisc_bypass=1
    PMD_GUEST=$([ "$1" != veth ] || echo vm1) pmd_start gen 1 "${memory[@]}" \
        "$(pmd_virtio "$XVS_TEST_DIR/vm0.sock" 0 queue_size=$ring "$2" $guest_options)" "$second" \
        -- -i --forward-mode=flowgen --flowgen-flows=1 --rxd=$ring --txd=$ring \
        --total-num-mbufs=16384 >/dev/null
}

# "MICROSECONDS NANOSECONDS-OF-THE-SWITCH SOFTIRQ-TICKS RECEIVED-BY-VM0 BY-VM1"
reading() {
    echo "${EPOCHREALTIME/./}" \
        "$(cpu_ns "$switch_pid")" \
        "$(awk '$1 == "cpu" { print $8 }' /proc/stat)" \
        "$(pmd_stat gen 0 RX-packets)" "$(pmd_stat gen 1 RX-packets)"
}

# What 'seconds' of traffic brought, added to rates and costs under NAME:
# packets/s to vm0 and to vm1; ns of the switch, and of softirqs, a packet.
measure() { # NAME
    local a b
    pmd gen start
    sleep 0.5
    a=$(reading)
    sleep "$seconds"
    b=$(reading)
    pmd gen stop
    read -r to0 to1 ns soft < <(echo "$a $b" | awk '{
        us = $6 - $1; n0 = $9 - $4; n1 = $10 - $5; n = n0 + n1
        printf "%d %d %d %d\n", n0 / us * 1e6, n1 / us * 1e6, n ? ($7 - $2) / n : 0,
            n ? ($8 - $3) * 1e7 / n : 0 }')
    rates[$1]+=" $((to0 + to1))"
    rates[$1 to vm0]+=" $to0"
    rates[$1 to vm1]+=" $to1"
    costs[$1]+=" $ns"
    costs[$1 softirq]+=" $soft"
    [ $((to0 + to1)) -gt 0 ]
}

idle_cpu() { # NAME: thousandths of a CPU that the switch takes with guests that are silent
    local a b
    sleep 0.5
    a=$(cpu_ns "$switch_pid")
    sleep 3
    b=$(cpu_ns "$switch_pid")
    idle[$1]+=" $(((b - a) / 3000000))"
}

turn() { # SIDE KIND RING-NAME RING-OPTIONS
    local size
    switch_start "$1" "$2"
    guests_start "$2" "$4"
    for size in $sizes; do
        pmd gen set txpkts "$size"
        check "$1, $2, $3, $size bytes: packets arrive" measure "$1 $2 $3 $size"
    done
    idle_cpu "$1 $2"
    pmd_quit gen
    switch_stop "$1"
}

# ---------------------------------------------------------------- what came out

# shellcheck disable=SC2086 # lists of words
ratios() { # LIST LIST: of each turn
    paste <(printf '%s\n' $1) <(printf '%s\n' $2) |
        awk '{ printf "%.2f\n", $2 ? $1 / $2 : 0 }' | paste -sd' '
}

report() { # WHAT NAME-WITHOUT-SIDE SUFFIX
    local side name
    for side in $sides; do
        name="$side $2"
        say "FIGURE $1: $side $(mid "${rates[$name$3]}") packets/s," \
            "$(median ${costs[$name]}) ns of the switch and" \
            "$(median ${costs[$name softirq]}) ns of softirqs a packet"
    done
    [ "$sides" != "xvs ovs" ] || say "FIGURE $1: xvs / OVS" \
        "$(mid "$(ratios "${rates[xvs $2$3]}" "${rates[ovs $2$3]}")"), goal $goal"
}

renice -n -15 $$ >/dev/null
prefer self
turns() { # KIND RING-NAME RING-OPTIONS
    local round side
    for ((round = 0; round < rounds; round++)); do
        for side in $sides; do
            turn "$side" "$@"
        done
    done
}

report_guests() {
    local name size side
    goal=1.0
    for name in split packed; do
        for size in $sizes; do
            report "guest to guest, $name rings, $size bytes" "vhost $name $size" ''
        done
    done
    for side in $sides; do
        say "FIGURE guests connected and silent: $side takes $(mid "${idle[$side vhost]}") thousandths of a CPU"
    done
}

report_veth() {
    local size
    goal=1.2
    for size in $sizes; do
        report "veth to guest, $size bytes" "veth split $size" ' to vm0'
        report "guest to veth, $size bytes" "veth split $size" ' to vm1'
    done
}

if [[ " $kinds " == *" vhost "* ]]; then
    turns vhost split packed_vq=0
    turns vhost packed packed_vq=1
    report_guests
fi
if [[ " $kinds " == *" veth "* ]]; then
    guest vm1
    turns veth split packed_vq=0
    report_veth
fi
finish
