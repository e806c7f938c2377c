#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# policy_two_hosts: each host's firewall judges at its own guests' ports: what both
# allow works, what one rejects is rejected in the way of its rule as tshark sees it at
# the client, on the same host and across the wire, with curl, nc and ping.
#
#   cli 10.0.0.1, fd00::1 ── sw0 ── srv 10.0.0.2, fd00::2     this host
#                             │
#                           wire    excluded from the policy, as is wireb
#                             │
#           host b:          sw0 ── far 10.0.0.3, fd00::3

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl nc.openbsd tshark

# The same rules on both hosts: neither trusts the other.
POLICY='section add web
rule add web name=http service=tcp:8080,icmp:8,icmp6:128 to=any direction=in action=allow
rule add web name=out service=any direction=out applied-to=port:CLIENT action=allow
rule add web name=closed service=tcp:8081,udp:9 action=reject
default set action=drop'

watch() { # what comes back to the client that tells of a refusal
    bg watch in_ns cli tshark -i eth0 -l -n -T fields -E separator=' ' \
        -e ip.src -e ipv6.src -e tcp.flags.reset -e icmp.type -e icmp.code \
        -e icmpv6.type -e icmpv6.code -Y 'tcp.flags.reset == 1 || icmp.type == 3 || icmpv6.type == 1'
    wait_for 20 bg_says watch Capturing
}
saw() { # REGEX, a line of what tshark has seen
    bg_out watch | grep -qE "$1"
}

# Capturing begins a while after tshark has said so: until the first one is seen it is
# asked again.
reset_seen() { # IP REGEX
    ! tcp_opens cli "$1" 8081 && saw "$2"
}

refusals() { # WHAT GUEST IP4 IP6: as the rule `closed` says
    watch
    check_not "$1: nc to a port that is rejected" tcp_opens cli "$3" 8081
    check "$1: tshark sees a reset from it" wait_for 10 reset_seen "$3" "^$3 +(1|True)"
    check_not "$1: nc by IPv6" tcp_opens cli "$4" 8081
    check "$1: tshark sees that reset" wait_for 5 saw "^ *$4 +(1|True)"
    in_ns cli nc.openbsd -n -u -w 1 "$3" 9 <<<x >/dev/null 2>&1 || :
    check "$1: a datagram: tshark sees ICMP 3/13" wait_for 5 saw '^[^ ]+ .* 3 13 '
    in_ns cli nc.openbsd -n -u -w 1 "$4" 9 <<<x >/dev/null 2>&1 || :
    check "$1: by IPv6: tshark sees ICMPv6 1/1" wait_for 5 saw ' 1 1$'
    bg_stop watch
}

from_client() { # WHAT GUEST IP4 IP6
    check "$1: curl, IPv4" http_get cli "$3:8080"
    check "$1: curl, IPv6" http_get cli "[$4]:8080"
    check "$1: ping, IPv4" ping_ok cli "$3"
    check "$1: ping, IPv6" ping_ok cli "$4"
    check_not "$1: a port of no rule" tcp_opens cli "$3" 8082
    check_not "$1: the server begins nothing" tcp_opens "$2" 10.0.0.1 8082
    refusals "$@"
}

ct_guest cli 10.0.0.1/24 fd00::1/64
ct_guest srv 10.0.0.2/24 fd00::2/64
host_add hostb
guest_on hostb far 10.0.0.3/24 fd00::3/64
ip link add wire type veth peer name wireb netns hostb
ip link set wire up
ip -n hostb link set wireb up
for guest in srv far; do
    http_serve $guest 8080
done
xvs -q attach cli srv wire
check "this host's policy" xvs policy replace sw0 - <<<"${POLICY/CLIENT/cli}
exclude add wire"
on_host hostb "$XVSCTL" -q attach wireb far
echo "${POLICY/CLIENT/nobody}
exclude add wireb" >"$XVS_TEST_DIR/policy.b"
check "the other host's" on_host hostb "$XVSCTL" policy replace sw0 "$XVS_TEST_DIR/policy.b"

from_client "one host" srv 10.0.0.2 fd00::2
from_client "two hosts" far 10.0.0.3 fd00::3

ACROSS='.orig.dport == 8080 and .orig.src == "10.0.0.1" and .orig.dst == "10.0.0.3"'
check_num "this host knows the connections" "$(ct_count "$ACROSS")" -ge 1
check_num "so does the other" "$(on_host hostb "$XVSCTL" -j ct show sw0 |
    jq "[.[] | select($ACROSS)] | length")" -ge 1
check_num "what it has refused is dropped by its policy" "$(on_host hostb "$XVSCTL" -j drops show sw0 |
    jq '[.[] | select(.reason == "policy") | .packets] | add // 0')" -ge 4

say "a permission that goes ends what it let in, on its host"
check "rule del" on_host hostb "$XVSCTL" policy rule del sw0 http
check_not "curl across: silence" http_get cli 10.0.0.3:8080
check "on this host it is still allowed" http_get cli 10.0.0.2:8080
check_ledger cli srv wire
check "detach of the other host" on_host hostb "$XVSCTL" -q detach
finish
