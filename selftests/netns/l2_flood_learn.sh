#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# l2_flood_learn: an unknown address is flooded, a learned one is not, and an
# address that moves is followed.
#
#   vm0 ──┐
#   vm1 ──┤ sw0      02:..:aa is a station that appears behind vm0, then vm1
#   vm2 ──┘

. "$(dirname "$0")/../lib.sh"

station=02:00:00:00:00:aa
for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2

# Is a frame with that text seen in these guests, and in no other of vm1, vm2?
sees() { # "GUESTS" FROM FRAMES-ARG...
    local want=$1 from=$2 guest seen=''
    shift 2
    for guest in vm0 vm1 vm2; do
        [ "$guest" = "$from" ] || bg "cap-$guest" in_ns "$guest" $FRAMES capture eth0 \
            go=signal seconds=0.5 type=0x88b5 >/dev/null
    done
    for guest in vm0 vm1 vm2; do
        [ "$guest" = "$from" ] || wait_for 5 bg_says "cap-$guest" ready
    done
    g "$from" $FRAMES send eth0 type=0x88b5 "$@"
    for guest in vm0 vm1 vm2; do
        [ "$guest" = "$from" ] || bg_signal "cap-$guest" USR1
    done
    for guest in vm0 vm1 vm2; do
        [ "$guest" = "$from" ] && continue
        bg_wait "cap-$guest" && seen+="$guest "
    done
    echo "seen by: ${seen:-nobody}, want: $want"
    [ "${seen% }" = "$want" ]
}

check "broadcast goes to all others" sees "vm1 vm2" vm0 src=$station payload=hello
check_eq "the source is learned behind vm0" \
    "$(json_get ".[] | select(.mac == \"$station\") | .port" fdb show sw0)" vm0
check_eq "learned, so not static" \
    "$(json_get ".[] | select(.mac == \"$station\") | .static" fdb show sw0)" false
check "unknown unicast is flooded" sees "vm1 vm2" vm0 src=$station dst=02:00:00:00:00:bb payload=x
check "learned unicast goes to its port only" \
    sees vm0 vm1 src=02:00:00:00:00:cc dst=$station payload=x
check "an answer goes to its port only" \
    sees vm1 vm0 src=$station dst=02:00:00:00:00:cc payload=x

say "the station moves to vm1"
check "its first frame from there" sees "vm0 vm2" vm1 src=$station payload=moved
moved() { [ "$(json_get ".[] | select(.mac == \"$station\") | .port" fdb show sw0)" = vm1 ]; }
check "the move is learned" wait_for 1 moved
check "frames follow it" sees vm1 vm2 src=02:00:00:00:00:dd dst=$station payload=x

check "a group address as source is not learned" \
    sees "vm1 vm2" vm0 src=03:00:00:00:00:01 payload=x
check_eq "no group address in the FDB" \
    "$(json_get '[.[] | select(.mac | startswith("03"))] | length' fdb show sw0)" 0

check "fdb add: a static entry" xvs fdb add sw0 02:00:00:00:00:ee vm2
check "frames go there" sees vm2 vm0 src=$station dst=02:00:00:00:00:ee payload=x
check "fdb del" xvs fdb del sw0 02:00:00:00:00:ee
check "flooded again" sees "vm1 vm2" vm0 src=$station dst=02:00:00:00:00:ee payload=x
check_ledger vm0 vm1 vm2
finish
