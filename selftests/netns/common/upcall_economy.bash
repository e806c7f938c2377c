# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
#
# The body of upcall_economy_tc and upcall_economy_xdp; 'hook' is set.

n_packets=100000

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
if [ "$hook" = xdp ]; then
    # Plain frames, and a receiver that takes native redirects: all of it XDP.
    g vm0 ethtool -K eth0 tx off
    g vm1 ethtool -K eth0 gro on
fi
xvs attach vm0 vm1
xvs port set sw0 vm0 "hook=$hook"
xvs port set sw0 vm1 "hook=$hook"
check_eq "hook in force" "$(port_stat vm0 hook)" "$hook"
# The rule makes the flow un-wildcard its ports: not a cached flow of the pings.
xvs flow add sw0 priority=10,udp,tp_dst=5000,actions=normal
check "the guests reach each other" ping_ok vm0 10.0.0.2

check_ledger vm0
xvs_json cache stats sw0 >"$XVS_TEST_DIR/before"
rx_before=$(port_stat vm0 rx_packets)
dropped_before=$(port_stat vm0 drops)
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 $n_packets 2000
wait_for 5 bg_says recv ready
say "$n_packets packets of one flow, 25,000 a second"
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 $n_packets 25000
bg_wait recv
received=$(bg_out recv | tail -n 1 | jq .received)
all_counted() { [ $(($(port_stat vm0 rx_packets) - rx_before)) -eq $n_packets ]; }
wait_for 3 all_counted || :
check_ledger vm0
xvs_json cache stats sw0 >"$XVS_TEST_DIR/after"
jq -c '{microflow, megaflow, upcalls}' "$XVS_TEST_DIR/after" | quote

delta() { # JQ-PATH
    jq -n --slurpfile a "$XVS_TEST_DIR/before" --slurpfile b "$XVS_TEST_DIR/after" \
        "(\$b[0] | $1) - (\$a[0] | $1)"
}
check_num "the port received them all" $(($(port_stat vm0 rx_packets) - rx_before)) -eq $n_packets
check_num "upcalls" "$(delta .upcalls.received)" -le 5
check_num "at least one" "$(delta .upcalls.received)" -ge 1
check_num "upcalls handled = received" "$(delta .upcalls.handled)" -eq \
    "$(delta .upcalls.received)"
lookups=$(($(delta .microflow.hits) + $(delta .megaflow.hits) + $(delta .megaflow.misses)))
check_num "cache stats account for every packet" "$lookups" -eq $n_packets
check_num "a microflow miss goes on to the megaflows" "$(delta .microflow.misses)" -eq \
    $(($(delta .megaflow.hits) + $(delta .megaflow.misses)))
check_num "nearly all by a microflow hint" "$(delta .microflow.hits)" -ge $((n_packets - 100))
dropped=$(($(port_stat vm0 drops) - dropped_before))
check_num "the receiver has what was not dropped" $((received + dropped)) -eq $n_packets
check_num "dropped before the flow was known" "$dropped" -le 50
# A hit may overtake a packet in the ring once the allowance is used up; counted.
overtakes=$(delta .counters.overtakes)
check_num "reordered: none but for $overtakes overtakes" \
    "$(bg_out recv | tail -n 1 | jq .reordered)" -le $((overtakes ? 5 : 0))
check_num "the flow's own count" "$(json_get \
    '[.[] | select(.match | test("tp_dst=5000")) | .packets] | add' cache show sw0)" \
    -ge $((n_packets - 100))
finish
