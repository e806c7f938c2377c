# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# traffic.bash: what two guests do through a switch, whatever they are and
# whatever their ports. Sourced by the scripts of selftests/guests, which differ
# in 'kinds': two of those of ports.bash, with the number of queues behind a
# colon.
#
#   vm0 10.0.0.1, 10.0.10.1 ── sw0 ── vm1 10.0.0.2, in VLAN 10 10.0.10.2
#
#   LOAD_SECONDS=N   of the mixed load (default 60; `make soak` 600)

. "$LIB_DIR/guests/common/qemu.bash"
. "$LIB_DIR/guests/common/ports.bash"

load_seconds=${LOAD_SECONDS:-60}

vm_ping() { # FROM IP [PING-ARG...]: answered
    vm "$1" ping -q -n -c 1 -W 1 "${@:3}" "$2"
}

# iperf3 in a guest; its result in $XVS_TEST_DIR/NAME.json. It ends with status 0
# on errors too when it prints JSON.
vm_iperf() { # NAME FROM IPERF3-ARG...
    vm "$2" iperf3 -J --connect-timeout 3000 "${@:3}" >"$XVS_TEST_DIR/$1.json" &&
        jq -e 'if .error then error(.error) else .end.sum.bytes // .end.sum_received.bytes end' \
            "$XVS_TEST_DIR/$1.json"
}

iperf_get() { # NAME JQ-EXPRESSION
    jq -r "$2" "$XVS_TEST_DIR/$1.json"
}

iperf_says() { # NAME: the rate, for people to read
    say "$1: $(iperf_get "$1" '(.end.sum_received // .end.sum) |
        "\(.bits_per_second / 1e6 | round) Mbit/s, \(.bytes / 1e6 | round) MB"')," \
        "$(iperf_get "$1" '.end.sum_sent.retransmits // "no"') retransmits"
}

check_tcp() { # DESCRIPTION FROM IP [IPERF3-ARG...]
    check "$1" vm_iperf tcp "$2" -c "$3" -n 50M "${@:4}"
    iperf_says tcp
}

two_guests() {
    local i=0 kind queues
    for kind in $kinds; do
        queues=${kind#*:}
        [ "$queues" != "$kind" ] || queues=1
        vm_define vm$i "${kind%:*}" 10.0.0.$((i + 1))/24 "$queues"
        i=$((i + 1))
    done
    h "$XVSD" --daemon
    xvs switch add sw0
    vm_up vm0 vm1
}

# The bytes of a frame, on average, that PORT received between two readings.
frame_size() { # PORT BYTES-BEFORE PACKETS-BEFORE
    echo $((($(port_stat "$1" rx_bytes) - $2) / ($(port_stat "$1" rx_packets) - $3)))
}

plain_traffic() {
    local name bytes packets
    check "vm0 pings vm1" wait_for 5 vm_ping vm0 10.0.0.2
    check "vm1 pings vm0" vm_ping vm1 10.0.0.1
    check "frames that fill the MTU" vm_ping vm0 10.0.0.2 -s 1472 -M do
    check "fragments" vm_ping vm0 10.0.0.2 -s 4000
    for name in vm0 vm1; do
        [ "${vm_queues[$name]}" = 1 ] || check_match "$name uses ${vm_queues[$name]} queues" \
            "$(vm "$name" ethtool -l eth0 | tail -n 1)" "Combined:[[:space:]]*${vm_queues[$name]}"
    done
    bytes=$(port_stat vm0 rx_bytes) packets=$(port_stat vm0 rx_packets)
    check_tcp "TCP, vm0 to vm1" vm0 10.0.0.2
    check_num "its segments cross whole: bytes of a frame" \
        "$(frame_size vm0 "$bytes" "$packets")" -gt 3000
    check_tcp "TCP, vm1 to vm0" vm1 10.0.0.1
    check_tcp "TCP, four streams" vm0 10.0.0.2 -P 4
    check "UDP" vm_iperf udp vm0 -c 10.0.0.2 -u -b 1M -t 2
    check_eq "UDP: datagrams lost" "$(iperf_get udp .end.sum.lost_packets)" 0
    check_ledger vm0 vm1
}

vlans() {
    say "VLANs: access ports, then a guest that tags"
    xvs port set sw0 vm0 tag=10
    xvs port set sw0 vm1 tag=20
    check_not "guests of two VLANs do not reach each other" vm_ping vm0 10.0.0.2
    xvs port set sw0 vm1 tag=10
    check "those of one VLAN do" vm_ping vm0 10.0.0.2
    xvs port set sw0 vm1 tag=none trunks=10
    vm vm0 ip addr add 10.0.10.1/24 dev eth0
    if [ "${vm_kind[vm1]}" = veth ]; then
        # This machine's kernel need not have VLAN devices.
        xvs port set sw0 vm1 tag=10
        vm vm1 ip addr add 10.0.10.2/24 dev eth0
    else
        vm vm1 ip link add link eth0 name eth0.10 type vlan id 10
        vm vm1 ip link set eth0.10 up
        vm vm1 ip addr add 10.0.10.2/24 dev eth0.10
        check_not "untagged frames are not in it" vm_ping vm1 10.0.0.1
    fi
    check "VLAN 10, tagged at one end" vm_ping vm0 10.0.10.2
    check "frames that fill the MTU" vm_ping vm1 10.0.10.1 -s 1472 -M do
    check_tcp "TCP, untagged to tagged" vm0 10.0.10.2
    check_tcp "TCP, tagged to untagged" vm1 10.0.10.1
}

# They stay in force during the load.
rules() {
    local dropped
    say "a rule that drops, and a meter"
    xvs meter add sw0 'meter=1,kbps,burst,bands=type=drop,rate=1000,burst_size=500'
    xvs flow add sw0 'priority=30,tcp,tp_dst=5204,actions=drop'
    xvs flow add sw0 'priority=20,udp,tp_dst=5203,actions=meter:1,normal'
    check_not "what the rule drops does not arrive" vm_iperf tcp vm0 -c 10.0.10.2 -p 5204 -n 1M
    check_num "dropped by the rule" "$(drops_of vm0 action-drop)" -ge 1
    check "what it does not name does" vm_iperf tcp vm0 -c 10.0.10.2 -p 5202 -n 1M
    dropped=$(drops_of vm0 meter)
    check "UDP at four times the meter's rate" vm_iperf udp vm0 -c 10.0.10.2 -u -p 5203 -b 4M -t 4
    dropped=$(($(drops_of vm0 meter) - dropped))
    check_num "the meter has dropped" "$dropped" -ge 1
    check_num "the receiver misses what was dropped" \
        "$(iperf_get udp .end.sum.lost_packets)" -ge 1
}

# Both directions of TCP, UDP below the meter's rate, and a ping; all at once. What
# TCP has under way (its windows) fits the guests' rings, so there is no reason to
# lose anything.
mixed_load() {
    local job failed='' t=$load_seconds
    local -x RUN_LIMIT=$((load_seconds + 60))
    say "mixed load for $t s"
    bg load.ping vm vm0 ping -q -n -i 0.05 -c $((t * 20)) -W 2 10.0.10.2
    bg load.out vm_iperf out vm0 -c 10.0.10.2 -p 5201 -w 256K -t "$t"
    bg load.in vm_iperf in vm1 -c 10.0.10.1 -p 5202 -w 256K -t "$t"
    bg load.udp vm_iperf udp vm0 -c 10.0.10.2 -u -p 5203 -b 500K -t "$t"
    for job in ping out in udp; do
        bg_wait load.$job || failed+=" $job"
    done
    check_eq "load: all ended well" "$failed" ""
    bg_out load.ping | quote
    check_match "load: no ping is lost" "$(bg_out load.ping)" ' 0% packet loss'
    check_num "load: bytes, vm0 to vm1" "$(iperf_get out .end.sum_received.bytes)" -gt 1000000
    check_num "load: bytes, vm1 to vm0" "$(iperf_get in .end.sum_received.bytes)" -gt 1000000
    check_eq "load: UDP datagrams lost" "$(iperf_get udp .end.sum.lost_packets)" 0
    iperf_says out
    iperf_says in
    check_ledger vm0 vm1
}

# Established connections outlive the daemon. It starts without the ports: they
# are added again as they were.
daemon_killed() {
    local pid bytes
    say "the daemon is killed and started again under a connection"
    bg load.out vm_iperf out vm0 -c 10.0.0.2 -p 5201 -b 20M -t 10
    flowing() { [ "$(port_stat vm0 rx_bytes)" -gt $((bytes + 2000000)) ]; }
    bytes=$(port_stat vm0 rx_bytes)
    check "the connection is established" wait_for 10 flowing
    pid=$(daemon_pid)
    h kill -KILL "$pid"
    daemon_gone() { ! kill -0 "$pid"; }
    wait_for 5 daemon_gone
    h "$XVSD" --daemon
    xvs switch add sw0
    vm_port vm0
    vm_port vm1
    check "vm0's port is up again" wait_for 20 port_is vm0 up
    check "vm1's port is up again" wait_for 20 port_is vm1 up
    check "the connection goes on to its end" bg_wait load.out
    iperf_says out
    check "ping" vm_ping vm1 10.0.0.1
}

# The port goes and comes with its guest; nobody tells the switch.
guest_returns() { # NAME OTHER
    local name=$1 gone
    gone=$(vm_gone_state "$name")
    say "guest $name ends, and starts again"
    vm_gone "$name"
    check "$name ended: its port is $gone" wait_for 5 port_is "$name" "$gone"
    [ "${vm_kind[$name]}" = veth ] ||
        check_match "and says why" "$(port_stat "$name" reason)" '[a-z]'
    check_not "$2 does not reach it" vm_ping "$2" "$(vm_ip "$name")"
    vm_back "$name"
    check "$name started: its port is up" wait_for 10 port_is "$name" up
    check "ping" wait_for 10 vm_ping "$2" "$(vm_ip "$name")"
    check_tcp "TCP to it" "$2" "$(vm_ip "$name")"
}

all_traffic() {
    guest_need
    two_guests
    plain_traffic
    vlans
    rules
    mixed_load
    xvs flow del sw0 udp
    xvs flow del sw0 tcp
    xvs port set sw0 vm0 tag=none
    xvs port set sw0 vm1 tag=none trunks=all
    guest_returns vm1 vm0
    guest_returns vm0 vm1
    check_ledger vm0 vm1
    daemon_killed
    check_ledger vm0 vm1
    finish
}
