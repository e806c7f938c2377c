#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# ct_crr: connections a second (connect, request, close) between two guests, through a
# stateful default-drop of 1,000 rules, against a veth pair without a switch and a Linux
# bridge with the same rules in nftables, in turns. Figures, not a test: what is checked
# is that each side answers, and that its rules drop what they do not allow.
#
#   vm0 9.1.1.2 ── nothing, br0 or sw0 ── vm1 9.1.1.6
#
#   ROUNDS=N SECONDS_EACH=N   turns of each (default 5), and how long (default 2)
#   RULES=N                   (default 1,000)
#   SIDES='direct bridge tc xdp'   xvs by its hooks
#   POLICY=yes                xvs has the rules as its firewall's, not as flows
#   SESSIONS=N                open at a time (default 32)
#
# CPU per connection is all that the machine was busy with: it has to be quiet. The
# switch's part is what that is more than without one. Without conntrack for bridges in the
# kernel, bridged packets go through the rules of IP (bridge-nf-call-iptables).

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../netns/common/ct.bash"

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-2} n_rules=${RULES:-1000}
sides=${SIDES:-direct bridge tc xdp} sessions=${SESSIONS:-32} port=8000
declare -A rates=() costs=()

# The machine's other work shall not decide.
renice -n -15 $$ >/dev/null
[ ! -e /proc/self/autogroup ] || echo -15 >/proc/self/autogroup
ct_need nft nc.openbsd

# ---------------------------------------------------------------- the rules

# Rule i lets one service of one network in; the last is the one that is used.
rule_of() { # I: "NETWORK PORT"
    if [ "$1" = "$n_rules" ]; then
        echo "9.1.1.0/24 $port"
    else
        echo "172.$((16 + $1 / 250 % 16)).$(($1 % 250)).0/24 $((1000 + $1))"
    fi
}

flow_rules() {
    local i network dport match
    echo 'table=0,priority=100,arp,actions=normal'
    echo 'table=0,priority=10,ip,actions=ct(table=1)'
    echo 'table=1,priority=65000,ip,ct_state=+inv+trk,actions=drop'
    echo 'table=1,priority=64000,ip,ct_state=+est+trk,actions=normal'
    for ((i = 1; i <= n_rules; i++)); do
        read -r network dport < <(rule_of $i)
        match="tcp,ct_state=+new+trk,nw_src=$network,tp_dst=$dport"
        echo "table=1,priority=$((60000 - i)),$match,actions=ct(commit),normal"
    done
}

policy_rules() {
    local i network dport
    echo 'default set action=drop'
    echo 'section add base'
    for ((i = 1; i <= n_rules; i++)); do
        read -r network dport < <(rule_of $i)
        echo "rule add base action=allow from=$network service=tcp:$dport"
    done
}

nft_rules() { # bridge|ip
    local i network dport
    echo "table $1 fw {"
    echo ' chain forward { type filter hook forward priority 0; policy drop;'
    [ "$1" = ip ] || echo '  ether type arp accept'
    echo '  ct state established,related accept'
    echo '  ct state invalid drop'
    for ((i = 1; i <= n_rules; i++)); do
        read -r network dport < <(rule_of $i)
        echo "  ct state new ip saddr $network tcp dport $dport accept"
    done
    echo ' }'
    echo '}'
}

# ---------------------------------------------------------------- the sides

bridge_rules() {
    echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
    nft_rules bridge | nft -f - 2>/dev/null && return
    echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
    nft_rules ip | nft -f -
}

side_start() { # SIDE
    local vm
    guest_space vm0
    guest_space vm1
    if [ "$1" = direct ]; then
        ip link add eth0 netns vm0 type veth peer name eth0 netns vm1
    else
        ip link add vm0 type veth peer name eth0 netns vm0
        ip link add vm1 type veth peer name eth0 netns vm1
    fi
    for vm in vm0 vm1; do
        in_ns $vm ethtool -K eth0 tx off gro on >/dev/null
        [ "$1" = direct ] || ip link set $vm up
        ip -n $vm link set lo up
        ip -n $vm link set eth0 up
    done
    ip -n vm0 addr add 9.1.1.2/24 dev eth0
    ip -n vm1 addr add 9.1.1.6/24 dev eth0
    case $1 in
    bridge)
        ip link add br0 type bridge
        ip link set vm0 master br0
        ip link set vm1 master br0
        ip link set br0 up
        bridge_rules
        ;;
    tc | xdp)
        "$XVSD" --daemon --ct-limit 1000000
        xvs -q attach vm0 vm1
        xvs -q "$rules_are" replace sw0 "$XVS_TEST_DIR/rules"
        xvs -q port set sw0 vm0 hook="$1"
        xvs -q port set sw0 vm1 hook="$1"
        ;;
    esac
    bg crr in_ns vm1 "$TOOLS/crr" serve $port
    wait_for 5 bg_says crr ready
}

side_stop() { # SIDE
    bg_stop crr
    case $1 in
    bridge)
        nft flush ruleset
        ip link del br0
        ;;
    tc | xdp) xvs -q detach ;;
    esac
    ip netns del vm0
    ip netns del vm1
    [ "$1" = direct ] || wait_for 5 devices_gone
}

devices_gone() {
    ! ip link show vm0 && ! ip link show vm1
}

# Ticks that the CPUs were not idle, softirqs included, which belong to no process.
busy_ticks() {
    awk '$1 == "cpu" { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

connections() { # what crr says, with CPU per connection in ns: "RATE NS FAILED UNFINISHED"
    local before after
    before=$(busy_ticks)
    in_ns vm0 "$TOOLS/crr" run 9.1.1.2 9.1.1.6 $port 100000000 "$seconds" "$sessions" \
        >"$XVS_TEST_DIR/crr.turn"
    after=$(busy_ticks)
    jq -r --argjson ns $(((after - before) * 1000000000 / $(getconf CLK_TCK))) \
        '"\(.per_s | round) \($ns / (.connections + 1) | round) \(.failed) \(.unfinished)"' \
        "$XVS_TEST_DIR/crr.turn"
}

turn() { # SIDE ROUND
    local rate cost failed unfinished
    side_start "$1"
    check "$1: connections are made" wait_for 10 tcp_opens vm0 9.1.1.6 $port
    [ "$1" = direct ] || check_not "$1: what no rule allows is not" \
        in_ns vm1 nc.openbsd -n -z -w 0.2 9.1.1.2 $port
    read -r rate cost failed unfinished < <(connections)
    say "$1: $rate connections/s, $cost ns of CPU each, $failed failed, $unfinished unfinished"
    rates[$1]+=" $rate"
    costs[$1]+=" $cost"
    side_stop "$1"
}

# shellcheck disable=SC2086 # lists of words
of_each() { # AWK-EXPRESSION of a, b, c; LIST LIST [LIST]
    paste <(printf '%s\n' $2) <(printf '%s\n' $3) <(printf '%s\n' ${4:-$3}) |
        awk "{ a = \$1; b = \$2; c = \$3; printf \"%.3f\\n\", $1 }" | paste -sd' '
}

rules_are=${POLICY:+policy}
rules_are=${rules_are:-flow}
${rules_are}_rules >"$XVS_TEST_DIR/rules"
for ((round = 1; round <= rounds; round++)); do
    for side in $sides; do
        turn "$side" $round
    done
done
for side in $sides; do
    say "FIGURE $side: $(mid "${rates[$side]}") connections/s, $(mid "${costs[$side]}") ns of CPU each"
done
for side in $sides; do
    case $side in direct | bridge) continue ;; esac
    [ -z "${rates[direct]:-}" ] || say "FIGURE xvs ($side) / direct veth, connections/s:" \
        "$(mid "$(of_each 'a / b' "${rates[$side]}" "${rates[direct]}")"); goal >= 0.95"
    [ -z "${rates[bridge]:-}" ] || say "FIGURE xvs ($side) / Linux bridge, connections/s:" \
        "$(mid "$(of_each 'a / b' "${rates[$side]}" "${rates[bridge]}")")"
    [ -z "${rates[bridge]:-}${rates[direct]:-}" ] || say \
        "FIGURE CPU per connection in the switch, xvs ($side) / Linux bridge:" \
        "$(mid "$(of_each '((b > c) ? (a - c) / (b - c) : 0)' "${costs[$side]}" \
            "${costs[bridge]}" "${costs[direct]}")"); goal <= 0.5"
done
finish
