#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# mirror: copies of what comes in or goes out at chosen ports, and of chosen VLANs,
# at a port of their own or flooded in a VLAN. An output port has nothing else: no
# flood reaches it, and what it sends is dropped.
#
#   vm0 ──┐
#   vm1 ──┤ sw0
#   vm2 ──┤
#   vm3 ──┘  the output port, or a trunk

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/copies.bash"

copies_guests=(vm0 vm1 vm2 vm3)
for i in 0 1 2 3; do
    guest vm$i
done
xvs attach vm0 vm1 vm2 vm3
# Addresses are known, so that only what is meant to be flooded is.
for i in 0 1 2; do
    check "fdb add" xvs fdb add sw0 02:00:00:00:00:0$((i + 1)) vm$i
done
to() { echo "src=02:00:00:00:00:0$(($1 + 1)) dst=02:00:00:00:00:0$(($2 + 1))"; } # FROM TO
all=dst=ff:ff:ff:ff:ff:ff

tx() { json_get '.[0].tx_packets' mirror show sw0 m1; }

# shellcheck disable=SC2046 # to() is two words
to_a_port() { # HOOK
    use_hook "$1" vm0 vm1 vm2 vm3
    say "hook $1"
    check "what comes in at vm0" xvs mirror add sw0 m1 select_src_port=vm0 output_port=vm3
    check_eq "is copied" "$(copies_of vm0 $(to 0 1))" "vm1[02] vm3[02]"
    check_eq "what goes out there is not" "$(copies_of vm1 $(to 1 0))" "vm0[01]"
    check_eq "nor what others say" "$(copies_of vm1 $(to 1 2))" "vm2[03]"
    check_eq "a flood is copied once, and not flooded to the output" \
        "$(copies_of vm0 src=02:00:00:00:00:01 $all)" "vm1[ff] vm2[ff] vm3[ff]"
    check_eq "other floods do not reach it" \
        "$(copies_of vm1 src=02:00:00:00:00:02 $all)" "vm0[ff] vm2[ff]"
    before=$(tx)
    copies_of vm0 $(to 0 1) count=10 >/dev/null
    check_num "copies are counted" $(($(tx) - before)) -eq 10

    check "what goes out at vm1" xvs mirror set sw0 m1 select_dst_port=vm1
    check_eq "is copied" "$(copies_of vm0 $(to 0 1))" "vm1[02] vm3[02]"
    check_eq "what comes in there is not" "$(copies_of vm1 $(to 1 0))" "vm0[01]"
    check_eq "of a flood, what goes out there" \
        "$(copies_of vm0 src=02:00:00:00:00:01 $all)" "vm1[ff] vm2[ff] vm3[ff]"

    check "both" xvs mirror set sw0 m1 select_src_port=vm0 select_dst_port=vm0,vm1
    check_eq "one copy though it is chosen twice" "$(copies_of vm0 $(to 0 1))" "vm1[02] vm3[02]"
    check_eq "the other direction" "$(copies_of vm1 $(to 1 0))" "vm0[01] vm3[01]"
    check_eq "neither" "$(copies_of vm1 $(to 1 2))" "vm2[03]"

    check "all" xvs mirror set sw0 m1 select_all
    check_eq "is copied" "$(copies_of vm1 $(to 1 2))" "vm2[03] vm3[03]"
    check "dropped packets, too" xvs flow add sw0 'priority=9,in_port=vm1,actions=drop'
    check_eq "are copied as they came in" "$(copies_of vm1 $(to 1 2))" "vm3[03]"
    check "rule" xvs flow mod sw0 'in_port=vm1,actions=mod_dl_dst:02:00:00:00:00:77,output:vm2'
    check_eq "a source's copy is as it came in" "$(copies_of vm1 $(to 1 2))" "vm2[77] vm3[03]"
    check "destination" xvs mirror set sw0 m1 select_dst_port=vm2
    check_eq "a destination's is as it goes out" "$(copies_of vm1 $(to 1 2))" "vm2[77] vm3[77]"
    check "rule" xvs flow del sw0 in_port=vm1

    before=$(tx)
    check_eq "what the output port sends is dropped" "$(copies_of vm3 src=02:00:00:00:00:04 $all)" ""
    check_eq "an address is not learned there" \
        "$(json_get '[.[] | select(.port == "vm3")] | length' fdb show sw0)" 0

    say "VLANs"
    check "one VLAN" xvs mirror set sw0 m1 select_all select_vlan=5
    check_eq "of it" "$(copies_of vm0 src=02:00:00:00:00:01 $all vlan=5)" \
        "vm1[ff@5/0] vm2[ff@5/0] vm3[ff@5/0]"
    check_eq "of another" "$(copies_of vm0 src=02:00:00:00:00:01 $all vlan=6)" \
        "vm1[ff@6/0] vm2[ff@6/0]"
    check_eq "of none" "$(copies_of vm0 $(to 0 1))" "vm1[02]"
    check "untagged" xvs mirror set sw0 m1 select_all select_vlan=0,7-9
    check_eq "of none" "$(copies_of vm0 $(to 0 1))" "vm1[02] vm3[02]"
    check "an access port" xvs port set sw0 vm0 tag=8
    check_eq "is in its VLAN" "$(copies_of vm0 $(to 0 1))" "vm1[02@8/0] vm2[02@8/0] vm3[02@8/0]"
    check "no tag" xvs port set sw0 vm0 tag=none
    check "mirror del" xvs mirror del sw0 m1
    check_eq "no copies" "$(copies_of vm0 $(to 0 1))" "vm1[02]"
    check_eq "the port is one as any other" "$(copies_of vm0 src=02:00:00:00:00:01 $all)" \
        "vm1[ff] vm2[ff] vm3[ff]"
}

# shellcheck disable=SC2046
to_a_vlan() { # HOOK
    say "into a VLAN, hook $1"
    check "an access port of VLAN 99" xvs port set sw0 vm3 tag=99
    check "mirror" xvs mirror add sw0 m1 select_src_port=vm0 output_vlan=99
    check_eq "trunks get it tagged, its access port untagged" "$(copies_of vm0 $(to 0 1))" \
        "vm1[02,02@99/0] vm2[02@99/0] vm3[02]"
    check "trunks without it" xvs port set sw0 vm2 trunks=0-98
    check_eq "get nothing" "$(copies_of vm0 $(to 0 1))" "vm1[02,02@99/0] vm3[02]"
    check "as before" xvs port set sw0 vm2 trunks=all
    check "no tag" xvs port set sw0 vm3 tag=none
    check "mirror del" xvs mirror del sw0 m1
}

for hook in tc xdp; do
    to_a_port $hook
    to_a_vlan $hook
done

say "two mirrors"
check "m1" xvs mirror add sw0 m1 select_src_port=vm0 output_port=vm3
check "m2" xvs mirror add sw0 m2 select_dst_port=vm1 output_port=vm2
# shellcheck disable=SC2046
check_eq "a copy each" "$(copies_of vm0 $(to 0 1))" "vm1[02] vm2[02] vm3[02]"
check_ledger vm0 vm1 vm2 vm3
finish
