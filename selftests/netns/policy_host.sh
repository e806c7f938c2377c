#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_host: the firewall on a host without guests. What comes in by the NIC and what
# the host sends is decided by rules, answers pass, and all of it goes on when the
# daemon dies.
#
#   ┌──── out ─────┐        ┌─────────── host ───────────┐
#   │ 10.0.0.9     ├────────┤ out ── sw0 ── out-host     │
#   └──────────────┘        │               (10.0.0.1)   │
#                           └────────────────────────────┘

. "$(dirname "$0")/../lib.sh"

# As the guests, so that in_ns goes there.
touch /run/netns/host
mount --bind "/proc/$$/ns/net" /run/netns/host
guest out 10.0.0.9/24
h ip addr add 10.0.0.1/24 dev out
host_snapshot >"$XVS_TEST_DIR/before"

connects() { # FROM IP PORT
    in_ns "$1" timeout 1 bash -c "exec 3<>/dev/tcp/$2/$3"
}
for port in 22 23; do
    bg host$port nc -lk 10.0.0.1 $port
    wait_for 5 listening host $port
done
for port in 80 81; do
    bg out$port in_ns out nc -lk 10.0.0.9 $port
    wait_for 5 listening out $port
done
check "without a policy every port is open: in" connects out 10.0.0.1 23
check "... and out" connects host 10.0.0.9 81

check_decisions() { # WAY
    check "$1: a port that is open, in" connects out 10.0.0.1 22
    check_not "$1: one that is not" connects out 10.0.0.1 23
    check "$1: a port that is open, out" connects host 10.0.0.9 80
    check_not "$1: one that is not" connects host 10.0.0.9 81
    check "$1: ping in" ping_ok out 10.0.0.1
    check_not "$1: ping out" ping -q -n -c 1 -W 0.2 10.0.0.9
}

for hook in tc xdp; do
    say "hook=$hook"
    xvs attach --host out
    check "hook=$hook" xvs port set sw0 out hook=$hook
    check "a policy" xvs policy replace sw0 - <<'POLICY'
exclude add out
section add host stateful=yes
rule add host id=101 action=allow direction=in service=icmp
rule add host id=102 action=allow direction=in service=ssh
rule add host id=103 action=allow direction=out service=http
default set action=drop
POLICY
    check_decisions "by the daemon, then cached ($hook)"
    check_decisions "cached ($hook)"
    check_eq "the rules that decided" "$(json_get '[.[].rule] | unique | join(" ")' ct show sw0)" \
        "101 102 103"
    check_num "dropped on the way in" "$(drops_of out policy)" -ge 2
    check_num "dropped on the way out" "$(drops_of out-host policy)" -ge 2
    check_eq "for no other reason" \
        "$(json_get '[.[] | select(.reason != "policy")] | length' drops show sw0)" 0
    check_ledger out out-host

    say "the daemon dies"
    mkfifo "$XVS_TEST_DIR/words"
    bg_stop out80
    bg out80 in_ns out nc -lk 10.0.0.9 80
    wait_for 5 listening out 80
    exec {words}<>"$XVS_TEST_DIR/words"
    bg talk python3 -c '
import socket, sys
s = socket.create_connection(("10.0.0.9", 80))
for line in open(sys.argv[1], "rb"):
    s.sendall(line)
' "$XVS_TEST_DIR/words"
    printf 'before\n' >&"$words"
    check "a connection" wait_for 5 bg_says out80 before
    pid=$(daemon_pid)
    say "[host] kill -KILL $pid"
    kill -KILL "$pid"
    gone() { ! kill -0 "$pid" 2>/dev/null; }
    wait_for 5 gone
    printf 'after\n' >&"$words"
    check "goes on" wait_for 5 bg_says out80 after
    check_decisions "without a daemon ($hook)"
    exec {words}>&-
    bg_stop talk
    rm "$XVS_TEST_DIR/words"
    check "detach" xvs detach
    check "every port is open again" connects out 10.0.0.1 23
done
host_snapshot >"$XVS_TEST_DIR/after"
check "the host is as it was" diff -u "$XVS_TEST_DIR/before" "$XVS_TEST_DIR/after"
finish
