#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# replay_tunnel: a guest's own tunnel works when its packets go through the
# daemon. Its stack leaves the inner checksum to the device; a replayed packet
# has to leave with that finished, or its receiver throws it away.
#
#   vm0 10.0.0.1 (10.7.x.1 in the tunnel) ──┐
#                                           │ sw0, one cached flow at most
#   vm1 10.0.0.2 (10.7.x.2 in the tunnel) ──┘

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 fd00::1/64
guest vm1 10.0.0.2/24 fd00::2/64
xvs attach vm0 vm1

# An echo server, and a client that wants 20 small messages back within 3 s:
# small ones, as a large segment inside a tunnel is not replayed whole.
cat >"$XVS_TEST_DIR/echo.py" <<'PY'
import socket
import sys

role, address = sys.argv[1:3]
kind = socket.AF_INET6 if ":" in address else socket.AF_INET
if role == "serve":
    listener = socket.socket(kind)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 5000))
    listener.listen(1)
    print("ready", flush=True)
    peer = listener.accept()[0]
    while data := peer.recv(4096):
        peer.sendall(data)
else:
    peer = socket.socket(kind)
    peer.settimeout(3)
    peer.connect((address, 5000))
    for i in range(20):
        message, answer = b"%03d" % i * 30, b""
        peer.sendall(message)
        while len(answer) < len(message):
            answer += peer.recv(4096)
        assert answer == message
PY

# The receivers' counters of bad checksums, TCP and UDP, both guests.
bad_sums() {
    local guest
    for guest in vm0 vm1; do
        in_ns $guest cat /proc/net/snmp /proc/net/snmp6
    done | awk '
        /^(Tcp|Udp):/ { if (head[$1]++ % 2 == 0) { n = 0; for (i = 2; i <= NF; i++)
                            if ($i == "InCsumErrors") n = i }
                        else if (n) sum += $n }
        /^Udp6InCsumErrors/ { sum += $2 }
        END { print sum + 0 }'
}

tunnel() { # TYPE SUBNET REMOTE-PREFIX TYPE-ARG...
    local i
    for i in 0 1; do
        ip -n vm$i link add tun0 type "$1" ${3:+remote $3$((2 - i))} "${@:4}" || return 1
        ip -n vm$i addr add "10.7.$2.$((i + 1))/24" dev tun0
        ip -n vm$i link set tun0 mtu 1300 up
    done
}

try_tunnel() { # NAME SUBNET TYPE REMOTE-PREFIX TYPE-ARG...
    local name=$1 subnet=$2 upcalls bad
    say "[vm0 vm1] tunnel $name: ${*:3}"
    if ! tunnel "$3" "$subnet" "${@:4}" 2>"$XVS_TEST_DIR/tunnel.err"; then
        skip "$name" "the kernel does not make it: $(tail -n 1 "$XVS_TEST_DIR/tunnel.err")"
        ip -n vm0 link del tun0 2>/dev/null || :
        return 0
    fi
    upcalls=$(cache_stat .upcalls.received) bad=$(bad_sums)
    bg server in_ns vm1 python3 "$XVS_TEST_DIR/echo.py" serve "10.7.$subnet.2"
    wait_for 5 bg_says server ready
    check "$name: TCP inside" in_ns vm0 python3 "$XVS_TEST_DIR/echo.py" ask "10.7.$subnet.2"
    bg_stop server
    check_num "$name: ... by upcalls" $(($(cache_stat .upcalls.received) - upcalls)) -ge 20
    check_num "$name: bad checksums" $(($(bad_sums) - bad)) -eq 0
    ip -n vm0 link del tun0
    ip -n vm1 link del tun0
}

check "ping" ping_ok vm0 10.0.0.2
check "no megaflows" xvs cache set sw0 mega=off
check "room for one flow" xvs cache set sw0 limit=1
try_tunnel "vxlan" 1 vxlan 10.0.0. id 7 dstport 4789 udpcsum
try_tunnel "vxlan without an outer checksum" 2 vxlan 10.0.0. id 7 dstport 8472 noudpcsum
try_tunnel "vxlan over IPv6" 3 vxlan fd00:: id 7 dstport 4789
try_tunnel "geneve" 4 geneve 10.0.0. id 7 udpcsum
try_tunnel "gre" 5 gretap 10.0.0. key 7
check_ledger vm0 vm1
finish
