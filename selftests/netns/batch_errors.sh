#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# batch_errors: one wrong line in a batch, and nothing of it was ever in force:
# the error names file, line and column; every kind of change that came before it
# is taken back, the counters of rules and meters among it; packets notice nothing.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
ip link add vm2 type veth peer name far2
ip link set vm2 up
ip link set far2 up

# All that clients see of the configuration, ages left out.
state() {
    "$XVSCTL" switch show | sed 's/ [0-9]* *vm0/ vm0/'
    for sw in $("$XVSCTL" -j switch show | jq -r '.[].name'); do
        echo "== $sw"
        "$XVSCTL" flow show "$sw"
        "$XVSCTL" group show "$sw"
        "$XVSCTL" meter show "$sw"
        "$XVSCTL" mirror show "$sw"
        xvs_json port show "$sw" | jq -c '.[] | [.name, .port_no, .tag, .trunks, .flood,
            .blocked, .state]'
        xvs_json fdb show "$sw" | jq -c '.[] | [.mac, .vlan, .port, .static]'
    done
}

cat >"$XVS_TEST_DIR/setup" <<'EOB'
meter add sw0 'meter=1,pktps,bands=type=drop,rate=1000000'
meter add sw0 'meter=2,kbps,bands=type=drop,rate=1000'
group add sw0 'group_id=1,type=all,bucket=actions=output:vm1'
group add sw0 'group_id=2,type=select,bucket=actions=output:vm0,bucket=actions=output:vm1'
mirror add sw0 m0 select_src_port=vm0 output_vlan=99
fdb add sw0 02:00:00:00:00:99 vm1
flow add sw0 priority=50,icmp,in_port=vm0,actions=meter:1,normal
flow add sw0 priority=50,icmp,in_port=vm1,actions=normal
flow add sw0 priority=40,tcp,actions=drop
flow add sw0 priority=30,udp,actions=drop
flow add sw0 table=3,cookie=0x5,priority=20,udp,actions=drop
EOB
check "the beginning" xvs batch "$XVS_TEST_DIR/setup"
check "pings, so that there is something to count" ping_ok vm0 10.0.0.2 -i 0.01 -c 20

# Every kind of change, then traffic's rules, so that a line behind all of them
# fails with all to be taken back.
cat >"$XVS_TEST_DIR/changes" <<'EOB'
switch add sw1
port add sw1 vm2 tag=20 blocked=on
port add sw1 int0 type=internal
port add sw1 p1 type=patch peer=p0
port add sw0 p0 type=patch peer=p1
flow add sw1 priority=9,in_port=vm2,actions=drop
fdb add sw1 02:00:00:00:00:98 vm2 vlan=20
port set sw0 vm0 tag=10 flood=off
port set sw0 vm1 trunks=10,20-29 blocked=on
fdb add sw0 02:00:00:00:00:97 vm1
fdb del sw0 02:00:00:00:00:99
fdb flush sw0
meter add sw0 'meter=3,pktps,bands=type=drop,rate=7'
meter mod sw0 'meter=1,pktps,bands=type=drop,rate=1'
meter del sw0 meter=2
group add sw0 'group_id=3,type=indirect,bucket=actions=output:vm0'
group mod sw0 'group_id=1,type=all,bucket=actions=output:vm0,bucket=actions=group:3'
group del sw0 group_id=2
mirror add sw0 m1 select_all output_port=vm1
mirror set sw0 m0 output_vlan=98
mirror del sw0 m1
mirror del sw0 m0
flow add sw0 priority=60,in_port=vm0,actions=group:1
flow add sw0 priority=50,icmp,in_port=vm0,actions=drop
flow mod sw0 tcp,actions=meter:3,output:vm1
flow mod sw0 --strict priority=50,icmp,in_port=vm1,actions=drop
flow del sw0 table=3,cookie=5/-1
flow del sw0 priority=30,udp --strict
flow add sw0 priority=30,udp,actions=normal
flow del sw0
flow add sw0 priority=2,actions=drop
EOB
n_changes=$(wc -l <"$XVS_TEST_DIR/changes")

bpf_of() { # DEVICE: programs at its hooks
    tc filter show dev "$1" ingress 2>/dev/null
    ip -d link show "$1" | grep -o 'prog/xdp' || :
}

packets_of() { # MATCH: of its rule
    json_get ".[] | select(.match == \"$1\") | .packets" -s flow show sw0 "$1"
}

refused() { # WHAT LINE COLUMN MESSAGE: the last line is LINE
    local before counted
    before=$(state)
    counted=$(packets_of icmp,in_port=vm0)
    { cat "$XVS_TEST_DIR/changes"; printf '%s\n' "$2"; } >"$XVS_TEST_DIR/bad"
    check_exit "$1: is refused" 1 "$XVSCTL" batch "$XVS_TEST_DIR/bad"
    check_match "$1: where, and why" "$err" "bad:$((n_changes + 1)):$3: $4"
    check_eq "$1: all is as before" "$(state)" "$before"
    check_num "$1: the rule's packets are still there" "$(packets_of icmp,in_port=vm0)" \
        -eq "$counted"
}

refused "a flow that is not understood" "flow add sw0 'priority=1, ipp actions=drop'" 27 \
    ".*'ipp'"
check_match "its line is shown, and the word in it" "$err" "^ {28}\^~~$"
check_not "a device that a line made is gone" ip link show int0
check_eq "one that a line took is free" "$(bpf_of vm2)" ""
refused "a command that there is not" 'flow addd sw0 actions=drop' 6 "flow: unknown verb 'addd'"
refused "a port that there is not" 'port set sw0 vm9 tag=3' 14 'port vm9: not a port'
refused "a device that there is not" 'port add sw0 vm9' 14 '.*vm9'
refused "a switch that there is not" 'flow add sw9 actions=drop' 10 'switch sw9: no such switch'
refused "a group that an earlier line has removed" 'flow add sw0 actions=group:2' 22 '.*group 2'
refused "a meter that is not there" 'flow add sw0 actions=meter:9,normal' 22 '.*meter 9'
refused "a rule that is not there" 'flow del sw0 --strict priority=77' 10 '.*no such rule'
refused "a rule that overlaps" 'flow add sw0 check_overlap priority=2,ip,actions=drop' 10 \
    '.*check_overlap'
refused "what is there already" 'switch add sw1' 12 'switch sw1: exists already'
refused "what cannot be taken back" 'switch del sw0' 1 'switch del: cannot be part of a batch'
refused "a hook" 'port set sw0 vm0 hook=tc' 18 'port set: hook= cannot be part of a batch'
refused "a question" 'flow show sw0' 1 'flow show: cannot be part of a batch'
refused "an option of the whole run" 'switch -q add sw7' 8 '-q: is an option'
refused "a quote without an end" "switch add 'sw7" 12 'the quote'

say "line 500 of many, with and without other changes before it"
seq -f 'flow add sw0 priority=%g,tcp,actions=drop' 1000 1498 >"$XVS_TEST_DIR/500"
echo "flow add sw0 priority=7,tcp,tp_dst=http,actions=drop" >>"$XVS_TEST_DIR/500"
seq -f 'flow add sw0 priority=%g,tcp,actions=drop' 1500 1999 >>"$XVS_TEST_DIR/500"
before=$(state)
check_exit "it is refused" 1 xvs batch "$XVS_TEST_DIR/500"
check_match "line and column" "$err" "500:500:36: "
check_eq "as before" "$(state)" "$before"
sed -i '500s/tp_dst=http,actions=drop/actions=group:77/' "$XVS_TEST_DIR/500"
check_exit "what only the tables know" 1 xvs batch "$XVS_TEST_DIR/500"
check_match "its line" "$err" "500:500:37: .*group 77"
check_eq "as before" "$(state)" "$before"
sed -i '1s/.*/port set sw0 vm0 tag=7/' "$XVS_TEST_DIR/500"
check_exit "behind another change" 1 xvs batch "$XVS_TEST_DIR/500"
check_match "its line" "$err" "500:500:37: .*group 77"
check_eq "as before" "$(state)" "$before"
check_exit "as JSON" 1 "$XVSCTL" -j batch "$XVS_TEST_DIR/500"
check_eq "line, code" "$(jq -r '.error | "\(.line) \(.code)"' <<<"$out")" "500 failed"

say "requests that xvsctl would not send, on one connection each"
cat >"$XVS_TEST_DIR/requests.py" <<'PY'
import json
import os
import socket

ADD = {"method": "flow.add", "params": {"args": ["sw0", "priority=77,actions=drop"]}, "line": 1}


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["XVS_RUNDIR"] + "/xvsd.sock")
    return s.makefile("rw")


def talk(*requests):
    """The codes of the errors, or "ok". A third member: on another connection."""
    first, second = connect(), connect()
    codes = []
    for method, params, *other in requests:
        f = second if other else first
        f.write(json.dumps({"method": method, "params": params}) + "\n")
        f.flush()
        reply = json.loads(f.readline())
        codes.append(reply["error"]["code"] if "error" in reply else "ok")
    return " ".join(codes)


def calls(*c):
    return {"calls": list(c)}


rows = [
    ("no calls", "usage", ("batch", {})),
    ("calls that are none", "usage", ("batch", {"calls": {"a": 1}})),
    ("a call that is none", "usage", ("batch", calls(7))),
    ("a call without a method", "usage", ("batch", calls({"line": 1}))),
    ("a method that there is not", "usage", ("batch", calls({"method": "x.y"}))),
    ("a batch in a batch", "unsupported", ("batch", calls({"method": "batch", "params": {}}))),
    ("too few arguments", "usage", ("batch", calls({"method": "flow.add", "params": {}}))),
    ("arguments that are none", "usage",
     ("batch", calls({"method": "flow.add", "params": {"args": ["sw0", 7]}}))),
    ("strange line numbers", "ok ok",
     ("batch.stage", calls(dict(ADD, line=-5), dict(ADD, line="x"), dict(ADD, line=1e30))),
     ("batch", calls({"method": "flow.del", "params": {"args": ["sw0", "priority=77"],
                                                       "options": {"strict": True}}}))),
    ("a part that was refused", "usage usage ok",
     ("batch.stage", calls(7)), ("batch", calls(ADD)), ("batch", calls())),
    ("parts of different things", "ok ok ok ok ok ok",
     ("batch.stage", calls(ADD)), ("flow.stage", {"args": ["sw0", "priority=78,actions=drop"]}),
     ("monitor.open", {"args": ["sw0"]}), ("batch.stage", calls(ADD)),
     ("flow.stage", {"args": ["sw0", "priority=78,actions=drop"]}), ("batch", calls())),
    ("the next of nothing", "usage", ("monitor.next", {})),
    ("the next of a batch", "ok usage", ("batch.stage", calls(ADD)), ("monitor.next", {})),
    ("ports that change between parts, one switch", "ok ok busy ok",
     ("batch.stage", calls(ADD)), ("port.add", {"args": ["sw0", "vm2"]}, 2),
     ("batch", calls(ADD)), ("port.del", {"args": ["sw0", "vm2"]}, 2)),
    ("and with other lines", "ok ok busy ok",
     ("batch.stage", calls(ADD)), ("port.add", {"args": ["sw0", "vm2"]}, 2),
     ("batch", calls({"method": "fdb.flush", "params": {"args": ["sw0"]}})),
     ("port.del", {"args": ["sw0", "vm2"]}, 2)),
    ("a connection that ends with a part", "ok", ("batch.stage", calls(ADD))),
]
for what, want, *requests in rows:
    got = talk(*requests)
    print("%s: %s%s" % (what, got, "" if got == want else ", not " + want))
PY
before=$(state)
check "they are sent" python3 "$XVS_TEST_DIR/requests.py"
check_eq "each is answered as it should" "$(grep ', not ' "$XVS_TEST_DIR/check.out" || :)" ""
check_eq "and nothing is changed" "$(state)" "$before"

say "the whole of it, without the wrong line"
check_eq "is carried out" "$(xvs_json batch "$XVS_TEST_DIR/changes")" "{\"changes\":$n_changes}"
check_not "and blocks" ping_quick vm0 10.0.0.2
check_eq "all rules but one" "$("$XVSCTL" flow show sw0)" \
    "table=0, priority=2 actions=drop"
finish
