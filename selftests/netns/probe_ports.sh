#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# probe_ports: a port whose traffic makes many masks slows nobody else's search down:
# a hit of another port's one megaflow costs one probe, by the counters and by a
# trace.
#
#   vm0 ──┐
#         ├── sw0 ── vm1
#   vm2 ──┘
#
#   MASKS=N   that the traffic of vm2 makes (default 70)

. "$(dirname "$0")/../lib.sh"

n_masks=${MASKS:-70}

# Rule N asks for a bit of an address, and frame N has that bit and none of the rules
# before it: to tell it from their frames takes all of their bits.
#   rules COUNT                    as text
#   send DEV COUNT KIND            KIND masks: each of the frames; one: the same frame
cat >"$XVS_TEST_DIR/masks.py" <<'PY'
import socket
import sys
import time

N_BITS = 40  # the last five bytes of each address


def address(bit):
    return b"\x02" + (1 << bit if bit >= 0 else 0).to_bytes(5, "big")


def addresses(i):
    """Destination and source, one of which has a bit."""
    return (address(-1), address(i)) if i < N_BITS else (address(i - N_BITS), address(-1))


def colons(addr):
    return ":".join("%02x" % b for b in addr)


def rule(i):
    field, bit = ("dl_src", i) if i < N_BITS else ("dl_dst", i - N_BITS)
    value = colons(b"\x00" + address(bit)[1:])
    return "priority=%d,in_port=vm2,%s=%s/%s,actions=output:vm1" % (100 - i, field, value, value)


def frame(i):
    return b"".join(addresses(i)) + b"\x88\xb5" + bytes(46)


if sys.argv[1] == "rules":
    print("priority=200,in_port=vm0,actions=output:vm1")
    for i in range(int(sys.argv[2])):
        print(rule(i))
else:
    dev, count, kind = sys.argv[2], int(sys.argv[3]), sys.argv[4]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((dev, 0))
    for i in range(count):
        s.send(frame(i if kind == "masks" else 0))
        time.sleep(.002)
PY

masks_py() { python3 "$XVS_TEST_DIR/masks.py" "$@"; }
send() { in_ns "$1" python3 "$XVS_TEST_DIR/masks.py" send eth0 "$2" "$3"; }
many_masks() { [ "$(cache_stat .subtables)" -ge "$n_masks" ]; }

# What $1 frames of vm0 counted, in $hits and $probed.
probes() { # COUNT
    local a b
    a=$(xvs_json cache stats sw0)
    send vm0 "$1" one
    b=$(xvs_json cache stats sw0)
    read -r hits probed < <(jq -rn --argjson a "$a" --argjson b "$b" \
        '"\($b.megaflow.hits - $a.megaflow.hits) \($b.megaflow.subtables_probed -
        $a.megaflow.subtables_probed)"')
    say "$1 frames of vm0: $hits megaflow hits, $probed subtables probed"
}

for i in vm0 vm1 vm2; do
    guest "$i"
done
xvs attach vm0 vm1 vm2
masks_py rules "$n_masks" >"$XVS_TEST_DIR/rules"
xvs flow replace sw0 "$XVS_TEST_DIR/rules"
xvs cache set sw0 micro=off

send vm0 1 one
send vm2 "$n_masks" masks
check "vm2's frames make many masks" many_masks
probes 200
check_num "all of vm0's frames are hits" "$hits" -eq 200
check_num "of one probe each" "$probed" -eq 200
check_eq "and so a trace says" "$(xvs_json trace sw0 \
    "in_port=vm0,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:00,dl_type=0x88b5" |
    jq -c '.fast_path.lookups | map(.subtables_probed)')" '[1]'
check_num "while there are as many masks" "$(cache_stat .subtables)" -ge "$n_masks"
check_ledger vm0 vm1 vm2
finish
