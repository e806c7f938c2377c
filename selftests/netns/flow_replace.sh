#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# flow_replace: a file becomes the rules, all or nothing; what `flow show`
# prints is accepted; rules that stay keep their counters.
#
#   vm0 10.0.0.1 ── sw0 ── vm1 10.0.0.2

. "$(dirname "$0")/../lib.sh"

guest vm0 10.0.0.1/24
guest vm1 10.0.0.2/24
know_each_other vm0 10.0.0.1 vm1 10.0.0.2
xvs attach vm0 vm1
check_eq "a new switch has one rule" \
    "$(json_get '.[] | "\(.priority) \(.actions | ascii_downcase)"' -s flow show sw0)" "0 normal"

cat >"$XVS_TEST_DIR/rules" <<'RULES'
# comments and empty lines are fine

table=0,priority=20,icmp,actions=drop
priority=5,ip,nw_src=10.0.0.0/24,actions=normal   # behind a rule, too
arp,priority=1,actions=NORMAL
RULES
check "replace" xvs flow replace sw0 "$XVS_TEST_DIR/rules"
check_num "three rules" "$(json_get length flow show sw0)" -eq 3
check_not "the new rule drops pings" ping_quick vm0 10.0.0.2

n_dropped() { json_get '.[] | select(.priority == 20) | .packets' -s flow show sw0; }
counted() { [ "$(n_dropped)" -ge 1 ]; }
check "and counts them" wait_for 2 counted
before=$(n_dropped)

check "what show prints, replace takes" \
    bash -o pipefail -c '"$XVSCTL" flow show sw0 >"$1" && "$XVSCTL" flow replace sw0 "$1"' \
    - "$XVS_TEST_DIR/shown"
check_num "still three rules" "$(json_get length flow show sw0)" -eq 3
check_num "a rule that stayed kept its count" "$(n_dropped)" -ge "$before"

printf 'priority=3,actions=normal\npriority=2,ipp,actions=drop\n' >"$XVS_TEST_DIR/bad"
check_exit "a mistake in line 2 refuses the file" 2 xvs flow replace sw0 "$XVS_TEST_DIR/bad"
check_match "the message names file and line" "$err" "bad:2"
check_match "and points at the word" "$err" '^ *\^'
check_num "nothing was changed" "$(json_get length flow show sw0)" -eq 3
check_exit "a file that is not there" 3 xvs flow replace sw0 "$XVS_TEST_DIR/none"

check "from standard input" bash -c 'echo priority=0,actions=normal | "$XVSCTL" flow replace sw0 -'
check_num "one rule" "$(json_get length flow show sw0)" -eq 1
check "pings pass again" wait_for 2 ping_quick vm0 10.0.0.2

say "1,000 rules back and forth under traffic: no packet sees half a table"
for i in $(seq 0 999); do
    echo "priority=$((i + 10)),udp,tp_dst=$((10000 + i)),actions=drop"
done >"$XVS_TEST_DIR/many"
echo priority=0,actions=normal >>"$XVS_TEST_DIR/many"
echo priority=0,actions=normal >"$XVS_TEST_DIR/one"
bg recv in_ns vm1 "$TOOLS/udp_flow" recv 10.0.0.2 5000 4000 1000
wait_for 5 bg_says recv ready
bg send in_ns vm0 "$TOOLS/udp_flow" send 10.0.0.2 5000 4000 2000
while bg_alive send; do
    "$XVSCTL" -q flow replace sw0 "$XVS_TEST_DIR/many"
    "$XVSCTL" -q flow replace sw0 "$XVS_TEST_DIR/one"
done
bg_wait recv
check_ledger vm0 vm1
# A megaflow that a replace makes narrower may miss while the daemon is busy.
refused=$(drops_of vm0 upcall-admission)
check_num "no rule or hole between rules dropped a packet that both tables allow" \
    $(($(bg_out recv | tail -n 1 | jq .received) + refused)) -eq 4000
check_num "refused by the in-flight allowance meanwhile" "$refused" -le 40
finish
