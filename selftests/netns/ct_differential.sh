#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_differential: some 480 sequences of packets through ct() and through the kernel's
# connection tracking: the same state of each packet and of each TCP connection, but for
# what tools/ct_documented.py gives a reason for.
#
#   drv (tools/ct_differential.py)
#    ├─ xa, xb ──── sw0 ──── xs-new, xs-est, xs-est-rpl, ... one port a state
#    └─ ka, kb ──── kernel: forwards, nftables writes the state as DSCP
#
#   XVS_TEST_SEED=N WALKS=N   of the random walks (default: 1, 60)
#   ONLY=REGEX SHOW=1         these sequences; documented differences are shown too
#   HOOKS='tc xdp'

. "$(dirname "$0")/../lib.sh"

drv=(nsenter --net=/run/netns/drv --)
states='new est est-rpl rel rel-rpl inv untracked'
ports="xa xb $(printf 'xs-%s ' $states)"

for program in nft conntrack; do
    command -v $program >/dev/null || {
        skip "xvs beside the kernel" "$program is not installed"
        finish
        exit
    }
done

kernel_side() {
    local end
    guest_space kernel fd02::ffff/64
    for end in a b; do
        ip link add k$end netns drv type veth peer name k$end netns kernel
        ip -n drv link set k$end up
        ip -n kernel link set k$end up
    done
    in_ns kernel bash -c 'cd /proc/sys/net
        echo 1 >ipv4/ip_forward
        echo 1 >ipv6/conf/all/forwarding
        for f in ipv4/conf/*/rp_filter; do echo 0 >$f; done
        echo 0 >ipv4/conf/all/send_redirects
        echo 0 >ipv4/conf/ka/send_redirects
        echo 0 >ipv4/conf/kb/send_redirects'
    ip -n kernel addr add 10.1.255.254/16 dev ka
    ip -n kernel addr add fd01::ffff/64 dev ka nodad
    ip -n kernel addr add 10.2.255.254/16 dev kb
    ip -n kernel addr add fd02::ffff/64 dev kb nodad
}

# Whoever is written to is known, or the router would ask for a MAC address.
kernel_neighbours() {
    local i mac_a mac_b
    mac_a=$(ip -n drv -j link show ka | jq -r '.[0].address')
    mac_b=$(ip -n drv -j link show kb | jq -r '.[0].address')
    for ((i = 0; i < 1200; i++)); do
        echo "neigh replace 10.1.$((i / 256)).$((i % 256)) lladdr $mac_a dev ka nud permanent"
        printf 'neigh replace fd01::%x lladdr %s dev ka nud permanent\n' $((i + 1)) "$mac_a"
    done >"$XVS_TEST_DIR/neighbours"
    echo "neigh replace 10.2.0.1 lladdr $mac_b dev kb nud permanent" >>"$XVS_TEST_DIR/neighbours"
    echo "neigh replace fd02::1 lladdr $mac_b dev kb nud permanent" >>"$XVS_TEST_DIR/neighbours"
    ip -n kernel -batch "$XVS_TEST_DIR/neighbours"
}

kernel_rules() {
    local family
    {
        echo 'table inet oracle {'
        echo ' chain forward { type filter hook forward priority filter; policy accept;'
        for family in ip ip6; do
            echo "  meta nfproto ${family/%ip/ipv4} ct state new $family dscp set 1"
            echo "  ct state established ct direction original $family dscp set 2"
            echo "  ct state established ct direction reply $family dscp set 3"
            echo "  ct state related ct direction original $family dscp set 4"
            echo "  ct state related ct direction reply $family dscp set 5"
            echo "  ct state invalid $family dscp set 6"
            echo "  ct state untracked $family dscp set 7"
        done
        echo ' }'
        echo '}'
    } | sed 's/nfproto ip6/nfproto ipv6/' >"$XVS_TEST_DIR/oracle.nft"
    in_ns kernel nft -f "$XVS_TEST_DIR/oracle.nft"
}

switch_side() {
    local port
    for port in $ports; do
        ip link add "$port" type veth peer name "$port" netns drv
        ip link set "$port" up
        ip -n drv link set "$port" up
        # Native redirects to and from it are possible, for hook=xdp.
        "${drv[@]}" ethtool -K "$port" tx off gro on >/dev/null
    done
}

# table 1: each state has a port of its own; what is new becomes known.
switch_rules() {
    local family
    for family in ip ipv6; do
        echo "table=0,priority=10,$family,in_port=xa,actions=ct(table=1)"
        echo "table=0,priority=10,$family,in_port=xb,actions=ct(table=1)"
        echo "table=1,priority=20,$family,ct_state=+inv,actions=output:xs-inv"
        echo "table=1,priority=18,$family,ct_state=+rel-rpl,actions=output:xs-rel"
        echo "table=1,priority=18,$family,ct_state=+rel+rpl,actions=output:xs-rel-rpl"
        echo "table=1,priority=17,$family,ct_state=+new,actions=ct(commit),output:xs-new"
        echo "table=1,priority=16,$family,ct_state=+est-rpl,actions=output:xs-est"
        echo "table=1,priority=16,$family,ct_state=+est+rpl,actions=output:xs-est-rpl"
        echo "table=1,priority=1,$family,actions=output:xs-untracked"
    done
}

compare() { # HOOK
    local result port
    for port in $ports; do
        xvs -q port set sw0 "$port" hook="$1"
    done
    bg compare "${drv[@]}" python3 "$LIB_DIR/tools/ct_differential.py" \
        seed="${XVS_TEST_SEED:-1}" walks="${WALKS:-60}" ${ONLY:+only=$ONLY} ${SHOW:+show=1}
    check "$1: all sequences ran" bg_wait compare
    bg_out compare | sed "/^{/d; 401,\$d" | quote
    result=$(bg_out compare | tail -n 1)
    say "FIGURE $1: $result"
    [ -n "${ONLY:-}" ] || check_num "$1: packets" "$(jq .compared <<<"$result")" -ge 2000
    check_num "$1: packets in another state than the kernel's" \
        "$(jq .differing_packets <<<"$result")" -eq 0
    check_num "$1: TCP connections in another state" "$(jq .differing_states <<<"$result")" -eq 0
    check_num "$1: documented differences that are none" "$(jq .idle <<<"$result")" -eq 0
    check_ledger xa xb
}

guest_space drv
kernel_side
kernel_rules
kernel_neighbours
switch_side
ROUTER_A=$(ip -n kernel -j link show ka | jq -r '.[0].address')
ROUTER_B=$(ip -n kernel -j link show kb | jq -r '.[0].address')
export ROUTER_A ROUTER_B
for hook in ${HOOKS:-tc xdp}; do
    # shellcheck disable=SC2086 # a list of words
    xvs -q attach $ports
    switch_rules >"$XVS_TEST_DIR/rules"
    xvs flow replace sw0 "$XVS_TEST_DIR/rules"
    in_ns kernel conntrack -F 2>/dev/null
    compare "$hook"
    xvs -q detach
done
finish
