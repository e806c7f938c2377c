#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# replay_tag: a packet that went through the daemon has its tag back with all of
# its bits, as the packets of its flow that follow it by the fast path.
#
#   vm0 (trunk) ── sw0 ── vm1 (trunk)

. "$(dirname "$0")/../lib.sh"

guest vm0
guest vm1
xvs attach vm0 vm1

# Prints the tag control information of COUNT frames that carry the text.
cat >"$XVS_TEST_DIR/tci.py" <<'PY'
import socket
import struct
import sys

SOL_PACKET, PACKET_AUXDATA, VLAN_VALID = 263, 8, 16
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind(("eth0", 0))
s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
s.settimeout(3)
print("ready", flush=True)
left = int(sys.argv[1])
while left:
    frame, ancillary, _, _ = s.recvmsg(2000, 256)
    if b"\x88\xb5eligible" not in frame:
        continue
    tci = struct.unpack_from("!H", frame, 14)[0]
    for _, _, data in ancillary:
        status, _, _, _, _, beside, _ = struct.unpack("=IIIHHHH", data[:20])
        if status & VLAN_VALID:
            tci = beside
    print("%04x" % tci, flush=True)
    left -= 1
PY

# Priority 1, drop eligible (4096), VLAN 20.
bg cap in_ns vm1 python3 "$XVS_TEST_DIR/tci.py" 2
wait_for 5 bg_says cap ready
upcalls=$(cache_stat .upcalls.received)
g vm0 $FRAMES send eth0 type=0x88b5 vlan=$((4096 + 20))/1 payload=eligible
wait_for 2 bg_says cap 14
check_num "the first goes through the daemon" \
    $(($(cache_stat .upcalls.received) - upcalls)) -eq 1
g vm0 $FRAMES send eth0 type=0x88b5 vlan=$((4096 + 20))/1 payload=eligible
check "both arrive" bg_wait cap
check_eq "with the same tag" "$(bg_out cap | paste -sd' ')" "ready 3014 3014"
check_ledger vm0 vm1
finish
