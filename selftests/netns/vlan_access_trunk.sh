#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# vlan_access_trunk: access ports keep VLANs apart and tags out of guests;
# trunks carry tags, and only those they are told to.
#
#   vm0 (tag 10) ──┐
#   vm1 (tag 10) ──┤ sw0
#   vm2 (tag 20) ──┤
#   vm3 (trunk)  ──┘   trunks=10,30 later
#
# The frames are made by hand: the kernel may lack 802.1Q devices.

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2 3; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2 vm3
xvs port set sw0 vm0 tag=10
xvs port set sw0 vm1 tag=10
xvs port set sw0 vm2 tag=20

# What each guest sees of a frame sent by FROM: "vm1[tags] vm3[tags]"; tags as
# frames.py prints them, blanks out.
seen_of() { # FROM FRAMES-ARG...
    local from=$1 guest line all=''
    shift
    for guest in vm0 vm1 vm2 vm3; do
        [ "$guest" = "$from" ] || bg "cap-$guest" in_ns "$guest" $FRAMES capture eth0 \
            go=signal seconds=0.5 type=0x88b5 >/dev/null
    done
    for guest in vm0 vm1 vm2 vm3; do
        [ "$guest" = "$from" ] || wait_for 5 bg_says "cap-$guest" ready
    done
    in_ns "$from" $FRAMES send eth0 type=0x88b5 "$@"
    for guest in vm0 vm1 vm2 vm3; do
        [ "$guest" = "$from" ] || bg_signal "cap-$guest" USR1
    done
    for guest in vm0 vm1 vm2 vm3; do
        [ "$guest" = "$from" ] && continue
        bg_wait "cap-$guest" || continue
        line=$(bg_out "cap-$guest" | sed -n 2p)
        line=$(grep -oE 'vlan [0-9/]+' <<<"$line" | sed 's/vlan //' | paste -sd,) || :
        all+="${guest}[$line] "
    done
    echo "${all% }"
}

src=src=02:00:00:00:00:aa
check_eq "from VLAN 10: untagged to its access port, tagged on the trunk" \
    "$(seen_of vm0 $src)" "vm1[] vm3[10/0]"
check_eq "from VLAN 20" "$(seen_of vm2 $src)" "vm3[20/0]"
check_eq "the trunk's tag 10 comes out untagged at access ports" \
    "$(seen_of vm3 $src vlan=10)" "vm0[] vm1[]"
check_eq "the trunk's tag 20" "$(seen_of vm3 $src vlan=20/5)" "vm2[]"
check_eq "an untagged frame from the trunk is in VLAN 0" "$(seen_of vm3 $src)" ""
check_eq "a tagged frame into an access port is dropped" "$(seen_of vm0 $src vlan=10)" ""
check_num "... with its reason" "$(drops_of vm0 vlan-mismatch)" -ge 1
check_eq "a priority tag at an access port is fine" "$(seen_of vm0 $src vlan=0/3)" \
    "vm1[] vm3[10/3]"
check_eq "only the outer tag is the switch's: the inner one crosses" \
    "$(seen_of vm3 $src vlan=20 vlan=7)" "vm2[7/0]"

say "the same address may live in two VLANs"
seen_of vm1 src=02:00:00:00:00:bb >/dev/null
seen_of vm2 src=02:00:00:00:00:bb >/dev/null
check_eq "two FDB entries" "$(json_get \
    '[.[] | select(.mac == "02:00:00:00:00:bb") | "\(.vlan) \(.port)"] | sort | join(",")' \
    fdb show sw0)" "10 vm1,20 vm2"

check "trunks=10,30" xvs port set sw0 vm3 trunks=10,30
check_eq "a VLAN that the trunk does not carry stays inside" "$(seen_of vm2 $src)" ""
check_eq "one that it carries goes out" "$(seen_of vm0 $src)" "vm1[] vm3[10/0]"
before=$(drops_of vm3 vlan-mismatch)
check_eq "and in" "$(seen_of vm3 $src vlan=20)" ""
check_num "dropped with its reason" "$(drops_of vm3 vlan-mismatch)" -gt "$before"

check "guests of one VLAN ping each other" ping_ok vm0 10.0.0.2
check_not "guests of two VLANs do not" ping_quick vm0 10.0.0.3
check_ledger vm0 vm1 vm2 vm3
finish
