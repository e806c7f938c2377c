#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_fqdn: a rule for names lets a guest connect to the addresses that DNS has
# just told it, from the first packet on, until their time is over; and to no other.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2: DNS; 10.0.0.3, 10.0.0.4: www, other

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
ip -n vm1 addr add 10.0.0.3/24 dev eth0
ip -n vm1 addr add 10.0.0.4/24 dev eth0
xvs attach vm0 vm1

cat >"$XVS_TEST_DIR/dns.py" <<'PY'
# Answers every A query: www.example.org is an alias of host.cdn.net, whose address is
# 10.0.0.3; anything else is 10.0.0.4. Times to live are argument 1.
import socket, struct, sys
ttl = int(sys.argv[1])
def name(s): return b"".join(bytes([len(l)]) + l.encode() for l in s.split(".")) + b"\0"
def rr(owner, kind, data): return owner + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.2", 53))
print("ready", flush=True)
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    www = q[12:end].lower().startswith(name("www.example.org"))
    answers = [rr(b"\xc0\x0c", 5, name("host.cdn.net")),
               rr(name("host.cdn.net"), 1, bytes([10, 0, 0, 3]))] if www else \
              [rr(b"\xc0\x0c", 1, bytes([10, 0, 0, 4]))]
    s.sendto(q[:2] + struct.pack(">HHHHH", 0x8180, 1, len(answers), 0, 0) + q[12:end] +
             b"".join(answers), peer)
PY
cat >"$XVS_TEST_DIR/client.py" <<'PY'
# NAME PORT: asks for the name, and connects to what the answer says at once.
import socket, sys
def name(s): return b"".join(bytes([len(l)]) + l.encode() for l in s.split(".")) + b"\0"
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.settimeout(2)
u.sendto(b"\x12\x34\x01\0\0\1\0\0\0\0\0\0" + name(sys.argv[1]) + b"\0\1\0\1", ("10.0.0.2", 53))
ip = socket.inet_ntoa(u.recv(512)[-4:])
t = socket.socket()
t.settimeout(0.8)
try:
    t.connect((ip, int(sys.argv[2]))); print(ip, "connected")
except OSError as e:
    print(ip, type(e).__name__)
PY
ask() { in_ns vm0 python3 "$XVS_TEST_DIR/client.py" "$1" 80; }
try() { # IP
    in_ns vm0 python3 -c '
import socket, sys
t = socket.socket(); t.settimeout(0.5)
try: t.connect((sys.argv[1], 80)); print("connected")
except OSError as e: print(type(e).__name__)' "$1"
}
if command -v dnsmasq >/dev/null; then
    say "dnsmasq answers"
    bg dns in_ns vm1 dnsmasq --no-daemon --no-resolv --no-hosts --conf-file=/dev/null -u root \
        --listen-address=10.0.0.2 --bind-interfaces --host-record=host.cdn.net,10.0.0.3,6 \
        --cname=www.example.org,host.cdn.net,6 --host-record=www.example.net,10.0.0.4,6
    answers() { in_ns vm1 ss -Hlun sport = :53 | grep -q 10.0.0.2; }
else
    bg dns in_ns vm1 python3 "$XVS_TEST_DIR/dns.py" 6
    answers() { bg_says dns ready; }
fi
bg http in_ns vm1 python3 -m http.server 80
wait_for 5 answers
wait_for 5 listening vm1 80

check "a policy for a name" xvs policy replace sw0 - <<<'section add s
rule add s name=dns service=udp:53 to=10.0.0.2 action=allow
rule add s name=www service=tcp:80 to=fqdn:*.example.org action=allow
default set action=drop'

check_eq "before anybody has asked: silence" "$(try 10.0.0.3)" TimeoutError
check_eq "asked for: the first connection works" "$(ask WWW.example.org)" "10.0.0.3 connected"
check_eq "and those that follow" "$(try 10.0.0.3)" connected
check_eq "another name is answered, and not allowed" "$(ask www.example.net)" \
    "10.0.0.4 TimeoutError"
check_eq "asked again, by the cached flow" "$(ask www.example.org)" "10.0.0.3 connected"
over() { [ "$(try 10.0.0.3)" = TimeoutError ]; }
check "its time is over: silence" wait_for 20 over
check_eq "asked again" "$(ask www.example.org)" "10.0.0.3 connected"
check_ledger vm0 vm1
finish
