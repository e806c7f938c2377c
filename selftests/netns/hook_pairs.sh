#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# hook_pairs: every pair of port types with default offloads at the guests:
# ping, TCP and UDP in both directions, IPv4 and IPv6, nothing lost silently.
#
#   v0 veth, hook=auto (tc) ──┐
#   x0 veth, hook=xdp       ──┤ sw0
#   t0 tap,  hook=auto (tc) ──┤     (a tap guest: selftests/tools/tap_vm.c)
#   v1, x1, t1 likewise     ──┘

. "$(dirname "$0")/../lib.sh"

tap_guest() { # NAME IP4/LEN IP6/LEN
    n_guests=$((n_guests + 1))
    say "[host] tap guest $1 $2 $3"
    ip netns add "$1"
    in_ns "$1" bash -c 'echo reno >/proc/sys/net/ipv4/tcp_congestion_control
        echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad'
    ip tuntap add dev "$1" mode tap vnet_hdr
    bg "vm-$1" "$TOOLS/tap_vm" "$1" "/run/netns/$1" eth0
    wait_for 5 bg_says "vm-$1" ready
    ip -n "$1" link set eth0 address "$(printf '02:00:00:00:00:%02x' $n_guests)"
    guest_up "$@"
}

if [ ! -c /dev/net/tun ]; then
    skip "pairs of port types" "no /dev/net/tun here"
    finish
    exit
fi
i=0
declare -A ip4=() ip6=()
for name in v0 x0 t0 v1 x1 t1; do
    i=$((i + 1))
    ip4[$name]=10.0.0.$i
    ip6[$name]=fd00::$i
    case $name in
    t*) tap_guest $name 10.0.0.$i/24 fd00::$i/64 ;;
    *) guest $name 10.0.0.$i/24 fd00::$i/64 ;;
    esac
done
xvs attach v0 v1 t0 t1
xvs port add sw0 x0 hook=xdp
xvs port add sw0 x1 hook=xdp
check_eq "hooks in force" "$(json_get 'map({(.name): .hook}) | add |
    "\(.v0) \(.x0) \(.t0)"' port show sw0)" "tc xdp tc"

refused() { # misses that the ledger says were refused: a busy machine may do that
    json_get '[.[] | select(.reason == "upcall-admission") | .packets] | add // 0' drops show sw0
}

udp_all() { # FROM TO: 200 packets of 1,000 bytes, all arrive or are in the ledger
    local result before
    before=$(refused)
    bg recv in_ns "$2" "$TOOLS/udp_flow" recv "${ip4[$2]}" 5000 200 1000
    wait_for 5 bg_says recv ready
    in_ns "$1" "$TOOLS/udp_flow" send "${ip4[$2]}" 5000 200 2000 1000
    bg_wait recv
    result=$(bg_out recv | tail -n 1)
    echo "$result"
    [ $(($(jq .received <<<"$result") + $(refused) - before)) = 200 ]
}

tcp_ok() { # FROM TO IP: a megabyte and a half at least, within two seconds
    local gbps
    gbps=$(tcp_gbps "$1" "$2" "$3" -n 20M -w 1M --connect-timeout 2000) || return 1
    echo "$gbps Gb/s, $(tcp_retransmits) retransmits"
    awk -v g="$gbps" 'BEGIN { exit !(g > 0.02) }'
}

for pair in "v0 v1" "v0 x0" "v0 t0" "x0 x1" "x0 t0" "t0 t1"; do
    read -r a b <<<"$pair"
    check "$a - $b: ping" ping_ok "$a" "${ip4[$b]}"
    check "$a - $b: ping, IPv6" ping_ok "$a" "${ip6[$b]}"
    for dir in "$a $b" "$b $a"; do
        read -r from to <<<"$dir"
        check "$from > $to: UDP, 200 of 200" udp_all "$from" "$to"
        check "$from > $to: TCP" tcp_ok "$from" "$to" "${ip4[$to]}"
        check "$from > $to: TCP over IPv6" tcp_ok "$from" "$to" "${ip6[$to]}"
    done
done
bad_csums() {
    in_ns "$1" awk '/^(Tcp|Udp):/ { if (!($1 in h)) { h[$1] = $0; next }
        n = split(h[$1], name); split($0, v)
        for (i = 2; i <= n; i++) if (name[i] == "InCsumErrors") sum += v[i] }
        END { print sum + 0 }' /proc/net/snmp
}
for name in v0 x0 t0 v1 x1 t1; do
    check_num "$name: no wrong checksum came in" "$(bad_csums $name)" -eq 0
done
check_ledger v0 x0 t0 v1 x1 t1
check_num "no output failed" "$(json_get \
    '[.[] | select(.reason == "egress-failed") | .packets] | add // 0' drops show sw0)" -eq 0
finish
