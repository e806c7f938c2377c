# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# A switch under pressure: an attacker whose every packet is a flow of its own, a
# victim, and a server for both. Sourced behind lib.sh.
#
#   att 10.0.0.1 ──┐
#   vic 10.0.0.2 ──┤ sw0     UDP goes by rules that keep the 5-tuple in registers, so
#   srv 10.0.0.9 ──┘         that each flow of anybody's needs a cached flow of its own
#
#   STORM_RATE=N    packets a second of the attacker's (default 200,000)
#   HOOK=tc|xdp     of the ports (default tc)

storm_rate=${STORM_RATE:-200000}
flow_rate=10000 # packets a second of the victim's flow
echo_port=7 flow_port=5000

pressure_guests() {
    local guest
    guest att 10.0.0.1/8
    guest vic 10.0.0.2/8
    guest srv 10.0.0.9/8
    know_each_other att 10.0.0.1 srv 10.0.0.9
    know_each_other vic 10.0.0.2 srv 10.0.0.9
    for guest in att vic srv; do
        # Native redirects to and from it are possible, for hook=xdp.
        in_ns $guest ethtool -K eth0 tx off gro on >/dev/null
    done
}

pressure_attach() { # HOOK, unless the environment says another
    local guest
    xvs -q attach att vic srv
    for guest in att vic srv; do
        xvs -q port set sw0 $guest hook="${HOOK:-$1}"
    done
}

# What the registers hold is looked at by nobody, but it was read.
five_tuple() { # [ACTION]: without one it drops
    printf 'move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],move:NXM_OF_IP_DST[]->NXM_NX_REG1[],'
    printf 'move:NXM_OF_UDP_SRC[]->NXM_NX_REG2[0..15],move:NXM_OF_UDP_DST[]->NXM_NX_REG2[16..31]'
    printf '%s\n' "${1:+,$1}"
}

# The storm goes to the server's device, whose stack drops it: the address is not its.
pressure_rules_to() { # FILE
    {
        echo "priority=20,udp,in_port=att,actions=$(five_tuple output:srv)"
        echo "priority=10,udp,actions=$(five_tuple normal)"
        echo 'priority=0,actions=normal'
    } >"$1"
}

pressure_rules() {
    pressure_rules_to "$XVS_TEST_DIR/rules"
    xvs flow replace sw0 "$XVS_TEST_DIR/rules"
}

storm_start() { # KIND SECONDS [OPTION...]
    bg storm in_ns att "$TOOLS/flow_storm" eth0 "$1" "$storm_rate" "$2" "$(dev_mac att)" \
        02:00:00:00:00:fe "${@:3}"
}

# How many packets the guest's own stack, or the host's queue, lost behind the sender.
lost_before() { # GUEST
    ip -n "$1" -j -s link show eth0 | jq '.[0].stats64.tx | .dropped + .errors'
}

# ---------------------------------------------------------------- the victim

# Its cached flow, for as long as the test likes. It is known before its first counted
# packet: how many of a new flow's packets may wait for the first one is another matter.
flow_start() {
    in_ns vic "$TOOLS/udp_flow" send 10.0.0.9 $flow_port 3 20 32 6000 >/dev/null
    wait_for 5 flow_is_known
    drops_v=$(drops_all vic)
    lost_v=$(lost_before vic)
    bg flow_recv in_ns srv "$TOOLS/udp_flow" recv 10.0.0.9 $flow_port 1000000000 2000
    wait_for 5 bg_says flow_recv ready
    bg flow_send in_ns vic "$TOOLS/udp_flow" send 10.0.0.9 $flow_port 1000000000 $flow_rate 32 6000
    wait_for 5 flow_is_cached
}

flow_is_known() {
    json_get '.[].match' cache show sw0 | grep -q 'in_port=vic.*tp_src=6000'
}

flow_is_cached() {
    [ "$(port_stat vic forwarded)" -ge 1000 ]
}

drops_all() { # PORT
    json_get "[.[] | select(.port == \"$1\") | .packets] | add // 0" drops show sw0
}

# Ends it and looks at what became of it.
flow_check() { # WHAT
    local sent got lost
    bg_stop flow_send
    bg_wait flow_recv || :
    sent=$(bg_out flow_send | tail -n 1 | jq .sent)
    got=$(bg_out flow_recv | tail -n 1)
    lost_v=$(($(lost_before vic) - lost_v))
    say "$1: $sent packets of the known flow: $got; $lost_v lost before the switch"
    check_num "$1: the known flow was sent" "$sent" -gt $flow_rate
    say "drops so far: $(json_get 'map("\(.port) \(.reason) \(.packets)") | join(", ")' drops show sw0)"
    check_num "$1: no drop in the ledger of its port" $(($(drops_all vic) - drops_v)) -eq 0
    check_num "$1: none of it is doubled" "$(jq .duplicates <<<"$got")" -eq 0
    lost=$((sent - $(jq .received <<<"$got")))
    check_num "$1: 0.01 % of it are lost end to end, at most" $lost -le $((sent / 10000))
}

echo_start() {
    bg echo in_ns srv "$TOOLS/udp_probe" serve 10.0.0.9 $echo_port
    wait_for 5 bg_says echo ready
}

# ---------------------------------------------------------------- the daemon

rss_kib() {
    awk '/^VmRSS/ { print $2 }' "/proc/$(daemon_pid)/status"
}

# A line "MS MEGAFLOWS LIMIT RSS-KIB" at every look, until the file 'looks.end' is there.
looks_take() {
    until [ -e "$XVS_TEST_DIR/looks.end" ]; do
        echo "$(now_ms) $(json_get '"\(.megaflows) \(.megaflow_limit)"' cache stats sw0)" \
            "$(rss_kib)"
        sleep 0.2
    done
}

looks_start() {
    rm -f "$XVS_TEST_DIR/looks.end"
    looks_take >"$XVS_TEST_DIR/looks" 2>&1 &
    bg_pid[looks]=$!
}

looks_end() {
    touch "$XVS_TEST_DIR/looks.end"
    bg_wait looks || :
}

rss_at() { # MS: the first look from then on, else the last one
    awk -v t="$1" '{ rss = $4 } $1 >= t { exit } END { print rss + 0 }' "$XVS_TEST_DIR/looks"
}

check_looks() {
    check_num "the flow limit was looked at" "$(wc -l <"$XVS_TEST_DIR/looks")" -ge 5
    check_eq "megaflows <= limit at every look" \
        "$(awk 'NF != 4 || $2 > $3' "$XVS_TEST_DIR/looks")" ""
}
