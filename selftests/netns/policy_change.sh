#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_change: a change of the policy is in force at once, for cached flows and for
# connections: those of a removed permission end, or finish where their section lets
# them; those of others go on.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1

cat >"$XVS_TEST_DIR/echo.py" <<'PY'
# Echoes what comes by TCP on the ports given.
import socket, sys, threading
def serve(c):
    while (b := c.recv(4096)):
        c.send(b)
def listen(port):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("10.0.0.2", port)); s.listen()
    while True:
        threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
for p in sys.argv[1:]:
    threading.Thread(target=listen, args=(int(p),)).start()
PY
cat >"$XVS_TEST_DIR/talk.py" <<'PY'
# Holds a connection to PORT, and counts echoes in FILE.
import socket, sys, time
s = socket.create_connection(("10.0.0.2", int(sys.argv[1])))
n = 0
while True:
    s.send(b"x")
    s.recv(1)
    n += 1
    with open(sys.argv[2], "w") as f:
        f.write(str(n))
    time.sleep(0.02)
PY
talk() { # NAME PORT
    bg "$1" in_ns vm0 python3 "$XVS_TEST_DIR/talk.py" "$2" "$XVS_TEST_DIR/$1.n"
}
echoes() { cat "$XVS_TEST_DIR/$1.n" 2>/dev/null || echo 0; }
talks() { # NAME: it gets on
    local n
    n=$(echoes "$1")
    more() { [ "$(echoes "$1")" -gt $((n + 5)) ]; }
    wait_for 3 more "$1"
}
silent() { # NAME: nothing for half a second
    local n
    n=$(echoes "$1")
    sleep 0.5
    [ "$(echoes "$1")" -le $((n + 1)) ]
}
n_conns() { json_get "[.[] | select(.orig.dport == $1)] | length" ct show sw0; }

bg echo in_ns vm1 python3 "$XVS_TEST_DIR/echo.py" 81 82 83
wait_for 5 listening vm1 81
wait_for 5 listening vm1 82
wait_for 5 listening vm1 83

check "a policy of three permissions" xvs policy replace sw0 - <<<'section add ends tcp-strict=yes
rule add ends name=a service=tcp:81 action=allow
rule add ends name=b service=tcp:82 action=allow
section add finishes on-remove=finish
rule add finishes name=c service=tcp:83 action=allow
default set action=drop'
talk one 81
talk two 82
talk three 83
check "one talks" talks one
check "two talks" talks two
check "three talks" talks three
cached=$(cache_stat .megaflows)

say "a permission goes"
check "rule del a" xvs policy rule del sw0 a
check_eq "its connection is gone" "$(n_conns 81)" 0
check "one is silent" silent one
check "two talks" talks two
check "three talks" talks three

say "one that lets its connections finish"
check "rule del c" xvs policy rule del sw0 c
check_eq "its connection is there" "$(n_conns 83)" 1
check "three talks" talks three
check_eq "a new one is refused" "$(in_ns vm0 python3 -c '
import socket
s = socket.socket(); s.settimeout(0.5)
try: s.connect(("10.0.0.2", 83)); print("connected")
except OSError as e: print(type(e).__name__)')" TimeoutError

say "one that gets narrower"
check "rule set b" xvs policy rule set sw0 b from=10.0.0.0/24
check "two, which it still has, talks" talks two
check "rule set b" xvs policy rule set sw0 b from=10.7.0.0/16
check_eq "its connection is gone" "$(n_conns 82)" 0
check "two is silent" silent two

say "a change that comes to nothing"
printf '%s\n' 'policy rule del sw0 b' 'policy rule del sw0 nothing' >"$XVS_TEST_DIR/batch"
check "three talks" talks three
check_exit "a batch that fails" 1 xvs batch "$XVS_TEST_DIR/batch"
check "ends nothing" talks three

say "no policy at all"
check "default set action=allow" xvs policy replace sw0 - <<<''
check "everything passes" ping_ok vm0 10.0.0.2
check "three talks" talks three
check_num "flows are cached" "$cached" -ge 3
check_ledger vm0 vm1
for name in one two three echo; do bg_signal "$name" KILL; done
finish
