#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_internal: the host's own stack on a switch. The host talks with guests
# in both directions, with its offloads, by either hook; its device comes with
# the port and goes with it, however the daemon ended.
#
#   ┌───────── host ──────────┐
#   │ sw0 10.0.0.100 (port 3) │      vm0 10.0.0.1 (hook=tc)
#   │ vm0 ─── sw0 ─── vm1     │      vm1 10.0.0.2 (hook=xdp)
#   └─────────────────────────┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"

# As the guests, so that in_ns goes there.
touch /run/netns/host
mount --bind "/proc/$$/ns/net" /run/netns/host
guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
# What a native redirect into a guest needs (docs of hook=xdp).
g vm1 ethtool -K eth0 gro on tx off
host_snapshot >"$XVS_TEST_DIR/before"
xvs attach vm0 vm1
xvs port set sw0 vm1 hook=xdp

host_reaches() { # IP
    ping -q -n -c 1 -W 1 "$1"
}
is_there() { # DEV
    ip link show dev "$1"
}
is_gone() {
    ! is_there "$1"
}
device_of() { # PORT: what carries the programs
    port_stat "$1" device
}
make_local() { # with its address, up
    xvs port add sw0 sw0 type=internal
    h ip addr add 10.0.0.100/24 dev sw0
    h ip link set sw0 up
    wait_for 2 port_is sw0 up
}
check_restored() { # WAY
    host_snapshot >"$XVS_TEST_DIR/after"
    check "$1: the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
    check_eq "$1: no journal is left" "$(find "$XVS_RUNDIR" -name undo)" ""
}

say "what it is"
echo 0 >/proc/sys/net/ipv6/conf/default/disable_ipv6
check "port add" xvs port add sw0 sw0 type=internal
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
check "the host has a device of that name" is_there sw0
check_not "which is down until the user sets it up" bash -c \
    "ip -j link show dev sw0 | jq -e '.[0].flags | index(\"UP\")'"
check_eq "type, hook and state" \
    "$(json_get '.[0] | "\(.type) \(.hook) \(.state)"' port show sw0 sw0)" "internal tc no-carrier"
check_match "the reason says what to do" "$(port_stat sw0 reason)" 'set .* up'
check "our end is a device of its own" is_there "$(device_of sw0)"
check_eq "without IPv6" \
    "$(cat "/proc/sys/net/ipv6/conf/$(device_of sw0)/disable_ipv6")" 1
check_match "the journal has it" "$(cat "$XVS_RUNDIR/undo")" "$(device_of sw0) [0-9]+ device off"
check_eq "that is no setting of a device: port show does not list it" "$(port_stat sw0 changed)" ""
h ip addr add 10.0.0.100/24 dev sw0
h ip link set sw0 up
check "up" wait_for 2 port_is sw0 up
check_eq "no reason left" "$(port_stat sw0 reason)" ""

say "NORMAL: both directions, by both hooks"
check "the host reaches vm0 (tc)" host_reaches 10.0.0.1
check "the host reaches vm1 (xdp)" host_reaches 10.0.0.2
check "vm0 reaches the host" ping_ok vm0 10.0.0.100
check "vm1 reaches the host" ping_ok vm1 10.0.0.100
check_eq "the host's address is learned on the port" "$(json_get \
    "[.[] | select(.mac == \"$(cat /sys/class/net/sw0/address)\") | .port] | join(\" \")" \
    fdb show sw0)" sw0
check "a rule may name it" xvs flow add sw0 'priority=9,icmp,in_port=vm0,actions=output:sw0'
check "vm0 reaches the host by the rule" ping_ok vm0 10.0.0.100
check_num "the rule was hit" "$(json_get '[.[] | select(.priority == 9) | .packets] | add' \
    flow show sw0)" -gt 0
xvs flow del sw0 'icmp,in_port=vm0'
say "the port that is called as its switch is local"
xvs flow add sw0 'priority=9,icmp,in_port=vm0,actions=local'
xvs flow add sw0 'priority=9,icmp,in_port=local,nw_dst=10.0.0.1,actions=output:vm0'
for name in local sw0; do
    check_eq "a trace of what comes in by $name" \
        "$(json_get .actions trace sw0 "in_port=$name,icmp,nw_dst=10.0.0.1")" output:vm0
done
check "vm0 reaches the host by local" ping_ok vm0 10.0.0.100
check_eq "both rules were hit, once" "$(json_get \
    '[.[] | select(.priority == 9) | .packets | tostring] | join(" ")' -s flow show sw0)" "1 1"
xvs flow del sw0 icmp

say "TCP with the offloads that the host and the guests have"
check_match "the host's end segments in its device" "$(ethtool -k sw0)" \
    'tcp-segmentation-offload: on'
check_match "and leaves checksums to it" "$(ethtool -k sw0)" 'tx-checksumming: on'
transfer host vm0 10.0.0.1
transfer vm0 host 10.0.0.100
transfer vm1 host 10.0.0.100

say "the MTU is the user's, at his end"
h ip link set sw0 mtu 9000
g vm0 ip link set eth0 mtu 9000
h ip link set vm0 mtu 9000
check "9,000 bytes to the guest" ping -q -n -c 1 -W 1 -M do -s 8972 10.0.0.1
check "and to the host" ping_ok vm0 10.0.0.100 -M do -s 8972
h ip link set sw0 mtu 1500
g vm0 ip link set eth0 mtu 1500
h ip link set vm0 mtu 1500

say "as other ports"
check "hook=xdp" xvs port set sw0 sw0 hook=xdp
check_eq "is in force" "$(port_stat sw0 hook)" xdp
check "the host reaches vm0" host_reaches 10.0.0.1
check "vm1 reaches the host" ping_ok vm1 10.0.0.100
check "hook=auto" xvs port set sw0 sw0 hook=auto
check_eq "is tc" "$(port_stat sw0 hook)" tc
check "the host reaches vm0" host_reaches 10.0.0.1
check "tag=10" xvs port set sw0 sw0 tag=10
check_not "another VLAN than the guests'" ping -q -n -c 1 -W 0.2 10.0.0.1
xvs port set sw0 vm0 tag=10
check "the same one again" host_reaches 10.0.0.1
xvs port set sw0 sw0 tag=none
xvs port set sw0 vm0 tag=none
check "the host sets it down: no carrier" h ip link set sw0 down
check "... is seen" wait_for 2 port_is sw0 no-carrier
h ip link set sw0 up
wait_for 2 port_is sw0 up
check "up: the host reaches vm0" host_reaches 10.0.0.1
check_ledger vm0 vm1 sw0

say "the host's end may be renamed and moved: the port is the same"
check "rename" bash -c 'ip link set sw0 down; ip link set sw0 name mgmt0; ip link set mgmt0 up'
wait_for 2 port_is sw0 up
check "the host reaches vm0" host_reaches 10.0.0.1
ip netns add box
check "into a container" ip link set mgmt0 netns box
ip -n box addr add 10.0.0.100/24 dev mgmt0
ip -n box link set mgmt0 up
check "up" wait_for 2 port_is sw0 up
check "the container reaches vm0" ping_ok box 10.0.0.1
check "vm1 reaches the container" ping_ok vm1 10.0.0.100
dev=$(device_of sw0)
check "port del" xvs port del sw0 sw0
check "takes the device away, wherever it is" is_gone "$dev"
check_not "... in the container" ip -n box link show dev mgmt0

say "deleted by the user: missing, until he wants another one"
make_local
dev=$(device_of sw0)
check "delete" ip link del sw0
check "missing" wait_for 2 port_is sw0 missing
check_match "the reason says what to do" "$(port_stat sw0 reason)" 'port del and port add'
check "our end is gone too" is_gone "$dev"
check_not "no note of it is left" grep -q "$dev" "$XVS_RUNDIR/undo"
check "guests go on" ping_ok vm0 10.0.0.2
h ip link add sw0 type veth peer name other
check_not "somebody else's device of that name is not ours" wait_for 1 port_is sw0 up
h ip link del other
check "port del of a missing port" xvs port del sw0 sw0
check "another one" make_local
check "the host reaches vm0" host_reaches 10.0.0.1
check "our end deleted: missing as well" ip link del "$(device_of sw0)"
check "missing" wait_for 2 port_is sw0 missing
check "the host's end went with it" is_gone sw0
check "port del" xvs port del sw0 sw0

say "errors"
check_exit "the name is a device's: exit 1" 1 xvs port add sw0 lo type=internal
check_match "says so" "$err" 'port lo: a device of that name exists already'
check_exit "the name is a port's: exit 1" 1 xvs port add sw0 vm0 type=internal
check_exit "too long a name: exit 2" 2 xvs port add sw0 a234567890123456 type=internal
check_exit "not a name: exit 2" 2 xvs port add sw0 'a b' type=internal
check_exit "the kernel refuses the name: exit 1" 1 xvs port add sw0 . type=internal
check_exit "peer= is not for it: exit 2" 2 xvs port add sw0 in0 type=internal peer=p1
check_match "says so" "$err" 'port in0: peer= is for patch ports, and the type is internal'
check_not "nothing was made" is_there in0
check_eq "nor noted" "$(grep -c ' device off' "$XVS_RUNDIR/undo" || :)" 0

say "our names and numbers may be taken"
h ip link add xvs3 type veth peer name other
check "port add" xvs port add sw0 in0 type=internal
check "a second one" xvs port add sw0 in1 type=internal
check_eq "each has a device of its own" \
    "$(json_get '[.[] | select(.type == "internal") | .device] | unique | length' port show sw0)" 2
check_not "none is the one that was there" grep -qx xvs3 <<<"$(device_of in0; device_of in1)"
check "switch del takes them away" xvs switch del sw0
check "in0 is gone" is_gone in0
check "in1 is gone" is_gone in1
check "the one that was there is still there" is_there xvs3
h ip link del xvs3
check "detach" xvs detach
check_restored "switch del"

say "detach"
xvs attach vm0 vm1
make_local
check "the host reaches vm0" host_reaches 10.0.0.1
check "detach" xvs detach
check_restored "detach"

say "killed, detached"
xvs attach vm0 vm1
make_local
host_reaches 10.0.0.1
pid=$(daemon_pid)
say "[host] kill -KILL $pid"
kill -KILL "$pid"
gone() { ! kill -0 "$pid"; }
wait_for 5 gone
check "known flows go on" host_reaches 10.0.0.1
check "detach" xvs detach
check_restored "kill"

say "killed, started again"
xvs attach vm0 vm1
make_local
pid=$(daemon_pid)
kill -KILL "$pid"
wait_for 5 gone
check "attach" xvs attach vm0 vm1
check "the pair of the one that died is gone" is_gone sw0
check "and can be made again" make_local
check "the host reaches vm0" host_reaches 10.0.0.1
check "detach" xvs detach
check_restored "kill and start"
finish
