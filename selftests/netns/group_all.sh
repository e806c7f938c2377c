#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# group_all: every bucket of a group gets a copy of its own: what one bucket
# changes is not seen by the next, nor behind the group; groups may use groups.
# Buckets are action sets. Counters are exact.
#
#   vm0 ──┐
#   vm1 ──┤ sw0
#   vm2 ──┤
#   vm3 ──┘

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/copies.bash"

copies_guests=(vm0 vm1 vm2 vm3)
for i in 0 1 2 3; do
    guest vm$i
done
xvs attach vm0 vm1 vm2 vm3
check "group" xvs group add sw0 'group_id=1,type=all,bucket=output:vm1,bucket=output:vm2,mod_dl_dst:02:00:00:00:00:99,push_vlan:0x8100,mod_vlan_vid:7,bucket=output:vm3'
check "rule" xvs flow add sw0 'priority=10,in_port=vm0,dl_type=0x88b5,actions=group:1'
to=dst=02:00:00:00:00:42

counters() { # GROUP: "packets bucket,bucket..."
    json_get '.[0] | "\(.packets) \([.buckets[].packets | tostring] | join(","))"' \
        group show sw0 "$1"
}

all_types() { # HOOK
    use_hook "$1" vm0 vm1 vm2 vm3
    say "hook $1"
    check_eq "every bucket's copy" "$(copies_of vm0 $to)" "vm1[42] vm2[99@7/0] vm3[42]"
    check_eq "of a tagged frame" "$(copies_of vm0 $to vlan=5)" \
        "vm1[42@5/0] vm2[99@7/0+5/0] vm3[42@5/0]"

    check "behind the group the packet is as before it" xvs flow mod sw0 \
        'in_port=vm0,dl_type=0x88b5,actions=mod_dl_dst:02:00:00:00:00:43,group:1,output:vm1'
    check_eq "copies" "$(copies_of vm0 $to)" "vm1[43,43] vm2[99@7/0] vm3[43]"

    check "a group of groups" xvs group add sw0 \
        'group_id=2,type=all,bucket=mod_dl_dst:02:00:00:00:00:77,group:1,bucket=output:vm3'
    check "in use" xvs flow mod sw0 'in_port=vm0,dl_type=0x88b5,actions=group:2'
    check_eq "copies" "$(copies_of vm0 $to)" "vm1[77] vm2[99@7/0] vm3[42,77]"

    check "indirect" xvs group mod sw0 \
        'group_id=2,type=indirect,bucket=output:vm1,mod_dl_dst:02:00:00:00:00:55,output:vm2'
    check_eq "a set has one output, behind what it sets" "$(copies_of vm0 $to)" "vm2[55]"

    check "a bucket may go on in a table" xvs flow add sw0 \
        'table=3,dl_dst=02:00:00:00:00:56,actions=output:vm3'
    check "group mod" xvs group mod sw0 \
        'group_id=2,type=indirect,bucket=mod_dl_dst:02:00:00:00:00:56,resubmit(,3)'
    check_eq "which sees what was set" "$(copies_of vm0 $to)" "vm3[56]"

    check "no bucket" xvs group mod sw0 'group_id=2,type=all'
    before=$(drops_of vm0 action-drop)
    check_eq "no copy" "$(copies_of vm0 $to)" ""
    check_num "a drop with its reason" $(($(drops_of vm0 action-drop) - before)) -eq 1

    say "counters"
    check "group mod" xvs group mod sw0 \
        'group_id=2,type=all,bucket=output:vm1,bucket=actions=drop,bucket=output:vm2'
    check_eq "begin anew" "$(counters 2)" "0 0,0,0"
    copies_of vm0 $to count=10 >/dev/null
    check_eq "10 packets" "$(counters 2)" "10 10,10,10"
    check "another rule; the group stays" xvs flow mod sw0 \
        'in_port=vm0,dl_type=0x88b5,actions=output:vm3,group:2'
    copies_of vm0 $to count=5 >/dev/null
    check_eq "goes on" "$(counters 2)" "15 15,15,15"
    check "back" xvs flow mod sw0 'in_port=vm0,dl_type=0x88b5,actions=group:1'
    check "group del" xvs group del sw0 group_id=2
}

all_types tc
all_types xdp
check_ledger vm0 vm1 vm2 vm3
finish
