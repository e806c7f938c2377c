#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# counters_churn: five times as many flows as may be cached push each other out, again
# and again. Each has a rule of its own, and each rule counts exactly the packets of
# its flow; a flow that is in use all the time is never pushed out.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

n_flows=1000
limit=200
first_port=20000
round=10000 # packets; each flow has as many
rate=5000
hot_port=5000
hot_packets=2000

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
check "the guests reach each other" ping_ok vm0 10.0.0.2

{
    for ((i = 0; i < n_flows; i++)); do
        echo "priority=10,udp,tp_dst=6000,tp_src=$((first_port + i)),actions=normal"
    done
    echo "priority=10,udp,tp_dst=$hot_port,actions=normal"
    echo "priority=0,actions=normal"
} >"$XVS_TEST_DIR/rules"
check "a rule for each flow" xvs flow replace sw0 "$XVS_TEST_DIR/rules"
check "limit=$limit" xvs cache set sw0 limit=$limit
bg recv in_ns vm1 "$TOOLS/udp_fan" recv 10.0.0.2 6000 /dev/null
bg hot_recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 $hot_port $hot_packets 10000
wait_for 5 bg_says recv ready
wait_for 5 bg_says hot_recv ready

rx_before=$(port_stat vm0 rx_packets)
tx_before=$(port_stat vm1 tx_packets)
drops_before=$(port_stat vm0 drops)
installed_before=$(cache_stat .installed_total)
installed() { echo $(($(cache_stat .installed_total) - installed_before)); }
bg hot in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 $hot_port $hot_packets 100
# What the megaflow of the flow in use has counted; 0: there is none.
hot_count() {
    json_get "[.[] | select(.match | test(\"tp_dst=$hot_port\")) | .packets] | add // 0" \
        cache show sw0
}
most=0
restarts=0
hot_seen=0
for ((n = 0; n < 10 && $(installed) < 10 * n_flows; n++)); do
    in_ns vm0 "$TOOLS/udp_fan" send 10.0.0.2 6000 $round $rate $n_flows >/dev/null
    cached=$(cache_stat .megaflows)
    most=$((cached > most ? cached : most))
    count=$(hot_count)
    [ "$count" -gt "$hot_seen" ] || restarts=$((restarts + 1))
    hot_seen=$count
done
rounds=$n
check "the flow in use was in use all the time" bg_alive hot
check "it has sent all" bg_wait hot
sent=$((rounds * round + hot_packets))
say "FIGURE $rounds rounds of $round packets, $n_flows flows: $(installed) megaflows installed"
check_num "megaflows installed, ten times the flows" "$(installed)" -ge $((10 * n_flows))
check_num "removed" "$(cache_stat .removed_total)" -ge $((10 * n_flows - limit))
check_num "cached at most" "$most" -le $limit
check_num "the megaflow in use was pushed out" "$restarts" -eq 0
check_num "its packets, all but the first few" "$(hot_count)" -ge $((hot_packets - 5))

all_counted() { [ $(($(port_stat vm0 rx_packets) - rx_before)) -eq $sent ]; }
wait_for 3 all_counted || :
check_num "the port received what was sent" $(($(port_stat vm0 rx_packets) - rx_before)) -eq $sent
check_num "none dropped" $(($(port_stat vm0 drops) - drops_before)) -eq 0
check_num "all went out" $(($(port_stat vm1 tx_packets) - tx_before)) -eq $sent
xvs_json -s flow show sw0 >"$XVS_TEST_DIR/shown"
check_num "sum over the rules = packets sent" \
    "$(jq '[.[] | select(.match | test("tp_dst")) | .packets] | add' "$XVS_TEST_DIR/shown")" -eq $sent
check_eq "each flow's rule counts its flow's packets" "$(jq -c '[.[] | select(.match |
    test("tp_dst=6000")) | .packets] | [length, min, max]' "$XVS_TEST_DIR/shown")" \
    "[$n_flows,$((rounds * round / n_flows)),$((rounds * round / n_flows))]"
check_ledger vm0 vm1
bg_stop recv
bg_stop hot_recv
finish
