# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# The classifier's ablation, as in section 7.2 of "The Design and Implementation
# of Open vSwitch" (NSDI'15): its flow table, guests that connect, ask, get an
# answer and close, and what the switch had to do for it. Sourced behind lib.sh
# by netns/ablation_shape.sh (a test) and bench/ablation.sh (figures).
#
#   vm0 9.1.1.2 to .5 ── sw0 ── vm1 9.1.1.6 to .9, and 9.1.1.1
#
# All of the traffic is decided by the last rule, ip,nw_dst=9.1.1.0/24, and the
# rule before it, which has ports, is what matters: a classifier that looks at
# it whole makes cached flows of single ports. Stages and prefixes know from the
# address alone that it does not match, if that is not 9.1.1.1.

ablation_port=8000

ablation_guests() {
    local i
    guest vm0 9.1.1.2/24
    guest vm1 9.1.1.1/24
    for i in 3 4 5; do ip -n vm0 addr add 9.1.1.$i/24 dev eth0; done
    for i in 6 7 8 9; do ip -n vm1 addr add 9.1.1.$i/24 dev eth0; done
    cat >"$XVS_TEST_DIR/nsdi15.txt" <<'RULES'
priority=40,arp,actions=normal
priority=30,ip,nw_dst=11.1.0.0/16,actions=normal
priority=20,tcp,nw_dst=9.1.1.1,tp_src=10,tp_dst=10,actions=normal
priority=10,ip,nw_dst=9.1.1.0/24,actions=normal
RULES
    bg crr in_ns vm1 "$TOOLS/crr" serve $ablation_port
    wait_for 5 bg_says crr ready
}

# A new switch with that setting, which has learned both guests; they know each
# other's addresses, by ARP through the switch.
ablation_start() { # CLASSIFIER-OPTION...
    local client server
    "$XVSD" --daemon --flow-limit "$flow_limit"
    "$XVSCTL" -q attach vm0 vm1
    "$XVSCTL" -q flow replace sw0 "$XVS_TEST_DIR/nsdi15.txt"
    "$XVSCTL" -q classifier set sw0 "$@"
    ip -n vm0 neigh flush dev eth0
    ip -n vm1 neigh flush dev eth0
    for client in 2 3 4 5; do
        for server in 1 6 7 8 9; do
            wait_for 5 in_ns vm0 ping -q -n -c 1 -W 0.2 -I 9.1.1.$client 9.1.1.$server
        done
    done
}

ablation_stop() {
    "$XVSCTL" -q detach
}

daemon_ticks() { # user and system time of the daemon's threads
    cut -d' ' -f14,15 "/proc/$(daemon_pid)/stat"
}

# Runs connections through the switch. Sets what crr says ($connections,
# $failed, $unfinished, $per_s, $p99_us) and what the switch counted meanwhile:
# $flows and $masks at the end, $made flows in all, $upcalls, $refused, $probes
# a packet (a hint that is right is one), $user and $system per cent of a CPU, and
# both in $us_each microseconds a connection.
ablation_run() { # TO CONNECTIONS SECONDS SESSIONS
    local a b u s u0 s0 hz began ms
    a=$(xvs_json cache stats sw0)
    read -r u0 s0 < <(daemon_ticks)
    began=$(now_ms)
    in_ns vm0 "$TOOLS/crr" run 9.1.1.2-5 "$1" $ablation_port "$2" "$3" "$4" \
        >"$XVS_TEST_DIR/crr.json"
    ms=$(($(now_ms) - began))
    b=$(xvs_json cache stats sw0)
    read -r u s < <(daemon_ticks)
    hz=$(getconf CLK_TCK)
    user=$(((u - u0) * 100000 / hz / ms)) system=$(((s - s0) * 100000 / hz / ms))
    us_each=$(((u + s - u0 - s0) * 1000000 / hz))
    read -r connections failed unfinished per_s p99_us < <(jq -r \
        '"\(.connections) \(.failed) \(.unfinished) \(.per_s) \(.p99_us)"' "$XVS_TEST_DIR/crr.json")
    us_each=$((us_each / (connections ? connections : 1)))
    read -r flows masks made upcalls refused probes < <(
        jq -nr --argjson a "$a" --argjson b "$b" '
        def delta(f): ($b | f) - ($a | f);
        (delta(.microflow.hits) + delta(.megaflow.hits) + delta(.megaflow.misses)) as $packets |
        (delta(.microflow.hits) + delta(.megaflow.subtables_probed)) as $probed |
        [$b.megaflows, $b.subtables, delta(.installed_total), delta(.upcalls.received),
        delta(.upcalls.refused), ($probed / ([$packets, 1] | max) * 100 | round / 100)] | @tsv'
    )
}
