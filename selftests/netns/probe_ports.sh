#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# probe_ports: a port whose traffic makes many masks slows nobody else's search down:
# a hit of another port's one megaflow costs one probe, by the counters and by a
# trace. And it leaves some of the masks to the others.
#
#   vm0 ──┐
#         ├── sw0 ── vm1
#   vm2 ──┘
#
#   MASKS=N   that the traffic of vm2 asks for (default 90; 80 is what a port may have)

. "$(dirname "$0")/../lib.sh"

n_masks=${MASKS:-90}
budget=80 # of one port; its flows have an exact mask beyond that

# Rule N asks for a bit of an address, and frame N has that bit and none of the rules
# before it: to tell it from their frames takes all of their bits.
#   rules COUNT                    as text
#   send DEV COUNT KIND            KIND masks: each of the frames; one: the same frame
cat >"$XVS_TEST_DIR/masks.py" <<'PY'
import socket
import sys
import time

# Of each address: all bits but those for groups and for locally given ones.
BITS = [b for b in range(48) if b not in (40, 41)]
N_BITS = len(BITS)


def address(i, rest=2 << 40):
    return (rest | (1 << BITS[i] if i >= 0 else 0)).to_bytes(6, "big")


def addresses(i):
    """Destination and source, one of which has a bit."""
    return (address(-1), address(i)) if i < N_BITS else (address(i - N_BITS), address(-1))


def colons(addr):
    return ":".join("%02x" % b for b in addr)


def rule(i):
    field, bit = ("dl_src", i) if i < N_BITS else ("dl_dst", i - N_BITS)
    value = colons(address(bit, 0))
    return "priority=%d,in_port=vm2,%s=%s/%s,actions=output:vm1" % (150 - i, field, value, value)


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
many_masks() { [ "$(cache_stat .subtables)" -ge "$budget" ]; }

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
check_num "but not all that there may be" "$(cache_stat .subtables)" -le $((budget + 2))
check_num "though each of them is cached" "$(cache_stat .megaflows)" -ge $((n_masks + 1))
probes 200
check_num "all of vm0's frames are hits" "$hits" -eq 200
check_num "of one probe each" "$probed" -eq 200
check_eq "and so a trace says" "$(xvs_json trace sw0 \
    "in_port=vm0,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:00,dl_type=0x88b5" |
    jq -c '.fast_path.lookups | map(.subtables_probed)')" '[1]'
check "while there are as many masks" many_masks

say "one rule for all of vm2's frames"
xvs flow del sw0 in_port=vm2
xvs flow add sw0 in_port=vm2,actions=output:vm1
one_each() { [ "$(cache_stat .megaflows)" -le 2 ]; }
check "flows that had to be exact become wide" wait_for 5 one_each
probes 50
check_num "all of vm0's frames are hits" "$hits" -eq 50
check_ledger vm0 vm1 vm2
finish
