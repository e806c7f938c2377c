#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# upcall_fair: one port brings as many new flows as the machine makes, without
# any limit but the queues; another port's new flows are set up all the same,
# none of its packets is refused, and what the first one loses is counted as its.
#
#   vm0 10.0.0.1 (floods) ──┐
#   vm1 10.0.0.2 ───────────┼── sw0
#   vm2 10.0.0.3 ───────────┘

. "$(dirname "$0")/../lib.sh"

n_new=200

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
guest vm2 10.0.0.3/24
know_each_other vm1 10.0.0.2 vm2 10.0.0.3
know_each_other vm0 10.0.0.1 vm2 10.0.0.3
xvs attach vm0 vm1 vm2
# Every packet of other ports is a flow of its own.
xvs cache set sw0 mega=off
check "admission lets everything up, a queue is short" xvs admission set rate=0 byte-rate=0 queue=256
check "vm0 and vm2 reach each other" ping_ok vm0 10.0.0.3
check "vm1 and vm2 reach each other" ping_ok vm1 10.0.0.3
check_ledger vm0 vm1

bg echo in_ns vm2 python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.3", 7000))
print("ready", flush=True)
while True:
    data, peer = s.recvfrom(100)
    s.sendto(data, peer)'
wait_for 5 bg_says echo ready

# Random addresses and ports to a guest that takes nothing of it.
in_ns vm2 bash -c 'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter'
bg flood in_ns vm0 python3 -c '
import os, random, socket, struct, sys
dst, src = bytes.fromhex(sys.argv[1].replace(":", "")), bytes.fromhex(sys.argv[2].replace(":", ""))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
rnd = random.Random(7)
def checksum(b):
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    n = (n >> 16) + (n & 0xffff)
    return ~(n + (n >> 16)) & 0xffff
def head():
    ip = struct.pack("!BBHHHBBHI4s", 0x45, 0, 46, 0, 0, 64, 17, 0,
                     0x0a010000 | rnd.getrandbits(16), bytes([10, 0, 0, 3]))
    return dst + src + b"\x08\x00" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
heads = [head() for _ in range(2000)]
print("ready", flush=True)
n = 0
while True:
    try:
        s.send(heads[n % 2000] + struct.pack("!IHH", rnd.getrandbits(32), 26, 0) + b"x" * 18)
    except OSError: # its queue is full
        continue
    n += 1' "$(dev_mac vm2)" "$(dev_mac vm0)"
wait_for 20 bg_says flood ready
lost_some() { [ "$(drops_of vm0 upcall-queue-full)" -gt 0 ]; }
if wait_for 10 lost_some; then
    pass "the flood fills its queue"
else
    fail "the flood fills its queue"
    xvs_json drops show sw0 | quote
fi
before=$(cache_stat .upcalls.received)

# One at a time, each from a port of its own: the first packet of a flow, and the
# first of the way back.
check_exit "$n_new new flows of another port" 0 in_ns vm1 python3 -c '
import json, socket, sys, time
late = []
lost = 0
for i in range(int(sys.argv[1])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("10.0.0.2", 30000 + i))
    s.settimeout(2)
    at = time.monotonic()
    s.sendto(b"%d" % i, ("10.0.0.3", 7000))
    try:
        s.recv(100)
        late.append((time.monotonic() - at) * 1000)
    except socket.timeout:
        lost += 1
    s.close()
late.sort()
print(json.dumps({"answered": len(late), "lost": lost, "p50_ms": round(late[len(late) // 2], 2),
                  "p99_ms": round(late[len(late) * 99 // 100], 2), "max_ms": round(late[-1], 2)}))
' $n_new
flows=$out
say "$flows"
check_eq "all of them are answered" "$(jq .answered <<<"$flows")" "$n_new"
check_num "the flood goes on meanwhile: upcalls" $(($(cache_stat .upcalls.received) - before)) \
    -ge $((10 * n_new))
check "a client is answered within a second" xvs -t 1 status
check "the flood is not over" bg_alive flood
bg_stop flood
bg_stop echo

refused() { # PORT: dropped for any reason of upcalls
    json_get "[.[] | select(.port == \"$1\" and (.reason | startswith(\"upcall-\"))) | .packets] |
        add // 0" drops show sw0
}
check_num "the other port has lost nothing" "$(refused vm1)" -eq 0
check_num "nor has the one that answers" "$(refused vm2)" -eq 0
check_num "the flood has, in its queue" "$(drops_of vm0 upcall-queue-full)" -gt 0
check_num "and nothing by admission of its port" "$(drops_of vm0 upcall-admission)" -eq 0
xvs_json drops show sw0 | quote
check_ledger vm0 vm1 vm2
check_num "nothing waits any more" "$(json_get .waiting.packets admission show)" -eq 0
check_num "what found no room is what was dropped" "$(json_get .waiting.refused admission show)" \
    -eq "$(drops_of vm0 upcall-queue-full)"
finish
