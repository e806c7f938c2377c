#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_allow_deny: real programs through the firewall of the switch. What a rule
# allows works in both directions of its connection; what it drops is silent, what it
# rejects is answered as the rule says; each is counted, and told by trace and log.
#
#   vm0 10.0.0.1, 2001:db8::1 ── sw0 ── vm1 10.0.0.2, 2001:db8::2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 2001:db8::1/64
guest vm1 10.0.0.2/24 2001:db8::2/64
xvs attach vm0 vm1

serve() { # PORT
    bg "http$1" in_ns vm1 python3 -c '
import http.server, socket, sys
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"hello" * 20000)
    def log_message(self, *args): pass
Server(("::", int(sys.argv[1])), Handler).serve_forever()' "$1"
    wait_for 5 listening vm1 "$1"
}
# How a TCP connection of vm0 comes out: connected, refused, timeout ...
try_tcp() { # IP PORT
    in_ns vm0 python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.settimeout(1)
try:
    s.connect((sys.argv[1], int(sys.argv[2]))); print("connected")
except OSError as e:
    print(type(e).__name__)' "$1" "$2"
}
fetch() { # IP PORT: bytes
    in_ns vm0 python3 -c '
import sys, urllib.request
print(len(urllib.request.urlopen(sys.argv[1], timeout=3).read()))' "http://$1:$2/" 2>/dev/null
}
# What a UDP datagram of vm0 is answered with.
try_udp() { # IP PORT
    in_ns vm0 python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.5)
s.setsockopt(*((41, 25, 1) if ":" in sys.argv[1] else (0, 11, 1)))
s.connect((sys.argv[1], int(sys.argv[2]))); s.send(b"x")
try:
    s.recv(10); print("answered")
except OSError as e:
    print(type(e).__name__, e.errno or "")' "$1" "$2"
}
hits() { # RULE
    json_get ".[] | select(.name == \"$1\") | .packets" policy rule show sw0
}

serve 80
serve 81
check_eq "no policy: HTTP" "$(fetch 10.0.0.2 80)" 100000

say "default drop, HTTP allowed"
check "section" xvs policy section add sw0 web
check "rule" xvs policy rule add sw0 web name=http service=tcp:80 action=allow
check "default set" xvs policy default set sw0 action=drop
check_eq "HTTP works" "$(fetch 10.0.0.2 80)" 100000
check_eq "by IPv6, neighbour discovery included" "$(fetch '[2001:db8::2]' 80)" 100000
check_eq "port 81: silence" "$(try_tcp 10.0.0.2 81)" TimeoutError
check_eq "the same by IPv6" "$(try_tcp 2001:db8::2 81)" TimeoutError
check_not "ping: silence" ping_quick vm0 10.0.0.2
check_num "counted as policy" "$(drops_of vm0 policy)" -ge 3
check_num "the rule has hits" "$(hits http)" -ge 2
check "the other way nothing is allowed" test "$(in_ns vm1 python3 -c '
import socket
s = socket.socket(); s.settimeout(0.5)
try: s.connect(("10.0.0.1", 22)); print("connected")
except OSError as e: print(type(e).__name__)')" = TimeoutError

say "what decides is told"
check_match "trace: the rule" "$(xvs trace sw0 \
    'in_port=vm0,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=4000,tp_dst=80,tcp_flags=syn')" \
    'policy: out at vm0: section web, rule [0-9]+ http: allow'
check_match "trace: the default" "$(xvs trace sw0 \
    'in_port=vm0,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=4000,tp_dst=81,tcp_flags=syn')" \
    'policy: out at vm0: default rule: drop'

say "reject"
check "rule" xvs policy rule add sw0 web name=refuse service=tcp:81,udp,icmp,icmp6 action=reject
bg dump in_ns vm0 tcpdump -i eth0 -n -l --immediate-mode 'tcp[tcpflags] & tcp-rst != 0 or icmp or icmp6'
wait_for 5 bg_says dump listening || sleep 1
check_eq "TCP: reset" "$(try_tcp 10.0.0.2 81)" ConnectionRefusedError
check_eq "TCP by IPv6: reset" "$(try_tcp 2001:db8::2 81)" ConnectionRefusedError
check_match "UDP: administratively prohibited" "$(try_udp 10.0.0.2 9)" 'OSError 113|PermissionError|OSError 13'
check_match "UDP by IPv6: the same" "$(try_udp 2001:db8::2 9)" 'PermissionError|OSError 13'
check_match "ping: prohibited" "$(in_ns vm0 ping -c 1 -W 1 10.0.0.2)" 'Packet filtered|Prohibited'
wait_for 3 bg_says dump 'admin prohibited' || :
check_match "as tcpdump sees it: 3/13" "$(bg_out dump)" 'ICMP host 10.0.0.2 unreachable - admin prohibited'
check_match "as tcpdump sees it: a reset" "$(bg_out dump)" '10.0.0.2.81 > 10.0.0.1.*Flags \[R.\]'
bg_stop dump
check_num "rejected packets are drops too" "$(drops_of vm0 policy)" -ge 8
check_eq "HTTP still works" "$(fetch 10.0.0.2 80)" 100000

say "log"
check "rule set log=yes" xvs policy rule set sw0 http log=yes
check_eq "HTTP" "$(fetch 10.0.0.2 80)" 100000
logged() { json_get '.[] | select(.name == "http" and .action == "allow") | .packet' policy log sw0 |
    grep -q 'nw_dst=10.0.0.2.*tp_dst=80'; }
check "a connection is logged" wait_for 3 logged
check_match "for people" "$(xvs policy log sw0)" 'allow port=vm[01] rule=http tcp,'

say "applied to one of the two"
check "policy of one rule" xvs policy replace sw0 - <<<'section add s
rule add s name=in80 service=tcp:80 direction=in applied-to=port:vm1 action=allow
rule add s name=out80 service=tcp:80 direction=out applied-to=port:vm0 action=allow
default set action=drop'
check_eq "both sides allow" "$(fetch 10.0.0.2 80)" 100000
check_num "the sender's rule" "$(hits out80)" -ge 1
check_num "the receiver's rule" "$(hits in80)" -ge 1
rules_of() { json_get '.[] | select(.orig.dport == 80) | .rule_name' ct show sw0 | tail -n 1; }
check_eq "ct show names both" "$(rules_of)" out80+in80
check "the receiver's goes" xvs policy rule del sw0 in80
check_eq "one side alone is not enough" "$(try_tcp 10.0.0.2 80)" TimeoutError
check "excluded" xvs policy exclude add sw0 vm1
check_eq "needs no rule" "$(fetch 10.0.0.2 80)" 100000
check_ledger vm0 vm1
finish
