#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_kill_daemon: without a daemon established connections go on, new ones of cached
# flows begin and end, and connections expire (for SECONDS_DEAD, 25).
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2      vm0 may connect, vm1 may answer

. "$(dirname "$0")/../lib.sh"

SECONDS_DEAD=${SECONDS_DEAD:-25}
guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
port() { json_get ".[] | select(.name == \"$1\") | .port_no" port show sw0; }
cat >"$XVS_TEST_DIR/rules" <<RULES
table=0,priority=0,actions=normal
table=0,priority=10,ip,actions=ct(table=1,zone=5)
table=1,priority=20,ct_state=+new,ip,in_port=$(port vm0),actions=ct(commit,zone=5),output:$(port vm1)
table=1,priority=10,ct_state=+est,ip,in_port=$(port vm0),actions=output:$(port vm1)
table=1,priority=10,ct_state=+est,ip,in_port=$(port vm1),actions=output:$(port vm0)
RULES
xvs flow replace sw0 "$XVS_TEST_DIR/rules"
xvs ct-timeouts set default udp=5 udp-stream=5 tcp-time-wait=5
bg server in_ns vm1 "$LIB_DIR/tools/tcp_hold.py" serve 10.0.0.2 5000
bg other in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" serve 10.0.0.1 5000
wait_for 5 bg_says server ready
wait_for 5 bg_says other ready
check "a connection that comes and goes" in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.2 5000
check_not "nobody may begin from the other side" in_ns vm1 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.1 5000
bg client in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" hold 10.0.0.2 5000 1
check "a connection that stays" wait_for 10 bg_says client '^3$'
g vm0 "$TOOLS/udp_flow" send 10.0.0.2 9 3 100 >/dev/null
check "a connection of each flow has just been" in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.2 5000

pid=$(daemon_pid)
say "[host] kill -KILL $pid"
kill -KILL "$pid"
gone() { ! kill -0 "$pid"; }
wait_for 5 gone

words() { # STATE PROTO DPORT: of those that live, how many
    python3 "$LIB_DIR/tools/ct_words.py" "$XVS_BPFFS/xvs" |
        awk -v s="$1" -v p="$2" -v d="$3" '$1 == s && $2 > 0 && $4 == p && $6 == d' | wc -l
}
living() { python3 "$LIB_DIR/tools/ct_words.py" "$XVS_BPFFS/xvs" | awk '$2 > 0' | wc -l; }
none_of() { [ "$(words "$@")" = 0 ]; }
check_eq "the table has the one that stays" "$(words established 6 5000)" 1
check "the UDP one expires" wait_for 10 none_of unreplied 17 9
check "a new connection begins without a daemon" \
    in_ns vm0 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.2 5000
check_num "... and is in the table" "$(words time_wait 6 5000)" -ge 1
check "... and expires" wait_for 10 none_of time_wait 6 5000
check_not "from the other side still nobody may begin" \
    in_ns vm1 "$LIB_DIR/tools/tcp_hold.py" once 10.0.0.1 5000
g vm0 "$TOOLS/udp_flow" send 10.0.0.2 9 3 100 >/dev/null
check_num "an expired one begins anew" "$(words unreplied 17 9)" -eq 1
say "for $SECONDS_DEAD seconds the connection goes on"
n=$(bg_out client | grep -cE '^[0-9]+$')
answers() { [ "$(bg_out client | grep -cE '^[0-9]+$')" -ge $((n + SECONDS_DEAD - 20)) ]; }
check "it still works" wait_for "$SECONDS_DEAD" answers
check "its end is still there" bg_alive client
check_eq "it is established" "$(words established 6 5000)" 1
alone() { [ "$(living)" = 1 ]; }
check "everything else expires" wait_for 10 alone
bg_stop client
check_match "it was closed by us" "$(bg_out client)" closed
check_num "... which the table has seen" "$(words time_wait 6 5000)" -eq 1

check "attach after the kill" xvs attach vm0 vm1
check "forwards" ping_ok vm0 10.0.0.2
finish
