#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# fdb_flood: a guest that sends from ever new addresses fills the learning table,
# but pushes out its own addresses only: its neighbours' frames do not come to be
# flooded to it.
#
#   vm0 10.0.0.1 ──┐
#   vm1 10.0.0.2 ──┤ sw0
#   vm2 attacker ──┘

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
guest vm2
xvs attach vm0 vm1 vm2

# 60,000 addresses at 8,000 a second.
cat >"$XVS_TEST_DIR/flood.py" <<'PY'
import socket
import time

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
start = time.monotonic()
for i in range(60000):
    try:
        s.send(b"\xff" * 6 + b"\x06" + i.to_bytes(5, "big") + b"\x88\xb5" + bytes(46))
    except OSError:
        pass
    time.sleep(max(0, start + i / 8000 - time.monotonic()))
PY

entries_of() { json_get "[.[] | select(.port == \"$1\")] | length" fdb show sw0; }
is_full() { [ "$(json_get length fdb show sw0)" -eq 8192 ]; }

know_each_other vm0 10.0.0.1 vm1 10.0.0.2
check "ping" ping_ok vm0 10.0.0.2
bg flood in_ns vm2 python3 "$XVS_TEST_DIR/flood.py"
check "the table fills up" wait_for 30 is_full
check "the attack goes on" bg_alive flood
bg cap in_ns vm2 $FRAMES capture eth0 seconds=2 type=0x0800
wait_for 5 bg_says cap ready
check "vm0 and vm1 talk meanwhile" in_ns vm0 ping -q -n -c 100 -i 0.01 -W 1 10.0.0.2
check_num "vm0's address is known" "$(entries_of vm0)" -eq 1
check_num "vm1's address is known" "$(entries_of vm1)" -eq 1
check_not "no frame of theirs comes to the attacker" bg_wait cap
check_num "the rest is the attacker's" "$(entries_of vm2)" -eq 8190
bg_stop flood
finish
