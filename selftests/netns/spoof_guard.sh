#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# spoof_guard: a guest sends from its own addresses only, ARP and ND included;
# what is refused is counted, and a change holds for cached flows.
#
#   vm0 10.0.0.1, 2001:db8::1 ── sw0 ── vm1 10.0.0.2, 2001:db8::2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24 2001:db8::1/64
guest vm1 10.0.0.2/24 2001:db8::2/64
xvs attach vm0 vm1
mac=$(guest_mac vm0)

refused() { drops_of vm0 spoof-guard; }
cat >"$XVS_TEST_DIR/frame.py" <<'PY'
# Sends one frame, hexadecimal; DEV FRAME
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
s.send(bytes.fromhex(sys.argv[2].replace(":", "").replace(" ", "")))
PY
dev=eth0
send() { in_ns vm0 python3 "$XVS_TEST_DIR/frame.py" "$dev" "$1"; }
drops() { # DESCRIPTION FRAME: it is dropped by the guard
    local before
    before=$(refused)
    send "$2"
    one_more() { [ "$(refused)" -eq $((before + 1)) ]; }
    check "$1: refused" wait_for 3 one_more
}
passes() { # DESCRIPTION FRAME
    local before tx
    before=$(refused) tx=$(port_stat vm1 tx_packets)
    send "$2"
    one_sent() { [ "$(port_stat vm1 tx_packets)" -gt "$tx" ]; }
    check "$1: passes" wait_for 3 one_sent
    check_eq "$1: not counted" "$(refused)" "$before"
}

check "the guests reach each other" ping_ok vm0 10.0.0.2
check "by IPv6" ping_ok vm0 2001:db8::2

say "what may be set"
check_exit "a guard without a MAC" 2 xvs port set sw0 vm0 addresses=10.0.0.1 spoof-guard=on
check_match "says so" "$err" 'no MAC is among its addresses'
check_exit "an address that is none" 2 xvs port set sw0 vm0 addresses=10.0.0.1,10.0.1
check_match "with a caret" "$err" ' +\^'
check_eq "nothing has changed" "$(port_stat vm0 addresses)" null
check "addresses and guard" xvs port set sw0 vm0 "addresses=$mac,10.0.0.1,2001:db8::1" \
    spoof-guard=on
check_eq "port show" "$(port_stat vm0 addresses) $(port_stat vm0 spoof_guard)" \
    "$mac,10.0.0.1,2001:db8::1 true"

say "the guest's own addresses"
check "ping" ping_ok vm0 10.0.0.2
check "ping by IPv6, its neighbour discovery included" ping_ok vm0 2001:db8::2
in_ns vm0 ip neigh flush all
in_ns vm1 ip neigh flush all
check "ARP anew" ping_ok vm1 10.0.0.1
check "ND anew" ping_ok vm1 2001:db8::1
check_eq "nothing was refused" "$(refused)" 0

say "others"
g vm0 ip addr add 10.0.0.66/24 dev "$dev"
check_not "ping from another address" in_ns vm0 ping -c 1 -W 1 -I 10.0.0.66 10.0.0.2
check_num "is refused" "$(refused)" -ge 1
g vm0 ip addr del 10.0.0.66/24 dev "$dev"
m=${mac//:/}
to=$(guest_mac vm1)
arp() { # OPERATION SENDER-MAC SENDER-IP: to all
    echo "ffffffffffff $m 0806 0001 0800 06 04 000$1 ${2//:/} $3 000000000000 0a000002"
}
drops "a source MAC" "$to 525400000099 88b5 $(printf '00%.0s' {1..46})"
passes "an own one" "$to $m 88b5 $(printf '00%.0s' {1..46})"
drops "ARP for another's address" "$(arp 2 "$mac" 0a000042)"
drops "ARP with another's MAC" "$(arp 2 525400000099 0a000001)"
passes "ARP of its own" "$(arp 2 "$mac" 0a000001)"
passes "an ARP probe" "$(arp 1 "$mac" 00000000)"

say "a change holds at once, for cached flows too"
check "ping" ping_ok vm0 10.0.0.2
check "addresses" xvs port set sw0 vm0 "addresses=$mac,10.0.0.7"
check_not "ping" ping_quick vm0 10.0.0.2
check "spoof-guard=off" xvs port set sw0 vm0 spoof-guard=off
check "ping" ping_ok vm0 10.0.0.2
printf '%s\n' "port set sw0 vm0 spoof-guard=on" 'port set sw0 vm9 flood=off' >"$XVS_TEST_DIR/batch"
check_exit "a batch that fails" 1 xvs batch "$XVS_TEST_DIR/batch"
check_eq "leaves the guard off" "$(port_stat vm0 spoof_guard)" false
check "ping" ping_ok vm0 10.0.0.2
check_match "trace" "$(xvs port set sw0 vm0 spoof-guard=on &&
    xvs trace sw0 "in_port=vm0,dl_src=$mac,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2")" \
    'SpoofGuard: the source address is none of port vm0: drop'
check_ledger vm0 vm1
finish
