#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# flow_actions: rewrites that real stacks at both ends accept: addresses and
# ports (so checksums too, with the guests' offloads on), TTL, copies.
#
#   vm0 10.0.0.1, fd00::1 ──┐
#   vm1 10.0.0.2, fd00::2 ──┤ sw0
#   vm2 10.0.0.3            ┘
#
# 10.0.0.100:8080 and [fd00::100]:8080 exist only in the rules: they are vm1:80.

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 fd00::1/64
guest vm1 10.0.0.2/24 fd00::2/64
guest vm2 10.0.0.3/24
xvs attach vm0 vm1 vm2
mac0=$(dev_mac vm0)
mac1=$(dev_mac vm1)
ip -n vm0 neigh replace 10.0.0.100 lladdr 02:00:00:00:00:99 dev eth0 nud permanent
ip -n vm0 neigh replace fd00::100 lladdr 02:00:00:00:00:99 dev eth0 nud permanent

to="mod_dl_dst:$mac1"
xvs flow add sw0 "priority=10,tcp,nw_dst=10.0.0.100,tp_dst=8080,\
actions=$to,mod_nw_dst:10.0.0.2,mod_tp_dst:80,output:vm1"
xvs flow add sw0 "priority=10,tcp,nw_src=10.0.0.2,tp_src=80,\
actions=mod_nw_src:10.0.0.100,mod_tp_src:8080,output:vm0"
xvs flow add sw0 "priority=10,tcp6,ipv6_dst=fd00::100,tp_dst=8080,\
actions=$to,set_field:fd00::2->ipv6_dst,set_field:80->tcp_dst,output:vm1"
xvs flow add sw0 "priority=10,tcp6,ipv6_src=fd00::2,tp_src=80,\
actions=set_field:fd00::100->ipv6_src,set_field:8080->tcp_src,output:vm0"

# A megabyte through the rewritten connection, and back its checksum.
python_server() { # ADDRESS
    cat <<PY
import hashlib, socket
f = socket.AF_INET6 if ":" in "$1" else socket.AF_INET
s = socket.socket(f); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("$1", 80)); s.listen(); print("ready", flush=True)
c, _ = s.accept(); h = hashlib.sha256()
while True:
    d = c.recv(65536)
    if not d: break
    h.update(d)
c.sendall(h.hexdigest().encode()); c.close()
PY
}
python_client() { # ADDRESS
    cat <<PY
import hashlib, os, socket
d = os.urandom(1 << 20)
s = socket.create_connection(("$1", 8080), timeout=10)
s.sendall(d); s.shutdown(socket.SHUT_WR)
got = b""
while len(got) < 64:
    part = s.recv(64)
    if not part: break
    got += part
assert got.decode() == hashlib.sha256(d).hexdigest(), got
PY
}
connects() { # SERVER-ADDRESS VIRTUAL-ADDRESS
    bg server in_ns vm1 python3 -c "$(python_server "$1")"
    wait_for 5 bg_says server ready || return 1
    timeout 15 nsenter --net=/run/netns/vm0 python3 -c "$(python_client "$2")"
    local status=$?
    bg_stop server
    return $status
}
check "TCP to the virtual address, IPv4" connects 10.0.0.2 10.0.0.100
check "TCP to the virtual address, IPv6" connects fd00::2 fd00::100
bad_csums() { in_ns vm1 awk '/^Tcp:/ && !n++ { split($0, h) } /^Tcp:/ { split($0, v) }
    END { for (i in h) if (h[i] == "InCsumErrors") print v[i] }' /proc/net/snmp; }
check_num "the receiver saw no wrong checksum" "$(bad_csums)" -eq 0

say "UDP with and without checksum, through mod_tp_dst"
xvs flow add sw0 "priority=10,udp,nw_dst=10.0.0.2,tp_dst=5001,actions=mod_tp_dst:5000,output:vm1"
udp_arrives() { # [no checksum]
    bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 50 1500
    wait_for 5 bg_says recv ready
    in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5001 50 500 "${1:-32}"
    bg_wait recv
    [ "$(bg_out recv | tail -n 1 | jq .received)" = 50 ]
}
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
check "small packets arrive at the other port" udp_arrives
check "packets of 1,400 bytes" udp_arrives 1400

say "dec_ttl"
xvs flow add sw0 "priority=20,icmp,nw_src=10.0.0.1,icmp_type=8,actions=dec_ttl,output:vm1"
check "TTL 2 passes and answers" ping_ok vm0 10.0.0.2 -t 2
check_not "TTL 1 does not" ping_ok vm0 10.0.0.2 -t 1 -W 0.2
check_num "and is dropped as ttl-expired" "$(drops_of vm0 ttl-expired)" -ge 1
bg cap in_ns vm1 tcpdump -lvnni eth0 -c 1 'icmp and src 10.0.0.1'
wait_for 5 bg_says cap listening
check "a ping with TTL 64" ping_ok vm0 10.0.0.2 -t 64
wait_for 3 bg_says cap 'ttl 63' || :
check_match "arrives with 63" "$(bg_out cap)" 'ttl 63'
bg_stop cap

say "several outputs, with a change between them"
xvs flow add sw0 "priority=30,dl_type=0x88b5,\
actions=output:vm1,mod_dl_src:02:00:00:00:00:77,output:vm2"
bg cap1 in_ns vm1 $FRAMES capture eth0 type=0x88b5
bg cap2 in_ns vm2 $FRAMES capture eth0 type=0x88b5
wait_for 5 bg_says cap1 ready
wait_for 5 bg_says cap2 ready
g vm0 $FRAMES send eth0 src="$mac0" payload=twice
check "vm1 gets its copy" bg_wait cap1
check "vm2 gets its copy" bg_wait cap2
check_match "the first as it came" "$(bg_out cap1)" "$mac0 0x88b5 twice"
check_match "the second changed" "$(bg_out cap2)" "02:00:00:00:00:77 0x88b5 twice"

say "tags: push, set, strip"
xvs flow add sw0 "priority=40,dl_type=0x88b6,vlan_tci=0,\
actions=mod_vlan_vid:7,mod_vlan_pcp:3,output:vm1,strip_vlan,output:vm2"
bg cap1 in_ns vm1 $FRAMES capture eth0 type=0x88b6
bg cap2 in_ns vm2 $FRAMES capture eth0 type=0x88b6
wait_for 5 bg_says cap1 ready
wait_for 5 bg_says cap2 ready
g vm0 $FRAMES send eth0 type=0x88b6 payload=tagged
bg_wait cap1 || :
bg_wait cap2 || :
check_match "vm1 sees the tag" "$(bg_out cap1)" 'vlan 7/3 0x88b6 tagged'
check_match "vm2 does not" "$(bg_out cap2)" ':aa 0x88b6 tagged'
check_ledger vm0 vm1 vm2
finish
