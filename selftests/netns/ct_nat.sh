#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_nat: a client behind the switch's address, a port of that address that leads to
# the client, and errors that find their way back with what they quote: both families,
# both hooks. What the outside saw is read from a capture.
#
#   cli 10.0.0.2, fd00::2 ── sw0 ── srv 192.0.2.2, 2001:db8::2 ── far 203.0.113.9,
#                  as 192.0.2.1, 2001:db8::1        forwards      2001:db8:2::9, MTU 1300

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/common/ct.bash"

ct_need curl nc.openbsd tshark tcpdump

# Client and server have their addresses from two networks and no router between them:
# each believes that the other is on its link.
nat_guests() {
    ct_guest cli 10.0.0.2/24 fd00::2/64
    ct_guest srv 192.0.2.2/24 2001:db8::2/64
    guest_space far 2001:db8:2::9/64
    ip link add eth1 netns srv type veth peer name eth0 netns far
    ip -n srv link set eth1 mtu 1300 up
    ip -n far link set eth0 mtu 1300 up
    in_ns srv bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
        echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
        echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
        echo 0 >/proc/sys/net/ipv6/icmp/ratelimit'
    ip -n srv addr add 203.0.113.1/24 dev eth1
    ip -n srv addr add 2001:db8:2::1/64 dev eth1 nodad
    ip -n far addr add 203.0.113.9/24 dev eth0
    ip -n far addr add 2001:db8:2::9/64 dev eth0 nodad
    ip -n far route add default via 203.0.113.1
    ip -n far -6 route add default via 2001:db8:2::1
    nat_routes 192.0.2.2 192.0.2.0/24 203.0.113.0/24
    nat_routes 2001:db8::2 2001:db8::/64 2001:db8:2::/64
    nat_neighbour srv "$(dev_mac cli)" 192.0.2.1
    nat_neighbour srv "$(dev_mac cli)" 2001:db8::1
}

nat_neighbour() { # GUEST MAC ADDRESS
    ip -n "$1" neigh replace "$3" lladdr "$2" dev eth0 nud permanent
}

nat_routes() { # SERVER ITS-NETWORK NETWORK-BEHIND: as the client sees them
    nat_neighbour cli "$(dev_mac srv)" "$1"
    ip -n cli route add "$2" dev eth0
    ip -n cli route add "$3" via "$1" dev eth0
}

# What begins inside gets the switch's address; what comes to its port 8080 goes inside.
nat_rules() {
    nat_rules_of ip '' nw_dst 192.0.2.1 192.0.2.1 10.0.0.2
    nat_rules_of ipv6 6 ipv6_dst 2001:db8::1 '[2001:db8::1]' '[fd00::2]'
}

nat_rules_of() { # FAMILY L4-SUFFIX DESTINATION-FIELD ADDRESS ADDRESS:PORT CLIENT:PORT
    local family=$1 new='ct_state=+new+trk' state proto rule
    echo "table=0,priority=10,$family,actions=ct(table=1,nat)"
    echo "table=1,priority=40,$family,ct_state=+inv+trk,actions=drop"
    for state in +est+trk -new+rel+trk; do
        echo "table=1,priority=30,$family,in_port=cli,ct_state=$state,actions=output:srv"
        echo "table=1,priority=30,$family,in_port=srv,ct_state=$state,actions=output:cli"
    done
    for proto in tcp$2 udp$2; do
        rule="table=1,priority=20,$proto,$new"
        echo "$rule,in_port=cli,actions=ct(commit,nat(src=$5:30000-30999)),output:srv"
        echo "$rule,in_port=srv,$3=$4,tp_dst=8080,actions=ct(commit,nat(dst=$6:80)),output:cli"
    done
    echo "table=1,priority=10,$family,$new,in_port=cli,actions=ct(commit,nat(src=$4)),output:srv"
}

capture_start() {
    bg tcpdump in_ns srv tcpdump -Z root -U -n -i eth0 -w "$XVS_TEST_DIR/srv.pcap"
    wait_for 5 bg_says tcpdump 'listening on'
}

capture_end() {
    bg_stop tcpdump
}

seen() { # TSHARK-FILTER: frames of the capture
    tshark -r "$XVS_TEST_DIR/srv.pcap" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE "$1" 2>/dev/null | wc -l
}

says() { # TEXT CMD...: it prints that, whatever its exit status
    local text=$1 said
    shift
    said=$("$@" 2>&1) || :
    echo "$said"
    grep -qi -- "$text" <<<"$said"
}

source_nat() { # HOOK
    check "$1: curl from inside, IPv4" http_get cli 192.0.2.2:8080
    check "$1: curl from inside, IPv6" http_get cli '[2001:db8::2]:8080'
    check "$1: curl through the router behind, IPv4" http_get cli 203.0.113.9:8080
    check "$1: ping, IPv4" ping_ok cli 192.0.2.2 -c 3 -i 0.05
    check "$1: ping, IPv6" ping_ok cli 2001:db8::2 -c 3 -i 0.05
    check "$1: the server saw the switch's address" bg_says http-srv-8080 192.0.2.1
    check "$1: IPv6 too" bg_says http-srv-8080 2001:db8::1
    check_not "$1: and never the client's" bg_says http-srv-8080 '10.0.0.2\|fd00::2'
    check_num "$1: ct show: connections with the address that answers go to" \
        "$(ct_count '.orig.src == "10.0.0.2" and .reply.dst == "192.0.2.1"')" -ge 2
    check_eq "$1: and its ports" "$(ct_count '.proto == "tcp" and .reply.dst == "192.0.2.1" and
        (.reply.dport < 30000 or .reply.dport > 30999)')" 0
}

errors_back() { # HOOK
    check "$1: a closed port answers, IPv4" udp_is_refused cli 192.0.2.2 9
    check "$1: a closed port answers, IPv6" udp_is_refused cli 2001:db8::2 9
    check "$1: time exceeded comes back, IPv4" says 'time to live exceeded' \
        in_ns cli ping -n -c 1 -W 1 -t 1 203.0.113.9
    check "$1: time exceeded comes back, IPv6" says 'time exceeded' \
        in_ns cli ping -n -c 1 -W 1 -t 1 2001:db8:2::9
    check "$1: too big comes back with the MTU, IPv4" says 'mtu *= *1300' \
        in_ns cli ping -n -c 1 -W 1 -M do -s 1372 203.0.113.9
    check "$1: too big comes back with the MTU, IPv6" says 'mtu *= *1300' \
        in_ns cli ping -n -c 1 -W 1 -M do -s 1352 2001:db8:2::9
    in_ns cli ip route flush cache
    in_ns cli ip -6 route flush cache
}

destination_nat() { # HOOK
    check "$1: the forwarded port, IPv4" http_get srv 192.0.2.1:8080
    check "$1: the forwarded port, IPv6" http_get srv '[2001:db8::1]:8080'
    check "$1: the client saw who asked" bg_says http-cli-80 192.0.2.2
    check_not "$1: another port leads nowhere" tcp_opens srv 192.0.2.1 80
    check "$1: an error of the client's comes from the switch's address, IPv4" \
        udp_is_refused srv 192.0.2.1 8080
    check "$1: an error of the client's comes from the switch's address, IPv6" \
        udp_is_refused srv 2001:db8::1 8080
}

captured() { # HOOK
    check_num "$1: frames in the capture" "$(seen 'tcp or udp or icmp or icmpv6')" -ge 50
    check_eq "$1: inside addresses outside, headers that errors quote included" \
        "$(seen 'ip.addr == 10.0.0.0/24 or ipv6.addr == fd00::/64')" 0
    check_eq "$1: source ports of the range" \
        "$(seen 'tcp.dstport == 8080 and ip.src == 192.0.2.1 and
            (tcp.srcport < 30000 or tcp.srcport > 30999)')" 0
    check_eq "$1: wrong checksums" "$(seen 'ip.checksum.status == "Bad" or
        tcp.checksum.status == "Bad" or udp.checksum.status == "Bad" or
        icmp.checksum.status == "Bad" or icmpv6.checksum.status == "Bad"')" 0
}

nat_guests
http_serve srv 8080
http_serve far 8080
http_serve cli 80
for hook in ${HOOKS:-tc xdp}; do
    xvs -q attach cli srv
    nat_rules | rules_set
    ct_hook "$hook" cli srv
    capture_start
    source_nat "$hook"
    errors_back "$hook"
    destination_nat "$hook"
    capture_end
    captured "$hook"
    check_ledger cli srv
    xvs -q detach
done
finish
