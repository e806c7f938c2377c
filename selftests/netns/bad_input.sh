#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# bad_input: each mistake is a clear error with the exit status of the contract
# (1 refused, 2 usage, 3 not found, 4 no daemon), and changes nothing.
#
#   vm0, vm1 ── sw0      vm2 ── (nothing; a foreign XDP program later)

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
host_snapshot >"$XVS_TEST_DIR/clean"
unchanged() { # FILE
    host_snapshot >"$XVS_TEST_DIR/now"
    diff -u "$1" "$XVS_TEST_DIR/now"
}

say "without a daemon"
check_exit "port show: exit 4" 4 xvs port show sw0
check_match "says so" "$err" '^xvsctl: '
check_exit "status: exit 4" 4 xvs status
check_exit "attach without a device: exit 2" 2 xvs attach
check_exit "attach eth9: exit 3" 3 xvs attach eth9
check_match "names it" "$err" 'eth9: no such device'
check_not "no daemon was left behind" daemon_alive
check_exit "attach of one good and one bad device: exit 3" 3 xvs attach vm0 eth9
check "nothing was changed" unchanged "$XVS_TEST_DIR/clean"
check_exit "attach lo is refused" 1 xvs attach lo
check_exit "no object: exit 2" 2 xvs
check_exit "unknown object: exit 2" 2 xvs prot show sw0
check_match "suggests" "$err" 'port'
check_exit "unknown verb: exit 2" 2 xvs port shwo sw0
check_exit "help: exit 0" 0 xvs help
check_match "help lists the objects" "$out" 'flow'
check_exit "help flow: exit 0" 0 xvs help flow
check_exit "flow help: exit 0" 0 xvs flow help

say "privileges"
check_exit "without any: refused" 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
    --bounding-set=-all --inh-caps=-all env XVS_RUNDIR=/tmp XVS_BPFFS=/tmp "$XVSD"
check_match "says what is needed" "$err" 'root|CAP_BPF'
check_exit "root without CAP_BPF and CAP_SYS_ADMIN: refused" 1 \
    setpriv --bounding-set=-bpf,-sys_admin --inh-caps=-bpf,-sys_admin "$XVSD"
check_match "says what is needed" "$err" 'root|CAP_BPF'

say "bpffs that is not mounted is mounted"
umount "$XVS_BPFFS"
check "attach" xvs attach vm0 vm1
check_eq "bpffs is there" "$(stat -f -c %T "$XVS_BPFFS")" bpf_fs
host_snapshot >"$XVS_TEST_DIR/attached"

say "with a daemon"
check_exit "a second daemon: exit 1" 1 "$XVSD"
check_match "names the first" "$err" "$(daemon_pid)"
check "the first goes on" ping_ok vm0 10.0.0.2
check_exit "port add of a device that is not there: exit 3" 3 xvs port add sw0 eth9
check_exit "flow replace of a switch with a long name that is not there: exit 3" 3 bash -c \
    'echo actions=drop | "$XVSCTL" flow replace sw123456789012345678901234567890123456789 -'
check_exit "port add to a switch that is not there: exit 3" 3 xvs port add sw9 vm2
check_exit "a device that is a port already: exit 1" 1 xvs port add sw0 vm0
check_match "says so" "$err" 'vm0.*already'
check_exit "switch add sw1" 0 xvs switch add sw1
check_exit "a device of another switch: exit 1" 1 xvs port add sw1 vm0
check_exit "a switch that is there: exit 1" 1 xvs switch add sw1
check_exit "switch del sw1" 0 xvs switch del sw1
check_exit "port del of a port that is not there: exit 3" 3 xvs port del sw0 vm2
check_exit "unknown type: exit 2" 2 xvs port add sw0 vm2 type=magic
check_exit "unknown hook: exit 2" 2 xvs port add sw0 vm2 hook=sideways
check_exit "tag out of range: exit 2" 2 xvs port set sw0 vm0 tag=4095
check_exit "unknown option: exit 2" 2 xvs port set sw0 vm0 colour=red
h ip link add br9 type bridge
h ip link set vm2 master br9
check_exit "a member of a Linux bridge: exit 1" 1 xvs port add sw0 vm2
check_match "names the bridge" "$err" 'br9|bridge'
ip link del br9

say "flow text"
check_exit "unknown keyword: exit 2" 2 xvs flow add sw0 'table=0,ipp,actions=drop'
check_match "names it" "$err" 'ipp'
caret=$(grep -n '\^' <<<"$err" | head -n 1 | cut -d: -f1)
text_line=$(sed -n "$((caret - 1))p" <<<"$err")
caret_line=$(sed -n "${caret}p" <<<"$err")
before=${caret_line%%^*}
check_eq "the caret stands below it" "${text_line:${#before}:3}" ipp
check_exit "no actions: exit 2" 2 xvs flow add sw0 'ip,nw_dst=10.0.0.1'
check_exit "prerequisite missing: exit 2" 2 xvs flow add sw0 'tp_dst=80,actions=drop'
check_exit "bad address: exit 2" 2 xvs flow add sw0 'ip,nw_dst=10.0.0.256,actions=drop'
check_exit "unknown port: exit 2 or 3" 2 xvs flow add sw0 'in_port=nobody,actions=drop'
check_exit "unknown action: exit 2" 2 xvs flow add sw0 'ip,actions=teleport'
check_exit "empty: exit 2" 2 xvs flow add sw0 ''
check_exit "strict del of a rule that is not there: exit 3" 3 \
    xvs flow del sw0 'priority=77,ip' --strict
check_exit "overlap refused: exit 1" 1 xvs flow add sw0 'check_overlap,priority=0,ip,actions=drop'
say "rules that are refused: one sentence, the place, and the tables as before"
check_exit "a table with something in it" 0 bash -c 'printf "%s\n" \
    priority=7,ip,nw_dst=10.9.0.0/16,actions=drop priority=7,arp,actions=normal \
    cookie=0x7,priority=3,tcp,tp_dst=80/0xfff0,actions=output:vm1 priority=0,actions=normal |
    "$XVSCTL" flow replace sw0 -'
xvs flow show sw0 >"$XVS_TEST_DIR/table"

# What stands above the caret and its tail.
marked() {
    local caret
    caret=$(grep -n -m 1 '^ *^' <<<"$err" | cut -d: -f1)
    [ -n "$caret" ] || return 0
    caret_line=$(sed -n "${caret}p" <<<"$err")
    text_line=$(sed -n "$((caret - 1))p" <<<"$err")
    before=${caret_line%%^*}
    echo "${text_line:${#before}:$((${#caret_line} - ${#before}))}"
}

refused() { # STATUS MESSAGE-ERE MARKED FLOW [OPTION]: by flow add, and in a file
    check_exit "refused: $4 ${5:-}" "$1" xvs flow add sw0 "$4" ${5:+"$5"}
    check_match "says why" "$err" "$2"
    check_eq "marks the place" "$(marked)" "$3"
    if [ "$1" = 2 ]; then
        { printf 'priority=%d,actions=drop\n' $(seq 5000); echo "$4"; } >"$XVS_TEST_DIR/file"
        check_exit "in a file, too" 2 xvs flow replace sw0 "$XVS_TEST_DIR/file"
        check_match "with its line" "$err" ":5001: flow: .*$2"
        check_eq "and the place" "$(marked)" "$3"
    fi
    check_eq "as before" "$(xvs flow show sw0)" "$(cat "$XVS_TEST_DIR/table")"
}
no_bits='the mask has no bits: leave it out'
refused 2 "'tp_dst': $no_bits" 0x0 'tcp,tp_dst=80/0x0,actions=drop'
refused 2 "'dl_src': $no_bits" 00:00:00:00:00:00 \
    'dl_src=02:00:00:00:00:01/00:00:00:00:00:00,actions=drop'
refused 2 "'nw_dst': $no_bits" 0 'ip,nw_dst=10.0.0.1/0,actions=drop'
refused 2 "'ipv6_src': $no_bits" :: 'ipv6,ipv6_src=fd00::/::,actions=drop'
refused 2 "'vlan_tci': $no_bits" 0 'vlan_tci=0/0,actions=drop'
refused 2 "'dl_vlan' cannot have a mask" /0 'dl_vlan=5/0,actions=drop'
refused 2 "'nw_proto' cannot have a mask" /0 'ip,nw_proto=6/0,actions=drop'
refused 2 "'tp_dst' needs 'tcp', 'udp' or 'sctp'.*: add it" tp_dst 'tp_dst=80/0xff,actions=drop'
refused 2 "'tp_dst' needs 'tcp', 'udp' or 'sctp'.*: add it" tp_dst 'ip,tp_dst=80,actions=drop'
refused 2 "'nw_dst' needs 'ip': add it" nw_dst 'nw_dst=10.0.0.0/8,actions=drop'
refused 2 "'nw_dst' needs 'ip': add it" nw_dst 'nw_dst=0.0.0.0/0,actions=drop'
refused 2 "'arp_spa' needs 'arp'" arp_spa 'arp_spa=10.0.0.0/8,actions=drop'
refused 2 "'priority': 65536 is out of range \(0 to 65535\)" 65536 'priority=65536,actions=drop'
refused 2 "'priority': -1 is out of range \(0 to 65535\)" -1 'priority=-1,actions=drop'
refused 2 "'priority': 'abc' is not a number" abc 'priority=abc,actions=drop'
refused 2 "'table': 255 is out of range \(0 to 254\)" 255 'table=255,actions=drop'
refused 2 "unknown field or keyword 'reg16'" reg16 'reg16=1,actions=drop'
refused 2 "'conj_id' cannot have a mask" /1 'conj_id=5/1,actions=drop'
refused 2 "'mpls_label' needs 'mpls' \(or 'mplsm'\): add it" mpls_label 'mpls_label=5,actions=drop'
refused 2 "'reg0' has 32 bits: there is no bit 32" 32 'reg0[32]=1,actions=drop'
refused 2 "unknown action or port 'teleport'" teleport 'actions=clone(vm0,clone(teleport))'
refused 2 "'goto_table' leads only to tables above the rule's own, which is 5" goto_table \
    'table=5,actions=vm0,goto_table:5'
refused 2 "'output' stands behind 'goto_table'" output 'actions=goto_table:5,output:vm0'
refused 2 "'meter' must be the first action" meter 'actions=vm0,meter:1'
refused 2 "'meter' is for rules" meter 'actions=clone(meter:1)'
refused 2 "a source of 32 bits, but a destination of 16" move 'actions=move:reg0->reg1[0..15]'
refused 2 "field 'pkt_mark' cannot be set: the fast path" pkt_mark 'actions=set_field:5->pkt_mark'
refused 2 "16 does not fit into 4 bits" 16 'actions=load:16->reg0[0..3]'
refused 2 "'dec_ttl' needs 'ip'" dec_ttl 'ip,actions=push_mpls:0x8847,dec_ttl'
refused 2 "'nw_src' of 'learn' needs 'ip'" nw_src 'actions=learn(table=1,nw_src=1.2.3.4)'
refused 2 "2 to 64 clauses" 1 'actions=conjunction(5,1/1)'
refused 2 "cannot stand beside 'conjunction'" vm0 'actions=conjunction(5,1/2),vm0'
refused 2 "'clone' is nested deeper than 8" clone \
    'actions=clone(clone(clone(clone(clone(clone(clone(clone(clone(drop)))))))))'
refused 1 "'priority=7,ip,nw_dst=10.9.0.0/16' is there already" '' \
    'priority=7,ip,nw_dst=10.9.0.0/16,actions=normal' check_overlap
refused 1 "'priority=7,ip,nw_dst=10.9.0.0/16' matches some of the same packets" '' \
    'priority=7,tcp,actions=normal' check_overlap
refused 1 "'priority=7,arp' matches some of the same packets" '' \
    'check_overlap,priority=7,in_port=vm0,arp,actions=drop'
check_match "with what can be done" "$err" '^hint: .*another priority'
check_exit "a file with check_overlap: exit 2" 2 bash -c \
    'echo priority=1,check_overlap,actions=drop | "$XVSCTL" flow replace sw0 -'
check_match "says why" "$err" "'check_overlap' has no meaning where all rules are replaced"
check_eq "marks the place" "$(marked)" check_overlap
check_exit "del by an empty mask of the cookie: exit 2" 2 xvs flow del sw0 cookie=7/0
check_match "says why" "$err" "'cookie': $no_bits"
check_eq "as before" "$(xvs flow show sw0)" "$(cat "$XVS_TEST_DIR/table")"
check_exit "no rule of the same priority: taken" 0 xvs flow add sw0 \
    'priority=8,tcp,actions=normal' check_overlap
check_exit "any address, as routing tables write it: taken" 0 xvs flow add sw0 \
    'priority=9,tcp,nw_src=0.0.0.0/0,nw_dst=10.8.0.0/16,actions=drop'
check_match "it is no match on the field" "$(xvs flow show sw0)" \
    'priority=9,tcp,nw_dst=10.8.0.0/16 actions=drop'
check_exit "without check_overlap an equal match is replaced" 0 xvs flow add sw0 \
    'priority=7,ip,nw_dst=10.9.0.0/16,actions=normal'
check_eq "by the new one" "$(xvs flow show sw0 | grep -c 'nw_dst=10.9.0.0/16 actions=NORMAL')" 1
check_num "and there is one of them" "$(xvs flow show sw0 | grep -c 10.9.0.0/16)" -eq 1
xvs flow replace sw0 - <<<priority=0,actions=normal

check_exit "bad MAC: exit 2" 2 xvs fdb add sw0 00:11:22 vm0
check_exit "group address in the FDB: exit 2" 2 xvs fdb add sw0 01:00:00:00:00:01 vm0
check_exit "FDB entry that is not there: exit 3" 3 xvs fdb del sw0 02:00:00:00:00:77
check_exit "trace of nonsense: exit 2" 2 xvs trace sw0 'in_port=vm0,bogus'
check_exit "errors as JSON: same status" 3 "$XVSCTL" -j port show sw9
check_eq "one document, with code, message and object" \
    "$(jq -r '.error | "\(.code) \(.object)"' <<<"$out")" "not-found sw9"
check_num "one rule, as before" "$(json_get length flow show sw0)" -eq 1
check "nothing was changed" unchanged "$XVS_TEST_DIR/attached"

say "tables that are full"
check_exit "limit=1 is taken" 0 xvs cache set sw0 limit=1
check "the switch forwards past its flow limit" g vm0 ping -q -n -c 5 -i 0.05 -W 1 10.0.0.2
check_exit "limit=0: exit 2" 2 xvs cache set sw0 limit=0
check_exit "limit=65536" 0 xvs cache set sw0 limit=65536

say "a foreign XDP program is named and left alone"
foreign_xdp vm2
id=$(ip -j link show vm2 | jq '.[0].xdp.prog.id')
for hook in xdp auto; do
    check_exit "hook=$hook: exit 1" 1 xvs port add sw0 vm2 hook=$hook
    check_match "names it" "$err" "their_xdp|id $id"
done
check_num "still there" "$(ip -j link show vm2 | jq '.[0].xdp.prog.id')" -eq "$id"
h ip link set vm2 xdp off
check_exit "gone: the port is taken" 0 xvs port add sw0 vm2 hook=xdp

say "input that is not of this world"
check_exit "64 KB of flow text: exit 2" 2 xvs flow add sw0 "$(printf 'ip,%.0s' $(seq 20000))"
check_exit "bytes that are not text: exit 2" 2 xvs flow add sw0 $'\xff\xfe=\x01,actions=drop'
python3 - "$XVS_RUNDIR/xvsd.sock" <<'PY'
import os, random, socket, sys
rng = random.Random(7)
for junk in (b"\n", b"{}\n", b"[]\n", b'{"method": 1}\n', b'{"method": "no.such"}\n',
             b'{"method": "flow.add", "params": {"args": {}}}\n', b"\0" * 1000 + b"\n",
             b"[" * 100000 + b"\n", b'{"method":"port.show","params":{"args":[1,2,3,4]}}\n',
             rng.randbytes(5000), b'{"method": "status"}'):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(2)
    s.connect(sys.argv[1])
    try:
        s.sendall(junk)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    except OSError:
        pass
    s.close()
PY
# Rules that are staged belong to the connection that brought them.
check_eq "rules on their way are nobody else's, and gone with their connection" \
    "$(python3 - "$XVS_RUNDIR/xvsd.sock" <<'PY'
import json, socket, sys


def ask(s, method, *args):
    s.sendall(json.dumps({"method": method, "params": {"args": args}}).encode() + b"\n")
    line = b""
    while not line.endswith(b"\n"):
        line += s.recv(65536)
    reply = json.loads(line)
    if "error" in reply:
        return reply["error"]["code"]
    return reply["result"] if method == "flow.show" else reply["result"]["rules"]


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
    return s


a, b = connect(), connect()
said = [ask(a, "flow.stage", "sw0", "priority=1,actions=drop", "priority=2,actions=drop"),
        ask(b, "flow.stage", "sw0", "priority=3,actions=drop"),
        ask(b, "flow.replace", "sw9", "priority=4,actions=drop"),
        ask(a, "flow.stage", "sw0", "priority=5,bogus"),
        ask(a, "flow.stage", "sw0", "priority=6,actions=drop"),
        ask(a, "flow.replace", "sw0", "priority=6,actions=drop")]
a.close()
b.close()
c = connect()
said += [len(ask(c, "flow.show", "sw0"))]
said += [ask(c, "flow.stage", "sw0", "priority=7,actions=normal", "priority=7,actions=normal"),
         ask(c, "flow.replace", "sw0", "priority=0,actions=normal"),
         ask(c, "flow.replace", "sw0", "priority=0,actions=normal")]
print(*said)
PY
)" "2 1 not-found syntax usage usage 1 2 2 1"
printf 'priority=1,actions=drop\n\ntable=300,priority=1,actions=drop\n' >"$XVS_TEST_DIR/tables"
check_exit "a table that there is not" 2 xvs flow replace sw0 "$XVS_TEST_DIR/tables"
check_match "it says where" "$err" "tables:3: .*'table': 300 is out of range"
check_match "with a caret" "$err" '\^~~'

check "the daemon survives a hostile client" ping_ok vm0 10.0.0.2
check "and answers" xvs status
finish
