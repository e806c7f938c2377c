#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# port_host: the host's own stack behind the NIC that it has, as a port. Rules decide
# what the host sends and what it gets, it talks with guests too, and keeps its address
# and its connections while the switch comes, goes, or loses its daemon.
#
#   ┌──── out ─────┐        ┌─────────── host ───────────┐
#   │ 10.0.0.9     ├────────┤ out ── sw0 ── out-host     │
#   └──────────────┘        │         │      (10.0.0.1)  │
#                           │        vm0 ────────────────┼── vm0 10.0.0.2
#                           └────────────────────────────┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/transfer.bash"

# As the guests, so that in_ns goes there.
touch /run/netns/host
mount --bind "/proc/$$/ns/net" /run/netns/host
guest out 10.0.0.9/24
guest vm0 10.0.0.2/24
h ip addr add 10.0.0.1/24 dev out
host_snapshot >"$XVS_TEST_DIR/before"

host_pings() { # IP [PING-ARG...]
    ping -q -n -c 1 -W 1 "${@:2}" "$1"
}
out_pings() {
    in_ns out ping -q -n -c 1 -W 1 10.0.0.1
}
check_all_talk() {
    check "the host reaches outside" host_pings 10.0.0.9
    check "outside reaches the host" out_pings
    check "the host reaches the guest" host_pings 10.0.0.2
    check "the guest reaches the host" ping_ok vm0 10.0.0.1
    check "outside reaches the guest" ping_ok out 10.0.0.2
}
check_restored() { # WAY
    host_snapshot >"$XVS_TEST_DIR/after"
    check "$1: the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
    check "$1: outside reaches the host" out_pings
}
counts() { # PORT: what it received, and what was sent to it
    json_get ".[] | select(.name == \"$1\") | \"\(.rx_packets) \(.tx_packets)\"" port show sw0
}
probed() { # N: the probe has had so many answers
    [ "$(grep -c ttl= "$XVS_TEST_DIR/probe.out")" -ge "$1" ]
}
probe_begins() {
    bg probe in_ns out env --default-signal=INT ping -n -i 0.01 -W 1 10.0.0.1
    wait_for 5 probed 20
}
probe_goes_on() { # N more answers
    local n
    n=$(grep -c ttl= "$XVS_TEST_DIR/probe.out")
    wait_for 5 probed $((n + $1))
}
probe_ends() { # DESCRIPTION MOST
    local line sent got
    bg_stop probe INT
    line=$(bg_out probe | grep 'packets transmitted')
    sent=$(awk '{ print $1 }' <<<"$line")
    got=$(awk '{ print $4 }' <<<"$line")
    say "$line"
    check_num "$1: probes lost" $((sent - got)) -le "$2"
}

say "one command; 10 ms between probes from before it, and a connection that lasts"
probe_begins
bg sink in_ns out nc -l 10.0.0.9 7001
wait_for 5 listening out 7001
mkfifo "$XVS_TEST_DIR/words"
bg talk python3 -c '
import socket, sys
s = socket.create_connection(("10.0.0.9", 7001))
for line in open(sys.argv[1], "rb"):
    s.sendall(line)
' "$XVS_TEST_DIR/words"
exec {words}>"$XVS_TEST_DIR/words"
printf 'before\n' >&"$words"
check "attach --host" xvs attach --host out
check_eq "ports" "$(json_get '[.[] | "\(.name) \(.type) \(.hook) \(.device) \(.state)"] | join("; ")' \
    port show sw0)" "out netdev tc out up; out-host host tc out up"
check_eq "rules" "$(xvs_json flow show sw0 | jq -r '[.[] | "\(.match) \(.actions)"] | join("; ")')" \
    "in_port=out output:out-host; in_port=out-host output:out;  NORMAL"
check "the probes go on" probe_goes_on 20
check "again: nothing changes" xvs attach --host out
check_eq "still two ports" "$(json_get length port show sw0)" 2
printf 'while\n' >&"$words"
check "detach" xvs detach
check "the probes go on" probe_goes_on 20
printf 'after\n' >&"$words"
exec {words}>&-
check "the connection ends in order" bg_wait talk
sink_gone() { ! bg_alive sink; }
check "... at both ends" wait_for 5 sink_gone
check_eq "every word of it arrived" "$(bg_out sink | tr '\n' ' ')" "before while after "
# The last one may be on its way when ping is stopped.
probe_ends "hook=tc" 1
check_restored "detach"

say "what each port counts"
xvs attach --host out
know_each_other_host() {
    ip neigh replace 10.0.0.9 lladdr "$(dev_mac out)" dev out nud permanent
    ip -n out neigh replace 10.0.0.1 lladdr "$(cat /sys/class/net/out/address)" dev eth0 nud permanent
}
know_each_other_host
before="$(counts out) $(counts out-host)"
check "ten packets and their answers" ping -q -n -c 10 -i 0.01 -W 1 10.0.0.9
counted() {
    local b a
    read -r -a b <<<"$before"
    read -r -a a <<<"$(counts out) $(counts out-host)"
    echo $((a[0] - b[0])) $((a[1] - b[1])) $((a[2] - b[2])) $((a[3] - b[3]))
}
check_eq "each is received and sent once" "$(counted)" "10 10 10 10"
check_ledger out out-host

say "rules for both directions"
check "a rule that closes a port" xvs flow add sw0 'priority=9,tcp,tp_dst=7000,actions=drop'
connects() { # GUEST IP PORT
    in_ns "$1" timeout 1 bash -c "exec 3<>/dev/tcp/$2/$3"
}
bg server in_ns out nc -lk 10.0.0.9 7000
bg server2 nc -lk 10.0.0.1 7000
bg server3 nc -lk 10.0.0.1 7002
wait_for 5 listening out 7000
wait_for 5 listening host 7000
wait_for 5 listening host 7002
check_not "the host does not get out to it" connects host 10.0.0.9 7000
check_not "outside does not get in to it" connects out 10.0.0.1 7000
check "others are open" connects out 10.0.0.1 7002
check_num "dropped on the way out" "$(drops_of out-host action-drop)" -ge 1
check_num "dropped on the way in" "$(drops_of out action-drop)" -ge 1
check "without the rule" xvs flow del sw0 'tcp,tp_dst=7000'
check "the host gets out" connects host 10.0.0.9 7000
check "outside gets in" connects out 10.0.0.1 7000
for name in server server2 server3; do
    bg_stop $name
done
check "a drop of what the host sends" xvs flow add sw0 'priority=9,in_port=out-host,icmp,actions=drop'
check_exit "is an error to the sender" 1 ping -n -c 2 -i 0.01 -W 0.1 10.0.0.9
check_match "as of a full queue" "$out$err" 'No buffer space|errors|100% packet loss'
xvs flow del sw0 'in_port=out-host,icmp'
check_exit "a miss is none" 0 ping -n -c 1 -W 1 10.0.0.9
check "what is for the host's address needs a rule as well" \
    xvs flow add sw0 'priority=9,in_port=out,icmp,actions=drop'
check_not "outside does not reach the host" out_pings
xvs flow del sw0 'in_port=out,icmp'
check "rewritten on the way to the stack: an address that was not its own" xvs flow add sw0 \
    "priority=9,in_port=out,icmp,dl_dst=02:00:00:00:00:77,actions=mod_dl_dst:$(cat \
        /sys/class/net/out/address),output:out-host"
ip -n out neigh replace 10.0.0.1 lladdr 02:00:00:00:00:77 dev eth0 nud permanent
check "outside reaches the host by it" out_pings
check "... cached, too" out_pings
know_each_other_host
xvs flow del sw0 'in_port=out,icmp'
check_match "trace knows the port" "$(xvs trace sw0 in_port=out-host,icmp,nw_dst=10.0.0.9)" \
    'Actions: output:out$'
check "in the fast path" host_pings 10.0.0.9
check_match "... as well" "$(xvs trace sw0 in_port=out-host,icmp,nw_dst=10.0.0.9)" 'Fast path: tc: '

for hook in tc xdp; do
    say "hook=$hook: a guest beside the host, all by NORMAL"
    xvs flow replace sw0 - <<<'actions=normal'
    xvs attach vm0
    check "hook=$hook" xvs port set sw0 out "hook=$hook"
    check_eq "in force" "$(port_stat out hook)" $hook
    for i in 1 2; do
        ip neigh flush dev out
        ip -n vm0 neigh flush dev eth0
        ip -n out neigh flush dev eth0
        check "ARP of the host, anew ($i)" host_pings 10.0.0.2
        check_all_talk
    done
    know_each_other_host
    transfer host out 10.0.0.9
    transfer out host 10.0.0.1
    transfer host vm0 10.0.0.2
    transfer vm0 host 10.0.0.1
    check_ledger out out-host vm0
    check_eq "nothing was lost" "$(json_get '[.[] | select(.reason != "action-drop")] | length' \
        drops show sw0)" 0
done

say "blocked"
xvs port set sw0 out-host blocked=on
check_not "outside does not reach the host" out_pings
check_not "the host does not reach outside" host_pings 10.0.0.9
check "outside reaches the guest" ping_ok out 10.0.0.2
xvs port set sw0 out-host blocked=off
check "open again" out_pings
xvs port set sw0 out hook=tc

say "the device goes and comes"
h ip link set out down
check "down" wait_for 2 port_is out-host down
h ip link set out up
check "up" wait_for 2 port_is out-host up
g out ip link set eth0 down
check "no carrier" wait_for 2 port_is out-host no-carrier
g out ip link set eth0 up
check "up" wait_for 2 port_is out-host up
check "outside reaches the host" wait_for 2 out_pings
mac=$(cat /sys/class/net/out/address)
h ip link del out
check "missing" wait_for 2 port_is out-host missing
check_match "the reason says so" "$(port_stat out-host reason)" 'out is missing'
h ip link add out address "$mac" type veth peer name eth0 address 02:00:00:00:00:01 netns out
guest_up out 10.0.0.9/24
h ip addr add 10.0.0.1/24 dev out
check "back" wait_for 3 port_is out-host up
check "outside reaches the host" wait_for 3 out_pings
check "the host reaches the guest" wait_for 3 host_pings 10.0.0.2
check "port del of the device's port" xvs port del sw0 out
check_eq "the host port waits for it" "$(port_stat out-host state)" missing
check "the host is on its own" out_pings
check "port add" xvs port add sw0 out
check_eq "it is back" "$(port_stat out-host state)" up
check_all_talk
check "port del of the host port" xvs port del sw0 out-host
check "the host is reached without rules again" bash -c \
    "'$XVSCTL' -q flow replace sw0 - </dev/null && nsenter --net=/run/netns/out ping -q -n -c 1 -W 1 10.0.0.1"
check "detach" xvs detach
check_restored "vanished"

for fail in open closed; do
    say "the daemon dies: fail=$fail"
    xvs attach --host out
    check "fail=$fail" xvs port set sw0 out-host fail=$fail
    check_eq "is told" "$(port_stat out-host fail)" $fail
    # So that a flow of UDP is one of its own.
    xvs flow add sw0 'priority=9,udp,tp_dst=53,actions=drop'
    probe_begins
    pid=$(daemon_pid)
    say "[host] kill -KILL $pid"
    kill -KILL "$pid"
    gone() { ! kill -0 "$pid" 2>/dev/null; }
    wait_for 5 gone
    check "known flows go on" probe_goes_on 50
    probe_ends "known flows" 1
    # What is new: the first ones wait in the ring, for nobody.
    bg listener nc -lu 10.0.0.1 7009
    new_flow() {
        in_ns out bash -c 'echo word >/dev/udp/10.0.0.1/7009'
        bg_says listener word
    }
    if [ $fail = open ]; then
        check "a new flow passes before long" wait_for 20 new_flow
    else
        check_not "no new flow passes" wait_for 5 new_flow
    fi
    bg_stop listener
    check "detach" xvs detach
    check_restored "kill, fail=$fail"
done

say "errors"
xvs attach out
check_exit "no device: exit 2" 2 xvs port add sw0 h0 type=host
check_match "says so" "$err" 'port h0: a host port needs device='
check_exit "not a port: exit 3" 3 xvs port add sw0 h0 type=host device=vm0
check_match "says what to do" "$err" 'xvsctl attach --host vm0'
check_exit "a hook: exit 2" 2 xvs port add sw0 h0 type=host device=out hook=tc
check_exit "device= of another type: exit 2" 2 xvs port add sw0 vm0 device=out
check_exit "fail= of another type: exit 2" 2 xvs port set sw0 out fail=open
check "port add" xvs port add sw0 h0 type=host device=out fail=closed
check_exit "a second one: exit 1" 1 xvs port add sw0 h1 type=host device=out
check_match "names the first" "$err" 'out has a host port already: h0'
xvs switch add sw1
xvs port add sw1 vm0
check_exit "another switch: exit 1" 1 xvs port add sw0 h1 type=host device=vm0
check_match "names it" "$err" 'a port of another switch, sw1'
check_exit "attach --host of no device: exit 3" 3 xvs attach --host nosuch
finish
