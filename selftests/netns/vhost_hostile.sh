#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vhost_hostile: two ports whose guests break every rule of vhost-user and of
# virtio, by a seed, while others beside them have traffic: xvsd does not fall,
# nobody else loses a packet, and nothing is left of them but a reason.
#
#   HOSTILE_SECONDS  how long (default 15: the minute of .ci/run is this script
#                    once as it is and 45 s with sanitizers)
#   HOSTILE_SEED     which lives they have (default 1)
#
#   vm0 10.0.0.1, vm1 10.0.0.2 (vhost-user) ── sw0 ── vm2 10.0.0.3 (veth)
#                                               │ VLAN 66
#       evil0 (xvsd listens), evil1 (xvsd connects), sink 10.0.66.9 (veth)

seconds=${HOSTILE_SECONDS:-15}
seed=${HOSTILE_SEED:-1}
rate=400
# What a sanitized xvsd has freed is not to be taken for what it has not.
export ASAN_OPTIONS="quarantine_size_mb=4:${ASAN_OPTIONS:-}"

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/vhost.bash"

anon_kb() {
    awk '/^RssAnon/ { print $2 }' "/proc/$(daemon_pid)/status"
}

# Of other files than the log, which there is one of.
open_fds() {
    find "/proc/$(daemon_pid)/fd" -mindepth 1 | wc -l
}

log_lines() {
    cat "$XVS_RUNDIR"/*.log | wc -l
}

dropped() { # PORT...
    local port sum=0
    for port; do
        sum=$((sum + $(json_get "[.[] | select(.port == \"$port\") | .packets] | add // 0" \
            drops show sw0)))
    done
    echo $sum
}

flow_start() { # FROM TO TO-IP
    bg "recv_$1" in_ns "$2" "$TOOLS/udp_flow" recv "$3" 9000 $count 5000
    wait_for 5 bg_says "recv_$1" ready
    bg "send_$1" in_ns "$1" "$TOOLS/udp_flow" send "$3" 9000 $count $rate 200
    bg "ping_$1" in_ns "$1" ping -q -n -i 0.1 -c $((seconds * 10)) -W 5 "$3"
}

flow_check() { # FROM TO
    local got
    check "$1 to $2: all is sent" bg_wait "send_$1"
    bg_wait "recv_$1" || :
    got=$(bg_out "recv_$1" | tail -n 1)
    check_eq "$1 to $2: received, duplicates, reordered" \
        "$(jq -r '"\(.received) \(.duplicates) \(.reordered)"' <<<"$got")" "$count 0 0"
    check "$1 to $2: every ping is answered" bg_wait "ping_$1"
    check_match "$1 to $2: of the pings" "$(bg_out "ping_$1")" " 0% packet loss"
}

guest vm2 10.0.0.3/24
guest sink 10.0.66.9/24
xvs attach vm2 sink
xvs port set sw0 sink tag=66
for i in 0 1; do
    vhost_guest vm$i 10.0.0.$((i + 1))/24
    vhost_port vm$i
done
xvs port add sw0 evil0 type=vhost-user path="$(vhost_socket evil0)" queues=2 tag=66
xvs port add sw0 evil1 type=vhost-user path="$(vhost_socket evil1)" queues=2 tag=66 client=on
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
know_each_other vm0 10.0.0.1 vm2 10.0.0.3
know_each_other vm1 10.0.0.2 vm2 10.0.0.3
for i in 0 1 2; do
    xvs port set sw0 vm$i tag=10
done
for pair in "vm0 10.0.0.2" "vm1 10.0.0.3" "vm2 10.0.0.1"; do
    # shellcheck disable=SC2086 # two words
    check "ping: $pair" wait_for 5 ping_ok $pair
done

say "$seconds s with two hostile guests, seed $seed"
pid=$(daemon_pid) fds=$(open_fds) lines=$(log_lines) drops=$(dropped vm0 vm1 vm2)
count=$(((seconds + 1) * rate))
flow_start vm0 vm1 10.0.0.2
flow_start vm1 vm2 10.0.0.3
flow_start vm2 vm0 10.0.0.1
bg evil0 "$TOOLS/vhost_hostile" "$(vhost_socket evil0)" "$seconds" "$seed"
bg evil1 "$TOOLS/vhost_hostile" -l "$(vhost_socket evil1)" "$seconds" $((seed + 1))
# The half of it: what is growing then for good reason has grown.
sleep $((seconds / 2))
kb=$(anon_kb)
check "evil0 ends" bg_wait evil0
check "evil1 ends" bg_wait evil1
say "evil0: $(bg_out evil0)"
say "evil1: $(bg_out evil1)"

say "the others"
flow_check vm0 vm1
flow_check vm1 vm2
flow_check vm2 vm0
check_num "dropped of theirs" $(($(dropped vm0 vm1 vm2) - drops)) -eq 0
check_ledger vm0 vm1 vm2

say "xvsd"
check_eq "the same process" "$(daemon_pid)" "$pid"
check "which is alive" daemon_alive
check "no guest: no carrier" wait_for 10 port_is evil0 no-carrier
check "nor that of the other" wait_for 10 port_is evil1 no-carrier
say "memory: $kb kB after one half, $(anon_kb) kB after the other"
check_num "kB of memory more after the second half" $(($(anon_kb) - kb)) -le 16384
check "open descriptors as before" wait_for 10 test "$(open_fds)" -eq "$fds"
check_num "lines of its log a second" $((($(log_lines) - lines) / seconds)) -le 30
for port in evil0 evil1; do
    check_match "$port: the reason is told" "$(port_stat $port reason)" "no guest runs; the last one: "
    check_match "$port: and why guests went, in the log" \
        "$(cat "$XVS_RUNDIR"/*.log)" "port $port: the guest is gone: "
    check_ledger $port
done
for field in lives running messages kicks packets used truncated killed; do
    check_num "evil0: $field" "$(bg_out evil0 | jq ".$field")" -gt 0
done

say "a good guest on the same port"
vhost_guest evil0 10.0.66.1/24
check "it is up" wait_for 10 port_is evil0 up
check "and is heard" wait_for 5 ping_ok evil0 10.0.66.9
finish
