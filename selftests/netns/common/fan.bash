# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# 200 flows from vm0 while the rules change: one set of rules sends them to vm1 with
# TOS 16, the other to vm2 with TOS 32, and what arrived, in the order of sending,
# shows what each packet met. Sourced behind lib.sh.
#
#   RATE=N      packets a second (default 10,000; 2,000 with sanitizers, which
#               make an upcall take so long that flows would use up what they
#               are allowed to have in the ring)

rate=10000
if grep -q __asan_init "$XVSD"; then
    rate=2000
fi
rate=${RATE:-$rate}
n_flows=200

fan_guests() {
    local i
    guest vm0 10.0.0.1/24
    guest vm1 10.0.0.2/24
    guest vm2 10.0.0.2/24
    ip -n vm0 neigh replace 10.0.0.2 lladdr "$(dev_mac vm1)" dev eth0 nud permanent
    for i in 0 1 2; do
        # Native redirects to and from it are possible, for hook=xdp.
        g vm$i ethtool -K eth0 tx off gro on
    done
    xvs attach vm0 vm1 vm2
}

fan_hook() { # HOOK
    local i
    for i in 0 1 2; do
        xvs port set sw0 vm$i hook="$1"
    done
    check_eq "hook in force" "$(port_stat vm0 hook)" "$1"
}

all_drops() { json_get '[.[].packets] | add // 0' drops show sw0; }

# The sender says "ready" once it is on its way.
start_traffic() { # PACKETS RATE FLOWS
    drops=$(all_drops)
    bg recv1 in_ns vm1 "$TOOLS/udp_fan" recv 10.0.0.2 5000 "$XVS_TEST_DIR/got1"
    bg recv2 in_ns vm2 "$TOOLS/udp_fan" recv 10.0.0.2 5000 "$XVS_TEST_DIR/got2"
    wait_for 5 bg_says recv1 ready
    wait_for 5 bg_says recv2 ready
    bg send in_ns vm0 "$TOOLS/udp_fan" send 10.0.0.2 5000 "$@"
}

# For as long as the test likes, and each flow is known.
start_known_flows() {
    start_traffic 100000000 "$rate" $n_flows
    wait_for 5 bg_says send ready
    sleep 0.5
}

# Ends the traffic; how much it was is in $sent, what became of it in $fate.
end_traffic() {
    bg_stop send
    sent=$(bg_out send | tail -n 1 | jq .sent)
    check_ledger vm0 vm1 vm2
    bg_stop recv1
    bg_stop recv2
    fate=$("$TOOLS/udp_fan" compare "$sent" 16 "$XVS_TEST_DIR/got1" 32 "$XVS_TEST_DIR/got2")
    say "$sent packets: $fate"
}

fate() { # FIELD
    jq ".$1" <<<"$fate"
}

check_fate() { # DESCRIPTION set|pipeline
    check_num "$1: none is lost" "$(fate missing)" -eq 0
    check_num "$1: none is doubled" "$(fate doubled)" -eq 0
    check_num "$1: none has the header of one $2 and the way of the other" \
        "$(fate wrong_tos)" -eq 0
    check_num "$1: nothing was dropped" $(($(all_drops) - drops)) -eq 0
}
