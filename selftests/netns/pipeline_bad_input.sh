#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# pipeline_bad_input: mistakes in rules, groups and meters. Each is one sentence
# with the word that is wrong marked below it, has the exit status of its kind, and
# changes nothing; in a batch, and in a file of rules, with file, line and column.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
xvs attach vm0 vm1
xvs group add sw0 'group_id=1,type=all,bucket=actions=output:vm1'
xvs group add sw0 'group_id=2,type=all,bucket=actions=group:1'
xvs meter add sw0 'meter=1,pktps,bands=type=drop,rate=1000'
xvs flow add sw0 'priority=5,udp,actions=meter:1,group:2'
xvs flow add sw0 'table=7,priority=1,actions=output:vm1,resubmit(,7)'
state() {
    "$XVSCTL" flow show sw0
    "$XVSCTL" group show sw0
    "$XVSCTL" meter show sw0
    "$XVSCTL" mirror show sw0
}
state >"$XVS_TEST_DIR/state"
what=''

# What stands above the caret and its tail.
marked() {
    awk '/^ *\^~*$/ { print substr(line, index($0, "^"), length($0) - index($0, "^") + 1); exit }
        { line = $0 }' <<<"$err"
}

# One line of TAP for status, sentence, place, and that nothing changed.
refused() { # STATUS SENTENCE MARKED XVSCTL-ARG...
    local status=$1 want=$2 place=$3 got=0 why=''
    shift 3
    "$XVSCTL" "$@" >"$XVS_TEST_DIR/exit.out" 2>"$XVS_TEST_DIR/exit.err" || got=$?
    err=$(cat "$XVS_TEST_DIR/exit.err")
    [ "$got" = "$status" ] || why+=" [exit status $got, want $status]"
    [ "$(head -n 1 <<<"$err")" = "xvsctl: $want" ] || why+=" [want: $want]"
    [ "$(marked)" = "$place" ] || why+=" [marked '$(marked)', want '$place']"
    diff -u "$XVS_TEST_DIR/state" <(state) >"$XVS_TEST_DIR/diff" || why+=" [something changed]"
    if [ -z "$why" ]; then
        pass "refused: ${what:-$*}"
    else
        fail "refused: ${what:-$*}"
        { echo "$why"; echo "$err"; cat "$XVS_TEST_DIR/diff"; } | quote
    fi
}
flow() { # STATUS SENTENCE MARKED FLOW
    refused "$1" "$2" "$3" flow add sw0 "$4"
}

say "unknown fields and actions"
flow 2 "flow: unknown field or keyword 'ipp'" ipp 'table=1,ipp,actions=drop'
flow 2 "flow: unknown field or keyword 'reg16'" reg16 'reg16=1,actions=drop'
flow 2 "flow: unknown action 'teleport'" teleport 'ip,actions=teleport:3'
flow 2 "flow: unknown action 'resubnit'" resubnit 'actions=output:vm1,resubnit(,3)'
flow 2 "flow: unknown action or port 'teleport'" teleport 'actions=clone(output:vm1,teleport)'
flow 2 "flow: unknown field 'nosuch'" nosuch 'actions=set_field:3->nosuch'
flow 2 "flow: unknown field 'nosuch'" nosuch 'actions=move:reg0[]->nosuch[]'
flow 2 "flow: unknown field 'nosuch'" nosuch 'actions=push:nosuch'
flow 2 "flow: unknown field 'bogus'" bogus 'actions=learn(table=1,bogus=3)'
flow 2 "flow: action 'ct' needs 'ip' (or 'ipv6') in the match" ct 'actions=ct(commit)'
flow 2 "flow: 'controller' has no 'foo': it takes max_len=BYTES" foo 'actions=controller(foo=3)'

say "prerequisites"
flow 2 "flow: field 'nw_dst' needs 'ip': add it before" nw_dst 'nw_dst=10.0.0.1,actions=drop'
flow 2 "flow: field 'mpls_label' needs 'mpls' (or 'mplsm'): add it before" mpls_label \
    'mpls_label=3,actions=drop'
flow 2 "flow: field 'nd_target' needs 'icmp6,icmp_type=135' (or 'icmp6,icmp_type=136'): add it before" \
    nd_target 'ip,nd_target=::1,actions=drop'
flow 2 "flow: action 'dec_ttl' needs 'ip' (or 'ipv6') in the match" dec_ttl 'actions=dec_ttl'
flow 2 "flow: action 'pop_mpls' needs 'mpls' (or 'mplsm') in the match" pop_mpls \
    'ip,actions=pop_mpls:0x0800'
flow 2 "flow: action 'mod_nw_src' needs 'ip' in the match" mod_nw_src \
    'ip,actions=push_mpls:0x8847,mod_nw_src:1.1.1.1'
flow 2 "flow: action 'move' needs 'ip' in the match" move 'actions=move:nw_src[]->reg0[]'

say "out of range"
flow 2 "flow: 'table': 255 is out of range (0 to 254)" 255 'table=255,actions=drop'
flow 2 "flow: 'priority': 70000 is out of range (0 to 65535)" 70000 'priority=70000,actions=drop'
flow 2 "flow: 'idle_timeout': 65536 is out of range (0 to 65535)" 65536 \
    'idle_timeout=65536,actions=drop'
flow 2 "flow: 'dl_vlan': 4096 is out of range (0 to 4095)" 4096 'dl_vlan=4096,actions=drop'
flow 2 "flow: 'reg0': 0x100000000 is out of range (0 to 4294967295)" 0x100000000 \
    'reg0=0x100000000,actions=drop'
flow 2 "flow: 'mpls_label': 1048576 is out of range (0 to 1048575)" 1048576 \
    'mpls,mpls_label=1048576,actions=drop'
flow 2 "flow: 'table': 256 is out of range (0 to 254)" 256 'actions=resubmit(,256)'
flow 2 "flow: 256 does not fit into 8 bits" 256 'actions=load:256->reg0[0..7]'
flow 2 "flow: 'reg0' has 32 bits: there is no bit 32" '0..32' 'actions=load:1->reg0[0..32]'
flow 2 "flow: action 'move' has a source of 8 bits, but a destination of 9" move \
    'actions=move:reg0[0..7]->reg1[0..8]'
flow 2 "flow: action 'push_vlan' takes 0x8100 or 0x88a8" 0x1234 'actions=push_vlan:0x1234'
flow 2 "flow: action 'push_mpls' takes 0x8847 or 0x8848" 0x0800 'actions=push_mpls:0x0800'
flow 2 "flow: action 'goto_table' leads only to tables above the rule's own, which is 5" goto_table \
    'table=5,actions=goto_table:5'
flow 2 "flow: action 'clone' is nested deeper than 8" clone "actions=$(printf 'clone(%.0s' \
    {1..9})drop$(printf ')%.0s' {1..9})"

say "order"
flow 2 "flow: action 'output' stands behind 'goto_table', which ends the list" output \
    'actions=goto_table:5,output:1'
flow 2 "flow: action 'meter' must be the first action" meter 'actions=output:1,meter:1'
flow 2 "flow: 'drop' must be the only action" drop 'actions=drop,output:1'
flow 2 "flow: action 'output' cannot stand beside 'conjunction'" output \
    'actions=conjunction(1,1/2),output:1'
flow 2 "flow: the actions are missing: add 'actions=...'" '' ip

say "masks"
flow 2 "flow: 'nw_proto' cannot have a mask" /0xf0 'ip,nw_proto=6/0xf0,actions=drop'
flow 2 "flow: 'dl_type' cannot have a mask" /0xff00 'dl_type=0x800/0xff00,actions=drop'
flow 2 "flow: 'in_port' cannot have a mask" /3 'in_port=1/3,actions=drop'
flow 2 "flow: 'mpls_label' cannot have a mask" /7 'mpls,mpls_label=3/7,actions=drop'
flow 2 "flow: 'conj_id' cannot have a mask" /1 'conj_id=1/1,actions=drop'
flow 2 "flow: 'cookie' of a new rule has no mask" 0x1/0xf 'cookie=0x1/0xf,actions=drop'
flow 2 "flow: field 'pkt_mark' cannot be set: the fast path leaves the mark alone" pkt_mark \
    'actions=set_field:1->pkt_mark'

say "what is not there"
flow 2 "flow: unknown port 'vm9'" vm9 'actions=output:vm9'
flow 2 "flow: unknown port 'vm9'" vm9 'actions=vm1,clone(mod_vlan_vid:3,output:vm9)'
flow 2 "flow: unknown port 'vm9'" vm9 'actions=resubmit(vm9,1)'
flow 2 "flow: unknown port 'vm9'" vm9 'in_port=vm9,actions=drop'
flow 3 "switch sw0: port 77: no port has that number" '' 'actions=output:77'
flow 3 "switch sw0: port 77: no port has that number" '' 'actions=vm1,clone(output:77)'
refused 3 "group 3: bucket 0: port 77: no such port" '' \
    group add sw0 'group_id=3,type=all,bucket=actions=output:77'
flow 3 "switch sw0: group 9: no such group" group:9 'table=3,actions=group:9'
flow 3 "switch sw0: meter 9: no such meter" meter:9 'actions=meter:9,output:vm1'
refused 2 "group: unknown port 'vm9'" vm9 \
    group add sw0 'group_id=3,type=all,bucket=actions=output:vm9'
refused 2 "group: unknown port 'vm9'" vm9 \
    group add sw0 'group_id=3,type=ff,bucket=watch_port:vm9,actions=output:vm1'
refused 3 "group 3: bucket 0: group 99: no such group" '' \
    group add sw0 'group_id=3,type=all,bucket=actions=group:99'
refused 3 "switch sw0: group 77: no such group" '' group mod sw0 'group_id=77,type=all'
refused 3 "port vm9: not a port of switch sw0" '' \
    mirror add sw0 m0 select_all output_port=vm9

say "loops of groups"
loop='its buckets lead back to it: a loop of groups'
refused 1 "group 3: $loop" '' group add sw0 'group_id=3,type=all,bucket=actions=group:3'
refused 1 "group 1: $loop" '' group mod sw0 'group_id=1,type=all,bucket=actions=group:2'
refused 1 "group 3: $loop" '' \
    group add sw0 'group_id=3,type=ff,bucket=watch_group:3,actions=output:vm1'

say "in use"
user="the rule 'priority=5,udp actions=meter:1,group:2'"
refused 1 "switch sw0: group 1 is in use by bucket 0 of group 2" '' group del sw0 group_id=1
refused 1 "switch sw0: group 2 is in use by $user" '' group del sw0 2
refused 1 "switch sw0: group 2 is in use by $user" '' group del sw0
refused 1 "switch sw0: meter 1 is in use by $user" '' meter del sw0 1
refused 1 "switch sw0: meter 1 is in use by $user" '' meter del sw0

say "one line of many"
many() { # LAST-LINE: 499 good ones before it
    { seq 499 | sed "s/.*/flow add sw0 'table=9,priority=&,ip,actions=output:vm1'/"; echo "$1"; } \
        >"$XVS_TEST_DIR/batch"
}
wrong() { # STATUS SENTENCE MARKED COLUMN LAST-LINE
    local what="line 500 of a batch: $5"
    many "$5"
    refused "$1" "$XVS_TEST_DIR/batch:500:$4: $2" "$3" batch "$XVS_TEST_DIR/batch"
}
wrong 1 "flow: unknown field or keyword 'ipp'" ipp 28 \
    "flow add sw0 'priority=500,ipp,actions=output:vm1'"
wrong 1 "flow: unknown port 'vm9'" vm9 51 "flow add sw0 'table=9,priority=500,actions=output:vm9'"
wrong 1 "switch sw0: there is no group 9, which the rule 'priority=32768,ip actions=group:9' names" \
    group:9 26 "flow add sw0 'ip,actions=group:9'"
wrong 1 "switch sw0: group 1 is in use by bucket 0 of group 2" group 1 "group del sw0 1"
wrong 1 "switch sw0: meter 1 is in use by $user" meter 1 "meter del sw0 1"
wrong 1 "group 1: $loop" group 1 "group mod sw0 'group_id=1,type=all,bucket=actions=group:2'"
many "flow add sw0 'table=9,priority=500,ip,actions=drop'"
check "all lines are right: done" xvs batch "$XVS_TEST_DIR/batch"
check_num "with every rule" "$(json_get length flow show sw0 table=9)" -eq 500
xvs flow del sw0 table=9
{ seq 499 | sed 's/.*/table=9,priority=&,ip,actions=output:vm1/'
    echo 'table=9,tcp,actions=dec_mpls_ttl'; } >"$XVS_TEST_DIR/file"
refused 2 "$XVS_TEST_DIR/file:500: flow: action 'dec_mpls_ttl' needs 'mpls' (or 'mplsm') in the match" \
    dec_mpls_ttl flow replace sw0 "$XVS_TEST_DIR/file"

say "what only packets find out"
check "TCP goes round in table 7" xvs flow add sw0 'priority=9,tcp,actions=resubmit(,7)'
check_match "trace says where it ends" "$("$XVSCTL" trace sw0 'in_port=vm0,tcp')" \
    'more than 4096 tables, or 64 steps back: drop'
check_match "and what for" "$("$XVSCTL" trace sw0 'in_port=vm0,tcp')" \
    'Actions: drop\(resubmit-limit\)'
check_not "a connection through the loop" in_ns vm0 timeout 1 \
    bash -c 'exec 3<>/dev/tcp/10.0.0.2/80'
check_num "its packets are dropped with that reason" "$(drops_of vm0 resubmit-limit)" -ge 1
check "others pass" ping_ok vm0 10.0.0.2
check_ledger vm0 vm1
finish
