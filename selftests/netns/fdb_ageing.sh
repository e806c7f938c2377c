#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# fdb_ageing: learned addresses grow old, traffic keeps them young, a flush
# forgets them and cached flows stop using them. (That 300 s are the limit is
# tested with a clock of its own in tests/unit/test_fdb.c.)
#
#   vm0 ──┐
#   vm1 ──┤ sw0
#   vm2 ──┘

. "$(dirname "$0")/../lib.sh"

for i in 0 1 2; do
    guest vm$i 10.0.0.$((i + 1))/24
done
xvs attach vm0 vm1 vm2

age_of() { json_get ".[] | select(.mac == \"$1\") | .age_s" fdb show sw0; }
n_entries() { json_get length fdb show sw0; }
older() { [ "$(age_of "$1")" -ge 2 ]; }
young() { [ "$(age_of "$1")" -le 1 ]; }

know_each_other vm0 10.0.0.1 vm1 10.0.0.2
check "ping" ping_ok vm0 10.0.0.2
mac=$(dev_mac vm0)
check_num "an entry just learned is young" "$(age_of "$mac")" -le 1
check "without traffic it grows older" wait_for 4 older "$mac"
check "ping again" ping_ok vm0 10.0.0.2
check "traffic makes it young" wait_for 2 young "$mac"

check "flush" xvs fdb flush sw0
check_num "nothing is left" "$(n_entries)" -eq 0
bg cap in_ns vm2 $FRAMES capture eth0 seconds=2 type=0x88b5
wait_for 5 bg_says cap ready
g vm0 $FRAMES send eth0 type=0x88b5 dst="$(dev_mac vm1)" src="$mac" payload=flooded
check "what had been learned is flooded again" bg_wait cap
check "ping after the flush" ping_ok vm0 10.0.0.2

check "fdb add keeps a static entry" xvs fdb add sw0 02:00:00:00:00:ee vm2
check "flush of one port" xvs fdb flush sw0 vm0
check_eq "vm0's entries are gone" \
    "$(json_get '[.[] | select(.port == "vm0")] | length' fdb show sw0)" 0
check_eq "static entries stay" \
    "$(json_get '.[] | select(.mac == "02:00:00:00:00:ee") | .static' fdb show sw0)" true
finish
