#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# guest_test.sh: what runs inside the guest: all programs load and cost the
# verifier less than the budget, the BPF_PROG_RUN suite passes, and xvsd
# forwards between two name spaces on both hooks.
#
#   vm0 10.0.0.1, fd00::1 ── sw0 ── vm1 10.0.0.2, fd00::2

set -u

n=0 n_failed=0
pass() {
    n=$((n + 1))
    echo "ok $n - $*"
}
fail() {
    n=$((n + 1))
    n_failed=$((n_failed + 1))
    echo "not ok $n - $*"
}
check() { # DESCRIPTION CMD...
    local desc=$1
    shift
    if "$@" >/tmp/out 2>&1; then
        pass "$desc"
    else
        fail "$desc"
        tail -n 25 /tmp/out | sed 's/^/# /'
    fi
}
finish() {
    [ $n_failed = 0 ] || [ ! -s /run/xvs/xvsd.log ] ||
        tail -n 30 /run/xvs/xvsd.log | sed 's/^/#  xvsd: /'
    echo "1..$n"
    [ $n_failed = 0 ]
    exit
}
wait_for() { # TENTHS CMD...
    local i
    for i in $(seq "$1"); do
        "${@:2}" >/dev/null 2>&1 && return
        usleep 100000
    done
    return 1
}
ping_ok() { # GUEST IP
    wait_for 3 ip netns exec "$1" ping -c 1 -W 1 "$2"
}
# 300,000 bytes to a listener, compared. (Full path: busybox runs its own ip; its
# nc gives up when its input ends, hence a fifo that never does.)
tcp_round() {
    local server status
    head -c 300000 /dev/urandom >/tmp/sent
    [ -e /tmp/silent ] || mkfifo /tmp/silent
    ip netns exec vm1 nc -l -p 5000 <>/tmp/silent >/tmp/received &
    server=$!
    wait_for 30 grep -qi ':1388 ' /proc/$server/net/tcp
    timeout 20 /bin/ip netns exec vm0 nc -w 5 10.0.0.2 5000 </tmp/sent
    wait_for 50 cmp /tmp/sent /tmp/received
    status=$?
    kill $server 2>/dev/null
    return $status
}
host_port_counts() { # packets in both directions
    xvsctl -j port show sw0 vm0-host | grep -qE '"rx_packets": ?[1-9].*"tx_packets": ?[1-9]'
}
hook_is() { # PORT HOOK
    xvsctl -j port show sw0 "$1" | grep -qE "\"hook\": ?\"$2\""
}

echo "# program verified-instructions"
prog_tests --verified-insns >/tmp/insns 2>&1
rc=$?
grep -E '^[a-z_]+ [0-9]+$' /tmp/insns | sed 's/^/# insns /'
check "the verifier takes every program, within the budget" test $rc = 0
[ $rc = 0 ] || tail -n 25 /tmp/insns | cut -c1-200 | sed 's/^/# /'

prog_tests >/tmp/prog_tests 2>&1
rc=$?
check "BPF_PROG_RUN suite: $(tail -n 1 /tmp/prog_tests)" test $rc = 0
[ $rc = 0 ] || grep -A12 '^not ok' /tmp/prog_tests | head -n 60 | sed 's/^/# /'
grep '# SKIP' /tmp/prog_tests | sort | uniq -c | head -n 10 | sed 's/^/# /'

export XVS_RUNDIR=/run/xvs XVS_BPFFS=/run/bpf
mkdir -p /run/xvs /run/bpf
for i in 1 2; do
    name=vm$((i - 1))
    ip netns add $name
    ip link add $name type veth peer name eth0 netns $name
    ip link set $name up
    ip -n $name link set lo up
    ip -n $name link set eth0 up
    ip -n $name addr add 10.0.0.$i/24 dev eth0
    ip -n $name addr add fd00::$i/64 dev eth0 nodad
done
check "attach" xvsctl attach vm0 vm1
xvsctl -q status >/dev/null 2>&1 || finish
check "status" xvsctl status
sed 's/^/# /' /tmp/out
for hook in tc xdp; do
    xvsctl -q port set sw0 vm0 hook=$hook
    xvsctl -q port set sw0 vm1 hook=$hook
    check "hook=$hook is in force" hook_is vm0 $hook
    check "hook=$hook: IPv4" ping_ok vm0 10.0.0.2
    check "hook=$hook: IPv6" ping_ok vm0 fd00::2
    check "hook=$hook: 2,000 bytes" ip netns exec vm1 ping -c 1 -W 2 -s 2000 10.0.0.1
    check "hook=$hook: TCP" tcp_round
done
check "an internal port" xvsctl port add sw0 sw0 type=internal
ip addr add 10.0.0.100/24 dev sw0
ip link set sw0 up
check "vm0 reaches the host" ping_ok vm0 10.0.0.100
check "the host reaches vm1" wait_for 3 ping -c 1 -W 1 10.0.0.2
check "a rule that drops" xvsctl flow add sw0 priority=9,icmp,actions=drop
usleep 500000
if ip netns exec vm0 ping -c 1 -W 1 10.0.0.2 >/dev/null 2>&1; then
    fail "it drops"
else
    pass "it drops"
fi
xvsctl -q flow del sw0 icmp
ip addr flush dev sw0
ip addr add 10.0.0.101/24 dev vm0
check "the host behind a device that it has" xvsctl attach --host vm0
check "it is reached" ping_ok vm0 10.0.0.101
check "it reaches the other end" wait_for 3 ping -c 1 -W 1 10.0.0.1
check "2,000 bytes" ping -c 1 -W 2 -s 2000 10.0.0.1
check "by the host port" host_port_counts
check "a rule that drops what it sends" xvsctl flow add sw0 priority=9,icmp,in_port=vm0-host,actions=drop
check "it drops" sh -c '! ping -c 1 -W 1 10.0.0.1'
check "detach" xvsctl detach
if ip netns exec vm0 ping -c 1 -W 1 10.0.0.2 >/dev/null 2>&1; then
    fail "nothing forwards any more"
else
    pass "nothing forwards any more"
fi
check "no device of ours is left" sh -c '! ip link show dev sw0'
check "no filter or qdisc of ours is left" sh -c '! tc qdisc show | grep -E "clsact|ingress"'
check "no pin is left" sh -c 'test -z "$(ls /run/bpf | grep -v "\.debug$")"'
check "attach --host, once more" xvsctl attach --host vm0
kill -KILL "$(cat /run/xvs/xvsd.pid)"
check "the daemon is dead: the host port fails open" \
    wait_for 10 ip netns exec vm0 ping -c 1 -W 1 10.0.0.101
check "detach" xvsctl detach
check "the host is reached" ping_ok vm0 10.0.0.101
check "no filter or qdisc of ours is left" sh -c '! tc qdisc show | grep -E "clsact|ingress"'
check "no pin is left" sh -c 'test -z "$(ls /run/bpf | grep -v "\.debug$")"'
finish
