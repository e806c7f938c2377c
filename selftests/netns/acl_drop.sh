#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# acl_drop: a rule that drops reaches a flow that is already cached, within
# half a second, and what it drops is counted.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1

last_us() { bg_out recv | jq -rs '.[-1].last_us' 2>/dev/null; }

bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 100000 1000
wait_for 5 bg_says recv ready
bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 8000 2000
flowing() { [ "$(port_stat vm1 tx_packets)" -gt 1000 ]; }
check "a cached flow carries 2,000 packets a second" wait_for 5 flowing

check "flow add: drop it" xvs flow add sw0 'priority=10,udp,nw_dst=10.0.0.2,tp_dst=5000,actions=drop'
ruled_us=${EPOCHREALTIME/./}
check "the receiver falls silent" bg_wait recv
bg_wait send
last=$(bg_out recv | tail -n 1 | jq .last_us)
check_num "the last packet passed within 500 ms (ms after the command's return)" \
    $(((last - ruled_us) / 1000)) -le 500
check "other traffic of the guests passes" ping_ok vm0 10.0.0.2
counted() { [ "$(drops_of vm0 action-drop)" -ge 1000 ]; }
check "drops show has them as action-drop" wait_for 2 counted
check_num "the rule counts them" "$(json_get \
    '.[] | select(.actions == "drop") | .packets' -s flow show sw0)" -ge 1000
check_eq "the cache shows a flow that drops" \
    "$(json_get '[.[] | select(.actions == "drop")] | length > 0' cache show sw0)" true

check "flow del" xvs flow del sw0 'udp,nw_dst=10.0.0.2,tp_dst=5000'
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 10 2000
wait_for 5 bg_says recv ready
in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 1000 2000 >/dev/null
bg_wait recv
check_num "the flow passes again" "$(bg_out recv | tail -n 1 | jq .received)" -eq 10

xvs flow del sw0
check_not "no rules: nothing passes" ping_quick vm0 10.0.0.2
no_match() { [ "$(drops_of vm0 no-match)" -ge 1 ]; }
check "counted as no-match" wait_for 2 no_match
check_ledger vm0 vm1
finish
