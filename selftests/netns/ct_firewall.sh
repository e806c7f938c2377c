#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_firewall: a stateful default-drop lets a client begin what it likes, answers and
# errors come back, and the server can begin nothing: curl, nc and ping, both families,
# both hooks, on one host and across two.
#
#   cli 10.0.0.1 ── sw0 ── srv 10.0.0.2     host a
#                    │
#                  wire
#                    │
#         host b:   sw0 ── far 10.0.0.3

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl nc.openbsd

client_may() { # WHAT CLIENT SERVER-IP4 SERVER-IP6
    local what=$1 cli=$2 srv4=$3 srv6=$4
    check "$what: curl, IPv4" http_get "$cli" "$srv4:8080"
    check "$what: curl, IPv6" http_get "$cli" "[$srv6]:8080"
    check "$what: nc to the server" tcp_opens "$cli" "$srv4" 8080
    check_not "$what: nc to a closed port is refused" tcp_opens "$cli" "$srv4" 8081
    check "$what: ping, IPv4" ping_ok "$cli" "$srv4"
    check "$what: ping, IPv6" ping_ok "$cli" "$srv6"
    check "$what: ping in fragments, IPv4" ping_ok "$cli" "$srv4" -s 5000
    check "$what: ping in fragments, IPv6" ping_ok "$cli" "$srv6" -s 5000
    check "$what: a datagram to a closed port is refused, IPv4" udp_is_refused "$cli" "$srv4" 9
    check "$what: a datagram to a closed port is refused, IPv6" udp_is_refused "$cli" "$srv6" 9
}

server_may_not() { # WHAT SERVER CLIENT-IP4 CLIENT-IP6
    check_not "$1: the server cannot connect, IPv4" tcp_opens "$2" "$3" 8080
    check_not "$1: the server cannot connect, IPv6" tcp_opens "$2" "$4" 8080
    check_not "$1: nor ping, IPv4" ping_quick "$2" "$3"
    check_not "$1: nor ping, IPv6" ping_quick "$2" "$4"
    check_not "$1: nor get an error for a datagram" udp_is_refused "$2" "$3" 9
}

one_host() { # HOOK
    local hook=$1
    xvs -q attach cli srv
    rules_outbound cli | rules_set
    ct_hook "$hook" cli srv
    client_may "$hook" cli 10.0.0.2 fd00::2
    server_may_not "$hook" srv 10.0.0.1 fd00::1
    check "$hook: the client can still" http_get cli 10.0.0.2:8080
    # Those that curl closed, and the server's last SYN of nothing: no connection of its.
    check_num "$hook: connections that the client began" \
        "$(ct_count '.proto == "tcp" and .orig.src == "10.0.0.1" and .orig.dport == 8080')" -ge 2
    check_eq "$hook: connections that the server began" \
        "$(ct_count '.orig.src == "10.0.0.2" or .orig.src == "fd00::2"')" 0
    check_num "$hook: what the server began was dropped by the default" \
        "$(drops_of srv action-drop)" -ge 5
    check_long_lived "$hook"
    check_ledger cli srv
}

# Packets of a connection that lives: no upcall, and every byte arrives.
check_long_lived() { # HOOK
    local upcalls
    bg take in_ns srv python3 "$LIB_DIR/tools/tcp_bytes.py" recv 10.0.0.2 7777
    wait_for 5 bg_says take ready
    check "$1: 20 MB in one connection" in_ns cli python3 "$LIB_DIR/tools/tcp_bytes.py" \
        send 10.0.0.2 7777 20000000
    bg_wait take || :
    check_match "$1: all of them arrive" "$(bg_out take)" 20000000
    upcalls=$(cache_stat .upcalls.received)
    check "$1: another connection" http_get cli 10.0.0.2:8080
    check_num "$1: by cached flows: upcalls for it" \
        $(($(cache_stat .upcalls.received) - upcalls)) -le 4
}

two_hosts() { # HOOK
    on_host hostb "$XVSCTL" -q attach wireb far
    rules_outbound wireb >"$XVS_TEST_DIR/rules.b"
    on_host hostb "$XVSCTL" -q flow replace sw0 "$XVS_TEST_DIR/rules.b"
    xvs -q port add sw0 wire
    ct_hook "$1" wire
    on_host hostb "$XVSCTL" -q port set sw0 wireb "hook=$1"
    on_host hostb "$XVSCTL" -q port set sw0 far "hook=$1"
    client_may "$1, two hosts" cli 10.0.0.3 fd00::3
    server_may_not "$1, two hosts" far 10.0.0.1 fd00::1
    check_num "$1: both hosts know the connection" "$(on_host hostb "$XVSCTL" -j ct show sw0 |
        jq '[.[] | select(.orig.src == "10.0.0.1" and .orig.dport == 8080)] | length')" -ge 1
    check_num "$1: the far host's own rules dropped what its guest began" \
        "$(on_host hostb "$XVSCTL" -j drops show sw0 |
            jq '[.[] | select(.port == "far" and .reason == "action-drop") | .packets] | add // 0')" \
        -ge 5
    check_ledger cli wire
    check "detach of the other host" on_host hostb "$XVSCTL" -q detach
}

ct_guest cli 10.0.0.1/24 fd00::1/64
ct_guest srv 10.0.0.2/24 fd00::2/64
host_add hostb
guest_on hostb far 10.0.0.3/24 fd00::3/64
ip link add wire type veth peer name wireb netns hostb
ip link set wire up
ip -n hostb link set wireb up
for guest in cli srv far; do
    http_serve $guest 8080
done
for hook in tc xdp; do
    one_host $hook
    two_hosts $hook
    xvs -q detach
done
finish
